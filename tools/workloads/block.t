#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Direct I/O on block devices and file systems.

set -euo pipefail
. "$(dirname "$0")/group.sh"

# Sixteen requests a second, so that there is time to change things meanwhile.
slow=$build/tests/workloads-block.disk
mkdir -p "${slow%/*}"
truncate -s 64M "$slow"

workload_group block --append "brd.rd_nr=2 brd.rd_size=393216" \
	--qemu -drive --qemu "file=$slow,format=raw,if=virtio,cache=unsafe,throttling.iops-total=16"
rm -f "$slow"

tap_done
