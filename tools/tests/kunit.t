#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs the KUnit tests by loading their module in a virtual machine, and
# forwards the result of each.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/vm.sh"

vm kunit --append gup_mirror=all -- "$top/tools/tests/guest/kunit"

# Each case is a line indented by four, what it said is in lines before that.
# Parameters of a case are indented further; they decide its result.
ran=0
said=
for file in "$results"/kunit.*; do
	[ -e "$file" ] || continue
	suite=${file##*/kunit.}
	while IFS= read -r line; do
		name=$(sed -E 's/^ *(not )?ok [0-9]+ (- )?//; s/ # SKIP.*//' <<< "$line")
		case $line in
		'    ok '*' # SKIP'*)
			skip "$suite: $name" "${line##* # SKIP }" ;;
		'    ok '*)
			pass "$suite: $name"
			ran=$((ran + 1)) ;;
		'    not ok '*)
			fail "$suite: $name" "$said"
			ran=$((ran + 1)) ;;
		*)
			said+=$line$'\n'
			continue ;;
		esac
		said=
	done < "$file"
done

if [ "$ran" -gt 0 ]; then
	pass "some KUnit case ran"
else
	fail "some KUnit case ran" "no results of gup_mirror_kunit.ko"
fi

tap_done
