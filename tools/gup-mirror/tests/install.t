#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# make install, and whether what it has put there works and is described.

set -euo pipefail
. "$(dirname "$0")/lib.sh"

root=$work/root
share=$root/usr/share
installed=$root/usr/bin/gup-mirror

# What is built is only copied; this may be called by make, too.
if ! said=$(env -u MAKEFLAGS -u MAKELEVEL make -s -C "$tests/.." "O=$build" \
	install "DESTDIR=$root" prefix=/usr 2>&1); then
	fail "make install" "$said"
	tap_done
	exit
fi
is "make install says nothing" "" "$said"

mapfile -t commands < <("$installed" --help | sed '1,/^Commands:/d' |
	awk '{ print $1 }')
is "there are commands" run "${commands[0]}"

# Nothing but these.
pages=(gup-mirror.1 "${commands[@]/#/gup-mirror-}")
pages=("${pages[0]}" "${pages[@]/%/.1}")
unset 'pages[1]'
is "files" "$({
	echo "755 usr/bin/gup-mirror"
	echo "644 usr/share/bash-completion/completions/gup-mirror"
	echo "644 usr/share/gup-mirror/facts.cocci"
	echo "644 usr/share/gup-mirror/gup-mirror.schema.json"
	echo "644 usr/share/gup-mirror/leaks.cocci"
	echo "644 usr/share/gup-mirror/paths.cocci"
	echo "644 usr/share/man/man5/gup-mirror-json.5"
	printf '644 usr/share/man/man1/%s\n' "${pages[@]}"
} | sort)" "$(cd "$root" && find . -type f -printf '%m %P\n' | sort)"

# The program
is "the program runs" "$("$gup_mirror" --version)" "$("$installed" --version)"
status=0
"$installed" report "$data/demo" > "$work/out" 2>&1 || status=$?
is "and makes a report" "0 GUP mirror:" "$status $(head -c 11 "$work/out")"

if command -v spatch > /dev/null; then
	status=0
	said=$("$installed" audit "$tests/audit/wrong" 2>&1) || status=$?
	matches "audit finds what it finds" '^121 .*4 wrong, ' "$status $said"
	# With the rules that were installed, not those beside its source.
	echo "@broken" > "$share/gup-mirror/facts.cocci"
	refuses "and has its own rules" "spatch failed" \
		"$installed" audit "$tests/audit/wrong"
	ln -s "$installed" "$work/link"
	refuses "also through a symbolic link" "spatch failed" \
		"$work/link" audit "$tests/audit/wrong"
else
	skip "audit" "coccinelle is not installed"
fi

if [ -r /usr/share/bash-completion/bash_completion ]; then
	# Found by the name of the command, as bash does when it is first needed.
	is "completion is found" "complete -F _gup_mirror gup-mirror" \
		"$(XDG_DATA_DIRS=$share bash --norc -c '
			. /usr/share/bash-completion/bash_completion
			_completion_loader gup-mirror
			complete -p gup-mirror' 2>&1 | tail -1)"
else
	skip "completion is found" "bash-completion is not installed"
fi

# Manual pages. On a system without them, groff may be all the same.
if ! command -v groff > /dev/null; then
	skip "manual pages" "groff is not installed"
	tap_done
	exit
fi

# read_page FILE: as text without hyphens in words, in one line
read_page()
{
	{
		echo ".hy 0"
		cat "$1"
	} | GROFF_NO_SGR=1 groff -man -Tutf8 -P-cbou -rHY=0 -rLL=500n 2>&1 |
		tr -s ' \n' ' '
}

for page in "$share"/man/man?/*; do
	name=$(basename "$page")
	is "$name: no warning" "" "$(groff -ww -man -Tutf8 -z "$page" 2>&1)"
	text=$(read_page "$page")
	matches "$name: has a title" "NAME ${name%.?} - [A-Za-z]" "${text//‐/-}"
	# Those it refers to must be there.
	missing=
	while read -r other section; do
		[ -f "$share/man/man$section/$other.$section" ] ||
			missing+=" $other($section)"
	done < <(grep -oE 'gup-mirror(-[a-z]+)?\([1-8]\)' <<< "${text//‐/-}" |
		sort -u | tr '()' '  ')
	is "$name: other pages that it names are there" "" "$missing"
done

# options: reads lists like "-o, --output=FILE; --other   what they do", prints
# "--output FILE", one a line
options()
{
	python3 -c '
import re, sys
option = r"(--?[A-Za-z?][a-z-]*)(?:[ =]([A-Z]+)(?![a-z]))?"
for line in sys.stdin:
    found = re.match(r" +(%s(?:[,;] %s)*)(?: |$)" % (option, option), line)
    if found:
        words = re.findall(option, found[1])
        for name, wanted in words:
            print(name, wanted or words[-1][1])' | sed 's/ $//' | sort -u
}

# described NAME HELP: the page has the same options
described()
{
	is "$1.1 describes each option" "$(options <<< "$2")" \
		"$(GROFF_NO_SGR=1 groff -man -Tascii -P-cbou -rLL=100n \
			"$share/man/man1/$1.1" | sed -n '/^OPTIONS/,/^[A-Z]/p' |
			options | grep -vFx -e "${3:-none}")"
}

main=$(read_page "$share/man/man1/gup-mirror.1")
main=${main//‐/-}
common=$("$installed" --help)
described gup-mirror "$common"
common=$(grep '^ *-' <<< "$common")
for command in "${commands[@]}"; do
	# What all have, a page need not have.
	described "gup-mirror-$command" "$("$installed" "$command" --help |
		grep -vFx -e "$common")" "$(options <<< "$common")"
	matches "gup-mirror.1 names $command" "gup-mirror-$command\(1\)" \
		"$main"
done

tap_done
