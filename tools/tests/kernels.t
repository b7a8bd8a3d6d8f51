#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every version of Linux that has hooks: they fit, and what they are in compiles.
# All the rest of the tests is for the one version in $KVER.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"

# That of one version is not that of another.
unset LINUX_SOURCE

for kernel in "${kernels[@]}"; do
	what="Linux $kernel: hooks fit, and compile"
	status=0
	said=$(KVER=$kernel "$top/tools/vm/compile-hooks" 2>&1) || status=$?
	case $status in
	0)	pass "$what" ;;
	3)	skip "$what" "$(tail -n 1 <<< "$said")" ;;
	*)	fail "$what" "$said" ;;
	esac
done

tap_done
