/**
 * `txnid next [COUNT]`: a client. Asks a running server for numbers and prints them, one a line: over
 * the session port where there is one, else over the one-shot port. Needs nothing of the confdir but
 * its settings.
 */

import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { CommandContext } from '../cli/command.js';
import { connect } from '../client/client.js';
import { ClientError } from '../client/client-error.js';
import { askOneShot } from '../client/one-shot.js';
import { failure } from '../errors.js';
import { defaultName } from '../sequence/name.js';
import { type NumberRange, rangeCountMax } from '../sequence/range.js';
import type { SettingsValues } from '../settings/table.js';
import { sequenceAsked } from './sequence-asked.js';
import {
  clientSettings,
  hostOf,
  refuseUnnamedPort,
  unavailable,
  wondering,
} from './server-asked.js';

/** Lines that are written at once. */
const linesPerWrite = 1000;

/** Ranges that are asked for together, where max-range makes it several. */
const rangesAtOnce = 100;

interface Address {
  readonly host: string;
  readonly port: number;
}

export async function next(context: CommandContext): Promise<number> {
  const { values } = await clientSettings(context);
  const count = countFrom(context.commandLine.positionals[0] ?? '1');
  const sequence = sequenceAsked(context);
  refuseUnnamedPort(values, sequence);
  // Not with print, which drops what cannot be written: these numbers are nowhere else.
  const { stdout } = process;
  await pipeline(numbersFrom(values, count, sequence), stdout, { end: false })
    .then(() => written(stdout))
    .catch(refuse);
  return 0;
}

/** Resolves once a reader that is slow has room for all: what is left when the process exits would be lost. */
function written(stream: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write('', (error) => (error ? reject(error) : resolve()));
  });
}

function countFrom(text: string): number {
  const count = /^[1-9]\d{0,6}$/.test(text) ? Number(text) : undefined;
  if (count !== undefined && count <= rangeCountMax) return count;
  const what = `Cannot ask for ${JSON.stringify(text)} numbers`;
  throw failure('command-line', what, `give a whole number from 1 to ${rangeCountMax}`);
}

function numbersFrom(
  values: SettingsValues,
  count: number,
  sequence: string | undefined,
): AsyncGenerator<string> {
  const host = hostOf(values);
  const sessionPort = values['session-port'];
  if (sessionPort === 0) return fromOneShotPort(host, values.port, count);
  return fromSessionPort({ host, port: sessionPort }, count, values['max-range'], sequence);
}

async function* fromOneShotPort(host: string, port: number, count: number) {
  for (let left = count; left > 0; left--) {
    yield `${await wondering(host, port, askOneShot({ host, port }))}\n`;
  }
}

async function* fromSessionPort(
  address: Address,
  count: number,
  rangeMax: number,
  sequence = defaultName,
) {
  const client = await connect(address);
  try {
    const asked = client.sequence(sequence);
    for (let left = count; left > 0; ) {
      const ranges: Promise<NumberRange>[] = [];
      for (; left > 0 && ranges.length < rangesAtOnce; left -= rangeMax) {
        ranges.push(asked.take(Math.min(left, rangeMax)));
      }
      yield* linesOf(await Promise.all(ranges));
    }
  } finally {
    await client.close();
  }
}

function* linesOf(ranges: readonly NumberRange[]) {
  let lines: string[] = [];
  for (const range of ranges) {
    for (const number of range) {
      if (lines.push(`${number}\n`) < linesPerWrite) continue;
      yield lines.join('');
      lines = [];
    }
  }
  yield lines.join('');
}

/** Who stops reading has seen enough: that is no error. */
function refuse(error: unknown): void {
  if (error instanceof ClientError) throw unavailable(error);
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  if (code === 'EPIPE') return;
  const what = `Cannot write all numbers: ${message}`;
  throw failure('output', what, 'those that are missing are lost; ask for others', {
    cause: error,
  });
}
