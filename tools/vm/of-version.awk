# SPDX-License-Identifier: GPL-2.0
#
# Leaves out the lines that are for other versions of Linux: those with "# since VERSION",
# "# until VERSION", or "# since VERSION until VERSION" behind them. With blank=1, there is an empty line for each.
#
# awk -v version=VERSION [-v blank=1] -f of-version.awk

function number(version,	part) {
	split(version, part, ".")
	return part[1] * 1000 + part[2]
}
match($0, /[ \t]+#( (since|until) [0-9.]+)+$/) {
	words = split(substr($0, RSTART, RLENGTH), word)
	$0 = substr($0, 1, RSTART - 1)
	for (i = 2; i < words; i += 2) {
		if (word[i] == "since" && number(version) < number(word[i + 1]) ||
		    word[i] == "until" && number(version) > number(word[i + 1])) {
			if (blank)
				print ""
			next
		}
	}
}
{ print }
