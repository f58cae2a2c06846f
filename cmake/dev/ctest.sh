# Running ctest several times and closing with one line for all.
# shellcheck shell=bash

tests_total=0
tests_failed=0
tests_skipped=0

run_ctest() {  # PRESET FOLDER [ctest argument...]
  local preset=$1 folder=$2 name="test ($1)" log
  shift 2
  log=$(step_log "$name")
  # A failing test must not hide the results of the runs after it, so the verdict comes at the end.
  step "$name" bash -c '"$@" || true' ctest ctest --test-dir "$folder" --parallel "$jobs" \
    --output-on-failure --no-tests=error "$@"
  if ! read_ctest "$log" "$folder/Testing/Temporary/LastTest.log"; then
    echo "dev: error: ctest ($preset) ran nothing" >&2
    step_failed "$log"
    exit 1
  fi
}

read_ctest() {  # LOG OUTPUTS: adds its numbers up, shows what failed
  local total failed skipped more_total more_failed more_skipped
  read -r failed total < <(sed -n 's/^[0-9]*% tests passed, \([0-9]*\) tests\{0,1\} failed out of \([0-9]*\)$/\1 \2/p' "$1") || return 1
  skipped=$(grep -c '\*\*\*Skipped' "$1" || true)
  read -r more_total more_failed more_skipped < <(count_in_shards "$2")
  total=$((total + more_total))
  failed=$((failed + more_failed))
  skipped=$((skipped + more_skipped))
  tests_total=$((tests_total + total))
  tests_failed=$((tests_failed + failed))
  tests_skipped=$((tests_skipped + skipped))
  echo "    $((total - failed - skipped)) passed, $failed failed, $skipped skipped"
  if ((failed > 0)); then
    show_failures "$1"
    sed -n '/^The following tests FAILED:/,$p' "$1"
    echo "    what they said is in $PWD/$1"
  fi
}

# Where ctest sees a shard of an executable as one test (cmake/gtest.cmake): how many more there are, failed and were
# skipped. One that ended before its time says nothing, and stays the one that failed.
count_in_shards() {  # OUTPUTS
  awk '
    /^Note: This is test shard/ { shard = 1 }
    /^<end of output>/ { shard = 0 }
    shard && /^\[==========\] [0-9]+ tests? from [0-9]+ test suites? ran/ { total += $2 - 1 }
    shard && /^\[  FAILED  \] [0-9]+ tests?, listed below/ { failed += $4 - 1 }
    shard && /^\[  SKIPPED \] [0-9]+ tests?, listed below/ { skipped += $4 }
    END { print total + 0, failed + 0, skipped + 0 }' "$1"
}

show_failures() {  # LOG: the end of what each test that failed said
  awk -v most=40 '
    function flush() {
      first = count > most ? count - most + 1 : 1
      for (i = first; i <= count; ++i) print "    " lines[i]
      count = 0
    }
    /^ *[0-9]+\/[0-9]+ Test +#|^ +Start +[0-9]+:|^[0-9]+% tests passed/ { flush(); failed = 0 }
    /^ *[0-9]+\/[0-9]+ Test +#.*\*\*\*/ && !/\*\*\*Skipped/ { failed = 1 }
    failed { lines[++count] = $0 }' "$1"
}

close_ctest() {
  if ((tests_skipped > 0)); then
    echo "skipped: $tests_skipped (they are counted below)"
  fi
  echo "$(((tests_total - tests_failed) * 100 / tests_total))% tests passed, $tests_failed tests failed out of $tests_total"
  ((tests_failed == 0))
}
