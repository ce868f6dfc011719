/** What is kept of a round that failed, outside of the directories that go with the process. */

import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { History } from './history.js';
import type { Member } from './member.js';
import type { Plan } from './plan.js';
import type { Receipt } from './recording.js';

/** Writes it down; the directory it is in. */
export function keepEvidence(
  plan: Plan,
  members: readonly Member[],
  history: History,
  faults: readonly string[],
): string {
  const directory = mkdtempSync(join(tmpdir(), `txnid-torture-${plan.seed}-`));
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(join(directory, name), `${lines.join('\n')}\n`);
  write('faults', faults);
  write('history', history.lines);
  write('plan.json', [JSON.stringify(plan, undefined, 2)]);
  for (const { instance, confdir, recording, process } of members) {
    const name = `instance-${instance}`;
    mkdirSync(join(directory, name));
    cpSync(confdir, join(directory, name), { recursive: true, preserveTimestamps: true });
    write(`${name}.stderr`, [process.stderr]);
    write(`${name}.receipts`, recording.receipts.map(receiptLine));
  }
  return directory;
}

function receiptLine({ client, askedAfter, first, increment, count }: Receipt): string {
  return `client ${client} asked after ${askedAfter}: ${first}+${increment}*${count}`;
}
