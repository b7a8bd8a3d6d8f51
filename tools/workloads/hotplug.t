#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Memory that comes and goes, and memory of devices.

set -euo pipefail
. "$(dirname "$0")/group.sh"

# Two pieces of memory that are not the kernel's to begin with. One is so far away
# (64 GiB from the start) that its memmap needs a table of its own to the very top,
# which comes and goes with it; and it is a node.
workload_group hotplug --memory "2G,slots=1,maxmem=130G" \
	--qemu -object --qemu memory-backend-ram,id=near,size=2G \
	--qemu -numa --qemu node,nodeid=0,cpus=0-1,memdev=near \
	--qemu -numa --qemu node,nodeid=1 \
	--qemu -object --qemu memory-backend-ram,id=far,size=512M \
	--qemu -device --qemu pc-dimm,memdev=far,addr=0x1000000000,node=1 \
	--append "memmap=384M!1G memmap=512M!64G movablecore=512M"

tap_done
