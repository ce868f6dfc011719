/**
 * Defaults, then the file, then the environment, then flags: the later one wins. Every value of
 * every layer is judged, also one that a later layer overrides, and all faults are thrown together.
 */
import { type Fault, TxnidError } from '../errors.js';
import type { Layer } from './assignment.js';
import type { CommandLine } from './command-line.js';
import { readEnvironment } from './environment.js';
import { type Judgement, judge } from './judge.js';
import type { SettingsContext } from './setting.js';
import type { SettingName, SettingsValues } from './table.js';
import { confdirDefault, defaultValues, settingNames } from './table.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that decides the settings. */
export interface SettingsRequest {
  readonly commandLine: CommandLine;
  readonly environment: Environment;
  /** The parsed txnid.yaml; undefined when there is none. */
  readonly file: Layer | undefined;
  readonly context: SettingsContext;
}

/** The settings in force, and for each of them the layer that decided it. */
export interface EffectiveSettings {
  readonly values: SettingsValues;
  /** `default`, `txnid.yaml:3`, `TXNID_SERVER_PORT` or `-port`. */
  readonly origins: Readonly<Record<SettingName, string>>;
}

interface JudgedLayer {
  readonly faults: readonly Fault[];
  readonly judgements: readonly Judgement[];
}

/**
 * The directory whose txnid.yaml is to be read before `resolveSettings`. Throws only when confdir
 * itself is faulty, and then with every fault that can be seen without the file.
 */
export function locateConfdir(commandLine: CommandLine, environment: Environment): string {
  const layers = [readEnvironment(environment), commandLineLayer(commandLine)].map(judgeLayer);
  const judgements = layers.flatMap((layer) => layer.judgements);
  const faulty = judgements.some((one) => one.assignment.name === 'confdir' && 'faults' in one);
  if (faulty) throw invalid(commandLine, allFaults(layers));
  return givenValues(judgements).confdir ?? confdirDefault;
}

/**
 * The settings of all layers. Throws one error with every fault of every layer, of the code
 * command-line if one of them is about its grammar, else settings.
 */
export function resolveSettings(request: SettingsRequest): EffectiveSettings {
  const { commandLine, environment, file, context } = request;
  const written = [readEnvironment(environment), commandLineLayer(commandLine)];
  const layers = (file === undefined ? written : [file, ...written]).map(judgeLayer);
  const judgements = layers.flatMap((layer) => layer.judgements);
  const given = givenValues(judgements);
  const defaults = defaultValues(context, given);
  const faults = allFaults(layers);
  const values = { ...defaults, ...given };
  const settled = faults.length > 0 ? faults : portFaults(values, placesOf(judgements));
  if (settled.length > 0) throw invalid(commandLine, settled);
  return { values, origins: originsOf(judgements) };
}

function commandLineLayer({ settings, faults }: CommandLine): Layer {
  return { assignments: settings, faults };
}

function judgeLayer({ assignments, faults }: Layer): JudgedLayer {
  return { faults, judgements: assignments.map(judge) };
}

/** Layer by layer, and in the order of lines and columns where there are some. */
function allFaults(layers: readonly JudgedLayer[]): Fault[] {
  return layers.flatMap(({ faults, judgements }) =>
    [...faults, ...judgements.flatMap(judgementFaults)].sort(byPlace),
  );
}

function byPlace(one: Fault, other: Fault): number {
  const [first, second] = [one, other].map(({ what }) => /^[^:\s]+:(\d+):(\d+):/.exec(what));
  if (first == null || second == null) return 0;
  return Number(first[1]) - Number(second[1]) || Number(first[2]) - Number(second[2]);
}

function judgementFaults(judgement: Judgement): readonly Fault[] {
  return 'faults' in judgement ? judgement.faults : [];
}

function invalid(commandLine: CommandLine, faults: readonly Fault[]): TxnidError {
  return new TxnidError(commandLine.faults.length > 0 ? 'command-line' : 'settings', faults);
}

/** The last good value of each setting that some layer gives; its schema has settled its type. */
function givenValues(judgements: readonly Judgement[]): Partial<SettingsValues> {
  const good = judgements.filter((judgement) => 'value' in judgement);
  return Object.fromEntries(good.map(({ assignment, value }) => [assignment.name, value]));
}

function placesOf(judgements: readonly Judgement[]): ReadonlyMap<SettingName, string> {
  return new Map(judgements.map(({ assignment }) => [assignment.name, assignment.place]));
}

function originsOf(judgements: readonly Judgement[]): EffectiveSettings['origins'] {
  const given = new Map(judgements.map(({ assignment }) => [assignment.name, assignment.origin]));
  const origins = settingNames.map((name) => [name, given.get(name) ?? 'default']);
  return Object.fromEntries(origins);
}

/** Ports that must differ from each other; 0 is off. */
const portNames = ['port', 'session-port', 'redis-port', 'metrics-port'] as const;

/**
 * Two services on one port: the second could not listen, which would show only once the start has
 * written to the progress file. `places`: where each setting was given.
 */
function portFaults(values: SettingsValues, places: ReadonlyMap<SettingName, string>): Fault[] {
  return portNames.flatMap((name, index) => {
    const other = portNames.slice(0, index).find((earlier) => values[earlier] === values[name]);
    if (other === undefined || values[name] === 0) return [];
    const place = places.get(name) ?? places.get(other);
    const what = `${place}: ${name} is ${values[name]}, which ${other} is too`;
    return [{ what, remedy: 'give each a port of its own' }];
  });
}
