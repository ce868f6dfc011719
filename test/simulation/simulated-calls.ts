/** The calls of a simulated machine, one by one: watched, counted, and gone wrong on demand. */

/** What goes wrong with a call. */
export type FaultKind =
  /** Nothing happens but the error. */
  | 'refused'
  /** A write stops half way. */
  | 'short'
  /** A flush fails and the kernel drops the pages: it calls the next flush a success. */
  | 'dropped'
  /** All of it happens, and then the error. */
  | 'done'
  /** A flush says success, and nothing has reached the medium. */
  | 'lies';

export interface Call {
  readonly name:
    | 'open'
    | 'create'
    | 'status'
    | 'read'
    | 'size'
    | 'write'
    | 'flush'
    | 'link'
    | 'remove';
  /** The file, without its directory; `.` is the directory. */
  readonly file: string;
}

type Act<Result> = (fault?: FaultKind) => Result;

export class SimulatedCalls {
  /** Calls so far. */
  count = 0;
  /** Called before each call. */
  beforeEach: (call: Call) => void = () => {};
  /** Whether the call of this index goes wrong. */
  faultOf: (call: Call, index: number) => FaultKind | undefined = () => undefined;

  /** Makes a call. A fault that is silent shows in the result only; of others the caller hears. */
  make<Result>(call: Call, act: Act<Result>, silent?: FaultKind): Result {
    this.beforeEach(call);
    const fault = this.faultOf(call, this.count);
    this.count++;
    if (fault === undefined) return act();
    if (fault === silent) return act(fault);
    if (fault !== 'refused') act(fault);
    throw systemError('EIO', `${call.name} ${call.file} ${fault}`);
  }
}

export function fileOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function systemError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${what}`), { code });
}
