#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Drives gup-mirror run in a virtual machine: with programs that are right, wrong,
# leave pins, end in all sorts of ways, or cannot be run.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/vm.sh"
need_kernel "$build/kernel" kernel

program=$("$top/tools/vm/build-program")

# ended NAME STATUS
ended()
{
	check "$1: status $2" grep -qx "$1: $2" "$results/statuses"
}

# has NAME PATTERN
has()
{
	check "$1: says $2" grep -qE -- "$2" "$results/$1.err"
}

vm gup-mirror --append gup_mirror=all --timeout 600 -- \
	"$top/tools/tests/guest/gup-mirror" "$program"

ended right 0
has right 'pin_user_pages_fast\(\) at tgm_pin_user_pages_fast'
has right '^No violations\.$'
has right ' ended with status 0: 0 violations, 0 pins left$'

ended wrong 121
has wrong '^put-on-pin: 1 time$'
has wrong '^    tgm_put_page\+.* \[test_gup_mirror\]$'
has wrong '^    tgm_pin_user_pages_fast\+.* \[test_gup_mirror\]$'
has wrong ': 1 violation, 0 pins left$'
ended wrong-again 121
has wrong-again ': 1 violation, 0 pins left$'
ended wrong-fine 0

ended reloaded 0
check "reloaded: the old module is a number, the new one has a name" \
	python3 - "$results/reloaded.json" <<-'END'
	import json, sys
	places = [s["place"] for s in json.load(open(sys.argv[1]))["sites"]
	          if s["kind"] == "pin" and s["wrong"]]
	assert sorted(p[:2] for p in places) == ["0x", "tg"], places
END

ended leak 121
has leak '^1 pin by pin_user_pages_fast\(\) at tgm_pin_user_pages_fast'
has leak ': 0 violations, 1 pin left$'
ended leak-fine 0

for i in 1 2 3; do
	ended "busy$i" 0
	has "busy$i" ': 0 violations, 0 pins left$'
done

ended status 7
check "status: quiet when nothing was found" test ! -s "$results/status.err"
ended killed 137
ended interrupted 130
has interrupted 'ended with status 130: 0 violations, 0 pins left$'
ended not-found 127
ended not-executable 126
ended bad-option 125
ended bad-file 125
has bad-file '^gup-mirror: cannot make the directory '
ended no-trace-cmd 125
has no-trace-cmd '^gup-mirror: cannot run trace-cmd'
ended late 127
ended lost 0

# says NAME SENTENCE: that, in one line that begins so, and nothing else
says()
{
	check "$1: one sentence, and nothing else" diff <(echo "gup-mirror: $2") \
		<(sed "s|^\\(gup-mirror: $2\\).*|\\1|" "$results/$1.err" "$results/$1.out")
}

# The line is written over and over, and is gone before anything else comes.
step=$'\rgup-mirror: [0-9]+ s, [0-9]+ events, [0-9]+ new pins? held\e\\[K'
ended terminal 0
check "terminal: how far it is, until the end" \
	grep -qzxE "($step){2,}"$'\r\e\\[K' "$results/terminal.out"
ended terminal-wrong 121
check "terminal: what was found comes in a line of its own" \
	grep -qzE "$step.*"$'\r\e\\[KGUP mirror: sh ' "$results/terminal-wrong.out"

ended valgrind 121
has valgrind ': 1 violation, 0 pins left$'
check "valgrind: nothing to complain of" diff /dev/null "$results/valgrind"

# knows NAME EXPRESSION EXPECTED: of what the kernel has (kernel), and the reports
# live, copy, again and merged
knows()
{
	local knows_got

	knows_got=$(python3 - "$results" "$2" 2>&1 <<-'END'
		import json, sys
		def text(name):
		    return open(sys.argv[1] + "/" + name).read()
		def report(name):
		    r = json.loads(text(name))
		    # These grow all the time.
		    r["summary"].pop("snapshot_ms")
		    for h in r["holders"]:
		        h.pop("oldest_ms", None)
		    return r
		def times(r, name):
		    return sum(v["times"] for v in r["violations"] if v["class"] == name)
		def total(r, part, key):
		    return sum(e[key] for e in r[part])
		live, copy, again, merged = map(report,
		    ("live.json", "copy.out", "again.json", "merge.out"))
		kernel = dict(l.split(": ") for l in text("copy/summary").splitlines()[1:])
		print(eval(sys.argv[2]))
	END
	)
	check "$1" diff <(echo "$3") <(echo "$knows_got")
}

for name in copy text folded html again merge; do
	ended $name 0
	check "$name: nothing on standard error" diff /dev/null "$results/$name.err"
done
knows "report: the counters are those of the kernel" \
	'[k for k in kernel if k != "snapshot_ms" and str(live["summary"].get(k)) != kernel[k]]' '[]'
knows "report: there are violations, as many as the kernel counts" \
	'int(kernel["put-on-pin"]) > 4, times(live, "put-on-pin") - int(kernel["put-on-pin"])' '(True, 0)'
