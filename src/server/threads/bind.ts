/**
 * A bound port that lets nobody in yet. Binding needs privileges, serving must not have them: so the
 * socket is bound early, and listens only once the daemon has dropped them.
 */

import { closeSync } from 'node:fs';
import { type Fault, failure, type TxnidError } from '../../errors.js';
import { endpointText, isIpv6 } from '../../ip-address.js';
import { LibcError } from '../../libc/libc.js';
import {
  bindTo,
  boundPort,
  endListening,
  listenOn,
  reuseAddress,
  serveBothFamilies,
  tcpSocket,
} from '../../libc/tcp.js';
import { remedyFor } from '../../system-error.js';

/** Connections that wait in the kernel; it caps this at net.core.somaxconn, whose default it is. */
const backlogMax = 4096;

export interface BoundSocket {
  readonly fd: number;
  /** The port bound to, also when 0 was asked for. */
  readonly port: number;
  /**
   * Lets clients in. Throws TxnidError 'listen': two sockets may bind one port as long as neither
   * listens, so that the address is in use can show only here.
   */
  listen(): void;
  /** Ends listening for good and wakes every thread that is blocked in accept. */
  shutDown(): void;
  /** Gives the descriptor back. Only after every thread that accepts from it has ended. */
  close(): void;
}

/**
 * Binds a TCP socket to an address; to `::` for both families. `accepts`: whether an accept waits for a connection. Throws
 * TxnidError 'listen', with the way out.
 */
export function bindTcp(
  ip: string,
  port: number,
  accepts: 'blocking' | 'non-blocking' = 'blocking',
): BoundSocket {
  return listening(ip, port, () => {
    const fd = tcpSocket(ip, accepts);
    try {
      reuseAddress(fd);
      if (isIpv6(ip)) serveBothFamilies(fd);
      bindTo(fd, ip, port);
      return boundSocket(fd, ip, boundPort(fd));
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  });
}

function boundSocket(fd: number, ip: string, port: number): BoundSocket {
  return {
    fd,
    port,
    listen: () => listening(ip, port, () => listenOn(fd, backlogMax)),
    shutDown: () => endListening(fd),
    close: () => closeSync(fd),
  };
}

/** Does one step of listening on a port, and says what its failure means for the operator. */
function listening<Result>(ip: string, port: number, step: () => Result): Result {
  try {
    return step();
  } catch (error) {
    if (error instanceof LibcError) throw listenFailure(ip, port, error);
    throw error;
  }
}

function listenFailure(ip: string, port: number, cause: LibcError): TxnidError {
  const { what, remedy } = listenFault(cause);
  return failure('listen', `Cannot listen on ${endpointText(ip, port)}: ${what}`, remedy, {
    cause,
  });
}

function listenFault(error: LibcError): Fault {
  switch (error.code) {
    case 'EADDRINUSE':
      return { what: error.meaning, remedy: 'stop what uses it, or choose another port' };
    case 'EADDRNOTAVAIL':
      return {
        what: 'no network interface has this address',
        remedy: 'set ip to an address of this machine, or to 0.0.0.0 or :: for all of them',
      };
    case 'EAFNOSUPPORT':
      return {
        what: 'this machine, or what confines the process, has no IPv6',
        remedy: 'set ip to an IPv4 address, or let it have IPv6',
      };
    case 'EACCES':
      return {
        what: error.meaning,
        remedy: 'choose a port of 1024 or above, or grant CAP_NET_BIND_SERVICE',
      };
    case 'EPERM':
      return {
        what: `${error.meaning} (${error.call}: ${error.code})`,
        remedy:
          'under systemd, let the unit bind this port (SocketBindAllow=tcp:PORT); else see what filters the calls of this process',
      };
    default:
      return {
        what: `${error.meaning} (${error.call}: ${error.code})`,
        remedy: remedyFor(error, 'see what the system lacks, then start again'),
      };
  }
}
