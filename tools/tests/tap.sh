# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Output in the Test Anything Protocol, for tests that prove runs; to be
# sourced. The last call must be tap_done.

tap_count=0
tap_failed=0

# pass NAME
pass()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

# fail NAME [EXPLANATION]
fail()
{
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
	[ -z "${2:-}" ] || diag "$2"
}

# skip NAME REASON
skip()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# diag TEXT: prove shows it with the failed test
diag()
{
	echo "# ${1//$'\n'/$'\n'# }" >&2
}

# check NAME COMMAND...: what the command prints explains its failure
check()
{
	local tap_name=$1 tap_said

	shift
	if tap_said=$("$@" 2>&1); then
		pass "$tap_name"
	else
		fail "$tap_name" "$tap_said"
	fi
}

tap_done()
{
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ]
}
