#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A little of "make fuzz": each fuzzer for FUZZ_SECONDS, from the kept cases on.

set -euo pipefail
. "$(dirname "$0")/lib.sh"

sources=$tests/..
seconds=${FUZZ_SECONDS:-5}

if ! command -v clang > /dev/null; then
	skip "the fuzzers" "clang is not installed"
	tap_done
	exit
fi
# This may be called by make, too, with other goals and variables.
if ! said=$(env -u MAKEFLAGS -u MAKELEVEL make -s -j"$(nproc)" -C "$sources" \
	"O=$build" fuzzers 2>&1) || [ -n "$said" ]; then
	fail "the fuzzers are built without a warning" "$said"
	tap_done
	exit
fi
pass "the fuzzers are built without a warning"

# Those that are built, so that none is forgotten.
for file in "$sources"/fuzz/*.c; do
	name=$(basename "$file" .c)
	case $name in
	harness | replay)
		continue ;;
	esac
	check "$name: $seconds s" "$sources/fuzz/run" "$build/fuzz" "$seconds" "$name"
	is "$name: there are kept cases" yes \
		"$([ -z "$(ls "$sources/fuzz/corpus/$name")" ] || echo yes)"
done

tap_done
