#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What programs that run tests read: KTAP, JUnit's XML, GitHub's annotations; several
# forms at once.

set -euo pipefail
. "$(dirname "$0")/lib.sh"

demo=$data/demo
report=("$gup_mirror" report)
names="put-on-pin unpin-on-get double-unpin unpin-unpinned free-while-pinned lost-pin leak-at-unload double-put dirty-by-readonly-pin dirty-unpinned lost-write unpin-while-mapped left-by-failed-call possible leak surplus overlong incomplete"
nr=$(wc -w <<< "$names")

# number NAME: of that test
number()
{
	tr ' ' '\n' <<< "$names" | grep -nx "$1" | cut -d: -f1
}

# KTAP
"${report[@]}" --ktap "$work/demo.ktap" "$demo"
"${report[@]}" --ktap "$work/right.ktap" "$data/right"
is "KTAP: its version, and how many tests" "KTAP version 1 1..$nr" \
	"$(sed -n '1p; /^1\.\./p' "$work/demo.ktap" | paste -sd ' ')"
is "KTAP: the same tests, whatever is found" \
	"$(sed -En 's/^(not )?ok [0-9]+ ([a-z-]+).*/\2/p' "$work/right.ktap")" \
	"$(sed -En 's/^(not )?ok [0-9]+ ([a-z-]+).*/\2/p' "$work/demo.ktap")"
is "KTAP: their names" "$names" \
	"$(sed -En 's/^(not )?ok [0-9]+ ([a-z-]+).*/\2/p' "$work/demo.ktap" | paste -sd ' ')"
is "KTAP: what failed" "not ok 1 put-on-pin not ok 2 unpin-on-get not ok 3 double-unpin not ok 4 unpin-unpinned not ok 5 free-while-pinned not ok 6 lost-pin not ok $(number leak) leak" \
	"$(grep '^not ok' "$work/demo.ktap" | paste -sd ' ')"
is "KTAP: what a report cannot tell" "ok $(number left-by-failed-call) left-by-failed-call # SKIP not known" \
	"$(grep failed-call "$work/right.ktap")"
is "KTAP: nothing failed" 0 "$(grep -c '^not ok' "$work/right.ktap" || :)"
is "KTAP: each line is one of it" "" \
	"$(grep -vE '^(KTAP version 1|1\.\.'"$nr"'|# .*|(not )?ok [0-9]+ [a-z-]+( # SKIP .*)?)$' "$work/demo.ktap" || :)"
matches "KTAP: what was found comes before its test" \
	'#     entry_SYSCALL_64_after_hwframe\+0x4b/0x53'$'\n''not ok 1 put-on-pin' "$(cat "$work/demo.ktap")"
"${report[@]}" --ktap "$work/some.ktap" --fail-on leak "$demo" || :
is "KTAP: what is not asked for is skipped" \
	"ok 1 put-on-pin # SKIP 3 found, which --fail-on does not ask for" "$(grep put-on-pin$'\|'put-on-pin' #' "$work/some.ktap" | grep ^ok)"
with_surplus "$work/surplus"
is "KTAP: what may be surplus is skipped" \
	"ok $(number surplus) surplus # SKIP 3 found, which --fail-on does not ask for" \
	"$("${report[@]}" --ktap - "$work/surplus" | grep ' surplus')"
"${report[@]}" --ktap "$work/surplus.ktap" --fail-on surplus "$work/surplus" || :
matches "KTAP: surplus, if asked" \
	'#     tgm_ioctl\+0x145/0x5e0 \[test_gup_mirror\]'$'\n'"not ok $(number surplus) surplus"$'\n' \
	"$(cat "$work/surplus.ktap")"
sed 's/^mode: all/mode: pin/' "$demo/summary" > "$work/summary"
cp -r "$demo" "$work/pin"
cp "$work/summary" "$work/pin"
is "KTAP: only gup_mirror=all tells what is surplus" "ok $(number surplus) surplus # SKIP not known" \
	"$("${report[@]}" --ktap - "$work/pin" | grep ' surplus')"
