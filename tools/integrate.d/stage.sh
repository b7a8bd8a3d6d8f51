# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# tools/integrate: everything is prepared aside, from the original files.

# $work/old: the originals. $work/new: the same files with hooks, and ours.
stage()
{
	local path there=() stored=()

	command -v spatch >/dev/null ||
		die "spatch is missing; it is in the Debian package coccinelle"
	list_added
	if [[ -z $integrated ]]; then
		check_pristine
	fi
	for path in "${hooked[@]}"; do
		if [[ -n ${orig[$path]-} ]]; then
			stored+=("$path")
		elif [[ -f $tree/$path ]]; then
			there+=("$path")
		else
			die "$tree has no ${path//|/ or }; all of the Linux $release source has to be there"
		fi
	done
	copy_files "$tree" "$work/old" "${there[@]}"
	copy_files "$state/orig" "$work/old" "${stored[@]}"

	# The same rules have the same result as last time.
	hooks_sum=$(cd -- "$project" && cat -- tools/integrate tools/integrate.d/*.{sh,awk} \
		mm-debug/hooks/{*.cocci,lines,targets} | sha256sum)
	hooks_sum=${hooks_sum%% *}
	if [[ $hooks_sum == "$done_sum" && ! -f $state/incomplete ]]; then
		copy_files "$tree" "$work/new" "${hooked[@]}"
	else
		copy_files "$work/old" "$work/new" "${hooked[@]}"
		hook_all
	fi
	for path in "${added[@]}"; do
		echo "$work/new/${path%/*}"
	done | sort -u | xargs -d '\n' mkdir -p --
	for path in "${added[@]}"; do
		cp -p -- "$project/${from[$path]}" "$work/new/$path"
	done
}
