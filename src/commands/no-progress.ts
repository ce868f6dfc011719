import { failure, type TxnidError } from '../errors.js';

/** The error of a command that needs a progress file where there has never been one. */
export function noProgress(path: string): TxnidError {
  const remedy = 'start txnid: the first start makes it and saves the parameters';
  return failure('state', `There is no ${path} yet`, remedy);
}
