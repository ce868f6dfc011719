/**
 * What the audit trail knows of the progress, which the progress file has to live up to. Pure.
 *
 * An event is told after the record that it names is durable, and numbers never go back: so a record
 * of a lower generation, or one that goes on from a lower number, is a copy from before that event.
 * Generations alone do not tell it: a file that is made anew in the place of a lost one begins to count
 * where the trail stopped, and the lost one may have counted further.
 */

import { larger } from '../../sequence/order.js';
import { type Choice, resumeNumber, resumePoint } from '../file/choice.js';
import type { ProgressRecord } from '../file/record.js';
import type { AuditChange, AuditEvent, AuditEventName } from './event.js';

/** Events after which the record says the exact next number, until the next owner starts. */
const settled: ReadonlySet<AuditEventName> = new Set([
  'created',
  'stopped',
  'accepted',
  'advanced',
]);

/**
 * Whether an event says what the record has to live up to. Others are told of a record that was only read,
 * and that a power cut can take back (refused, truncation found), or on the way to a decision that may yet
 * be undone (crash found, change found).
 */
function isBinding({ event }: AuditEvent): boolean {
  return settled.has(event) || event === 'started';
}

/**
 * By how much a file that is made anew counts on above all that is known of the lost one, which went on to
 * be written after what the trail knows of it: more writes than any disk takes.
 */
export const rebuiltGenerations = 2 ** 40;

/** The lowest number that may be free, as far as these events tell. */
export function floorOf(events: readonly AuditEvent[]): bigint {
  return events.filter(isBinding).reduce((floor, { next }) => larger(floor, BigInt(next)), 0n);
}

/** Names that were ever taken into service, as far as these events of the instance's own trail tell. */
export function namesEver(events: readonly AuditEvent[]): Set<string> {
  const taken = events
    .filter(({ event }) => event === 'created' || event === 'accepted')
    .flatMap(({ changes }) => changes)
    .filter(({ name }) => name === 'sequences');
  return new Set(taken.flatMap(({ to }) => (Array.isArray(to) ? to : [])));
}

/**
 * What is wrong with a file that is older than the trail, if it is. `recent`: the trail's last events. A record that has
 * lost its neighbour may also have lost its successor, which the trail then knows of; its position takes that into
 * account.
 */
export function olderThanTrail(choice: Choice, recent: readonly AuditEvent[]): string | undefined {
  const { generation } = choice.record;
  const known = recent.at(-1)?.generation ?? 0;
  const newest = choice.isNeighbourIntact ? generation : generation + 1;
  if (newest < known) {
    return `is an older copy: its generation is ${generation}, the audit trail knows ${known}`;
  }
  // Where it has no trail a file was only read when its `created` is told, so a power cut can take that back;
  // and before a start nothing is handed out.
  const floor = floorOf(recent.filter(({ event }) => event !== 'created'));
  const number = resumeNumber(choice);
  if (number >= floor) return undefined;
  return `is an older copy: it goes on from ${number}, the audit trail knows ${floor}`;
}

/**
 * What the record says otherwise than the last event that was told of a durable one: an owner was killed after
 * it had changed it and before it told so, or the event was lost.
 */
export function untoldChanges(choice: Choice, recent: readonly AuditEvent[]): AuditChange[] {
  const last = recent.findLast(isBinding);
  if (last === undefined) return [];
  const { record } = choice;
  return [...parameterChanges(last, record), ...moves(last, choice)];
}

/** Names that only one of them knows are another version's. */
function parameterChanges(last: AuditEvent, { parameters }: ProgressRecord): AuditChange[] {
  return Object.entries(parameters).flatMap(([name, to]) => {
    const from = last.parameters[name];
    if (from === undefined || JSON.stringify(from) === JSON.stringify(to)) return [];
    return [{ name, from, to }];
  });
}

function moves({ event, generation, next }: AuditEvent, choice: Choice): AuditChange[] {
  const { record } = choice;
  const isSettled = settled.has(event) && resumePoint(choice).isExact;
  const isRebuilt = record.generation - generation >= rebuiltGenerations / 2;
  if (!(isSettled || isRebuilt) || next === String(record.next)) return [];
  return [{ name: 'next', from: next, to: String(record.next) }];
}
