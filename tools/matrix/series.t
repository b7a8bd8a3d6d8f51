#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Compiles what tools/integrate --series writes after each of its patches, with W=1:
# with CONFIG_DEBUG_GUP_MIRROR all that is there of mm/gup_mirror/, and without and
# with it each file that will have hooks. That is those that a patch changes, and all
# of them where it changes a header. Takes ten minutes on 2 cores.
#
# Before the last patch, nothing selects ARCH_SUPPORTS_GUP_MIRROR, so that the option
# is not to be had. To see that the code compiles by then, it is defined as set in a
# copy of the top Kconfig.

set -euo pipefail
. "$(dirname "$0")/../tests/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"

tree=$build/linux-series
work=$build/series
patches=$work/patches

export GIT_AUTHOR_NAME='Some Developer' GIT_AUTHOR_EMAIL=developer@example.org
export KBUILD_BUILD_TIMESTAMP='Thu Jan 1 00:00:00 UTC 1970'
export CCACHE_DEPEND=1
# For git, the tree is not part of the repository that it is in.
export GIT_CEILING_DIRECTORIES=$build
cc=$(ccached gcc)

with_lock "$tree.lock" "$top/tools/vm/unpack-source" "$tree" > /dev/null
mkdir -p "$work"

# What a run has left that was killed
applied=$work/applied
taken_out()
{
	local patch

	[ ! -e "$applied" ] || while IFS= read -r patch; do
		git -C "$tree" apply -R "$patch"
	done < <(tac "$applied")
	rm -f "$applied"
}
taken_out
rm -rf "$patches"
"$top/tools/integrate" --series "$patches" "$tree" > /dev/null

mapfile -t objects < <("$top/tools/integrate.d/hooked-files" "$tree" x86 | sed -n 's/\.c$/.o/p')

# kmake OUTPUT ARGUMENT...
kmake()
{
	local output=$tree/.$1 config=()

	shift
	[ "$output" != "$tree/.series-on" ] || config=(KBUILD_KCONFIG="$output/Kconfig")
	make -s -C "$tree" O="$output" CC="$cc" "${config[@]}" -j"$(nproc)" "$@"
}

# configure OUTPUT: with all that the test kernel has, or all but the layer
configure()
{
	local wanted=$tree/.$1/fragment.config

	merge_fragments "$top"/tools/vm/{kernel,hooks}.config > "$wanted"
	[ "$1" = series-on ] || sed -i '/GUP_MIRROR/d' "$wanted"
	kmake "$1" KCONFIG_ALLCONFIG="$wanted" allnoconfig
}

# compiles OUTPUT OBJECT...: without a warning
compiles()
{
	local output=$1 said

	shift
	said=$(kmake "$output" W=1 "$@" 2>&1) || {
		echo "$said"
		return 1
	}
	! grep 'warning: ' <<< "$said"
}

# changes PATCH PATTERN: does it change a file like that?
changes()
{
	grep -qE "^diff --git a/$2" "$1"
}

output_dir "$tree" series-off
output_dir "$tree" series-on

# step PATCH: whatever it changes compiles
step()
{
	local name=${1##*/} layer=()

	name=${name%.patch}
	if changes "$1" '(.*/)?Kconfig'; then
		check "$name: configuration without the option" configure series-off
		{
			cat "$tree/Kconfig"
			printf '\nconfig ARCH_SUPPORTS_GUP_MIRROR\n\tdef_bool y\n'
		} > "$tree/.series-on/Kconfig"
		check "$name: configuration with it" configure series-on
		check "$name: where it is set" \
			grep -x 'CONFIG_DEBUG_GUP_MIRROR=y' "$tree/.series-on/.config"
		check "$name: and not without" test -z "$(
			grep '^CONFIG_DEBUG_GUP_MIRROR' "$tree/.series-off/.config")"
	fi
	if changes "$1" '(arch|block|drivers|fs|include|io_uring|init|kernel|lib|net)/' ||
	   changes "$1" 'mm/[^/ ]* '; then
		check "$name: compiles without the option" compiles series-off "${objects[@]}"
	elif ! changes "$1" mm/; then
		skip "$name" "nothing in it is compiled"
		return
	fi
	[ ! -e "$tree/mm/gup_mirror/Makefile" ] || layer=(mm/gup_mirror/)
	check "$name: compiles with it" compiles series-on "${layer[@]}" "${objects[@]}"
}

for patch in "$patches"/*.patch; do
	[ "${patch##*/}" != 0000-cover-letter.patch ] || continue
	echo "$patch" >> "$applied"
	git -C "$tree" apply "$patch"
	step "$patch"
done
check 'at last, nobody has to set it by hand' grep -q ARCH_SUPPORTS_GUP_MIRROR "$tree/arch/x86/Kconfig"
taken_out

tap_done
