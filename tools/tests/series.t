#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/integrate --series: git am of all patches gives what tools/integrate
# gives, each is clean, and mistakes in the table are named. That each of them compiles
# is for tools/matrix/series.t.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"
export LC_ALL=C

linux=$build/linux
with_lock "$linux.lock" "$top/tools/vm/unpack-source" "$linux" > /dev/null
with_lock "$linux.lock" "$top/tools/integrate" "$linux" > /dev/null

work=$(mktemp -d "$build/series.XXXXXX")
trap 'rm -rf "$work"' EXIT
export TMPDIR=$work/tmp
mkdir "$TMPDIR"
export GIT_AUTHOR_NAME='Some Developer' GIT_AUTHOR_EMAIL=developer@example.org
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1

# A tree that has only the files with hooks, under a name that a careless script would
# trip over, and what tools/integrate makes of it
tree="$work/a tree"
mkdir "$tree"
cp -r "$linux/.gup-mirror/orig/." "$tree"
cp -r "$tree" "$work/integrated"
(cd "$linux" && tail -n +3 .gup-mirror/manifest | cut -f 3 |
	xargs -d '\n' cp --parents -t "$work/integrated")

# A project whose table may be changed
project=$work/project
mkdir "$project"
(cd "$top" && cp -rp --parents -t "$project" Kconfig.snippet README.md documentation include \
	mm-debug selftests tools/integrate* tools/mutants/table tools/vm tracepoints)
table=$project/tools/integrate.d/series/table

# state: names, modes, times and contents of all files in the tree
state()
{
	(cd "$tree" && find . -type f -printf '%P %m %T@\n' | sort &&
		find . -type f -print0 | sort -z | xargs -0 sha256sum)
}

# writes DIR TREE: does so, and changes nothing else
writes()
{
	local before

	before=$(state)
	"$project/tools/integrate" --series "$@" || return
	[ "$before" = "$(state)" ] || {
		echo "it changed the tree"
		return 1
	}
	[ -z "$(ls "$TMPDIR")" ] || {
		echo "it left $(ls "$TMPDIR") behind"
		return 1
	}
}

# refused NAME PATTERN ARGUMENT...: one line says so, nothing is written
refused()
{
	local name=$1 pattern=$2 said status=0 problem=''

	shift 2
	said=$("$project/tools/integrate" --series "$@" 2>&1) || status=$?
	[ "$status" -ne 0 ] || problem+="it succeeded"$'\n'
	[[ $said =~ $pattern ]] || problem+="it did not say: $pattern"$'\n'
	[ "$(wc -l <<< "$said")" -eq 1 ] || problem+="it said more than one line"$'\n'
	[ ! -e "$work/refused" ] || problem+="it wrote a directory"$'\n'
	[ -z "$(ls "$TMPDIR")" ] || problem+="it left $(ls "$TMPDIR") behind"$'\n'
	if [ -z "$problem" ]; then
		pass "refused: $name"
	else
		fail "refused: $name" "$problem$said"
	fi
}

#
# The patches
#

series="$work/the series"
check 'a series for an untouched tree' writes "$series" "$tree"
mkdir "$work/again"
check 'a series for a tree that has GUP mirror, into an empty directory' \
	"$project/tools/integrate" --series "$work/again" "$linux"
# The hash in the first line, and the date
same_patches()
{
	local file

	for file in "$series"/*.patch; do
		diff <(sed '1d; /^Date: /d' "$file") <(sed '1d; /^Date: /d' "$work/again/${file##*/}")
	done
	diff <(ls "$series") <(ls "$work/again")
}
check 'which is the same' same_patches

am=$work/am
git init -q "$am"
cp -r "$tree/." "$am"
git -C "$am" add -f .
git -C "$am" commit -q -m linux

# Makefiles name no source that is not there yet.
names_what_is_there()
{
	local word

	[ -e "$am/mm/gup_mirror/Makefile" ] || return 0
	while read -r word; do
		[ -e "$am/mm/gup_mirror/${word%.o}.c" ] ||
			grep -q "^${word%.o}-y := " "$am/mm/gup_mirror/Makefile" || {
			echo "$word has no source"
			return 1
		}
	done < <(grep -oE '\b[a-z_]+\.o\b' "$am/mm/gup_mirror/Makefile" | sed 's/^CFLAGS_//')
	! grep -q 'tests/' "$am/mm/gup_mirror/Makefile" || [ -e "$am/mm/gup_mirror/tests/Makefile" ]
}

