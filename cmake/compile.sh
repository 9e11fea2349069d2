#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# compile.sh ROOT HERE COMPILER ARGUMENT...: compiles through ccache such that another clone, in
# another folder, finds what this one compiled. ROOT is the checkout, HERE its path as seen from the
# build folder, where this runs.
#
# Paths become relative. Precompiled headers hold absolute ones, so they are made anew in each clone;
# beside each lies a sum of the files it was made of, which ccache takes instead of its bytes.
set -euo pipefail
root=$1 here=$2
shift 2
arguments=("${@//"$root"/$here}")

# after FLAG: the argument that follows this flag.
after() {
  local i
  for ((i = 0; i + 1 < ${#arguments[@]}; ++i)); do
    if [ "${arguments[i]}" = "$1" ]; then printf '%s' "${arguments[i + 1]}"; return; fi
  done
}

output=$(after -o)
case $output in
  *.pch | *.gch)
    "${arguments[@]}"
    sed -e 's/^[^ ]*: *//' -e 's/\\$//' "$(after -MF)" | xargs sha256sum >"$output.sum" ;;
  *)
    export CCACHE_NOHASHDIR=1 CCACHE_PCH_EXTSUM=1 CCACHE_SLOPPINESS=pch_defines,time_macros
    exec ccache "${arguments[@]}" ;;
esac
