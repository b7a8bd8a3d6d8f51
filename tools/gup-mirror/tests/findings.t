#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What gup-mirror run makes of a recording, and of what the kernel knew before and after.

set -euo pipefail
. "$(dirname "$0")/lib.sh"

make_trace=$build/tests/make-trace
trace=$work/trace.dat

# The demo's call site, as a recording has it.
"$make_trace" "$trace" << END
symbol 0xffffffffc0000000 tgm_pin_user_pages_fast [test_gup_mirror]
symbol 0xffffffff81000000 io_pin_pages
1000000000 0 7 acquire 0xffffffffc0000015 0x100 1 0 pin pin_user_pages_fast
1001000000 0 7 acquire 0xffffffff81000073 0x101 1 0 pin pin_user_pages_fast
END

# found NAME EXPRESSION EXPECTED: between the directories before and after
found()
{
	is "$1" "$3" "$("$build/tests/findings" "$trace" "$work/before" "$work/after" 100 |
		python3 -c '
import json, sys
r = json.load(sys.stdin)
s = {x["place"].split("+")[0]: x for x in r["sites"]}
print(eval(sys.argv[1]))' "$2" 2>&1)"
}

cp -r "$data/demo" "$work/before"
cp -r "$data/demo" "$work/after"
found "nothing happened" '(r["violations"], r["holders"])' "([], [])"
found "held for too long: not meanwhile" '[s[p]["overlong"] for p in sorted(s)]' "[0, 0]"
# Column 10 of the demo's version 2.
sed -i -E '/tgm_pin_user/s/^((\S+ ){9})0 /\19 /' "$work/after/sites"
found "held for too long" '[s[p]["overlong"] for p in sorted(s)]' "[0, 9]"
sed -i -E '/tgm_pin_user/s/^((\S+ ){9})0 /\14 /' "$work/before/sites"
found "held for too long: some of it before" '[s[p]["overlong"] for p in sorted(s)]' "[0, 5]"
cp "$data/demo/sites" "$work/after"
found "held for too long: all was cleared" '[s[p]["overlong"] for p in sorted(s)]' "[0, 0]"

sed -i 's/since_snapshot=0/since_snapshot=1/' "$work/after/outstanding"
sed -i 's/suspect=no/suspect=yes/' "$work/after/ages"
found "what is left" '[(h["pins"], h["suspect"], h["orphans"]) for h in r["holders"]]' "[(1, True, 1)]"
sed -i 's/pins=1/pins=2/' "$work/after/outstanding"
found "what is left, of two" '[(h["pins"], h["suspect"], h["orphans"]) for h in r["holders"]]' "[(1, False, 0)]"

# References that were got, and perhaps not put, since the command began
sed -i '1s/1$/2/' "$work/after/outstanding"
cat >> "$work/after/outstanding" << END
surplus=3 pages=2 since_snapshot=1 flags=- estimate=yes function=get_user_pages_fast site=tgm_get+0x1a/0x20 [test_gup_mirror]
  tgm_get+0x1a/0x20 [test_gup_mirror]

surplus=2 pages=2 since_snapshot=0 flags=- estimate=yes function=get_user_pages_fast site=tgm_old+0x1a/0x20 [test_gup_mirror]
  tgm_old+0x1a/0x20 [test_gup_mirror]

END
found "what may be surplus" '[(s["place"][:7], s["references"], "pages" in s) for s in r["surpluses"]]' "[('tgm_get', 1, False)]"

sed -i 's/^put-on-pin: 3/put-on-pin: 5/' "$work/after/violations"
found "violations" '[(v["class"], v["times"], "first" in v) for v in r["violations"]]' "[('put-on-pin', 2, False)]"
sed -i '/^lost-pin/,/^$/d' "$work/before/violations"
found "a new one, with its stack and first time" '[(len(v["acquire_stack"]), v["first"]["cpu"]) for v in r["violations"] if v["class"] == "lost-pin"]' "[(7, 1)]"

# What happened to files: of the second look, less what there was at the first
behind='[(u["place"].split("+")[0], u["redirtied"], u["lost"], [(e["event"], e["times"], "first" in e) for e in u["events"]]) for u in r.get("files", [])]'
cp "$data/files/files" "$work/after/files"
found "files: all is new" "$behind" "[('a site without a view of its own', 0, 1, [('lost-write', 1, True)]), ('iov_iter_extract_pages', 32, 0, [('cleaned', 48, True), ('dirty-after-clean', 32, True), ('replaced', 16, True)]), ('vub300_probe', 0, 0, [])]"
cp "$data/files/files" "$work/before/files"
found "files: nothing is" "$behind" "[]"
sed -i 's/^pin 0 64 48 32/pin 0 70 50 35/; s/clean: 32/clean: 35/; s/cleaned: 48/cleaned: 50/' "$work/after/files"
found "files: some of it is" "$behind" "[('iov_iter_extract_pages', 3, 0, [('dirty-after-clean', 3, False), ('cleaned', 2, False)])]"
sed -i 's/^pin 0 64 48 32/pin 0 99 99 99/; s/clean: 32/clean: 99/; s/cleaned: 48/cleaned: 99/' "$work/before/files"
found "files: all was cleared" "$behind" "[('iov_iter_extract_pages', 35, 0, [('cleaned', 50, True), ('dirty-after-clean', 35, True)])]"
"$build/tests/findings" "$trace" "$work/before" "$work/after" 100 > "$work/files.json"
matches "files: in words" "Your command left 35 pages dirty behind the file system's back: " \
	"$("$gup_mirror" report "$work/files.json")"

# What is kept in the recording
cp "$trace" "$work/plain.dat"
"$build/tests/findings" "$trace" "$work/before" "$work/after" 100 keep > "$work/kept.json"
"$gup_mirror" analyze --json "$work/again.json" "$trace"
is "what run has found is kept in its recording" "$(cat "$work/kept.json")" "$(cat "$work/again.json")"
valid "a report of run" "$work/kept.json"
is "also if it comes from a pipe" "$(grep -v '"name"' "$work/kept.json")" \
	"$("$gup_mirror" analyze --json - <(cat "$trace") | grep -v '"name"')"
matches "with stacks" '    entry_SYSCALL_64_after_hwframe' "$("$gup_mirror" analyze "$trace")"
is "trace-cmd reads it all the same" "$(trace-cmd report -i "$work/plain.dat" 2>&1)" \
	"$(trace-cmd report -i "$trace" 2>&1)"
trace-cmd convert -i "$work/plain.dat" -o "$trace" --file-version 7 --compression none > /dev/null 2>&1
cp "$trace" "$work/plain.dat"
"$build/tests/findings" "$trace" "$work/before" "$work/after" 100 keep > "$work/kept.json"
is "also in version 7" "$(trace-cmd report -i "$work/plain.dat" 2>&1)" \
	"$(trace-cmd report -i "$trace" 2>&1)"
is "which is analyzed" "$(cat "$work/kept.json")" "$("$gup_mirror" analyze --json - "$trace")"
head -c -100 "$trace" > "$work/cut.dat"
is "cut, it is a recording" trace "$("$gup_mirror" analyze --json - "$work/cut.dat" |
	sed -n 's/^  "source": "\(.*\)",/\1/p')"
sed 's/"schema": "gup-mirror-report"/"schema": "gup-mirror-rabbit"/' "$trace" > "$work/bad.dat"
refuses "what is kept is damaged" "$work/bad.dat is not a report of gup-mirror" \
	"$gup_mirror" analyze "$work/bad.dat"

tap_done
