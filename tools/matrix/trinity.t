#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Trinity, which makes random system calls with arguments that are nearly right, as
# an ordinary user: GUP mirror must have nothing to say of them, nor keep any page.
# The kernel panics at its first report. Takes ten minutes, or $MINUTES; with $SEED,
# trinity begins as it did when it failed.
#
# $WORKLOADS_KERNEL as in tools/workloads/group.sh.

set -euo pipefail
. "$(dirname "$0")/../workloads/group.sh"

minutes=${MINUTES:-10}
seed=${SEED:-$(od -A n -N 3 -t u4 /dev/urandom | tr -d ' ')}

echo "# seed $seed, $minutes minutes"
vm trinity --kernel "$workloads_kernel" --memory 3G \
	--append "gup_mirror=all panic_on_warn=1 log_buf_len=16M" \
	--timeout $((minutes * 60 + 900)) -- \
	"$(dirname "$0")/trinity" "$seed" $((minutes * 60))
forward "trinity, seed $seed" "$results/run.tap"
no_trouble "trinity, seed $seed"
sed -n 's/^/# /p' "$results/calls"
tap_done
