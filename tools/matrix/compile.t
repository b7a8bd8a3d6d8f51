#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Compiles every user of GUP that x86 can have, and what shares a directory with
# one, with GUP mirror's hooks and W=1: allmodconfig, of which only these
# directories are built. A warning counts if the untouched source does not have
# it in the same configuration. Takes half an hour on 2 cores; with $CALLERS=1,
# only the files themselves that call GUP, and those with hooks.

set -euo pipefail
. "$(dirname "$0")/../tests/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"

tree=$build/linux
plain=$build/linux-plain
output=$build/compile
here=$top/tools/matrix

"$top/tools/vm/unpack-source" "$tree" > /dev/null
"$top/tools/vm/unpack-source" "$plain" > /dev/null
"$top/tools/integrate" "$tree" > /dev/null

export KBUILD_BUILD_TIMESTAMP='Thu Jan 1 00:00:00 UTC 1970'
export CCACHE_DEPEND=1
cc=gcc
! command -v ccache > /dev/null || cc="ccache gcc"

# kmake SOURCE OUTPUT ARGUMENT...
kmake()
{
	local from=$1 to=$2

	shift 2
	make -C "$from" O="$to" CC="$cc" -j"$(nproc)" "$@"
}

# configure SOURCE OUTPUT
configure()
{
	mkdir -p "$2"
	kmake "$1" "$2" KCONFIG_ALLCONFIG="$here/compile.config" allmodconfig &&
		kmake "$1" "$2" prepare modules_prepare
}

configure "$tree" "$output" > "$build/compile.log" 2>&1 || {
	tail -n 20 "$build/compile.log"
	echo "Bail out! cannot configure $output, see $build/compile.log"
	exit 1
}
check "the configuration has GUP mirror" \
	grep -x CONFIG_DEBUG_GUP_MIRROR=y "$output/.config"

#
# What to compile
#

calls='get_user_pages|get_user_pages_fast|get_user_pages_remote'
calls+='|get_user_pages_unlocked|get_user_pages_fast_only|get_user_page_fast_only'
calls+='|get_user_page_vma_remote|get_dump_page'
calls+='|pin_user_pages|pin_user_pages_fast|pin_user_pages_remote'
calls+='|pin_user_pages_unlocked|memfd_pin_folios'
calls+='|iov_iter_extract_pages|iov_iter_get_pages2|iov_iter_get_pages_alloc2'
calls+='|unpin_user_page|unpin_user_pages|unpin_user_pages_dirty_lock'
calls+='|unpin_user_page_range_dirty_lock|unpin_user_folio|unpin_folio|unpin_folios'
calls+='|put_user_page|folio_add_pins?'

cd "$plain"
callers=$(grep -rlE --include='*.c' "\\b($calls)\\(" arch/x86 block crypto drivers \
	fs io_uring kernel lib mm net security sound virt)
hooked=$("$top/tools/integrate.d/hooked-files" "$plain" x86 | grep '\.c$')
files=$(sort -u <<< "$callers"$'\n'"$hooked"$'\n'"$(cd "$tree" && echo mm/gup_mirror/*.c | tr ' ' '\n')")
dirs=$(xargs -n 1 dirname <<< "$files" | sort -u)
cd "$top"

# objects DIR: of all files there, or of those in $files
objects()
{
	if [ -n "${CALLERS:-}" ]; then
		awk -v dir="$1/" 'index($0, dir) == 1 && !index(substr($0, length(dir) + 1), "/")' \
			<<< "$files"
	else
		(cd "$tree" && ls "$1"/*.c)
	fi | sed 's/\.c$/.o/'
}

# warnings LOG: without line numbers, which the hooks move
warnings()
{
	grep -E '(warning|error): ' "$1" | sed -E 's/^[^ ]*linux(-plain)?\///; s/:[0-9]+(:[0-9]+)?:/:/' |
		sort -u || true
}

# In allmodconfig's own words, what it cannot have here.
not_offered()
{
	sed -n "s/.*No rule to make target '\([^']*\)'.*/\1/p" "$1" | sort -u
}

compiled=0
for dir in $dirs; do
	log=$output/compile.log
	mapfile -t wanted < <(objects "$dir")
	# Some are not offered; what is there afterwards counts.
	kmake "$tree" "$output" -k W=1 "${wanted[@]}" > "$log" 2>&1 || true
	mapfile -t missing < <(not_offered "$log")
	made=0
	left=()
	for object in "${wanted[@]}"; do
		if [ -e "$output/$object" ]; then
			made=$((made + 1))
		elif ! printf '%s\n' "${missing[@]}" | grep -qxF "$object"; then
			left+=("$object")
		fi
	done
	compiled=$((compiled + made))
	if [ "$made" -eq 0 ]; then
		skip "$dir" "nothing there is for x86 with allmodconfig"
		continue
	fi
	said=$(warnings "$log")
	if [ -n "$said" ] || [ ${#left[@]} -gt 0 ]; then
		# Made only when first needed.
		[ -e "$output-plain/.config" ] ||
			configure "$plain" "$output-plain" > "$build/compile.log" 2>&1
		kmake "$plain" "$output-plain" -k W=1 "${wanted[@]}" > "$log.plain" 2>&1 || true
		said=$(comm -23 <(echo "$said") <(warnings "$log.plain"))
	fi
	# Some are only included by others, and are no objects without GUP mirror either.
	for object in "${left[@]}"; do
		[ ! -e "$output-plain/$object" ] ||
			said+=$'\n'"$object was not made, see $log"
	done
	if [ -z "$said" ]; then
		pass "$dir: $made objects, no new warning; $((${#wanted[@]} - made)) not for x86 or not a kernel object of their own"
	else
		fail "$dir: $made objects, no new warning" "$said"
	fi
done
echo "# $compiled objects in $(wc -w <<< "$dirs") directories"

# Which callers are not among them.
left=()
for file in $callers; do
	[ -e "$output/${file%.c}.o" ] || left+=("$file")
done
echo "# callers of GUP that x86 cannot have: ${left[*]:-none}"

tap_done
