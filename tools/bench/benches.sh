# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What is measured, and how: to be sourced, on the host and in the virtual
# machine. A new benchmark is one line here, and a function in tools/bench/guest
# if it is to be run in a way of its own.

# shellcheck disable=SC2034 # for those who source this file

# Words for MODES below: those of GUP mirror, and all
mirror="plain off pin,nostacks pin all,nostacks all"
# With files looked at, which "all" does as well
files="$mirror pin,files"
every="$files pin,events page_ref page_ref,stacks page_owner kasan"

# NAME | UNIT | GOALS | MODES | MEMORY | COMMAND
#
# UNIT is what the instructions are divided by. GOALS are modes with the highest
# ratio to the untouched kernel that is wanted, or how many instructions more. MEMORY is that of the virtual
# machine. COMMAND is run there, with the number of rounds as one more argument.
# For each round, it prints a line with the number of units and that of
# instructions; if the instructions are of several parts that one wants to see
# apart, with one number for each.
benches=(
	"pin+unpin | page | off=1.005 pin,nostacks=1.10 pin=1.15 | $every | 2G | gup -a"
	"get+put_page | page | off=1.005 pin=1.02 all=1.08 | $every | 2G | gup -u"
	"put_page | put | off=+0 pin=+4 all=+4 | $mirror | 2G | pins put"
	"folio_put | put | off=+0 pin=+4 all=+4 | $mirror | 2G | pins put-folio"
	"fork+exec+wait | process | off=1.005 pin=1.01 pin,files=1.01 all=1.01 | $every | 2G | load fork-exec 200 /tmp/bench/nothing"
	"read 64 KiB | page | off=1.005 pin,files=1.01 | $every | 2G | load read 65536 8 /tmp/bench/file"
	"read 4 KiB | page | off=1.005 pin,files=1.01 | $every | 2G | load read 4096 8 /tmp/bench/file"
	"write+fsync | page | off=1.005 pin,files=1.01 all=1.01 | $files | 2G | load write 65536 128 /tmp/bench/disk/file"
	"direct 4 KiB | read | off=1.005 pin=1.15 all=1.15 | $every | 2G | uring 4096 8192 /dev/nullb0"
	"direct 64 KiB | read | off=1.005 pin=1.05 all=1.05 | $every | 2G | uring 65536 2048 /dev/nullb0"
	"fixed 4 KiB | read | off=1.005 pin=1.15 all=1.15 | $every | 2G | uring 4096 8192 /dev/nullb0 fixed"
	"fixed 64 KiB | read | off=1.005 pin=1.05 all=1.05 | $every | 2G | uring 65536 2048 /dev/nullb0 fixed"
	"sites 1 | page | off=1.005 | plain off pin,nostacks pin | 2G | pins sites 1"
	"sites 10 | page | off=1.005 | plain off pin,nostacks pin | 2G | pins sites 10"
	"sites 100 | page | off=1.005 | plain off pin,nostacks pin | 2G | pins sites 100"
	"sites all | page | off=1.005 | plain off pin,nostacks pin | 2G | pins sites 0"
	"held 10^2 | page | | plain pin | 18G | pins held 100"
	"held 10^4 | page | | plain pin | 18G | pins held 10000"
	"held 10^6 | page | | plain pin | 18G | pins held 1000000"
	"held 4*10^6 | page | | plain pin | 18G | pins held 4000000"
	"first 10^4 | page | | plain pin | 18G | pins first 10000"
	"first 10^6 | page | | plain pin | 18G | pins first 1000000"
	"first 4*10^6 | page | | plain pin | 18G | pins first 4000000"
)

# NAME | MODES | GOAL: benchmarks that all begin with NAME and should cost the same,
# and how much the most expensive may cost of the cheapest
families=(
	"sites | plain pin,nostacks pin | 1.05"
	"held | plain pin | 1.05"
	"first | plain pin | 1.05"
)

# NAME | KERNEL | WORDS | RECORD: the name of the mode, the flavour of
# tools/vm/build-kernel, what is added to the command line, and the group of trace
# events that is recorded meanwhile, "+stacks" for a stack with each. The first mode
# is what the others are compared with.
modes=(
	"plain | bench-plain | |"
	"off | bench | gup_mirror=off |"
	"pin,nostacks | bench | gup_mirror=pin,nostacks |"
	"pin | bench | gup_mirror=pin |"
	"pin,files | bench | gup_mirror=pin,files |"
	"all,nostacks | bench | gup_mirror=all,nostacks |"
	"all | bench | gup_mirror=all |"
	"pin,events | bench | gup_mirror=pin | gup_mirror"
	"page_ref | bench-page-ref-plain | | page_ref"
	"page_ref,stacks | bench-page-ref-plain | | page_ref+stacks"
	"page_owner | bench-plain | page_owner=on |"
	"kasan | bench-kasan-plain | |"
)

# CHEAP | DEAR | GOAL | BENCHES: modes, how many times the instructions that CHEAP
# adds should go into those that DEAR adds, and the benchmarks of which that is
# asked; of those where nobody acquires a page there is nothing to be asked.
recordings=(
	"pin,events | page_ref,stacks | 5 | pin+unpin, direct 4 KiB, direct 64 KiB"
)

# Modes in which it is measured how much memory GUP mirror takes, the first of them
# being what the others are compared with; the size of that virtual machine; how
# much at most when nothing was pinned yet; and the pages that are pinned then
memory_modes="off pin,nostacks pin all"
memory_size=2G
memory_idle_kib=1024
memory_pages=100000

# Modes whose locked operations are counted, and in which benchmark
locked_modes="plain pin"
locked_bench="direct 4 KiB"
# There are 32 buffers: a line that belongs to one of them has one in 32.
locked_share=0.125

# Modes of different kernels, and functions of bench_pins.ko that are nothing but a
# put that is inlined everywhere: how many bytes is it? Asked along with a benchmark.
size_modes="plain off"
size_bench="folio_put"
size_functions="bench_put_page bench_folio_put"

# field NUMBER LINE: of a line above, from 1
field()
{
	awk -F ' *[|] *' -v nr="$1" '{ print $nr }' <<< "$2"
}

# has WORD LIST
has()
{
	[[ " $2 " == *" $1 "* ]]
}
