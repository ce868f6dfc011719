import { readFileSync } from 'node:fs';
import type { CommandContext } from '../cli/command.js';

/** Where package.json is, from the bundle and from the module by itself. */
const candidates = ['../../package.json', '../../../package.json'];

/** `txnid version [-json]`: the version of the package. */
export async function version({ print, commandLine }: CommandContext): Promise<number> {
  const found = packageVersion();
  const isJson = commandLine.switches.get('json') === true;
  print(
    isJson ? JSON.stringify({ version: found, node: process.versions.node }) : `txnid ${found}`,
  );
  return 0;
}

export function packageVersion(): string | undefined {
  return candidates.map(versionIn).find((found) => found !== undefined);
}

function versionIn(relativePath: string): string | undefined {
  try {
    const text = readFileSync(new URL(relativePath, import.meta.url), 'utf8');
    const manifest = JSON.parse(text) as { name: string; version: string };
    return manifest.name === 'txnid' ? manifest.version : undefined;
  } catch {
    return undefined;
  }
}
