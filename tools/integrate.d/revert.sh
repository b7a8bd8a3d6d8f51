# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# tools/integrate --revert TREE

revert()
{
	local path drop=() restore=()
	declare -A sum

	if [[ -z $integrated ]]; then
		list_added
		check_pristine
		echo "$me: GUP mirror is not in $tree (Linux $release), nothing was changed"
		return
	fi
	check_writable "${!ours[@]}"
	for path in "${!ours[@]}"; do
		if [[ -n ${orig[$path]-} ]]; then
			restore+=("$path")
		else
			drop+=("$path")
		fi
	done
	rm -rf -- "$state/new"
	copy_files "$state/orig" "$state/new" "${restore[@]}"

	uninterrupted
	printf '%s\n' "${ours[@]}" "${orig[@]}" >>"$state/incomplete"
	install_files "${restore[@]}"
	remove_files "${drop[@]}"
	while read -r path; do
		[[ ! -d $tree/$path ]] ||
			echo "$me: $path stays, there are files in it that are not GUP mirror's"
	done <"$state/dirs"
	rm -rf -- "$state"
	echo "$me: $tree (Linux $release) is what it was: restored ${#restore[@]}, removed ${#drop[@]}"
}
