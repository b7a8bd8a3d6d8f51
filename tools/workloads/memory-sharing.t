#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Memory that is shared with devices, tracers and virtual machines.

set -euo pipefail
. "$(dirname "$0")/group.sh"

# For the kernels that have this
workload_group memory-sharing --append 'kho=on liveupdate=on'

tap_done
