# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# tools/integrate --audit TREE: are there places where the value of a struct page
# pointer matters that have no hook, and of which nobody has said why they need
# none?

harmless=mm-debug/hooks/harmless

# Prints the files that may have such places, as they are called in the tree. Ours
# are not among them: they are there to tell views apart.
list_audited()
{
	local code rule='\bstruct page\b|\bbv_page\b|\b(sg|skb_frag)_page\('

	find_code
	(cd -- "$tree" && grep -rlE --include='*.[ch]' "$rule" "${code[@]}") |
		grep -vxF -f <(printf '%s\n' "${added[@]}") | sort
}

# What spatch has to know of the headers, since it does not read them. Of structures
# that share a name it takes the last: that of include/.
audit_types()
{
	local headers dirs='arch/x86/include|block|crypto|drivers|fs|init|io_uring|ipc|kernel|lib|mm|net|security|sound|virt'

	cd -- "$tree"
	mapfile -t headers < <(find . -name '*.h' -printf '%P\n' | sort | tee "$work/headers" |
		grep -E "^($dirs)/"
		grep '^include/' "$work/headers")
	cat -- "$hooks/audit/macros.h"
	awk -f "$parts/types.awk" pass=1 "${headers[@]}" pass=2 "${headers[@]}"
}

# Run spatch on the files that are listed in "$1.groups". spatch has -j of its own,
# but puts all processes on one CPU.
audit_part()
{
	mkdir -p -- "$1.tmp"
	TMPDIR=$1.tmp spatch --very-quiet --no-includes --no-scanner --timeout 300 \
		--include "$work/types.h" --sp-file "$hooks/audit/values.cocci" \
		--file-groups "$1.groups" >"$1.found" 2>"$1.err" || {
		echo "status $?" >>"$1.err"
		touch -- "$1.failed"
	}
}

# Sets found, the name of a file with a line for each place: file, line, function
# and text, with tabs between. Files that have hooks are read as they are with them.
find_values()
{
	local i cpus path from

	cpus=$(nproc)
	(audit_types >"$work/types.h")
	i=0
	list_audited >"$work/audited"
	while IFS= read -r path; do
		from=$tree
		[[ ! -e $work/new/$path ]] || from=$work/new
		printf '%s/%s\n\n' "$from" "$path" >>"$work/audit$((i % cpus)).groups"
		i=$((i + 1))
	done <"$work/audited"

	# With job control each job is a process group, which one signal can end.
	set -m
	for ((i = 0; i < cpus; i++)); do
		[[ ! -e $work/audit$i.groups ]] || audit_part "$work/audit$i" &
	done
	wait
	set +m
	for ((i = 0; i < cpus; i++)); do
		[[ ! -e $work/audit$i.failed ]] ||
			die "spatch failed: $(grep -m 1 . "$work/audit$i.err")"
		if grep '^EXN' "$work/audit$i.err" >&2; then
			die "spatch gave up on these files of $tree"
		fi
	done
	found=$work/found
	cat -- "$work"/audit*.found | awk -v tree="$tree/" -v new="$work/new/" '
		BEGIN { FS = OFS = "\t" }
		index($1, tree) == 1 { $1 = substr($1, length(tree) + 1) }
		index($1, new) == 1 { $1 = substr($1, length(new) + 1) }
		{ print }' | sort -u -t $'\t' -k 1,1 -k 2,2n -k 4 >"$found"
}

# The line numbers of a file with hooks are not those of the file that the user has.
# Prints, for each line of the first, the number in the second; 0 if it has none.
line_numbers()
{
	diff --old-line-format= --new-line-format=$'0\n' --unchanged-line-format=$'%dn\n' \
		-- "$tree/$1" "$work/new/$1" || [[ $? == 1 ]]
}

audit()
{
	local path found

	[[ -f $project/$harmless ]] || die "$harmless is missing"
	if [[ $column == "$version" ]]; then
		stage
	else
		stage_what_fits
	fi
	find_values
	mkdir -p -- "$work/lines"
	while IFS= read -r path; do
		[[ ! -e $work/new/$path ]] || line_numbers "$path" >"$work/lines/${path//\//,}"
	done < <(cut -f 1 "$found" | uniq)
	awk -v me="$me" -v harmless="$harmless" -v tree="$tree" -v release="$release" \
		-v lines="$work/lines" -f "$parts/audit.awk" <(
			awk -v version="$version" -v blank=1 -f "$parts/../vm/of-version.awk" \
				"$project/$harmless") "$found"
}
