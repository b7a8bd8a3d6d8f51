#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Huge pages of hugetlb that lose most of their memmap (HVO), while they are pinned
# and while others are.

set -euo pipefail
. "$(dirname "$0")/group.sh"

# Linux 6.12.117 restores the memmap of such a page in part only, and says so when the
# page is freed, with or without GUP mirror.
allowed_trouble='Bad page state|Call Trace'
workload_group hvo --append hugetlb_free_vmemmap=on

tap_done
