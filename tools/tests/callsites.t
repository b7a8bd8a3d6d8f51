#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/callsites, on a tree with two files.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
mkdir -p "$tree/mm" "$tree/drivers"
printf 'VERSION = 99\nPATCHLEVEL = 1\nSUBLEVEL = 2\n' > "$tree/Makefile"
echo > "$tree/mm/gup.c"
cat > "$tree/drivers/one.c" <<'END'
static int one_get(struct one *one, unsigned long addr)
{
	int ret = pin_user_pages_fast(addr, 1, FOLL_WRITE, &one->page);

	/* get_user_pages_fast() would not do */
	return ret;
}

static void one_put(struct one *one)
{
	unpin_user_page(one->page);
}
END

callsites()
{
	"$top/tools/callsites" --list "$work/list" "$@" > "$work/said" 2>&1
}

# says STATUS LINE ARGUMENT...
says()
{
	local status=0

	callsites "${@:3}" || status=$?
	[ "$status" -eq "$1" ] && [ "$(cat "$work/said")" = "$2" ] && return
	echo "status $status, said: $(cat "$work/said")"
	return 1
}

check "a list is written" callsites --write "$tree"
check "... of the version" grep -q 'Linux 99\.1\.2,' "$work/list"
check "... with the call" grep -qx $'drivers/one.c\tone_get\tpin_user_pages_fast\t1' "$work/list"
check "... and nothing else" test "$(grep -vc '^#' "$work/list")" -eq 1
check "there is no difference to that" says 0 '' "$tree"

sed 's/pin_user_pages_fast/get_user_pages_fast/; s/unpin_user/put/' "$tree/drivers/one.c" \
	> "$tree/drivers/two.c"
check "a call that is new" says 1 $'+ drivers/two.c\tone_get\tget_user_pages_fast\t1' "$tree"
callsites --write "$tree"
rm "$tree/drivers/two.c"
check "a call that is gone" says 1 $'- drivers/two.c\tone_get\tget_user_pages_fast\t1' "$tree"

check "refused: no tree" says 2 "callsites: $work is not a Linux source tree" "$work"
rm "$tree/drivers/one.c"
check "refused: a tree without calls" says 2 "gup-mirror: $tree has no call of a GUP function" "$tree"
check "refused: another option" says 2 "callsites: unknown option --help-me, see --help" --help-me
check "refused: a list that is not there" says 2 "callsites: cannot read /nowhere" \
	--list /nowhere "$tree"
check "the list of the project is of a version that has hooks" grep -qE "Linux ($(
	IFS='|'; echo "${kernels[*]//./\\.}"))\.[0-9]+," "$top/tools/callsites.list"

tap_done
