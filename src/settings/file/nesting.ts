/**
 * How deep a YAML text nests, measured before anything recurses into it. Deep nesting would overflow
 * the stack of what composes documents, and where a regular expression happens to be compiled close
 * to its end, V8 does not throw but aborts the process.
 */
import type { CST } from 'yaml';
import { nestingMax } from '../limits.js';

interface Level {
  readonly token: CST.Token;
  readonly depth: number;
}

/** Offset of the first token that is nested too deep for settings; undefined where none is. */
export function offsetOfDeepNesting(tokens: readonly CST.Token[]): number | undefined {
  const left: Level[] = tokens.map((token) => ({ token, depth: 0 })).reverse();
  for (let level = left.pop(); level !== undefined; level = left.pop()) {
    const { token, depth } = level;
    if (depth > nestingMax) return token.offset;
    const inner = childrenOf(token).map((child) => ({ token: child, depth: depth + 1 }));
    left.push(...inner.reverse());
  }
  return undefined;
}

function childrenOf(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  const children = token.items.flatMap(({ key, value }) => [key, value]);
  return children.filter((child) => child !== undefined && child !== null);
}
