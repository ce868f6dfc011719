/** The events that `-event` asks for. Pure. */

import { TxnidError } from '../errors.js';
import { auditEventNames } from '../progress/trail/event.js';
import { quoted } from '../settings/quote.js';
import { suggest } from '../settings/suggest.js';

/** The names as one writes them without quotes: `crash-found`. */
export const eventFlagValues = auditEventNames.map((name) => name.replaceAll(' ', '-'));

/**
 * The events of a comma-separated list, each with a space or a hyphen between its words. Throws an
 * error of the code command-line, with a fault for each name that is none.
 */
export function eventNamesIn(list: string): ReadonlySet<string> {
  const names = list.split(',').map((name) => name.trim().replaceAll('-', ' '));
  const unknown = names.filter((name) => !auditEventNames.some((known) => known === name));
  if (unknown.length > 0) throw new TxnidError('command-line', unknown.map(faultOf));
  return new Set(names);
}

function faultOf(name: string) {
  const nearest = suggest(name.replaceAll(' ', '-'), eventFlagValues);
  const remedy = `${nearest === undefined ? '' : `write ${nearest}; `}must be one of ${eventFlagValues.join(', ')}`;
  return { what: `-event is ${quoted(name)}`, remedy };
}
