/** What is kept of a Redis connection between two of its turns. */

import { PartialRequest } from './decoder.js';
import type { RespVersion } from './resp.js';

export class RedisState extends PartialRequest {
  /** What it has said of itself. */
  resp: RespVersion = 2;
  name = '';
  /** Received, and not looked at before what came before it is answered. */
  unread: Buffer | undefined;

  constructor(readonly id: number) {
    super();
  }
}
