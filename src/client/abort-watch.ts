import type { PendingRequest } from './pending-request.js';

/**
 * Which requests a signal ends. Requests that share a signal share one listener on it: Node warns of
 * more than ten, and each one costs as much as there are already.
 */
export class AbortWatch {
  readonly #requests = new Map<AbortSignal, Set<PendingRequest>>();

  /** `onAbort` is told each request that is aborted. */
  constructor(private readonly onAbort: (request: PendingRequest, reason: unknown) => void) {}

  /** Until the request is settled. */
  watch(request: PendingRequest, signal: AbortSignal): void {
    const watched = this.#requests.get(signal) ?? this.#listen(signal);
    watched.add(request);
    request.onSettled = () => {
      watched.delete(request);
      if (watched.size === 0) this.#unlisten(signal);
    };
  }

  #listen(signal: AbortSignal): Set<PendingRequest> {
    const watched = new Set<PendingRequest>();
    this.#requests.set(signal, watched);
    signal.addEventListener('abort', this.#abort);
    return watched;
  }

  #unlisten(signal: AbortSignal): void {
    this.#requests.delete(signal);
    signal.removeEventListener('abort', this.#abort);
  }

  readonly #abort = ({ target }: Event): void => {
    const signal = target as AbortSignal;
    for (const request of this.#requests.get(signal) ?? []) this.onAbort(request, signal.reason);
  };
}
