/**
 * `txnid check [-json]`: everything that a start would check, in its order and words, without touching
 * anything. Beside the running daemon of this confdir its lock and its ports are no faults.
 *
 * The jail is really entered, by this process, which ends with it: so nothing about it is foreseen in
 * other words, or differently, from how it is. That comes last, since no file can be opened after it.
 */

import { url } from 'node:inspector';
import type { CommandContext } from '../cli/command.js';
import { type Fault, TxnidError } from '../errors.js';
import { closeInherited, inheritedDescriptors } from '../host/jail/inherited.js';
import { prepareJail } from '../host/jail/jail.js';
import { lockSystem } from '../host/lock-system.js';
import { asTold, printError } from '../host/log.js';
import { openNotifier } from '../host/notify.js';
import { refuseOpenSurroundings, refuseTooManyFiles } from '../host/surroundings.js';
import { positionOf } from '../progress/file/choice.js';
import { realFileSystem } from '../progress/file/file-system.js';
import { type Inspection, inspectProgress } from '../progress/inspect.js';
import { goneSequence, inNamedDirectory, refuseMisplaced } from '../progress/names/names.js';
import { rehearseHolding, rehearseOpening } from '../progress/rehearsal.js';
import { refuseSpent } from '../progress/sequence.js';
import { numberAt } from '../sequence/progression.js';
import { bindTcp } from '../server/threads/bind.js';
import { judgeConfdir, refuseSetuid } from '../service/confdir.js';
import { type Confinement, confinementOf } from '../service/confinement.js';
import { refuseInexactNumbers } from '../service/exact-numbers.js';
import { refuseDifferences } from '../service/mismatch.js';
import { nextIndexOf, ofName } from '../service/named-sequences.js';
import { ownership, refuseCreation } from '../service/own-store.js';
import { type LoadedSettings, loadSettings, namedSettings } from '../service/settings.js';
import { checkWarnings } from '../service/start-warnings.js';

export async function check(context: CommandContext): Promise<number> {
  const inherited = inheritedDescriptors([]);
  const checking = new Checking();
  await checkStart(context, checking, inherited);
  const { errors } = checking;
  const exitCode = errors[0]?.exitCode ?? 0;
  if (context.commandLine.switches.get('json') === true) {
    const warnings = checking.warnings.map(asTold);
    context.print(JSON.stringify({ exitCode, faults: errors.flatMap(faultsOf), warnings }));
    return exitCode;
  }
  for (const error of errors) printError(error);
  printError({ faults: checking.warnings });
  if (exitCode === 0) context.print(context.paint('good', 'ok'));
  return exitCode;
}

function faultsOf({ exitCode, faults }: TxnidError) {
  return faults.map((fault) => ({ ...asTold(fault), exitCode }));
}

/** What was found so far. */
class Checking {
  readonly errors: TxnidError[] = [];
  /** What is no reason to refuse the start. */
  readonly warnings: Fault[] = [];

  /** The result of a step of the start; undefined where it would be refused. */
  async take<Result>(step: () => Result | Promise<Result>): Promise<Result | undefined> {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof TxnidError)) throw error;
      // What keeps a file from being read keeps it from being written too.
      if (!this.errors.some(({ message }) => message === error.message)) this.errors.push(error);
      return undefined;
    }
  }
}

async function checkStart(
  context: CommandContext,
  checking: Checking,
  inherited: readonly number[],
): Promise<void> {
  await checking.take(refuseSetuid);
  await checking.take(() => refuseOpenSurroundings(context.environment, url()));
  // What else there is would be judged with other rights than those of the start to come.
  if (checking.errors.length > 0) return;
  const settings = await checking.take(() => loadSettings(context, { need: 'confdir' }));
  if (settings === undefined) return;
  checking.warnings.push(...checkWarnings(settings));
  // Its own copy: opening takes the variable out.
  await checking.take(() => openNotifier({ ...context.environment }));
  await checking.take(() => refuseTooManyFiles(settings.values.sequences.length));
  const confinement = await checking.take(() => confinementOf(settings));
  await checking.take(() => judgeConfdir(settings));
  await checkInstance(settings, confinement, checking);
  if (confinement === undefined) return;
  if (confinement.keeper !== undefined) closeInherited(inherited);
  await checking.take(() => enterJail(settings, confinement));
}

