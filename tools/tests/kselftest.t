#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs the kernel selftests of gup_mirror in a virtual machine, and forwards the
# result of each.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/vm.sh"

# The exit status of the programs is that of their tests, which are looked at
# one by one.
vm kselftest --append gup_mirror=all --timeout 900 -- "$top/tools/tests/guest/kselftest"

# forward PROGRAM FILE: what a program prints ahead of a result explains it
forward()
{
	local program=$1 file=$2 planned seen=0 said='' line name

	while IFS= read -r line; do
		name=$(sed -E 's/^(not )?ok [0-9]+ (- )?//; s/ # SKIP.*//' <<< "$line")
		case $line in
		'ok '*' # SKIP'*)
			skip "$program: $name" "${line##* # SKIP }" ;;
		'ok '*)
			pass "$program: $name" ;;
		'not ok '*)
			fail "$program: $name" "$said" ;;
		*)
			said+=${line#\# }$'\n'
			continue ;;
		esac
		seen=$((seen + 1))
		said=
	done < "$file"

	# It may have died halfway.
	planned=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$file" | head -n 1)
	if [ "$seen" -gt 0 ] && [ "$seen" -eq "${planned:-0}" ]; then
		pass "$program: all $seen tests ran"
	else
		fail "$program: all tests ran" "planned: ${planned:-unknown}, results: $seen
$(tail -n 20 "$file")"
	fi
}

programs=0
for file in "$results"/*.tap; do
	[ -e "$file" ] || continue
	programs=$((programs + 1))
	forward "$(basename "$file" .tap)" "$file"
done
check "there are selftests" test "$programs" -gt 0
no_trouble kselftest

tap_done
