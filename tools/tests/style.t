#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Checks of the sources: checkpatch, sparse, compiler warnings, shellcheck, and
# licence lines.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"

cd "$top"
tree=$build/linux

# New files count too; outside git, everything counts.
files=$(git ls-files --cached --others --exclude-standard 2> /dev/null |
	while IFS= read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done)
[ -n "$files" ] || files=$(find . -name build -prune -o -type f -printf '%P\n')

# checkpatch knows what belongs where by the path, so it sees the files in the
# places of the tree that they are copied to.
"$top/tools/integrate" "$tree" > /dev/null

# checkpatch PATH: in the tree, or absolute
checkpatch()
{
	local said ignored=NONE

	case $1 in
	# The function that libFuzzer calls has a name of its own.
	*/fuzz/*)	ignored=CAMELCASE ;;
	# So have the types of libdw.
	*/debuginfo.c)	ignored=CAMELCASE ;;
	# A loop over a list names its cursor more than once.
	*/tests/ledger/kernel-list.h)
			ignored=MACRO_ARG_REUSE ;;
	esac

	# Without git: its check of licence lines looks at the wrong repository.
	# It exits with 0 if it has only remarks.
	said=$(cd "$tree" && GIT_DIR=none scripts/checkpatch.pl --strict --terse \
		--no-summary --quiet --ignore "$ignored" -f "$1" 2>&1) || true
	[ -z "$said" ] || echo "$said"
	[ -z "$said" ]
}

while IFS= read -r file; do
	check "checkpatch: $file" checkpatch "$file"
done < <(awk -F '\t' '$2 == "-" && $3 ~ /(\.[ch]|Kconfig)$/ { print $3 }' \
	"$tree/.gup-mirror/manifest")

# Those that stay here.
while IFS= read -r file; do
	case $file in
	# Inputs of the audit: as others write, which is what they are about.
	tools/gup-mirror/tests/audit/*)
		continue ;;
	tools/*.[ch])
		check "checkpatch: $file" checkpatch "$top/$file" ;;
	esac
done <<< "$files"

while IFS= read -r file; do
	case $file in
	# The parts of a command share its variables, and are checked with it.
	*.d/*.sh)
		command=${file%.d/*}
		check "shellcheck: $file, as a part of $command" grep -qxF \
			"# shellcheck source=${file#"${command%/*}"/}" "$command"
		continue ;;
	*.sh)	;;
	*)	head -n 2 "$file" | grep -qE '^#!.*\b(ba)?sh\b|^# shellcheck shell=' || continue ;;
	esac
	check "shellcheck: $file" shellcheck -x -a -P SCRIPTDIR "$file"
done <<< "$files"

missing=
while IFS= read -r file; do
	case $file in
	# Nor do recorded files and what a fuzzer has made of them.
	LICENSE|*/tests/data/*|*/fuzz/corpus/*)
		continue ;;
	esac
	head -n 2 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0' ||
		missing+="$file"$'\n'
done <<< "$files"
if [ -z "$missing" ]; then
	pass "every source file names its licence in its first two lines"
else
	fail "every source file names its licence in its first two lines" "$missing"
fi

# In a directory of its own, or else the kernel would have to be linked again.
output=$tree/.style
sparse_and_warnings()
{
	local said status=0
	local kmake=(make -s -C "$tree" "O=$output" "CC=ccache gcc" "-j$(nproc)")

	mkdir -p "$output"
	cmp -s "$build/kernel/.config" "$output/.config" ||
		cp "$build/kernel/.config" "$output/.config"
	said=$("${kmake[@]}" olddefconfig modules_prepare 2>&1) || {
		echo "$said"
		return 1
	}
	rm -rf "$output/mm/gup_mirror"
	said=$("${kmake[@]}" W=1 C=2 mm/gup_mirror/ 2>&1) || status=$?
	[ -z "$said" ] || echo "$said"
	[ "$status" -eq 0 ] && [ -z "$said" ] && [ -n "$(ls "$output"/mm/gup_mirror/*.o)" ]
}
check "sparse and W=1 have nothing to say about mm/gup_mirror/" sparse_and_warnings

tap_done
