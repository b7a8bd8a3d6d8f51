# SPDX-License-Identifier: GPL-2.0
#
# Reads all headers of a kernel and prints what --audit has to know of them: the
# structures that have a pointer to a struct page, those that have one of these in
# them, no other member of either, and the functions that return such a pointer.
# That is a hundredth of the headers, which spatch then reads for each file.
#
# awk -f types.awk pass=1 HEADER... pass=2 HEADER...

# Structures and unions may have others in them: text[depth] has the members.
function enter(tag) {
	depth++
	name[depth] = tag
	text[depth] = ""
}

function leave(declared,	whole) {
	whole = text[depth] == "" ? "" : name[depth] " {\n" text[depth] "}" declared ";\n"
	depth--
	if (depth)
		text[depth] = text[depth] whole
	else
		finish(whole)
}

function finish(whole) {
	if (whole == "")
		return
	if (pass == 2)
		printf "%s", whole
	else if (FILENAME ~ /^include\//)
		has_page[name[1]]
}

FNR == 1 { depth = 0 }

/^(typedef )?(struct|union) [a-zA-Z0-9_]+ *[{]/ {
	sub(/^typedef /, "")
	sub(/ *[{].*/, "")
	depth = 0
	enter($0)
	next
}

depth && /^[}]/ {
	while (depth > 1)
		leave("")
	leave("")
	next
}

depth && /^[ \t]+(struct|union)( [a-zA-Z0-9_]+)? *[{]$/ {
	sub(/^[ \t]+/, "")
	sub(/ *[{].*/, "")
	enter($0)
	next
}

depth > 1 && /^[ \t]+[}][^{(]*;/ {
	sub(/^[ \t]+[}]/, "")
	sub(/;.*/, "")
	sub(/__[a-z_]+.*/, "")
	leave($0)
	next
}

depth && !/[(){}]/ && match($0, /(struct|union) [a-zA-Z0-9_]+[ \t*]+[a-zA-Z0-9_][^;]*;/) {
	member = substr($0, RSTART, RLENGTH)
	type = member
	sub(/[ \t*]+[a-zA-Z0-9_]+[^a-zA-Z0-9_ \t].*/, "", type)
	if (type == "struct page" || (pass == 2 && type in has_page))
		text[depth] = text[depth] member "\n"
	next
}

pass == 2 && !depth && match($0, /^[a-z_ ]*struct page [*]+[a-zA-Z0-9_]+[(]/) && !/^return / {
	start = substr($0, RSTART, RLENGTH)
	sub(/^.*struct page /, "struct page ", start)
	if (!(start in seen))
		print start "void);"
	seen[start]
}
