#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# gup-mirror analyze: which release belongs to which acquire, and what it refuses.

set -euo pipefail
. "$(dirname "$0")/lib.sh"

analyze=("$gup_mirror" analyze)
make_trace=$build/tests/make-trace
trace=$work/trace.dat

# Addresses of call sites, a second one, one in a module, and of a release.
pin=0xffffffff81000010
other=0xffffffff81002010
module=0xffffffffc0000010
unpin=0xffffffff81001010

# events: makes a trace of those on standard input, with names for all of these
events()
{
	{
		echo "symbol 0xffffffff81000000 drv_pin"
		echo "symbol 0xffffffff81001000 drv_unpin"
		echo "symbol 0xffffffff81002000 other_pin"
		echo "symbol 0xffffffffc0000000 mod_pin [mod]"
		cat
	} | "$make_trace" "$trace"
}

# field NAME EXPRESSION EXPECTED: of the JSON, r
field()
{
	is "$1" "$3" "$("${analyze[@]}" --json - "$trace" 2>&1 | python3 -c '
import json, sys
r = json.load(sys.stdin)
s = {x["place"]: x for x in r["sites"]}
h = {x["place"]: x for x in r["holders"]}
print(eval(sys.argv[1], {"r": r, "s": s, "h": h}))' "$2" 2>&1)"
}

events << END
1000000000 0 7 acquire $pin 0x100 4 257 pin pin_user_pages
1003000000 1 7 release $pin $unpin 0x100 3 pin unpin_user_pages
1004000000 0 7 acquire $module 0x300 1 0 get get_user_pages
1009000000 1 7 release $module $unpin 0x300 1 get put_page
END
"${analyze[@]}" --json "$work/plain.json" "$trace"
valid "a recording alone" "$work/plain.json"
field "calls are not known" '[k in s["drv_pin+0x10"] for k in ("calls", "pages")]' '[False, True]'
field "right" '[s["drv_pin+0x10"][k] for k in ("pages", "right", "laundered", "wrong", "held", "most")]' '[4, 3, 0, 0, 1, 4]'
field "how long" 's["drv_pin+0x10"]["hold_ms"]' "{'2': 3}"
field "gotten pages are not paired" '"held" in s["mod_pin+0x10 [mod]"], s["mod_pin+0x10 [mod]"]["pages"]' '(False, 1)'
field "what is held" '[h["drv_pin+0x10"][k] for k in ("pins", "pages", "flags", "oldest_ms", "estimate")]' "[1, 1, 'WRITE|LONGTERM', 9, False]"
sed "s,\"name\": \"$trace\",\"name\": \"standard input\"," "$work/plain.json" > "$work/plain.stdin"
is "standard input" "$(cat "$work/plain.stdin")" "$("${analyze[@]}" --json - - < "$trace")"
# shellcheck disable=SC2002 # it is to be a pipe
is "standard input, from a pipe" "$(cat "$work/plain.stdin")" \
	"$(cat "$trace" | "${analyze[@]}" --json - -)"
is "a pipe with a name" "$(grep -v '"name"' "$work/plain.json")" \
	"$("${analyze[@]}" --json - <(cat "$trace") | grep -v '"name": "/dev/fd/')"
refuses "standard input that is no recording" "standard input: not a file that trace-cmd has recorded" \
	"${analyze[@]}" - < "$work/plain.json"
field "held over time" 'max(m["pins"] for m in r["moments"]), r["moments"][-1]["pins"]' '(4, 1)'

events << END
1000000000 0 7 release $pin $unpin 0x500 2 pin unpin_user_pages
1000000001 0 7 release 0 $unpin 0x503 1 pin unpin_user_page
1001000000 0 7 acquire $pin 0x101 1 0 pin pin_user_pages
1001000000 0 7 acquire $other 0x101 1 0 pin pin_user_pages
1002000000 0 7 release $other $unpin 0x101 1 pin unpin_user_page
END
field "acquired before the recording" 'r["summary"]["released_from_before"]' 3
field "a pointer tells whose pin it is" '[s[p + "_pin+0x10"]["held"] for p in ("drv", "other")]' '[1, 0]'

events << END
1001000000 0 7 acquire $pin 0x101 1 0 pin pin_user_pages
1001000000 0 7 acquire $other 0x101 1 0 pin pin_user_pages
1002000000 0 7 release 0 $unpin 0x101 1 pin unpin_user_page
END
field "laundered: the oldest" '[s[p + "_pin+0x10"]["held"] for p in ("drv", "other")]' '[0, 1]'
field "laundered, of two sites: a guess" 'h["other_pin+0x10"]["estimate"]' True

