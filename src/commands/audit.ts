/**
 * `txnid audit [-json] [-verify]`: what happened to this instance, a line an event; with -verify,
 * whether each line follows from the one before it.
 */

import { failure } from '../errors.js';
import type { AuditChange, AuditEvent } from '../progress/audit-event.js';
import { type BrokenLine, readTrail } from '../progress/audit-reader.js';
import { progressPaths } from '../progress/paths.js';
import { settingToText } from '../settings/value-text.js';
import { aligned } from './aligned.js';
import type { CommandContext } from './command.js';
import { neverRan } from './never-ran.js';
import { confdirOf } from './settings.js';

export async function audit(context: CommandContext): Promise<number> {
  const { switches } = context.commandLine;
  const path = progressPaths(confdirOf(context)).audit;
  const reading = readTrail(path);
  if (reading === undefined) throw neverRan('audit trail', path);
  const isJson = switches.get('json') === true;
  const lines = isJson ? [JSON.stringify(reading.events)] : aligned(reading.events.map(columnsOf));
  for (const line of lines) context.print(line);
  if (switches.get('verify') !== true) return 0;
  if (reading.broken !== undefined) throw brokenChain(path, reading.broken);
  if (!isJson) context.print(`whole: ${reading.events.length} events`);
  return 0;
}

function columnsOf({ time, event, next, uid, pid, host, changes, reason }: AuditEvent): string[] {
  const details = [...changes.map(changeText), ...(reason === undefined ? [] : [reason])];
  return [time, event, `next ${next}`, `uid ${uid}`, `pid ${pid}`, host, details.join(', ')];
}

function changeText({ name, from, to, origin }: AuditChange): string {
  const [before, after] = [from, to].map((value) => (value === null ? '' : settingToText(value)));
  return `${name} ${before} -> ${after}${origin === undefined ? '' : ` (${origin})`}`;
}

function brokenChain(path: string, { line, what }: BrokenLine) {
  const remedy = 'compare it with a copy kept elsewhere; what comes before this line is whole';
  return failure('state', `The audit trail is not whole: ${path}:${line} ${what}`, remedy);
}
