#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The tests of GUP mirror itself on kernels that are configured differently: all
# KUnit cases, all kselftests, right programs, a wrong module, and the torture
# test. make matrix
# builds the kernels first. The table at the end says which combinations ran.
#
# $MATRIX may name the rows that are wanted.

set -euo pipefail
. "$(dirname "$0")/../tests/tap.sh"
. "$(dirname "$0")/../tests/vm.sh"
. "$(dirname "$0")/../tests/suites.sh"

table=()

# no_race_of_ours KERNEL-DIR: KCSAN finds races all over the kernel. Those that have
# one of the layer's functions on top are ours, the others are listed.
no_race_of_ours()
{
	local own race

	own=$(nm "$1"/mm/gup_mirror/*.o | awk '$2 ~ /^[tT]$/ { print $3 }' | sort -u)
	# shellcheck disable=SC2154 # vm() sets it
	race=$(sed -n 's/.*BUG: KCSAN: data-race in //p' "$results/dmesg" | sort | uniq -c |
		awk -v own="$own" '
		BEGIN { split(own, name, "\n"); for (i in name) ours[name[i]] }
		$2 in ours || $4 in ours { print; bad = 1; next }
		{ print "# not ours: " $0 > "/dev/stderr" }
		END { exit bad }') && return
	echo "$race"
	return 1
}

# in_messages KERNEL-DIR: of the last boot
in_messages()
{
	grep -q '^CONFIG_KCSAN=y' "$1/.config" || return 0
	check "${results##*/}: KCSAN is on" in_file 'kcsan: enabled early' "$results/console"
	check "${results##*/}: no data race in GUP mirror" no_race_of_ours "$1"
}

# row NAME FLAVOUR CONFIG BOOT-OPTION...: CONFIG is a line that .config must have
row()
{
	local name=$1 flavour=$2 config=$3 kernel=$build/kernel-$2 before failed

	shift 3
	[[ -z "${MATRIX:-}" || " $MATRIX " == *" $name "* ]] || return 0
	[ "$flavour" != test ] || kernel=$build/kernel
	need_kernel "$kernel" matrix-kernels
	before=$tap_count
	failed=$tap_failed
	check "$name: the kernel has $config" grep -qx "$config" "$kernel/.config"
	harmless=
	[ "$flavour" != kcsan ] || harmless='BUG: KCSAN: data-race'
	set -- --kernel "$kernel" --timeout 1200 --append log_buf_len=16M "$@"
	all_checked "$name-boot" "$@"
	in_messages "$kernel"
	table+=("$(printf '%-10s %-10s %-40s' "$name" "$flavour" "$config")")
	kunit_suite "$name-kunit" "$@"
	in_messages "$kernel"
	kselftest_suite "$name-kselftest" "$@"
	in_messages "$kernel"
	torture_suite "$name-torture" torture 20 40 20 \
		--append gup_mirror=all "$@"
	no_trouble "$name-torture"
	in_messages "$kernel"
	table[-1]+=" $((tap_count - before)) results, $((tap_failed - failed)) failed"
}

row plain	test		'CONFIG_PREEMPT_\(VOLUNTARY\|LAZY\)=y'
row 4-level	test		CONFIG_X86_64=y --append no5lvl
row nokaslr	test		CONFIG_RANDOMIZE_MEMORY=y --append nokaslr
row all-on	workloads	CONFIG_HUGETLB_PAGE_OPTIMIZE_VMEMMAP=y
row hvo		workloads	CONFIG_HUGETLB_PAGE_OPTIMIZE_VMEMMAP=y \
	--append hugetlb_free_vmemmap=on
row numa	workloads	CONFIG_NUMA=y --append numa=fake=4
row preempt	preempt		CONFIG_PREEMPT=y
row rt		rt		CONFIG_PREEMPT_RT=y
row kcsan	kcsan		CONFIG_KCSAN=y --memory 3G
row kasan	kasan		CONFIG_KASAN=y --memory 3G

echo "# what ran, boot, KUnit, kselftests and torture of each:"
printf '# %s\n' "${table[@]}"
tap_done
