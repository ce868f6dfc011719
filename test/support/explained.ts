/**
 * Lists of exceptions, each explained: a line `# why` and below it the names it holds for, up to an
 * empty line.
 */

/** Name to reason. Throws SyntaxError for a name without one. */
export function parseExplained(text: string): ReadonlyMap<string, string> {
  const explained = new Map<string, string>();
  let reason = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('# ')) reason = line.slice(2);
    else if (line === '') reason = '';
    else if (reason === '') throw new SyntaxError(`not explained: ${line}`);
    else explained.set(line, reason);
  }
  return explained;
}
