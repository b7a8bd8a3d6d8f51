# SPDX-License-Identifier: GPL-2.0
#
# Puts the blocks of mm-debug/hooks/lines for one file into it, and prints how many.
#
# awk -v path=PATH-IN-THE-TREE -v out=RESULT -f lines.awk FILE LINES

# Sets at, where an anchor begins, and returns how often it is there.
function find(anchor, nanchor,	i, j, n) {
	for (i = 1; i <= ntext - nanchor + 1; i++) {
		for (j = 0; j < nanchor && text[i + j] == anchor[j]; j++)
			;
		if (j == nanchor) {
			at = i
			n++
		}
	}
	return n + 0
}
function place(	n, size) {
	if (!nanchor)
		return
	size = nanchor
	n = find(anchor, nanchor)
	if (n != 1 && nother && find(other, nother) == 1) {
		size = nother
		n = 1
	}
	if (n == 1) {
		text[at] = before text[at]
		text[at + size - 1] = text[at + size - 1] behind
		blocks++
	} else {
		printf "anchor \"%s\" has to be there once, but is %d times\n",
			anchor[0], n >"/dev/stderr"
	}
	nanchor = nother = 0
	before = behind = ""
}
NR == FNR { text[++ntext] = $0; next }
/^#/ { next }
/^$/ { place(); mine = 0; next }
/^[^ +|]/ { place(); mine = index("|" $0 "|", "|" path "|"); next }
!mine { next }
/^ / { anchor[nanchor++] = substr($0, 2); next }
/^[|]/ { other[nother++] = substr($0, 2); next }
nanchor { behind = behind "\n" substr($0, 2); next }
{ before = before substr($0, 2) "\n" }
END {
	place()
	for (i = 1; i <= ntext; i++)
		print text[i] >out
	print blocks + 0
}
