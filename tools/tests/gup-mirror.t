#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Drives gup-mirror run in a virtual machine: with programs that are right, wrong,
# leave pins, end in all sorts of ways, or cannot be run.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/vm.sh"
need_kernel "$top/build/kernel" kernel

make -s -C "$top/tools/gup-mirror"

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
	"$top/tools/tests/guest/gup-mirror" "$top/build/gup-mirror/gup-mirror"

ended right 0
has right 'pin_user_pages_fast\(\) at tgm_pin_user_pages_fast'
has right '^No violations\.$'
has right ' ended with status 0: 0 violations, 0 pins left$'

ended wrong 1
has wrong '^put-on-pin: 1 time$'
has wrong '^    tgm_put_page\+.* \[test_gup_mirror\]$'
has wrong '^    tgm_pin_user_pages_fast\+.* \[test_gup_mirror\]$'
has wrong ': 1 violation, 0 pins left$'
ended wrong-again 1
has wrong-again ': 1 violation, 0 pins left$'
ended wrong-fine 0

ended leak 3
has leak '^1 pin by pin_user_pages_fast\(\) at tgm_pin_user_pages_fast'
has leak ': 0 violations, 1 pin left$'
ended leak-fine 0

ended status 7
check "status: quiet when nothing was found" test ! -s "$results/status.err"
ended killed 137
ended interrupted 130
has interrupted 'ended with status 130: 0 violations, 0 pins left$'
ended not-found 127
ended not-executable 126
ended bad-option 2
ended bad-file 2
has bad-file '^gup-mirror: cannot make the directory '
ended no-trace-cmd 2
has no-trace-cmd '^gup-mirror: cannot run trace-cmd'
ended late 127
ended lost 0

check "the command's output is left alone" grep -q '^right, not put-on-pin: ' "$results/right.out"
check "no progress but on a terminal" test -z "$(grep -l $'\r' "$results"/*.err)"
check "no trace instance is left" diff /dev/null "$results/instances"
check "no file is left" diff /dev/null "$results/files"
check "trace-cmd reads the recording" grep -q 'gup_mirror_violation:.*class=put-on-pin' "$results/report"
check "so does gup-mirror analyze" grep -q '^put-on-pin: 1 time$' "$results/analyze"
check "events that were lost are told" \
	grep -qE '^gup-mirror: [0-9]+ events were lost' "$results/lost.err"
no_trouble gup-mirror

vm gup-mirror-off --append gup_mirror=off --timeout 300 -- \
	bash -c "'$top/build/gup-mirror/gup-mirror' run -- touch /tmp/ran 2> '/results/err'
		echo \$? > '/results/status'; ls /tmp/ran >> '/results/status' 2> /dev/null; :"
check "off: status 2, and the command did not run" test "$(cat "$results/status")" = 2
check "off: it says so" grep -q '^gup-mirror: GUP mirror is off' "$results/err"

tap_done
