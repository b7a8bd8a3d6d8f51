#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Checks of the documentation: it can be read by the tools that the kernel's
# documentation is made with, and has every name that users meet.

set -euo pipefail
. "$(dirname "$0")/tap.sh"

cd "$(dirname "$0")/../.."
top=$PWD
tree=$top/build/linux
rst=documentation/dev-tools/gup-mirror.rst
abi=documentation/ABI/testing/debugfs-gup-mirror
parameters=mm-debug/hooks/lines
# A name as README has it
quoted=$'\x60NAME\x60'

"$top/tools/integrate" "$tree" > /dev/null

# reads_well FILE: docutils has nothing to say; kernel-doc and references to
# labels are for Sphinx.
reads_well()
{
	local said

	said=$(sed '/^\.\. kernel-doc::/d; s/:ref:\x60/\x60/' "$1" |
		rst2html --report=2 --halt=5 - /dev/null 2>&1) || true
	[ -z "$said" ] || echo "$said"
	[ -z "$said" ]
}
check "$rst is valid" reads_well "$rst"

abi_reads_well()
{
	local said

	said=$("$tree/scripts/get_abi.pl" --dir "$top/documentation/ABI" validate 2>&1) || true
	[ -z "$said" ] || echo "$said"
	[ -z "$said" ] && "$tree/scripts/get_abi.pl" --dir "$top/documentation/ABI" rest \
		> "$top/build/abi.rst" && reads_well "$top/build/abi.rst"
}
check "$abi is valid" abi_reads_well

# Those that the document includes have to be there.
included()
{
	local file status=0

	while IFS= read -r file; do
		[ -e "$tree/$file" ] || {
			echo "$file is not in the tree"
			status=1
		}
	done < <(sed -n 's/^\.\. kernel-doc:: //p' "$rst"
		grep -oE 'Documentation/[a-zA-Z0-9/_.-]+[a-z]' "$rst")
	return "$status"
}
check "what $rst refers to is there" included

kernel_doc()
{
	local said

	said=$(cd "$tree" && scripts/kernel-doc -none -Wall "$1" 2>&1) || true
	[ -z "$said" ] || echo "$said"
	[ -z "$said" ]
}
while IFS= read -r file; do
	check "kernel-doc: $file" kernel_doc "$file"
done < <(awk -F '\t' '$2 == "-" && $3 ~ /^(include|mm)\/.*\.[ch]$/ { print $3 }' \
	"$tree/.gup-mirror/manifest")

# documented WHAT PATTERN FILE...: each name that is read, one a line, is in all
# of the files, in the form that PATTERN gives it, NAME standing for it
documented()
{
	local what=$1 pattern=$2 name file missing='' count=0 how=-F

	shift 2
	# An entry of a list is a line of its own.
	[[ $pattern != $'\t'* ]] || how=-Fx
	while IFS= read -r name; do
		count=$((count + 1))
		for file; do
			grep -q "$how" -e "${pattern//NAME/$name}" -- "$file" ||
				missing+="$name is not in $file"$'\n'
		done
	done
	if [ "$count" -gt 0 ] && [ -z "$missing" ]; then
		pass "$what: all $count are documented"
	else
		fail "$what: all $count are documented" "$missing"
	fi
}

# "[GUP_MIRROR_X] = "name"," of an array
names_of()
{
	sed -n "/^const char \* const $1\[/,/^};/s/.*= \"\(.*\)\",/\1/p" mm-debug/core.c
}

files_in_debugfs()
{
	sed -n 's/.*debugfs_create_file("\([a-z]*\)".*/\1/p' mm-debug/debugfs.c
}

documented 'files in debugfs' '/sys/kernel/debug/gup_mirror/NAME' "$abi" < <(files_in_debugfs)
documented 'files in debugfs' "$quoted" README.md < <(files_in_debugfs)
documented 'keys of summary' $'\t\tNAME' "$abi" < <(
	sed -n '/^static int summary_show/,/^}/s/.*"\([a-z_]*\): %.*/\1/p' mm-debug/debugfs.c |
		grep -v '^views_')
documented 'keys of outstanding and ages' 'NAME=' "$abi" < <(
	grep -hoE '[a-z_]+=%' mm-debug/groups.c mm-debug/ages.c | sort -u | tr -d '=%')
documented 'columns of sites' $'\t\tNAME' "$abi" < <(
	sed -n 's/.*"# \(kind .*\)\\n".*/\1/p' mm-debug/sites.c | tr ' ' '\n')
documented 'versions of tables' '"NAME"' "$abi" < <(
	sed -n 's/.*"\(gup_mirror [a-z]* - version: [0-9]*\)\\n".*/\1/p' mm-debug/*.c)
documented 'classes of violations' NAME "$abi" < <(names_of gup_mirror_class_names)
documented 'classes of violations' '**NAME**' "$rst" README.md < <(names_of gup_mirror_class_names)
documented 'samples of reports' 'BUG: GUP-MIRROR: NAME in ' "$rst" README.md < <(
	names_of gup_mirror_class_names)
documented 'words of the boot parameter' "$quoted" README.md < <(
	sed -n 's/.*known are \(.*\)\\n.*/\1/p' mm-debug/core.c | sed 's/, /\n/g')
documented 'words of the boot parameter' 'NAME' "$parameters" < <(
	sed -n 's/.*known are \(.*\)\\n.*/\1/p' mm-debug/core.c | sed 's/, /\n/g')
documented 'other parameters' 'gup_mirror.NAME' "$parameters" "$rst" README.md < <(
	sed -nE 's/^module_param_(cb|named)\(([a-z_]*),.*/\2/p' mm-debug/*.c)
documented 'trace events' "${quoted/NAME/gup_mirror:NAME}" README.md < <(
	sed -n 's/^TRACE_EVENT(\(.*\),/\1/p' tracepoints/gup_mirror.h)
documented 'sizes of structures' ' NAME bytes' "$rst" README.md < <(
	sed -nE 's/^static_assert\(sizeof\(struct .*\) == ([0-9]+)\);/\1/p' mm-debug/*.[ch])

tap_done
