#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The torture test: everything at once, right and wrong, at random, and exact
# totals in the end. By default, it is short, with a seed that is always the same
# and one that never is. $MINUTES makes it last longer, and $SEED makes it do
# what it did when it failed.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/vm.sh"
need_kernel "$build/kernel" kernel
. "$(dirname "$0")/suites.sh"

program=$build/kernel/bin/gup_mirror_torture

# sequence SEED: the beginning of what its workers do
sequence()
{
	"$program" --seed "$1" --list 100 | sha256sum
}

if [ "$arch" = x86 ]; then
	check "the same seed makes the same sequence" test "$(sequence 7)" = "$(sequence 7)"
	check "another seed makes another" test "$(sequence 7)" != "$(sequence 8)"
	check "what is no number is refused by its name" \
		grep -q -- "--seed is '7x'" <("$program" --seed 7x --list 1 2>&1)
else
	skip "the same seed makes the same sequence" "the program is for $arch"
fi

# torture NAME SEED SECONDS SECONDS-OF-A-ROUND BOOT-OPTION...
torture()
{
	torture_suite "$1" torture "${@:2}"
	no_trouble "$1, seed $2"
}

seed=${SEED:-$(od -A n -N 4 -t u4 /dev/urandom | tr -d ' ')}

if [ -n "${MINUTES:-}" ]; then
	all=$((MINUTES * 40))
	torture torture-all "$seed" "$all" 15 --append gup_mirror=all
	torture torture-pin "$seed" $((MINUTES * 60 - all)) 15 \
		--append gup_mirror=pin,nostacks
else
	torture torture-all "${SEED:-1}" 12 6 --append gup_mirror=all
	torture torture-pin "$seed" 12 6 --append gup_mirror=pin,nostacks
fi

tap_done
