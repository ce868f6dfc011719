/** The mutants that no test kills, and why each of them does no harm. */

/** Name of a mutant to the reason, from the text of `survivors.txt`. Throws SyntaxError. */
export function parseSurvivors(text: string): ReadonlyMap<string, string> {
  const survivors = new Map<string, string>();
  let reason = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('# ')) reason = line.slice(2);
    else if (line === '') reason = '';
    else if (reason === '') throw new SyntaxError(`a survivor without a reason: ${line}`);
    else survivors.set(line, reason);
  }
  return survivors;
}
