import { failure, type TxnidError } from '../errors.js';

/** The error of a command about an instance that was never begun, or is somewhere else. */
export function neverRan(what: 'progress file' | 'audit trail', path: string): TxnidError {
  const remedy = 'set confdir to where the instance is, or make a new one with "txnid init"';
  return failure('state', `There is no ${what} ${path}`, remedy);
}
