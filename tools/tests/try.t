#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/integrate --try, on a tree that has only the files with hooks, and
# says that it is of a version that nobody knows.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"
export LC_ALL=C

"$top/tools/vm/unpack-source" "$build/linux" > /dev/null
"$top/tools/integrate" "$build/linux" > /dev/null

work=$(mktemp -d "$build/try.XXXXXX")
trap 'rm -rf "$work"' EXIT
# A name that a careless script would trip over
tree="$work/a tree"
export TMPDIR=$work/tmp
mkdir "$TMPDIR"

# A project whose newest column is that of $KVER
project=$work/project
mkdir -p "$project/tools"
cp -rp "$top"/tools/integrate* "$project/tools"
cp -rp "$top"/{Kconfig.snippet,documentation,include,mm-debug,selftests,tracepoints} "$project"
awk -F '\t+' -v OFS='\t' -v kver="$KVER" '
	/^#/ || !NF { print; next }
	!column { for (column = 3; $column != kver; column++); }
	{ print $1, $2, $column }' "$top/mm-debug/hooks/targets" > "$project/mm-debug/hooks/targets"

new_tree()
{
	rm -rf "$tree"
	mkdir "$tree"
	cp -r "$build/linux/.gup-mirror/orig/." "$tree"
	sed -i 's/^VERSION = .*/VERSION = 99/' "$tree/Makefile"
}

# state: names, modes, times and contents of all files in the tree
state()
{
	(cd "$tree" && find . -type f -printf '%P %m %T@\n' | sort &&
		find . -type f -print0 | sort -z | xargs -0 sha256sum)
}

# try STATUS PATTERN...: exits with that, says all of these, and changes nothing
try()
{
	local status=0 wanted=$1 before problem='' pattern

	shift
	before=$(state)
	"$project/tools/integrate" --try "$tree" > "$work/said" 2>&1 || status=$?
	[ "$status" -eq "$wanted" ] || problem+="it exits with $status"$'\n'
	for pattern; do
		grep -qE -- "$pattern" "$work/said" || problem+="it does not say: $pattern"$'\n'
	done
	[ "$before" = "$(state)" ] || problem+="it changed the tree"$'\n'
	[ -z "$(ls "$TMPDIR")" ] || problem+="it left $(ls "$TMPDIR") behind"$'\n'
	[ -n "$problem" ] || return 0
	echo "$problem$(cat "$work/said")"
	return 1
}

new_tree
check "hooks that fit" try 0 "^integrate: all [0-9]+ rows of .* fit Linux 99\.[0-9.]+ in .*/a tree as they fit $KVER; nothing was changed$"

lru=mm/swap.c
[ -e "$tree/$lru" ] || lru=mm/folio.c
mv "$tree/$lru" "$tree/mm/lru.c"
sed -i 's/\bunpin_user_pages(/unpin_pages(/' "$tree/mm/gup.c"
sed -i '/PAGE_TABLE_CHECK/d' "$tree/mm/Makefile"
printf '\nconfig PAGE_POISONING\n' >> "$tree/mm/Kconfig.debug"
check "files and functions that are not where they were" try 1 \
	'^rule put-page, file mm/swap\.c.*: wanted 1 hooks and 1 #includes, found 0 and 0$' \
	$'^\tno such file$' \
	$'^\tlook at: release_pages\(\), which is in mm/lru\.c:[0-9]+$' \
	'^rule gup-release, file mm/gup\.c: wanted [0-9]+ hooks and 0 #includes, found [0-9]+ and 0$' \
	$'^\tfits: mm/gup\.c:[0-9]+: .*gup_mirror_' \
	$'^\tgone: unpin_user_pages\(\)$' \
	'^rule lines, file mm/Makefile: wanted 1 hooks and 0 #includes, found 0 and 0$' \
	$'^\tnot there once: "obj-.*PAGE_TABLE_CHECK.*"; look at: nowhere$' \
	$'^\tnot there once: "config PAGE_POISONING"; look at: mm/Kconfig.debug:[0-9]+ mm/Kconfig.debug:[0-9]+$' \
	'^integrate: [0-9]+ of [0-9]+ rows of .* do not fit Linux 99\.'

check "... and no other" test "$(grep -c ^rule "$work/said")" -eq \
	$((3 + $(awk -F '\t' -v file="$lru" 'index("|" $2 "|", "|" file "|") && $3 != "-"' \
		"$project/mm-debug/hooks/targets" | wc -l)))

new_tree
rule='put-folio'
path=mm/mlock.c
sed -i "s,^\($rule\t$path\)\t.*,\1\t-," "$project/mm-debug/hooks/targets"
sed -i "/^lines\t${path/\//\\/}\t/d" "$project/mm-debug/hooks/targets"
sed -i "s,^${path}$,mm/gone.c," "$project/mm-debug/hooks/lines"
printf 'lines\tmm/gone.c\t-\n' >> "$project/mm-debug/hooks/targets"
check "a hook where there was none" try 1 \
	"^rule $rule, file $path: wanted 0 hooks and 0 #includes, found [1-9]" \
	$'^\tfits: mm/mlock\.c:[0-9]+: .*gup_mirror_'
check "... and no other" test "$(grep -c ^rule "$work/said")" -eq 1

check "a tree that has GUP mirror" grep -q 'has GUP mirror in it; take it out first' <(
	"$top/tools/integrate" --try "$build/linux" 2>&1)
check "another action as well" grep -q -- '--try exclude each other' <(
	"$top/tools/integrate" --try --revert "$tree" 2>&1)

tap_done
