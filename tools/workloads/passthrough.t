#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Commands to SCSI and NVMe devices that go past the block layer's files.

set -euo pipefail
. "$(dirname "$0")/group.sh"

disk=$build/tests/workloads-passthrough.disk
mkdir -p "${disk%/*}"
truncate -s 64M "$disk"

workload_group passthrough \
	--qemu -drive --qemu "file=$disk,format=raw,if=none,id=disk,cache=unsafe" \
	--qemu -device --qemu nvme,serial=1,id=nvme \
	--qemu -device --qemu nvme-ns,drive=disk,bus=nvme,ms=8
rm -f "$disk"

tap_done
