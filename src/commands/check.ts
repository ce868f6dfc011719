/**
 * `txnid check`: everything that a start would check, in its order and words, without touching
 * anything. Beside the running daemon of this confdir its lock and its ports are no faults.
 */

import { existsSync } from 'node:fs';
import { url } from 'node:inspector';
import { dirname } from 'node:path';
import { failure, TxnidError } from '../errors.js';
import { lockSystem } from '../host/lock-system.js';
import { printError } from '../host/log.js';
import { refuseOpenSurroundings } from '../host/surroundings.js';
import { positionOf } from '../progress/choice.js';
import { type Inspection, inspectProgress } from '../progress/inspect.js';
import { bindTcp } from '../server/bind.js';
import type { CommandContext } from './command.js';
import { judgeConfdir, refuseSetuid } from './confdir.js';
import { confinementOf } from './confinement.js';
import { refuseEnd } from './end-of-sequence.js';
import { metricsIp } from './metrics-port.js';
import { mismatch } from './mismatch.js';
import { type LoadedSettings, loadSettings } from './settings.js';

type Probe = () => unknown;

export async function check(context: CommandContext): Promise<number> {
  refuseSetuid();
  const settings = await loadSettings(context);
  const inspection = inspectProgress(settings.confdir, lockSystem);
  const probes: Probe[] = [
    () => refuseOpenSurroundings(context.environment, url()),
    () => confinementOf(settings),
    () => judgeConfdir(settings),
    () => probeParent(settings.confdir),
    () => probeProgress(inspection),
    () => probeParameters(settings, inspection),
    () => probePort('port', settings, inspection),
    () => probePort('session-port', settings, inspection),
    () => probePort('metrics-port', settings, inspection),
    () => probePosition(settings, inspection),
  ];
  const errors = (await Promise.all(probes.map(errorsOf))).flat();
  for (const error of errors) printError(error);
  if (errors[0] !== undefined) return errors[0].exitCode;
  context.print('ok');
  return 0;
}

async function errorsOf(probe: Probe): Promise<TxnidError[]> {
  try {
    await probe();
    return [];
  } catch (error) {
    if (error instanceof TxnidError) return [error];
    throw error;
  }
}

function probeParent(confdir: string): void {
  if (existsSync(confdir) || existsSync(dirname(confdir))) return;
  const what = `Cannot make the confdir ${confdir}: its parent directory does not exist`;
  throw failure('settings', what, 'make the directory, or set another confdir');
}

function probeProgress({ error }: Inspection): void {
  if (error !== undefined) throw error;
}

function probeParameters(settings: LoadedSettings, { choice }: Inspection): void {
  if (choice === undefined) return;
  const differences = settings.differencesFrom(choice.record.parameters);
  if (differences.length > 0) throw mismatch(differences);
}

/** The daemon that holds this confdir listens where its saved parameters say. */
function probePort(
  name: 'port' | 'session-port' | 'metrics-port',
  { values }: LoadedSettings,
  { choice, holder }: Inspection,
): void {
  const port = values[name];
  const saved = choice?.record.parameters;
  const isMetrics = name === 'metrics-port';
  const isSameIp = isMetrics || saved?.ip === values.ip;
  const isOurs = holder !== undefined && saved?.[name] === port && isSameIp;
  if (port !== 0 && !isOurs) bindTcp(isMetrics ? metricsIp : values.ip, port).close();
}

function probePosition({ progression }: LoadedSettings, { choice }: Inspection): void {
  if (choice !== undefined) refuseEnd(progression, positionOf(choice, progression).index);
}
