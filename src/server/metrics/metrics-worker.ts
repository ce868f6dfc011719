/**
 * The worker thread of the metrics port: an epoll loop over libc's sockets, since node:net and
 * node:http cannot be used in the jail (see jail.ts). What it answers comes from shared memory
 * (`/healthz`) or from the main thread (`/metrics`), for which it waits for a limited time. It touches
 * nothing that serving a number waits for.
 *
 * The thread ends only once the gate is closed, or after it said `fatal`.
 */

import { performance } from 'node:perf_hooks';
import type { MessagePort } from 'node:worker_threads';
import { accept, close } from '../../libc/connections.js';
import { Poller, readiness } from '../../libc/epoll.js';
import { errno } from '../../libc/libc.js';
import { SharedCounter } from '../../sequence/counter.js';
import { endIndex } from '../../sequence/progression.js';
import { AcceptFailures } from '../accepting/accept-failures.js';
import { ListenerWatch } from '../accepting/listener-watch.js';
import { Gate } from '../shared/gate.js';
import type { MetricsOrder, ThreadMessage } from '../shared/thread-messages.js';
import { carryOut } from '../threads/spawn.js';
import { MetricsConnections } from './connections.js';
import { Health, whyUnwell } from './health.js';
import { encodeResponse, lineResponse, metricsType, type Response, readRequest } from './http.js';
import { ScrapeMailbox } from './scrape-mailbox.js';
import { isShort, SpareDescriptor } from './spare-descriptor.js';

/**
 * How long the main thread may take for the text, while other clients of this port wait. It takes
 * that long only where it is stuck; Prometheus itself gives up after ten seconds.
 */
const scrapeTimeoutMs = 2000;

/** How often to look for connections whose time is up, while any is open. */
const overdueCheckMs = 250;

/** Most connections that are accepted before the open ones have their turn. */
const acceptsMax = 16;

const connectionEvents =
  readiness.edgeTriggered | readiness.readable | readiness.writable | readiness.ended;

class MetricsThread {
  readonly #gate: Gate;
  readonly #poller: Poller;
  readonly #listener: ListenerWatch;
  readonly #connections: MetricsConnections;
  readonly #health: Health;
  readonly #counter: SharedCounter;
  readonly #mailbox: ScrapeMailbox;
  readonly #spare: SpareDescriptor;

  constructor(
    readonly order: MetricsOrder,
    readonly port: MessagePort,
  ) {
    this.#gate = new Gate(order.gateMemory);
    this.#poller = new Poller(order.epoll);
    this.#spare = new SpareDescriptor(order.epoll);
    this.#listener = new ListenerWatch({
      poller: this.#poller,
      listenerFd: order.listenerFd,
      failures: new AcceptFailures((message) => this.#tell(message)),
      gate: this.#gate,
    });
    this.#health = new Health(order.healthMemory);
    this.#counter = new SharedCounter(order.counterMemory);
    this.#mailbox = new ScrapeMailbox(order.mailboxMemory);
    this.#connections = new MetricsConnections({
      answer: (head) => this.#answer(head),
      tooLate: () => encodeResponse(lineResponse(408), { withBody: true, date: new Date() }),
    });
  }

  run(): void {
    this.#tell({ kind: 'ready' });
    this.#gate.waitUntilOpen();
    this.#listener.begin();
    while (!this.#gate.isClosed() && !this.#listener.isFatal) this.#turn();
    this.#connections.closeAll();
    this.#spare.giveUp();
  }

  #turn(): void {
    const ready = this.#poller.wait(this.#waitMs());
    const nowMs = performance.now();
    let isOneWaiting = false;
    for (let index = 0; index < ready; index++) {
      const fd = this.#poller.readyFd(index);
      if (fd === this.order.listenerFd) isOneWaiting = true;
      else this.#connections.serve(fd, nowMs);
    }
    // Behind the others: one that is accepted may cost the oldest its descriptor.
    if (isOneWaiting) this.#accept(nowMs);
    this.#listener.resumeIfDue(nowMs);
    this.#connections.endOverdue(nowMs);
    this.#spare.take();
  }

  #waitMs(): number {
    const isPaused = this.#listener.pauseLeftMs(performance.now()) !== undefined;
    return isPaused || this.#connections.count > 0 ? overdueCheckMs : -1;
  }

  #accept(nowMs: number): void {
    for (let left = acceptsMax; left > 0; left--) {
      let connection = accept(this.order.listenerFd, 'non-blocking');
      if (connection === -1 && isShort(errno())) {
        // Linux asks for a descriptor before it looks whether anyone waits, so that this says something
        // of the first only. Another would take the descriptor of one that has not been served yet.
        if (left < acceptsMax) return;
        connection = this.#acceptInStead();
      }
      if (connection === -1) {
        this.#listener.failed(errno(), nowMs);
        return;
      }
      this.#listener.accepted();
      if (this.#poller.add(connection, connectionEvents) === 0)
        this.#connections.add(connection, nowMs);
      else close(connection);
    }
  }

  /** Whether the service is well is asked for when descriptors are short, of all times. */
  #acceptInStead(): number {
    if (!this.#spare.giveUp()) this.#connections.endOldest();
    return accept(this.order.listenerFd, 'non-blocking');
  }

  #answer(head: Buffer): Buffer | undefined {
    const reading = readRequest(head);
    if (reading.kind === 'unfinished') return undefined;
    const date = new Date();
    if (reading.kind === 'refused') {
      return encodeResponse(lineResponse(reading.status), { withBody: true, date });
    }
    const withBody = reading.method === 'GET';
    return encodeResponse(this.#documentAt(reading.path), { withBody, date });
  }

  #documentAt(path: string): Response {
    switch (path) {
      case '/metrics':
        return this.#metrics();
      case '/healthz':
        return this.#healthLine();
      default:
        return lineResponse(404, 'here are /metrics and /healthz');
    }
  }

  #metrics(): Response {
    const wake = (): void => this.#tell({ kind: 'scrape' });
    const body = this.#mailbox.ask(wake, scrapeTimeoutMs, () => performance.now());
    if (body === undefined) return lineResponse(503, 'the service is too busy to tell its metrics');
    return { status: 200, type: metricsType, body };
  }

  #healthLine(): Response {
    const why = whyUnwell(this.#health, this.#counter, endIndex(this.order.progression));
    return why === undefined ? lineResponse(200, 'ok') : lineResponse(503, why);
  }

  #tell(message: ThreadMessage): void {
    this.port.postMessage(message);
  }
}

carryOut<MetricsOrder>((order, port) => new MetricsThread(order, port).run());
