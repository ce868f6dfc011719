import { readFileSync } from 'node:fs';
import type { CommandContext } from './command.js';

const packageFile = new URL('../../../package.json', import.meta.url);

/** `txnid version`: the version of the package. */
export async function version({ print }: CommandContext): Promise<number> {
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
  print(`txnid ${version}`);
  return 0;
}
