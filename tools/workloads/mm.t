#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What memory management does to pages while they are pinned.

set -euo pipefail
. "$(dirname "$0")/group.sh"

# Two nodes, to have somewhere to move pages to, and room for a gigantic page.
workload_group mm --memory 3G --append "numa=fake=2 hugetlb_cma=1:1G"

tap_done
