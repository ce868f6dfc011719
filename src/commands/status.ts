/**
 * `txnid status [-json] [-sequence NAME]`: what the progress files say, of all sequences or of one. Reads only, and
 * waits for nobody, also beside the running daemon.
 */

import { aligned, type Cell } from '../cli/aligned.js';
import type { CommandContext } from '../cli/command.js';
import type { Tone } from '../cli/paint.js';
import { TxnidError } from '../errors.js';
import { lockSystem } from '../host/lock-system.js';
import { type Choice, positionOf } from '../progress/file/choice.js';
import { realFileSystem } from '../progress/file/file-system.js';
import type { Parameters } from '../progress/file/record.js';
import { neverRan } from '../progress/file/unusable.js';
import { type Inspection, inspectSequence } from '../progress/inspect.js';
import { NamesLedger } from '../progress/names/ledger.js';
import { namesThere } from '../progress/names/names.js';
import { endIndex, numberAt } from '../sequence/progression.js';
import { confdirOf, progressionFrom } from '../service/settings.js';
import { settingToText } from '../settings/value-text.js';
import { directoryAsked, sequenceAsked } from './sequence-asked.js';

interface Status {
  /** The number the next start would hand out first. */
  readonly next: string;
  /** Every number handed out so far is below it. */
  readonly reserved: string;
  readonly clean: boolean;
  readonly running: boolean;
  /** Of the owner: the running one, or the last. */
  readonly pid: number;
  readonly host: string;
  /** When that owner started, ISO 8601. */
  readonly since: string;
  readonly exhausted: boolean;
  readonly parameters: Parameters;
}

export async function status(context: CommandContext): Promise<number> {
  const name = sequenceAsked(context);
  const confdir = confdirOf(context);
  directoryAsked(confdir, name);
  const found = statusIn(confdir, name);
  const isOne = context.commandLine.switches.has('sequence');
  const names = isOne ? [] : namesThere(confdir);
  const ledger = NamesLedger.read(confdir, realFileSystem);
  const others = names.map((other) => namedStatus(confdir, other, ledger));
  if (context.commandLine.switches.get('json') === true) {
    const sequences = others.map(shortJson);
    context.print(JSON.stringify(isOne ? found : { ...found, sequences }));
  } else {
    for (const line of linesOf(found, context)) context.print(line);
    for (const line of aligned(others.map(rowOf), context.paint)) context.print(line);
  }
  const failed = others.find(({ error }) => error !== undefined);
  if (failed?.error !== undefined) throw failed.error;
  return 0;
}

/** Throws TxnidError where it cannot be told. */
function statusIn(confdir: string, name: string | undefined, ledger?: NamesLedger): Status {
  const inspection = inspectSequence(confdir, name, lockSystem, ledger);
  if (inspection.error !== undefined) throw inspection.error;
  if (inspection.choice === undefined) throw neverRan('progress file', inspection.paths.progress);
  return statusOf(inspection, inspection.choice);
}

/** Owner and parameters are those of the instance; `-sequence` tells what is not. */
function shortJson({ name, status, error }: NamedStatus) {
  if (status === undefined) return { name, error: error?.message };
  const { next, reserved, clean, running, exhausted } = status;
  return { name, next, reserved, clean, running, exhausted };
}

interface NamedStatus {
  readonly name: string;
  readonly status?: Status;
  readonly error?: TxnidError;
}

/** One that cannot be told keeps no other from being told. */
function namedStatus(confdir: string, name: string, ledger: NamesLedger): NamedStatus {
  try {
    return { name, status: statusIn(confdir, name, ledger) };
  } catch (error) {
    if (!(error instanceof TxnidError)) throw error;
    return { name, error };
  }
}

function rowOf({ name, status }: NamedStatus): Cell[] {
  if (status === undefined) return [`sequence ${name}`, told('unusable', 'bad')];
  const { next, reserved, clean, running, exhausted } = status;
  const place = exhausted ? ' (beyond the end of the sequence)' : '';
  const state = clean ? 'clean' : running ? 'in use' : 'not clean';
  return [`sequence ${name}`, `next ${next}${place}`, `reserved below ${reserved}`, state];
}

function statusOf({ holder }: Inspection, choice: Choice): Status {
  const { record } = choice;
  const progression = progressionFrom(record.parameters);
  const { index, bound, isExact } = positionOf(choice, progression);
  return {
    next: String(numberAt(progression, index)),
    reserved: String(bound),
    clean: isExact,
    running: holder !== undefined,
    pid: holder ?? record.owner.pid,
    host: record.owner.host,
    since: record.since,
    exhausted: index >= endIndex(progression),
    parameters: record.parameters,
  };
}

function linesOf({ parameters, ...found }: Status, { paint }: CommandContext): string[] {
  const { next, reserved, clean, running, pid, host, since, exhausted } = found;
  const saved = Object.entries(parameters).map(([name, value]): [string, string] => [
    name,
    settingToText(value),
  ]);
  const rows: Cell[][] = [
    [
      'next',
      told(
        `${next}${exhausted ? ' (beyond the end of the sequence)' : ''}`,
        exhausted ? 'bad' : 'strong',
      ),
    ],
    ['reserved', `below ${reserved}`],
    ['clean', told(clean ? 'yes' : 'no', clean || running ? undefined : 'doubtful')],
    [
      'running',
      running ? told(`yes, process ${pid}`, 'good') : `no, last was process ${pid} on ${host}`,
    ],
    ['since', since],
    ...saved,
  ];
  return aligned(rows, paint);
}

function told(text: string, tone: Tone | undefined): Cell {
  return { text, tone };
}