with_possible "$work/possible"
is "KTAP: what is possible is skipped, and its class has nothing" \
	"ok 1 put-on-pin ok $(number possible) possible # SKIP 2 found, which --fail-on does not ask for" \
	"$("${report[@]}" --ktap - "$work/possible" | grep -E '^(not )?ok [0-9]+ p(ut-on-pin|ossible)' | paste -sd ' ')"
if command -v prove > /dev/null; then
	check "KTAP: prove reads it" prove --exec cat "$work/right.ktap"
	prove --exec cat "$work/demo.ktap" > "$work/out" 2>&1 || :
	matches "KTAP: prove sees what failed" "Failed tests: +1-6, $(number leak)" "$(cat "$work/out")"
fi

# JUnit
"${report[@]}" --junit "$work/demo.xml" "$demo"
"${report[@]}" --junit "$work/right.xml" "$data/right"
# junit FILE EXPRESSION
junit()
{
	python3 -c '
import sys
import xml.etree.ElementTree as tree
suites = tree.parse(sys.argv[1]).getroot()
suite = suites[0]
cases = {c.get("name"): c for c in suite.findall("testcase")}
print(eval(sys.argv[2]))' "$@"
}

is "JUnit: its tests" "$names" "$(junit "$work/demo.xml" '" ".join(cases)')"
is "JUnit: the numbers" "testsuites $nr 7 0 1" \
	"$(junit "$work/demo.xml" 'suites.tag + " " + " ".join(suite.get(k) for k in ("tests", "failures", "errors", "skipped"))')"
is "JUnit: they are right" "7 1" \
	"$(junit "$work/demo.xml" '"%d %d" % (len(suite.findall("testcase/failure")), len(suite.findall("testcase/skipped")))')"
is "JUnit: what was found" "True" \
	"$(junit "$work/demo.xml" '"released by put_page() at tgm_put_page+0xcc/0xe0" in cases["put-on-pin"].find("failure").text')"
is "JUnit: where it comes from" "all" \
	"$(junit "$work/demo.xml" 'suite.find("properties/property[@name=\"mode\"]").get("value")')"
is "JUnit: nothing failed" "0" "$(junit "$work/right.xml" 'suite.get("failures")')"

# GitHub
"${report[@]}" --github "$work/demo.github" "$demo"
is "GitHub: a line for each" 7 "$(grep -cE '^::error title=[^:,]+::[^ ].*$' "$work/demo.github")"
is "GitHub: and no other" 7 "$(wc -l < "$work/demo.github")"
matches "GitHub: titles" '::error title=put-on-pin in tgm_put_page \[test_gup_mirror\]::put-on-pin: 3 times%0A  acquired by' \
	"$(cat "$work/demo.github")"
is "GitHub: where it was found" 7 "$(grep -c '%0Amode all%0A$' "$work/demo.github")"
"${report[@]}" --github "$work/right.github" "$data/right"
is "GitHub: nothing found" "" "$(cat "$work/right.github")"
"${report[@]}" --github "$work/warn.github" --fail-on none "$demo"
is "GitHub: what is not asked for is a warning" 7 "$(grep -c '^::warning ' "$work/warn.github")"

is "GitHub: surplus" "::error title=3 references got by tgm_get [test_gup_mirror]" \
	"$("${report[@]}" --github - --fail-on surplus "$work/surplus" | grep -o '^::error [^:]*')"
is "JUnit: surplus" True "$("${report[@]}" --junit "$work/surplus.xml" --fail-on surplus \
	"$work/surplus" || junit "$work/surplus.xml" \
	'"3 references by get_user_pages_fast() at tgm_get" in cases["surplus"].find("failure").text')"

is "JUnit: what is possible fails nothing" 0 "$("${report[@]}" --junit "$work/possible.xml" "$work/possible"
	junit "$work/possible.xml" 'suite.get("failures")')"
is "GitHub: what is possible is a warning" "::warning title=possible put-on-pin in drv_put [drv]" \
	"$("${report[@]}" --github - "$work/possible" | grep -o '^::[a-z]* [^:]*')"

