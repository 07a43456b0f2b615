#!/bin/sh
# Compiles the native tier into FOLDER/OS-ARCH/liblockstep.so. Without a C compiler, or on a processor that the file does
# not know, it says so and succeeds: the vector tier runs then.
#
#   build.sh FOLDER        $CC names another compiler, $LOCKSTEP_CFLAGS adds flags (such as -fsanitize=undefined)
set -eu

source=$(dirname -- "$0")/kernels.c
platform=$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m | sed 's/^arm64$/aarch64/; s/^amd64$/x86_64/')
folder=$1/$platform
compiler=${CC:-cc}

if ! command -v "$compiler" >/dev/null; then
    printf 'no C compiler (%s) found: building without the native kernels\n' "$compiler"
    exit 0
fi
case $platform in
    *-x86_64 | *-aarch64) ;;
    *)
        printf 'no native kernels for %s: building without them\n' "$platform"
        exit 0
        ;;
esac

mkdir -p "$folder"
# Written under another name first, so that a process that has the old one open keeps it.
# shellcheck disable=SC2086 # the flags are to be split into words
if "$compiler" -std=gnu17 -O3 -ffp-contract=off -fno-math-errno -fPIC -shared -fvisibility=hidden \
    -Wall -Wextra -Wno-unknown-pragmas ${LOCKSTEP_CFLAGS:-} -o "$folder/liblockstep.so.new" "$source"; then
    mv "$folder/liblockstep.so.new" "$folder/liblockstep.so"
elif [ -n "${CI:-}" ]; then
    exit 1
else
    rm -f "$folder/liblockstep.so" # of an earlier state of the source: its bits may be others
    printf '%s cannot compile the native kernels: building without them\n' "$compiler"
fi
