/**
 * The service, from the command line to its end. Reads top to bottom in the order of things: whatever
 * can refuse the start comes before anything is written, and a number is durable before it is served.
 */

import { url } from 'node:inspector';
import type { CommandContext } from '../cli/command.js';
import { type Fault, TxnidError } from '../errors.js';
import { isCallerWaiting, readinessFd } from '../host/caller.js';
import { detachedService, startDetached } from '../host/daemonize.js';
import { serviceIdentity } from '../host/identity.js';
import { closeInherited, inheritedDescriptors } from '../host/jail/inherited.js';
import { prepareJail } from '../host/jail/jail.js';
import { type Log, openLog, writeErrorsAsJson } from '../host/log.js';
import { type Notifier, openNotifier } from '../host/notify.js';
import { writePidFile } from '../host/pid-file.js';
import { refuseOpenSurroundings, refuseTooManyFiles } from '../host/surroundings.js';
import { widenPool } from '../host/thread-pool.js';
import { begins, started, status, stopped } from '../progress/notices.js';
import { refuseSpent, Sequence } from '../progress/sequence.js';
import { ProgressStore, type UnbornInstance } from '../progress/store.js';
import { Counters } from '../sequence/counter.js';
import { indexAtOrAbove, numberAt } from '../sequence/progression.js';
import type { SpawnedThread } from '../server/threads/spawn.js';
import { allDone } from './all-done.js';
import { refuseSetuid } from './confdir.js';
import { type Confinement, confinementOf } from './confinement.js';
import type { EarlyStart } from './early.js';
import { asTxnidError, Ending, outcomeOf } from './ending.js';
import { refuseInexactNumbers } from './exact-numbers.js';
import { MetricsPort } from './metrics-port.js';
import { changesOf, mismatch } from './mismatch.js';
import { makeNamed, NamedSequences, refuseLost } from './named-sequences.js';
import { prepareStore, refuseCreation } from './own-store.js';
import { Ports } from './ports.js';
import { givenParameters, type LoadedSettings, loadSettings, settingsLines } from './settings.js';
import { startWarnings } from './start-warnings.js';
import { packageVersion } from './version.js';

export async function serve(context: CommandContext, early?: EarlyStart): Promise<number> {
  const ending = new Ending();
  let service: Service | undefined;
  ending.watchSignals(() => service?.tellStatus());
  process.umask(0o077);
  refuseSetuid();
  refuseOpenSurroundings(context.environment, url());
  const isCalled = isCallerWaiting(context.environment);
  const inherited = early?.inherited ?? inheritedDescriptors(isCalled ? [readinessFd] : []);
  const settings = await loadSettings(context, { need: 'confdir' });
  if (settings.values.daemon && !isCalled) {
    return await startDetached([context.script, ...context.tokens], ending.signalled());
  }
  // Before anything is done in the background.
  if (settings.values.sequences.length > 0) widenPool();
  const { user, chroot } = settings.values;
  if (user !== 'none' || chroot !== 'none') closeInherited(inherited);
  const caller = isCalled ? detachedService(context.environment) : undefined;
  if (settings.values.log === 'json') writeErrorsAsJson();
  const log = await openLog({ target: settings.values.log, verbose: settings.values.verbose });
  service = new Service(settings, log, ending, early?.oneShotThread);
  await service.start(context.environment);
  caller?.ready({ keepStandardError: settings.values.log !== 'syslog' });
  service.tellReady();
  return await service.end(await ending.reached);
}

class Service {
  readonly #settings: LoadedSettings;
  readonly #log: Log;
  readonly #ending: Ending;
  /** What ends each thing that was opened, in the order of opening. */
  readonly #closers: (() => Promise<void>)[] = [];
  #notifier: Notifier | undefined;
  #sequence: Sequence | undefined;
  #named: NamedSequences | undefined;
  #ports: Ports | undefined;
  #metrics: MetricsPort | undefined;
  #reservation = '';
  /** One for all files: whoever looks at them finds one owner. */
  readonly #identity = serviceIdentity();

  constructor(
    settings: LoadedSettings,
    log: Log,
    ending: Ending,
    private readonly early: SpawnedThread | undefined,
  ) {
    this.#settings = settings;
    this.#log = log;
    this.#ending = ending;
  }

