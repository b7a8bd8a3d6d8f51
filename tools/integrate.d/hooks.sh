# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# tools/integrate: rules go into copies of the files, and are counted.

# The blocks of hooks/lines for one file. Prints how many there are.
apply_lines()
{
	local path=$1 file=$2

	awk -v path="$path" -v out="$file.new" -f "$parts/lines.awk" "$file" "$hooks/lines"
	# Keeps the mode of the file
	cat -- "$file.new" >"$file"
}

# Give what spatch added the looks that it cannot give.
tidy()
{
	local before=$1 file=$2

	awk -f "$parts/tidy.awk" "$before" "$file" >"$file.new"
	cat -- "$file.new" >"$file"
}

# Sets calls and includes, what is in a file now.
count_hooks()
{
	read -r calls includes < <(awk -f "$parts/count.awk" "$1")
}

# All rules for one file. Prints, for each of its rows in hooks/targets, the number
# of the row and the counts as they came out. What a rule does that has nothing to do
# there is not kept.
hook_file()
{
	local path=$1 result=$2 tmp=$3 file=$3/${1##*/} row calls includes had_calls had_includes

	mkdir -p -- "$tmp"
	export TMPDIR=$tmp
	cp -- "$result" "$tmp/orig"
	cp -- "$result" "$file"
	for row in "${!row_rule[@]}"; do
		[[ ${row_file[row]} == "$path" ]] || continue
		count_hooks "$file"
		had_calls=$calls
		had_includes=$includes
		if [[ ${row_rule[row]} == lines && ${row_includes[row]} == - ]]; then
			:
		elif [[ ${row_rule[row]} == lines ]]; then
			apply_lines "$path" "$file" >"$tmp/blocks"
			count_hooks "$file"
			had_calls=$((calls - $(<"$tmp/blocks")))
		else
			cp -- "$file" "$tmp/before"
			spatch --very-quiet --no-show-diff --no-includes --in-place \
				--sp-file "$hooks/${row_rule[row]}.cocci" "$file" >&2
			tidy "$tmp/orig" "$file"
			count_hooks "$file"
			[[ ${row_includes[row]} != - ]] || cat -- "$tmp/before" >"$file"
		fi
		echo "$row $((calls - had_calls)) $((includes - had_includes))"
	done
	cat -- "$file" >"$result"
}

# Hook the copies in $work/new of all files that have rules. Sets got_calls[] and
# got_includes[] of each row.
apply_rules()
{
	local path row calls includes running=0 cpus other=()
	declare -A seen

	for path in "${hooked[@]}"; do
		seen[$path]=new
	done
	for path in "${row_file[@]}"; do
		if [[ -z ${seen[$path]-} && -f $tree/$path ]]; then
			seen[$path]=other
			other+=("$path")
		fi
	done
	copy_files "$tree" "$work/other" "${other[@]}"
	cpus=$(nproc)
	# With job control each job is a process group, which one signal can end.
	set -m
	for path in "${!seen[@]}"; do
		if ((running == cpus)); then
			wait -n || :
			running=$((running - 1))
		fi
		running=$((running + 1))
		hook_file "$path" "$work/${seen[$path]}/$path" "$work/job/$path" \
			>"$work/${path//\//,}.rows" 2>"$work/${path//\//,}.err" &
	done
	wait
	set +m

	got_calls=() got_includes=()
	for path in "${!seen[@]}"; do
		while read -r row calls includes; do
			got_calls[row]=$calls
			got_includes[row]=$includes
		done <"$work/${path//\//,}.rows"
	done
}

# Says which rules did not match as often as they should.
check_counts()
{
	local row bad=0

	for row in "${!row_rule[@]}"; do
		if [[ ${row_includes[row]} == - && ${got_calls[row]:-0} == 0 ]] ||
		   [[ "${got_calls[row]-0} ${got_includes[row]-0}" == "${row_calls[row]} ${row_includes[row]}" ]]; then
			continue
		fi
		bad=1
		printf '%s: rule %s, file %s: expected %d hooks and %d #includes, found %d and %d\n' \
			"$me" "${row_rule[row]}" "${row_file[row]}" "${row_calls[row]}" \
			"${row_includes[row]/-/0}" "${got_calls[row]:-0}" "${got_includes[row]:-0}" >&2
		sed "s|^|$me: |" "$work/${row_file[row]//\//,}.err" >&2
	done
	return "$bad"
}

hook_all()
{
	check_rules
	apply_rules
	check_counts || die "the hooks do not fit Linux $release in $tree; nothing was changed"
}