/** An instance that is not there yet, or cannot be looked at, is checked as far as it can be. */
async function checkInstance(
  settings: LoadedSettings,
  confinement: Confinement | undefined,
  checking: Checking,
): Promise<void> {
  const inspection = await checking.take(() => inspectProgress(settings.confdir, lockSystem));
  if (inspection !== undefined) await checkFiles(settings, confinement, inspection, checking);
  for (const name of ['port', 'session-port', 'redis-port', 'metrics-port'] as const) {
    await checking.take(() => tryPort(name, settings, inspection));
  }
  await checkNamed(settings, confinement, inspection, checking);
  await checking.take(() => refuseAtEnd(settings, inspection));
  await checking.take(() => refuseInexactNumbers(settings.values, nextOf(settings, inspection)));
}

/** Those of an instance that is there; a start that makes one makes them too. */
async function checkNamed(
  settings: LoadedSettings,
  confinement: Confinement | undefined,
  inspection: Inspection | undefined,
  checking: Checking,
): Promise<void> {
  const { values, confdir } = settings;
  const saved = inspection?.choice?.record.parameters;
  if (saved === undefined) return;
  // One that is not accepted yet need not be there: that is told already.
  if (settings.differencesFrom(saved).some(({ name }) => name === 'sequences')) return;
  const keeper = confinement?.keeper;
  for (const name of values.sequences) {
    const named = namedSettings(settings, name);
    const options = {
      ...ownership(named),
      keeper: keeper === undefined ? undefined : inNamedDirectory(keeper, name),
      onLost: () => {},
      onWarning: ({ faults }: TxnidError) => checking.warnings.push(...faults),
    };
    const judge = async () => {
      refuseMisplaced(confdir, name, realFileSystem);
      const found = await rehearseHolding(options, inspection?.holder !== undefined);
      if (found === undefined) throw goneSequence(confdir, name);
      nextIndexOf(found, settings, name);
    };
    await checking.take(async () => {
      await judge().catch((error) => {
        throw ofName(name, error);
      });
    });
  }
}

async function checkFiles(
  settings: LoadedSettings,
  confinement: Confinement | undefined,
  inspection: Inspection,
  checking: Checking,
): Promise<void> {
  const isAbsent = inspection.choice === undefined && inspection.error === undefined;
  // A start that must not make an instance does not come to what would keep it from that.
  if (isAbsent && !settings.values.create) {
    await checking.take(() => refuseCreation(settings));
    return;
  }
  const options = {
    ...ownership(settings),
    keeper: confinement?.keeper,
    onLost: () => {},
    onWarning: ({ faults }: TxnidError) => checking.warnings.push(...faults),
  };
  await checking.take(() => rehearseOpening(options, inspection.holder !== undefined));
  await checking.take(() => refuseUnusable(inspection));
  await checking.take(() => refuseMismatch(settings, inspection));
}

function refuseUnusable({ error }: Inspection): void {
  if (error !== undefined) throw error;
}

function refuseMismatch(settings: LoadedSettings, { choice }: Inspection): void {
  if (choice === undefined) return;
  refuseDifferences(settings.differencesFrom(choice.record.parameters));
}

/** The daemon that holds this confdir listens where its saved parameters say. */
function tryPort(
  name: 'port' | 'session-port' | 'redis-port' | 'metrics-port',
  { values }: LoadedSettings,
  inspection: Inspection | undefined,
): void {
  const port = values[name];
  const saved = inspection?.choice?.record.parameters;
  const isMetrics = name === 'metrics-port';
  const ipName = name === 'metrics-port' ? 'metrics-ip' : 'ip';
  // A record of an older version knows no metrics-ip.
  const savedIp = saved?.[ipName] ?? (isMetrics ? '127.0.0.1' : undefined);
  const isSameIp = savedIp === values[ipName];
  const isOurs = inspection?.holder !== undefined && saved?.[name] === port && isSameIp;
  if (port !== 0 && !isOurs) bindTcp(values[ipName], port).close();
}

function refuseAtEnd(settings: LoadedSettings, inspection: Inspection | undefined): void {
  refuseSpent(settings.progression, nextIndex(settings, inspection));
}

function nextOf(settings: LoadedSettings, inspection: Inspection | undefined): bigint {
  return numberAt(settings.progression, nextIndex(settings, inspection));
}

function nextIndex({ progression }: LoadedSettings, inspection: Inspection | undefined): bigint {
  const choice = inspection?.choice;
  return choice === undefined ? 0n : positionOf(choice, progression).index;
}

async function enterJail({ values }: LoadedSettings, confinement: Confinement): Promise<void> {
  const { account, directory } = confinement;
  const enter = await prepareJail({ account, directory, seccomp: values.seccomp });
  enter();
}
