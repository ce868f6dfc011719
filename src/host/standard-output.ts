/** What a command prints: all of it, or an error. */

import { writeSync } from 'node:fs';
import { failure } from '../errors.js';

const stdoutFd = 1;

/** How long to wait for a reader that is slower than we are, before looking again. */
const pauseMs = 10;

/**
 * Writes text to standard output, all of it, waiting for who reads it. Throws an `output` error where
 * it cannot be written, so that nobody takes what is there for the whole. Who stops reading (EPIPE) has
 * seen enough: that is no error.
 */
export function writeOutput(text: string, write: typeof writeSync = writeSync): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += write(stdoutFd, bytes, written);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') {
        const remedy = 'make room for it, or send it somewhere else';
        throw failure('output', `Cannot write the output: ${message}`, remedy, { cause: error });
      }
      // A pipe that its other end made non-blocking, and that is full.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
}
