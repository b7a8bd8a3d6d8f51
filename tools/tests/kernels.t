#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every version of Linux that has hooks, for each architecture that it has views on: the
# hooks fit, and what they are in compiles. All the rest of the tests is for the one
# version in $KVER.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"

# That of one version is not that of another.
unset LINUX_SOURCE

# has_views ARCHITECTURE VERSION
has_views()
{
	awk -v version="$2" -f "$top/tools/integrate.d/targets.awk" "$top/mm-debug/hooks/targets" |
		grep -q "^lines arch/$1/Kconfig [1-9]"
}

for kernel in "${kernels[@]}"; do
	for arch in x86 arm64; do
		has_views "$arch" "$kernel" || continue
		what="Linux $kernel, $arch: hooks fit, and compile"
		status=0
		said=$(KVER=$kernel ARCH=$arch "$top/tools/vm/compile-hooks" 2>&1) || status=$?
		case $status in
		0)	pass "$what" ;;
		3)	skip "$what" "$(tail -n 1 <<< "$said")" ;;
		*)	fail "$what" "$said" ;;
		esac
	done
done

tap_done
