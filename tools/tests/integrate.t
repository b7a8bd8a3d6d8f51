#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/integrate, on a tree that has only the files with hooks.
# LINUX_SOURCE names a source tarball, if not Debian's linux-source-6.12.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
export LC_ALL=C

top=$(cd "$(dirname "$0")/../.." && pwd)
# What is here is about 6.12, whatever else is tested.
[ "${KVER:-6.12}" = 6.12 ] || unset LINUX_SOURCE
tarball=${LINUX_SOURCE:-/usr/src/linux-source-6.12.tar.xz}
source=$top/build/integrate/linux

# Some kernel files, unpacked once

# rows: the rows of the table for this version in four words
rows()
{
	awk -v version="$version" -f "$top/tools/integrate.d/targets.awk" \
		"$top/mm-debug/hooks/targets"
}

version=6.12
mapfile -t names < <(rows | awk '$4 != "-" && !seen[$2]++ { print $2 }')
scripts=(scripts/checkpatch.pl scripts/const_structs.checkpatch scripts/spelling.txt)
# complete: is all there? Of several names one is enough.
complete()
{
	local names

	for names; do
		names=$source/${names//|/ $source/}
		# shellcheck disable=SC2086 # several names
		[ -n "$(ls $names 2> /dev/null)" ] || return
	done
}
if ! complete Makefile "${names[@]}" "${scripts[@]}"; then
	if [ ! -e "$tarball" ]; then
		echo "Bail out! no kernel source at $tarball; run tools/vm/install-packages, or set LINUX_SOURCE"
		exit 1
	fi
	rm -rf "$source" "$source.new"
	mkdir -p "$source.new"
	mapfile -t wanted < <(printf '%s\n' Makefile "${names[@]}" "${scripts[@]}" |
		tr '|' '\n' | sed 's|^|*/|')
	# It complains of names that the kernel has not.
	tar -x -f "$tarball" -C "$source.new" --strip-components=1 --wildcards \
		--no-wildcards-match-slash "${wanted[@]}" 2> /dev/null || true
	mv "$source.new" "$source"
fi
if ! complete Makefile "${names[@]}" "${scripts[@]}"; then
	echo "Bail out! $tarball lacks a file that has hooks"
	exit 1
fi
mapfile -t files < <("$top/tools/integrate.d/hooked-files" "$source")

work=$(mktemp -d "$top/build/integrate/test.XXXXXX")
trap 'rm -rf "$work"' EXIT
# A name that a careless script would trip over
tree="$work/a tree"
export TMPDIR=$work/tmp
mkdir "$TMPDIR"
export GIT_AUTHOR_NAME='Some Developer' GIT_AUTHOR_EMAIL=developer@example.org
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL

# Our own copy of the project, which tests may change
project=$work/project
mkdir "$project"
(cd "$top" && { git ls-files --cached --others --exclude-standard 2> /dev/null ||
		find . -path ./build -prune -o -type f -printf '%P\n'; }) |
	while IFS= read -r file; do
		[ ! -f "$top/$file" ] || echo "$file"
	done > "$work/project-files"
(cd "$top" && xargs -d '\n' -a "$work/project-files" cp -p --parents -t "$project")
cp -a "$project" "$work/project.orig"

# spatch takes seconds for all the rules. This one remembers what it has done to
# a file, which makes no difference to tools/integrate.
mkdir "$work/quick" "$work/spatched"
cat > "$work/quick/spatch" <<END
#!/bin/bash
file=\${!#}
for ((i = 1; i < \$#; i++)); do
	next=\$((i + 1))
	[ "\${!i}" != --sp-file ] || rule=\${!next}
done
known=$work/spatched/\$(cat "\$rule" "\$file" | sha256sum | cut -d ' ' -f 1)
[ ! -e "\$known" ] || exec cp "\$known" "\$file"
$(command -v spatch) "\$@" || exit
cp "\$file" "\$known.\$\$"
mv "\$known.\$\$" "\$known"
END
chmod +x "$work/quick/spatch"
export PATH=$work/quick:$PATH

new_tree()
{
	rm -rf "$tree"
	mkdir "$tree"
	(cd "$source" && cp -p --parents -t "$tree" "${files[@]}")
	# Files from a year ago, so that it shows what was written
	find "$tree" -exec touch -d '1 year ago' {} +
}

integrate()
{
	"$project/tools/integrate" "$@"
}

# state DIR: names, modes and contents of all files
state()
{
	(cd "$1" && find . -printf '%P %y %m\n' | sort && find . -type f -print0 | sort -z |
		xargs -0 sha256sum)
}

# times DIR: the same with the times at which files were written
times()
{
	(cd "$1" && find . -type f -printf '%P %m %T@\n' | sort) && state "$1"
}

# written DIR: what was written since new_tree or old DIR
written()
{
	(cd "$1" && find . -path ./.gup-mirror -prune -o -type f -newermt '6 months ago' \
		-printf '%P\n' | sort)
}

old()
{
	find "$1" -type f -exec touch -d '1 year ago' {} +
}

same()
{
	diff <(echo "$1") <(echo "$2")
}

# refused NAME PATTERN ARGUMENT...: no change, nothing left behind, and a message,
# of one line unless $several is set
refused()
{
	local name=$1 pattern=$2 before said='' status=0 problem=''

	shift 2
	before=$(times "$tree")
	said=$(integrate "$@" 2>&1) || status=$?
	[ "$status" -ne 0 ] || problem+="it succeeded"$'\n'
	grep -qE -- "$pattern" <<< "$said" || problem+="it did not say: $pattern"$'\n'
	[ -n "${several:-}" ] || [ "$(wc -l <<< "$said")" -eq 1 ] ||
		problem+="it said more than one line"$'\n'
	[ "$before" = "$(times "$tree")" ] || problem+="it changed the tree"$'\n'
	[ -z "$(ls "$TMPDIR")" ] || problem+="it left $(ls "$TMPDIR") behind"$'\n'
	if [ -z "$problem" ]; then
		pass "refused: $name"
	else
		fail "refused: $name" "$problem$said"
	fi
}

#
# Integrate
#

new_tree
before=$(state "$tree")
check 'integrate' integrate "$tree"
integrated=$(state "$tree")

# added FILE: lines that are only in the file with hooks
added()
{
	{ diff "$source/$1" "$tree/$1" || true; } | sed -n 's/^> //p'
}

# Counted here without the help of the tool
counts()
{
	local file problem=0 want have

	for file in "${files[@]}"; do
		want=$(rows | awk -v f="$file" '
			index("|" $2 "|", "|" f "|") && $1 != "lines" { n += $3 }
			END { print n + 0 }')
		# No hooks, but what the layer calls there, and what that calls
		have=$(added "$file" | grep -oE 'gup_mirror_[a-z_]+\(' |
			grep -cvE 'mirror_put\(|_batched\(|_in_batch\(') || true
		if [ "$want" != "$have" ]; then
			echo "$file: $have calls, not $want"
			problem=1
		fi
		want=$(rows | awk -v f="$file" '
			index("|" $2 "|", "|" f "|") { n += $4 }
			END { print n + 0 }')
		have=$(added "$file" | grep -c '^#include') || true
		if [ "$want" != "$have" ]; then
			echo "$file: $have includes, not $want"
			problem=1
		fi
		if ! added "$file" | grep -qi 'gup[-_]mirror'; then
			echo "$file: no hook"
			problem=1
		fi
	done
	return "$problem"
}
check 'each file has the hooks that it should have' counts

# in_function FILE FUNCTION CALL: the hook is where it belongs
in_function()
{
	awk -v name="$2" -v call="$3" '
		/^[a-z_].*[(]/ && $0 ~ "[ *]" name "[(]" && !/;$/ { inside = 1 }
		/^}/ { inside = 0 }
		inside && index($0, call) { found = 1 }
		END { exit !found }' "$tree/$1" || {
		echo "$1: no $3 in $2()"
		return 1
	}
}
placement()
{
	local status=0 file function call

	while read -r file function call; do
		in_function "$file" "$function" "$call" || status=1
	done <<-END
	include/linux/page-flags.h _compound_head gup_mirror_canonical(
	include/linux/page-flags.h page_is_fake_head gup_mirror_canonical(
	include/linux/mm.h get_page gup_mirror_get_page(page)
	include/linux/mm.h try_get_page gup_mirror_get_page(view)
	include/linux/mm.h put_page gup_mirror_put_page(page)
	include/linux/pagemap.h page_to_pgoff page = gup_mirror_canonical_cold(page);
	lib/iov_iter.c page_copy_sane page = gup_mirror_canonical_cold(page);
	net/core/datagram.c zerocopy_fill_skb_from_iter gup_mirror_canonical_cold(pages[n]) - head
	net/core/skbuff.c skb_pp_frag_ref gup_mirror_get_page(
	mm/swap.c release_pages gup_mirror_release(
	mm/page_alloc.c __free_pages gup_mirror_release(
	mm/page_alloc.c free_pages_prepare gup_mirror_free(page)
	mm/hugetlb.c free_huge_folio gup_mirror_free(
	mm/gup.c get_user_pages gup_mirror_acquired(
	mm/gup.c get_user_pages_remote gup_mirror_acquired(
	mm/gup.c get_user_pages_unlocked gup_mirror_acquired(
	mm/gup.c get_user_pages_fast gup_mirror_acquired(
	mm/gup.c get_user_pages_fast_only gup_mirror_acquired(
	mm/gup.c pin_user_pages gup_mirror_acquired(
	mm/gup.c pin_user_pages_remote gup_mirror_acquired(
	mm/gup.c pin_user_pages_unlocked gup_mirror_acquired(
	mm/gup.c pin_user_pages_fast gup_mirror_acquired(
	mm/gup.c get_dump_page gup_mirror_acquired(
	mm/gup.c memfd_pin_folios gup_mirror_acquired_folios(
	mm/gup.c unpin_user_page gup_mirror_unpin_range(
	mm/gup.c unpin_user_pages gup_mirror_unpin_pages(
	mm/gup.c unpin_user_pages_dirty_lock gup_mirror_unpin_pages(
	mm/gup.c unpin_user_page_range_dirty_lock gup_mirror_unpin_range(
	mm/gup.c unpin_user_folio gup_mirror_unpin_folio(
	mm/gup.c unpin_folio gup_mirror_unpin_folio(
	mm/gup.c unpin_folios gup_mirror_unpin_folios(
	mm/gup.c try_get_folio gup_mirror_drop_refs(
	mm/gup.c folio_add_pin gup_mirror_added_pin(
	mm/gup.c follow_page_pte gup_mirror_unwind_pages(
	mm/gup.c pofs_unpin gup_mirror_unwind_pages(
	mm/gup.c pofs_unpin gup_mirror_unwind_folios(
	mm/gup.c memfd_pin_folios gup_mirror_unwind_folios(
	mm/memremap.c free_zone_device_folio gup_mirror_free(
	mm/memremap.c __put_devmap_managed_folio_refs gup_mirror_free(
	mm/sparse-vmemmap.c __populate_section_memmap gup_mirror_populate(start, end)
	mm/mm_init.c mm_core_init gup_mirror_init()
	arch/x86/mm/init_64.c free_pmd_table gup_mirror_unshare(pud)
	arch/x86/mm/kaslr.c kernel_randomize_memory gup_mirror_reserve(
	arch/arm64/mm/mmu.c unmap_hotplug_pte_range gup_mirror_flush_memmap()
	arch/arm64/mm/mmu.c unmap_hotplug_pmd_range gup_mirror_flush_memmap()
	arch/arm64/mm/mmu.c unmap_hotplug_pud_range gup_mirror_flush_memmap()
	arch/arm64/mm/mmu.c free_empty_pte_table gup_mirror_unshare(pmdp)
	arch/arm64/mm/mmu.c free_empty_pte_table gup_mirror_flush_memmap()
	arch/arm64/mm/mmu.c free_empty_pmd_table gup_mirror_unshare(pudp)
	arch/arm64/mm/mmu.c free_empty_pmd_table gup_mirror_flush_memmap()
	arch/arm64/mm/mmu.c free_empty_pud_table gup_mirror_flush_memmap()
	arch/arm64/mm/mmu.c free_empty_p4d_table gup_mirror_flush_memmap()
	mm/hugetlb_vmemmap.c vmemmap_split_pmd gup_mirror_flush_memmap()
	mm/hugetlb_vmemmap.c vmemmap_remap_range gup_mirror_flush_memmap()
	END
	for function in gup_fast_unpin_user_pages try_grab_folio pofs_unpin; do
		if in_function mm/gup.c "$function" gup_mirror_unpin_ > /dev/null; then
			echo "$function() is internal, but is judged"
			status=1
		fi
	done
	return "$status"
}
check 'the hooks are in the right functions' placement

# Our own files, by the table in DESIGN's terms: everything that is not a hook
copies()
{
	local status=0

	cmp "$project/Kconfig.snippet" "$tree/mm/gup_mirror/Kconfig" || status=1
	cmp "$project/include/gup_mirror.h" "$tree/include/linux/gup_mirror.h" || status=1
	cmp "$project/tracepoints/gup_mirror.h" "$tree/include/trace/events/gup_mirror.h" || status=1
	cmp "$project/mm-debug/Makefile" "$tree/mm/gup_mirror/Makefile" || status=1
	cmp "$project/mm-debug/arch/x86/include/asm/gup_mirror.h" \
		"$tree/arch/x86/include/asm/gup_mirror.h" || status=1
	cmp "$project/mm-debug/arch/arm64/include/asm/gup_mirror.h" \
		"$tree/arch/arm64/include/asm/gup_mirror.h" || status=1
	cmp "$project/selftests/test_gup_mirror_main.c" \
		"$tree/mm/gup_mirror/test_gup_mirror_main.c" || status=1
	cmp "$project/selftests/Makefile" \
		"$tree/tools/testing/selftests/gup_mirror/Makefile" || status=1
	cmp "$project/documentation/dev-tools/gup-mirror.rst" \
		"$tree/Documentation/dev-tools/gup-mirror.rst" || status=1
	cmp "$project/documentation/ABI/testing/debugfs-gup-mirror" \
		"$tree/Documentation/ABI/testing/debugfs-gup-mirror" || status=1
	[ ! -e "$tree/mm/gup_mirror/hooks" ] || status=1
	return "$status"
}
check 'the files of the project are where they belong' copies

# between FILE A B: the lines of the tree's file from A to B, both without tabs
between()
{
	sed -n "/^[[:space:]]*$2/,/^[[:space:]]*$3/p" "$tree/Documentation/$1"
}
check 'the document is in the table of contents' same \
	"$(between dev-tools/index.rst 'kfence$' 'gdb-kernel-debugging$')" \
	$'   kfence\n   gup-mirror\n   gdb-kernel-debugging'
check 'it is in the list of dynamic analysis tools' same \
	"$(between dev-tools/testing-overview.rst '\* KFENCE' '\* lockdep' | grep '^\*' | cut -d ' ' -f 1-3)" \
	$'* KFENCE is\n* GUP mirror\n* lockdep is'
check 'the parameters are in alphabetical order' same \
	"$(between admin-guide/kernel-parameters.txt grcan.rxsize= hardened_usercopy= |
		sed -nE 's/^\t([a-z][^=]*)=.*/\1/p')" \
	$'grcan.rxsize\ngup_mirror\ngup_mirror.filter\ngup_mirror.longterm_ms\ngup_mirror.strict\nhardened_usercopy'

only_ours()
{
	diff <(diff -rq "$source" "$tree" |
		sed -nE "s|^Files (.*) and .* differ\$|\\1|p" | sed "s|^$source/||" | sort) \
	     <(printf '%s\n' "${files[@]}" | sort)
}
check 'no other file was changed' only_ours

for file in "${files[@]}"; do
	added "$file"
done > "$work/lines"
check 'no space at the end of a line' same "$(grep '[[:space:]]$' "$work/lines" || true)" ''

# The comment of a rule names the files, too
comments()
{
	local rule status=0

	for rule in "$project"/mm-debug/hooks/*.cocci; do
		diff <(sed -n '/^\/\/ Applied to:/,/^$/p' "$rule" |
				grep -oE '[a-z0-9_-]+(/[a-z0-9_-]+)+\.[ch]' | sort) \
		     <(awk -v r="$(basename "$rule" .cocci)" '$1 == r { print $2 }' \
				"$project/mm-debug/hooks/targets" | tr '|' '\n' | sort -u) || {
			echo "$rule"
			status=1
		}
	done
	return "$status"
}
check 'the comments of the rules name the same files as the table' comments

#
# Again
#

old "$tree"
check 'a second run succeeds' integrate "$tree"
check 'a second run changes nothing' same "$(written "$tree")" ''
check 'and says so' grep -q 'up to date, nothing was changed' <(integrate "$tree")
check 'by another name of the tree, too' same \
	"$(cd "$tree/mm" && integrate ../ > /dev/null && written "$tree")" ''

echo '/* changed */' >> "$project/include/gup_mirror.h"
echo '/* new */' > "$project/mm-debug/brand_new.c"
check 'after a change to a file of the project, a run succeeds' integrate "$tree"
check 'it writes that file and a new one' same "$(written "$tree")" \
	$'include/linux/gup_mirror.h\nmm/gup_mirror/brand_new.c'

rm "$project/mm-debug/brand_new.c"
cp -p "$work/project.orig/include/gup_mirror.h" "$project/include/gup_mirror.h"
integrate "$tree" > "$work/said" 2>&1
check 'a file that the project has no more is removed' same "$(state "$tree")" "$integrated"

old "$tree"
sed -i 's/gup_mirror_init();/gup_mirror_init(\/* early *\/);/' "$project/mm-debug/hooks/init.cocci"
check 'after a change to a rule, a run succeeds' integrate "$tree"
check 'it writes the file of that rule' same "$(written "$tree")" mm/mm_init.c
cp -p "$work/project.orig/mm-debug/hooks/init.cocci" "$project/mm-debug/hooks/init.cocci"
integrate "$tree" > "$work/said" 2>&1
check 'and back again' same "$(state "$tree")" "$integrated"

#
# The patch
#

check 'a patch of a tree that has GUP mirror' integrate --patch "$work/a.patch" "$tree"
check 'does not change it' same "$(state "$tree")" "$integrated"
cp -a "$tree" "$work/integrated"

check '--revert' integrate --revert "$tree"
check 'restores the tree byte for byte' same "$(state "$tree")" "$before"
check 'the next build sees what was restored' same \
	"$(written "$tree")" "$(printf '%s\n' "${files[@]}" | sort)"
check 'a second --revert has nothing to do' integrate --revert "$tree"
check 'and changes nothing' same "$(state "$tree")" "$before"

cd "$work"
check 'a patch of an untouched tree' integrate --patch b.patch "$tree"
check 'does not change it' same "$(state "$tree")" "$before"
check 'and is the same patch' diff <(sed '/^Date: /d; 1d' a.patch) <(sed '/^Date: /d; 1d' b.patch)
check 'it has the headers of a mail' grep -qzP \
	'\AFrom [0-9a-f]{40} .*\nFrom: Some Developer <developer@example\.org>\nDate: .*\nSubject: \[PATCH\] mm: .*\n\n[A-Z]' b.patch
check 'it brings the documentation' same \
	"$(sed -n 's|^+++ b/\(Documentation/.*\)|\1|p' b.patch)" \
	"$({
		printf '%s\n' ABI/testing/debugfs-gup-mirror admin-guide/kernel-parameters.txt \
			dev-tools/gup-mirror.rst dev-tools/index.rst dev-tools/testing-overview.rst
		cd "$project/documentation" && find litmus-tests -type f
	} | LC_ALL=C sort | sed 's|^|Documentation/|')"
check 'and is signed off' grep -qx 'Signed-off-by: Some Developer <developer@example.org>' b.patch
git init -q am
(cd "$source" && cp --parents -t "$work/am" "${files[@]}")
git -C am add -f .
git -C am commit -q -m linux
check 'git am takes it' git -C am am -q "$work/b.patch"
check 'and makes the same tree' diff -r -x .git -x .gup-mirror am integrated
check 'with the same modes' same \
	"$(cd am && find . -path ./.git -prune -o -type f -perm /111 -print | sort)" \
	"$(cd integrated && find . -path ./.gup-mirror -prune -o -type f -perm /111 -print | sort)"
tree=$work/am refused 'a tree with the patch' 'half integrated: .* has hooks .* no .*/manifest; restore' "$work/am"
cd "$top"

# Who maintains the files is not for us to say.
check 'checkpatch has nothing to say' perl "$source/scripts/checkpatch.pl" --root="$source" \
	--no-tree --strict --terse --no-summary --quiet --ignore FILE_PATH_CHANGES \
	"$work/b.patch"

#
# The audit
#

# audited: what --audit says, without the name of the tool in front of each line
audited()
{
	{ integrate --audit "$tree" 2>&1 || true; } | sed 's/^integrate: //'
}
list=$project/mm-debug/hooks/harmless

# This tree has only some of the files, so this is another list.
new_tree
head -n 1 "$list" > "$list.new"
mv "$list.new" "$list"
refused_by_audit=$(audited)
# Places from FILE:LINE: FUNCTION(): TEXT: and what to do
sed -nE 's/^([^ :]+):[0-9]+: ([A-Za-z0-9_#]+)(\(\))?: (.*): the value of .*/\1\t\2\t\4\treason/p' \
	<<< "$refused_by_audit" | sort -u >> "$list"
check 'without a list, --audit names places' grep -qE \
	'^mm/page_alloc.c:[0-9]+: __isolate_free_page\(\): page < endpage: .* may be a view; make it' \
	<<< "$refused_by_audit"
check 'and nothing else' same "$(grep -v ': the value of ' <<< "$refused_by_audit" || true)" ''
check 'what has a hook is not among them' same \
	"$(grep -E 'page_copy_sane|page_to_pgoff|iommufd_test_check|pages\[n\] - head|mm\.h:.*#define' <<< "$refused_by_audit" || true)" ''
check 'with all of them in the list, it succeeds' integrate --audit "$tree"
check 'and does not change the tree' same "$(state "$tree")" "$before"

# new_places FILE: their line numbers, for the file must not have hooks yet
# shellcheck disable=SC2016 # awk's
cat > "$work/places" <<'END'
struct box {
	struct page *page;
};

bool in_new_place(struct page *page, struct page **pages, struct box *box, unsigned long n)
{
	if (page == pages[n] || !page || page != NULL || page > 0)
		return page - box->page > n;
	if (page - n == unknown(page))
		return pfn_to_page(n) < page;
	list_add(&page->lru, &list);
	hash_ptr(page, 3);
	wake_up_var(&page->flags);
	xa_load(&xa, (unsigned long)page);
	min(page, pages[0]);
	return (struct folio *)page;
}
END
last=$(wc -l < "$tree/lib/iov_iter.c")
cat "$work/places" >> "$tree/lib/iov_iter.c"
expected()
{
	local line text

	while read -r line text; do
		echo "lib/iov_iter.c:$((last + line)): in_new_place(): $text:"
	done <<-END
	7 page == pages[n]
	8 page - box->page
	9 page - n == unknown(page)
	10 pfn_to_page(n) < page
	11 list_add(&page->lru)
	12 hash_ptr(page)
	13 wake_up_var(&page->flags)
	14 (unsigned long)page
	15 min(page)
	15 min(pages[0])
	16 (struct folio *)page
	END
}
audited > "$work/said"
check 'new places are named, by their line in the tree' same \
	"$(sed 's/: the value of .*/:/' "$work/said")" "$(expected)"
new_tree

same_audit()
{
	integrate "$tree" > /dev/null
	integrate --audit "$tree"
}
check 'it is the same with the hooks in the tree' same_audit
cp -p "$list" "$work/list"
sed -i '/__isolate_free_page/d' "$list"
check 'places in files with hooks are named by their line there' same \
	"$(audited | cut -d : -f 1,2)" \
	"mm/page_alloc.c:$(grep -n 'page < endpage' "$tree/mm/page_alloc.c" | cut -d : -f 1)"
cp -p "$work/list" "$list"
new_tree

several=1
printf 'mm/gup.c\tgone\tpage == page\treason\n' >> "$list"
refused 'a place in the list that is no longer there' \
	'hooks/harmless:[0-9]+: mm/gup.c: gone\(\): page == page: is not in Linux 6\.12.* remove the line' \
	--audit "$tree"
cp -p "$work/list" "$list"
tail -n 1 "$work/list" >> "$list"
refused 'a place that is twice in the list' \
	'hooks/harmless:[0-9]+: is in line [0-9]+, too; remove one' --audit "$tree"
cp -p "$work/list" "$list"
printf 'mm/gup.c\tno_reason\tpage == page\n' >> "$list"
refused 'a place without a reason' \
	'hooks/harmless:[0-9]+: file, function, text and reason are needed' --audit "$tree"
unset several
cp -p "$work/list" "$list"
echo '@@ nonsense' >> "$project/mm-debug/hooks/audit/values.cocci"
refused 'an audit that spatch does not understand' 'spatch' --audit "$tree"
cp -p "$work/project.orig/mm-debug/hooks/audit/values.cocci" "$project/mm-debug/hooks/audit/values.cocci"
rm "$list"
refused 'an audit without a list' 'mm-debug/hooks/harmless is missing' --audit "$tree"
cp -p "$work/project.orig/mm-debug/hooks/harmless" "$list"

#
# Files that somebody has changed
#

new_tree
integrate "$tree" > "$work/said"
echo '/* mine */' >> "$tree/mm/swap.c"
refused 'to revert what was changed since' "mm/swap.c in .* was changed" --revert "$tree"
refused 'to update what was changed since' "mm/swap.c in .* was changed" "$tree"
refused 'a patch of what was changed since' "mm/swap.c in .* was changed" \
	--patch "$work/c.patch" "$tree"
sed -i '$d' "$tree/mm/swap.c"
echo '/* mine */' >> "$tree/include/linux/gup_mirror.h"
refused 'to revert a file of ours that was changed' \
	'include/linux/gup_mirror.h in .* was changed' --revert "$tree"
sed -i '$d' "$tree/include/linux/gup_mirror.h"
check 'with the change taken out, --revert works' integrate --revert "$tree"
check 'as ever' same "$(state "$tree")" "$before"

integrate "$tree" > "$work/said"
touch "$tree/mm/gup_mirror/"{core.o,.core.o.cmd,built-in.a,test_gup_mirror.ko,modules.order}
integrate --revert "$tree" > "$work/said"
check 'what a build left in our directories goes, too' same "$(state "$tree")" "$before"
integrate "$tree" > "$work/said"
echo mine > "$tree/mm/gup_mirror/notes"
check 'a file of somebody else in our directory' integrate --revert "$tree"
check 'stays' same "$(find "$tree/mm/gup_mirror" -type f)" "$tree/mm/gup_mirror/notes"
rm -r "$tree/mm/gup_mirror"
check 'and nothing else' same "$(state "$tree")" "$before"

#
# Wrong arguments and wrong trees
#

check '--help' integrate --help
check 'says how to call it' grep -q 'integrate --revert TREE' <(integrate --help)
refused 'no argument' 'which tree\?'
refused 'an unknown option' 'unknown option --frobnicate; there are --revert' --frobnicate "$tree"
refused 'an option behind the tree' 'options before it, .* also --revert' "$tree" --revert
refused '--audit and --revert' 'exclude each other' --audit --revert "$tree"
refused 'two trees' 'one tree at a time' "$tree" "$tree"
refused '--patch and --revert' 'exclude each other' --revert --patch x "$tree"
refused '--patch without a file' '--patch needs the name of a file' --patch
refused '--patch without a tree' 'which tree\?' --patch x
refused '--patch to a directory that is not there' 'cannot write to /nonexistent' \
	--patch /nonexistent/x "$tree"
refused '--patch to a directory' 'is a directory; --patch needs' --patch "$work" "$tree"
refused 'no such directory' 'nowhere is not a directory; give the top' "$work/nowhere"
refused 'not a kernel tree' 'is not a Linux source tree; its Makefile' "$project"
# linux VERSION: what the tree says that it is
linux()
{
	sed -i "s/^VERSION = .*/VERSION = ${1%.*}/; s/^PATCHLEVEL = .*/PATCHLEVEL = ${1#*.}/" \
		"$tree/Makefile"
}
for other in 6.11 6.13 5.15; do
	linux "$other"
	refused "Linux $other" \
		"is Linux $other\\.[0-9]+, which is not supported; supported: .*6\\.12 " "$tree"
done
new_tree
rm "$tree/mm/hugetlb.c"
refused 'a tree that lacks a file' 'has no mm/hugetlb.c; all of the Linux 6.12.* source' "$tree"

# As good as no identity: git must not make one up from the name of the machine.
GIT_AUTHOR_NAME='' GIT_AUTHOR_EMAIL='' refused 'a patch from nobody' \
	'git does not know who sends the patch; set user.name' --patch "$work/c.patch" "$tree"

new_tree
mkdir "$work/bin"
ln -s -t "$work/bin" /usr/bin/*
# Debian 12 has one directory for both, others may not.
[ /usr/bin -ef /bin ] || ln -s -f -t "$work/bin" /bin/*
rm "$work/bin/spatch"
PATH=$work/bin refused 'no spatch' \
	'spatch is missing; it is in the Debian package coccinelle' "$tree"

# Rules that match too little, or too much

sed -i 's/free_huge_folio(struct folio/free_giant_folio(struct folio/' "$tree/mm/hugetlb.c"
several=1 refused 'a rule that does not match' \
	'rule free, file mm/hugetlb.c: expected 1 hooks and 1 #includes, found 0 and 1' "$tree"
new_tree
sed '/^long get_user_pages(/,/^}/!d; s/^long get_user_pages/long pin_user_pages_fast_only/' "$tree/mm/gup.c" \
	> "$work/function"
cat "$work/function" >> "$tree/mm/gup.c"
several=1 refused 'a rule that matches once too often' \
	'rule gup-acquire, file mm/gup.c: expected 12 hooks and 1 #includes, found 13 and 1' "$tree"
new_tree
sed -i '/^#include <linux\/kaslr\|^#include <linux\/init.h>/d' "$tree/arch/x86/mm/kaslr.c"
several=1 refused 'an #include that has no place' \
	'rule memmap, file arch/x86/mm/kaslr.c: expected 1 hooks and 1 #includes, found 1 and 0' "$tree"
new_tree
sed -i 's/^config PAGE_POISONING/config PAGE_POISON/' "$tree/mm/Kconfig.debug"
several=1 refused 'an anchor that is not there' \
	'rule lines, file mm/Kconfig.debug: expected 1 hooks and 0 #includes, found 0 and 0' "$tree"
check 'the anchor is named' grep -q 'anchor "config PAGE_POISONING" has to be there once, but is 0 times' \
	<(integrate "$tree" 2>&1)
new_tree
echo 'TARGETS += gpio' >> "$tree/tools/testing/selftests/Makefile"
several=1 refused 'an anchor that is there twice' \
	'rule lines, file tools/testing/selftests/Makefile: expected 1 .* found 0' "$tree"
new_tree
echo '@@ @@' > "$project/mm-debug/hooks/forgotten.cocci"
refused 'a rule that is applied nowhere' \
	'rule forgotten has no row in .*hooks/targets' "$tree"
rm "$project/mm-debug/hooks/forgotten.cocci"
echo 'nonsense @@' >> "$project/mm-debug/hooks/init.cocci"
several=1 refused 'a rule that spatch does not understand' \
	'rule init, file mm/mm_init.c: expected 1 hooks and 1 #includes, found 0 and 0' "$tree"
cp -p "$work/project.orig/mm-debug/hooks/init.cocci" "$project/mm-debug/hooks/init.cocci"

# Places that other versions have

new_tree
mkdir -p "$tree/io_uring"
cat > "$tree/io_uring/rsrc.c" <<'END'
#include <linux/hugetlb.h>

bool differ(struct page *page, struct page *other)
{
	return page != other;
}
END
several=1 refused 'a rule that matches where it has nothing to do' \
	'rule page-arithmetic, file io_uring/rsrc.c: expected 0 hooks and 0 #includes, found 2 and 1' "$tree"
sed -i 's/page != other/page == NULL/' "$tree/io_uring/rsrc.c"
cp -p "$tree/io_uring/rsrc.c" "$work/rsrc.c"
check 'a file where a rule has nothing to do' integrate "$tree"
check 'stays as it is' cmp "$work/rsrc.c" "$tree/io_uring/rsrc.c"

new_tree
mv "$tree/mm/swap.c" "$tree/mm/folio.c"
check 'a file that has another name' integrate "$tree"
check 'gets the hooks' grep -q gup_mirror_release "$tree/mm/folio.c"
new_tree
rm "$tree/mm/swap.c"
refused 'a file that has none of its names' \
	'has no mm/swap.c or mm/folio.c; all of the Linux 6.12.* source' "$tree"
new_tree

# Trees that are half integrated

integrate "$tree" > "$work/said"
cp -a "$tree/.gup-mirror" "$work/gup-mirror"
rm -r "$tree/.gup-mirror"
refused 'hooks, but no manifest' 'half integrated: .* has hooks .* no .*manifest; restore the tree' "$tree"
refused 'to revert hooks without a manifest' 'half integrated: .* has hooks' --revert "$tree"
for file in "${files[@]}"; do
	cp "$source/$file" "$tree/$file"
done
refused 'our files, but no manifest' 'half integrated: .* is there, but there is no .*manifest' "$tree"
new_tree
cp -a "$work/gup-mirror" "$tree/.gup-mirror"
refused 'a manifest, but no files' 'half integrated: .* is missing; restore' "$tree"
refused 'to revert what is not there' 'half integrated: .* is missing; restore' --revert "$tree"
new_tree
integrate "$tree" > "$work/said"
rm "$tree/.gup-mirror/orig/mm/gup.c"
refused 'an original that is missing' 'half integrated: .*orig/mm/gup.c, the original, is missing' --revert "$tree"
cp "$tree/mm/gup.c" "$tree/.gup-mirror/orig/mm/gup.c"
refused 'an original that was changed' 'half integrated: .*orig/mm/gup.c, the original, was changed' --revert "$tree"

# A tree that cannot be written to. Root can, so root needs to be somebody else.

new_tree
chmod -R a+rX "$work" "$project"
chmod a+rwx "$TMPDIR"
chmod 755 "$tree/mm"
unprivileged()
{
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		chmod a-w "$tree" "$tree/mm"
		"$@"
		chmod u+w "$tree" "$tree/mm"
	fi
}
if unprivileged test -r "$tree/mm/gup.c" && ! unprivileged test -w "$tree"; then
	# shellcheck disable=SC2317
	integrate()
	{
		unprivileged "$project/tools/integrate" "$@"
	}
	refused 'a tree that is not writable' \
		'cannot write to .*a tree; it has to be a directory that you can write to' "$tree"
	integrate()
	{
		"$project/tools/integrate" "$@"
	}
else
	skip 'refused: a tree that is not writable' 'nobody cannot read this directory'
fi

#
# Interrupted
#

# A spatch that never ends
mkdir "$work/stuck"
cat > "$work/stuck/spatch" <<'END'
#!/bin/bash
touch "$0.runs"
exec sleep infinity
END
chmod +x "$work/stuck/spatch"

# interrupted SIGNAL: it goes to the process group, as from a terminal. Whoever
# started this test may have it ignored, as nohup and some who run tests for others
# do; a shell cannot undo that for a command, but env can.
interrupted()
{
	local pid status=0

	new_tree
	rm -f "$work/stuck/spatch.runs"
	set -m
	PATH=$work/stuck:$PATH env --default-signal=HUP,INT,QUIT,TERM \
		"$project/tools/integrate" "$tree" > "$work/said" 2>&1 &
	pid=$!
	set +m
	while kill -0 "$pid" 2> /dev/null && [ ! -e "$work/stuck/spatch.runs" ]; do
		sleep 0.1
	done
	kill -s "$1" -- "-$pid"
	wait "$pid" || status=$?
	check "SIG$1 while rules are applied: it ends" same "$status" 130
	check "SIG$1 while rules are applied: the tree is as before" \
		same "$(state "$tree")" "$before"
	check "SIG$1 while rules are applied: nothing is left behind" \
		same "$(ls "$TMPDIR")" ''
}
for signal in INT TERM HUP QUIT; do
	interrupted "$signal"
done

# A mv that kills the tool when it was called a few times
cat > "$work/bin/mv.new" <<'END'
#!/bin/bash
echo >> "$0.calls"
[ "$(wc -l < "$0.calls")" -lt "$MV_CALLS" ] || kill -9 "$PPID"
exec /bin/mv "$@"
END
chmod +x "$work/bin/mv.new"
rm "$work/bin/mv"
mv "$work/bin/mv.new" "$work/bin/mv"
ln -s "$work/quick/spatch" "$work/bin/spatch"
killed()
{
	rm -f "$work/bin/mv.calls"
	MV_CALLS=$1 PATH=$work/bin bash -c '"$@"; exit' killed "$project/tools/integrate" "${@:2}" \
		> "$work/said" 2>&1 || true
	rm -rf "${TMPDIR:?}"/*
}
for calls in 1 2 20; do
	new_tree
	killed "$calls" "$tree"
	check "killed at file $calls: a second run" integrate "$tree"
	check 'does the rest' same "$(state "$tree")" "$integrated"
	new_tree
	killed "$calls" "$tree"
	check "killed at file $calls: --revert" integrate --revert "$tree"
	check 'restores the tree' same "$(state "$tree")" "$before"
done
integrate "$tree" > "$work/said"
killed 5 --revert "$tree"
check 'killed in --revert: a second one' integrate --revert "$tree"
check 'does the rest' same "$(state "$tree")" "$before"
integrate "$tree" > "$work/said"
killed 5 --revert "$tree"
check 'killed in --revert: integrating again' integrate "$tree"
check 'does that' same "$(state "$tree")" "$integrated"

tap_done
