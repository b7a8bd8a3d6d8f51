# SPDX-License-Identifier: GPL-2.0
#
# Prints the rows of figures.awk as a table for people.

function line(name, mode, value, unit, parts, ratio, goal, note)
{
	printf "%-24s  %-15s  %12s %-8s %-19s %7s  %6s  %s\n", name, mode, value, unit, parts, ratio, goal, note
}

function title(group)
{
	if (NR > 1)
		print "\n"
	if (group == "instructions")
		line("", "mode", "instructions", "per", "in parts", "ratio", "goal", "")
	else if (group == "constancy")
		line("one of many", "mode", "most", "per", "least", "ratio", "goal", "")
	else if (group == "recording")
		line("recording adds", "mode", "instructions", "per", "page_ref adds", "times", "goal", "")
	else if (group == "memory")
		line("memory", "mode", "taken", "", "ledger + tables", "formula", "goal", "")
	else if (group == "size")
		line("code", "mode", "size", "", "", "", "", "")
	else if (group == "locked")
		line("locked", "mode", "shared lines", "per", "other lines", "", "goal", "")
}

BEGIN { FS = "|" }

$1 != group { title($1) }
$1 == group && $2 != bench && $1 == "instructions" { print "" }

{
	name = $1 == "instructions" && $1 == group && $2 == bench ? "" : $2
	note = $9
	if ($10 != "")
		note = note (note == "" ? "" : ", ") $10
	line(name, $3, $4, $5, $6, $7, $8, note)
	group = $1
	bench = $2
}
