/**
 * Where the daemon says what happens: faults to standard error or to syslog, and with `verbose` the
 * course of things to standard output. One event is one line, whatever the message contains; its words
 * are the same wherever it goes. With syslog the course of things goes there too, as `info`: a daemon
 * has no standard output.
 *
 * A line that cannot be written (a full disk, a reader that is gone) is dropped: the log never decides
 * whether numbers are handed out.
 */

import { writeSync } from 'node:fs';
import type { Fault, TxnidError } from '../errors.js';

export interface LogOptions {
  readonly target: 'stderr' | 'syslog';
  /** Whether `verbose` says anything. */
  readonly verbose: boolean;
}

export interface Log {
  /** Something is wrong, and the service cannot do its work. */
  fault(fault: Fault): void;
  /** Something looks wrong, and the service does its work. */
  warning(fault: Fault): void;
  /** Somebody asked: a line of status. */
  notice(line: string): void;
  /** For who watches; only with `verbose`, and never on standard error. */
  verbose(line: string): void;
}

type Write = (priority: 'err' | 'warning' | 'notice' | 'info', line: string) => void;

const stdoutFd = 1;
const stderrFd = 2;

/** A line is cut here: a pipe takes up to 4096 bytes whole, and no line of ours is near it. */
const lineLengthMax = 1000;

/**
 * Opens the log. Call it before privileges are dropped: syslog's socket cannot be reached from within
 * a jail, nor can its library be loaded. Main thread only (posix is not made for others).
 */
export async function openLog({ target, verbose }: LogOptions): Promise<Log> {
  const write = target === 'syslog' ? await openSyslog() : writeStandardError;
  return {
    fault: ({ what, remedy }) => write('err', `${what}: ${remedy}`),
    warning: ({ what, remedy }) => write('warning', `${what}: ${remedy}`),
    notice: (line) => write('notice', line),
    verbose: (line) => {
      if (!verbose) return;
      writeLine(stdoutFd, oneLine(line));
      if (target === 'syslog') write('info', line);
    },
  };
}

/** Writes an error to standard error, a line for each of its faults; for when there is no log yet. */
export function printError(error: TxnidError): void {
  for (const { what, remedy } of error.faults) writeStandardError('err', `${what}: ${remedy}`);
}

/** Makes one line of any text: control characters are shown as `\x0a`, the end of a long one is cut. */
export function oneLine(text: string): string {
  const shown = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, escapeCharacter);
  return shown.length <= lineLengthMax ? shown : `${shown.slice(0, lineLengthMax)}…`;
}

function escapeCharacter(character: string): string {
  const hex = character.charCodeAt(0).toString(16);
  return hex.length <= 2 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex}`;
}

async function openSyslog(): Promise<Write> {
  const { default: posix } = await import('posix');
  // ndelay: the socket is opened now, not with the first message, which may come from within a jail.
  posix.openlog('txnid', { ndelay: true, pid: true }, 'daemon');
  return (priority, line) => posix.syslog(priority, oneLine(line));
}

function writeStandardError(_priority: string, line: string): void {
  writeLine(stderrFd, `txnid: ${oneLine(line)}`);
}

function writeLine(fd: number, line: string): void {
  try {
    writeSync(fd, `${line}\n`);
  } catch {
    // Dropped: see the head of this file.
  }
}
