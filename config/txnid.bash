# Completion of txnid for bash. Generated from the tables of the program: npm run generate
_txnid() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local command= joined= place flags
  COMPREPLY=()
  # -flag=value is three words to bash.
  if [[ $current == = ]]; then
    current= joined=1
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]} joined=1
  fi
  for ((place = 1; place < COMP_CWORD; place++)); do
    case ${COMP_WORDS[place]} in
      -confdir | --confdir | -threads | --threads | -log | --log | -pid-file | --pid-file | -ip | --ip | -port | --port | -instance | --instance | -increment | --increment | -max | --max | -mark-every | --mark-every | -sequences | --sequences | -session-port | --session-port | -redis-port | --redis-port | -session-timeout | --session-timeout | -max-sessions | --max-sessions | -max-range | --max-range | -allow | --allow | -user | --user | -chroot | --chroot | -seccomp | --seccomp | -metrics-port | --metrics-port | -metrics-ip | --metrics-ip | -sequence | --sequence | -since | --since | -event | --event | -from | --from | -connections | --connections | -depth | --depth | -seconds | --seconds | -rate | --rate)
        [[ ${COMP_WORDS[place + 1]} == = ]] && ((place++))
        ((place++)) ;;
      check | config | status | audit | init | accept | advance | stop | next | bench | help | version)
        command=${COMP_WORDS[place]}
        break ;;
    esac
  done
  case $previous in
    -confdir | --confdir | -chroot | --chroot)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      return ;;
    -daemon | --daemon | -verbose | --verbose | -v | --v | -create | --create | -json | --json | -verify | --verify | -dry-run | --dry-run | -yes | --yes)
      [[ $joined ]] && COMPREPLY=($(compgen -W 'true false' -- "$current")) ;;
    -threads | --threads | -pid-file | --pid-file | -ip | --ip | -port | --port | -instance | --instance | -increment | --increment | -max | --max | -mark-every | --mark-every | -sequences | --sequences | -session-port | --session-port | -redis-port | --redis-port | -session-timeout | --session-timeout | -max-sessions | --max-sessions | -max-range | --max-range | -allow | --allow | -metrics-port | --metrics-port | -metrics-ip | --metrics-ip | -sequence | --sequence | -since | --since | -from | --from | -connections | --connections | -depth | --depth | -seconds | --seconds | -rate | --rate)
      return ;;
    -log | --log)
      COMPREPLY=($(compgen -W 'stderr syslog json' -- "$current"))
      return ;;
    -user | --user)
      COMPREPLY=($(compgen -u -- "$current"))
      return ;;
    -seccomp | --seccomp)
      COMPREPLY=($(compgen -W 'required auto off' -- "$current"))
      return ;;
    -event | --event)
      COMPREPLY=($(compgen -W 'created started stopped crash-found refused accepted advanced truncation-found change-found' -- "$current"))
      return ;;
  esac
  [[ $joined ]] && return
  if [[ $current == -* ]]; then
    flags='-confdir -daemon -verbose -v -threads -log -create -pid-file -ip -port -instance -increment -max -mark-every -sequences -session-port -redis-port -session-timeout -max-sessions -max-range -allow -user -chroot -seccomp -metrics-port -metrics-ip -help -version'
    case $command in
      check) flags+=' -json' ;;
      config) flags+=' -json' ;;
      status) flags+=' -json -sequence' ;;
      audit) flags+=' -json -verify -since -event -sequence' ;;
      init) flags+=' -from' ;;
      accept) flags+=' -dry-run -yes' ;;
      advance) flags+=' -sequence -dry-run -yes' ;;
      next) flags+=' -sequence' ;;
      bench) flags+=' -connections -depth -seconds -rate -sequence -json' ;;
      version) flags+=' -json' ;;
    esac
    [[ $current == --* ]] && flags=-${flags// -/ --}
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ -z $command || $command == help ]]; then
    COMPREPLY=($(compgen -W 'check config status audit init accept advance stop next bench help version' -- "$current"))
  fi
}
complete -F _txnid txnid
