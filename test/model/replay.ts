/**
 * Real code, run one call at a time, without its knowing of it.
 *
 * What a program does next depends on the answers that it got so far and on nothing else. So it is run
 * from its start for every history of answers, and where the history ends, the calls that it waits for
 * are its next steps. A blocking call that has no answer yet is left by an exception; whatever the
 * program makes of that is not looked at. In this way nothing has to be a generator to be interleaved.
 */

/** A call that a program made, numbered in the order of its calls. */
export interface Asked<Call> {
  readonly id: number;
  readonly call: Call;
}

/** The answer to the call of that number. */
export interface Answered<Answer> {
  readonly id: number;
  readonly answer: Answer;
}

/** A program's way to its world. */
export interface Seat<Call, Answer, Told> {
  /** A call that blocks until it is answered. */
  askNow(call: Call): Answer;
  /** A call whose answer comes later; the number to `cancel` it by. */
  ask(call: Call, deliver: (answer: Answer) => void): number;
  cancel(id: number): void;
  /** Lets the world know what cannot be taken back, such as a number that was handed out. */
  tell(told: Told): void;
}

export interface Program<Call, Answer, Told> {
  run(seat: Seat<Call, Answer, Told>): Promise<void> | void;
  /** The run is over, or left: the seat is nobody's any more. */
  leave(): void;
}

/** Where a program stands after a history. */
export interface Standing<Call, Told> {
  /** What it waits for. */
  readonly asked: readonly Asked<Call>[];
  readonly told: readonly Told[];
  readonly hasEnded: boolean;
}

/** What a blocking call throws when there is no answer to it yet. */
export class Suspended extends Error {}

class Execution<Call, Answer, Told> implements Seat<Call, Answer, Told> {
  readonly told: Told[] = [];
  readonly #history: readonly Answered<Answer>[];
  readonly #waiting = new Map<number, { call: Call; deliver: (answer: Answer) => void }>();
  #consumed = 0;
  #calls = 0;
  #blocked: Asked<Call> | undefined;
  #hasEnded = false;

  constructor(history: readonly Answered<Answer>[]) {
    this.#history = history;
  }

  start(program: Program<Call, Answer, Told>): void {
    const end = () => {
      if (this.#blocked === undefined) this.#hasEnded = true;
    };
    const fail = (error: unknown) => {
      // A failure before it was left is the program's own, and nothing that a model may swallow.
      if (this.#blocked === undefined) throw error;
    };
    try {
      Promise.resolve(program.run(this)).then(end, fail);
    } catch (error) {
      fail(error);
    }
  }

  askNow(call: Call): Answer {
    if (this.#blocked !== undefined) throw new Suspended();
    const id = this.#calls++;
    const next = this.#history[this.#consumed];
    if (next === undefined) {
      this.#blocked = { id, call };
      throw new Suspended();
    }
    if (next.id !== id) throw new Error(`call ${id} blocks, and call ${next.id} was answered`);
    this.#consumed++;
    return next.answer;
  }

  ask(call: Call, deliver: (answer: Answer) => void): number {
    if (this.#blocked !== undefined) return -1;
    const id = this.#calls++;
    this.#waiting.set(id, { call, deliver });
    return id;
  }

  cancel(id: number): void {
    this.#waiting.delete(id);
  }

  tell(told: Told): void {
    if (this.#blocked === undefined) this.told.push(told);
  }

  /** Gives the next answer of the history to whoever waits for it; false at the history's end. */
  deliverNext(): boolean {
    const next = this.#history[this.#consumed];
    if (next === undefined) return false;
    const waiting = this.#waiting.get(next.id);
    if (waiting === undefined) throw new Error(`nobody waits for the answer to call ${next.id}`);
    this.#consumed++;
    this.#waiting.delete(next.id);
    try {
      waiting.deliver(next.answer);
    } catch (error) {
      if (!(error instanceof Suspended)) throw error;
    }
    return true;
  }

  standing(): Standing<Call, Told> {
    const { told } = this;
    if (this.#hasEnded) return { asked: [], told, hasEnded: true };
    const waiting = [...this.#waiting].map(([id, { call }]) => ({ id, call }));
    return { asked: this.#blocked ? [this.#blocked] : waiting, told, hasEnded: false };
  }
}

/** Runs a program from its start with these answers; where it stands after the last of them. */
export async function replay<Call, Answer, Told>(
  program: Program<Call, Answer, Told>,
  history: readonly Answered<Answer>[],
): Promise<Standing<Call, Told>> {
  const execution = new Execution<Call, Answer, Told>(history);
  try {
    execution.start(program);
    await nothingIsLeftToRun();
    while (execution.deliverNext()) await nothingIsLeftToRun();
  } finally {
    program.leave();
  }
  return execution.standing();
}

function nothingIsLeftToRun(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