  /** Resolves when the ports serve. Throws TxnidError, with everything closed again. */
  async start(environment: NodeJS.ProcessEnv): Promise<void> {
    try {
      this.#notifier = openNotifier(environment);
      await this.#start();
    } catch (error) {
      // What started the trouble is what the operator has to know of.
      await this.#close().catch(() => undefined);
      this.#tellRefusal(error);
      throw error;
    }
  }

  /** Whoever throws an error prints it, on standard error; who reads syslog has to know of it too. */
  #tellRefusal(error: unknown): void {
    if (this.#settings.values.log !== 'syslog') return;
    for (const fault of asTxnidError(error).faults) this.#log.fault(fault);
  }

  async #start(): Promise<void> {
    const { values, progression, parameters, confdir } = this.#settings;
    refuseTooManyFiles(values.sequences.length);
    const confinement = await confinementOf(this.#settings);
    const ports = new Ports(values);
    this.#ports = ports;
    const enterJail = await prepareJail({ ...confinement, seccomp: values.seccomp });
    this.#warn(startWarnings(this.#settings, confinement));
    for (const line of settingsLines(this.#settings)) this.#log.verbose(line);
    const metrics = await MetricsPort.load(values['metrics-port']);
    this.#metrics = metrics;
    // Closed last: up to there it tells why there are no numbers.
    this.#closers.push(async () => await metrics?.stop());

    const prepared = await this.#prepareStore(confinement);
    if (prepared instanceof ProgressStore) this.#refuseMismatch(prepared);
    else this.#refuseBeginning();
    const { index } =
      prepared instanceof ProgressStore ? prepared.position(progression) : { index: 0n };
    refuseInexactNumbers(values, numberAt(progression, index));
    const counters = Counters.allocate(1 + values.sequences.length);
    const named = this.#prepareNamed(counters, confinement);
    if (prepared instanceof ProgressStore) await named.hold();

    this.#closers.push(async () => ports.close());
    ports.bind();
    metrics?.bind(values['metrics-ip'], values['metrics-port']);

    const store =
      prepared instanceof ProgressStore ? prepared : await this.#publish(prepared, named);
    if (store.isNew) this.#log.announce(begins(progression.instance, confdir));

    counters.put(0, store.position(progression).index);
    const sequence = new Sequence(store, progression, parameters, {
      markEvery: BigInt(values['mark-every']),
      counter: counters.at(0),
      started: { given: givenParameters(this.#settings) },
    });
    this.#sequence = sequence;
    this.#closers.push(async () => await sequence.close());

    this.#closers.push(async () => {
      counters.stop();
      await ports.stop();
    });
    const events = {
      onLow: (place: number, count: number) => this.#reserve(sequence, place, count),
      onShortage: (fault: Fault) => this.#log.warning(fault),
      onRefused: (fault: Fault) => this.#log.warning(fault),
      onFatal: this.#ending.fail,
    };
    await allDone([
      ports.start(counters, progression, events, this.early),
      this.#startMetrics(store, sequence, counters, ports),
    ]);

    const pidFile = values['pid-file'];
    if (pidFile !== 'none') {
      const empty = writePidFile(pidFile, process.pid);
      // The last of all: up to there this process is the service.
      this.#closers.unshift(async () => empty());
    }
    store.readyForJail();
    const warnings = enterJail();
    store.enteredJail();
    named.enteredJail();
    this.#warn(warnings);

    await sequence.begin();
    const { position } = sequence;
    // Whoever has a number finds the metrics there too.
    const metricsLine = metrics?.open();
    for (const line of ports.open()) this.#log.verbose(line);
    if (metricsLine !== undefined) this.#log.verbose(metricsLine);
    this.#tellReservation(sequence);
    if (!store.isNew) this.#log.notice(started(position));
  }

  /** An instance that must not begin, or could not hand out a number. */
  #refuseBeginning(): void {
    refuseCreation(this.#settings);
    refuseLost(this.#settings.confdir);
    refuseSpent(this.#settings.progression, 0n);
  }

  tellReady(): void {
    this.#notifier?.ready();
  }

  /** Stops, saves the exact position and says why; the exit code. */
  async end(reason: NodeJS.Signals | TxnidError): Promise<number> {
    this.#notifier?.stopping();
    const failed = reason instanceof TxnidError ? [reason] : [];
    this.#metrics?.tellEnd(failed[0]);
    const sequence = this.#sequence;
    await this.#close().then(
      () => sequence !== undefined && this.#log.notice(stopped(sequence.position)),
      (error) => failed.push(asTxnidError(error)),
    );
    const { faults, exitCode } = outcomeOf(failed);
    for (const fault of faults) this.#log.fault(fault);
    return exitCode;
  }

  tellStatus(): void {
    const sequence = this.#sequence;
    if (sequence === undefined) return;
    const { position } = sequence;
    this.#log.notice(status(position, `${reservationLine(sequence)}, ${this.#ports?.summary()}`));
  }

  #warn(warnings: readonly Fault[]): void {
    for (const warning of warnings) this.#log.warning(warning);
  }

  async #prepareStore({ keeper }: Confinement): Promise<ProgressStore | UnbornInstance> {
    const prepared = await prepareStore(this.#settings, {
      owner: this.#identity,
      keeper,
      flushWatch: this.#metrics?.flushWatch,
      onLost: (error) => {
        this.#sequence?.abandon();
        this.#ending.fail(error);
      },
      onWarning: (warning) => this.#warn(warning.faults),
      onNotice: (notice) => this.#log.notice(notice),
    });
    if (prepared instanceof ProgressStore) this.#closers.push(async () => await prepared.release());
    return prepared;
  }

