/** What `txnid status -json` says. */

import assert from 'node:assert/strict';
import { runTxnid } from './txnid-process.js';

export interface StatusJson {
  readonly next: string;
  readonly reserved: string;
  readonly clean: boolean;
  readonly running: boolean;
  readonly pid: number;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export async function statusOf(confdir: string): Promise<StatusJson> {
  const { code, stdout, stderr } = await runTxnid(['status', '-json', '-confdir', confdir]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as StatusJson;
}
