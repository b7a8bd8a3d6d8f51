// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: what its KUnit tests, a module, cannot reach. Built in.
 */

#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>

#include <kunit/visibility.h>

#include "../../internal.h"
#include "kunit.h"

/**
 * gup_mirror_kunit_entry() - the entry of a folio in the ledger
 * @folio: the folio, in memory that does not go while the test runs
 *
 * Context: Any.
 * Return: The entry, or NULL.
 */
struct gup_mirror_entry *gup_mirror_kunit_entry(const struct folio *folio)
{
	return gup_mirror_entry(gup_mirror_pfn(folio));
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_kunit_entry);

/**
 * gup_mirror_kunit_add_pin() - folio_add_pin(), as block and network code calls it
 * @folio: a folio that is pinned
 */
void gup_mirror_kunit_add_pin(struct folio *folio)
{
	folio_add_pin(folio);
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_kunit_add_pin);

/**
 * gup_mirror_kunit_unmap() - take a folio out of all page tables, as reclaim does
 * @folio: a folio of a file
 */
void gup_mirror_kunit_unmap(struct folio *folio)
{
	folio_lock(folio);
	try_to_unmap(folio, 0);
	folio_unlock(folio);
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_kunit_unmap);
