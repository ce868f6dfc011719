/** For one request. */
export interface RequestOptions {
  /** Rejects the request. Once that is written its numbers are lost; the connection goes on. */
  readonly signal?: AbortSignal;
}
