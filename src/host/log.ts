/**
 * Where the daemon says what happens: faults and turning points, such as its start, to standard error or to
 * syslog, and with `verbose` the course of things to standard output. One event is one line, with `json` an object, whatever the message contains; its words
 * are the same wherever it goes. With syslog the course of things goes there too, as `info`: a daemon
 * has no standard output.
 *
 * A line that cannot be written at once (a full disk, a reader that is gone or does not read) is
 * dropped: the log never decides whether numbers are handed out.
 */

import { writeSync } from 'node:fs';
import type { Fault, TxnidError } from '../errors.js';

export interface LogOptions {
  /** `json`: to standard error, an object a line. */
  readonly target: 'stderr' | 'syslog' | 'json';
  /** Whether `verbose` says anything. */
  readonly verbose: boolean;
}

export interface Log {
  /** Something is wrong, and the service cannot do its work. */
  fault(fault: Fault): void;
  /** Something looks wrong, and the service does its work. */
  warning(fault: Fault): void;
  /** A turning point, or what somebody asked for. */
  notice(notice: Notice): void;
  /** The same for what nobody may miss: on standard error too, wherever the log is. */
  announce(notice: Notice): void;
  /** For who watches; only with `verbose`, and never on standard error. */
  verbose(line: string): void;
}

/** A line for people, and whatever parts it has for programs. */
interface Notice {
  readonly line: string;
}

/** Runs a write that fails instead of waiting: see libc/without-waiting.ts. */
type Guard = (fd: number, act: () => void) => void;
type Severity = 'err' | 'warning' | 'notice' | 'info';
type Write = (severity: Severity, line: string, parts?: object) => void;

const stdoutFd = 1;
const stderrFd = 2;

/** A line is cut here: a pipe takes up to 4096 bytes whole, and no line of ours is near it. */
const lineLengthMax = 1000;

/**
 * Opens the log. Call it before privileges are dropped: syslog's socket cannot be reached from within
 * a jail. Where there is none the service starts all the same, and a warning on standard error says so.
 */
export async function openLog({ target, verbose }: LogOptions, syslogName?: string): Promise<Log> {
  // A pipe, socket or terminal that nobody reads would stop the main thread, which reserves the numbers.
  // That Node's first worker makes pipes and sockets non-blocking is its own affair, and comes later.
  const { withoutWaiting } = await import('../libc/without-waiting.js');
  const write =
    target === 'syslog'
      ? await openSyslog(syslogName, withoutWaiting)
      : target === 'json'
        ? asJson(withoutWaiting)
        : toStandardError(withoutWaiting);
  return {
    fault: (fault) => writeFault(write, 'err', fault),
    warning: (fault) => writeFault(write, 'warning', fault),
    notice: ({ line, ...parts }) => write('notice', line, parts),
    announce: ({ line, ...parts }) => {
      write('notice', line, parts);
      if (target === 'syslog') writeStandardError(line, withoutWaiting);
    },
    verbose: (line) => {
      if (!verbose) return;
      writeLine(stdoutFd, oneLine(line), withoutWaiting);
      if (target === 'syslog') write('info', line);
    },
  };
}

/** Writes an error to standard error, a line for each of its faults; for when there is no log yet. */
export function printError({ faults }: Pick<TxnidError, 'faults'>): void {
  const write: Write = areErrorsJson ? asJson() : (_severity, line) => writeStandardError(line);
  for (const fault of faults) writeFault(write, 'err', fault);
}

function writeFault(write: Write, severity: Severity, fault: Fault): void {
  const { what, remedy } = asTold(fault);
  write(severity, `${what}: ${remedy}`, { what, remedy });
}

/** A fault in the words in which it is told: the commands in it are whole. */
export function asTold({ what, remedy }: Fault): Fault {
  return { what, remedy: complete(remedy) };
}

/** Makes of a remedy what this process has to say: see `nameCommandsBy`. */
let complete = (remedy: string): string => remedy;

/** From here on the commands that remedies name are told as `whole` has them. */
export function nameCommandsBy(whole: (remedy: string) => string): void {
  complete = whole;
}

let areErrorsJson = false;

/** From here on `printError` writes what the log would: a start that is refused ends in it. */
export function writeErrorsAsJson(): void {
  areErrorsJson = true;
}

/** The same for a line that is no error. */
export function printNotice(line: string): void {
  writeStandardError(line);
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

/** Loaded by who logs there: commands without foreign calls do without them. */
async function openSyslog(name: string | undefined, guard: Guard): Promise<Write> {
  const { Syslog } = await import('./syslog.js');
  const syslog = new Syslog(name);
  const fault = syslog.connect();
  if (fault !== undefined) toStandardError(guard)('warning', `${fault.what}: ${fault.remedy}`);
  return (severity, line) => syslog.send(severity, oneLine(line));
}

/** The time as the audit trail has it, severities as syslog. */
function asJson(guard?: Guard): Write {
  return (severity, message, parts = {}) => {
    const time = new Date().toISOString();
    const entry = { time, severity, pid: process.pid, ...parts, message };
    writeLine(stderrFd, JSON.stringify(entry), guard);
  };
}

function toStandardError(guard: Guard): Write {
  return (_severity, line) => writeStandardError(line, guard);
}

function writeStandardError(line: string, guard?: Guard): void {
  writeLine(stderrFd, `txnid: ${oneLine(line)}`, guard);
}

/** Without a guard it waits for its reader, as a command does that has nothing else to do. */
function writeLine(fd: number, line: string, guard: Guard = (_fd, act) => act()): void {
  try {
    guard(fd, () => writeSync(fd, `${line}\n`));
  } catch {
    // Dropped: see the head of this file.
  }
}
