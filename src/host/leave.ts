import { exitAtOnce } from '../libc/exit.js';

/**
 * Makes the coming exit leave out the C library's exit handlers. koffi's flushes standard output and
 * standard error to the disk, and if that fails (they are files on a disk with an EIO) it waits for
 * a lock of its own for ever: the process would never end. To be called before a chroot.
 */
export function leaveAtOnce(): void {
  process.once('exit', (code) => exitAtOnce(code));
}
