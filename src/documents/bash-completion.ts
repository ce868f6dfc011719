/** Completion for bash, generated from the tables of commands and settings. Pure. */

import type { Command } from '../cli/command.js';
import { commonSwitches } from '../settings/flags.js';
import { type CompletedFlag, completedFlags, switchFlags } from './completed-flags.js';

/** The text of config/txnid.bash. */
export function renderBashCompletion(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name);
  const shared = completedFlags();
  const all = [...shared, ...commands.flatMap(switchFlags)];
  const valued = all.filter(({ takesValue }) => takesValue);
  return `# Completion of txnid for bash. Generated from the tables of the program: npm run generate
_txnid() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  local command= joined= place flags
  COMPREPLY=()
  # -flag=value is three words to bash.
  if [[ $current == = ]]; then
    current= joined=1
  elif [[ $previous == = ]]; then
    previous=\${COMP_WORDS[COMP_CWORD - 2]} joined=1
  fi
  for ((place = 1; place < COMP_CWORD; place++)); do
    case \${COMP_WORDS[place]} in
      ${patterns(valued)})
        [[ \${COMP_WORDS[place + 1]} == = ]] && ((place++))
        ((place++)) ;;
      ${names.join(' | ')})
        command=\${COMP_WORDS[place]}
        break ;;
    esac
  done
  case $previous in
${valueCases(all)}
  esac
  [[ $joined ]] && return
  if [[ $current == -* ]]; then
    flags='${flagWords(shared)} ${commonSwitches.map((name) => `-${name}`).join(' ')}'
    case $command in
${ownCases(commands)}
    esac
    [[ $current == --* ]] && flags=-\${flags// -/ --}
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ -z $command || $command == help ]]; then
    COMPREPLY=($(compgen -W '${names.join(' ')}' -- "$current"))
  fi
}
complete -F _txnid txnid
`;
}

/** Both ways to write each flag. */
function patterns(flags: readonly CompletedFlag[]): string {
  return [...new Set(flags.flatMap(({ name }) => [`-${name}`, `--${name}`]))].join(' | ');
}

function flagWords(flags: readonly CompletedFlag[]): string {
  return flags.map(({ name }) => `-${name}`).join(' ');
}

function ownCases(commands: readonly Command[]): string {
  const cases = commands.map((command) => [command.name, switchFlags(command)] as const);
  return cases
    .filter(([, flags]) => flags.length > 0)
    .map(([name, flags]) => `      ${name}) flags+=' ${flagWords(flags)}' ;;`)
    .join('\n');
}

/** What can be offered after a flag; after one that takes anything, nothing is. */
function valueCases(flags: readonly CompletedFlag[]): string {
  const offers = new Map<string, CompletedFlag[]>();
  for (const flag of flags) {
    const offer = offerOf(flag);
    offers.set(offer, [...(offers.get(offer) ?? []), flag]);
  }
  return [...offers]
    .map(([offer, offered]) => `    ${patterns(offered)})\n      ${offer} ;;`)
    .join('\n');
}

function offerOf({ takesValue, completion }: CompletedFlag): string {
  // A boolean alone means true: only after = there is a value.
  if (!takesValue) return `[[ $joined ]] && COMPREPLY=($(compgen -W 'true false' -- "$current"))`;
  if (completion === undefined) return 'return';
  return `${choices(completion)}\n      return`;
}

function choices(completion: NonNullable<CompletedFlag['completion']>): string {
  if (completion === 'users') return 'COMPREPLY=($(compgen -u -- "$current"))';
  if (completion !== 'directories') {
    return `COMPREPLY=($(compgen -W '${completion.join(' ')}' -- "$current"))`;
  }
  return 'compopt -o filenames 2>/dev/null\n      mapfile -t COMPREPLY < <(compgen -d -- "$current")';
}
