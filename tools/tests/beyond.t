#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Memory that no view shows, since nothing at boot said that it may come: a module
# of memory far away, on a machine that keeps quiet about it.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/vm.sh"
need_kernel "$build/kernel" kernel
. "$(dirname "$0")/suites.sh"

# At 100 GiB. A view shows 64 GiB to a machine that has 1 GiB.
address=0x1900000000

vm beyond --append "gup_mirror=all numa=off" --memory 1G,slots=1,maxmem=200G \
	--qemu -object --qemu memory-backend-ram,id=far,size=512M \
	--qemu -device --qemu "pc-dimm,memdev=far,addr=$address" \
	-- "$top/tools/tests/guest/beyond" "$address"
if [ -e "$results/gup_mirror_beyond.tap" ]; then
	forward beyond "$results/gup_mirror_beyond.tap"
else
	fail "beyond: no results" "$(cat "$results/output")"
fi
no_trouble beyond

tap_done
