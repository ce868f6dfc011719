/** What is generated from the tables: each file of config/ by its name, and its text. */

import { renderBashCompletion } from '../../src/commands/bash-completion.js';
import { commands } from '../../src/commands/commands.js';
import { renderManual } from '../../src/commands/manual.js';
import { renderZshCompletion } from '../../src/commands/zsh-completion.js';
import { renderSettingsManual } from '../../src/settings/manual.js';
import { renderSample } from '../../src/settings/sample.js';

export const generated: Readonly<Record<string, () => string>> = {
  'txnid.yaml': renderSample,
  'txnid.1': () => renderManual(commands),
  'txnid.yaml.5': renderSettingsManual,
  'txnid.bash': () => renderBashCompletion(commands),
  _txnid: () => renderZshCompletion(commands),
};

/** Where such a file is; compiled, this module is in dist/test/support. */
export function generatedUrl(name: string): URL {
  return new URL(`../../../config/${name}`, import.meta.url);
}
