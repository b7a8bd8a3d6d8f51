# SPDX-License-Identifier: GPL-2.0
#
# Leaves out the lines that are for other versions of Linux: those with "# since VERSION",
# "# until VERSION", or "# since VERSION until VERSION" behind them. Before "since" may
# be "x86" or "arm64", and it may be alone: such a line is for that architecture only.
# With blank=1, there is an empty line for each.
#
# awk -v version=VERSION [-v arch=ARCHITECTURE] [-v blank=1] -f of-version.awk

function number(version,	part) {
	split(version, part, ".")
	return part[1] * 1000 + part[2]
}
match($0, /[ \t]+#( (x86|arm64)| (since|until) [0-9.]+)( (since|until) [0-9.]+)*$/) {
	words = split(substr($0, RSTART, RLENGTH), word)
	$0 = substr($0, 1, RSTART - 1)
	for (i = 2; i <= words; i++) {
		if (word[i] ~ /^(x86|arm64)$/ && word[i] != arch ||
		    word[i] == "since" && number(version) < number(word[i + 1]) ||
		    word[i] == "until" && number(version) > number(word[i + 1])) {
			if (blank)
				print ""
			next
		}
	}
}
{ print }
