/**
 * The runbook does what it says: every command on the page is run, and prints what the page shows. And
 * whatever an operator does there, no number comes twice.
 *
 * TXNID_TEST_RUNBOOK=write puts what the commands print now into the page, to be read before it is kept.
 */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { after, describe, test } from 'node:test';
import { freshDirectory, isRoot } from '../support/fixtures/scratch.js';
import {
  codeBlocks,
  type PageSection,
  runCommands,
  sectionsOf,
  withOutputs,
} from '../support/processes/console-page.js';
import { freePort } from '../support/processes/one-shot-client.js';

const path = new URL('../../../config/runbook.md', import.meta.url);
const page = readFileSync(path, 'utf8');
const [preamble = ''] = codeBlocks(page, 'sh');
const shownPorts = ['8963', '8973', '8983'];
/** Sections that show what only root is refused. */
const ofRoot = ['Rights, owners and modes: exit code 77'];

/** Without what differs from run to run. */
function steady(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/\buid \d+/g, 'uid N')
    .replace(/\bpid \d+ +\S+/g, 'pid N  HOST')
    .replace(/\bprocess \d+/g, 'process N')
    .replace(/( process N on) \S+$/gm, '$1 HOST')
    .replace(/\b(?!0{64})[0-9a-f]{64}\b/g, 'HASH');
}

/** Not a part of a longer number. */
function wordOf(port: string): RegExp {
  return new RegExp(`\\b${port}\\b`, 'g');
}

/** What the commands of a section really print, as the page would show it. */
async function run({ commands }: PageSection): Promise<string[]> {
  const directory = freshDirectory();
  const ports = await Promise.all(shownPorts.map(() => freePort()));
  const pairs = shownPorts.map((shown, index) => [shown, String(ports[index])] as const);
  const here = (text: string): string =>
    pairs.reduce((replaced, [shown, free]) => replaced.replaceAll(shown, free), text);
  const there = (text: string): string =>
    pairs.reduce((replaced, [shown, free]) => replaced.replaceAll(wordOf(free), shown), text);
  const lines = commands.map(({ command }) => here(command));
  const outputs = await runCommands(lines, preamble, directory);
  return outputs.map((output) =>
    there(output)
      .replaceAll(`${directory}/`, '/etc/txnid/')
      .replace(/^txnid: (Running as root|Cannot reach syslog at \/dev\/log): .*\n/gm, '')
      .replace(/ +$/gm, ''),
  );
}

function numbersOf({ commands }: PageSection, outputs: readonly string[]): string[] {
  return outputs
    .filter((_, index) => commands[index]?.command.startsWith('txnid next') === true)
    .flatMap((output) => output.trim().split('\n'));
}

let written = page;

describe('the runbook', { concurrency: true }, () => {
  for (const section of sectionsOf(page)) {
    const skip = !isRoot && ofRoot.includes(section.title) && 'only root is refused that';
    test(section.title, { skip }, async () => {
      const { commands, text } = section;
      const outputs = await run(section);
      const named = outputs.map((output) => output.replaceAll(hostname(), 'ant'));
      written = written.replace(text, () => withOutputs(text, named));
      const isSteady = (index: number, output: string) => [
        commands[index]?.command,
        steady(output),
      ];
      assert.deepEqual(
        outputs.map((output, index) => isSteady(index, output)),
        commands.map(({ output }, index) => isSteady(index, output)),
      );
      const numbers = numbersOf(section, outputs);
      assert.ok(numbers.every((number) => /^\d+$/.test(number)));
      assert.equal(new Set(numbers).size, numbers.length, 'no number twice');
    });
  }
});

after(() => {
  if (process.env.TXNID_TEST_RUNBOOK === 'write') writeFileSync(path, written);
});
