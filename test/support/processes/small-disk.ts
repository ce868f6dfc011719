/** Small disks of their own that a test can fill up. */

import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshDirectory, isRoot } from '../fixtures/scratch.js';

export type DiskKind = 'tmpfs' | 'ext4';

const quiet = { stdio: 'ignore' } as const;
const fillPrefix = 'fill-';

/** Unmounted with the test process at the latest. */
const mounted = new Set<SmallDisk>();
process.on('exit', () => {
  for (const disk of mounted) disk.unmount();
});

const mounts: Readonly<Record<DiskKind, (directory: string, kib: number) => void>> = {
  tmpfs: (directory, kib) => {
    const options = ['-t', 'tmpfs', '-o', `size=${kib}k`, 'txnid-test', directory];
    execFileSync('mount', options, quiet);
  },
  // Here even a directory takes room.
  ext4: (directory, kib) => {
    const image = join(freshDirectory(), 'image');
    writeFileSync(image, Buffer.alloc(kib * 1024));
    execFileSync('mkfs.ext4', ['-q', '-F', '-m', '0', image], quiet);
    execFileSync('mount', ['-o', 'loop', image, directory], quiet);
  },
};

export class SmallDisk {
  private constructor(readonly directory: string) {
    mounted.add(this);
  }

  /** A disk of `kib`, mode 0700, on an empty directory; undefined where the test may not mount one. */
  static mount(kind: DiskKind, kib: number, directory = freshDirectory()): SmallDisk | undefined {
    if (!isRoot) return undefined;
    try {
      mounts[kind](directory, kib);
    } catch {
      return undefined;
    }
    chmodSync(directory, 0o700);
    return new SmallDisk(directory);
  }

  /** Leaves room for nothing more. */
  fill(): void {
    for (const bytes of [65536, 4096, 512, 1]) {
      try {
        for (let file = 0; ; file++) {
          const name = `${fillPrefix}${bytes}-${file}`;
          writeFileSync(join(this.directory, name), Buffer.alloc(bytes));
        }
      } catch {
        // Not even this much fits any more.
      }
    }
  }

  /** Takes away what `fill` has put there. */
  clear(): void {
    const names = readdirSync(this.directory).filter((name) => name.startsWith(fillPrefix));
    for (const name of names) rmSync(join(this.directory, name));
  }

  unmount(): void {
    if (!mounted.delete(this)) return;
    execFileSync('umount', ['-l', this.directory]);
  }
}
