#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/mutants/apply, on a tree that has only the files with mutants.

set -euo pipefail
here=$(dirname "$0")
. "$here/../tests/tap.sh"
. "$here/../vm/lib.sh"

"$top/tools/vm/unpack-source" "$build/linux" > /dev/null
work=$(mktemp -d "$build/mutants.XXXXXX")
trap 'rm -rf "$work"' EXIT
tree=$work/tree
also=$work/of\ mine

files=(Makefile mm/gup.c lib/Makefile mm/madvise.c include/linux/mm.h)
mapfile -t -O ${#files[@]} files < <(
	awk -v version="$KVER" -f "$top/tools/vm/of-version.awk" "$here/targets" |
		awk '!/^#/ && NF { print $2 }')
mkdir "$tree"
(cd "$build/linux" && cp --parents -t "$tree" "${files[@]}")

state()
{
	(cd "$tree" && find . -type f -print0 | sort -z | xargs -0 sha256sum)
}

# apply PATTERN ARGUMENT...: says that
apply()
{
	local said pattern=$1

	shift
	said=$("$here/apply" "$@" 2>&1) || true
	grep -qE -- "$pattern" <<< "$said" && return
	echo "it does not say $pattern, but: $said"
	return 1
}

# refused PATTERN ARGUMENT...: says that, fails, and changes nothing
refused()
{
	local before

	before=$(state)
	! "$here/apply" "${@:2}" > /dev/null 2>&1 && apply "$@" && [ "$before" = "$(state)" ]
}

check "they fit Linux $KVER" apply ': [1-9][0-9]* mutants in [1-9][0-9]* files; wrote [1-9]' "$tree"
check "a second time, nothing is written" apply 'wrote 0$' "$tree"
times()
{
	(cd "$tree" && find . -path ./.gup-mutants -prune -o -type f -printf '%P %T@\n' | sort)
}
before=$(times)
check "--revert takes them out" apply 'has no mutants$' --revert "$tree"
check "... all of them" test -z "$(grep -rl gup_mutant --exclude-dir=.gup-mutants "$tree")"
check "... and twice does not matter" apply 'has no mutants$' --revert "$tree"
# As tools/integrate does
echo '/* new */' >> "$tree/mm/madvise.c"
check "they can be put in again" apply 'wrote [1-9]' "$tree"
check "... and make has nothing to do for those that are the same" test "$(times | grep -v madvise)" = \
	"$(grep -v madvise <<< "$before")"
cp -p "$build/linux/mm/madvise.c" "$tree/mm/madvise.c"

mkdir "$also"
cat > "$also/targets" <<END
# Mine
advice	mm/madvise.c	mine-advice=1	# since 6.1
advice	mm/madvise.c	mine-advice=7	# until 6.0
END
cat > "$also/advice.cocci" <<END
@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/mman.h>

@@
identifier fn = do_madvise;
@@
fn(...)
{
+	if (gup_mutant("mine-advice"))
+		return -EINVAL;
	...
}
END
check "--also puts in others" apply 'wrote 2$' --also "$also" "$tree"
check "... where they belong" grep -q 'gup_mutant("mine-advice")' "$tree/mm/madvise.c"
check "... and into the list" grep -qx 'MUTANT("mine-advice")' "$tree/lib/gup_mutant_names.h"
check "the others are still there" grep -qx 'MUTANT("exec-unpin")' "$tree/lib/gup_mutant_names.h"
check "without it, they are taken out again" apply 'wrote 2$' "$tree"
check "... all of them" cmp "$tree/mm/madvise.c" "$build/linux/mm/madvise.c"

check "refused: a directory without mutants" refused 'has no file targets' --also "$work" "$tree"
check "refused: the same twice" refused 'two rules for mm/madvise.c' \
	--also "$also" --also "$also" "$tree"
sed -i 's/mine-advice=1/mine-advice=2/' "$also/targets"
check "refused: not as often as it should be" \
	refused 'mine-advice is there 1 times, and should be 2' --also "$also" "$tree"
touch "$also/forgotten.cocci"
check "refused: a rule without a row" refused 'rule forgotten has no row' --also "$also" "$tree"
echo >> "$tree/fs/exec.c"
check "refused: to take them out of what was changed since" \
	refused 'fs/exec.c in .* was changed after' --revert "$tree"
check "refused: --also without a directory" refused 'needs a directory' --also

tap_done
