# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# tools/integrate --try TREE: which hooks do not fit a version that has no column in
# hooks/targets yet, and where are the functions now that they were in?

# Where a function is defined, as file:line. Without FILE, anywhere.
find_function()
{
	local name=$1

	shift
	(($#)) || set -- "${code[@]}"
	(cd -- "$tree" && grep -rnHE --include='*.[ch]' \
		"^([a-zA-Z_][^;#=]*[ *])?$name\(" "$@") |
		grep -v ';$' | cut -d : -f 1-2
}

# The functions that a rule names as those it goes into.
rule_functions()
{
	awk '
	/^identifier [a-z_]+ = [{]/ {
		gsub(/[^a-z_0-9 ]/, "")
		other[$2]
		for (i = 3; i <= NF; i++)
			print $i
	}
	/^[a-z_0-9]+[(]/ {
		sub(/[(].*/, "")
		if (!($0 in other))
			print
	}' "$hooks/$1.cocci" | sort -u
}

# What a rule adds to a file: where, in which function, and what.
rule_places()
{
	local path=$1

	{ diff -U 0 -- "$tree/$path" "$2" || :; } | awk -v path="$path" -v hooked="$2" '
	/^@@/ { split($2, old, /[-,]/); split($3, new, /[+,]/); line = new[2]; at = old[2]; next }
	/^[+]/ {
		if (/gup_mirror_[a-z_]+[(]/)
			place[line] = at "\t" substr($0, 2)
		line++
	}
	END {
		for (n = 1; (getline text < hooked) > 0; n++) {
			if (text ~ /^[a-zA-Z_].*[(]/ && text !~ /;$/) {
				name = text
				sub(/[(].*/, "", name)
				sub(/.*[ *]/, "", name)
			}
			if (n in place) {
				split(place[n], part, "\t+")
				print name "\t" path ":" part[1] ": " part[2]
			}
		}
	}'
}

# For a rule whose counts are not as they should be: what it found, and where the rest
# may be.
explain_rule()
{
	local rule=$1 path=$2 name there row has='' known=''
	local copy=$work/try/$path

	# What is in another file of this rule has a row there.
	for row in "${!row_rule[@]}"; do
		[[ ${row_rule[row]} != "$rule" ]] || known+=" ${row_file[row]}"
	done
	if [[ -f $tree/$path ]]; then
		copy_files "$tree" "$work/try" "$path"
		spatch --very-quiet --no-show-diff --no-includes --in-place \
			--sp-file "$hooks/$rule.cocci" "$copy" >/dev/null 2>&1 || :
		has=$(rule_places "$path" "$copy")
		[[ -z $has ]] || cut -f 2- <<<"$has" | sed 's/^/\tfits: /'
	fi
	# Nothing is missing: what is above is there once too often.
	((${got% *} < ${wanted% *})) || return 0
	rule_functions "$rule" >"$work/functions"
	[[ -s $work/functions ]] ||
		echo $'\t'"look at: mm-debug/hooks/$rule.cocci, which is about expressions, in no certain function"
	while read -r name; do
		! grep -q "^$name"$'\t' <<<"$has" || continue
		if [[ -f $tree/$path ]] && there=$(find_function "$name" "$path"); then
			echo $'\t'"look at: $name() in $(paste -s -d ' ' <<<"$there")"
		elif ! there=$(find_function "$name"); then
			echo $'\t'"gone: $name()"
		elif [[ " $known " != *" ${there%%:*} "* ]]; then
			echo $'\t'"look at: $name(), which is in $(paste -s -d ' ' <<<"$there")"
		fi
	done <"$work/functions"
}

# The same for blocks of hooks/lines.
explain_lines()
{
	local path=$1 anchor there

	while IFS= read -r anchor; do
		there=$(cd -- "$tree" && grep -rnHxF -e "$anchor" "${path%%/*}" |
			cut -d : -f 1-2 | head -n 3 | paste -s -d ' ') || :
		echo $'\t'"not there once: \"$anchor\"; look at: ${there:-nowhere}"
	done < <(awk -v path="$path" '
		/^[^ +#]/ { mine = index("|" $0 "|", "|" path "|") }
		mine && /^ / && last !~ /^ / { print substr($0, 2) }
		{ last = $0 }' "$hooks/lines" |
		while IFS= read -r anchor; do
			[[ -f $tree/$path && $(grep -cxF -e "$anchor" "$tree/$path") == 1 ]] ||
				echo "$anchor"
		done)
}

# The rules go into $work/new, as far as they fit.
stage_what_fits()
{
	local path

	[[ -z $integrated ]] || die "$tree has GUP mirror in it; take it out first, with --revert"
	command -v spatch >/dev/null ||
		die "spatch is missing; it is in the Debian package coccinelle"
	check_rules
	list_added
	mkdir -p "$work/new"
	for path in "${hooked[@]}"; do
		[[ ! -f $tree/$path ]] || copy_files "$tree" "$work/new" "$path"
	done
	mapfile -t hooked < <(cd -- "$work/new" && find . -type f -printf '%P\n')
	apply_rules
}

try()
{
	local row path got wanted bad=0 code

	stage_what_fits
	find_code
	for row in "${!row_rule[@]}"; do
		got="${got_calls[row]-0} ${got_includes[row]-0}"
		wanted="${row_calls[row]} ${row_includes[row]/-/0}"
		# What else such a rule does in the file is not kept.
		[[ ${row_includes[row]} != - || ${got% *} != 0 ]] || got=$wanted
		[[ $got != "$wanted" ]] || continue
		bad=$((bad + 1))
		path=${row_file[row]}
		echo "rule ${row_rule[row]}, file $path: wanted ${wanted% *} hooks and ${wanted#* } #includes, found ${got% *} and ${got#* }"
		[[ -f $tree/$path ]] || echo $'\t'"no such file"
		if [[ ${row_rule[row]} == lines ]]; then
			explain_lines "$path"
		else
			explain_rule "${row_rule[row]}" "$path"
		fi
	done
	((!bad)) ||
		die "$bad of ${#row_rule[@]} rows of $hooks/targets do not fit Linux $release in $tree as they fit $column; nothing was changed"
	echo "$me: all ${#row_rule[@]} rows of $hooks/targets fit Linux $release in $tree as they fit $column; nothing was changed"
}
