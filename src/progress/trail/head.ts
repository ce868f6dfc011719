/**
 * Whether an audit trail still has the lines that the progress file knows of. Pure.
 *
 * Each record carries the head of the trail, the hash of its last line, as it was when the record was
 * written; that line was flushed before. So the trail always reaches the newest intact record's head.
 * It may go further: events come after the record that they tell of, those of refused starts without
 * any. Only a trail that lost lines, or whose lines were changed, chain and all, does not reach it.
 *
 * Neither crash nor power cut makes it look so. A record that was torn leaves its older neighbour,
 * whose head is further back; a line that was cut off was not flushed, so no record names it; an event
 * that found no room on the disk left the head where it was. After a start, a stop and a decision the
 * record is saved once more, so that removing the line of that very event shows as well.
 *
 * It is compared where the locks are taken and nothing is written yet: by every start and every
 * command that decides, and by `txnid audit -verify`. The event that tells of it names the lost head,
 * and by that makes it known: it is told once.
 */

import { failure, type TxnidError } from '../../errors.js';
import { chainStart } from './event.js';

/**
 * Whether the head that a record carries is that of the trail or of a part of it. Every line but the
 * last has its hash in the line after it. `bytes`: the trail's lines.
 */
export function isHeadKnown(
  recordHead: string | undefined,
  trailHead: string,
  bytes: Uint8Array,
): boolean {
  if (recordHead === undefined || recordHead === chainStart || recordHead === trailHead)
    return true;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(recordHead);
}

/** The trail at `path` does not reach the head of the record. */
export function truncated(path: string): TxnidError {
  const what = `The audit trail ${path} lacks lines that the progress file knows of: they were removed, changed or lost`;
  const remedy = 'compare it with a copy kept elsewhere; no number is affected';
  return failure('state', what, remedy);
}

/** The trail at `path` was cut while its owner had it open. */
export function emptied(path: string): TxnidError {
  const what = `The audit trail ${path} was cut or written by somebody else while this process had it open`;
  const remedy =
    'stop txnid before its trail is rotated or archived, see the runbook; no number is affected';
  return failure('state', what, remedy);
}

/** The trail at `path` ends within a line. */
export function cutOff(path: string, bytes: number): TxnidError {
  const what = `The audit trail ${path} ends in ${bytes} bytes of a line that a crash or a full disk cut off`;
  return failure('state', what, 'nothing; the line never counted, the next event takes its place');
}