events << END
1001000000 0 7 acquire $pin 0x209 6 0 pin pin_user_pages_fast
1001000000 0 7 acquire $pin 0x300 1 0 pin pin_user_pages_fast
1002000000 0 7 release 0 $unpin 0x200 5 pin unpin_user_folio
1003000000 0 7 release 0 $unpin 0x200 1 pin unpin_user_page
END
field "by folio: a part of it, then the rest by its first page" '[s["drv_pin+0x10"][k] for k in ("laundered", "held")]' '[6, 1]'
field "by folio: not the next folio" 'h["drv_pin+0x10"]["pages"], r["summary"]["released_from_before"]' '(1, 0)'

events << END
1000000000 0 7 acquire $pin 0x100 1 0 pin pin_user_pages
1001000000 0 7 violation $pin $unpin 0x100 put-on-pin pin_user_pages put_page
1001000001 0 7 release $pin $unpin 0x100 1 pin put_page
2000000000 0 7 acquire $pin 0x100 1 0 pin pin_user_pages
2001000000 0 7 release $pin $unpin 0x100 1 pin unpin_user_page
2002000000 0 7 release $pin $unpin 0x100 1 pin unpin_user_page
2002000001 0 7 violation $pin $unpin 0x100 double-unpin pin_user_pages unpin_user_page
2002000002 0 7 violation 0 $unpin 0x100 unpin-unpinned none unpin_folio
2002000003 0 7 violation 0 $unpin 0x100 unpin-unpinned none unpin_folio
END
field "wrong" '[s["drv_pin+0x10"][k] for k in ("wrong", "right", "held")]' '[2, 1, 0]'
field "one release too many is not from before" 'r["summary"]["released_from_before"]' 0
field "violations" '[(v["class"], v["times"]) for v in r["violations"]]' "[('unpin-unpinned', 2), ('double-unpin', 1), ('put-on-pin', 1)]"
field "both ends" '[r["violations"][2][k] for k in ("acquired_by", "acquired_at", "released_by", "released_at", "first")]' "['pin_user_pages', 'drv_pin+0x10', 'put_page', 'drv_unpin+0x10', {'pfn': 256, 'task': 'a task', 'pid': 7, 'cpu': 0, 'time_us': 1001000}]"
field "one end" '"acquired_at" in r["violations"][0]' False

events << END
1000000000 0 7 acquire $pin 0x100 512 0 pin pin_user_pages
1001000000 0 7 release $pin $unpin 0x100 512 pin unpin_user_pages
1001500000 0 7 release $pin $unpin 0x100 512 pin unpin_user_pages
1002000000 0 7 violation $pin $unpin 0x100 double-unpin pin_user_pages unpin_user_pages 512
1003000000 0 7 violation $pin $unpin 0x500 double-unpin pin_user_pages unpin_user_pages 3
1004000000 0 7 violation $pin 0 0x500 leak-at-unload pin_user_pages none 10000000
END
field "a violation of many pages" '[(v["class"], v["times"]) for v in r["violations"]]' "[('leak-at-unload', 10000000), ('double-unpin', 515)]"
field "they are wrong at their site" 's["drv_pin+0x10"]["wrong"], r["summary"]["released_from_before"], r["summary"]["damaged_events"]' '(10000515, 0, 0)'

events << END
without nr
1002000000 0 7 violation $pin $unpin 0x100 double-unpin pin_user_pages unpin_user_pages
1003000000 0 7 violation $pin $unpin 0x500 double-unpin pin_user_pages unpin_user_pages
END
field "an older layer: one page each" '[(v["class"], v["times"], v["acquired_by"]) for v in r["violations"]]' "[('double-unpin', 2, 'pin_user_pages')]"

events << END
1000000000 0 7 acquire $pin 0x100 1 0 pin pin_user_pages
lost 0 5
1100000000 0 7 acquire $pin 0x101 1 0 pin pin_user_pages
lost 1 -1
1200000000 1 7 release $pin $unpin 0x100 1 pin unpin_user_page
END
matches "lost events are the first thing that is said" $'^[^\n]*\n\nINCOMPLETE: 5 events lost, 1 more gap, 0 events damaged' \
	"$("${analyze[@]}" "$trace")"
status=0
"${analyze[@]}" --fail-on incomplete "$trace" > "$work/out" || status=$?
is "lost events can fail" 121 "$status"
field "lost events, in JSON" 'r["complete"]' False
field "lost events" '[r["summary"]["lost_" + k] for k in ("events", "gaps")]' '[5, 1]'

