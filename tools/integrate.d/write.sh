# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# tools/integrate: writing into the tree. By now nothing can fail but the disk.

# From here to the end a signal would leave the tree half written.
uninterrupted()
{
	trap '' INT TERM HUP QUIT
}

# Move files from $state/new into the tree. Their time is now: make has to see it.
install_files()
{
	local path

	(($#)) || return 0
	(
		cd -- "$state/new"
		touch -- "$@"
		for path; do
			path=$tree/$path
			echo "${path%/*}"
		done | sort -u | xargs -d '\n' mkdir -p --
	)
	for path; do
		mv -f -- "$state/new/$path" "$tree/$path"
	done
}

# Remove files of ours, and directories that were ours and hold nothing now but
# what a build leaves.
remove_files()
{
	local dir

	(($#)) || return 0
	(cd -- "$tree" && rm -f -- "$@")
	while read -r dir; do
		if [[ -d $tree/$dir && -z $(find "$tree/$dir" ! -type d ! -name '*.o' ! -name '*.a' \
				! -name '*.ko' ! -name '*.mod' ! -name '*.mod.c' ! -name '.*.cmd' \
				! -name '.*.d' ! -name modules.order) ]]; then
			rm -rf -- "${tree:?}/$dir"
		fi
	done < <(sort -r "$state/dirs")
}
