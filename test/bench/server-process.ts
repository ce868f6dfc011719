/** A server under measurement: a process of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Rival } from './rival.js';

export class ServerProcess implements Rival {
  private constructor(
    readonly name: string,
    readonly port: number,
    readonly child: ChildProcess,
  ) {}

  get pid(): number {
    return this.child.pid ?? Number.NaN;
  }

  /** Starts `command` and waits for its port, which it prints as its first line. */
  static async start(name: string, command: string, values: readonly string[] = []) {
    const child = spawn(command, values, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await Promise.race([
      once(createInterface(child.stdout), 'line'),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`${name} ended: ${code}`))),
    ]);
    return new ServerProcess(name, Number(line), child);
  }

  /** Starts `command` and waits until it listens on `port`. */
  static async startOn(name: string, port: number, command: string, values: readonly string[]) {
    const child = spawn(command, values, { stdio: ['ignore', 'ignore', 'inherit'] });
    while (!(await listens(port))) {
      if (child.exitCode !== null) throw new Error(`${name} ended: ${child.exitCode}`);
      await sleep(10);
    }
    return new ServerProcess(name, port, child);
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }
}

async function listens(port: number): Promise<boolean> {
  const connection = connect(port, '127.0.0.1');
  try {
    await once(connection, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    connection.destroy();
  }
}