# Names that mean something in these forms
sed 's/tgm_put_page+0xcc/<![CDATA[a"\&\\n%::b,]]>+0xcc/' "$demo/violations" > "$work/violations"
cp -r "$demo" "$work/hostile"
cp "$work/violations" "$work/hostile"
"${report[@]}" --junit "$work/hostile.xml" --github "$work/hostile.github" "$work/hostile"
is "JUnit: hostile names" True \
	"$(junit "$work/hostile.xml" '"<![CDATA[a\"&\\n%::b,]]>+0xcc" in cases["put-on-pin"].find("failure").text')"
matches "GitHub: hostile names" 'title=put-on-pin in <!\[CDATA\[a"&\\n%25%3A%3Ab%2C\]\]>' "$(cat "$work/hostile.github")"

# Several at once
cd "$work"
mkdir several
"${report[@]}" --json several/a.json --html several/a.html --log-file several/a.txt \
	--folded several/a.folded --ktap several/a.ktap --junit several/a.xml \
	--github several/a.github --gen-suppressions several/a.supp "$demo" > out
is "several forms: nothing on standard output" "" "$(cat out)"
is "several forms: all are there" \
	"a.folded a.github a.html a.json a.ktap a.supp a.txt a.xml" "$(cd several && echo ./* | sed 's,\./,,g')"
is "several forms: the same as one by one" "" \
	"$(cmp several/a.ktap demo.ktap; cmp several/a.xml demo.xml;
		"${report[@]}" "$demo" | cmp - several/a.txt)"
valid "a report" several/a.json
is "one form on standard output" "KTAP version 1" "$("${report[@]}" --ktap - --json several/a.json "$demo" | head -n 1)"
refuses "two forms for a file" 'report: there must be another FILE for each form, not "-" for two' \
	"${report[@]}" --json - --ktap - "$demo"
echo precious > precious
refuses "a file that cannot be written" "cannot write /nowhere/x" \
	"${report[@]}" --ktap /nowhere/x --github precious "$demo"
cp -r "$data/right" long
sed -i '3s/^\(pin\( [0-9]*\)\{8\}\) 0 /\1 7 /' long/sites
for form in ktap junit github; do
	matches "who held pins for long: $form" '7 pins without FOLL_LONGTERM held for long by pin_user_pages[a-z_]*\(\) at' \
		"$("${report[@]}" --fail-on overlong --$form - long)"
done

for full in "/nowhere/x --log-file -" /dev/full; do
	read -ra words <<< "$full"
	refuses "another file that cannot be written: $full" "cannot write ${words[0]}" \
		"${report[@]}" --html precious --json precious-too --github "${words[@]}" "$demo"
	is "leaves all files as they were" "precious no" \
		"$(cat precious) $([ -e precious-too ] || echo no)"
done

# A kernel without the layer, or one that is off, as on most machines
if [ -d /sys/kernel/debug/gup_mirror ] || [ "$(id -u)" -ne 0 ] ||
   ! mount -t debugfs none /sys/kernel/debug 2> /dev/null; then
	skip "a kernel without GUP mirror" "debugfs cannot be mounted here, or has it"
else
	for command in report "run -- touch $work/ran"; do
		read -ra words <<< "$command"
		status=0
		"$gup_mirror" "${words[0]}" --ktap skip.ktap --junit skip.xml \
			--json skip.json "${words[@]:1}" > out 2> err || status=$?
		is "${words[0]}, no layer: status" 4 "$status"
		is "${words[0]}, no layer: KTAP" \
			"KTAP version 1 1..0 # SKIP this kernel has no GUP mirror, or it is off" \
			"$(paste -sd ' ' skip.ktap)"
		is "${words[0]}, no layer: JUnit" "1 0" \
			"$(junit skip.xml 'suite.get("skipped") + " " + suite.get("failures")')"
		is "${words[0]}, no layer: nothing else" "no no" \
			"$([ -e skip.json ] || printf 'no '; [ -e ran ] || echo no)"
	done
	umount /sys/kernel/debug
fi

tap_done
