/** Copies of the built program, in which a source can be exchanged without touching the real one. */

import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

/** The project, which tests run in `dist/test` of. */
export const projectRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** What a tree has of its own. */
const own = ['dist', '.git'];

export class Tree {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /** A copy of what is built, in a directory of its own. */
  static copy(): Tree {
    const root = mkdtempSync(join(tmpdir(), 'txnid-mutation-'));
    const linked = readdirSync(projectRoot).filter((name) => !own.includes(name));
    for (const name of linked) symlinkSync(join(projectRoot, name), join(root, name));
    for (const part of ['src', 'test']) {
      cpSync(join(projectRoot, 'dist', part), join(root, 'dist', part), { recursive: true });
    }
    const bin = join(root, 'dist/bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'main.js'), "import '../src/main.js';\n");
    return new Tree(root);
  }

  /** A place for what the tests of one mutant leave behind when they are killed. */
  freshScratch(): string {
    const scratch = join(this.root, 'scratch');
    rmSync(scratch, { recursive: true, force: true });
    mkdirSync(scratch);
    return scratch;
  }

  /** Puts a TypeScript text in the place of a built source; `path` is relative to src. */
  exchange(path: string, text: string): void {
    const { code } = transformSync(text, { loader: 'ts', format: 'esm', target: 'es2022' });
    writeFileSync(this.#built(path), code);
  }

  /** Puts back what was built. */
  restore(path: string): void {
    cpSync(join(projectRoot, 'dist/src', scriptOf(path)), this.#built(path));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  #built(path: string): string {
    return join(this.root, 'dist/src', scriptOf(path));
  }
}

function scriptOf(path: string): string {
  return path.replace(/\.ts$/, '.js');
}
