# SPDX-License-Identifier: GPL-2.0
#
# Holds the places that --audit has found against the list of those that are
# harmless.
#
# awk -v me= -v harmless= -v tree= -v release= -v lines= -f audit.awk HARMLESS FOUND

function complain(text) {
	print me ": " text >"/dev/stderr"
	bad++
}

function named(where) {
	return where == "#define" ? where : where "()"
}

# The number of a line in the file of the tree: the directory in lines has those of
# the files that have hooks.
function real_line(file, line,	i, name, number) {
	name = file
	gsub(/\//, ",", name)
	name = lines "/" name
	for (i = 1; i <= line && (getline number < name) > 0; i++)
		;
	close(name)
	return number == "" ? line : number
}

BEGIN { FS = "\t" }

NR == FNR {
	if (/^#/ || /^$/)
		next
	if (NF != 4 || $1 == "" || $2 == "" || $3 == "" || $4 == "") {
		complain(harmless ":" FNR ": file, function, text and reason are needed, with one tab between them")
		next
	}
	place = $1 FS $2 FS $3
	if (place in listed)
		complain(harmless ":" FNR ": is in line " listed[place] ", too; remove one of them")
	listed[place] = FNR
	next
}

{
	place = $1 FS $3 FS $4
	places++
	if (place in listed) {
		seen[place]
		next
	}
	complain($1 ":" real_line($1, $2) ": " named($3) ": " $4 ": the value of a struct page pointer matters here, and it may be a view; make it canonical by a rule in mm-debug/hooks, or say in " harmless " why it needs no hook")
}

END {
	for (place in listed) {
		if (place in seen)
			continue
		split(place, word, FS)
		complain(harmless ":" listed[place] ": " word[1] ": " named(word[2]) ": " word[3] ": is not in Linux " release " in " tree " any more; remove the line")
	}
	if (bad)
		exit 1
	for (place in listed)
		rows++
	print me ": " tree " (Linux " release "): " places + 0 " places where the value of a struct page pointer matters, all of them known to be harmless (" rows + 0 " lines in " harmless ")"
}
