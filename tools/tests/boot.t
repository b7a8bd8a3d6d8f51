#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Boots the test kernel with different layouts of its address space and with
# different boot parameters, and sees that GUP mirror does in each what it
# should: says so, lets right programs pass, and catches a wrong module.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/vm.sh"
need_kernel "$build/kernel" kernel
. "$(dirname "$0")/suites.sh"

all_checked kaslr
# With one level of page tables less.
case $arch in
x86)	all_checked nokaslr-no5lvl --append "nokaslr no5lvl" ;;
arm64)	all_checked nokaslr-nolva --append "nokaslr arm64.nolva" ;;
esac

# at_least NAME KEY NUMBER: a number in summary, as it was after boot
at_least()
{
	local value

	value=$(sed -n "s/^$2: //p" "$results/summary.boot")
	check "$1: $2 is at least $3" test "${value:-0}" -ge "$3"
}

# Elsewhere, it takes firmware to plug memory in, or there is room for all of it.
if [ "$arch" = x86 ]; then
	# Room for memory that may be plugged in some day takes no views from that which
	# is there: here, 16 TiB of it, where the address space is small.
	wide=(--append no5lvl --qemu -cpu --qemu "max,phys-bits=46")
	all_checked no5lvl-window "${wide[@]}" --memory 2G,slots=1,maxmem=16T
	at_least no5lvl-window views_pin 32
	at_least no5lvl-window views_get 32

	# Memory that is there, at 2 TiB, does.
	vm few-views --append gup_mirror=all "${wide[@]}" --memory 1G,slots=1,maxmem=4T \
		--qemu -object --qemu memory-backend-ram,id=far,size=128M \
		--qemu -device --qemu pc-dimm,memdev=far,addr=0x20000000000 \
		--append memmap=128M@2T -- true
	says few-views 'gup_mirror: mode all, [1-9][0-9]* views'
	says few-views 'gup_mirror: .*only [1-9][0-9]* views'
else
	skip "room for memory that may come" "on $arch, it takes firmware to plug memory in"
fi

vm off --append gup_mirror=off -- "$top/tools/tests/guest/boot"
says off 'gup_mirror: off'
check "off: so it is in debugfs" in_file '^mode: off$' "$results/summary.boot"
counts off right 0 0 0 0 0 0 0 0 0
counts off wrong 0 0 0 0 0 0 0 0 0
reports off 0
no_trouble off

vm pin-bogus --append gup_mirror=pin,bogus -- "$top/tools/tests/guest/boot"
says pin-bogus "gup_mirror: .*'bogus' ignored"
says pin-bogus 'gup_mirror: mode pin, [1-9][0-9]* views'
counts pin-bogus right 0 0 0 0 0 0 0 0 0
counts pin-bogus wrong 3 0 1 1 1 1 1 0 0
reports pin-bogus 6
no_trouble pin-bogus

vm filter --append "gup_mirror=all gup_mirror.filter=tgm_put_page,tgm_unpin_f*" \
	--append gup_mirror.longterm_ms=1234 -- "$top/tools/tests/guest/boot"
check "filter: so it is in debugfs" \
	in_file '^tgm_put_page,tgm_unpin_f\*$' "$results/filter"
check "filter: longterm_ms is as booted" in_file '^1234$' "$results/longterm_ms"
counts filter right 0 0 0 0 0 0 0 0 0
counts filter wrong 3 0 0 1 0 0 0 1 5
reports filter 3
no_trouble filter

vm filter-bogus --append "gup_mirror=all gup_mirror.filter=put_page()" \
	-- "$top/tools/tests/guest/boot"
says filter-bogus 'gup_mirror: boot parameter: gup_mirror.filter ignored'
check "filter-bogus: there is none" test ! -s "$results/filter"
check "filter-bogus: longterm_ms is the default" in_file '^10000$' "$results/longterm_ms"
counts filter-bogus wrong 3 1 1 1 1 1 1 1 0
reports filter-bogus 8
no_trouble filter-bogus

# A release that is reported and left as it is strands a page, which is why only
# the class that merely strands one is tried. Variables are the guest's.
# shellcheck disable=SC2016
put_on_pin='modprobe test_gup_mirror &&
	"$KERNEL/bin/misbehave" --acquire pin_user_pages_fast --release put_page &&
	cp /sys/kernel/debug/gup_mirror/violations "$RESULTS"'

vm norepair-nostacks --append gup_mirror=all,norepair,nostacks -- bash -c "$put_on_pin"
check "norepair-nostacks: the violation is listed" \
	in_file '^put-on-pin: 1 time$' "$results/violations"
check "norepair-nostacks: it was left as it is" \
	in_file 'references 1 -> 1025 -> 1024' "$results/output"
check "norepair-nostacks: its stack was not recorded" \
	in_file '^    not recorded$' "$results/violations"
says norepair-nostacks 'the release was left as it is'

# panics NAME MESSAGE WORD...: the first report ends the machine
panics()
{
	local status=0

	results=$build/tests/$1
	rm -rf "$results"
	mkdir -p "$results"
	"$top/tools/vm/boot" --results "$results" --append "${*:3}" -- \
		bash -c "$put_on_pin" > "$results/output" 2> "$results/errors" || status=$?
	check "$1: the kernel panicked" test "$status" -eq 240
	check "$1: after the report" in_file 'BUG: GUP-MIRROR: put-on-pin' "$results/console"
	check "$1: for this reason: $2" in_file "Kernel panic - not syncing: $2" "$results/console"
}

panics fault-panic 'gup_mirror: fault=panic set' gup_mirror=pin,fault=panic
panics panic-on-warn 'GUP-MIRROR: panic_on_warn set' gup_mirror=pin panic_on_warn=1

tap_done
