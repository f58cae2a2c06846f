# Completion of bramley for bash: made by 'bramley completion bash'.

_bramley_reply() {
  local IFS=$' \t\n'
  case ${1-} in
    '') ;;
    -W) COMPREPLY=($(compgen -W "$2" -- "$cur")) ;;
    -C | -F)
      # Only these are asked of the program: what is known of servers, devices and Apple's commands.
      COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "${connection[@]}" completion values "$2" \
        "${words[@]}" 2>/dev/null | cut -f1)" -- "$cur"))
      [[ $2 == keys ]] && compopt -o nospace 2>/dev/null
      if [[ $1 == -F ]]; then
        IFS=$'\n'
        COMPREPLY+=($(compgen -f -- "$cur"))
        compopt -o filenames 2>/dev/null
      fi
      ;;
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
  local -a reply=() words=() connection=(--timeout 2s)
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
      --context | --config | --server | --token | --ca-file)
        [[ ${COMP_WORDS[i + 1]} == '=' ]] && ((i += 1))
        ((i += 1))
        ((i < COMP_CWORD)) && connection+=("$word" "${COMP_WORDS[i]}")
        ;;
      --access-rights|--after|--against|--api-key|--api-listen|--apns-ca-file|--apns-cert|--apns-fault|--apns-key|--apns-listen|--apns-proxy|--apns-url|--apple-account|--auth-proxy-timeout|--auth-proxy-url|--ca-cert|--ca-file|--ca-key|--cert|--cert-header|--cert-out|--chain-dir|--check-in-path|--check-in-url|--common-name|--config|--context|--country|--credentials-dir|--csr|--csr-out|--cursor|--customers|--data|--data-dir|--data|-d|--device|--device-ca|--devices|--devices-from|--digest|--dir|--dm-recv-hmac-key|--dm-send-hmac-key|--dm-url|--dump|--duration|--email|--encrypt-to|--endpoint|--enrollment-mode|--error|--escrow-key-unlock-url|--event-retention|--events|--expect-count|--expires|--file|-f|--format|--group|--identifier|--identity-grace|--input|--intermediate|--inventory-every|--keep-results|--keep-results-count|--key|--key-bits|--key-dir|--key-out|--limit|--listen|--log-format|--log-level|--managed-apple-account|--max-age|--mdm-path|--message|--metrics-listen|--name|--not-now|--on-signed|--organization|--os-version|--out|--output|-o|--passphrase|--platform|--poll|--prepare|--priority|--profile|--push-cert|--rate|--re-enroll|--reason|--renew|--renew-before|--replay|--retro|--role|--root|--scep|--scep-challenge|--scep-url|--secret-name|--seed|--select|--serial|--server|--set|--sign-cert|--sign-key|--since|--state|--status|--storage|--switched-off|--switched-off-time|--threads|--timeout|--tls|--tls-cert|--tls-key|--tls-root|--token|--topic|--trusted-proxy|--ttl|--type|--types|--udid|--url|--user-authenticate|--users-file|--valid-for|--vendor-cert|--warn-days|--webhook-format|--webhook-hmac-key|--webhook-idle|--webhook-url) [[ ${COMP_WORDS[i + 1]} == '=' ]] && ((i += 2)) || ((i += 1)) ;;
      -*) ;;
      *)
        case "${path:+$path }$word" in
          'serve' | 'csr' | 'csr push' | 'csr vendor' | 'csr show' | 'csr verify' | 'mdmcert' | 'mdmcert request' | 'mdmcert decrypt' | 'vendor' | 'vendor sign' | 'vendor verify' | 'vendor serve' | 'vendor requests' | 'vendor requests list' | 'vendor requests show' | 'vendor requests approve' | 'vendor requests deny' | 'push-cert' | 'push-cert import' | 'push-cert show' | 'push-cert status' | 'ca' | 'ca init' | 'ca show' | 'ca issue' | 'profile' | 'profile enrollment' | 'profile sign' | 'profile verify' | 'profile lint' | 'profile show' | 'device' | 'device list' | 'device users' | 'device unenroll' | 'device block' | 'device unblock' | 'device delete' | 'device renewals' | 'device renew' | 'device approve' | 'device show' | 'command' | 'command types' | 'command explain' | 'command build' | 'command validate' | 'command send' | 'command list' | 'command show' | 'command results' | 'command queue' | 'command cancel' | 'push' | 'push send' | 'webhook' | 'webhook list' | 'webhook parked' | 'webhook test' | 'webhook pause' | 'webhook resume' | 'webhook replay' | 'event' | 'event list' | 'event tail' | 'apply' | 'export' | 'doctor' | 'simulate' | 'token' | 'token create' | 'token list' | 'token revoke' | 'context' | 'context set' | 'context use' | 'context list' | 'context show' | 'context delete' | 'api' | 'completion' | 'completion bash' | 'completion zsh' | 'completion fish' | 'completion values' | 'version' | 'help') path="${path:+$path }$word" ;;
          *) words+=("$word") ;;
        esac
        ;;
    esac
  done
  case $prev in
    --access-rights|--after|--against|--api-key|--api-listen|--apns-ca-file|--apns-cert|--apns-fault|--apns-key|--apns-listen|--apns-proxy|--apns-url|--apple-account|--auth-proxy-timeout|--auth-proxy-url|--ca-cert|--ca-file|--ca-key|--cert|--cert-header|--cert-out|--chain-dir|--check-in-path|--check-in-url|--common-name|--config|--context|--country|--credentials-dir|--csr|--csr-out|--cursor|--customers|--data|--data-dir|--data|-d|--device|--device-ca|--devices|--devices-from|--digest|--dir|--dm-recv-hmac-key|--dm-send-hmac-key|--dm-url|--dump|--duration|--email|--encrypt-to|--endpoint|--enrollment-mode|--error|--escrow-key-unlock-url|--event-retention|--events|--expect-count|--expires|--file|-f|--format|--group|--identifier|--identity-grace|--input|--intermediate|--inventory-every|--keep-results|--keep-results-count|--key|--key-bits|--key-dir|--key-out|--limit|--listen|--log-format|--log-level|--managed-apple-account|--max-age|--mdm-path|--message|--metrics-listen|--name|--not-now|--on-signed|--organization|--os-version|--out|--output|-o|--passphrase|--platform|--poll|--prepare|--priority|--profile|--push-cert|--rate|--re-enroll|--reason|--renew|--renew-before|--replay|--retro|--role|--root|--scep|--scep-challenge|--scep-url|--secret-name|--seed|--select|--serial|--server|--set|--sign-cert|--sign-key|--since|--state|--status|--storage|--switched-off|--switched-off-time|--threads|--timeout|--tls|--tls-cert|--tls-key|--tls-root|--token|--topic|--trusted-proxy|--ttl|--type|--types|--udid|--url|--user-authenticate|--users-file|--valid-for|--vendor-cert|--warn-days|--webhook-format|--webhook-hmac-key|--webhook-idle|--webhook-url)
      case "$path:$prev" in
      *:--output | *:-o) reply=(-W 'table json ndjson yaml') ;;
      *:--config) reply=(-f) ;;
      *:--server) reply=() ;;
      *:--token) reply=() ;;
      *:--ca-file) reply=(-f) ;;
      *:--context) reply=(-C contexts) ;;
      *:--timeout) reply=() ;;
      'serve':--url) reply=() ;;
      'serve':--listen) reply=() ;;
      'serve':--api-listen) reply=() ;;
      'serve':--metrics-listen) reply=() ;;
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
      'serve':--renew-before) reply=() ;;
      'serve':--identity-grace) reply=() ;;
      'serve':--re-enroll) reply=(-W 'allow bound approve') ;;
      'serve':--device-ca) reply=(-f) ;;
      'serve':--cert-header) reply=() ;;
      'serve':--trusted-proxy) reply=() ;;
      'serve':--apns-url) reply=() ;;
      'serve':--apns-ca-file) reply=(-f) ;;
      'serve':--apns-proxy) reply=() ;;
      'serve':--keep-results) reply=() ;;
      'serve':--keep-results-count) reply=() ;;
      'serve':--inventory-every) reply=() ;;
      'serve':--user-authenticate) reply=(-W 'decline empty digest') ;;
      'serve':--users-file) reply=(-f) ;;
      'serve':--dm-url) reply=() ;;
      'serve':--dm-send-hmac-key) reply=() ;;
      'serve':--dm-recv-hmac-key) reply=() ;;
      'serve':--webhook-url) reply=() ;;
      'serve':--webhook-hmac-key) reply=() ;;
      'serve':--webhook-format) reply=(-W 'nanomdm micromdm') ;;
      'serve':--webhook-idle) reply=(-W 'on off') ;;
      'serve':--events) reply=(-W 'on off') ;;
      'serve':--event-retention) reply=() ;;
      'serve':--retro) reply=() ;;
      'serve':--auth-proxy-url) reply=() ;;
      'serve':--auth-proxy-timeout) reply=() ;;
      'serve':--dump) reply=(-f) ;;
      'serve':--escrow-key-unlock-url) reply=() ;;
      'serve':--log-format) reply=(-W 'text json') ;;
      'serve':--log-level) reply=(-W 'debug request info warn error') ;;
      'csr push':--organization) reply=() ;;
      'csr push':--email) reply=() ;;
      'csr push':--country) reply=() ;;
      'csr push':--common-name) reply=() ;;
      'csr push':--renew) reply=(-f) ;;
      'csr push':--key-out) reply=(-f) ;;
      'csr push':--csr-out) reply=(-f) ;;
      'csr push':--passphrase) reply=() ;;
      'csr vendor':--organization) reply=() ;;
      'csr vendor':--email) reply=() ;;
      'csr vendor':--country) reply=() ;;
      'csr vendor':--common-name) reply=() ;;
      'csr vendor':--renew) reply=(-f) ;;
      'csr vendor':--key-out) reply=(-f) ;;
      'csr vendor':--csr-out) reply=(-f) ;;
      'csr vendor':--passphrase) reply=() ;;
      'csr verify':--root) reply=(-f) ;;
      'csr verify':--csr) reply=(-f) ;;
      'mdmcert request':--email) reply=() ;;
      'mdmcert request':--api-key) reply=() ;;
      'mdmcert request':--dir) reply=(-d) ;;
      'mdmcert request':--passphrase) reply=() ;;
      'mdmcert request':--endpoint) reply=() ;;
      'mdmcert request':--organization) reply=() ;;
      'mdmcert request':--country) reply=() ;;
      'mdmcert request':--common-name) reply=() ;;
      'mdmcert decrypt':--dir) reply=(-d) ;;
      'mdmcert decrypt':--key) reply=(-f) ;;
      'mdmcert decrypt':--cert) reply=(-f) ;;
      'mdmcert decrypt':--passphrase) reply=() ;;
      'mdmcert decrypt':--out) reply=(-f) ;;
      'mdmcert decrypt':--root) reply=(-f) ;;
      'vendor sign':--cert) reply=(-f) ;;
      'vendor sign':--key) reply=(-f) ;;
      'vendor sign':--passphrase) reply=() ;;
      'vendor sign':--intermediate) reply=(-f) ;;
      'vendor sign':--root) reply=(-f) ;;
      'vendor sign':--chain-dir) reply=(-d) ;;
      'vendor sign':--digest) reply=(-W 'sha256 sha1') ;;
      'vendor sign':--encrypt-to) reply=(-f) ;;
      'vendor sign':--out) reply=(-f) ;;
      'vendor verify':--root) reply=(-f) ;;
      'vendor verify':--csr) reply=(-f) ;;
      'vendor serve':--dir) reply=(-d) ;;
      'vendor serve':--customers) reply=(-f) ;;
      'vendor serve':--on-signed) reply=(-f) ;;
      'vendor serve':--cert) reply=(-f) ;;
      'vendor serve':--key) reply=(-f) ;;
      'vendor serve':--passphrase) reply=() ;;
      'vendor serve':--intermediate) reply=(-f) ;;
      'vendor serve':--root) reply=(-f) ;;
      'vendor serve':--chain-dir) reply=(-d) ;;
      'vendor serve':--listen) reply=() ;;
      'vendor serve':--tls-cert) reply=(-f) ;;
      'vendor serve':--tls-key) reply=(-f) ;;
      'vendor serve':--tls) reply=(-W 'off') ;;
      'vendor serve':--log-format) reply=(-W 'text json') ;;
      'vendor serve':--log-level) reply=(-W 'debug info warn error') ;;
      'vendor requests list':--dir) reply=(-d) ;;
      'vendor requests show':--dir) reply=(-d) ;;
      'vendor requests approve':--dir) reply=(-d) ;;
      'vendor requests approve':--reason) reply=() ;;
      'vendor requests deny':--dir) reply=(-d) ;;
      'vendor requests deny':--reason) reply=() ;;
      'push-cert import':--key) reply=(-f) ;;
      'push-cert import':--key-dir) reply=(-d) ;;
      'push-cert import':--passphrase) reply=() ;;
      'push-cert import':--credentials-dir) reply=(-d) ;;
      'push-cert import':--format) reply=(-W 'dir env dotenv k8s-secret') ;;
      'push-cert import':--secret-name) reply=() ;;
      'push-cert import':--apple-account) reply=() ;;
      'push-cert show':--credentials-dir) reply=(-d) ;;
      'push-cert show':--passphrase) reply=() ;;
      'push-cert status':--credentials-dir) reply=(-d) ;;
      'push-cert status':--passphrase) reply=() ;;
      'push-cert status':--warn-days) reply=() ;;
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
      'profile enrollment':--check-in-url) reply=() ;;
      'profile enrollment':--scep-url) reply=() ;;
      'profile enrollment':--scep-challenge) reply=() ;;
      'profile enrollment':--ca-cert) reply=(-f) ;;
      'profile enrollment':--tls-root) reply=(-f) ;;
      'profile enrollment':--access-rights) reply=() ;;
      'profile enrollment':--enrollment-mode) reply=(-W 'byod adde') ;;
      'profile enrollment':--managed-apple-account) reply=() ;;
      'profile enrollment':--identifier) reply=() ;;
      'profile enrollment':--ttl) reply=() ;;
      'profile enrollment':--udid) reply=() ;;
      'profile enrollment':--serial) reply=() ;;
      'profile enrollment':--organization) reply=() ;;
      'profile enrollment':--sign-cert) reply=(-f) ;;
      'profile enrollment':--sign-key) reply=(-f) ;;
      'profile enrollment':--passphrase) reply=() ;;
      'profile enrollment':--out) reply=(-f) ;;
      'profile sign':--sign-cert) reply=(-f) ;;
      'profile sign':--sign-key) reply=(-f) ;;
      'profile sign':--passphrase) reply=() ;;
      'profile sign':--out) reply=(-f) ;;
      'profile verify':--root) reply=(-f) ;;
      'profile lint':--against) reply=() ;;
      'device list':--state) reply=(-W 'pending enrolled checked_out') ;;
      'device list':--type) reply=(-W 'device user shared_ipad user_enrollment_device user_enrollment') ;;
      'device list':--serial) reply=() ;;
      'device list':--device) reply=(-C devices) ;;
      'device list':--platform) reply=(-W 'macOS iOS iPadOS tvOS visionOS watchOS') ;;
      'device list':--select) reply=() ;;
      'device list':--limit) reply=() ;;
      'device list':--cursor) reply=() ;;
      'device users':--limit) reply=() ;;
      'device users':--cursor) reply=() ;;
      'device renewals':--state) reply=(-W 'due sent failed proving proven done cancelled') ;;
      'device renewals':--device) reply=(-C devices) ;;
      'device renewals':--limit) reply=() ;;
      'device renewals':--cursor) reply=() ;;
      'command types':--platform) reply=(-W 'iOS iPadOS macOS tvOS visionOS watchOS') ;;
      'command types':--group) reply=() ;;
      'command build':--set) reply=(-C keys) ;;
      'command build':--data) reply=(-C keys) ;;
      'command build':--input) reply=(-f) ;;
      'command validate':--platform) reply=(-W 'iOS iPadOS macOS tvOS visionOS watchOS') ;;
      'command validate':--os-version) reply=() ;;
      'command validate':--access-rights) reply=() ;;
      'command send':--device) reply=(-C devices) ;;
      'command send':--devices-from) reply=(-f) ;;
      'command send':--select) reply=() ;;
      'command send':--expect-count) reply=() ;;
      'command send':--max-age) reply=() ;;
      'command send':--set) reply=(-C keys) ;;
      'command send':--data) reply=(-C keys) ;;
      'command send':--input) reply=(-f) ;;
      'command send':--ttl) reply=() ;;
      'command send':--priority) reply=() ;;
      'command list':--device) reply=(-C devices) ;;
      'command list':--type) reply=(-C types) ;;
      'command list':--status) reply=(-W 'pending not_now stuck acknowledged failed cleared expired cancelled') ;;
      'command list':--since) reply=() ;;
      'command list':--limit) reply=() ;;
      'command list':--cursor) reply=() ;;
      'command results':--device) reply=(-C devices) ;;
      'command results':--status) reply=(-W 'pending not_now stuck acknowledged failed cleared expired cancelled') ;;
      'command results':--limit) reply=() ;;
      'command results':--cursor) reply=() ;;
      'command queue':--device) reply=(-C devices) ;;
      'command queue':--limit) reply=() ;;
      'command queue':--cursor) reply=() ;;
      'command cancel':--device) reply=(-C devices) ;;
      'webhook list':--limit) reply=() ;;
      'webhook list':--cursor) reply=() ;;
      'webhook parked':--limit) reply=() ;;
      'webhook parked':--cursor) reply=() ;;
      'webhook replay':--after) reply=() ;;
      'event list':--device) reply=(-C devices) ;;
      'event list':--topic) reply=() ;;
      'event list':--limit) reply=() ;;
      'event list':--cursor) reply=() ;;
      'event list':--after) reply=() ;;
      'event tail':--device) reply=(-C devices) ;;
      'event tail':--topic) reply=() ;;
      'event tail':--limit) reply=() ;;
      'event tail':--after) reply=() ;;
      'apply':--file | 'apply':-f) reply=(-f) ;;
      'doctor':--data-dir) reply=(-d) ;;
      'doctor':--credentials-dir) reply=(-d) ;;
      'doctor':--storage) reply=() ;;
      'doctor':--tls-cert) reply=(-f) ;;
      'doctor':--tls-key) reply=(-f) ;;
      'doctor':--url) reply=() ;;
      'doctor':--profile) reply=(-f) ;;
      'doctor':--sign-cert) reply=(-f) ;;
      'doctor':--vendor-cert) reply=(-f) ;;
      'doctor':--warn-days) reply=() ;;
      'doctor':--apns-url) reply=() ;;
      'doctor':--apns-ca-file) reply=(-f) ;;
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
      'simulate':--apns-listen) reply=() ;;
      'simulate':--apns-cert) reply=(-f) ;;
      'simulate':--apns-key) reply=(-f) ;;
      'simulate':--apns-fault) reply=() ;;
      'simulate':--switched-off) reply=() ;;
      'simulate':--switched-off-time) reply=() ;;
      'token create':--name) reply=() ;;
      'token create':--role) reply=(-W 'reader operator admin') ;;
      'token create':--expires) reply=() ;;
      'token create':--types) reply=(-C types) ;;
      'token create':--out) reply=(-f) ;;
      'token list':--limit) reply=() ;;
      'token list':--cursor) reply=() ;;
      'api':--data | 'api':-d) reply=() ;;
      'help':--format) reply=(-W 'text man markdown') ;;
      esac
      _bramley_reply "${reply[@]}"
      return
      ;;
  esac
  case $path in
    '') flags='--output --config --server --token --ca-file --context --timeout --help --version' reply=(-W 'serve csr mdmcert vendor push-cert ca profile device command push webhook event apply export doctor simulate token context api completion version help') ;;
    'serve') flags='--url --listen --api-listen --metrics-listen --tls-cert --tls-key --tls --mdm-path --check-in-path --data-dir --storage --credentials-dir --api-key --organization --allow-identity-change --scep --scep-challenge --scep-allow-des --renew-before --identity-grace --re-enroll --open-enrollment --allow-empty-topic --device-ca --cert-header --trusted-proxy --apns-url --apns-ca-file --apns-proxy --keep-results --keep-results-count --inventory-every --user-authenticate --users-file --dm-url --dm-send-hmac-key --dm-recv-hmac-key --webhook-url --webhook-hmac-key --webhook-format --webhook-redact --webhook-idle --events --event-retention --migration --retro --auth-proxy-url --auth-proxy-timeout --dump --escrow-key-unlock-url --log-format --log-level --help' reply=() ;;
    'csr') flags='--help' reply=(-W 'push vendor show verify') ;;
    'csr push') flags='--organization --email --country --common-name --renew --key-out --csr-out --passphrase --force --dry-run --output --help' reply=() ;;
    'csr vendor') flags='--organization --email --country --common-name --renew --key-out --csr-out --passphrase --force --dry-run --output --help' reply=() ;;
    'csr show') flags='--output --help' reply=(-f) ;;
    'csr verify') flags='--root --csr --output --help' reply=(-f) ;;
    'mdmcert') flags='--help' reply=(-W 'request decrypt') ;;
    'mdmcert request') flags='--email --api-key --dir --passphrase --endpoint --organization --country --common-name --dry-run --output --help' reply=() ;;
    'mdmcert decrypt') flags='--dir --key --cert --passphrase --out --root --force --dry-run --output --help' reply=(-f) ;;
    'vendor') flags='--help' reply=(-W 'sign verify serve requests') ;;
    'vendor sign') flags='--cert --key --passphrase --intermediate --root --chain-dir --fetch-chain --any-root --digest --encrypt-to --out --force --dry-run --output --help' reply=(-f) ;;
    'vendor verify') flags='--root --csr --output --help' reply=(-f) ;;
    'vendor serve') flags='--dir --customers --on-signed --cert --key --passphrase --intermediate --root --chain-dir --fetch-chain --any-root --listen --tls-cert --tls-key --tls --log-format --log-level --dry-run --help' reply=() ;;
    'vendor requests') flags='--help' reply=(-W 'list show approve deny') ;;
    'vendor requests list') flags='--dir --all --output --help' reply=() ;;
    'vendor requests show') flags='--dir --output --help' reply=() ;;
    'vendor requests approve') flags='--dir --reason --dry-run --help' reply=() ;;
    'vendor requests deny') flags='--dir --reason --dry-run --help' reply=() ;;
    'push-cert') flags='--help' reply=(-W 'import show status') ;;
    'push-cert import') flags='--key --key-dir --passphrase --credentials-dir --format --secret-name --apple-account --allow-topic-change --dry-run --output --help' reply=() ;;
    'push-cert show') flags='--credentials-dir --passphrase --output --help' reply=(-f) ;;
    'push-cert status') flags='--credentials-dir --passphrase --warn-days --output --help' reply=(-f) ;;
    'ca') flags='--help' reply=(-W 'init show issue') ;;
    'ca init') flags='--credentials-dir --cert-out --key-out --organization --common-name --valid-for --key-bits --force --dry-run --output --help' reply=() ;;
    'ca show') flags='--credentials-dir --output --help' reply=(-f) ;;
    'ca issue') flags='--credentials-dir --ca-cert --ca-key --passphrase --common-name --key-out --valid-for --out --force --dry-run --help' reply=() ;;
    'profile') flags='--help' reply=(-W 'enrollment sign verify lint show') ;;
    'profile enrollment') flags='--url --topic --push-cert --check-in-url --scep-url --scep-challenge --ca-cert --tls-root --pin-tls-root --access-rights --enrollment-mode --managed-apple-account --identifier --ttl --udid --serial --organization --sign-cert --sign-key --passphrase --out --force --dry-run --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'profile sign') flags='--sign-cert --sign-key --passphrase --out --force --dry-run --help' reply=(-f) ;;
    'profile verify') flags='--root --output --help' reply=(-f) ;;
    'profile lint') flags='--against --strict --output --help' reply=(-f) ;;
    'profile show') flags='--output --help' reply=(-f) ;;
    'device') flags='--help' reply=(-W 'list users unenroll block unblock delete renewals renew approve show') ;;
    'device list') flags='--state --type --serial --device --platform --select --limit --cursor --all --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'device users') flags='--limit --cursor --all --output --config --server --token --ca-file --context --timeout --help' reply=(-C devices) ;;
    'device unenroll') flags='--dry-run --on-next-contact --yes --output --config --server --token --ca-file --context --timeout --help' reply=(-C devices) ;;
    'device block') flags='--dry-run --output --config --server --token --ca-file --context --timeout --help' reply=(-C devices) ;;
    'device unblock') flags='--dry-run --output --config --server --token --ca-file --context --timeout --help' reply=(-C devices) ;;
    'device delete') flags='--dry-run --yes --output --config --server --token --ca-file --context --timeout --help' reply=(-C devices) ;;
    'device renewals') flags='--state --device --limit --cursor --all --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'device renew') flags='--dry-run --output --config --server --token --ca-file --context --timeout --help' reply=(-C devices) ;;
    'device approve') flags='--dry-run --output --config --server --token --ca-file --context --timeout --help' reply=(-C devices) ;;
    'device show') flags='--output --config --server --token --ca-file --context --timeout --help' reply=(-C devices) ;;
    'command') flags='--help' reply=(-W 'types explain build validate send list show results queue cancel') ;;
    'command types') flags='--platform --group --supervised --unsupervised --destructive --output --help' reply=() ;;
    'command explain') flags='--output --help' reply=(-C types) ;;
    'command build') flags='--set --data --input --no-validate --help' reply=(-F types) ;;
    'command validate') flags='--platform --os-version --supervised --unsupervised --user-channel --user-enrollment --access-rights --output --help' reply=(-f) ;;
    'command send') flags='--device --devices-from --select --all --expect-count --max-age --yes --set --data --input --ttl --priority --no-validate --no-push --wait --fail-fast --summary --show-secrets --dry-run --output --config --server --token --ca-file --context --timeout --help' reply=(-F types) ;;
    'command list') flags='--device --type --status --since --limit --cursor --all --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'command show') flags='--output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'command results') flags='--device --plist --status --summary --show-secrets --wait --fail-fast --limit --cursor --all --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'command queue') flags='--device --limit --cursor --all --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'command cancel') flags='--device --all --dry-run --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'push') flags='--help' reply=(-W 'send') ;;
    'push send') flags='--dry-run --output --config --server --token --ca-file --context --timeout --help' reply=(-C devices) ;;
    'webhook') flags='--help' reply=(-W 'list parked test pause resume replay') ;;
    'webhook list') flags='--limit --cursor --all --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'webhook parked') flags='--limit --cursor --all --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'webhook test') flags='--dry-run --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'webhook pause') flags='--dry-run --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'webhook resume') flags='--dry-run --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'webhook replay') flags='--parked --after --dry-run --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'event') flags='--help' reply=(-W 'list tail') ;;
    'event list') flags='--device --topic --limit --cursor --all --after --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'event tail') flags='--device --topic --limit --after --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'apply') flags='--file --prune --yes --dry-run --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'export') flags='--output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'doctor') flags='--data-dir --credentials-dir --storage --tls-cert --tls-key --url --offline --profile --sign-cert --vendor-cert --warn-days --strict --apns-url --apns-ca-file --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'simulate') flags='--profile --url --dir --prepare --replay --message --force --devices --duration --poll --rate --threads --mtls --not-now --error --check-out --key-bits --seed --dry-run --apns-listen --apns-cert --apns-key --apns-fault --switched-off --switched-off-time --output --help' reply=() ;;
    'token') flags='--help' reply=(-W 'create list revoke') ;;
    'token create') flags='--name --role --expires --types --out --force --dry-run --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'token list') flags='--limit --cursor --all --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'token revoke') flags='--dry-run --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'context') flags='--help' reply=(-W 'set use list show delete') ;;
    'context set') flags='--dry-run --keyring --config --server --token --ca-file --context --timeout --help' reply=(-C contexts) ;;
    'context use') flags='--dry-run --help' reply=(-C contexts) ;;
    'context list') flags='--output --help' reply=() ;;
    'context show') flags='--output --help' reply=(-C contexts) ;;
    'context delete') flags='--dry-run --help' reply=(-C contexts) ;;
    'api') flags='--data --dry-run --output --config --server --token --ca-file --context --timeout --help' reply=() ;;
    'completion') flags='--help' reply=(-W 'bash zsh fish values') ;;
    'completion bash') flags='--help' reply=() ;;
    'completion zsh') flags='--help' reply=() ;;
    'completion fish') flags='--help' reply=() ;;
    'completion values') flags='--config --server --token --ca-file --context --timeout --help' reply=(-W 'contexts devices types keys') ;;
    'version') flags='--output --help' reply=() ;;
    'help') flags='--format --output --help' reply=(-W 'serve csr mdmcert vendor push-cert ca profile device command push webhook event apply export doctor simulate token context api completion version help') ;;
  esac
  [[ $cur == -* ]] && reply=(-W "$flags")
  _bramley_reply "${reply[@]}"
}

complete -F _bramley bramley
