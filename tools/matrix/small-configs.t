#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Compiles GUP mirror and the files with its hooks, with W=1, as the test kernel is
# configured, but for one thing that most kernels have and some do not; then with as
# little as there can be; then with things thrown together at random. A warning counts
# if the untouched source does not have it in the same configuration.
#
# $SEED makes the random ones again what they were, $RANDOM_CONFIGS is their number.

set -euo pipefail
. "$(dirname "$0")/../tests/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"

tree=$build/linux
plain=$build/linux-plain
output=$build/small
seed=${SEED:-$(od -A n -N 2 -t u2 /dev/urandom | tr -d ' ')}
configs=${RANDOM_CONFIGS:-6}

"$top/tools/vm/unpack-source" "$tree" > /dev/null
"$top/tools/integrate" "$tree" > /dev/null
mapfile -t files < <(
	awk -F '\t' '$2 != "-" && $3 ~ /\.c$/ { print $3 }' "$tree/.gup-mirror/manifest")

export KBUILD_BUILD_TIMESTAMP='Thu Jan 1 00:00:00 UTC 1970'
export CCACHE_DEPEND=1
cc=gcc
! command -v ccache > /dev/null || cc="ccache gcc"

# kmake SOURCE OUTPUT ARGUMENT...
kmake()
{
	local from=$1 to=$2

	shift 2
	make -s -C "$from" O="$to" CC="$cc" -j"$(nproc)" "$@"
}

# configure SOURCE OUTPUT LINE...: the test kernel's configuration, where each line
# replaces the one on its option
configure()
{
	local from=$1 to=$2 wanted=$2/fragment.config

	shift 2
	mkdir -p "$to"
	printf '%s\n' "# CONFIG_WERROR is not set" "$@" |
		merge_fragments "$top/tools/vm/kernel.config" - > "$wanted"
	[ "$from" = "$tree" ] || sed -i '/GUP_MIRROR/d' "$wanted"
	if ! kmake "$from" "$to" KCONFIG_ALLCONFIG="$wanted" allnoconfig > "$to/config.log" 2>&1 ||
		! kmake "$from" "$to" modules_prepare >> "$to/config.log" 2>&1; then
		tail -n 20 "$to/config.log"
		return 1
	fi
}

# has LINE...: are these in the configuration? What is not set may be without a line.
has()
{
	local line option status=0

	for line; do
		case $line in
		'# CONFIG_'*)
			option=${line#\# }
			option=${option% is not set}
			! grep "^$option=" "$output/.config" || status=1 ;;
		*)
			grep -qxF "$line" "$output/.config" || {
				echo "not there: $line"
				status=1
			} ;;
		esac
	done
	return $status
}

