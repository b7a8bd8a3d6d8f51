#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a job gates on: exit statuses, --fail-on, suppressions, a baseline, and the
# difference of two reports.

set -euo pipefail
. "$(dirname "$0")/lib.sh"

demo=$data/demo
right=$data/right
gm=$gup_mirror

# status NAME EXPECTED COMMAND...
status()
{
	local status_name=$1 status_expected=$2 status_got=0

	shift 2
	"$@" > "$work/out" 2> "$work/err" || status_got=$?
	is "$status_name" "$status_expected" "$status_got"
}

# Statuses
status "whatever is in a report" 0 "$gm" report "$demo"
status "violations" 121 "$gm" report --fail-on violation "$demo"
status "a class" 121 "$gm" report --fail-on double-unpin "$demo"
status "one of several" 121 "$gm" report --fail-on overlong,put-on-pin "$demo"
status "a class that is not there" 0 "$gm" report --fail-on leak-at-unload "$demo"
status "what is held" 121 "$gm" report --fail-on leak "$demo"
status "nothing, if asked" 0 "$gm" report --fail-on none "$demo"
status "nothing is wrong" 0 "$gm" report --fail-on violation,leak,overlong,incomplete "$right"
status "another status" 3 "$gm" report --fail-on leak --error-exitcode 3 "$demo"
status "another status, nothing wrong" 0 "$gm" report --fail-on leak --error-exitcode 3 "$right"
status "merge" 121 "$gm" merge --fail-on violation "$demo" "$right"
status "merge, nothing wrong" 0 "$gm" merge --fail-on violation "$right" "$right"
"$gm" report --json "$work/demo.json" "$demo"
status "a saved report" 121 "$gm" report --fail-on put-on-pin "$work/demo.json"
sed 's/suspect=no/suspect=yes/' "$demo/ages" > "$work/ages"
cp -r "$demo" "$work/long"
cp "$work/ages" "$work/long/ages"
status "held for long, now" 121 "$gm" report --fail-on overlong "$work/long"
cp -r "$right" "$work/was-long"
sed -i '3s/^\(pin\( [0-9]*\)\{8\}\) 0 /\1 7 /' "$work/was-long/sites"
status "held for long, before" 121 "$gm" report --fail-on overlong "$work/was-long"
sed 's/^lost-pin: 1 time/a-new-class: 1 time/' "$demo/violations" > "$work/violations"
cp -r "$demo" "$work/new"
cp "$work/violations" "$work/new"
for class in put-on-pin unpin-on-get double-unpin unpin-unpinned free-while-pinned; do
	sed -i "/^$class: /,/^\$/d" "$work/new/violations"
done
status "a class that is not known is a violation" 121 "$gm" report --fail-on violation "$work/new"

with_possible "$work/possible"
sed '/certain=no/d' "$work/possible/violations" > "$work/violations"
cp -r "$work/possible" "$work/certain"
cp "$work/violations" "$work/certain"
status "what is only possible is no violation" 0 "$gm" report --fail-on violation,put-on-pin "$work/possible"
status "it fails a job that asks for it" 121 "$gm" report --fail-on possible "$work/possible"
status "what is certain is not possible" 0 "$gm" report --fail-on possible "$work/certain"
"$gm" report --json "$work/possible.json" "$work/possible"
status "possible: a saved report" 0 "$gm" report --fail-on violation "$work/possible.json"
status "possible: a saved report, if asked" 121 "$gm" report --fail-on possible "$work/possible.json"
status "possible: merged with what is certain" 121 "$gm" merge --fail-on put-on-pin "$work/possible" "$work/certain"
"$gm" merge --json "$work/both.json" "$work/possible" "$work/certain"
is "possible: merge keeps them apart" "[('put-on-pin', 2, False), ('put-on-pin', 2, True)]" "$(python3 -c '
import json, sys
print(sorted((v["class"], v["times"], "uncertain" in v) for v in json.load(open(sys.argv[1]))["violations"]))' "$work/both.json")"
status "possible: what is certain is new" 121 "$gm" diff --fail-on violation "$work/possible" "$work/certain"
status "possible: what is possible is no new violation" 0 "$gm" diff --fail-on violation "$right" "$work/possible"
status "possible: in the baseline, what is certain counts" 121 "$gm" report --baseline "$work/possible" --fail-on violation "$work/certain"
"$gm" report --gen-suppressions "$work/possible.supp" "$work/possible"
status "possible: its suppression excuses it" 0 "$gm" report --suppressions "$work/possible.supp" --fail-on possible "$work/possible"
status "possible: its suppression excuses nothing that is certain" 121 "$gm" report --suppressions "$work/possible.supp" --fail-on violation "$work/certain"

