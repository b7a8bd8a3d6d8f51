# SPDX-License-Identifier: GPL-2.0
#
# Prints the rows of mm-debug/hooks/targets for one version of Linux in four words:
# rule, file, hooks and #includes, which are dashes where the rule has nothing to do.
# Without a version, prints those that there are.
#
# awk -v version=VERSION -f targets.awk TARGETS

BEGIN { FS = "\t+" }
/^#/ || !NF { next }
!column {
	for (i = 3; i <= NF; i++) {
		if (version == "")
			print $i
		else if ($i == version)
			column = i
	}
	if (!column)
		exit
	next
}
{ print $1, $2, $column == "-" ? "- -" : $column }
