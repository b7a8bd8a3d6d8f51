# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For tests that boot the test kernel; to be sourced after tap.sh.

. "$(dirname "${BASH_SOURCE[0]}")/../vm/lib.sh"

# need_kernel DIR TARGET: there must be a kernel, which make TARGET builds
need_kernel()
{
	[ ! -e "$1/$kernel_image" ] || return 0
	echo "Bail out! there is no kernel in $1; run make $2"
	exit 1
}

# vm NAME [BOOT-OPTION...] -- COMMAND...: boots, and checks that it worked.
# Leaves what was printed in $results/output, the messages in $results/dmesg.
vm()
{
	local name=$1 status=0

	shift
	results=$build/tests/$name
	rm -rf "$results"
	mkdir -p "$results"
	"$top/tools/vm/boot" --results "$results" "$@" \
		> "$results/output" 2> "$results/errors" || status=$?
	if [ "$status" -eq 0 ]; then
		pass "$name: ran to its end"
	else
		fail "$name: ran to its end" "status $status
$(tail -n 20 "$results/output")
$(cat "$results/errors")"
	fi
	[ -e "$results/dmesg" ] || cp "$results/console" "$results/dmesg"
}

# no_trouble NAME [PATTERN]: nothing but GUP mirror's own reports, and what matches
# the pattern or $harmless, may be in the messages
harmless=
no_trouble()
{
	local lines

	lines=$(grep -E 'BUG|WARNING|Oops|Call Trace|INFO: |general protection|Bad page' "$results/dmesg" |
		grep -vE "BUG: GUP-MIRROR: ${2:+|$2}${harmless:+|$harmless}" || true)
	if [ -z "$lines" ]; then
		pass "$1: the kernel did not complain"
	else
		fail "$1: the kernel did not complain" "$lines"
	fi
}
