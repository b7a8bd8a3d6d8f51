#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# FUSE, 9p, NFS, core dumps and swap.

set -euo pipefail
. "$(dirname "$0")/group.sh"

plain=$build/tests/workloads-files.plain
mkdir -p "$plain"

workload_group files \
	--qemu -fsdev --qemu "local,id=plain,path=$plain,security_model=none" \
	--qemu -device --qemu virtio-9p-pci,fsdev=plain,mount_tag=plain
rm -rf "$plain"

tap_done
