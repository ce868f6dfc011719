/** What is generated from the tables: each file of config/ by its name, and its text. */

import { commands } from '../../src/commands/commands.js';
import { renderBashCompletion } from '../../src/documents/bash-completion.js';
import { renderManual } from '../../src/documents/manual.js';
import { renderSample } from '../../src/documents/sample.js';
import { renderSettingsManual } from '../../src/documents/settings-manual.js';
import { renderZshCompletion } from '../../src/documents/zsh-completion.js';

export const generated: Readonly<Record<string, () => string>> = {
  'txnid.yaml': renderSample,
  'txnid.1': () => renderManual(commands),
  'txnid.yaml.5': renderSettingsManual,
  'txnid.bash': () => renderBashCompletion(commands),
  _txnid: () => renderZshCompletion(commands),
};

/** Where such a file is; compiled, this module is in dist/test/documents. */
export function generatedUrl(name: string): URL {
  return new URL(`../../../config/${name}`, import.meta.url);
}
