#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# RDMA over ordinary network interfaces.

set -euo pipefail
. "$(dirname "$0")/group.sh"

workload_group rdma

tap_done
