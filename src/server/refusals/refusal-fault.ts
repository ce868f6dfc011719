/** What the operator is told of connections that were refused. Pure. */

import type { Fault } from '../../errors.js';
import type { RefusalReason } from '../shared/tally.js';

/**
 * `count`: how many since the last such line; `peer`: the address of one that allow does not list, as 32
 * bits. Undefined for what needs no line: a service that ends says so itself.
 */
export function refusalFault(
  reason: RefusalReason,
  count: number,
  peer: number,
): Fault | undefined {
  const times = timesText(count);
  switch (reason) {
    case 'not_allowed':
      return {
        what: `Refused a connection from ${ipv4Text(peer)}, which allow does not list${times}`,
        remedy: 'add the peer to allow if it is a client, else keep it away by firewall',
      };
    case 'too_many_sessions':
      return {
        what: `Refused a session: as many as max-sessions are open${times}`,
        remedy: 'raise max-sessions, or find the clients that keep sessions open',
      };
    case 'shortage':
      return {
        what: `Refused a session: the system cannot watch one more${times}`,
        remedy: 'free memory, or raise fs.epoll.max_user_watches',
      };
    case 'stopping':
    case 'sequence_end':
      return undefined;
  }
}

/** ` (17 times)`, as the end of what happened; nothing for once. */
export function timesText(count: number): string {
  return count > 1 ? ` (${count} times)` : '';
}

function ipv4Text(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
}
