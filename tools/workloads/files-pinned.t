#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Files whose mapped pages are pinned: ext4, xfs, btrfs.

set -euo pipefail
. "$(dirname "$0")/group.sh"

# With gup_mirror=all, they are looked at without a word.
modes=${modes/#pin/pin,files}
modes=${modes/ pin/ pin,files}

workload_group files-pinned --append "brd.rd_nr=2 brd.rd_size=393216"

tap_done
