#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What memory management does to pages while they are pinned.

set -euo pipefail
. "$(dirname "$0")/group.sh"

# Two nodes, to have somewhere to move pages to.
workload_group mm --append "numa=fake=2 cma=64M"

tap_done
