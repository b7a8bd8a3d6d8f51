#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Memory that comes and goes again and again, and its memmap with it, while pages of it
# are pinned and released: what a view leads to is never what was there before. The
# host plugs and unplugs, as the machine asks for it.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/vm.sh"
need_kernel "$build/kernel" kernel

rounds=4

if [ "$arch" = x86 ]; then
	skip "memory comes and goes" "tools/workloads/hotplug.t is about that, with device memory"
	tap_done
	exit
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/gup-mirror.XXXXXX")
trap 'rm -rf "$work"' EXIT

# plug NAME: a line "plugged SIZE" in the output asks for that
plug()
{
	local words

	exec 3<> "$work/$1.in"
	cat "$work/$1.out" > "$work/answers" &
	while read -r -a words; do
		[ "${words[0]-}" != plugged ] || echo "qom-set mem requested-size ${words[1]}" >&3
	done < <(tail -n +1 --pid=$$ -F "$build/tests/$1/output" 2> /dev/null)
}

# comes_and_goes NAME ADDRESS
comes_and_goes()
{
	local name=$1 plugging what

	mkfifo "$work/$name.in" "$work/$name.out"
	rm -f "$build/tests/$name/output"
	plug "$name" &
	plugging=$!
	vm "$name" --timeout 900 --memory 1G,maxmem=130G \
		--append "gup_mirror=all memhp_default_state=online_movable" \
		--qemu -chardev --qemu "pipe,id=hmp,path=$work/$name" \
		--qemu -mon --qemu chardev=hmp \
		--qemu -object --qemu memory-backend-ram,id=more,size=512M \
		--qemu -device --qemu \
		"virtio-mem-pci,id=mem,memdev=more,requested-size=0,memaddr=$2" \
		-- "$top/tools/tests/guest/hotremove" "$rounds" "$2"
	kill "$plugging" 2> /dev/null || true

	check "$name: all $rounds rounds" \
		test "$(grep -c '^used and gone$' "$results/output")" = "$rounds"
	check "$name: memory that came was pinned" \
		grep -q '^pinned there: [1-9]' "$results/output"
	for what in put-on-pin unpin-on-get double-put double-unpin unpin-unpinned \
			free-while-pinned lost-pin inconsistent unmirrored; do
		check "$name: $what: 0" grep -qx "$what: 0" "$results/summary"
	done
	no_trouble "$name"
}

# One shares a table of the memmap with what was there at boot; the other, at 96 GiB, has
# tables of its own up to the entry of the views.
comes_and_goes hotremove-near 0x80000000
comes_and_goes hotremove-far 0x1800000000

tap_done
