/**
 * `txnid audit`: what happened to this instance, a line an event; with -verify, whether each line
 * follows from the one before it, up to where the progress file knows the trail to reach. Reads only.
 */

import { aligned, type Cell } from '../cli/aligned.js';
import type { CommandContext } from '../cli/command.js';
import type { Tone } from '../cli/paint.js';
import { failure, type TxnidError } from '../errors.js';
import { lockSystem } from '../host/lock-system.js';
import { progressPaths } from '../progress/file/paths.js';
import type { ParameterValue, ProgressRecord } from '../progress/file/record.js';
import { neverRan } from '../progress/file/unusable.js';
import { inspectSequence } from '../progress/inspect.js';
import type { AuditChange, AuditEvent } from '../progress/trail/event.js';
import { cutOff, isHeadKnown, truncated } from '../progress/trail/head.js';
import { type AuditReading, type BrokenLine, readTrail } from '../progress/trail/reader.js';
import { confdirOf } from '../service/settings.js';
import { printable } from '../settings/quote.js';
import { settingToText } from '../settings/value-text.js';
import { eventNamesIn, sinceMs } from './audit-filter.js';
import { directoryAsked, sequenceAsked } from './sequence-asked.js';

export async function audit(context: CommandContext): Promise<number> {
  const { switches } = context.commandLine;
  const name = sequenceAsked(context);
  const whole = confdirOf(context);
  const confdir = directoryAsked(whole, name);
  const isWanted = filterOf(switches);
  const path = progressPaths(confdir).audit;
  const isVerifying = switches.get('verify') === true;
  // Before the trail is read: a running daemon saves a head only after its line.
  const record = savedRecord(whole, name);
  const reading = readTrail(path, record?.undone);
  if (reading === undefined) throw neverRan('audit trail', path);
  const isJson = switches.get('json') === true;
  const events = reading.events.filter(isWanted);
  if (isJson) context.print(JSON.stringify(events));
  else for (const line of linesOf(events, context)) context.print(line);
  if (!isVerifying) return 0;
  const verdict = verdictOf(path, reading, record?.trailHead);
  if (verdict !== undefined) throw verdict;
  if (!isJson) for (const line of wholeLines(path, reading)) context.print(line);
  return 0;
}

function filterOf(switches: ReadonlyMap<string, string | boolean>): (event: AuditEvent) => boolean {
  const [since, names] = [switches.get('since'), switches.get('event')];
  const earliestMs = typeof since === 'string' ? sinceMs(since, Date.now()) : undefined;
  const wanted = typeof names === 'string' ? eventNamesIn(names) : undefined;
  return ({ time, event }) => {
    // A time that cannot be read is shown: leaving it out would hide it.
    const isEarlier = earliestMs !== undefined && Date.parse(time) < earliestMs;
    return !isEarlier && wanted?.has(event) !== false;
  };
}

/** What the progress file knows of the trail; undefined where it tells nothing. */
function savedRecord(confdir: string, name: string | undefined): ProgressRecord | undefined {
  try {
    return inspectSequence(confdir, name, lockSystem).choice?.record;
  } catch {
    // Who may read the trail alone can still verify its chain.
    return undefined;
  }
}

function verdictOf(
  path: string,
  { broken, head, bytes }: AuditReading,
  saved: string | undefined,
): TxnidError | undefined {
  if (broken !== undefined) return brokenChain(path, broken);
  return isHeadKnown(saved, head, bytes) ? undefined : truncated(path);
}

function brokenChain(path: string, { line, what }: BrokenLine): TxnidError {
  const remedy =
    'compare it and the line before with a copy kept elsewhere; what comes before these is whole';
  return failure('state', `The audit trail is not whole: ${path}:${line} ${what}`, remedy);
}

function wholeLines(path: string, { events, tornBytes }: AuditReading): string[] {
  const found = events.filter(({ event }) => event === 'truncation found').length;
  const past = found === 0 ? '' : `, ${found} of them of lines that were missing before`;
  const whole = `whole: ${events.length} events${past}`;
  return tornBytes === 0 ? [whole] : [whole, cutOff(path, tornBytes).message];
}

const tones: Readonly<Record<string, Tone>> = {
  'crash found': 'doubtful',
  refused: 'doubtful',
  accepted: 'strong',
  advanced: 'strong',
  'truncation found': 'bad',
  'change found': 'doubtful',
};

function linesOf(events: readonly AuditEvent[], { paint }: CommandContext): string[] {
  return events.length === 0 ? ['no events'] : aligned(events.map(cellsOf), paint);
}

/** Whatever somebody wrote into the trail must not reach the terminal as more than text. */
function cellsOf({ time, event, next, uid, pid, host, changes, reason }: AuditEvent): Cell[] {
  const details = [...changes.map(changeText), ...(reason === undefined ? [] : [reason])];
  const name = { text: printable(event), tone: tones[event] };
  const rest = [`next ${next}`, `uid ${uid}`, `pid ${pid}`, String(host), details.join(', ')];
  return [printable(time), name, ...rest.map(printable)];
}

function changeText({ name, from, to, origin }: AuditChange): string {
  const layer = origin === undefined ? '' : ` (${origin})`;
  return `${name} ${valueText(from)} -> ${valueText(to)}${layer}`;
}

function valueText(value: ParameterValue | null): string {
  return value === null ? 'none' : settingToText(value);
}
