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
build=$top/build
if [ "$KVER" != "$default_kver" ]; then
	build=$top/build/$KVER
fi
# Where the source trees are, which are for all architectures
# shellcheck disable=SC2034 # by those who source this
trees=$build

# The architecture. What is made for another than that of this machine is below
# $build/$arch, and comes from a cross compiler. kbuild wants $ARCH and $CROSS_COMPILE.
arch=${ARCH:-x86}
# shellcheck disable=SC2034
case $arch in
x86|x86_64)
	arch=x86
	kernel_image=arch/x86/boot/bzImage ;;
arm64|aarch64)
	arch=arm64
	kernel_image=arch/arm64/boot/Image
	build=$build/arm64
	export ARCH=arm64 CROSS_COMPILE=${CROSS_COMPILE:-aarch64-linux-gnu-} ;;
*)
	die "ARCH is $ARCH, but the tests know x86 and arm64 only; give one of these" ;;
esac
# shellcheck disable=SC2034
compiler=${CROSS_COMPILE:-}gcc

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

# merge_fragments FILE...: prints what they have for Linux $KVER on $arch. A line
# replaces that of an earlier file on the same option.
merge_fragments()
{
	cat "$@" | awk -v version="$KVER" -v arch="$arch" -f "$top/tools/vm/of-version.awk" | tac | awk '
	match($0, /CONFIG_[A-Za-z0-9_]+/) && /^(# )?CONFIG_/ {
		if (seen[substr($0, RSTART, RLENGTH)]++)
			next
	}
	{ print }' | tac
}

# output_dir SOURCE NAME: sets objdir, a directory to build a kernel in, which it makes,
# and to which $build/NAME leads. It is right below the source, where kbuild uses relative
# paths, so that ccache has what any other checkout has built.
output_dir()
{
	objdir=$1/.$2
	[ "$arch" = x86 ] || objdir=$1/.$arch-$2
	mkdir -p "$objdir" "$build"
	[ -L "$build/$2" ] || rm -rf "${build:?}/$2"
	ln -sfnr "$objdir" "$build/$2"
}

# ccached COMPILER: prints it, with ccache in front if there is one
ccached()
{
	! command -v ccache > /dev/null || printf 'ccache '
	echo "$1"
}
