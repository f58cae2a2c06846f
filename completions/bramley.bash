# Completion of bramley for bash: made by 'bramley completion bash'.

_bramley_reply() {
  local IFS=$' \t\n'
  case ${1-} in
    '') ;;
    -W) COMPREPLY=($(compgen -W "$2" -- "$cur")) ;;
    *)
      IFS=$'\n'
      COMPREPLY=($(compgen "$1" -- "$cur"))
      compopt -o filenames 2>/dev/null
      ;;
  esac
}

_bramley() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  local path='' word flags='' i
  local -a reply=()
  COMPREPLY=()
  # bash breaks --flag=value at the '='.
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $prev == '=' ]] && ((COMP_CWORD > 1)); then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      --access-rights|--api-key|--api-listen|--ca-cert|--ca-file|--ca-key|--cert-header|--cert-out|--check-in-path|--common-name|--config|--context|--credentials-dir|--data|--data-dir|--data|-d|--device|--device-ca|--devices|--devices-from|--dir|--duration|--error|--format|--key-bits|--key-out|--limit|--listen|--log-format|--log-level|--mdm-path|--message|--not-now|--organization|--out|--output|-o|--passphrase|--poll|--prepare|--profile|--push-cert|--rate|--replay|--scep|--scep-challenge|--scep-url|--seed|--serial|--server|--set|--since|--state|--status|--storage|--threads|--timeout|--tls|--tls-cert|--tls-key|--token|--topic|--trusted-proxy|--ttl|--type|--udid|--url|--valid-for) [[ ${COMP_WORDS[i + 1]} == '=' ]] && ((i += 2)) || ((i += 1)) ;;
      -*) ;;
      *)
        case "${path:+$path }$word" in
          'serve' | 'ca' | 'ca init' | 'ca show' | 'ca issue' | 'profile' | 'profile enrollment' | 'profile show' | 'device' | 'device list' | 'device show' | 'command' | 'command send' | 'command list' | 'command results' | 'command queue' | 'push' | 'push send' | 'simulate' | 'context' | 'context set' | 'context use' | 'context list' | 'context show' | 'context delete' | 'api' | 'completion' | 'version' | 'help') path="${path:+$path }$word" ;;
        esac
        ;;
    esac
  done
  case $prev in
    --access-rights|--api-key|--api-listen|--ca-cert|--ca-file|--ca-key|--cert-header|--cert-out|--check-in-path|--common-name|--config|--context|--credentials-dir|--data|--data-dir|--data|-d|--device|--device-ca|--devices|--devices-from|--dir|--duration|--error|--format|--key-bits|--key-out|--limit|--listen|--log-format|--log-level|--mdm-path|--message|--not-now|--organization|--out|--output|-o|--passphrase|--poll|--prepare|--profile|--push-cert|--rate|--replay|--scep|--scep-challenge|--scep-url|--seed|--serial|--server|--set|--since|--state|--status|--storage|--threads|--timeout|--tls|--tls-cert|--tls-key|--token|--topic|--trusted-proxy|--ttl|--type|--udid|--url|--valid-for)
      case "$path:$prev" in
      *:--output | *:-o) reply=(-W 'table json ndjson yaml') ;;
      *:--config) reply=(-f) ;;
      *:--server) reply=() ;;
      *:--token) reply=() ;;
      *:--ca-file) reply=(-f) ;;
      *:--context) reply=() ;;
      *:--timeout) reply=() ;;
      'serve':--url) reply=() ;;
      'serve':--listen) reply=() ;;
      'serve':--api-listen) reply=() ;;
      'serve':--tls-cert) reply=(-f) ;;
      'serve':--tls-key) reply=(-f) ;;
      'serve':--tls) reply=(-W 'on off') ;;
      'serve':--mdm-path) reply=() ;;
      'serve':--check-in-path) reply=() ;;
      'serve':--data-dir) reply=(-d) ;;
      'serve':--storage) reply=() ;;
      'serve':--credentials-dir) reply=(-d) ;;
      'serve':--api-key) reply=() ;;
      'serve':--organization) reply=() ;;
      'serve':--scep) reply=(-W 'on off') ;;
      'serve':--scep-challenge) reply=() ;;
      'serve':--device-ca) reply=(-f) ;;
      'serve':--cert-header) reply=() ;;
      'serve':--trusted-proxy) reply=() ;;
      'serve':--log-format) reply=(-W 'text json') ;;
      'serve':--log-level) reply=(-W 'debug info warn error') ;;
      'ca init':--credentials-dir) reply=(-d) ;;
      'ca init':--cert-out) reply=(-f) ;;
      'ca init':--key-out) reply=(-f) ;;
      'ca init':--organization) reply=() ;;
      'ca init':--common-name) reply=() ;;
      'ca init':--valid-for) reply=() ;;
      'ca init':--key-bits) reply=(-W '2048 3072 4096') ;;
      'ca show':--credentials-dir) reply=(-d) ;;
      'ca issue':--credentials-dir) reply=(-d) ;;
      'ca issue':--ca-cert) reply=(-f) ;;
      'ca issue':--ca-key) reply=(-f) ;;
      'ca issue':--passphrase) reply=() ;;
      'ca issue':--common-name) reply=() ;;
      'ca issue':--key-out) reply=(-f) ;;
      'ca issue':--valid-for) reply=() ;;
      'ca issue':--out) reply=(-f) ;;
      'profile enrollment':--url) reply=() ;;
      'profile enrollment':--topic) reply=() ;;
      'profile enrollment':--push-cert) reply=(-f) ;;
      'profile enrollment':--scep-url) reply=() ;;
      'profile enrollment':--scep-challenge) reply=() ;;
      'profile enrollment':--ca-cert) reply=(-f) ;;
      'profile enrollment':--access-rights) reply=() ;;
      'profile enrollment':--ttl) reply=() ;;
      'profile enrollment':--udid) reply=() ;;
      'profile enrollment':--serial) reply=() ;;
      'profile enrollment':--organization) reply=() ;;
      'profile enrollment':--out) reply=(-f) ;;
      'device list':--state) reply=(-W 'pending enrolled checked_out') ;;
      'device list':--type) reply=(-W 'device user shared_ipad user_enrollment_device user_enrollment') ;;
      'device list':--serial) reply=() ;;
      'device list':--device) reply=() ;;
      'device list':--limit) reply=() ;;
      'command send':--device) reply=() ;;
      'command send':--devices-from) reply=(-f) ;;
      'command send':--set) reply=() ;;
      'command send':--data) reply=() ;;
      'command list':--device) reply=() ;;
      'command list':--type) reply=() ;;
      'command list':--status) reply=(-W 'pending acknowledged failed cleared') ;;
      'command list':--since) reply=() ;;
      'command list':--limit) reply=() ;;
      'command results':--limit) reply=() ;;
      'command queue':--device) reply=() ;;
      'command queue':--limit) reply=() ;;
      'simulate':--profile) reply=(-f) ;;
      'simulate':--url) reply=() ;;
      'simulate':--dir) reply=(-d) ;;
      'simulate':--prepare) reply=(-d) ;;
      'simulate':--replay) reply=(-d) ;;
      'simulate':--message) reply=(-W 'Authenticate TokenUpdate Idle') ;;
      'simulate':--devices) reply=() ;;
      'simulate':--duration) reply=() ;;
      'simulate':--poll) reply=() ;;
      'simulate':--rate) reply=() ;;
      'simulate':--threads) reply=() ;;
      'simulate':--not-now) reply=() ;;
      'simulate':--error) reply=() ;;
      'simulate':--key-bits) reply=() ;;
      'simulate':--seed) reply=() ;;
      'api':--data | 'api':-d) reply=() ;;
      'help':--format) reply=(-W 'text man markdown') ;;
      esac
      _bramley_reply "${reply[@]}"
      return
      ;;
  esac
  case $path in
    '') flags='--output --config --server --token --ca-file --context --timeout --help --version' reply=(-W 'serve ca profile device command push simulate context api completion version help') ;;
    'serve') flags='--url --listen --api-listen --tls-cert --tls-key --tls --mdm-path --check-in-path --data-dir --storage --credentials-dir --api-key --organization --allow-identity-change --scep --scep-challenge --scep-allow-des --open-enrollment --allow-empty-topic --device-ca --cert-header --trusted-proxy --log-format --log-level --help' reply=() ;;
    'ca') flags='--help' reply=(-W 'init show issue') ;;
    'ca init') flags='--credentials-dir --cert-out --key-out --organization --common-name --valid-for --key-bits --force --dry-run --output --help' reply=() ;;
    'ca show') flags='--credentials-dir --output --help' reply=(-f) ;;
    'ca issue') flags='--credentials-dir --ca-cert --ca-key --passphrase --common-name --key-out --valid-for --out --force --dry-run --help' reply=() ;;
    'profile') flags='--help' reply=(-W 'enrollment show') ;;
    'profile enrollment') flags='--url --topic --push-cert --scep-url --scep-challenge --ca-cert --access-rights --ttl --udid --serial --organization --out --force --dry-run --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'profile show') flags='--output --help' reply=(-f) ;;
    'device') flags='--help' reply=(-W 'list show') ;;
    'device list') flags='--state --type --serial --device --limit --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'device show') flags='--output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'command') flags='--help' reply=(-W 'send list results queue') ;;
    'command send') flags='--device --devices-from --set --data --no-push --wait --fail-fast --dry-run --output --config --server --token --ca-file --context --timeout --help' reply=(-f) ;;
    'command list') flags='--device --type --status --since --limit --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'command results') flags='--limit --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'command queue') flags='--device --limit --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'push') flags='--help' reply=(-W 'send') ;;
    'push send') flags='--dry-run --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'simulate') flags='--profile --url --dir --prepare --replay --message --force --devices --duration --poll --rate --threads --mtls --not-now --error --check-out --key-bits --seed --dry-run --output --help' reply=() ;;
    'context') flags='--help' reply=(-W 'set use list show delete') ;;
    'context set') flags='--dry-run --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'context use') flags='--dry-run --help' reply=() ;;
    'context list') flags='--output --help' reply=() ;;
    'context show') flags='--output --help' reply=() ;;
    'context delete') flags='--dry-run --help' reply=() ;;
    'api') flags='--data --dry-run --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'completion') flags='--help' reply=(-W 'bash zsh fish') ;;
    'version') flags='--output --help' reply=() ;;
    'help') flags='--format --output --help' reply=(-W 'serve ca profile device command push simulate context api completion version help') ;;
  esac
  [[ $cur == -* ]] && reply=(-W "$flags")
  _bramley_reply "${reply[@]}"
}

complete -F _bramley bramley
