import { failure, type TxnidError } from '../errors.js';

/** The error of a command that reads a file of an instance that never ran. */
export function neverRan(what: 'progress file' | 'audit trail', path: string): TxnidError {
  const remedy = 'start txnid: the first start makes it and saves the parameters';
  return failure('state', `There is no ${what} ${path} yet`, remedy);
}
