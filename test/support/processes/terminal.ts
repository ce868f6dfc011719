/** Commands on a terminal of their own, by script(1). */

/** The words of a command as one line for a shell: a path may have a space in it. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}

/** What runs a line of shell on a terminal, and ends with its exit code. */
export function onTerminal(line: string): [string, string[]] {
  return ['script', ['-qec', line, '/dev/null']];
}