with_surplus "$work/surplus"
status "what was got and not put" 121 "$gm" report --fail-on surplus "$work/surplus"
status "nothing such" 0 "$gm" report --fail-on surplus "$demo"
status "it is no violation, and no pin" 0 "$gm" report --fail-on violation,leak \
	--baseline "$demo" "$work/surplus"
status "merge, what was got and not put" 121 "$gm" merge --fail-on surplus "$demo" "$work/surplus"

# Suppressions
cat > "$work/suppressions" << 'END'
# A comment.
{
   puts of the test module
   class: put-on-*
   released by: tgm_put_page
   module: test_gup_mirror
}

{
   not used
   class: leak-at-unload
}
END
status "suppressed" 0 "$gm" report --suppressions "$work/suppressions" --fail-on put-on-pin "$demo"
is "what was not used is named" \
	"gup-mirror: $work/suppressions:9: the suppression \"not used\" was not used" "$(cat "$work/err")"
matches "it is said that something was suppressed" \
	'Not counted'$'\n''  put-on-pin in tgm_put_page \[test_gup_mirror\]: 3 times, suppressed by "puts of the test module"' "$(cat "$work/out")"
is "and is not among the violations" 0 "$(grep -c '^put-on-pin: ' "$work/out" || :)"
status "suppressions from a pipe" 0 "$gm" report --suppressions <(cat "$work/suppressions") \
	--fail-on put-on-pin "$demo"
status "suppressions on standard input" 0 "$gm" report --suppressions - \
	--fail-on put-on-pin "$demo" < "$work/suppressions"
is "where those are that were not used" \
	"gup-mirror: standard input:9: the suppression \"not used\" was not used" "$(cat "$work/err")"
status "others are not" 121 "$gm" report --suppressions "$work/suppressions" --fail-on violation "$demo"

# suppresses NAME YES-OR-NO LINE...: put-on-pin of the demo
suppresses()
{
	local suppresses_name=$1 expected=121

	[ "$2" = no ] || expected=0
	shift 2
	{
		printf '{\n name\n'
		printf '%s\n' "$@"
		printf '}\n'
	} > "$work/one"
	status "suppression: $suppresses_name" "$expected" \
		"$gm" report --suppressions "$work/one" --fail-on put-on-pin "$demo"
}

suppresses "class" yes "class: put-on-pin"
suppresses "another class" no "class: double-unpin"
suppresses "the GUP function" yes "acquired by: pin_user_pages_fast"
suppresses "who called it" yes "acquired by: tgm_pin_user_pages_fast"
suppresses "who is farther out in the stack" yes "acquired by: full_proxy_*"
suppresses "another function" no "acquired by: tgm_pin"
suppresses "the releasing function" yes "released by: put_page"
suppresses "a release elsewhere" no "released by: unpin_*"
suppresses "module" yes "module: test_gup_*"
suppresses "another module" no "module: test"
suppresses "all must match" no "class: put-on-pin" "module: other"

for kind in "yes class: surplus" "yes class: *" "no class: leak" "yes acquired by: tgm_ioctl" \
	"no released by: *" "yes module: test_gup_mirror" "no module: other"; do
	expected=121
	[ "${kind%% *}" = no ] || expected=0
	printf '{\n name\n%s\n}\n' "${kind#* }" > "$work/one"
	status "suppression: surplus, ${kind#* }" "$expected" "$gm" report \
		--suppressions "$work/one" --fail-on surplus "$work/surplus"
done
printf '{\n name\nclass: surplus\n}\n' > "$work/one"
"$gm" report --suppressions "$work/one" --html "$work/page.html" --log-file "$work/log" \
	"$work/surplus"
matches "suppression: surplus is not counted" \
	'Not counted'$'\n''  3 references got by tgm_get \[test_gup_mirror\], suppressed by "name"' \
	"$(cat "$work/log")"
is "suppression: surplus is not listed" 0 "$(grep -c '^Got, and' "$work/log" || :)"
matches "suppression: surplus on a page" 'suppressed by &quot;name&quot;' "$(cat "$work/page.html")"

# bad_suppression NAME SENTENCE LINE...
bad_suppression()
{
	printf '%s\n' "${@:3}" > "$work/bad"
	refuses "suppression: $1" "$work/bad$2" "$gm" report \
		--suppressions "$work/bad" --json "$work/none" "$demo"
}

