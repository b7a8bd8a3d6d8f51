# SPDX-License-Identifier: GPL-2.0
#
# Takes what verdicts.awk has said of runs on the untouched kernel, after it of
# runs with GUP mirror:
#
#   compare.awk kernel=plain FILE... kernel=layer FILE...
#
# and prints in the columns program, test, verdicts there, verdicts here:
# differences, which are verdicts that the untouched kernel never gave. If it
# gives more than one itself, that is shown with "=" in front.

BEGIN { FS = OFS = "\t" }

{
	test = $1 FS $2
	programs[$1]
	tests[test]
	if ($2 == "exit status")
		runs[kernel, $1]++
	times[kernel, test]++
	if (!((kernel, test, $3) in seen)) {
		seen[kernel, test, $3]
		said[kernel, test] = said[kernel, test] (said[kernel, test] ? " | " : "") $3
		given[kernel, test] = given[kernel, test] "\n" $3
		number[kernel, test]++
	}
}

# A test that was not reached in some run
function missing(kernel, test, program)
{
	if (times[kernel, test] == runs[kernel, program])
		return
	seen[kernel, test, "-"]
	said[kernel, test] = said[kernel, test] (said[kernel, test] ? " | " : "") "-"
	given[kernel, test] = given[kernel, test] "\n-"
	number[kernel, test]++
}

END {
	for (program in programs) {
		for (i = 1; i <= split("plain layer", kernels, " "); i++) {
			if (!runs[kernels[i], program])
				print program, "did not run", runs["plain", program] + 0 " times",
					runs["layer", program] + 0 " times"
		}
	}
	for (test in tests) {
		split(test, column, FS)
		program = column[1]
		if (!runs["plain", program] || !runs["layer", program])
			continue
		missing("plain", test, program)
		missing("layer", test, program)
		same = 1
		n = split(given["layer", test], list, "\n")
		for (i = 2; i <= n; i++) {
			if (!(("plain", test, list[i]) in seen))
				same = 0
		}
		if (!same)
			print test, said["plain", test], said["layer", test]
		else if (number["plain", test] > 1)
			print "=" test, said["plain", test], said["layer", test]
	}
}
