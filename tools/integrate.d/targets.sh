# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# tools/integrate: mm-debug/hooks/targets, the table of which rule goes where.

# Sets supported[], and row_*[], the rows of hooks/targets for Linux $version.
read_targets()
{
	local kernel rule file calls includes
	declare -A seen

	supported=()
	row_rule=() row_file=() row_calls=() row_includes=()
	while read -r kernel rule file calls includes; do
		[[ -n $kernel && $kernel != '#'* ]] || continue
		if [[ -z ${seen[$kernel]-} ]]; then
			seen[$kernel]=1
			supported+=("$kernel")
		fi
		if [[ $kernel == "${version-}" ]]; then
			row_rule+=("$rule")
			row_file+=("$file")
			row_calls+=("$calls")
			row_includes+=("$includes")
		fi
	done <"$hooks/targets"
}

# Every rule has to have a row: one that is applied nowhere is a silent miss.
check_rules()
{
	local file path
	declare -A has

	for row in "${!row_rule[@]}"; do
		has[${row_rule[row]}]=1
		has[${row_rule[row]} ${row_file[row]}]=1
	done
	for file in "$hooks"/*.cocci; do
		file=${file##*/}
		[[ -n ${has[${file%.cocci}]-} ]] ||
			die "rule ${file%.cocci} has no row for Linux $version in $hooks/targets"
	done
	while read -r path; do
		[[ -n ${has[lines $path]-} ]] ||
			die "rule lines, file $path: no row for Linux $version in $hooks/targets"
	done < <(grep '^[^# +]' "$hooks/lines")
}
