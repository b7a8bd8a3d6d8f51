# SPDX-License-Identifier: GPL-2.0
#
# What selftests have said, in the columns: program, test, verdict. Takes the
# files of said/, in which "run" saves what they printed. Left out is what
# differs from run to run: addresses, process ids, times, and whatever is no
# verdict.

function clean(text)
{
	gsub(/0x[0-9a-f]+/, "0x-", text)
	gsub(/pid[ :=]*[0-9]+/, "pid -", text)
	# pagemap_ioctl tells how close a race was.
	sub(/ Extra pages .*/, "", text)
	gsub(/[0-9.]+ ?([mun]?s|sec|seconds?)$/, "- s", text)
	gsub(/[0-9.]+ ?([mun]?s|sec|seconds?)[ ,]/, "- s ", text)
	gsub(/[ \t]+/, " ", text)
	sub(/^ /, "", text)
	sub(/ $/, "", text)
	return text
}

function put(test, verdict)
{
	# The number of a test is its name, with what was announced before it:
	# names are used again and again. Where that is not enough, count.
	if (seen[FILENAME, test]++)
		test = test " (" seen[FILENAME, test] ")"
	print name "\t" test "\t" verdict
}

BEGIN { OFS = "\t" }

FNR == 1 { name = FILENAME; sub(/.*\//, "", name); context = "" }

{
	line = $0
	gsub(/\033\[[0-9;]*m/, "", line)
	sub(/^[# \t]+/, "", line)
}

line ~ /^== exit status: / { put("exit status", $NF); next }
line ~ /^(==|\[RUN\]|Run test:) / {
	context = clean(line)
	sub(/^(==|\[RUN\]|Run test:) /, "", context)
	context = context ": "
	next
}

# Test Anything Protocol
match(line, /^(not )?ok [0-9]+/) {
	text = clean(substr(line, RLENGTH + 1))
	sub(/^- /, "", text)
	verdict = line ~ /^not/ ? "not ok" : text ~ /# SKIP/ ? "skip" : "ok"
	split(substr(line, 1, RLENGTH), words, " ")
	number = words[verdict == "not ok" ? 3 : 2]
	put(context number, verdict " " text)
	next
}

# uffd-unit-tests, khugepaged
line ~ /^Testing .*\.\.\. *(done|skipped|failed)/ ||
line ~ /(\.\.\.|:) *\[? ?(OK|Fail|FAIL|PASS|SKIP)( ?\])?$/ {
	verdict = clean(line)
	test = verdict
	sub(/ ?(\.\.\.|:) *[^.:]*( \[.*\])?$/, "", test)
	verdict = substr(verdict, length(test) + 1)
	# The dots are those of a progress bar.
	sub(/^[ .:]+/, "", verdict)
	sub(/[ .:]+$/, "", test)
	put(context test, verdict)
}
