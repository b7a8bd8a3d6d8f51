#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Memory of other processes.

set -euo pipefail
. "$(dirname "$0")/group.sh"

workload_group copy

tap_done
