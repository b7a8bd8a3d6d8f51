# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the scripts in this directory share; to be sourced.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# A user's path often lacks them: depmod, mkfs.ext4
PATH=$PATH:/usr/sbin:/sbin

# die MESSAGE [STATUS]
die()
{
	echo "${0##*/}: $1" >&2
	exit "${2:-1}"
}

# The Linux that all this is about, one of those that have a column in
# mm-debug/hooks/targets. What is made of it is below $build; what has nothing to do
# with it, below $top/build.
default_kver=6.12
mapfile -t kernels < <(awk -f "$top/tools/integrate.d/targets.awk" "$top/mm-debug/hooks/targets")
export KVER=${KVER:-$default_kver}
[[ " ${kernels[*]} " == *" $KVER "* ]] ||
	die "KVER is $KVER, but GUP mirror is for Linux ${kernels[*]}; give one of these"
# shellcheck disable=SC2034 # by those who source this
build=$top/build
if [ "$KVER" != "$default_kver" ]; then
	# shellcheck disable=SC2034
	build=$top/build/$KVER
fi

# say MESSAGE: one line on what happens next
say()
{
	echo "== $*"
}

# need_tools TOOL...: fail before any work is done, naming what is lacking
need_tools()
{
	local tool lacking=()

	for tool; do
		command -v "$tool" > /dev/null || lacking+=("$tool")
	done
	[ ${#lacking[@]} -eq 0 ] ||
		die "not installed: ${lacking[*]}; run tools/vm/install-packages"
}

# with_lock FILE COMMAND...: while nobody else does that with the same FILE
with_lock()
{
	local lock=$1

	shift
	mkdir -p "$(dirname "$lock")"
	(
		flock 9
		"$@"
	) 9> "$lock"
}

# merge_fragments FILE...: prints what they have for Linux $KVER. A line replaces that
# of an earlier file on the same option.
merge_fragments()
{
	cat "$@" | awk -v version="$KVER" -f "$top/tools/vm/of-version.awk" | tac | awk '
	match($0, /CONFIG_[A-Za-z0-9_]+/) && /^(# )?CONFIG_/ {
		if (seen[substr($0, RSTART, RLENGTH)]++)
			next
	}
	{ print }' | tac
}

# output_dir SOURCE NAME: makes a directory to build a kernel in, to which $build/NAME
# leads. It is right below the source, where kbuild uses relative paths, so that ccache
# has what any other checkout has built.
output_dir()
{
	mkdir -p "$1/.$2"
	[ -L "$build/$2" ] || rm -rf "${build:?}/$2"
	ln -sfn "${1#"$build"/}/.$2" "$build/$2"
}
