# A server on this machine, one simulated Mac, one question and its answer. Everything lives in a
# temporary folder and on a free port of 127.0.0.1, and is gone when the demo ends, however it ends.
# shellcheck shell=bash

demo_pids=()
demo_dir=

demo() {
  demo_dir=$(mktemp -d)
  trap demo_stop EXIT
  trap 'exit 130' INT TERM
  # The contexts of whoever runs this are left alone.
  export XDG_CONFIG_HOME=$demo_dir/config XDG_DATA_HOME=$demo_dir/share
  unset BRAMLEY_SERVER BRAMLEY_TOKEN BRAMLEY_CONTEXT BRAMLEY_CONFIG BRAMLEY_CA_FILE BRAMLEY_OUTPUT
  demo_stand_in_for_apple
  demo_start_server
  demo_enroll
  demo_ask
  demo_next
}

demo_say() { printf '\n==> %s\n' "$*"; }

demo_run() {  # COMMAND...: shows the command as one would type it, and runs it with a limit
  printf '    $ %s\n' "$*"
  timeout --foreground 60 "$@"
}

# Only Apple gives out push certificates, and only Apple wakes devices. Here openssl makes one that looks the same, and
# `bramley simulate` is the push service.
demo_stand_in_for_apple() {
  apns_port=$(free_port)
  demo_say "A push certificate, not from Apple: it is good for the simulated push service alone"
  demo_certificate push "/UID=com.apple.mgmt.External.demo/CN=APSP:demo"
  demo_certificate apns "/CN=localhost" -addext subjectAltName=DNS:localhost
  demo_run build/bramley push-cert import "$demo_dir/push.pem" --key "$demo_dir/push.key" \
    --credentials-dir "$demo_dir/data/credentials"
}

demo_certificate() {  # NAME SUBJECT OPTION...
  local name=$1 subject=$2
  shift 2
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "$subject" "$@" -keyout "$demo_dir/$name.key" \
    -out "$demo_dir/$name.pem" 2> "$demo_dir/last-error" || demo_failed "openssl made no certificate"
}

demo_start_server() {
  local port flags
  port=$(free_port)
  flags=(--listen "127.0.0.1:$port" --data-dir "$demo_dir/data" --apns-url "https://localhost:$apns_port"
    --apns-ca-file "$demo_dir/apns.pem")
  demo_say "A server, with a data directory, a certificate authority and TLS of its own"
  printf '    $ build/bramley serve %s &\n' "${flags[*]}"
  build/bramley serve "${flags[@]}" > "$demo_dir/serve.log" 2>&1 &
  demo_pids+=($!)
  demo_until "the server to be ready" build/bramley api GET /readyz
  echo "    ready on https://localhost:$port"
}

demo_enroll() {
  local flags
  flags=(--profile "$demo_dir/enroll.mobileconfig" --devices 1 --dir "$demo_dir/devices" --poll 0s
    --apns-listen "127.0.0.1:$apns_port" --apns-cert "$demo_dir/apns.pem" --apns-key "$demo_dir/apns.key")
  demo_say "An enrollment profile, and a simulated Mac that uses it: SCEP, Authenticate, TokenUpdate"
  demo_run build/bramley profile enrollment --out "$demo_dir/enroll.mobileconfig"
  printf '    $ build/bramley simulate %s &\n' "${flags[*]}"
  build/bramley simulate "${flags[@]}" --duration 5m > "$demo_dir/simulate.log" 2>&1 &
  demo_pids+=($!)
  demo_until "the simulated Mac to enroll" demo_find_device
  demo_run build/bramley device list
}

demo_find_device() {
  device=$(build/bramley device list --output json | grep -B 99 '"enrolled"' |
    sed -n 's/.*"id": *"\([^"]*\)".*/\1/p' | tail -n 1)
  [[ -n $device ]]
}

demo_ask() {
  demo_say "A command, a push that wakes the device, and its answer"
  demo_run build/bramley command send DeviceInformation --device "$device" --wait
}

demo_next() {
  cat <<'TEXT'

==> That was the whole path. To go on with a server that stays:

    build/bramley serve                        in one terminal; it says what it made and where
    build/bramley profile enrollment --out enroll.mobileconfig
    build/bramley simulate --profile enroll.mobileconfig --devices 1 --poll 5s --duration 10m
    build/bramley device list                  in others
    build/bramley help                         everything else
TEXT
}

# demo_until WHAT COMMAND...: tries for 30 s; gives up at once when something that was started is gone.
demo_until() {
  local what=$1 tries pid
  shift
  for ((tries = 0; tries < 150; tries++)); do
    if "$@" > /dev/null 2> "$demo_dir/last-error"; then return; fi
    for pid in "${demo_pids[@]}"; do
      kill -0 "$pid" 2> /dev/null || demo_failed "a process ended while waiting for $what"
    done
    sleep 0.2
  done
  demo_failed "waited 30 s for $what"
}

demo_failed() {  # WHY
  local log
  mkdir -p build/log
  for log in serve simulate; do
    if [[ -s $demo_dir/$log.log ]]; then
      cp "$demo_dir/$log.log" "build/log/demo-$log.log"
      step_failed "build/log/demo-$log.log"
    fi
  done
  cat "$demo_dir/last-error" >&2
  echo "dev: error: demo: $1" >&2
  exit 1
}

demo_stop() {
  local pid
  # The device before the server, so that its last request is answered.
  for ((pid = ${#demo_pids[@]} - 1; pid >= 0; pid--)); do
    kill "${demo_pids[pid]}" 2> /dev/null || true
    wait "${demo_pids[pid]}" 2> /dev/null || true
  done
  rm -rf "$demo_dir"
}

free_port() {
  local port
  while true; do
    port=$((20000 + RANDOM % 12000))
    # Nobody answers there: then it is ours.
    if ! (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then
      echo "$port"
      return
    fi
  done
}
