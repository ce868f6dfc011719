/** The errors for a progress file that cannot be used, all with one way out. */

import { failure, type TxnidError } from '../../errors.js';

/** The way out of every progress file that cannot be trusted. */
const wayOut =
  'put back the right file, or run "txnid advance N" with an N above every number handed out so far';

/** A `state` error about the progress file at `path`; `what` is "is empty" or the like. */
export function unusable(path: string, what: string): TxnidError {
  return failure('state', `Cannot use the progress file: ${path} ${what}`, wayOut);
}

/** The same for something in its place that is not a file of its own. */
export function misplaced(path: string, what: string, cause?: unknown): TxnidError {
  const remedy = `move it away, then ${wayOut}`;
  return failure('state', `Cannot use the progress file: ${path} ${what}`, remedy, { cause });
}

/** What is wrong with the files of `found` in the place of those of `sequence`; undefined: the instance's own. */
export function notOf(sequence: string | undefined, found: string | undefined): string {
  return `belongs to ${sequenceText(found)}, not to ${sequenceText(sequence)}`;
}

function sequenceText(name: string | undefined): string {
  return name === undefined ? 'the instance itself' : `the sequence ${JSON.stringify(name)}`;
}

/** The error for a file that is gone while the trail is not: a first start would begin again. */
export function missing(path: string): TxnidError {
  return unusable(path, 'is missing, although the audit trail knows of it');
}

/** The error for an instance that is not there and must not be begun; `said`: what forbids it. */
export function noInstance(confdir: string, said: string): TxnidError {
  const remedy =
    'mount or put back its files; "txnid init" makes a new one, "txnid init -from N" one that goes on ' +
    'above the numbers of one that is lost';
  return failure('state', `There is no instance in ${confdir}, and ${said}`, remedy);
}

/** The error of a command about an instance that was never begun, or is somewhere else. */
export function neverRan(what: 'progress file' | 'audit trail', path: string): TxnidError {
  const remedy = 'set confdir to where the instance is, or make a new one with "txnid init"';
  return failure('state', `There is no ${what} ${path}`, remedy);
}