knows "report: pins are held, as many as the kernel counts" \
	'int(kernel["pins"]) > 1, total(live, "holders", "pins") - int(kernel["pins"])' '(True, 0)'
knows "report of a copy: the same, but for its name" \
	'[k for k in live if live[k] != copy[k]]' "['name', 'provenance']"
knows "report as text: the violations" \
	'"\nput-on-pin: %s times\n" % kernel["put-on-pin"] in text("text.out")' True
knows "report, folded: the pins" \
	'sum(int(l.rsplit(" ", 1)[1]) for l in text("folded.out").splitlines()) - int(kernel["pins"])' 0
knows "report as HTML: the violations, the pins" \
	'["<b>%d</b>%s" % (total(live, *k), t) in text("page.html") for k, t in ((("violations", "times"), " violations"), (("holders", "pins"), " held pins"))], text("html.out")' "([True, True], '')"
knows "merge: the sum of violations, pins and calls" \
	'[total(merged, *k) - total(live, *k) - total(again, *k) for k in (("violations", "times"), ("holders", "pins"), ("sites", "calls"))], merged["summary"]["put-on-pin"] - 2 * int(kernel["put-on-pin"])' '([0, 0, 0], 0)'

permission="no permission to read /sys/kernel/debug/gup_mirror: run gup-mirror as root"
for name in nobody-report nobody-html nobody-run; do
	ended $name 125
	says $name "$permission"
done
check "nobody: no file was written, and nothing ran" diff /dev/null "$results/written"

check "the command's output is left alone" grep -q '^right, not put-on-pin: ' "$results/right.out"
check "no progress but on a terminal" test -z "$(grep -l $'\r' "$results"/*.err)"
check "no trace instance is left" diff /dev/null "$results/instances"
check "no file is left" diff /dev/null "$results/files"
check "trace-cmd reads the recording" grep -q 'gup_mirror_violation:.*class=put-on-pin' "$results/report"
check "so does gup-mirror analyze" grep -q '^put-on-pin: 1 time$' "$results/analyze"
check "events that were lost are told" \
	grep -qE '^gup-mirror: [0-9]+ events were lost' "$results/lost.err"
check "run: all forms at once, with stacks and where they come from" python3 - "$results/forms" <<-'END'
	import json, os, sys
	report = json.load(open(sys.argv[1] + "/json"))
	origin, = report["provenance"]
	assert origin["command"].endswith("--class put-on-pin"), origin
	assert origin["status"] == 0 and origin["mode"] == "all" and origin["date"], origin
	assert report["violations"][0]["acquire_stack"], report["violations"]
	for form in "html", "folded", "junit", "github", "text", "suppressions":
	    assert os.path.exists(sys.argv[1] + "/" + form), form
	assert "not ok 1 put-on-pin\n" in open(sys.argv[1] + "/ktap").read()
END
ended forms 121
ended suppressed 0
ended baseline 0
ended exitcode 9
ended overlong 0
ended shown 0
check "shown: only the module" python3 - "$results/shown.json" <<-'END'
	import json, sys
	report = json.load(open(sys.argv[1]))
	assert len(report["violations"]) == 2 and report["sites"]
	assert all(s["place"].endswith("[test_gup_mirror]") for s in report["sites"]), report["sites"]
END
check "shown: one of two classes" grep -qE '^and 1 more ' "$results/shown.text"
check "shown: no line is longer" test -z "$(grep -E '^.{61}' "$results/shown.text" || true)"
ended elsewhere 0
ended no-lines 125
ended no-modules 125
ended surplus 121
has surplus '^Got, and perhaps not put, by stack$'
has surplus ' ended with status 0: 0 violations, 0 pins left, surplus: 4$'
has surplus '^4 references by get_user_pages_fast\(\) at '
ended surplus-fine 0
check "surplus-fine: quiet, since nobody asked" test ! -s "$results/surplus-fine.err"
check "surplus: no violation, and no pin" python3 - "$results/surplus.json" <<-'END'
	import json, sys
	report = json.load(open(sys.argv[1]))
	assert [s["references"] for s in report["surpluses"]] == [4], report["surpluses"]
	assert not report["violations"] and not report["holders"]
END
ended no-surplus 0
ended calls 0
check "calls: they were recorded" grep -qxE "ok [0-9]+ left-by-failed-call" "$results/forms/calls"
check "what run has found is in its recording" grep -q '^    tgm_put_page' "$results/analyze"
no_trouble gup-mirror

vm gup-mirror-off --append gup_mirror=off --timeout 300 -- \
	"$top/tools/tests/guest/gup-mirror" "$program" off
for name in run report html; do
	ended $name 4
	says $name "GUP mirror is off: boot with gup_mirror=pin or gup_mirror=all"
done
check "off: no file was written, and nothing ran" diff /dev/null "$results/written"

tap_done
