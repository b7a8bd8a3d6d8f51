#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# io_uring: registered buffers, rings in memory of the program, zero-copy send.

set -euo pipefail
. "$(dirname "$0")/group.sh"

workload_group uring

tap_done