# Pins that outlive a system call that failed
events << END
1000000000 0 7 acquire $pin 0x100 2 0 pin pin_user_pages
1000000001 0 8 acquire $other 0x400 1 0 pin pin_user_pages
1000100000 0 7 call 0
1001000000 0 7 acquire $pin 0x200 4 0 pin pin_user_pages
1001100000 0 7 release $pin $unpin 0x200 1 pin unpin_user_page
1001200000 1 7 call -14
1002000000 0 7 acquire $pin 0x300 4 0 pin pin_user_pages
1002100000 0 7 release $pin $unpin 0x300 4 pin unpin_user_pages
1002200000 0 7 call -12
1003000000 0 7 acquire $module 0x500 1 0 pin pin_user_pages
1003100000 0 7 call -4
1003200000 0 7 call -14
1004000000 0 7 acquire $module 0x500 1 0 pin pin_user_pages
1004100000 0 7 call -512
END
field "pins that a failed call has left" '[(v["class"], v["times"], v["acquired_at"], v["first"]["pfn"], v["first"]["cpu"], "released_at" in v) for v in r["violations"]]' "[('left-by-failed-call', 3, 'drv_pin+0x10', 512, 1, False)]"
field "calls are not counted as events of GUP mirror" 'r["summary"]["acquires"], r["summary"]["duration_ms"], s["drv_pin+0x10"]["wrong"]' '(6, 4, 0)'
status=0
"${analyze[@]}" --fail-on left-by-failed-call "$trace" > "$work/out" || status=$?
is "they can fail" 121 "$status"
matches "as text" 'left-by-failed-call: 3 times' "$(cat "$work/out")"

# As gup-mirror run records: in an instance, whose CPUs the library counts on.
for instance in "instance run" ""; do
	events <<-END
		$instance
		1000000000 1 7 acquire $pin 0x100 1 0 pin pin_user_pages
		1001000000 1 7 violation $pin $unpin 0x100 put-on-pin pin_user_pages put_page
		1002000000 0 8 violation $pin $unpin 0x101 unpin-on-get pin_user_pages unpin_user_page
	END
	field "the CPU of an event, ${instance:-no instance}" \
		'sorted((v["class"], v["first"]["cpu"]) for v in r["violations"])' \
		"[('put-on-pin', 1), ('unpin-on-get', 0)]"
done

# The curve has its peaks, and not more than 500 steps.
for ((i = 0; i < 2000; i++)); do
	echo "$((1000000000 + i * 7000000)) 0 7 acquire $pin $((256 + i)) $((i == 1234 ? 10 : 1)) 0 pin pin_user_pages"
	echo "$((1000000001 + i * 7000000)) 0 7 release $pin $unpin $((256 + i)) $((i == 1234 ? 10 : 1)) pin unpin_user_pages"
done | events
"${analyze[@]}" --json "$work/curve.json" "$trace"
valid "a curve" "$work/curve.json"
field "a curve of at most 500 steps, with its peak" 'len(r["moments"]) in range(200, 501), max(m["pins"] for m in r["moments"]), max(r["moments"], key=lambda m: m["pins"])["ms"] in range(8600, 8640)' '(True, 10, True)'

# As trace-cmd writes it now, compressed, and in the forms there are
trace-cmd convert -i "$trace" -o "$work/compressed.dat" --file-version 7 \
	> /dev/null 2>&1
is "a compressed file" "$("${analyze[@]}" --json - "$trace" | grep -v '"name"')" \
	"$("${analyze[@]}" --json - "$work/compressed.dat" | grep -v '"name"')"
mkdir "$work/no-trace-cmd"
is "a compressed file, without trace-cmd" \
	"$("${analyze[@]}" --json - "$trace" | grep -v '"name"')" \
	"$(PATH=$work/no-trace-cmd "${analyze[@]}" --json - "$work/compressed.dat" |
		grep -v '"name"')"
matches "text" 'pin_user_pages\(\) at drv_pin\+0x10' "$("${analyze[@]}" "$trace")"
"${analyze[@]}" --html "$work/page.html" "$trace"
check "HTML has the curve" grep -q '<svg' "$work/page.html"

# bounded WHAT FILE: read with 32 MB of memory. What is mapped from the file is not
# counted: it can be given back at any time.
bounded()
{
	is "$1 in bounded memory" "4999000 1000" "$(
		ulimit -d 32768
		"${analyze[@]}" --json - "$2" 2>&1 | python3 -c '
import json, sys
s = json.load(sys.stdin)["sites"][0]
print(s["right"], s["held"])' 2>&1)"
}

# 731 MB
"$make_trace" "$work/big.dat" 10000000
bounded "10 million events" "$work/big.dat"
trace-cmd convert -i "$work/big.dat" -o "$work/big.compressed.dat" --file-version 7 \
	> /dev/null 2>&1
rm "$work/big.dat"
bounded "10 million events, compressed," "$work/big.compressed.dat"
rm "$work/big.compressed.dat"

# Where not one event can be read, nothing is known: that is not "no violations".
damaged=$data/damaged
refuses "the only event is damaged" "$damaged/only-event.dat: the file is damaged: not one of its events can be read" \
	"${analyze[@]}" "$damaged/only-event.dat"
