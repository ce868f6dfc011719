/** Completion for zsh, generated from the tables of commands and settings. Pure. */

import type { Command } from '../cli/command.js';
import { commonSwitches } from '../settings/flags.js';
import { type CompletedFlag, completedFlags, switchFlags } from './completed-flags.js';

/** The text of config/_txnid. */
export function renderZshCompletion(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join('|');
  const described = commands.map(({ name, summary }) => `    ${shellQuoted(`${name}:${summary}`)}`);
  const shared = [...completedFlags(), ...commonSwitches.map(commonFlag)];
  return `#compdef txnid
# Completion of txnid for zsh. Generated from the tables of the program: npm run generate
_txnid() {
  local context state state_descr line
  local -A opt_args
  local -a commands flags
  commands=(
${described.join('\n')}
  )
  flags=(
${specsOf(shared)}
  )
  case \${words[(r)(${names})]} in
${ownCases(commands)}
  esac
  _arguments $flags '1: :->command' '*: :->argument' && return
  case $state in
    command) _describe command commands ;;
    argument) [[ \${words[(r)(${names})]} == help ]] && _describe command commands ;;
  esac
}

_txnid "$@"
`;
}

function commonFlag(name: string): CompletedFlag {
  const summary = `show the ${name}`;
  return { name, summary, takesValue: false, placeholder: '', completion: undefined };
}

function ownCases(commands: readonly Command[]): string {
  return commands
    .filter((command) => switchFlags(command).length > 0)
    .map(
      (command) =>
        `    ${command.name})\n      flags+=(\n${specsOf(switchFlags(command))}\n      ) ;;`,
    )
    .join('\n');
}

function specsOf(flags: readonly CompletedFlag[]): string {
  return flags
    .flatMap(specOf)
    .map((spec) => `    ${shellQuoted(spec)}`)
    .join('\n');
}

/** `-flag=[summary]:placeholder:action`, as _arguments wants it. */
function specOf({ name, takesValue, summary, placeholder, completion }: CompletedFlag): string[] {
  const about = `[${summary.replace(/[[\]\\:]/g, '\\$&')}]`;
  // A boolean alone means true: only after = there is a value.
  if (!takesValue) return [`-${name}${about}`, `-${name}=-${about}:value:(true false)`];
  return [`-${name}=${about}:${placeholder}:${actionOf(completion)}`];
}

function actionOf(completion: CompletedFlag['completion']): string {
  if (completion === undefined) return ' ';
  if (completion === 'directories') return '_directories';
  return completion === 'users' ? '_users' : `(${completion.join(' ')})`;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
