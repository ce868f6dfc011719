/**
 * A page of documentation whose commands are run: each `##` section in a directory and a shell of its
 * own. In its console blocks a line that begins with `$ ` is a command, the lines behind it its output.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { programPath } from './txnid-process.js';

interface ShownCommand {
  readonly command: string;
  /** Standard output and standard error, with a newline at the end of each line. */
  readonly output: string;
}

export interface PageSection {
  readonly title: string;
  /** With its title. */
  readonly text: string;
  readonly commands: readonly ShownCommand[];
}

/** Environment variable by which the processes of a section are known. */
const markName = 'CONSOLE_PAGE';

/** Ends the output of a command. */
const separator = '\x1e\n';

export function sectionsOf(page: string): PageSection[] {
  const [, ...sections] = page.split(/^(?=## )/m);
  return sections.map((text) => ({
    title: text.slice('## '.length, text.indexOf('\n')),
    text,
    commands: codeBlocks(text, 'console').flatMap(commandsOf),
  }));
}

/** The blocks of code in a language, without their fences. */
export function codeBlocks(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, found]) => found === language)
    .map(([, , code = '']) => code);
}

function commandsOf(block: string): ShownCommand[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const end = text.indexOf('\n');
      return { command: text.slice(0, end), output: text.slice(end + 1) };
    });
}

/** The text of a section with the output of its commands replaced. */
export function withOutputs(text: string, outputs: readonly string[]): string {
  let next = 0;
  return text.replace(/^```console\n(.*?)^```$/gms, (_, code: string) => {
    const shown = commandsOf(code).map(({ command }) => `$ ${command}\n${outputs[next++] ?? ''}`);
    return `\`\`\`console\n${shown.join('')}\`\`\``;
  });
}

/** Runs the commands one after the other in a directory; what each of them really prints. */
export async function runCommands(
  commands: readonly string[],
  preamble: string,
  directory: string,
): Promise<string[]> {
  const environment = { ...process.env, [markName]: directory };
  const options = { cwd: directory, env: environment } as const;
  const shell = spawn('bash', { ...options, stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(shell, 'close');
  let text = '';
  shell.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const program = `txnid() { '${process.execPath}' '${programPath}' "$@"; }`;
  // The exit code of a command must be there for the next one, which may be `echo $?`.
  const steps = commands.map(
    (command) => `${command}\ncode=$?; printf '${separator.trim()}\\n'; (exit $code)`,
  );
  try {
    shell.stdin.end(['exec 2>&1', program, preamble, ...steps, ''].join('\n'));
    await closed;
  } finally {
    for (const pid of markedWith(directory)) process.kill(pid, 'SIGKILL');
  }
  return text.split(separator).slice(0, -1);
}

/** Services that a section has left behind, which do not belong to its shell any more. */
function markedWith(directory: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids
    .filter((pid) => environmentOf(pid).includes(`${markName}=${directory}\0`))
    .map(Number);
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return ''; // It has ended, or is another user's.
  }
}
