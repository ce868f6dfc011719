/** Processes that open sequences of their own, told what to do by a test. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Answer, Order } from './sequence-process.js';

const script = new URL('./sequence-process.js', import.meta.url);

export class SequenceProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(): Promise<SequenceProcess> {
    const child = fork(script, { serialization: 'advanced' });
    await once(child, 'spawn');
    return new SequenceProcess(child);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  async ask(order: Order): Promise<Answer> {
    this.#child.send(order);
    const [answer] = await once(this.#child, 'message');
    return answer;
  }

  /** The numbers of an answer; throws where it was refused. */
  async numbers(order: Order): Promise<readonly bigint[]> {
    const answer = await this.ask(order);
    if (answer.kind === 'refused') throw new Error(`${answer.code}: ${answer.message}`);
    return answer.numbers;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

/** Starts so many processes for `act`, and kills them after it. */
export async function withProcesses(
  count: number,
  act: (processes: readonly SequenceProcess[]) => Promise<void>,
): Promise<void> {
  const processes = await Promise.all(Array.from({ length: count }, SequenceProcess.start));
  try {
    await act(processes);
  } finally {
    await Promise.all(processes.map((process) => process.kill()));
  }
}
