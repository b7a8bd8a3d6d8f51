# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# tools/integrate: is this tree one to work on?

# Is this a Linux source tree that the hooks are made for?
check_tree()
{
	local word

	[[ -d $tree ]] || die "$tree is not a directory; give the top directory of a Linux source tree"
	tree=$(cd -- "$tree" && pwd -P)
	state=$tree/.gup-mirror
	word=
	if [[ -f $tree/Makefile && -f $tree/mm/gup.c ]]; then
		word=$(awk -f "$parts/version.awk" "$tree/Makefile")
	fi
	[[ -n $word ]] ||
		die "$tree is not a Linux source tree; its Makefile has to name the version, and mm/gup.c has to be there"
	version=${word% *}
	release=$version.${word#* }
	column=$version
	if [[ " ${supported[*]} " != *" $version "* ]]; then
		[[ $action == try || $action == audit ]] ||
			die "$tree is Linux $release, which is not supported; supported: ${supported[*]}"
		column=${supported[-1]}
	fi
	read_targets "$column"
}

# Hooks without a manifest: from a patch, or from a tree that was copied in part.
check_pristine()
{
	local path

	for path in "${hooked[@]}"; do
		[[ -f $tree/$path ]] ||
			die "$tree has no ${path//|/ or }; all of the Linux $release source has to be there"
	done
	path=$(cd -- "$tree" && grep -li -m 1 'gup[-_]mirror' -- "${hooked[@]}" | head -n 1) || :
	[[ -z $path ]] ||
		die "$tree is half integrated: $path has hooks of GUP mirror, but there is no $state/manifest; restore the tree"
	for path in "${added[@]}"; do
		[[ ! -e $tree/$path ]] ||
			die "$tree is half integrated: $path is there, but there is no $state/manifest; restore the tree"
	done
}

# Sets code[], the directories that may have code of a kernel with views.
find_code()
{
	local dir

	code=()
	for dir in "$tree"/*/; do
		dir=${dir%/}
		case ${dir##*/} in
		Documentation | arch | samples | scripts | tools)	;;
		*)	code+=("${dir##*/}") ;;
		esac
	done
	# Of the architectures, those that can have views.
	for dir in "$project"/mm-debug/arch/*/; do
		dir=${dir%/}
		code+=("arch/${dir##*/}")
	done
}

check_writable()
{
	local path dir

	for path in .gup-mirror/manifest "$@"; do
		dir=$tree/$path
		dir=${dir%/*}
		while [[ ! -e $dir ]]; do
			dir=${dir%/*}
		done
		[[ -d $dir && -w $dir ]] || die "cannot write to $dir; it has to be a directory that you can write to"
	done
}
