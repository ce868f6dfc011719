import type { Fault } from '../errors.js';
import type { SettingName, SettingsValues } from './table.js';

/** Ports that must differ from each other; 0 is off. */
const portNames = ['port', 'session-port', 'metrics-port'] as const;

/**
 * Two services on one port: the second could not listen, which would show only once the start has
 * written to the progress file. `places`: where each setting was given.
 */
export function portFaults(
  values: SettingsValues,
  places: ReadonlyMap<SettingName, string>,
): Fault[] {
  return portNames.flatMap((name, index) => {
    const other = portNames.slice(0, index).find((earlier) => values[earlier] === values[name]);
    if (other === undefined || values[name] === 0) return [];
    const place = places.get(name) ?? places.get(other);
    const what = `${place}: ${name} is ${values[name]}, which ${other} is too`;
    return [{ what, remedy: 'give each a port of its own' }];
  });
}
