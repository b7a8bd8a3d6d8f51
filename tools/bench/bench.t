#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Checks what tools/bench says of a wrong option, and what it makes of figures,
# without measuring any.

set -euo pipefail
. "$(dirname "$0")/../tests/tap.sh"

cd "$(dirname "$0")"

# refuses TEXT OPTION...: with one line that has TEXT
refuses()
{
	local text=$1 said status=0

	shift
	said=$(./bench --no-build "$@" 2>&1) || status=$?
	echo "$said"
	[ "$status" -ne 0 ] && [[ $said == "bench: "*"$text"* ]] && [ "$(wc -l <<< "$said")" -eq 1 ]
}

check "an unknown option" refuses "unknown option --frobnicate" --frobnicate
check "an option without its value" refuses "--csv needs a file" --csv
check "a pattern that nothing matches" refuses "nothing matches frobnicate*" --only 'frobnicate*'
check "a file in a directory that is not there" refuses "cannot write /nonexistent/csv" --csv /nonexistent/csv
check "a directory for a file" refuses "cannot write /tmp" --csv /tmp
check "a number that is none" refuses "many is no number" --top many
check "an unknown mode to measure" refuses "no mode frobnicate" --modes 'plain frobnicate'
check "modes in which there is nothing to measure" refuses "nothing matches held*" --only 'held*' --modes kasan
check "an unknown benchmark" refuses "no benchmark frobnicate" --profile frobnicate pin
check "an unknown mode" refuses "no mode frobnicate" --profile pin+unpin frobnicate
check "a benchmark that is not measured in that mode" refuses "not measured in mode kasan" --profile 'held 10^2' kasan
check "the table of a profile" refuses "a profile is no table" --csv /tmp/csv --profile pin+unpin pin

# plan_fits: all names that benches.sh has are defined there
plan_fits()
{
	# shellcheck source=tools/bench/benches.sh
	. ./benches.sh
	local line mode known=

	for line in "${modes[@]}"; do
		known+=" $(field 1 "$line")"
	done
	for line in "${benches[@]}"; do
		[ -n "$(field 6 "$line")" ] || { echo "fields are missing: $line"; return 1; }
		for mode in $(field 4 "$line"); do
			has "$mode" "$known" || { echo "no mode $mode: $line"; return 1; }
		done
	done
	for line in "${benches[@]}"; do
		for mode in $(field 3 "$line"); do
			has "${mode%=*}" "$(field 4 "$line")" || { echo "goal $mode: $line"; return 1; }
		done
	done
	for mode in $memory_modes $size_modes $locked_modes; do
		has "$mode" "$known" || { echo "no mode $mode"; return 1; }
	done
}
check "benches.sh names only modes that there are, and goals that are measured" plan_fits

input="plan|some|plain|page|off=1.005 pin=1.1
plan|some|off|page|off=1.005 pin=1.1
plan|some|pin|page|off=1.005 pin=1.1
plan|some|dear|page|off=1.005 pin=1.1
plan|more|plain|put|off=+0 pin=+4
plan|more|off|put|off=+0 pin=+4
plan|more|pin|put|off=+0 pin=+4
plan|held 1|pin|page|
plan|held 2|pin|page|
data|some|plain|10 600 400
data|some|plain|10 500 500
data|some|off|10 1005
data|some|pin|10 1200
data|some|pin|10 1101
data|some|dear|10 1506
note|some|dear|20 events
data|more|plain|10 100
data|more|off|10 110
data|more|pin|10 140
data|held 1|pin|10 1000
data|held 2|pin|10 1052
family|held|pin|1.05
recording|pin|dear|5|other, some
memory goal|1024
memory plan|off
memory plan|pin
memory|off|idle|10000 - - 0
memory|pin|idle|8976 3 4 0
memory|off|before|9000 - - 0
memory|pin|before|9000 3 4 0
memory|off|after|9000 - - 0
memory|pin|after|8000 3 4 50
size|f|plain|20
size|f|off|34
locked plan|plain
locked plan|pin
locked|plain|f|1.0|3.0|
locked|plain|rare|0.001|0.002|
locked|pin|f|1.0|3.0|
locked|pin|g|1.5|2.0|mm/gup_mirror"

expected="instructions|some|plain|100.0|page|60.0 + 40.0|1.000|||
instructions|some|off|100.5|page||1.005|1.005|ok|
instructions|some|pin|110.1|page||1.101|1.1|MISSED|rounds differ by 9.0 %
instructions|some|dear|150.6|page||1.506|||20 events
instructions|more|plain|10.0|put||1.000|||
instructions|more|off|11.0|put||1.100|+0|MISSED|
instructions|more|pin|14.0|put||1.400|+4|ok|
instructions|held 1|pin|100.0|page||-|||
instructions|held 2|pin|105.2|page||-|||
constancy|held|pin|105.2|page|100.0|1.052|1.05|MISSED|
recording|some|pin|10.1|page|50.6|5.0|5|ok|
memory|idle|pin|1024|KiB|7|20|1024|ok|
memory|before|pin|0|KiB|7|20|||
memory|after|pin|1000|KiB|7|220|||50 MiB have been pinned
size|f|plain|20|bytes|||||
size|f|off|34|bytes|||||
locked|f|plain|1.0|read|3.0||||
locked|all|plain|1.0|read|3.0||||
locked|f|pin|1.0|read|3.0||||
locked|g|pin|1.5|read|2.0||||mm/gup_mirror
locked|all|pin|2.5|read|5.0||||
locked|added by others|pin|0.0|read|0.0||||
locked|in mm/gup_mirror|pin|1.5|read|2.0||0|MISSED|"

# same WANTED: as standard input is
same()
{
	diff <(echo "$1") -
}

check "figures, ratios and verdicts" same "$expected" \
	< <(awk -f figures.awk <<< "$input")

# Of each kind of input, without what was measured
gaps()
{
	local kind said status=0

	for kind in 'data|some|off' 'data|some|plain' 'memory|pin|idle' 'memory|off|after' 'locked|pin'; do
		status=0
		said=$(grep -vF "$kind|" <<< "$input" | awk -f figures.awk) || status=$?
		if [ "$status" -ne 1 ] || ! grep -q 'not measured' <<< "$said"; then
			echo "without $kind, status $status: $said"
			return 1
		fi
	done
}
check "what was not measured is said to be so, and fails" gaps

unknown_size()
{
	local said status=0

	said=$(awk -f figures.awk <<< 'size|f|off|') || status=$?
	echo "$said"
	[ "$status" -eq 1 ] && grep -q 'not measured' <<< "$said"
}
check "a size that is not known is said to be so, and fails" unknown_size

check "comma-separated values are quoted where they must be" same \
'group,benchmark,mode,value,unit,parts,ratio,goal,verdict,note
instructions,read,"pin,nostacks",1.5,page,1 + 2,,1.1,ok,"a ""word"""' \
	< <(awk -f csv.awk <<< 'instructions|read|pin,nostacks|1.5|page|1 + 2|-|1.1|ok|a "word"')

tap_done
