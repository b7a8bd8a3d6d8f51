#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Checks of the documentation: it can be read by the tools that the kernel's
# documentation is made with, and has every name that users meet.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"

cd "$top"
tree=$build/linux
rst=documentation/dev-tools/gup-mirror.rst
abi=documentation/ABI/testing/debugfs-gup-mirror
parameters=mm-debug/hooks/lines
pages=(README.md documentation/*.md)
# A name as reStructuredText has it
quoted=$'\x60\x60NAME\x60\x60'

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
	local said get_abi=$tree/tools/docs/get_abi.py

	[ -e "$get_abi" ] || get_abi=$tree/scripts/get_abi.pl
	said=$("$get_abi" --dir "$top/documentation/ABI" validate 2>&1) || true
	[ -z "$said" ] || echo "$said"
	[ -z "$said" ] && "$get_abi" --dir "$top/documentation/ABI" rest \
		> "$build/abi.rst" && reads_well "$build/abi.rst"
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

# Links lead to files that are there, and to headings in them.
links()
{
	local page link file heading status=0

	for page in "${pages[@]}"; do
		while IFS= read -r link; do
			file=${page%"${page##*/}"}${link%%#*}
			[[ $link != "#"* ]] || file=$page
			[ -e "$file" ] || {
				echo "$page: $link is not there"
				status=1
				continue
			}
			[[ $link == *#* ]] || continue
			heading=${link#*#}
			sed 's/^##* //' "$file" | tr 'A-Z ' 'a-z-' | tr -d '?' |
				grep -x -e "$heading" > /dev/null || {
				echo "$page: $file has no heading $heading"
				status=1
			}
		done < <(grep -oE '\]\([^):]+\)' "$page" | sed 's/^](//; s/)$//')
	done
	return "$status"
}
check "links in ${pages[*]}" links

# What the documents tell to run, or name as a file of the project
commands()
{
	local name kernel status=0

	# What is done in the tree of a kernel
	kernel=$(make -s -C "$tree" help)
	while IFS= read -r name; do
		grep -qE "^([a-z-]+ )*${name}[ :]" Makefile ||
			grep -qE "^  $name\s+- " <<< "$kernel" || {
			echo "make $name: there is no such target"
			status=1
		}
	done < <(grep -ohE '\bmake [a-z]+(-[a-z]+)*\b' "${pages[@]}" | sed 's/^make //' | sort -u)
	while IFS= read -r name; do
		[ -e "$name" ] || {
			echo "$name is not there"
			status=1
		}
	done < <(grep -ohE '(\x60|^    |-C )(tools|mm-debug)/[a-z0-9/.-]*' "${pages[@]}" |
		sed 's/^.*[^a-z]\(tools\|mm-debug\)/\1/' | grep -v '^tools/testing/' | sort -u)
	return "$status"
}
check "commands and files that ${pages[*]} name" commands

# A mutant may have several lines there.
check "the number of mutants is right" grep -qw \
	"$(awk '!/^#/ && NF && !seen[$1]++ { n++ } END { print n " mutants" }' tools/mutants/table)" \
	documentation/tests.md

# "[GUP_MIRROR_X] = "name"," of an array
names_of()
{
	sed -n "/^const char \* const $1\[/,/^};/s/.*= \"\(.*\)\",/\1/p" mm-debug/config.c
}

files_in_debugfs()
{
	sed -n 's/.*debugfs_create_file("\([a-z]*\)".*/\1/p' mm-debug/debugfs.c
}

# Their names are in a function call each, or in front of a colon.
keys_of_summary()
{
	sed -nE '/^static int summary_show/,/^}/{
		s/.*show(_counter)?\(m, "([a-z_]*)".*/\2/p
		s/.*seq_printf\(m, "([a-z_]*): .*/\1/p
	}' mm-debug/debugfs.c
}

# Those that say how far the others can be trusted
counters_of_trust()
{
	keys_of_summary | grep -E '(^|_)lost$|^overflow$|^untracked$|^inconsistent$'
}

# What is before a place or a number, and the titles of stacks
lines_of_violations()
{
	sed -nE 's/.*"  ([a-z][a-z, %]*( by|:)[^"\\]*).*/\1/p' mm-debug/violations.c |
		sed 's/%u/<n>/; s/ $//' | sort -u
	grep -oE '"(acquired|released|released before|also held)"' mm-debug/violations.c |
		sed 's/"//g; s/$/ by/'
}

# Fields of the events, in the order in which they are printed
fields_of_events()
{
	sed -n 's/.*TP_printk("\(.*\)",/\1/p' tracepoints/gup_mirror.h | tr ' ' '\n' |
		sed 's/=.*//' | sort -u
}

words_of_parameter()
{
	sed -n 's/.*known are \(.*\)\\n.*/\1/p' mm-debug/config.c | sed 's/, /\n/g'
}

documented 'files in debugfs' '/sys/kernel/debug/gup_mirror/NAME' "$abi" < <(files_in_debugfs)
documented 'files in debugfs' "$quoted" "$rst" < <(files_in_debugfs)
documented 'keys of summary' $'\t\tNAME' "$abi" < <(keys_of_summary | grep -v '^views_')
documented 'counters that should be 0' "* - $quoted" "$rst" < <(counters_of_trust)
documented 'keys of outstanding and ages' 'NAME=' "$abi" < <(
	grep -ohE '[a-z_]+=%' mm-debug/outstanding.c | sort -u | tr -d '=%')
documented 'columns of sites' $'\t\tNAME' "$abi" < <(
	sed -n 's/.*"# \(kind .*\)\\n".*/\1/p' mm-debug/sites.c | tr ' ' '\n')
documented 'lines of violations' 'NAME' "$abi" < <(lines_of_violations)
documented 'versions of tables' '"NAME"' "$abi" < <(
	sed -n 's/.*"\(gup_mirror [a-z]* - version: [0-9]*\)\\n".*/\1/p' mm-debug/*.c)

# A sample is of a table as it is now.
samples_are_of_today()
{
	local line status=0

	while IFS= read -r line; do
		grep -qF "\"$line\\n\"" mm-debug/*.c || {
			echo "$line: tools/samples brings it up to date"
			status=1
		}
	done < <(grep -ohE '^    gup_mirror [a-z]+ - version: [0-9]+$' "$rst" "${pages[@]}" |
		sed 's/^ *//' | sort -u)
	return "$status"
}
check "samples of tables are of today's version" samples_are_of_today

documented 'classes of violations' NAME "$abi" < <(names_of gup_mirror_class_names)
documented 'classes of violations' '**NAME**' "$rst" README.md < <(names_of gup_mirror_class_names)
documented 'samples of reports' 'BUG: GUP-MIRROR: NAME in ' "$rst" < <(
	names_of gup_mirror_class_names)
documented 'words of the boot parameter' 'NAME' "$parameters" < <(words_of_parameter)
documented 'other parameters' 'gup_mirror.NAME' "$parameters" "$rst" < <(
	sed -nE 's/^module_param_(cb|named)\(([a-z_]*),.*/\2/p' mm-debug/*.c)
documented 'trace events' "${quoted/NAME/gup_mirror:NAME}" "$rst" < <(
	sed -n 's/^TRACE_EVENT(\(.*\),/\1/p' tracepoints/gup_mirror.h)
documented 'fields of trace events' "$quoted" "$rst" < <(fields_of_events)
documented 'sizes of structures' ' NAME bytes' "$rst" < <(
	sed -nE 's/^static_assert\(sizeof\(struct .*\) == ([0-9]+)\);/\1/p' mm-debug/*.[ch])
documented 'titles of stacks in reports' "$quoted" "$rst" < <(
	sed -nE 's/.*"(Acquired[^"]*)".*/\1/p' mm-debug/report.c |
		sed 's/%u stacks/N stacks/; /%u/d' | sort -u)

documented 'files of the layer' "$quoted" "$rst" < <(
	cd mm-debug && printf '%s\n' *.c)

tap_done
