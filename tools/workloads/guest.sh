# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# In the virtual machine: runs workloads, and says of each what GUP mirror has
# seen. To be sourced by the scripts in groups/. What it prints for a person
# comes as comments in the Test Anything Protocol; $RESULTS/stats has the same in
# columns: workload, kind, GUP function, site, calls, pages, right, laundered,
# wrong.
#
# The scripts are sourced by "run", in a root directory that is thrown away.

debugfs=/sys/kernel/debug/gup_mirror
tmp=/tmp/workloads
# shellcheck disable=SC2034 # for the groups
bin=$KERNEL/bin
mkdir -p "$tmp"
mode=$(sed -n 's/^mode: //p' "$debugfs/summary" 2> /dev/null || true)

# How long what is released late may take: completions in a workqueue, work
# behind a grace period of RCU, the exit of an io_uring.
settle_seconds=20
# How long a workload may take before it is ended.
workload_seconds=300

# held: pins taken since the snapshot and not given back
held()
{
	sed -n 's/^# total:.*since_snapshot=\([0-9]*\)$/\1/p' "$debugfs/outstanding"
}

# wrong: violations of all classes
wrong()
{
	awk '/^(put-on-pin|unpin-on-get|double-unpin|unpin-unpinned|free-while-pinned|leak-at-unload|lost-pin|double-put|dirty-by-readonly-pin|dirty-unpinned|lost-write|unpin-while-mapped): / {
		sum += $2 } END { print sum + 0 }' "$debugfs/summary"
}

# since FILE: the sites that were called since FILE was written, in the columns
# of "stats" but for the first
since()
{
	awk 'FNR <= 2 { next }
	{
		site = $12
		for (i = 13; i <= NF; i++)
			site = site " " $i
		key = $1 " " $2
	}
	NR == FNR {
		calls[key] = $3; pages[key] = $4; bad[key] = $5
		right[key] = $6; laundered[key] = $7
		next
	}
	$3 > calls[key] || $5 > bad[key] || $6 > right[key] || $7 > laundered[key] {
		printf "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\n", $1, $11, site,
			$3 - calls[key], $4 - pages[key], $6 - right[key],
			$7 - laundered[key], $5 - bad[key]
	}' "$1" "$debugfs/sites"
}

# workload NAME SITE... -- COMMAND...: COMMAND, a program or a function, has to
# end with 0, without a violation, with nothing left pinned, and after pages were
# acquired at each SITE: "pin:" or "get:" and the start of the name of the
# function that calls GUP, or several with commas between them, of which one is enough.
# "get:" is looked at only if gets are mirrored.
workload()
{
	local name=$1 wanted=() status=0 before after left site failed=() lines
	local command watchdog

	shift
	while [ "$1" != -- ]; do
		wanted+=("$1")
		shift
	done
	shift

	cp "$debugfs/sites" "$tmp/before"
	before=$(wrong)
	echo 1 > "$debugfs/snapshot"
	# In a shell and a process group of its own: a workload that fails, or hangs,
	# must not end the others. Not with "||" behind it, or else that shell
	# ignores -e. What still runs in the background at the end is ended.
	set -m +e
	(
		set +m -euo pipefail
		# shellcheck disable=SC2046 # a word for each process
		trap 'kill -s KILL $(jobs -p) 2> /dev/null || true' EXIT
		"$@"
	) > "$tmp/said" 2>&1 < /dev/null &
	command=$!
	set +m
	(
		sleep "$workload_seconds" &
		trap 'kill $! 2> /dev/null; exit' TERM
		wait
		echo "not finished after $workload_seconds seconds" >> "$tmp/said"
		kill -s KILL -- "-$command"
	) &
	watchdog=$!
	wait "$command"
	status=$?
	kill "$watchdog" 2> /dev/null
	wait "$watchdog"
	set -e
	for ((i = 0; i < settle_seconds * 5; i++)); do
		left=$(held)
		[ "$left" -ne 0 ] || break
		sleep 0.2
	done
	after=$(wrong)
	lines=$(since "$tmp/before")

	[ "$status" -eq 0 ] || failed+=("it ended with status $status")
	[ "$after" -eq "$before" ] || failed+=("$((after - before)) violations")
	[ "$left" -eq 0 ] || failed+=("$left pins are left")
	for site in "${wanted[@]}"; do
		case $site in
		get:*)	[ "$mode" = all ] || continue ;;
		esac
		awk -F '\t' -v kind="${site%%:*}" -v places="${site#*:}" '
			BEGIN { nr = split(places, place, ",") }
			$1 == kind && $5 > 0 {
				for (i = 1; i <= nr; i++)
					found = found || index($3, place[i]) == 1
			}
			END { exit !found }' <<< "$lines" ||
			failed+=("nothing was acquired by ${site#*:}()")
	done

	if [ -n "$lines" ]; then
		awk -v name="$name" '{ print name "\t" $0 }' <<< "$lines" >> "$RESULTS/stats"
	fi
	awk -F '\t' -v OFS='\t' -v left="$left" '
		{
			calls += $4; pages += $5; right += $6; laundered += $7; bad += $8
			sub(/\+0x.*/, "", $3)
			if ($5 > 0)
				sites = sites (sites ? ", " : "") $3 " (" $1 " " $5 ")"
		}
		END {
			printf "# %d calls, %d pages; released right %d, laundered %d, wrong %d; held %d\n",
				calls, pages, right, laundered, bad, left
			print "# by " (sites ? sites : "nobody")
		}' <<< "$lines"
	if [ ${#failed[@]} -eq 0 ]; then
		pass "$name"
		return
	fi
	for site in "${failed[@]}"; do
		echo "# $site"
	done
	if [ "$left" -ne 0 ]; then
		sed 's/^/# /' "$debugfs/outstanding"
	fi
	if [ "$after" -ne "$before" ]; then
		sed 's/^/# /' "$debugfs/violations"
	fi
	# Its last line may have no end.
	tail -n 30 "$tmp/said" | awk '{ print "# " $0 }'
	fail "$name"
}

# needs NAME WHAT COMMAND...: skips workload NAME, saying that WHAT is not here,
# if the command fails
needs()
{
	local name=$1 what=$2

	shift 2
	! "$@" > /dev/null 2>&1 || return 0
	skip "$name" "no $what here"
	return 1
}

# retry COMMAND...: for up to ten seconds, until it works
retry()
{
	local i

	for ((i = 0; i < 50; i++)); do
		! "$@" > /dev/null 2>&1 || return 0
		sleep 0.2
	done
	echo "not so within ten seconds: $*"
	return 1
}

# fails COMMAND...: a command that has to fail; a mere "!" is not looked at but in
# the last line of a function
fails()
{
	! "$@" || {
		echo "this should fail: $*"
		return 1
	}
}

# pinned: a workload holds pins
pinned()
{
	[ "$(held)" -gt 0 ]
}

none_of_group()
{
	! pgrep -g "$1"
}

# killed_while_pinned COMMAND...: all processes of a command that takes long, as
# soon as they hold pins
killed_while_pinned()
{
	set -m
	"$@" &
	retry pinned || retry pinned
	kill -s KILL -- -$!
	if wait $!; then
		echo "it was not killed"
		return 1
	fi
	# Those that it had started may take a little longer.
	retry none_of_group $!
}
