# SPDX-License-Identifier: GPL-2.0
#
# Leaves out the lines that are for other versions of Linux: those with "# since VERSION"
# or "# until VERSION" behind them. With blank=1, there is an empty line for each.
#
# awk -v version=VERSION [-v blank=1] -f of-version.awk

function number(version,	part) {
	split(version, part, ".")
	return part[1] * 1000 + part[2]
}
match($0, /[ \t]+# (since|until) [0-9.]+$/) {
	split(substr($0, RSTART, RLENGTH), word)
	$0 = substr($0, 1, RSTART - 1)
	if (word[2] == "since" && number(version) < number(word[3]) ||
	    word[2] == "until" && number(version) > number(word[3])) {
		if (blank)
			print ""
		next
	}
}
{ print }
