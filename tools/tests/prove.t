#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The names of tests that fail are in what prove prints last.

set -euo pipefail
. "$(dirname "$0")/tap.sh"

cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# makes FILE LINE...: a test that prints these lines
makes()
{
	local file=$work/$1

	shift
	printf 'print <<"END";\n' > "$file"
	printf '%s\n' "$@" END >> "$file"
}
makes good.t 'ok 1 - good' 1..1
makes bad.t 'ok 1 - as it should be' 'not ok 2 - not as it should be' \
	'not ok 3 - not yet # TODO' 'not ok 4 - not this either' 1..4

same()
{
	diff <(echo "$1") <(echo "$2")
}
last()
{
	tail -n "$1" "$work/said"
}

# prove's own settings are not for these.
unset HARNESS_OPTIONS HARNESS_ACTIVE HARNESS_VERSION PERL_TEST_HARNESS_DUMP_TAP

check 'nothing failed: prove succeeds' prove "$work/good.t"
prove "$work/good.t" > "$work/said" 2>&1
check 'and has the last word' same "$(last 1)" 'Result: PASS'

for options in '' --verbose '--timer --directives' '-j 2'; do
	status=0
	# shellcheck disable=SC2086 # several words
	prove $options "$work/bad.t" "$work/good.t" > "$work/said" 2>&1 || status=$?
	check "prove $options: fails" test "$status" -ne 0
	check "prove $options: names what failed" same "$(last 4)" \
		"Result: FAIL
Failed:
  $work/bad.t 2 - not as it should be
  $work/bad.t 4 - not this either"
done

tap_done
