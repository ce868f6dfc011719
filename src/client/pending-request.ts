import { ClientError, type ClientErrorCode } from './client-error.js';
import type { Question } from './question.js';
import { type Reply, unserved } from './reply-reader.js';

/** What the promise of a reply is settled by. */
interface Settler<Answer> {
  resolve(answer: Answer): void;
  reject(error: ClientError): void;
}

/** The promise of a reply. Settled once: whatever comes after that is dropped. */
export class PendingRequest<Answer extends Reply = Reply> {
  /** Whether its bytes were given to a connection: then it must never be asked again. */
  isWritten = false;
  /** To let go of what would have ended it. */
  onSettled: (() => void) | undefined;

  constructor(
    readonly question: Question<Answer>,
    /** On the monotonic clock. */
    readonly deadlineMs: number,
    private readonly settler: Settler<Answer>,
  ) {}

  /** False when this is not the reply to it. */
  answer(reply: Reply): boolean {
    if (reply === unserved) return this.#refuse();
    if (!this.question.accepts(reply)) return false;
    this.onSettled?.();
    this.settler.resolve(reply);
    return true;
  }

  #refuse(): boolean {
    const { sequence } = this.question;
    if (sequence === undefined) return false;
    this.onSettled?.();
    const message = `The server serves no sequence ${sequence}`;
    this.settler.reject(new ClientError('unknown-sequence', message, false));
    return true;
  }

  fail(code: ClientErrorCode, message: string, cause?: unknown): void {
    this.onSettled?.();
    const mayHaveConsumed = this.isWritten && this.question.consumes;
    this.settler.reject(
      new ClientError(code, message, mayHaveConsumed, cause === undefined ? {} : { cause }),
    );
  }
}
