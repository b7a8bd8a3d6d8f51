#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Files whose pages are pinned, and everything that may be done to them, at random:
# ext4, xfs, btrfs. By default, it is short. $MINUTES makes it last longer, and $SEED
# makes its threads do what they did when it failed.

set -euo pipefail
. "$(dirname "$0")/group.sh"

# ext4 warns of a page that is marked dirty and has lost its buffers meanwhile.
allowed="ext4_dirty_folio|Call Trace:"

seed=${SEED:-$(od -A n -N 4 -t u4 /dev/urandom | tr -d ' ')}
seconds=$((${MINUTES:-1} * 20))

# torture WORDS SECONDS
torture()
{
	echo "# gup_mirror=$1, seed $seed"
	vm "files-torture-${1//,/-}" --kernel "$workloads_kernel" \
		--append "gup_mirror=$1 log_buf_len=16M" --timeout $(($2 * 10 + 600)) -- \
		"$here/run" files-torture "$seed" "$2"
	# shellcheck disable=SC2154 # vm() sets it
	forward_all=1 forward "seed $seed, $1" "$results/run.tap"
	no_trouble "seed $seed, $1" "$allowed"
}

torture pin,files "$seconds"
# Without files, nothing is marked.
torture pin 5

tap_done
