/** The settings in use as lines for people. */

import { settingNames } from '../settings/table.js';
import { settingToText } from '../settings/value-text.js';
import type { LoadedSettings } from './settings.js';

/** `name value (origin)`, a line for each setting. */
export function settingsLines({ values, origins }: LoadedSettings): string[] {
  return settingNames.map((name) => {
    return `${name} ${settingToText(values[name])} (${origins[name]})`;
  });
}
