# SPDX-License-Identifier: GPL-2.0
#
# Prints the lines of a Makefile of kbuild that name no source that is not there yet:
# a Makefile as it is after one of the patches of a series. Prints nothing if no
# source of it is there.
#
# awk -v dir=DIRECTORY-OF-THE-SOURCES -f objects.awk MAKEFILE MAKEFILE

function is_object(word) {
	return word ~ /^[A-Za-z0-9_]+(\.o|\/)$/
}
function there(object,	file, line, n, i, part) {
	if (object in parts) {
		n = split(parts[object], part)
		for (i = 1; i <= n; i++) {
			if (!there(part[i]))
				return 0
		}
		return 1
	}
	file = dir "/" object
	if (!sub(/\/$/, "/Makefile", file))
		sub(/o$/, "c", file)
	i = (getline line < file) >= 0
	close(file)
	return i
}
# A paragraph of which nothing is left but comments goes as a whole.
function paragraph() {
	if (text != "" && (left || !objects))
		out = out (out == "" ? "" : "\n") text
	text = ""
	objects = left = 0
}

# A line that goes on is one with what follows.
/\\$/ {
	begun = begun $0 "\n"
	next
}
begun != "" {
	$0 = begun $0
	begun = ""
}

NR == FNR {
	if (match($1, /-(y|objs)$/) && $1 !~ /^obj-/) {
		object = substr($1, 1, RSTART - 1) ".o"
		for (i = 3; i <= NF; i++) {
			if (is_object($i))
				parts[object] = parts[object] " " $i
		}
	}
	next
}
/^$/ { paragraph(); next }
/^#/ { text = text $0 "\n"; next }
{
	n = all = 0
	for (i = 1; i <= NF; i++) {
		word = $i
		sub(/^[A-Z_]+_/, "", word)
		if (!is_object(word))
			continue
		n++
		all += there(word)
	}
	objects += n
	if (n != all)
		next
	left += n
	found += n
	text = text $0 "\n"
}
END {
	paragraph()
	if (found)
		printf "%s", out
}