bad_suppression "no {" ":1: not a { that begins a suppression" "x"
bad_suppression "no }" ":2: the file ends where there must be a }" "{" "x"
bad_suppression "no name" ":2: a suppression without a name" "{" "}"
bad_suppression "nothing in it" ":3: the suppression \"x\" would suppress everything" "{" "x" "}"
bad_suppression "no such key" ":3: \"klass\" must be class, acquired by, released by or module" "{" "x" "klass: y" "}"
bad_suppression "no key" ":3: not \"key: pattern\"" "{" "x" "put-on-pin" "}"
bad_suppression "no pattern" ":3: there is no pattern behind \"class:\"" "{" "x" "class: " "}"
bad_suppression "twice" ":4: there are two of \"class\"" "{" "x" "class: a" "class: b" "}"
refuses "suppression: no file" "cannot read /nowhere" "$gm" report --suppressions /nowhere "$demo"
is "nothing was written" no "$([ ! -e "$work/none" ] && echo no)"

# What it makes suppresses all, and all of it is needed.
"$gm" report --gen-suppressions "$work/generated" "$demo"
status "generated suppressions suppress all" 0 "$gm" report \
	--suppressions "$work/generated" --fail-on violation,leak "$demo"
is "and all are used" "" "$(cat "$work/err")"
is "there is one for each" 7 "$(grep -c '^{' "$work/generated")"
"$gm" report --gen-suppressions - --suppressions "$work/generated" "$demo" > "$work/none-left"
is "nothing is left to be suppressed" "# mode all" "$(cat "$work/none-left")"
"$gm" report --gen-suppressions "$work/generated-too" "$work/surplus"
status "generated suppressions suppress what is surplus" 0 "$gm" report \
	--suppressions "$work/generated-too" --fail-on violation,leak,surplus "$work/surplus"
is "and all of these are used" "" "$(cat "$work/err")"

