# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the scripts in this directory share; to be sourced.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# Used by those who source this file.
# shellcheck disable=SC2034
build=$top/build

# A user's path often lacks them: depmod, mkfs.ext4
PATH=$PATH:/usr/sbin:/sbin

# die MESSAGE [STATUS]
die()
{
	echo "${0##*/}: $1" >&2
	exit "${2:-1}"
}

# say MESSAGE: one line on what happens next
say()
{
	echo "== $*"
}

# need_tools TOOL...: fail before any work is done, naming what is missing
need_tools()
{
	local tool missing=()

	for tool; do
		command -v "$tool" > /dev/null || missing+=("$tool")
	done
	[ ${#missing[@]} -eq 0 ] ||
		die "not installed: ${missing[*]}; run tools/vm/install-packages"
}
