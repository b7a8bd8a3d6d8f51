# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# tools/integrate: the files of the project, and where they go.

# Sets to, where a file of the project goes; empty if it stays here.
destination()
{
	case $1 in
	mm-debug/hooks/*)		to= ;;
	mm-debug/arch/*)		to=${1#mm-debug/} ;;
	mm-debug/*)			to=mm/gup_mirror/${1#mm-debug/} ;;
	Kconfig.snippet)		to=mm/gup_mirror/Kconfig ;;
	include/*.h)			to=include/linux/${1#include/} ;;
	tracepoints/*.h)		to=include/trace/events/${1#tracepoints/} ;;
	documentation/*)		to=Documentation/${1#documentation/} ;;
	selftests/test_gup_mirror*.[ch]) to=mm/gup_mirror/${1#selftests/} ;;
	selftests/*)			to=tools/testing/selftests/gup_mirror/${1#selftests/} ;;
	*)				to= ;;
	esac
}

# Sets added[], the files that we bring along, and from[], what they are here.
# Left-overs of builds and of editors stay here; git knows which they are.
list_added()
{
	local file to where=(Kconfig.snippet documentation include mm-debug selftests tracepoints)

	added=()
	declare -gA from=()
	while read -r file; do
		case ${file##*/} in
		.gitignore)	;;
		.* | *.md)	continue ;;
		esac
		destination "$file"
		# git also lists what was deleted a moment ago
		if [[ -n $to && -f $project/$file ]]; then
			added+=("$to")
			from[$to]=$file
		fi
	done < <(
		cd -- "$project"
		if [[ $(git rev-parse --show-toplevel 2>/dev/null) == "$project" ]]; then
			git ls-files --cached --others --exclude-standard -- "${where[@]}"
		else
			find "${where[@]}" -type f ! -name '*.o' ! -name '*~'
		fi | sort -u
	)
}
