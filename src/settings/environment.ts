import type { Fault } from '../errors.js';
import type { Assignment, Layer } from './assignment.js';
import { quoted } from './quote.js';
import { renameOrRemove } from './suggest.js';
import { environmentName, settingNames } from './table.js';

const prefix = environmentName('');

/**
 * The settings of an environment; never throws. Variables that do not start with `TXNID_SERVER_`
 * are none of ours, those that do and name no setting are faults.
 */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): Layer {
  const settings = new Map(settingNames.map((name) => [environmentName(name), name]));
  const assignments: Assignment[] = [];
  const faults: Fault[] = [];
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith(prefix) || text === undefined) continue;
    const name = settings.get(variable);
    if (name !== undefined) assignments.push({ name, text, origin: variable, place: variable });
    else faults.push(unknown(variable, settings.keys()));
  }
  return { assignments, faults };
}

function unknown(variable: string, known: Iterable<string>): Fault {
  // What all have in common would make any of them look near.
  const [own, ...others] = [variable, ...known].map((name) => name.slice(prefix.length));
  return {
    what: `unknown environment variable ${quoted(variable)}`,
    remedy: renameOrRemove(own ?? '', others, prefix),
  };
}
