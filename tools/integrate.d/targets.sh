# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# tools/integrate: mm-debug/hooks/targets, the table of which rule goes where.

# Sets supported[], the versions that the table has.
read_versions()
{
	# shellcheck disable=SC2034 # by those who source this
	mapfile -t supported < <(awk -f "$parts/targets.awk" "$hooks/targets")
}

# Sets file, of several with | between them the first that is in the tree. If none
# is, it stays as it is.
choose_file()
{
	local name names

	IFS='|' read -r -a names <<<"$1"
	for name in "${names[@]}"; do
		if [[ -f $tree/$name ]]; then
			file=$name
			return
		fi
	done
	file=$1
}

# Sets row_*[], the rows of the table for version $1, and hooked[], the files that
# have hooks. A rule that has nothing to do in a file has no hooks there, and a dash
# for its #includes.
read_targets()
{
	local rule names file calls includes
	declare -A seen

	row_rule=() row_file=() row_calls=() row_includes=()
	hooked=()
	listed=()
	while read -r rule names calls includes; do
		listed+=("$rule" "$rule $names")
		choose_file "$names"
		row_rule+=("$rule")
		row_file+=("$file")
		row_calls+=("${calls/-/0}")
		row_includes+=("$includes")
		if [[ $includes != - && -z ${seen[$file]-} ]]; then
			seen[$file]=1
			hooked+=("$file")
		fi
	done < <(awk -v version="$1" -f "$parts/targets.awk" "$hooks/targets")
}

# Every rule has to have a row: one that is applied nowhere is a silent miss.
check_rules()
{
	local file name
	declare -A has

	for name in "${listed[@]}"; do
		has[$name]=1
	done
	for file in "$hooks"/*.cocci; do
		file=${file##*/}
		[[ -n ${has[${file%.cocci}]-} ]] ||
			die "rule ${file%.cocci} has no row in $hooks/targets"
	done
	while read -r name; do
		[[ -n ${has[lines $name]-} ]] ||
			die "rule lines, file $name: no row in $hooks/targets"
	done < <(grep '^[^# +|]' "$hooks/lines")
}