# The library would have three lines for this one.
refuses "a file that the library complains of" "$damaged/mmap.dat: the file is truncated or damaged" \
	"${analyze[@]}" "$damaged/mmap.dat"
{
	head -c 4 /dev/zero
	cat "$damaged/mmap.dat"
} > "$work/shifted.dat"
refuses "one that it does not even get" "$work/shifted.dat: not a file that trace-cmd has recorded" \
	"${analyze[@]}" "$work/shifted.dat"

# What cannot be read: a file that ends too early, wherever
size=$(stat -c %s "$work/compressed.dat")
for ((i = 1; i < 8; i++)); do
	head -c $((size * i / 8)) "$work/compressed.dat" > "$work/cut.dat"
	refuses "compressed, $i eighths of it" "$work/cut.dat: the file is truncated" \
		"${analyze[@]}" "$work/cut.dat"
done
size=$(stat -c %s "$trace")
for ((i = 1; i < 8; i++)); do
	head -c $((size * i / 8)) "$trace" > "$work/cut.dat"
	refuses "not compressed, $i eighths of it" "$work/cut.dat: the file is truncated" \
		"${analyze[@]}" "$work/cut.dat"
done
: > "$work/empty.dat"
refuses "an empty file" "$work/empty.dat: the file is empty" "${analyze[@]}" "$work/empty.dat"
refuses "another file" "$0: not a file that trace-cmd has recorded" "${analyze[@]}" "$0"
refuses "no file" "$work/none: No such file or directory" "${analyze[@]}" "$work/none"
refuses "a directory" "$work: Is a directory" "${analyze[@]}" "$work"

events <<< "without acquire"
refuses "no such event" "$trace: it has no event gup_mirror_acquire" "${analyze[@]}" "$trace"
"$make_trace" "$trace" <<< "1000000000 0 7 acquire $pin 0x100 4 257 pin pin_user_pages"
refuses "no symbols" "$trace: no names of functions" "${analyze[@]}" "$trace"
refuses "nothing is written then" "$trace: no names of functions" \
	"${analyze[@]}" --html "$work/none.html" "$trace"
is "nothing was written then" "" "$(compgen -G "$work/none*" || :)"

# A module that has gone by the end of the recording has no names: none of another
# one that is there.
{
	echo "symbol 0xffffffffc0010000 next_pin [next]"
	echo "symbol 0xffffffffc0011000 next_last [next]"
	echo "1000000000 0 7 acquire $module 0x100 1 0 pin pin_user_pages"
	echo "1000000001 0 7 acquire 0xffffffffc0008010 0x200 1 0 pin pin_user_pages"
	echo "1000000002 0 7 acquire 0xffffffffc0010810 0x300 1 0 pin pin_user_pages"
	echo "1000000003 0 7 acquire 0xffffffffc0011f10 0x400 1 0 pin pin_user_pages"
	echo "1000000004 0 7 acquire 0xffffffffc0012010 0x500 1 0 pin pin_user_pages"
} | events
field "modules that have gone" 'sorted(s)' \
	"['0xffffffffc0008010', '0xffffffffc0012010', 'mod_pin+0x10 [mod]', 'next_last+0xf10 [next]', 'next_pin+0x810 [next]']"

# Nor has one whose place another one has taken, where the recording tells of it.
{
	echo "1000000000 0 7 acquire $module 0x100 1 0 pin pin_user_pages"
	echo "1000000001 0 7 acquire $pin 0x200 1 0 pin pin_user_pages"
	echo "1000000002 0 7 violation $module $module 0x100 put-on-pin pin_user_pages put_page"
	echo "1000000003 0 7 load other"
	echo "1000000004 0 7 load mod"
	echo "1000000005 0 7 acquire $module 0x300 2 0 pin pin_user_pages"
	echo "1000000006 0 7 acquire $pin 0x400 1 0 pin pin_user_pages"
	echo "1000000007 0 7 release $module $unpin 0x300 1 pin unpin_user_page"
} | events
field "a module in the place of another" \
	'[(p, s[p]["pages"], s[p]["right"], s[p]["held"]) for p in sorted(s)]' \
	"[('0xffffffffc0000010', 1, 0, 1), ('drv_pin+0x10', 2, 0, 2), ('mod_pin+0x10 [mod]', 2, 1, 1)]"
field "a module in the place of another: violations" \
	'[(v["acquired_at"], v["released_at"]) for v in r["violations"]]' \
	"[('0xffffffffc0000010', '0xffffffffc0000010')]"

events <<< "1000000001 0 7 acquire 0xffffffffc0008010 0x200 1 0 pin pin_user_pages"
field "only a module that has gone" 'list(s)' "['0xffffffffc0008010']"

tap_done
