# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# tools/integrate: TREE/.gup-mirror, the note of what was done to a tree.

format='gup-mirror manifest 1'

# Sets integrated, and for each file of the manifest its sum in ours[] and, if it
# has an original, that file's sum in orig[].
read_manifest()
{
	local line original path

	declare -gA ours=() orig=()
	integrated=
	done_sum=
	[[ -f $state/manifest ]] || return 0
	{
		read -r line
		[[ $line == "$format" ]] ||
			die "$state/manifest is not of this version of $me; revert with the one that wrote it"
		read -r done_sum
		while IFS=$'\t' read -r line original path; do
			ours[$path]=$line
			if [[ $original != - ]]; then
				orig[$path]=$original
			fi
		done
	} <"$state/manifest"
	integrated=1
}

# What the manifest lists must be there, and be what we wrote. After a run that
# was killed while it wrote, files may also be what they were before.
check_state()
{
	local path there=()
	declare -A sum before

	[[ -n $integrated ]] || return 0
	for path in "${!orig[@]}"; do
		[[ -f $state/orig/$path ]] ||
			die "$tree is half integrated: $state/orig/$path, the original, is missing; restore the tree and remove $state"
	done
	sum_files "$state/orig" "${!orig[@]}"
	for path in "${!orig[@]}"; do
		[[ ${sum[$path]} == "${orig[$path]}" ]] ||
			die "$tree is half integrated: $state/orig/$path, the original, was changed; restore the tree and remove $state"
	done
	for path in "${!ours[@]}"; do
		if [[ -f $tree/$path ]]; then
			there+=("$path")
		elif [[ ! -f $state/incomplete ]]; then
			die "$tree is half integrated: $path is missing; restore it, or restore the tree and remove $state"
		fi
	done
	if [[ -f $state/incomplete ]]; then
		while read -r path; do
			before[$path]=1
		done <"$state/incomplete"
	fi
	sum_files "$tree" "${there[@]}"
	for path in "${there[@]}"; do
		[[ ${sum[$path]} == "${ours[$path]}" || -n ${before[${sum[$path]}]-} ]] ||
			die "$path in $tree was changed after GUP mirror was put in; take that change out (save it first), then run again"
	done
}
