#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Other tracers on the functions that acquire and release: they have these return
# to themselves. Verdicts, callers and stacks are the same as without.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/vm.sh"
need_kernel "$build/kernel" kernel
. "$(dirname "$0")/suites.sh"

vm tracers --append gup_mirror=all --timeout 900 -- "$top/tools/tests/guest/tracers"
check "no function of the layer can be traced" test ! -s "$results/own"
for name in function_graph all_functions kretprobes fprobes; do
	check "$name: something was recorded" test -s "$results/$name.seen"
	for file in "$results/$name"-*.tap; do
		[ -e "$file" ] || continue
		forward "$(basename "$file" .tap)" "$file"
	done
done
no_trouble tracers

tap_done
