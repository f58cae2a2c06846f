# One line a step: what is done, how long it has taken. The full output goes to build/log.
# shellcheck shell=bash

step_log() {  # NAME: the file that a step writes to
  mkdir -p build/log
  local name=${1//[^a-zA-Z0-9]/-}
  echo "build/log/${name%%-}.log"
}

# step NAME COMMAND...: the command runs in the foreground (so that Ctrl-C reaches it, and signals are
# not ignored below it), the clock beside it.
step() {
  local name=$1 log status=0 ticker start=$SECONDS
  shift
  log=$(step_log "$name")
  step_ticker "$name" "$log" "$start" &
  ticker=$!
  "$@" > "$log" 2>&1 || status=$?
  kill "$ticker" 2> /dev/null || true
  wait "$ticker" 2> /dev/null || true
  if ((status == 0)); then
    step_line "$name" "$((SECONDS - start)) s" $'\n'
    return
  fi
  step_line "$name" "failed after $((SECONDS - start)) s" $'\n'
  step_failed "$log"
  exit 1
}

step_failed() {  # LOG: its end, and where the rest is
  {
    echo "---- the end of $1 ----"
    tail -n 40 "$1"
    echo "---- all of it: $PWD/$1 ----"
  } >&2
}

step_line() {  # NAME TEXT END
  if [[ -t 1 ]]; then
    printf '\r\033[K==> %-28s %s%s' "$1" "$2" "$3"
  else
    printf '==> %-28s %s\n' "$1" "$2"
  fi
}

# On a terminal the line is rewritten every second; elsewhere a line now and then shows that it lives.
step_ticker() {  # NAME LOG START
  local pause=30
  if [[ -t 1 ]]; then pause=1; fi
  while true; do
    if [[ -t 1 ]]; then
      step_line "$1" "$((SECONDS - $3)) s  $(step_progress "$2")" ''
    fi
    sleep "$pause"
    if [[ ! -t 1 ]]; then
      step_line "$1" "$((SECONDS - $3)) s so far  $(step_progress "$2")" ''
    fi
  done
}

# How far the last line of a log says it is: ninja's [12/345], or the start of whatever it says.
step_progress() {  # LOG
  [[ -s $1 ]] || return 0
  tail -c 4096 "$1" | tr '\r' '\n' | grep -v '^[[:space:]]*$' | tail -n 1 | cut -c 1-"$((${COLUMNS:-90} - 45))"
}
