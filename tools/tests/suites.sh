# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Tests that run in a virtual machine, for the kernels that they run on; to be
# sourced after vm.sh. Each function boots once and forwards all results.
#
# $top is set there, and $results by vm().
# shellcheck disable=SC2154

# forward PROGRAM FILE: what a program prints ahead of a result explains it, and
# is shown with it if it failed, or always if $forward_all is set
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
			[ -z "${forward_all:-}" ] || echo "# ${line#\# }"
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

# kselftest_suite NAME BOOT-OPTION...: all programs of the selftests
kselftest_suite()
{
	local name=$1 programs=0 file

	shift
	# The exit status of the programs is that of their tests, which are
	# looked at one by one.
	vm "$name" --append gup_mirror=all "$@" -- "$top/tools/tests/guest/kselftest"
	for file in "$results"/*.tap; do
		[ -e "$file" ] || continue
		programs=$((programs + 1))
		forward "$name: $(basename "$file" .tap)" "$file"
	done
	check "$name: there are selftests" test "$programs" -gt 0
	no_trouble "$name"
}

# kunit_suite NAME BOOT-OPTION...: the KUnit tests, by loading their module
kunit_suite()
{
	local name=$1 ran=0 said='' file suite line title

	shift
	if [ "$KVER" = 6.1 ]; then
		skip "$name" "the KUnit of Linux 6.1 lacks what the tests need"
		return
	fi
	# Part of the memory is where no page may stay for long.
	vm "$name" --append "gup_mirror=all movablecore=512M" "$@" -- \
		"$top/tools/tests/guest/kunit"

	# Each case is a line indented by four, what it said is in lines before
	# that. Parameters of a case are indented further; they decide its result.
	for file in "$results"/kunit.*; do
		[ -e "$file" ] || continue
		suite="$name: ${file##*/kunit.}"
		while IFS= read -r line; do
			title=$(sed -E 's/^ *(not )?ok [0-9]+ (- )?//; s/ # SKIP.*//' <<< "$line")
			case $line in
			'    ok '*' # SKIP'*)
				skip "$suite: $title" "${line##* # SKIP }" ;;
			'    ok '*)
				pass "$suite: $title"
				ran=$((ran + 1)) ;;
			'    not ok '*)
				fail "$suite: $title" "$said"
				ran=$((ran + 1)) ;;
			*)
				said+=$line$'\n'
				continue ;;
			esac
			said=
		done < "$file"
	done

	if [ "$ran" -gt 0 ]; then
		pass "$name: some KUnit case ran"
	else
		fail "$name: some KUnit case ran" "no results of gup_mirror_kunit.ko"
	fi
}

# in_file PATTERN FILE
in_file()
{
	grep -qE -- "$1" "$2" || {
		echo "no line in $2 matches: $1"
		grep -E 'gup_mirror:|^mode|^enabled|^put|^unpin' "$2" || true
		return 1
	}
}

# says NAME PATTERN: in the kernel's messages
says()
{
	check "$1: the kernel says: $2" in_file "$2" "$results/dmesg"
}

# counts NAME WHEN COUNT...: one for each class, in the order of $classes; the
# last of these is not a class, but those that a filter kept back
classes=(put-on-pin unpin-on-get double-unpin unpin-unpinned free-while-pinned
	lost-pin leak-at-unload double-put filtered)
counts()
{
	local name=$1 when=$2 file=$results/summary class

	shift 2
	[ "$when" != right ] || file=$file.right
	for class in "${classes[@]}"; do
		check "$name, after $when programs: $class: $1" \
			in_file "^$class: $1\$" "$file"
		shift
	done
}

# reports NAME NUMBER
reports()
{
	local seen

	seen=$(grep -c 'BUG: GUP-MIRROR: ' "$results/dmesg" || true)
	check "$1: $2 reports in the kernel's messages" test "$seen" -eq "$2"
}

# all_checked NAME BOOT-OPTION...: a boot with everything on
all_checked()
{
	local name=$1

	shift
	vm "$name" --append gup_mirror=all "$@" -- "$top/tools/tests/guest/boot"
	says "$name" 'gup_mirror: mode all, [1-9][0-9]* views'
	counts "$name" right 0 0 0 0 0 0 0 0 0
	counts "$name" wrong 3 1 1 1 1 1 1 1 0
	reports "$name" 8
	no_trouble "$name"
}

# torture_suite NAME SCRIPT SEED SECONDS SECONDS-OF-A-ROUND BOOT-OPTION...: the
# torture test, which fails with its seed. It is strict: while other tasks hold
# references to a page, a put on its pins is a possible one, and then the totals
# cannot be exact.
torture_suite()
{
	local name=$1 script=$2 seed=$3 seconds=$4 round=$5

	shift 5
	echo "# $name: seed $seed, $seconds seconds"
	# What is in the log says whether the kernel complained.
	vm "$name" --append log_buf_len=16M --append gup_mirror.strict=1 \
		--timeout $((seconds * 3 + 600)) "$@" -- \
		"$top/tools/tests/guest/$script" "$seed" "$seconds" "$round"
	if [ -e "$results/torture.tap" ]; then
		forward "$name, seed $seed" "$results/torture.tap"
	else
		fail "$name, seed $seed: no results"
	fi
}
