#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The network, where user pages travel in packets.

set -euo pipefail
. "$(dirname "$0")/group.sh"

workload_group net

tap_done
