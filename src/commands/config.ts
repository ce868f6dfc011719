/** `txnid config [-json]`: the settings in force, where each comes from, and what is saved. */

import { aligned, type Cell } from '../cli/aligned.js';
import type { CommandContext } from '../cli/command.js';
import { lockSystem } from '../host/lock-system.js';
import type { Parameters } from '../progress/file/record.js';
import { inspectProgress } from '../progress/inspect.js';
import { type LoadedSettings, loadSettings } from '../service/settings.js';
import { settingNames } from '../settings/table.js';
import { type SettingJson, settingToJson, settingToText } from '../settings/value-text.js';

interface ConfigRow {
  readonly name: string;
  readonly value: SettingJson;
  readonly origin: string;
  /** The saved value where a restart would be refused for it, else null. */
  readonly saved: SettingJson | null;
}

export async function config(context: CommandContext): Promise<number> {
  const settings = await loadSettings(context);
  const rows = configRows(settings, savedParameters(settings.confdir));
  if (context.commandLine.switches.get('json') === true) {
    context.print(JSON.stringify(rows));
  } else {
    for (const line of aligned(rows.map(columnsOf), context.paint)) context.print(line);
  }
  return 0;
}

function savedParameters(confdir: string): Parameters | undefined {
  return inspectProgress(confdir, lockSystem).choice?.record.parameters;
}

function configRows(settings: LoadedSettings, saved: Parameters | undefined): ConfigRow[] {
  const differences = saved === undefined ? [] : settings.differencesFrom(saved);
  const savedByName = new Map<string, SettingJson>(
    differences.map((difference) => [difference.name, difference.saved]),
  );
  return settingNames.map((name) => ({
    name,
    value: settingToJson(settings.values[name]),
    origin: settings.origins[name],
    saved: savedByName.get(name) ?? null,
  }));
}

function columnsOf({ name, value, origin, saved }: ConfigRow): Cell[] {
  const before = saved === null ? '' : `saved: ${settingToText(saved)}`;
  const isDefault = origin === 'default';
  const tone = isDefault ? undefined : 'strong';
  return [
    name,
    { text: settingToText(value), tone },
    { text: origin, tone: isDefault ? 'faint' : undefined },
    { text: before, tone: 'doubtful' },
  ];
}
