# SPDX-License-Identifier: GPL-2.0
#
# Gives what spatch added the looks that it cannot give: an else on the line of its
# brace, with braces of its own, no line of nothing but tabs, arguments of an inner call,
# or operands, folded at 100 columns below the open parenthesis. Lines of the original
# stay.
#
# awk -f tidy.awk ORIGINAL HOOKED

function width(s,	i, w) {
	for (i = 1; i <= length(s); i++)
		w = substr(s, i, 1) == "\t" ? w + 8 - w % 8 : w + 1
	return w
}
function indent(w,	s) {
	for (; w >= 8; w -= 8)
		s = s "\t"
	for (; w > 0; w--)
		s = s " "
	return s
}
# How good is it to fold behind this?
function rank(s, i) {
	if (substr(s, i - 2, 4) ~ /^ (&&|[|][|]) $/)
		return 3
	if (substr(s, i, 1) == ",")
		return 2
	return substr(s, i - 2, 4) ~ /^ [=!<>]= $/
}
function fold(s,	i, c, depth, column, cut, at, best) {
	match(s, /^[\t ]*/)
	column[0] = width(substr(s, 1, RLENGTH))
	while (width(s) > 100) {
		cut = depth = best = 0
		for (i = 1; i <= length(s); i++) {
			c = substr(s, i, 1)
			if (c == "(")
				column[++depth] = width(substr(s, 1, i))
			else if (c == ")")
				depth--
			if (width(substr(s, 1, i)) > 100)
				break
			if (rank(s, i) && rank(s, i) >= best) {
				best = rank(s, i)
				cut = i
				at = column[depth]
			}
		}
		if (!cut)
			break
		emit(substr(s, 1, cut))
		s = indent(at) substr(s, cut + 2)
		column[0] = at
	}
	return s
}
function emit(s) {
	line[++n] = s
}
NR == FNR {
	old[$0]
	old[last, $0]
	last = $0
	next
}
# Of an if that has got braces
/^\t+else$/ && line[n] ~ /^\t+[}]$/ && !((line[n], $0) in old) {
	brace = line[n]
	sub(/^\t+/, " ")
	line[n] = line[n] $0 " {"
	next
}
brace != "" {
	emit($0)
	emit(brace)
	brace = ""
	next
}
$0 in old { emit($0); next }
/^\t+$/ {
	if (line[n] != "")
		emit("")
	next
}
/^\t+else [{]$/ && line[n] ~ /^\t+[}]$/ {
	sub(/^\t+/, " ")
	line[n] = line[n] $0
	next
}
{ emit(fold($0)) }
END {
	for (i = 1; i <= n; i++)
		print line[i]
}