# Objects of the hooked files that the configuration has, by what their Makefiles say.
objects()
{
	local file dir object option

	for file in "${files[@]}"; do
		dir=$(dirname "$file")
		object=$(basename "$file" .c).o
		option=$(sed -e ':more' -e '/\\$/{N;s/\\\n//;bmore' -e '}' "$tree/$dir/Makefile" |
			awk -v object="$object" '
			match($0, /-\$\(CONFIG_[A-Z0-9_]+\)[ \t]*[+:]?=/) {
				for (i = 2; i <= NF; i++)
					if ($i == object) {
						sub(/^[^(]*\(/, "")
						sub(/\).*/, "")
						print
						exit
					}
			}')
		[ -n "$option" ] && ! grep -q "^$option=[ym]" "$output/.config" ||
			echo "$dir/$object"
	done
}

# compile SOURCE OUTPUT OBJECT...: its messages, without line numbers, which the hooks
# move
compile()
{
	local from=$1 to=$2

	shift 2
	kmake "$from" "$to" -k W=1 "$@" 2>&1 |
		sed -E 's/^[^ ]*linux(-plain)?\///; s/:[0-9]+(:[0-9]+)?:/:/' || true
}

# Quotes of the source around a warning are not warnings.
warnings()
{
	grep -E '(warning|error): |\*\*\*|undefined' | sort -u || true
}

# compiles LINE...: as configured by these lines
compiles()
{
	local said wanted

	mapfile -t wanted < <(objects)
	rm -rf "$output/mm/gup_mirror"
	rm -f "${wanted[@]/#/$output/}"
	compile "$tree" "$output" mm/gup_mirror/ "${wanted[@]}" > "$output/said"
	said=$(warnings < "$output/said")
	if [ -n "$said" ]; then
		"$top/tools/vm/unpack-source" "$plain" > /dev/null
		configure "$plain" "$output-plain" "$@" || return
		rm -f "${wanted[@]/#/$output-plain/}"
		said=$(comm -23 <(echo "$said") <(
			compile "$plain" "$output-plain" "${wanted[@]}" | warnings))
	fi
	if [ -n "$said" ]; then
		cat "$output/said"
		return 1
	fi
	(cd "$output" && ls "${wanted[@]}" mm/gup_mirror/*.o > /dev/null)
}

# compiles_with LINE...: all of which have to be in the configuration
compiles_with()
{
	configure "$tree" "$output" "$@" && has CONFIG_DEBUG_GUP_MIRROR=y "$@" && compiles "$@"
}

# row NAME LINE...
row()
{
	check "$1" compiles_with "${@:2}"
}

off()
{
	printf '# CONFIG_%s is not set\n' "$@"
}

# without NAME OPTION...: all of these off
without()
{
	local name=$1 lines

	shift
	mapfile -t lines < <(off "$@")
	row "$name" "${lines[@]}"
}

row "as it is"
row "on by default" CONFIG_DEBUG_GUP_MIRROR_DEFAULT_ON=y
row "tests built in" CONFIG_GUP_MIRROR_KUNIT_TEST=y
row "guest of Xen" CONFIG_XEN=y CONFIG_XEN_PV=y
row "frame pointers" CONFIG_UNWINDER_FRAME_POINTER=y

# What else turns these on is off as well.
modules=(MODULES)
tracing=(FTRACE TRACING TRACEPOINTS KPROBES KPROBE_EVENTS FUNCTION_TRACER
	FUNCTION_GRAPH_TRACER DYNAMIC_FTRACE FPROBE FPROBE_EVENTS)
stacks=(KALLSYMS KALLSYMS_ALL KPROBES KPROBE_EVENTS
	FTRACE FUNCTION_TRACER FUNCTION_GRAPH_TRACER DYNAMIC_FTRACE FPROBE FPROBE_EVENTS
	FAULT_INJECTION FAULT_INJECTION_DEBUG_FS FAILSLAB FAIL_PAGE_ALLOC)
debugfs=(DEBUG_FS FAULT_INJECTION_DEBUG_FS KUNIT_DEBUGFS GUP_TEST TEST_GUP_MIRROR)
kunit=(KUNIT KUNIT_DEBUGFS KUNIT_DEFAULT_ENABLED KUNIT_AUTORUN_ENABLED GUP_MIRROR_KUNIT_TEST)
smp=(SMP NUMA X86_64_ACPI_NUMA X86_X2APIC)
kaslr=(RELOCATABLE RANDOMIZE_BASE RANDOMIZE_MEMORY)
hugetlb=(HUGETLBFS HUGETLB_PAGE)
hotplug=(MEMORY_HOTPLUG MEMORY_HOTREMOVE ACPI_HOTPLUG_MEMORY ZONE_DEVICE)

without "no modules" "${modules[@]}"
without "no tracing" "${tracing[@]}"
without "no stacks but our own" "${stacks[@]}"
without "no debugfs" "${debugfs[@]}"
without "no KUnit" "${kunit[@]}"
without "one processor" "${smp[@]}"
without "no randomized addresses" "${kaslr[@]}"
without "no randomized memory" RANDOMIZE_MEMORY
without "4-level tables only" X86_5LEVEL
without "no NUMA" NUMA X86_64_ACPI_NUMA
without "no hugetlb" "${hugetlb[@]}"
without "no transparent huge pages" TRANSPARENT_HUGEPAGE
without "no memory of devices" ZONE_DEVICE
without "no memory hotplug" "${hotplug[@]}"
without "no migration" MIGRATION COMPACTION TRANSPARENT_HUGEPAGE NUMA X86_64_ACPI_NUMA \
	MEMORY_HOTREMOVE
without "no /proc" PROC_FS PROC_SYSCTL PROC_PAGE_MONITOR
without "no printk" PRINTK PRINTK_TIME LOG_BUF_SHIFT EARLY_PRINTK BUG DEBUG_BUGVERBOSE
without "none of all this" "${modules[@]}" "${tracing[@]}" "${stacks[@]}" "${debugfs[@]}" \
	"${kunit[@]}" "${smp[@]}" "${kaslr[@]}" "${hugetlb[@]}" "${hotplug[@]}" \
	TRANSPARENT_HUGEPAGE X86_5LEVEL JUMP_LABEL DEBUG_VM

# Our options, and those that something in the layer or its hooks depends on. What goes
# with others as Kconfig wants it need not come as it was thrown.
touched=(DEBUG_GUP_MIRROR_DEFAULT_ON "${modules[@]}" MODULE_UNLOAD FTRACE FUNCTION_TRACER
	FUNCTION_GRAPH_TRACER KPROBES KPROBE_EVENTS FPROBE KALLSYMS DEBUG_FS KUNIT
	KUNIT_DEBUGFS FAULT_INJECTION GUP_TEST SMP NUMA "${kaslr[@]}" X86_5LEVEL HUGETLBFS
	HUGETLB_PAGE_OPTIMIZE_VMEMMAP TRANSPARENT_HUGEPAGE ZONE_DEVICE DEVICE_PRIVATE
	MEMORY_HOTPLUG MEMORY_HOTREMOVE MEMORY_FAILURE KSM SWAP CMA COMPACTION MIGRATION
	PAGE_OWNER PAGE_TABLE_CHECK DEBUG_PAGEALLOC DEBUG_VM DEBUG_VM_PGFLAGS PROVE_LOCKING
	KASAN JUMP_LABEL PREEMPT_RT CGROUPS MEMCG SECRETMEM SHMEM MEMFD_CREATE PROC_FS XEN
	XEN_PV CC_OPTIMIZE_FOR_SIZE IOMMU_SUPPORT IOMMUFD IOMMUFD_TEST)

# thrown NUMBER: a line for each of them
thrown()
{
	printf '%s\n' "${touched[@]}" | awk -v seed="$((seed + $1))" '
		BEGIN { srand(seed) }
		{ print rand() < 0.5 ? "CONFIG_" $0 "=y" : "# CONFIG_" $0 " is not set" }'
}

# compiles_thrown NUMBER
compiles_thrown()
{
	local lines

	mapfile -t lines < <(thrown "$1")
	printf '%s\n' "${lines[@]}"
	configure "$tree" "$output" "${lines[@]}" && has CONFIG_DEBUG_GUP_MIRROR=y &&
		compiles "${lines[@]}"
}

echo "# seed $seed"
for ((i = 1; i <= configs; i++)); do
	check "random configuration $i of seed $seed" compiles_thrown "$i"
done

tap_done
