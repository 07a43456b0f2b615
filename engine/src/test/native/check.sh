#!/bin/sh
# Builds kernels_check.c with the address and undefined-behaviour sanitizers and runs it; then, where a cross compiler and
# an emulator are installed (Debian: gcc-aarch64-linux-gnu, libc6-dev-arm64-cross, qemu-user), runs it as AArch64 code and
# compares the bits.
#
#   check.sh FOLDER        for what it builds
set -eu

here=$(dirname -- "$0")
folder=$1
flags='-std=gnu17 -ffp-contract=off -fno-math-errno -Wall -Wextra'
mkdir -p "$folder"

# shellcheck disable=SC2086 # the flags are to be split into words
"${CC:-cc}" $flags -O1 -g -DLOCKSTEP_SANITIZED -fsanitize=address,undefined -fno-sanitize-recover=all -o "$folder/check" \
    "$here/kernels_check.c" -lm
"$folder/check" >"$folder/check.txt"
printf 'sanitizers: %s results, nothing found\n' "$(wc -l <"$folder/check.txt")"

if command -v aarch64-linux-gnu-gcc >/dev/null && command -v qemu-aarch64 >/dev/null; then
    # shellcheck disable=SC2086
    aarch64-linux-gnu-gcc $flags -O2 -static -o "$folder/check-aarch64" "$here/kernels_check.c" -lm
    qemu-aarch64 -cpu max "$folder/check-aarch64" >"$folder/check-aarch64.txt"
    cmp "$folder/check.txt" "$folder/check-aarch64.txt"
    printf 'AArch64: the same bits\n'
else
    printf 'AArch64: no cross compiler or emulator, not checked\n'
fi
