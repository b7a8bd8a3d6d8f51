# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# tools/integrate --series DIR TREE

series=tools/integrate.d/series

# Sets patches[], in their order, and patch_of[], the patch that each file is in.
read_series()
{
	local patch pattern path names found
	declare -A seen

	patches=()
	declare -gA patch_of=()
	mapfile -t names < <(
		awk -F '\t+' '/^#/ || !NF { next } !column { column = $1; next } { print $2 }' \
			"$hooks/targets" | tr '|' '\n' | sort -u
		printf '%s\n' "${added[@]}")
	while read -r patch pattern; do
		found=
		for path in "${names[@]}"; do
			# shellcheck disable=SC2053 # it is a pattern
			[[ $path == $pattern ]] || continue
			[[ -z ${patch_of[$path]-} ]] ||
				die "$series/table: $path is in ${patch_of[$path]} and in $patch; remove one of the rows"
			patch_of[$path]=$patch
			found=1
		done
		[[ -n $found ]] ||
			die "$series/table: $pattern, in $patch, is no file of GUP mirror; remove the row"
		if [[ -z ${seen[$patch]-} && $patch != each ]]; then
			seen[$patch]=1
			patches+=("$patch")
			[[ -f $project/$series/$patch.txt ]] ||
				die "$series/table: patch $patch has no message; write $series/$patch.txt"
		fi
	done < <(sed '/^#/d; /^$/d' "$project/$series/table")
	for path in "$project/$series"/*.txt; do
		patch=${path##*/}
		patch=${patch%.txt}
		[[ $patch == cover || -n ${seen[$patch]-} ]] ||
			die "$series/$patch.txt is of no patch in $series/table; remove it, or write a row"
	done
	for path in "${hooked[@]}" "${added[@]}"; do
		[[ -n ${patch_of[$path]-} ]] ||
			die "$series/table: no patch has $path; write a row for it"
	done
}

# The Makefiles that grow, as they are with the sources that are in the repository.
copy_makefiles()
{
	local path dir

	for path in "${added[@]}"; do
		[[ ${patch_of[$path]} == each ]] || continue
		dir=${path%/*}
		awk -v dir="$repo/$dir" -f "$parts/objects.awk" "$work/new/$path" "$work/new/$path" \
			>"$work/makefile"
		[[ ! -s $work/makefile ]] || {
			mkdir -p -- "$repo/$dir"
			cp -- "$work/makefile" "$repo/$path"
		}
	done
}

# A sample of a document: what is indented behind its mark.
sample()
{
	awk -v mark="<!-- sample: $2 -->" '
		$0 == mark { inside = 1; next }
		inside && /^(    |$)/ { blank = blank $0 "\n"; if (NF) { printf "%s", blank; blank = "" }; next }
		{ inside = 0 }' "$project/$1" | sed 1d | grep . ||
		die "$1 has no sample \"$2\" for the cover letter"
}

# Counts for the cover letter
count_kunit()
{
	cat -- "$project"/mm-debug/tests/*.c | grep -c 'KUNIT_CASE'
}
count_mutants()
{
	awk '!/^#/ && NF && !seen[$1]++ { n++ } END { print n }' "$project/tools/mutants/table"
}

# The cover letter, with facts in place of words in @. Its first line is the subject.
cover()
{
	local line total=0 calls

	for calls in "${row_calls[@]}"; do
		total=$((total + calls))
	done
	while IFS= read -r line; do
		case $line in
		'# '*)		continue ;;
		@ratios@)	sample README.md 'bench ratios' ;;
		@report@)	sample README.md 'demo report put-on-pin' ;;
		@totals@)	sample documentation/tests.md 'workloads totals' | grep -v '^        ' ;;
		*@*@*)
			line=${line//@release@/$release}
			line=${line//@hooks@/$total}
			line=${line//@files@/${#hooked[@]}}
			line=${line//@kunit@/$(count_kunit)}
			line=${line//@mutants@/$(count_mutants)}
			line=${line//@measured@/$(sed -n 's/^default_kver=//p' "$project/tools/vm/lib.sh")}
			printf '%s\n' "$line" ;;
		*)		printf '%s\n' "$line" ;;
		esac
	done <"$project/$series/cover.txt"
}

write_series()
{
	local out=$1 patch path files number

	check_git
	if [[ -e $out ]]; then
		[[ -d $out && -w $out && -z $(ls -A -- "$out") ]] ||
			die "$out is there; --series needs the name of a new or an empty directory"
	else
		path=$(dirname -- "$out")
		[[ -d $path && -w $path ]] ||
			die "cannot write to $path; --series needs a directory in one that you can write to"
	fi
	stage
	read_series
	cover >"$work/cover"

	start_repo
	for patch in "${patches[@]}"; do
		files=()
		for path in "${hooked[@]}" "${added[@]}"; do
			[[ ${patch_of[$path]} != "$patch" ]] || files+=("$path")
		done
		# Not for this version
		((${#files[@]})) || continue
		copy_files "$work/new" "$repo" "${files[@]}"
		copy_makefiles
		commit "$project/$series/$patch.txt"
	done
	for path in "${added[@]}"; do
		cmp -s -- "$work/new/$path" "$repo/$path" ||
			die "a line of $path never comes: it names an object that has no source"
	done
	git -C "$repo" config branch.series.description "$(<"$work/cover")"
	git -C "$repo" format-patch -q --cover-letter --cover-from-description=subject \
		--no-signature -o "$work/series" linux..series
	mkdir -p -- "$out"
	cp -- "$work"/series/*.patch "$out"
	number=$(git -C "$repo" rev-list --count linux..series)
	echo "$me: wrote $number patches and a cover letter to $out for Linux $release:$(git -C "$repo" diff --shortstat linux series)"
}