  /** Those that are named first: the instance's own file says that they are there. */
  async #publish(instance: UnbornInstance, named: NamedSequences): Promise<ProgressStore> {
    await makeNamed(this.#settings);
    await named.hold();
    const store = await instance.publish();
    // Behind what is bound already, which is closed as well without it.
    this.#closers.push(async () => await store.release());
    return store;
  }

  #prepareNamed(counters: Counters, { keeper }: Confinement): NamedSequences {
    const own = { keeper, flushWatch: this.#metrics?.flushWatch, owner: this.#identity };
    const named = new NamedSequences(this.#settings, counters, own, {
      onLost: (error) => this.#ending.fail(error),
      onWarning: (warning) => this.#warn(warning.faults),
      onNotice: (notice) => this.#log.notice(notice),
      onSpent: ({ faults }) => {
        for (const fault of faults) this.#log.fault(fault);
      },
      onReserved: (name, reserved) => this.#log.verbose(`${name}: ${reservedText(reserved)}`),
    });
    this.#named = named;
    this.#closers.push(async () => await named.close());
    return named;
  }

  async #startMetrics(
    store: ProgressStore,
    sequence: Sequence,
    counters: Counters,
    ports: Ports,
  ): Promise<void> {
    const { counter, progression } = sequence;
    const source = {
      ...ports.activity,
      counters,
      names: ports.names,
      progression,
      window: () => sequence.window,
      burnt: counter.cursor() - indexAtOrAbove(progression, store.found.next),
      version: packageVersion() ?? 'unknown',
      startedAt: new Date(store.since),
    };
    await this.#metrics?.start(source, {
      onShortage: (fault) => this.#log.warning(fault),
      onFault: (fault) => this.#log.fault(fault),
    });
  }

  #refuseMismatch(store: ProgressStore): void {
    const differences = this.#settings.differencesFrom(store.found.parameters);
    if (differences.length === 0) return;
    store.tell('refused', { changes: changesOf(differences), reason: 'parameters differ' });
    throw mismatch(differences);
  }

  #reserve(sequence: Sequence, place: number, count: number): void {
    if (this.#ending.isReached) return;
    const reserving =
      place === 0
        ? sequence.reserveAhead(count).then(() => this.#tellReservation(sequence))
        : this.#named?.reserve(place, count);
    reserving?.catch((error: unknown) => this.#ending.fail(asTxnidError(error)));
  }

  /** A reservation that is large enough already does not move. */
  #tellReservation(sequence: Sequence): void {
    const line = reservationLine(sequence);
    if (line !== this.#reservation) this.#log.verbose(line);
    this.#reservation = line;
  }

  /** Closes what is open, the newest first, and all of it. Throws the first error that this meets. */
  async #close(): Promise<void> {
    const errors: unknown[] = [];
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop())
      await close().catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw errors[0];
  }
}

function reservationLine({ reserved }: Sequence): string {
  return reservedText(reserved);
}

function reservedText(reserved: bigint): string {
  return `reserved below ${reserved}`;
}
