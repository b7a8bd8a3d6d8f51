#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# All of the kernel's source is searched for places where the value of a struct page
# pointer matters. Each has a hook, or a line in mm-debug/hooks/harmless that says
# why it needs none. Takes minutes.

set -euo pipefail
. "$(dirname "$0")/../tests/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"

tree=$build/linux
list=$top/mm-debug/hooks/harmless

"$top/tools/vm/unpack-source" "$tree" > /dev/null

check 'each place has a hook or is known to be harmless' \
	"$top/tools/integrate" --audit "$tree"

# A search that finds nothing would pass as well, if the list were empty.
for place in \
	$'block/bio.c\tget_contig_folio_len\t' \
	$'include/linux/skbuff.h\tskb_can_coalesce\t' \
	$'include/linux/mm.h\tfolio_get_nontail_page\t' \
	$'mm/ksm.c\tunstable_tree_search_insert\t'; do
	check "among these is ${place//$'\t'/ }" grep -F "$place" "$list"
done

tap_done