# A baseline
status "nothing is new" 0 "$gm" report --baseline "$work/demo.json" --fail-on violation,leak "$demo"
matches "it is said so" 'put-on-pin in tgm_put_page \[test_gup_mirror\]: 3 times, in the baseline' "$(cat "$work/out")"
cp -r "$demo" "$work/built"
sed -i 's/+0x[0-9a-f]*\/0x[0-9a-f]*/+0x5\/0x50/; s/^put-on-pin: 3/put-on-pin: 30/' "$work/built"/*
status "nor after a new build" 0 "$gm" report --baseline "$work/demo.json" --fail-on violation,leak "$work/built"
status "all is new" 121 "$gm" report --baseline "$right" --fail-on violation "$demo"
cp -r "$demo" "$work/other"
sed -i 's/tgm_put_page+/drv_put_page+/' "$work/other/violations"
status "something is new" 121 "$gm" report --baseline "$work/demo.json" --fail-on violation "$work/other"
status "of that class only" 0 "$gm" report --baseline "$work/demo.json" --fail-on double-unpin "$work/other"
status "surplus is new" 121 "$gm" report --baseline "$demo" --fail-on surplus "$work/surplus"
status "surplus is not new" 0 "$gm" report --baseline "$work/surplus" --fail-on surplus "$work/surplus"
refuses "a baseline that is not there" "cannot read /nowhere" "$gm" report --baseline /nowhere "$demo"

status "held for long is new" 121 "$gm" report --baseline "$right" --fail-on overlong "$work/was-long"
status "held for long is not new" 0 "$gm" report --baseline "$work/was-long" --fail-on overlong "$work/was-long"
matches "held for long: it is said so" '7 pins held for long by [^,]*, in the baseline' "$(cat "$work/out")"
"$gm" report --baseline "$work/was-long" --json "$work/excused.json" "$work/was-long"
valid "held for long" "$work/excused.json"
status "held for long: JSON keeps it" 0 "$gm" report --fail-on overlong "$work/excused.json"
status "held for long: so does merge" 0 "$gm" merge --fail-on overlong "$work/excused.json" "$right"
status "held for long: elsewhere it counts" 121 "$gm" merge --fail-on overlong "$work/excused.json" "$work/was-long"
status "diff: held for long is not new" 0 "$gm" diff --fail-on overlong "$work/was-long" "$work/was-long"
status "diff: held for long is new" 121 "$gm" diff --fail-on overlong "$right" "$work/was-long"

# diff
diff=("$gm" diff)
is "diff: with itself" "No difference." "$("${diff[@]}" "$demo" "$work/demo.json" | tail -n 1)"

# differs NAME OLD NEW EXPRESSION EXPECTED
differs()
{
	"${diff[@]}" --json "$work/diff.json" "$2" "$3"
	is "diff: $1" "$5" "$(python3 -c '
import json, sys
report = json.load(open(sys.argv[1]))
d = report["differences"]
print(eval(sys.argv[2]))' "$work/diff.json" "$4")"
	valid "diff: $1" "$work/diff.json"
}

differs "more" "$demo" "$work/built" '[(x["change"], x["class"], x["old"], x["new"]) for x in d]' "[('more', 'put-on-pin', 3, 30)]"
differs "less" "$work/built" "$demo" '[(x["change"], x["class"], x["old"], x["new"]) for x in d]' "[('less', 'put-on-pin', 30, 3)]"
differs "new and gone" "$demo" "$work/other" '[(x["change"], x["class"], x["released_at"], x["old"], x["new"]) for x in d]' "[('new', 'put-on-pin', 'drv_put_page [test_gup_mirror]', 0, 3), ('gone', 'put-on-pin', 'tgm_put_page [test_gup_mirror]', 3, 0)]"
differs "what is held, and call sites" "$right" "$demo" '[x["class"] for x in d if x["class"] in ("leak", "site")][:2]' "['leak', 'site']"
differs "what is surplus" "$demo" "$work/surplus" '[(x["change"], x["class"], x["acquired_at"], x["new"]) for x in d]' "[('new', 'surplus', 'tgm_get [test_gup_mirror]', 3)]"
sed 's/"mode": "all"/"machine": "vm", "release": "6.12.1", "mode": "pin"/' "$work/demo.json" > "$work/vm.json"
differs "where both come from" "$demo" "$work/vm.json" '[[x["mode"] for x in report[k + "_provenance"]] for k in ("old", "new")]' "[['all'], ['pin']]"
is "diff: where both come from, as text" $'old: mode all\nnew: vm, kernel 6.12.1, mode pin' \
	"$("${diff[@]}" "$demo" "$work/vm.json" | grep -E "^(old|new): ")"
is "generated suppressions say where they come from" "# vm, kernel 6.12.1, mode pin" \
	"$("$gm" report --gen-suppressions - "$work/vm.json" | head -n 1)"
matches "diff: text" 'new +0 +3  put-on-pin  pin_user_pages_fast\(\) at tgm_pin_user_pages_fast' "$("${diff[@]}" "$demo" "$work/other")"
is "diff: no line is longer than 100 columns" "" "$("${diff[@]}" "$right" "$demo" | grep -E '.{101}' | grep -v '^GUP mirror' || :)"
status "diff: does not fail by itself" 0 "${diff[@]}" "$right" "$demo"
status "diff: fails on what is new" 121 "${diff[@]}" --fail-on put-on-pin "$demo" "$work/other"
status "diff: not on what is gone, or more" 0 "${diff[@]}" --fail-on violation,leak "$demo" "$work/built"
is "diff: of a module that neither has" "No difference." \
	"$("${diff[@]}" --module none "$right" "$demo" | tail -n 1)"
"${diff[@]}" --module test_gup_mirror --json "$work/diff.json" "$right" "$demo"
is "diff: of a module" "[]" "$(python3 -c '
import json, sys
print([d for d in json.load(open(sys.argv[1]))["differences"]
       if "[test_gup_mirror]" not in d.get("acquired_at", "") + d.get("released_at", "")
       and d["class"] != "free-while-pinned"])' "$work/diff.json")"
valid "diff: of a module" "$work/diff.json"
refuses "diff: no such report" "cannot read /nowhere" "${diff[@]}" "$demo" /nowhere

# For whom: the first function that is no helper
cp -r "$demo" "$work/helped"
sed -i 's/tgm_pin_user_pages_fast+0x15\/0x20 \[test_gup_mirror\]/iov_iter_extract_pages+0x15\/0x20/' "$work/helped"/*
text=$("$gm" report "$work/helped")
matches "whom a helper helps" 'pin by pin_user_pages_fast\(\) at iov_iter_extract_pages\+0x15/0x20, for tgm_acquire'$'\n''  \[test_gup_mirror\]' "$text"
matches "of a call site, as far as stacks tell" 'iov_iter_extract_pages\+0x15/0x20, for tgm_acquire'$'\n''? *\[test_gup_mirror\]' "$text"
matches "other helpers" 'pages\+0x15/0x20, for tgm_ioctl \[test_gup_mirror\]' \
	"$("$gm" report --helpers +tgm_acquire "$work/helped")"
matches "these helpers" 'pages\+0x15/0x20'$'\n' "$("$gm" report --helpers tgm_acquire "$work/helped")"
"${diff[@]}" --json "$work/diff.json" "$right" "$work/helped"
matches "diff: for whom" '"acquired_at": "tgm_acquire \[test_gup_mirror\]"' "$(cat "$work/diff.json")"

if command -v valgrind > /dev/null; then
	for words in "report --suppressions $work/generated" \
		"report --baseline $work/demo.json" "diff $right" "diff --json - $right" \
		"diff --module none $right"; do
		read -ra split <<< "$words"
		check "valgrind: $words" valgrind -q --error-exitcode=99 --leak-check=full \
			--show-leak-kinds=definite,indirect \
			--errors-for-leak-kinds=definite,indirect \
			"$gm" "${split[@]}" "$demo"
	done
else
	skip "valgrind" "it is not installed"
fi

tap_done
