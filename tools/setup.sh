# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What ./run, ./test and .ci/run do before they can do anything: find or install the packages, choose a
# compiler, choose a build directory, configure and build. Sourced, with `root` set to the checkout.

export PYTHONDONTWRITEBYTECODE=1

say() { printf '%s\n' "$*" >&2; }

can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

# Installs packages, or prints the one command that would and ends with 3.
install_packages() {
  if can_install; then
    say "installing: $*"
    local log
    log=$(mktemp)
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300
               install -y -qq --no-install-recommends)
    if "${apt[@]}" "$@" >"$log" 2>&1 </dev/null ||
       { apt-get -qq update >"$log" 2>&1 </dev/null && "${apt[@]}" "$@" >>"$log" 2>&1 </dev/null; }
    then
      rm -f "$log"
      hash -r
      return 0
    fi
    tail -n 5 "$log" >&2
    rm -f "$log"
  fi
  say "Beamish needs packages that are missing here. Install them with:"
  say ""
  say "  sudo apt-get install -y $*"
  exit 3
}

# The first word of `compiler --version` that looks like a version, cut to its major number.
major_version() { "$1" -dumpversion 2>/dev/null </dev/null | cut -d. -f1; }

# Whether apt knows a package, after it looked for news if it did not.
is_offered() {
  apt-cache show "$1" >/dev/null 2>&1 && return
  apt-get -qq update >/dev/null 2>&1 </dev/null
  apt-cache show "$1" >/dev/null 2>&1
}

find_clang() {
  local name
  for name in clang++-19 clang++-22 clang++-21 clang++-20 clang++-18 clang++-17 clang++-16 clang++; do
    command -v "$name" >/dev/null || continue
    if [ "$(major_version "$name")" -ge 16 ]; then printf '%s' "$name"; return; fi
  done
}

find_gcc() {
  local name
  for name in g++ g++-12 g++-13 g++-14; do
    command -v "$name" >/dev/null || continue
    if [ "$(major_version "$name")" -ge 12 ]; then printf '%s' "$name"; return; fi
  done
}

# Sets `compiler` for clang, gcc or auto; leaves it empty and notes the package if one must be installed.
choose_compiler() {
  case "$1" in
    clang) compiler=$(find_clang); [ -n "$compiler" ] || missing+=(clang-19) ;;
    gcc) compiler=$(find_gcc); [ -n "$compiler" ] || missing+=(g++) ;;
    auto)
      compiler=$(find_clang)
      if [ -z "$compiler" ] && can_install && is_offered clang-19; then
        missing+=(clang-19)
      else
        [ -n "$compiler" ] || compiler=$(find_gcc)
        [ -n "$compiler" ] || missing+=(clang-19)
      fi ;;
    *) say "--compiler is clang or gcc, not $1"; exit 2 ;;
  esac
}

has_header() { printf '#include <%s>\n' "$1" | "${compiler:-c++}" -E -x c++ - >/dev/null 2>&1; }

need_command() { command -v "$1" >/dev/null || missing+=("$2"); }

need_header() { has_header "$1" || [ -e "/usr/include/$1" ] || missing+=("$2"); }

# What a sanitizer links is a package of its own for each clang; g++ brings it along.
need_sanitizer() {
  local flag version
  case "$1" in asan) flag=address,undefined ;; tsan) flag=thread ;; *) return ;; esac
  case "$compiler" in
    '') version=19 ;;  # not there yet either
    clang*)
      printf 'int main() {}' | "$compiler" -fsanitize=$flag -x c++ - -o /dev/null 2>/dev/null && return
      version=$(major_version "$compiler") ;;
    *) return ;;
  esac
  missing+=("libclang-rt-$version-dev")
}

# need COMPILER run|test [PRESET]: finds everything, installing what is missing; sets `compiler` and
# `family`.
need() {
  missing=()
  need_command cmake cmake
  need_command ninja ninja-build
  choose_compiler "$1"
  need_header CLI/CLI.hpp libcli11-dev
  need_header nlohmann/json.hpp nlohmann-json3-dev
  if [ "$2" = test ]; then
    need_header doctest/doctest.h doctest-dev
    need_header elfutils/libdwfl.h libdw-dev
    need_command python3 python3
    need_command pkg-config pkg-config
    [ "$1" = gcc ] || need_sanitizer "${3:-}"
  fi
  if [ ${#missing[@]} -gt 0 ]; then
    install_packages "${missing[@]}"
    missing=()
    choose_compiler "$1"
  fi
  case "$compiler" in clang*) family=clang ;; *) family=gcc ;; esac
}

# The preset for this compiler: `dev` for clang, `dev-gcc` for g++.
preset_name() { if [ "$family" = gcc ]; then printf '%s-gcc' "$1"; else printf '%s' "$1"; fi; }

# Where to build: BEAMISH_BUILD_DIR, else ./build, else (a read-only checkout) the user's cache.
build_root() {
  if [ -n "${BEAMISH_BUILD_DIR:-}" ]; then
    mkdir -p "$BEAMISH_BUILD_DIR" && (cd "$BEAMISH_BUILD_DIR" && pwd)
    return
  fi
  local place
  local name
  name=beamish/$(printf '%s' "$root" | cksum | cut -d' ' -f1)
  for place in "$root/build" "${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/$name" \
               "${TMPDIR:-/tmp}/$name-$(id -u)"; do
    if mkdir -p "$place" 2>/dev/null && [ -w "$place" ]; then printf '%s' "$place"; return; fi
  done
  say "No directory to build in: set BEAMISH_BUILD_DIR."
  exit 3
}

# Runs a command; its output is shown only if it fails.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ $status -ne 0 ]; then
    grep -v '^\[[0-9]*/[0-9]*\] Building\|^ninja: ' "$log" | tail -n 80 >&2
    say "failed: $*"
  fi
  rm -f "$log"
  return $status
}

# configure PRESET: sets `build` and configures it if that was not done yet.
configure() {
  build=$(build_root)/$1
  if [ -f "$build/CMakeCache.txt" ] &&
     ! grep -qx "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$build/CMakeCache.txt"; then
    rm -rf "$build/CMakeCache.txt" "$build/CMakeFiles"
  fi
  [ -f "$build/build.ninja" ] && [ "${2:-}" != always ] && return
  (cd "$root" && quietly cmake --preset "$1" -B "$build" -DCMAKE_CXX_COMPILER="$compiler")
}

# compile TARGET...: builds in `build`; one changing line on a terminal, silence elsewhere.
compile() {
  if [ -t 2 ]; then
    local status=0
    NINJA_STATUS="building %f/%t " ninja -C "$build" "$@" >&2 || status=$?
    [ $status -ne 0 ] || printf '\033[A\033[2K\033[A\033[2K' >&2
    return $status
  fi
  quietly ninja -C "$build" "$@"
}
