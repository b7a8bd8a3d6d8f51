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

# All rules for one file. Prints, for each of its rows in hooks/targets, the
# number of the row and the counts as they came out.
hook_file()
{
	local path=$1 result=$2 tmp=$3 file=$3/${1##*/} row calls includes had_calls had_includes

	mkdir -p -- "$tmp"
	export TMPDIR=$tmp
	cp -- "$result" "$tmp/orig"
	cp -- "$result" "$file"
	count_hooks "$file"
	for row in "${!row_rule[@]}"; do
		[[ ${row_file[row]} == "$path" ]] || continue
		had_calls=$calls
		had_includes=$includes
		if [[ ${row_rule[row]} == lines ]]; then
			apply_lines "$path" "$file" >"$tmp/blocks"
			count_hooks "$file"
			had_calls=$((calls - $(<"$tmp/blocks")))
		else
			spatch --very-quiet --no-show-diff --no-includes --in-place \
				--sp-file "$hooks/${row_rule[row]}.cocci" "$file" >&2
			tidy "$tmp/orig" "$file"
			count_hooks "$file"
		fi
		echo "$row $((calls - had_calls)) $((includes - had_includes))"
	done
	cat -- "$file" >"$result"
}

# Hook the copies in $work/new of all files that have rules, and check the counts.
hook_all()
{
	local i row got_calls got_includes running=0 cpus bad=0
	declare -A job

	check_rules
	cpus=$(nproc)
	# With job control each job is a process group, which one signal can end.
	set -m
	for i in "${!hooked[@]}"; do
		job[${hooked[i]}]=$i
		if ((running == cpus)); then
			wait -n || :
			running=$((running - 1))
		fi
		running=$((running + 1))
		hook_file "${hooked[i]}" "$work/new/${hooked[i]}" "$work/job/$i" \
			>"$work/$i.rows" 2>"$work/$i.err" &
	done
	wait
	set +m

	for row in "${!row_rule[@]}"; do
		i=${job[${row_file[row]}]}
		got_calls=0
		got_includes=0
		read -r got_calls got_includes < <(sed -n "s/^$row //p" "$work/$i.rows") || :
		if [[ $got_calls != "${row_calls[row]}" || $got_includes != "${row_includes[row]}" ]]; then
			bad=1
			printf '%s: rule %s, file %s: expected %d hooks and %d #includes, found %d and %d\n' \
				"$me" "${row_rule[row]}" "${row_file[row]}" "${row_calls[row]}" \
				"${row_includes[row]}" "${got_calls:-0}" "${got_includes:-0}" >&2
			sed "s|^|$me: |" "$work/$i.err" >&2
		fi
	done
	((!bad)) || die "the hooks do not fit Linux $release in $tree; nothing was changed"
}
