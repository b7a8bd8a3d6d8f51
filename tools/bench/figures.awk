# SPDX-License-Identifier: GPL-2.0
#
# Makes, of what tools/bench/bench has collected, the rows of the table:
#
#	group|benchmark|mode|value|unit|parts|ratio|goal|verdict|note
#
# Input is one of
#
#	plan|BENCH|MODE|UNIT|GOALS	what was to be measured
#	data|BENCH|MODE|NUMBER...	of a round: units, and instructions in parts
#	note|BENCH|MODE|TEXT
#	family|BEGINNING|MODE|GOAL
#	recording|CHEAP|DEAR|GOAL|BENCHES
#	memory goal|KIB
#	memory plan|MODE
#	memory|MODE|WHEN|FREE LEDGER TABLES MIB
#	size|FUNCTION|MODE|BYTES
#	locked plan|MODE
#	locked|MODE|FUNCTION|SHARED|OWN|WHOSE
#
# Exit status: 1 if something is missing.

BEGIN { FS = "|"; OFS = "|" }

function row(group, bench, mode, value, unit, parts, ratio, goal, verdict, note)
{
	if (value == "-") {
		failed = 1
		note = "not measured" (note == "" ? "" : ", " note)
	}
	print group, bench, mode, value, unit, parts, ratio, goal, verdict, note
}

# As it is printed, so that nobody sees a goal missed by nothing
function at_most(value, goal)
{
	if (goal == "" || value == "-")
		return ""
	return value + 0 <= goal + 0 ? "ok" : "MISSED"
}

# To one decimal, without a sign of what is nothing then
function decimal(value,	text)
{
	text = sprintf("%.1f", value)
	return text == "-0.0" ? "0.0" : text
}

# A goal may be a ratio, or how many instructions more there may be, "+4".
function reached(value, first, goal)
{
	if (goal ~ /^[+]/)
		return at_most(sprintf("%.1f", value - first), substr(goal, 2))
	return at_most(sprintf("%.3f", value / first), goal)
}

function goal_of(goals, mode,	words, n, i)
{
	n = split(goals, words, " ")
	for (i = 1; i <= n; i++)
		if (index(words[i], mode "=") == 1)
			return substr(words[i], length(mode) + 2)
	return ""
}

$1 == "plan" { plan[++plans] = $0 }

# A row has the lowest of what was seen, and how far the others were off.
$1 == "data" {
	key = $2 "|" $3
	n = split($4, number, " ")
	sum = 0
	text = ""
	for (i = 2; i <= n; i++) {
		sum += number[i]
		text = text (i > 2 ? " + " : "") decimal(number[i] / number[1])
	}
	sum /= number[1]
	if (!(key in low) || sum < low[key]) {
		low[key] = sum
		parts[key] = n > 2 ? text : ""
	}
	if (sum > high[key])
		high[key] = sum
}

$1 == "note" { notes[$2 "|" $3] = notes[$2 "|" $3] (notes[$2 "|" $3] == "" ? "" : ", ") $4 }
$1 == "family" { family[++families] = $0 }
$1 == "recording" { recording[++recordings] = $0 }
$1 == "memory goal" { memory_goal = $2 }
$1 == "memory plan" { memory_mode[++memory_modes] = $2 }
$1 == "memory" { memory[$2, $3] = $4 }
$1 == "size" { row_of_size[++sizes] = $0 }
$1 == "locked plan" { locked_mode[++locked_modes] = $2 }
$1 == "locked" { locked_row[++locked_rows] = $0 }

function instructions(	i, p, key, first, ratio, goal, note, spread)
{
	for (i = 1; i <= plans; i++) {
		split(plan[i], p, "|")
		key = p[2] "|" p[3]
		first = p[2] "|plain"
		goal = goal_of(p[5], p[3])
		if (!(key in low)) {
			row("instructions", p[2], p[3], "-", p[4], "", "-", goal, "", notes[key])
			continue
		}
		ratio = first in low ? sprintf("%.3f", low[key] / low[first]) : "-"
		note = notes[key]
		spread = (high[key] / low[key] - 1) * 100
		if (spread > 1)
			note = note (note == "" ? "" : ", ") sprintf("rounds differ by %.1f %%", spread)
		row("instructions", p[2], p[3], decimal(low[key]), p[4],
		    parts[key], ratio, goal,
		    first in low ? reached(low[key], low[first], goal) : "", note)
	}
}

