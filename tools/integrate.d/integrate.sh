# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# tools/integrate TREE

integrate()
{
	local path dir total=0 write=() drop=() restore=() store=() there=()
	declare -A sum new_sum old_sum

	stage
	sum_files "$work/old" "${hooked[@]}"
	for path in "${hooked[@]}"; do
		old_sum[$path]=${sum[$path]}
	done
	sum_files "$work/new" "${hooked[@]}" "${added[@]}"
	for path in "${hooked[@]}" "${added[@]}"; do
		new_sum[$path]=${sum[$path]}
		[[ ! -f $tree/$path ]] || there+=("$path")
	done
	sum_files "$tree" "${there[@]}"
	for path in "${hooked[@]}" "${added[@]}"; do
		[[ ${new_sum[$path]} == "${sum[$path]-}" ]] || write+=("$path")
	done
	for path in "${!ours[@]}"; do
		if [[ -n ${new_sum[$path]-} ]]; then
			:
		elif [[ -n ${orig[$path]-} ]]; then
			restore+=("$path")
		else
			drop+=("$path")
		fi
	done
	{
		echo "$format"
		echo "$hooks_sum"
		for path in "${hooked[@]}"; do
			printf '%s\t%s\t%s\n' "${new_sum[$path]}" "${old_sum[$path]}" "$path"
		done
		for path in "${added[@]}"; do
			printf '%s\t-\t%s\n' "${new_sum[$path]}" "$path"
		done
	} >"$work/manifest"
	if cmp -s "$work/manifest" "$state/manifest" && [[ ! -f $state/incomplete ]]; then
		echo "$me: $tree (Linux $release) is up to date, nothing was changed"
		return
	fi
	check_writable "${write[@]}" "${restore[@]}" "${drop[@]}"

	# What may be in the tree if this is killed while it writes
	{
		printf '%s\n' "${ours[@]}" "${old_sum[@]}"
		[[ ! -f $state/incomplete ]] || cat "$state/incomplete"
	} | sort -u >"$work/incomplete"
	{
		[[ ! -f $state/dirs ]] || cat "$state/dirs"
		for path in "${added[@]}"; do
			dir=${path%/*}
			while [[ ! -d $tree/$dir ]]; do
				echo "$dir"
				dir=${dir%/*}
			done
		done
	} | sort -u >"$work/dirs"
	for path in "${hooked[@]}"; do
		[[ -n ${orig[$path]-} ]] || store+=("$path")
	done

	# On the file system of the tree, beside what is there
	if [[ -z $integrated ]]; then
		rm -rf -- "$state"
		trap 'rm -rf -- "$work" "$state"' EXIT
	fi
	rm -rf -- "$state/new"
	copy_files "$work/new" "$state/new" "${write[@]}"
	copy_files "$state/orig" "$state/new" "${restore[@]}"
	copy_files "$work/old" "$state/orig" "${store[@]}"
	copy_files "$work" "$state/new" manifest

	uninterrupted
	trap 'rm -rf -- "$work"' EXIT
	copy_files "$work" "$state" dirs incomplete
	mv -f -- "$state/new/manifest" "$state/manifest"
	install_files "${write[@]}" "${restore[@]}"
	remove_files "${drop[@]}"
	(cd -- "$state" && rm -rf new incomplete)

	for path in "${row_calls[@]}"; do
		total=$((total + path))
	done
	echo "$me: $tree (Linux $release): $total hooks in ${#hooked[@]} files, ${#added[@]} files of our own; wrote ${#write[@]}, restored ${#restore[@]}, removed ${#drop[@]}"
}
