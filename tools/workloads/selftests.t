#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's own selftests that have to do with pages of users, in selftests/list:
# on the untouched kernel, and with GUP mirror in each mode. What they say of the
# kernel must be the same, failures included. Without a word from GUP mirror, with
# nothing left pinned, and with pages acquired where a test is about that.
#
# Some tests race with themselves, the more so on an emulated processor. What
# differs is run again, up to three times on both kernels: GUP mirror must not
# lead to a verdict that the untouched kernel never gives.

set -euo pipefail
. "$(dirname "$0")/group.sh"

plain_kernel=${WORKLOADS_PLAIN_KERNEL:-$build/kernel-workloads-plain}
need_kernel "$plain_kernel" workloads-kernel
programs=$workloads_kernel/bin/selftests
[ -d "$programs" ] || {
	echo "Bail out! there are no selftests in $programs; run make workloads-kernel"
	exit 1
}
work=$build/tests/workloads-selftests
rm -rf "$work"
mkdir -p "$work"

# The names of what is in the list, as in the names of files
declare -A title
names=()
selftest()
{
	local file=${1//[^A-Za-z0-9_-]/_}

	names+=("$file")
	title[$file]=$1
}
left_out()
{
	skip "$1" "$2"
}
. "$here/selftests/list"

# run_on KERNEL ROUND NAME...: of the selftests, or all if none is named; KERNEL is
# "plain", or a mode
run_on()
{
	local kernel=$1 round=$2 directory=$workloads_kernel append="gup_mirror=$1"
	local arguments=() name

	shift 2
	for name; do
		arguments+=("${title[$name]}")
	done
	if [ "$kernel" = plain ]; then
		directory=$plain_kernel
		append=
	fi
	vm "workloads-selftests-$kernel-$round" --kernel "$directory" --memory 3G --cpus 3 \
		--append "$append numa=fake=2 log_buf_len=4M" --timeout 1500 -- \
		"$here/selftests/run" "$programs" "${arguments[@]}"
	# shellcheck disable=SC2154 # vm() sets it
	awk -f "$here/selftests/verdicts.awk" "$results"/said/* > "$work/$kernel.$round" || true
	complaints "$results/dmesg" > "$work/$kernel.$round.complaints"
	cp "$results/table" "$work/$kernel.$round.table" || true
}

# complaints FILE: what no_trouble() looks for, without what differs each time
complaints()
{
	grep -E 'BUG|WARNING|Oops|INFO: |general protection|Bad page' "$1" |
		grep -v 'BUG: GUP-MIRROR: ' |
		sed -E 's/^\[[^]]*\] *//; s/0x[0-9a-f]+/0x-/g
			s/(CPU|PID): [0-9]+/\1: -/g; s/pfn:[0-9a-f]+/pfn:-/g' |
		sort -u || true
}

# no_violations FILE: nothing but the first line
no_violations()
{
	! tail -n +2 "$1" | grep .
}

# differences MODE: in all rounds so far
differences()
{
	awk -f "$here/selftests/compare.awk" kernel=plain "$work"/plain.? \
		kernel=layer "$work/$1".? | sort > "$work/$1.differences"
	sed '/^=/d; s/\t.*//' "$work/$1.differences" | sort -u
}

run_on plain 1
for mode in $modes; do
	run_on "$mode" 1
done
for round in 2 3; do
	again=$(for mode in $modes; do
		differences "$mode"
	done | sort -u)
	[ -n "$again" ] || break
	mapfile -t again <<< "$again"
	echo "# round $round: ${again[*]}"
	run_on plain "$round" "${again[@]}"
	for mode in $modes; do
		run_on "$mode" "$round" "${again[@]}"
	done
done

for mode in $modes; do
	differences "$mode" > /dev/null
	for name in "${names[@]}"; do
		said=$(awk -F '\t' -v name="$name" '
			$1 == name { print "differs: " $2 ": untouched kernel: " $3 "; here: " $4 }' \
			"$work/$mode.differences")
		# shellcheck disable=SC2016 # these are columns
		said+=$(cat "$work/$mode".?.table | awk -F '\t' -v name="${title[$name]}" '
			$1 != name { next }
			$8 != 0 { print "\n" $8 " violations" }
			$9 != 0 { print "\n" $9 " pins are left" }
			$10 != "-" { print "\nnothing was acquired by " $10 }')
		# What has run nowhere, differs nowhere.
		cut -f 1 "$work/$mode.1.table" | grep -qxF "${title[$name]}" ||
			said+=$'\n'"did not run"
		awk -F '\t' -v mode="$mode" -v name="${title[$name]}" '
			$1 == name {
				printf "# %s: %s: status %d, %d s; %d calls, %d pages; released right %d, laundered %d\n",
					mode, name, $2, $3, $4, $5, $6, $7
			}' "$work/$mode.1.table"
		awk -F '\t' -v name="=$name" '
			$1 == name { print "# unsteady: " $2 ": untouched kernel: " $3 "; here: " $4 }' \
			"$work/$mode.differences"
		if [ -z "$said" ]; then
			pass "$mode: ${title[$name]}: as on the untouched kernel"
		else
			fail "$mode: ${title[$name]}: as on the untouched kernel" "$said
$(cat "$build/tests/workloads-selftests-$mode"-?/"outstanding.$name" 2> /dev/null)"
		fi
	done

	new=$(comm -13 <(sort -u "$work"/plain.?.complaints) <(sort -u "$work/$mode".?.complaints))
	if [ -z "$new" ]; then
		pass "$mode: the kernel did not complain of more than untouched"
	else
		fail "$mode: the kernel did not complain of more than untouched" "$new"
	fi
	awk -F '\t' -v mode="$mode" '
		{ calls += $4; pages += $5 }
		END { printf "# %s: %d selftests, %d calls, %d pages\n", mode, NR, calls, pages }' \
		"$work/$mode.1.table"
	for file in "$build/tests/workloads-selftests-$mode"-?/violations; do
		check "$mode: no violations" no_violations "$file"
	done
	for file in "$build/tests/workloads-selftests-$mode"-?/summary; do
		for key in lost groups_lost shares_lost stacks_lost untracked inconsistent overflow; do
			check "$mode: GUP mirror at the end: $key: 0" grep -x "$key: 0" "$file"
		done
	done
done

tap_done
