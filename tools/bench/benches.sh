# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What is measured, and how: to be sourced, on the host and in the virtual
# machine. A new benchmark is one line here, and a function in tools/bench/guest
# if it is to be run in a way of its own.

# shellcheck disable=SC2034 # for those who source this file

# NAME | UNIT | GOALS | COMMAND
#
# UNIT is what the instructions are divided by. GOALS are modes with the highest
# ratio to the untouched kernel that is wanted. COMMAND is run in the virtual
# machine, with the number of rounds as one more argument. For each round, it
# prints a line with the number of units and that of instructions; if the
# instructions are of several parts that one wants to see apart, with one
# number for each.
benches=(
	"pin+unpin | page | off=1.01 pin,nostacks=1.15 pin=1.50 | gup -a"
	"get+put_page | page | off=1.01 pin=1.10 all=1.10 | gup -u"
	"fork+exec+wait | process | off=1.01 | load fork-exec 200 /tmp/bench/nothing"
	"read 64 KiB | page | off=1.01 | load read 65536 8 /tmp/bench/file"
	"read 4 KiB | page | off=1.01 | load read 4096 8 /tmp/bench/file"
)

# NAME | KERNEL | WORDS: the name of the mode, the flavour of tools/vm/build-kernel,
# and what is added to the command line. The first one is what the others are
# compared with.
modes=(
	"plain | bench-plain |"
	"off | bench | gup_mirror=off"
	"pin,nostacks | bench | gup_mirror=pin,nostacks"
	"pin | bench | gup_mirror=pin"
	"all,nostacks | bench | gup_mirror=all,nostacks"
	"all | bench | gup_mirror=all"
)

# field NUMBER LINE: of a line above, from 1
field()
{
	awk -F ' *[|] *' -v nr="$1" '{ print $nr }' <<< "$2"
}
