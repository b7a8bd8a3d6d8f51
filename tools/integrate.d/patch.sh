# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# tools/integrate --patch FILE TREE, and what --series has in common with it

# Sets ident, who sends the patch.
check_git()
{
	command -v git >/dev/null || die "git is missing; it is in the Debian package git"
	ident=$(git -C "$project" var GIT_AUTHOR_IDENT 2>/dev/null) ||
		die "git does not know who sends the patch; set user.name and user.email with git config"
}

# Sets repo, a repository that has the files without hooks, tagged linux.
start_repo()
{
	repo=$work/repo
	# Nobody's settings decide what the patch looks like, but for the name.
	export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
	GIT_AUTHOR_NAME=${ident%% <*}
	GIT_AUTHOR_EMAIL=${ident#*<}
	GIT_AUTHOR_EMAIL=${GIT_AUTHOR_EMAIL%%>*}
	GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME
	GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
	export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
	git init -q -b series "$repo"
	copy_files "$work/old" "$repo" "${hooked[@]}"
	git -C "$repo" add -f .
	git -C "$repo" commit -q -m "Linux $release"
	git -C "$repo" tag linux
}

# commit MESSAGE-FILE: all that is in the repository
commit()
{
	git -C "$repo" add -f .
	git -C "$repo" commit -q -s --cleanup=strip -F "$1"
}

write_patch()
{
	local out=$1

	check_git
	[[ $out == */* ]] || out=./$out
	[[ ! -d $out ]] || die "$out is a directory; --patch needs the name of a file to write"
	[[ -d ${out%/*} && -w ${out%/*} ]] ||
		die "cannot write to ${out%/*}; --patch needs a file in a directory that you can write to"
	stage
	start_repo
	copy_files "$work/new" "$repo" "${hooked[@]}" "${added[@]}"
	commit "$hooks/commit-message"
	git -C "$repo" format-patch -q -1 --stdout --no-signature >"$work/patch"
	cp -- "$work/patch" "$out"
	echo "$me: wrote $out for Linux $release:$(git -C "$repo" diff --shortstat HEAD~ HEAD)"
}
