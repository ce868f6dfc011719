/** Longer words are no typing errors of a name, and would only cost time. */
const wordLengthMax = 64;

/**
 * The only candidate that begins with `word`; else the one nearest to it, by the edits of a slip of the
 * keyboard (insert, delete, replace, swap neighbours; case is free), the first of equals. Undefined when
 * none is within one edit for every three characters.
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  if (word === '' || word.length > wordLengthMax) return undefined;
  const all = [...candidates];
  const begun = all.filter((name) => name.toLowerCase().startsWith(word.toLowerCase()));
  return begun.length === 1 ? begun[0] : nearest(word, all);
}

function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** A remedy for a name that does not exist: the nearest name there is, or to leave it out. */
export function renameOrRemove(word: string, candidates: Iterable<string>, prefix = ''): string {
  const meant = suggest(word, candidates);
  return meant === undefined ? 'remove it' : `write ${prefix}${meant}, or remove it`;
}

/** Damerau–Levenshtein distance in its restricted form (optimal string alignment). */
export function editDistance(from: string, to: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const cost = from[row - 1] === to[column - 1] ? 0 : 1;
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + cost,
        swapped ? at(beforePrevious, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [beforePrevious, previous] = [previous, current];
  }
  return at(previous, to.length);
}

function at(distances: readonly number[], column: number): number {
  return distances[column] ?? Number.POSITIVE_INFINITY;
}
