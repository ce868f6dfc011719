/** Where something was measured, and with what. */

import { spawnSync } from 'node:child_process';
import { cpus, release } from 'node:os';

export function machine(): object {
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: processors[0]?.model,
    processors: processors.length,
    kernel: release(),
    node: process.version,
    redis: /v=([\d.]+)/.exec(
      spawnSync('redis-server', ['--version'], { encoding: 'utf8' }).stdout ?? '',
    )?.[1],
  };
}
