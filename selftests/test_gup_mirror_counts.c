// SPDX-License-Identifier: GPL-2.0
/*
 * What test_gup_mirror.ko does to the counts of pages whose release is wrong, and
 * whom nobody else will repair.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>

#include "test_gup_mirror_held.h"

/**
 * tgm_balance() - have the counts right after a release that is wrong
 * @tgm: what is held
 * @unpins: the release is by a function that unpins
 * @keep: the pages are to be held after it as before
 *
 * Adds what the release will take from the counts, and takes what it should: for a
 * pin of a page of order 0 that is GUP_PIN_COUNTING_BIAS references, otherwise
 * one, which large folios count apart as well. The zero page is never pinned.
 *
 * Context: With the lock held.
 */
void tgm_balance(struct tgm *tgm, bool unpins, bool keep)
{
	bool unpin_due = tgm->pinned && !keep;
	bool put_due = !tgm->pinned && !keep;
	struct folio *folio;
	unsigned long i;
	int refs;

	for (i = 0; i < tgm->nr; i++) {
		folio = page_folio(tgm->pages[i]);
		if (is_zero_folio(folio)) {
			refs = !unpins - put_due;
		} else if (folio_test_large(folio)) {
			refs = 1 - (unpin_due || put_due);
			atomic_add(unpins - unpin_due, &folio->_pincount);
		} else {
			refs = (unpins ? GUP_PIN_COUNTING_BIAS : 1) -
			       (unpin_due ? GUP_PIN_COUNTING_BIAS : put_due);
		}
		folio_ref_add(folio, refs);
	}
}

/* References that the pin of a page holds */
static int tgm_pin_refs(struct page *page)
{
	return PageCompound(page) ? 1 : GUP_PIN_COUNTING_BIAS;
}

/**
 * tgm_steal() - drop the references that pins hold
 * @tgm: what is held
 *
 * Not by a function that puts: GUP mirror would see the first.
 *
 * Context: With the lock held.
 */
void tgm_steal(struct tgm *tgm)
{
	struct folio *folio;
	unsigned long i;
	int refs;

	for (i = 0; i < tgm->nr; i++) {
		folio = page_folio(tgm->pages[i]);
		for (refs = tgm_pin_refs(&folio->page); refs; refs--) {
			if (folio_put_testzero(folio))
				__folio_put(folio);
		}
	}
	tgm->stolen = true;
}

/**
 * tgm_give_back_stolen() - give pins their references back
 * @tgm: what is held
 *
 * Whoever has the pages still has them only as long as they were not freed.
 * After that, GUP mirror has given the pins their references.
 *
 * Context: With the lock held.
 */
void tgm_give_back_stolen(struct tgm *tgm)
{
	struct folio *folio;
	unsigned long i;

	if (!tgm->stolen)
		return;
	for (i = 0; i < tgm->nr; i++) {
		folio = page_folio(tgm->pages[i]);
		if (folio_mapped(folio) ||
		    (!folio_test_anon(folio) && folio->mapping))
			folio_ref_add(folio, tgm_pin_refs(&folio->page));
	}
	tgm->stolen = false;
}
