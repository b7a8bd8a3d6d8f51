#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# gup-mirror merge: what is added to what.

set -euo pipefail
. "$(dirname "$0")/lib.sh"

demo=$data/demo
merge=("$gup_mirror" merge)

# other SED: a copy of the demo, as of another machine
other()
{
	rm -rf "$work/other"
	cp -r "$demo" "$work/other"
	sed -E -i "$1" "$work/other"/*
}

# merged EXPRESSION [REPORT...]: of the demo and the other, or of REPORTs
merged()
{
	local expression=$1

	shift
	[ $# -gt 0 ] || set -- "$demo" "$work/other"
	"${merge[@]}" --json - "$@" | python3 -c '
import json, sys
r = json.load(sys.stdin)
def site(place, function=""):
    return [s for s in r["sites"]
            if s["place"].startswith(place) and function in s["function"]]
def violation(name):
    return [v for v in r["violations"] if v["class"] == name]
print(eval(sys.argv[1]))' "$expression"
}

# With itself: twice as much, of the same
other ''
is "sites" "[('iov_iter_extract_pages+0xe1/0x8b0', 822, 12464, 0, 48, 12416, 0, 128)]" \
	"$(merged '[tuple(s[k] for k in ("place", "calls", "pages", "wrong", "right", "laundered", "held", "most")) for s in site("iov_iter")]')"
is "hold times" "[{'0': 190, '1': 6, '2': 2}]" \
	"$(merged '[s["hold_ms"] for s in site("process_vm")]')"
is "gets have no pins" "[False]" "$(merged '["held" in s for s in site("get_futex")]')"
is "a function with two calls of the same function" \
	"[('gup_test_ioctl', 64, 4096)]" \
	"$(merged '[(s["place"], s["calls"], s["pages"]) for s in site("gup_test", "pin_user_pages") if "fast" not in s["function"]]')"
is "violations" "[('put-on-pin', 6), ('double-unpin', 2), ('free-while-pinned', 2), ('lost-pin', 2), ('unpin-on-get', 2), ('unpin-unpinned', 2)]" \
	"$(merged '[(v["class"], v["times"]) for v in r["violations"]]')"
is "holders" "[(2, 2, 0, 230, 2, 7)]" \
	"$(merged '[(h["pins"], h["pages"], h["since_snapshot"], h["oldest_ms"], h["orphans"], len(h["stack"])) for h in r["holders"]]')"
is "source and name" "merge $demo, $work/other" \
	"$(merged 'r["source"] + " " + r["name"]')"
is "summary: sums, switches, sizes" "6 all 1 13 1036 14" \
	"$(merged '" ".join(str(r["summary"][k]) for k in ("put-on-pin", "mode", "repair", "sites", "groups", "reports"))')"

# Another kernel, built by another compiler
other 's/(\w)\+0x[0-9a-f]+\/0x[0-9a-f]+/\1.isra.3+0x77\/0x99/g; s/\.constprop\.0//'
is "offsets and suffixes do not count" "[('iov_iter_extract_pages', 822)]" \
	"$(merged '[(s["place"], s["calls"]) for s in site("iov_iter")]')"
is "nor for violations" "[('tgm_put_page [test_gup_mirror]', 6)]" \
	"$(merged '[(v["released_at"], v["times"]) for v in violation("put-on-pin")]')"
is "nor in stacks" "[(2, 'tgm_acquire [test_gup_mirror]')]" \
	"$(merged '[(h["pins"], h["stack"][1]) for h in r["holders"]]')"
is "a suffix that only one has" "['process_vm_rw_core']" \
	"$(merged '[s["place"] for s in site("process_vm")]')"

# What is different
other 's/\[test_gup_mirror\]/[other_module]/'
is "a module of another name is another" 4 \
	"$(merged 'len(site("tgm_pin_user")) + len(r["holders"])')"
other 's/^put-on-pin: 3 times/unpin-on-put: 5 times/'
is "and another class" "3 5" \
	"$(merged '"%d %d" % (violation("put-on-pin")[0]["times"], violation("unpin-on-put")[0]["times"])')"
other 's/tgm_put_page\+/tgm_put_other+/'
is "and another end" "[3, 3]" \
	"$(merged '[v["times"] for v in violation("put-on-pin")]')"
other 's/flags=-/flags=WRITE/'
is "and other flags" "['-', 'WRITE']" \
	"$(merged 'sorted(h["flags"] for h in r["holders"])')"
other 's/^  full_proxy_unlocked_ioctl/  other_ioctl/'
is "and another stack" "[1, 1]" "$(merged '[h["pins"] for h in r["holders"]]')"
other 's/^    full_proxy_unlocked_ioctl/    other_ioctl/; s/^put-on-pin: 3/put-on-pin: 5/'
is "of two stacks of a violation, the more frequent is kept" "8 True" \
	"$(merged '"%d %s" % (violation("put-on-pin")[0]["times"], violation("put-on-pin")[0]["acquire_stack"][3].startswith("other"))')"
other 's/oldest_ms=230 /oldest_ms=4000 /; s/suspect=no/suspect=yes/; s/ 0 1024 0 0:448/ 0 4096 0 0:448/'
is "the oldest, and the most" "(4000, True, 4096)" \
	"$(merged '(r["holders"][0]["oldest_ms"], r["holders"][0]["suspect"], site("gup_test", "pin_user_pages_fast")[0]["most"])')"
other 's/^mode: all/mode: pin/; s/^repair: 1/repair: 0/; s/^groups: .*/groups: 2000/; s/^(lost: ).*/\1words/'
is "the summary says where they differ" "all, pin|1, 0|2000|0, words" \
	"$(merged '"|".join(str(r["summary"][k]) for k in ("mode", "repair", "groups", "lost"))')"
other 's/ 411 / 9223372036854775807 /'
is "numbers end, but do not wrap" "[9223372036854775807]" \
	"$(merged '[s["calls"] for s in site("iov_iter")]')"

# What a trace does not know
python3 - "$demo" "$work/no-calls.json" "$gup_mirror" <<-'END'
	import json, subprocess, sys
	r = json.loads(subprocess.check_output([sys.argv[3], "report", "--json", "-", sys.argv[1]]))
	for s in r["sites"]:
	    if "iov_iter" in s["place"]:
	        del s["calls"]
	json.dump(r, open(sys.argv[2], "w"))
END
for order in "$demo $work/no-calls.json" "$work/no-calls.json $demo" \
	"$work/no-calls.json $work/no-calls.json" "$work/no-calls.json $data/empty"; do
	# shellcheck disable=SC2086 # these are two
	is "calls are known only if all know them: ${order//"$work/"/}" \
		"[False]" "$(merged '["calls" in s for s in site("iov_iter")]' $order)"
done
is "and so for each site" "[4]" \
	"$(merged '[s["calls"] for s in site("tgm_get_user")]' "$demo" "$work/no-calls.json")"

# Several, in any order, step by step
"${merge[@]}" --json - "$demo" "$data/right" > "$work/two.json"
"${merge[@]}" --json - "$work/two.json" "$work/other" > "$work/step.json"
"${merge[@]}" --json - "$demo" "$work/no-calls.json" > "$work/three.json"
valid "merged: two, step by step, without calls" "$work/two.json" "$work/step.json" \
	"$work/three.json"
is "calls are unknown, once and for all" "[False]" \
	"$(merged '["calls" in s for s in site("iov_iter")]' "$work/three.json" "$work/two.json")"
for part in sites violations holders; do
	is "$part: the same step by step" \
		"$(merged "r['$part']" "$demo" "$data/right" "$work/other")" \
		"$(merged "r['$part']" "$work/step.json" "$data/empty")"
	is "$part: the same in another order" \
		"$(merged "r['$part']" "$demo" "$data/right" "$work/other")" \
		"$(merged "r['$part']" "$work/other" "$demo" "$data/right")"
done

# Forms
is "folded" 2 "$("${merge[@]}" --folded - "$demo" "$demo" | sed 's/.* //')"
matches "text" $'^GUP mirror: .*\nput-on-pin: 6 times\n' "$("${merge[@]}" "$demo" "$demo")"
"${merge[@]}" --html "$work/merged.html" "$demo" "$work/two.json"
matches "HTML" '</html>' "$(cat "$work/merged.html")"

# What is refused
refuses "a report that is not there" "cannot read /nowhere" \
	"${merge[@]}" --html "$work/none.html" "$demo" /nowhere
is "there is no file then" "" "$(find "$work" -name 'none*')"

if command -v valgrind > /dev/null; then
	check "valgrind" valgrind -q --error-exitcode=99 --leak-check=full \
		--show-leak-kinds=definite,indirect \
		--errors-for-leak-kinds=definite,indirect \
		"${merge[@]}" "$demo" "$work/other" "$work/two.json"
else
	skip "valgrind" "it is not installed"
fi

tap_done
