#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Which part of a report is shown: --sort, --limit, --module, and the columns of text.

set -euo pipefail
. "$(dirname "$0")/lib.sh"

demo=$data/demo
report=("$gup_mirror" report)

# sites EXPRESSION [OPTION...]: what JSON has of each site
sites()
{
	"${report[@]}" --json - "${@:2}" "$demo" | python3 -c '
import json, sys
r = json.load(sys.stdin)
print(*(eval(sys.argv[1]) for s in r["sites"]))' "$1"
}

# descending KEY EXPRESSION: sites have that order, and all are there
descending()
{
	is "--sort $1" "$(sites "$2" | tr ' ' '\n' | sort -rn | paste -sd ' ')" \
		"$(sites "$2" --sort "$1")"
}

descending held 's.get("held", 0)'
descending most 's.get("most", 0)'
descending calls 's["calls"]'
descending pages 's["pages"]'
descending wrong 's["wrong"]'
descending overlong 's.get("overlong", 0)'
descending time 'max([int(k) + 1 for k in s.get("hold_ms", {})] or [0])'
is "--sort name" "$(sites 's["place"].split(" ")[0]' | tr ' ' '\n' | LC_ALL=C sort | paste -sd ' ')" \
	"$(sites 's["place"].split(" ")[0]' --sort name)"
is "keys are those that help names" "$("${report[@]}" --help | tr -s '\n ' ' ' |
	sed 's/.*what comes first: \([a-z, ]*\), or the name .*/\1/')" \
	"$("${report[@]}" --sort x y 2>&1 | sed 's/.*one of \(.*\), name;.*/\1/')"

# rows TITLE [OPTION...]: of a table of text, to the empty line
rows()
{
	"${report[@]}" --width 200 "${@:2}" "$demo" | awk -v title="$1" '
		$0 == title { on = 1; getline; next }
		on && !$0 { exit }
		on { print }'
}

is "--limit: rows" 3 "$(rows "Pins by call site" --limit 2 | wc -l)"
is "--limit: the first ones" "$(rows "Pins by call site" | head -2)" \
	"$(rows "Pins by call site" --limit 2 | head -2)"
is "--limit: how many more" "and 5 more call sites" \
	"$(rows "Pins by call site" --limit 2 | tail -1)"
is "--limit: one more" "and 1 more call site" "$(rows "Gets by call site" --limit 5 | tail -1)"
is "--limit: as many as there are" "$(rows "Gets by call site")" \
	"$(rows "Gets by call site" --limit 6)"
is "--limit: violations" "1 and 5 more sorts" "$("${report[@]}" --limit 1 "$demo" |
	sed -n '/^Violations/,$p' | grep -cE '^[a-z-]+: [0-9]+ time') $(
	"${report[@]}" --limit 1 "$demo" | grep 'more sort')"
is "--limit: JSON has all" 13 "$(sites 1 --limit 1 | wc -w)"
"${report[@]}" --limit 3 --html "$work/page.html" "$demo"
is "--limit: a page" "and 4 more call sites
and 10 more call sites" "$(grep -o 'and [0-9]* more call site[s]*' "$work/page.html")"

# The sites of other modules are gone, and so is what is wrong with their pages.
is "--module: sites" \
	"$(sites 's["place"]' | grep -o '[^ ]* \[test_gup_mirror\]' | sort | paste -sd ' ')" \
	"$(sites 's["place"]' --module test_gup_mirror | grep -o '[^ ]* \[[^ ]*\]' | sort | paste -sd ' ')"
is "--module: a pattern" "$(sites 's["place"]' --module test_gup_mirror)" \
	"$(sites 's["place"]' --module 'test_*')"
is "--module: one that is not there" "" "$(sites 's["place"]' --module none)"
status=0
"${report[@]}" --fail-on violation,leak --module none "$demo" > "$work/out" || status=$?
is "--module: nothing else counts" "0 No violations." "$status $(tail -1 "$work/out")"
status=0
"${report[@]}" --fail-on violation --module test_gup_mirror "$demo" > "$work/out" || status=$?
is "--module: its own does" 121 "$status"
"${report[@]}" --module test_gup_mirror --json "$work/part.json" "$demo"
valid "--module" "$work/part.json"

# Also of what was got for it, and perhaps not put.
with_surplus "$work/surplus"
sed -i 's/site=tgm_get+0x1a\/0x20 \[test_gup_mirror\]/site=gup_test_ioctl+0x2b4\/0xbc0/' "$work/surplus/outstanding"
matches "--module: a site that has got for it" '"place": "gup_test_ioctl\+0x2b4/0xbc0"' \
	"$("${report[@]}" --module test_gup_mirror --json - "$work/surplus" | sed -n '/"sites"/,/"violations"/p')"

# What a module acquires through a function of the kernel is its own.
sed 's/"place": "tgm_pin_user_pages_fast[^"]*"/"place": "iov_iter_extract_pages+0x1\/0x2"/
	s/"acquired_at": "tgm_pin_user_pages_fast[^"]*"/"acquired_at": "iov_iter_extract_pages+0x1\/0x2"/' \
	<("${report[@]}" --json - "$demo") > "$work/helped.json"
matches "--module: what acquires for it" 'at iov_iter_extract_pages\+0x1/0x2, for tgm_pin_user_pages_fast \[test' \
	"$("${report[@]}" --width 200 --module test_gup_mirror "$work/helped.json")"

# Columns
longest()
{
	awk '{ if (length > most) most = length } END { print most }'
}

for width in 60 80 100 140; do
	got=$("${report[@]}" --width "$width" "$demo" | longest)
	is "--width $width: no line is longer" yes "$([ "$got" -le "$width" ] && echo yes)"
	is "--width $width: it is used" yes "$([ "$got" -gt $((width * 3 / 4)) ] && echo yes)"
	is "--width $width: no line ends with a space" 0 \
		"$("${report[@]}" --width "$width" "$demo" | grep -c ' $' || :)"
	is "--width $width: nothing is lost" "$("${report[@]}" "$demo" | tr -d ' \n')" \
		"$("${report[@]}" --width "$width" "$demo" | tr -d ' \n')"
done

is "a terminal of 70 columns" "$("${report[@]}" --width 70 "$demo")" \
	"$(terminal 70 "${report[@]}" "$demo")"
is "a terminal of 20 columns is not enough" "$("${report[@]}" --width 60 "$demo")" \
	"$(terminal 20 "${report[@]}" "$demo")"
is "a terminal that does not know" "$("${report[@]}" "$demo")" \
	"$(terminal 0 "${report[@]}" "$demo")"
is "--width counts more" "$("${report[@]}" --width 90 "$demo")" \
	"$(terminal 70 "${report[@]}" --width 90 "$demo")"
is "a file is the same on all terminals" "$("${report[@]}" "$demo")" \
	"$(terminal 70 "${report[@]}" --log-file "$work/log" "$demo" && cat "$work/log")"

refuses "--sort: no such key" \
	'report: --sort must be one of held, most, calls, pages, wrong, overlong, time, name; not "size"' \
	"${report[@]}" --sort size "$demo"
refuses "--limit 0" 'report: --limit must be a number from 1 to 1000000, not "0"' \
	"${report[@]}" --limit 0 "$demo"
refuses "--width 59" 'report: --width must be a number from 60 to 10000, not "59"' \
	"${report[@]}" --width 59 "$demo"

tap_done
