# SPDX-License-Identifier: GPL-2.0
#
# Prints the version of a kernel's top Makefile in two words, as in "6.12 117".

$2 == "=" && !($1 in v) { v[$1] = $3 }
END {
	if ("VERSION" in v && "PATCHLEVEL" in v && "SUBLEVEL" in v)
		print v["VERSION"] "." v["PATCHLEVEL"], v["SUBLEVEL"]
}
