# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For the tests in this directory, to be sourced: boots the kernel for workloads,
# and forwards what a group of workloads has to say. With $WORKLOADS_KERNEL,
# another that was built with tools/vm/workloads.config: its directory, or the name that
# this has in build/.

here=$(dirname "${BASH_SOURCE[0]}")
. "$here/../tests/tap.sh"
. "$here/../tests/vm.sh"
. "$here/../tests/suites.sh"

workloads_kernel=${WORKLOADS_KERNEL:-kernel-workloads}
[[ $workloads_kernel == */* ]] || workloads_kernel=$build/$workloads_kernel
need_kernel "$workloads_kernel" workloads-kernel
# Words of gup_mirror= that every group is run with.
modes=${WORKLOADS_MODES:-pin all}

# workload_group GROUP BOOT-OPTION...: the workloads of groups/GROUP, in each mode
workload_group()
{
	local group=$1 mode

	shift
	for mode in $modes; do
		vm "workloads-$group-${mode//,/-}" --kernel "$workloads_kernel" \
			--append "gup_mirror=$mode log_buf_len=4M" --timeout 1500 "$@" -- \
			"$here/run" "$group"
		# shellcheck disable=SC2154 # vm() sets it
		forward "$group, $mode" "$results/run.tap"
		no_trouble "$group, $mode" "${allowed_trouble:-}"
	done
}
