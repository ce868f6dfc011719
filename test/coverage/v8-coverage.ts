/** Which parts of a script no process ever reached, from what V8 counted in each of them. Pure. */

/** One range of a script, and how often it was entered; inner ranges come after outer ones. */
interface CountedRange {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** What V8 says of one script in one process. */
export interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly CountedRange[] }[];
}

/** Braces, spaces and the like between two blocks: nothing that could be reached. */
const nothing = /^[\s{}();,]*$/;

/** The stretches of the text that none of the processes reached, in order, trimmed. */
export function unreachedTexts(
  text: string,
  coverages: readonly ScriptCoverage[],
): { readonly offset: number; readonly text: string }[] {
  const reached = new Uint8Array(text.length);
  for (const coverage of coverages) {
    for (const [offset, isReached] of reachedIn(text.length, coverage).entries()) {
      if (isReached === 1) reached[offset] = 1;
    }
  }
  return stretches(text, reached).filter((stretch) => !nothing.test(stretch.text));
}

function reachedIn(length: number, { functions }: ScriptCoverage): Uint8Array {
  const reached = new Uint8Array(length);
  for (const { ranges } of functions) {
    for (const { startOffset, endOffset, count } of ranges) {
      reached.fill(count > 0 ? 1 : 0, startOffset, endOffset);
    }
  }
  return reached;
}

function stretches(text: string, reached: Uint8Array) {
  const found: { offset: number; text: string }[] = [];
  for (let start = reached.indexOf(0); start >= 0; ) {
    const next = reached.indexOf(1, start);
    const end = next < 0 ? text.length : next;
    const piece = text.slice(start, end);
    found.push({ offset: start + (piece.length - piece.trimStart().length), text: piece.trim() });
    start = next < 0 ? -1 : reached.indexOf(0, next);
  }
  return found;
}