# Nor do files include a header of ours that is not there yet. It is what goes wrong
# first; whether they compile is for tools/matrix/series.t.
includes_what_is_there()
{
	local file name status=0

	while IFS=: read -r file name; do
		case $name in
		'<'*)	name=${name//[<>]}
			compgen -G "$am/include/$name" > /dev/null ||
				compgen -G "$am/arch/*/include/$name" > /dev/null && continue ;;
		*)	name=$(realpath -ms --relative-to="$am" "$am/${file%/*}/${name//\"}")
			[[ $name == mm/gup_mirror/* && ! -e $am/$name ]] || continue ;;
		esac
		echo "$file includes $name, which is not there"
		status=1
	done < <(cd "$am" && grep -roE --include='*.[ch]' \
		'^#include ("[^"]+"|<[a-z/]*(gup_mirror|put_user_page)[a-z_]*\.h>)' . |
		sed 's|^\./||; s/:#include /:/')
	return "$status"
}

# The option has to be out of reach until all is there.
selectable()
{
	grep -q 'select ARCH_SUPPORTS_GUP_MIRROR' "$am"/arch/*/Kconfig
}

patches=("$series"/0*.patch)
last=${patches[-1]##*/}
for patch in "${patches[@]:1}"; do
	name=${patch##*/}
	name=${name%.patch}
	check "$name: git am" git -C "$am" am -q "$patch"
	# Who maintains the files is not for us to say.
	check "$name: checkpatch" perl "$linux/scripts/checkpatch.pl" --root="$linux" --no-tree \
		--strict --terse --no-summary --quiet --ignore FILE_PATH_CHANGES "$patch"
	check "$name: signed off, with a message" grep -qzP \
		'\nSubject: \[PATCH [0-9]+/[0-9]+\] [^\n]+(\n [^\n]+)?\n\n[^\n]+\n(.|\n)*\nSigned-off-by: Some Developer <developer@example\.org>\n---\n' \
		"$patch"
	check "$name: Makefile" names_what_is_there
	check "$name: headers" includes_what_is_there
	if [ "$name.patch" = "$last" ]; then
		check "$name: switches it on" selectable
	elif selectable; then
		fail "$name: too early to switch it on"
	fi
done
check 'all of them make the tree that tools/integrate makes' \
	diff -r -x .git "$am" "$work/integrated"
check 'with the same modes' diff \
	<(cd "$am" && find . -path ./.git -prune -o -type f -perm /111 -print | sort) \
	<(cd "$work/integrated" && find . -type f -perm /111 -print | sort)

#
# The cover letter
#

cover=$series/0000-cover-letter.patch
check 'the cover letter has a subject' grep -q '^Subject: \[PATCH 00/[0-9]*\] mm: ' "$cover"
check 'and no word that stands for a fact' test -z "$(grep -E '@[a-z]+@' "$cover")"
# Each row of the table in README.md
figures()
{
	local line count=0

	while IFS= read -r line; do
		count=$((count + 1))
		grep -qxF -e "$line" "$cover" || {
			echo "not in it: $line"
			return 1
		}
	done < <(grep -E '^    .*( +[0-9]\.[0-9]{3}!?){4}$' "$top/README.md")
	[ "$count" -ge 9 ]
}
check 'its figures are those of README.md' figures
check 'and it names the version' grep -qx "This is for Linux $KVER\.[0-9]*\." "$cover"

#
# Mistakes
#

kept=$(cat "$table")
sed -i '/mm\/gup\.c$/d' "$table"
refused 'a file that no patch has' 'series/table: no patch has mm/gup\.c; write a row' \
	"$work/refused" "$linux"
printf '%s\ngup\t\tmm/gone.c\n' "$kept" > "$table"
refused 'a row for a file that is not there' \
	'series/table: mm/gone\.c, in gup, is no file of GUP mirror; remove the row' \
	"$work/refused" "$linux"
printf '%s\ngup\t\tmm/gup_mirror/views.c\n' "$kept" > "$table"
refused 'two patches for one file' \
	'series/table: mm/gup_mirror/views\.c is in views and in gup; remove one' \
	"$work/refused" "$linux"
echo "${kept//$'\n'gup$'\t'/$'\n'guup$'\t'}" > "$table"
refused 'a patch without a message' \
	'series/table: patch guup has no message; write tools/integrate\.d/series/guup\.txt' \
	"$work/refused" "$linux"
echo "$kept" > "$table"
touch "$project/tools/integrate.d/series/more.txt"
refused 'a message without a patch' 'series/more\.txt is of no patch in .*series/table' \
	"$work/refused" "$linux"
rm "$project/tools/integrate.d/series/more.txt"
sed -i '/sample: bench ratios/d' "$project/README.md"
refused 'no figures' 'README\.md has no sample "bench ratios" for the cover letter' \
	"$work/refused" "$linux"
cp "$top/README.md" "$project"
echo 'obj-y += gone.o' >> "$project/mm-debug/Makefile"
refused 'an object without a source' \
	'mm/gup_mirror/Makefile never comes: it names an object' "$work/refused" "$linux"
cp "$top/mm-debug/Makefile" "$project/mm-debug"

refused 'no directory' '--series needs the name of a directory'
refused 'no tree' 'which tree\?' "$work/refused"
refused 'a directory that has something in it' \
	'the series is there; --series needs the name of a new or an empty directory' \
	"$series" "$linux"
refused 'a file' 'Makefile is there; --series needs the name of a new' \
	"$linux/Makefile" "$linux"
refused 'a directory in one that is not there' 'cannot write to /nonexistent' \
	/nonexistent/series "$linux"
refused 'another action as well' '--series, --audit and --try exclude each other' \
	"$work/refused" --patch x "$linux"
GIT_AUTHOR_NAME='' GIT_AUTHOR_EMAIL='' refused 'a series from nobody' \
	'git does not know who sends the patch' "$work/refused" "$linux"

tap_done
