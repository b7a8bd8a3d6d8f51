# SPDX-License-Identifier: GPL-2.0
#
# Prints the rows of figures.awk as comma-separated values.

BEGIN {
	FS = "|"
	print "group,benchmark,mode,value,unit,parts,ratio,goal,verdict,note"
}

{
	for (i = 1; i <= 10; i++) {
		text = $i == "-" ? "" : $i
		if (text ~ /[",]/) {
			gsub(/"/, "\"\"", text)
			text = "\"" text "\""
		}
		printf "%s%s", text, i < 10 ? "," : "\n"
	}
}