# However many there are, one should cost the same.
function constancy(	i, j, f, p, key, least, most, missing, ratio)
{
	for (i = 1; i <= families; i++) {
		split(family[i], f, "|")
		least = most = missing = 0
		for (j = 1; j <= plans; j++) {
			split(plan[j], p, "|")
			if (index(p[2], f[2] " ") != 1 || p[3] != f[3])
				continue
			key = p[2] "|" p[3]
			if (!(key in low)) {
				missing = 1
				continue
			}
			if (!least || low[key] < least)
				least = low[key]
			if (low[key] > most)
				most = low[key]
			unit = p[4]
		}
		if (missing)
			row("constancy", f[2], f[3], "-", unit, "", "-", f[4], "", "")
		if (missing || !least)
			continue
		ratio = sprintf("%.3f", most / least)
		row("constancy", f[2], f[3], decimal(most), unit,
		    decimal(least), ratio, f[4], at_most(ratio, f[4]), "")
	}
}

function recordings_compared(	i, j, p, r, n, names, seen, first, cheap, dear, goal, times)
{
	for (i = 1; i <= recordings; i++) {
		split(recording[i], r, "|")
		split("", seen)
		for (j = 1; j <= plans; j++) {
			split(plan[j], p, "|")
			first = p[2] "|plain"
			cheap = p[2] "|" r[2]
			dear = p[2] "|" r[3]
			if (p[2] in seen)
				continue
			seen[p[2]]
			if (!(first in low) || !(cheap in low) || !(dear in low))
				continue
			goal = index(", " r[5] ",", ", " p[2] ",") ? r[4] : ""
			times = "-"
			if (low[cheap] > low[first])
				times = sprintf("%.1f", (low[dear] - low[first]) / (low[cheap] - low[first]))
			row("recording", p[2], r[2], decimal(low[cheap] - low[first]), p[4],
			    decimal(low[dear] - low[first]), times, goal,
			    goal == "" ? "" : times + 0 >= goal + 0 ? "ok" : "MISSED", "")
		}
	}
}

# How much less is free than in the first mode
function memory_taken(	i, j, when, whens, first, m, own, formula, taken, goal)
{
	split("idle before after", whens, " ")
	for (i = 1; i <= 3; i++) {
		when = whens[i]
		for (j = 2; j <= memory_modes; j++) {
			goal = when == "idle" ? memory_goal : ""
			if (!((memory_mode[1], when) in memory) || !((memory_mode[j], when) in memory)) {
				row("memory", when, memory_mode[j], "-", "KiB", "", "-", goal, "", "")
				continue
			}
			split(memory[memory_mode[1], when], first, " ")
			split(memory[memory_mode[j], when], m, " ")
			taken = first[1] - m[1]
			own = m[2] == "-" || m[3] == "-" ? "-" : m[2] + m[3]
			# 8 KiB for each GiB, of which there are two; 4 KiB for
			# each MiB where something was ever pinned; tables.
			formula = m[3] == "-" ? "-" : 16 + 4 * m[4] + m[3]
			row("memory", when, memory_mode[j], sprintf("%d", taken), "KiB",
			    own, formula, goal, at_most(taken, goal),
			    m[4] ? m[4] " MiB have been pinned" : "")
		}
	}
}

# What is done in each read is asked of the functions in mm/gup_mirror. Others
# may have more, too, from timers that expire while a read takes longer.
function locked(	i, j, r, sum, own, ours, ours_own, seen, mode, first)
{
	first = locked_mode[1]
	for (i = 1; i <= locked_rows; i++) {
		split(locked_row[i], r, "|")
		sum[r[2]] += r[4]
		own[r[2]] += r[5]
		if (r[6] != "") {
			ours[r[2]] += r[4]
			ours_own[r[2]] += r[5]
		}
		seen[r[2]]
	}
	for (j = 1; j <= locked_modes; j++) {
		mode = locked_mode[j]
		for (i = 1; i <= locked_rows; i++) {
			split(locked_row[i], r, "|")
			if (r[2] != mode || r[4] + r[5] < 0.05)
				continue
			row("locked", r[3], mode, decimal(r[4]), "read",
			    decimal(r[5]), "", "", "", r[6])
		}
		if (!(mode in seen)) {
			row("locked", "all", mode, "-", "read", "", "", "", "", "")
			continue
		}
		row("locked", "all", mode, decimal(sum[mode]), "read",
		    decimal(own[mode]), "", "", "", "")
		if (j == 1 || !(first in seen))
			continue
		row("locked", "added by others", mode,
		    decimal(sum[mode] - ours[mode] - sum[first]), "read",
		    decimal(own[mode] - ours_own[mode] - own[first]), "", "", "", "")
		row("locked", "in mm/gup_mirror", mode, decimal(ours[mode]), "read",
		    decimal(ours_own[mode]), "", 0,
		    at_most(decimal(ours[mode]), 0), "")
	}
}

# Of a put in each place where it is inlined
function sizes_of_puts(	i, r)
{
	for (i = 1; i <= sizes; i++) {
		split(row_of_size[i], r, "|")
		row("size", r[2], r[3], r[4] == "" ? "-" : r[4], "bytes", "", "", "", "", "")
	}
}

END {
	instructions()
	constancy()
	recordings_compared()
	memory_taken()
	sizes_of_puts()
	locked()
	exit failed
}
