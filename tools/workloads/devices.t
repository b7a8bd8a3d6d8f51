#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Devices that user space drives, and that reach into its memory.

set -euo pipefail
. "$(dirname "$0")/group.sh"

# An IOMMU, and a network card that nobody needs. QEMU adds the second -machine to
# the first.
workload_group devices --append intel_iommu=on \
	--qemu -machine --qemu kernel-irqchip=split \
	--qemu -device --qemu intel-iommu,intremap=on \
	--qemu -device --qemu e1000e
# Beside an IOMMU, the one that the kernel plays gets no devices.
workload_group devices-simulated

tap_done
