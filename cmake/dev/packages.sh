# Which Debian 12 packages each kind of work needs, and how they get here.
# shellcheck shell=bash

declare -A packages=(
  [build]="g++ cmake ninja-build pkg-config ccache libboost1.81-dev libssl-dev libcurl4-openssl-dev libplist-dev
    nlohmann-json3-dev libyaml-cpp-dev libcli11-dev libsoci-dev libsqlite3-dev libspdlog-dev libfmt-dev libnghttp2-dev
     prometheus-cpp-dev ca-certificates"
  [test]="libgtest-dev libgmock-dev clang-19 libclang-rt-19-dev python3 python3-cryptography python3-h2 python3-jsonschema python3-yaml
    openssl curl zsh fish mandoc scep strongswan-pki libstrongswan-extra-plugins libstrongswan-standard-plugins certmonger dbus"
  [bench]="libbenchmark-dev nghttp2-server python3-h2"
  [format]="clang-format-19"
  [develop]="clang-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev shellcheck git"
)

missing_packages() {  # SET...: the packages of these sets that are not installed, one a line
  local set wanted=()
  for set in "$@"; do
    # shellcheck disable=SC2206  # the lists are words
    wanted+=(${packages[$set]})
  done
  comm -23 <(printf '%s\n' "${wanted[@]}" | sort -u) <(installed_packages "${wanted[@]}" | sort -u)
}

installed_packages() {
  dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' "$@" 2> /dev/null | sed -n 's/^installed //p' || true
}

installed() {  # SET...: whether nothing of them is missing
  command -v dpkg-query > /dev/null && [[ -z $(missing_packages "$@") ]]
}

# need SET...: installs what is missing, or says how and ends.
need() {
  if ! command -v dpkg-query > /dev/null; then
    echo "dev: error: this is not a Debian system; the packages are listed in cmake/dev/packages.sh" >&2
    exit 1
  fi
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} > 0)) || return 0
  local install=(apt-get install --yes --no-install-recommends "${missing[@]}")
  if ((EUID != 0)); then
    echo "dev: error: ${#missing[@]} packages are missing, and only root can install them" >&2
    echo "dev: hint: sudo sh -c 'apt-get update && ${install[*]}'" >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  local patient=(-o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
  step "package lists" apt-get update "${patient[@]}"
  step "install ${#missing[@]} packages" "${install[@]}" "${patient[@]}"
}
