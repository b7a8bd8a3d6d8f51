// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: the functions that acquire, release or pass on pages.
 */
#include <string.h>

#include "audit/names.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

const struct acquirer acquirers[] = {
	{ "pin_user_pages", KIND_PIN, 3, NULL, false },
	{ "pin_user_pages_fast", KIND_PIN, 3, NULL, false },
	{ "pin_user_pages_fast_only", KIND_PIN, 3, NULL, false },
	{ "pin_user_pages_remote", KIND_PIN, 4, NULL, false },
	{ "pin_user_pages_unlocked", KIND_PIN, 2, NULL, false },
	{ "memfd_pin_folios", KIND_PIN, 3, NULL, false },
	{ "folio_add_pin", KIND_PIN, 0, NULL, false },
	{ "folio_add_pins", KIND_PIN, 0, NULL, false },
	{ "get_user_pages", KIND_GET, 3, NULL, false },
	{ "get_user_pages_fast", KIND_GET, 3, NULL, false },
	{ "get_user_pages_fast_only", KIND_GET, 3, NULL, false },
	{ "get_user_pages_remote", KIND_GET, 4, NULL, false },
	{ "get_user_pages_unlocked", KIND_GET, 2, NULL, false },
	{ "get_user_page_fast_only", KIND_GET, 2,
	  "get_user_pages_fast_only", true },
	{ "get_user_page_vma_remote", KIND_GET, RETURNED,
	  "get_user_pages_remote", true },
	{ "get_dump_page", KIND_GET, RETURNED, NULL, false },
	{ "iov_iter_extract_pages", KIND_PIN, 1,
	  "pin_user_pages_fast", false },
	{ "iov_iter_extract_bvecs", KIND_PIN, 1,
	  "pin_user_pages_fast", false },
	{ "iov_iter_get_pages", KIND_GET, 1,
	  "get_user_pages_fast", false },
	{ "iov_iter_get_pages2", KIND_GET, 1,
	  "get_user_pages_fast", false },
	{ "iov_iter_get_pages_alloc", KIND_GET, 1,
	  "get_user_pages_fast", false },
	{ "iov_iter_get_pages_alloc2", KIND_GET, 1,
	  "get_user_pages_fast", false },
};

const size_t nr_acquirers = ARRAY_SIZE(acquirers);

/*
 * Where the pages are in calls of older kernels, by the number of arguments: they
 * had a task until 4.6 or 5.9, two arguments for write and force until 4.9, and the
 * vmas behind the pages until 6.5.
 */
static const struct {
	const char *name;
	size_t nr;
	int pages;
} older[] = {
	{ "get_user_pages", 6, 4 },
	{ "get_user_pages", 8, 6 },
	{ "get_user_pages_remote", 8, 5 },
	{ "pin_user_pages_remote", 8, 5 },
	{ "get_user_pages_unlocked", 5, 4 },
	{ "get_user_pages_unlocked", 6, 4 },
	{ "get_user_pages_unlocked", 7, 6 },
};

/* All have the pages in their first argument. */
static const struct releaser releasers[] = {
	{ "unpin_user_page", KIND_PIN },
	{ "unpin_user_pages", KIND_PIN },
	{ "unpin_user_pages_dirty_lock", KIND_PIN },
	{ "unpin_user_page_range_dirty_lock", KIND_PIN },
	{ "unpin_user_folio", KIND_PIN },
	{ "unpin_folio", KIND_PIN },
	{ "unpin_folios", KIND_PIN },
	/* What these were called in the patches of 2019. */
	{ "put_user_page", KIND_PIN },
	{ "put_user_pages", KIND_PIN },
	{ "put_user_pages_dirty", KIND_PIN },
	{ "put_user_pages_dirty_lock", KIND_PIN },
	{ "put_page", KIND_GET },
	{ "folio_put", KIND_GET },
	{ "folio_put_refs", KIND_GET },
	{ "folios_put", KIND_GET },
	{ "release_pages", KIND_GET },
	{ "unmap_and_put_page", KIND_GET },
	{ "folio_release_kmap", KIND_GET },
	{ "__free_page", KIND_GET },
	{ "__free_pages", KIND_GET },
};

static const struct mover movers[] = {
	{ "sg_set_page", 1, 0 },
	{ "sg_assign_page", 1, 0 },
	{ "sg_set_folio", 1, 0 },
	{ "sg_alloc_table_from_pages", 1, 0 },
	{ "sg_alloc_table_from_pages_segment", 1, 0 },
	{ "sg_alloc_append_table_from_pages", 1, 0 },
	{ "sg_chain", 2, 0 },
	{ "__sg_page_iter_start", 1, 0 },
	{ "bvec_set_page", 1, 0 },
	{ "bvec_set_folio", 1, 0 },
	{ "bio_add_page", 1, 0 },
	{ "bio_add_pc_page", 2, 1 },
	{ "bio_add_folio", 1, 0 },
	{ "__bio_add_page", 1, 0 },
	{ "skb_fill_page_desc", 2, 0 },
	{ "__skb_fill_page_desc", 2, 0 },
	{ "skb_fill_page_desc_noacc", 2, 0 },
	{ "skb_add_rx_frag", 2, 0 },
	{ "skb_frag_set_page", 2, 0 },
	{ "skb_frag_fill_page_desc", 1, 0 },
	{ "__skb_frag_set_page", 1, 0 },
	{ "xchg", 1, 0 },
	{ "WRITE_ONCE", 1, 0 },
	{ "smp_store_release", 1, 0 },
	{ "rcu_assign_pointer", 1, 0 },
	{ "xa_store", 2, 0 },
	{ "xa_store_irq", 2, 0 },
	{ "xa_store_bh", 2, 0 },
	{ "xa_insert", 2, 0 },
	{ "xa_insert_irq", 2, 0 },
	{ "xa_alloc", 2, 0 },
	{ "xa_cmpxchg", 3, 0 },
	{ "xas_store", 1, 0 },
	{ "radix_tree_insert", 2, 0 },
	{ "idr_alloc", 1, 0 },
	{ "list_add", 0, 1 },
	{ "list_add_tail", 0, 1 },
	{ "list_move", 0, 1 },
	{ "list_move_tail", 0, 1 },
	{ "swap", 0, 1 },
	{ "swap", 1, 0 },
	{ "memcpy", 1, 0 },
	{ "memmove", 1, 0 },
	/* Loops: the second comes out of the first. */
	{ "for_each_sg", 0, 1 },
	{ "for_each_sgtable_sg", 0, 1 },
	{ "for_each_sgtable_dma_sg", 0, 1 },
	{ "for_each_sg_page", 0, 1 },
	{ "for_each_sgtable_page", 0, 1 },
	{ "for_each_sgt_page", 2, 0 },
	{ "bio_for_each_segment_all", 1, 0 },
	{ "bio_for_each_folio_all", 1, 0 },
	{ "bio_for_each_segment", 1, 0 },
	{ "bio_for_each_bvec", 1, 0 },
	{ "bio_for_each_bvec_all", 1, 0 },
	{ "xa_for_each", 0, 2 },
	{ "xa_for_each_range", 0, 2 },
	{ "xa_for_each_start", 0, 2 },
	{ "xa_for_each_marked", 0, 2 },
	{ "xas_for_each", 0, 1 },
	{ "idr_for_each_entry", 0, 1 },
	{ "list_for_each_entry", 1, 0 },
	{ "list_for_each_entry_reverse", 1, 0 },
	{ "list_for_each_entry_safe", 2, 0 },
};

/* Functions and macros that return one of their arguments, or what is in it. */
static const struct {
	const char *name;
	int argument;
} passing[] = {
	{ "page_folio", 0 },
	{ "folio_page", 0 },
	{ "folio_file_page", 0 },
	{ "compound_head", 0 },
	{ "nth_page", 0 },
	{ "sg_page", 0 },
	{ "sg_next", 0 },
	{ "sg_page_iter_page", 0 },
	{ "bvec_nth_page", 0 },
	{ "READ_ONCE", 0 },
	{ "smp_load_acquire", 0 },
	{ "rcu_dereference", 0 },
	{ "xchg", 0 },
	{ "no_free_ptr", 0 },
	{ "likely", 0 },
	{ "unlikely", 0 },
	{ "kmemdup", 0 },
	{ "krealloc", 0 },
	{ "kvmemdup", 0 },
	{ "skb_shinfo", 0 },
	{ "skb_frag_page", 0 },
	{ "page_to_pfn", 0 },
	{ "pfn_to_page", 0 },
	{ "folio_pfn", 0 },
	{ "pfn_folio", 0 },
	{ "page_to_phys", 0 },
	{ "phys_to_page", 0 },
	{ "PFN_PHYS", 0 },
	{ "PHYS_PFN", 0 },
	{ "__pfn_to_phys", 0 },
	{ "__phys_to_pfn", 0 },
	{ "page_address", 0 },
	{ "folio_address", 0 },
	{ "kmap", 0 },
	{ "kmap_atomic", 0 },
	{ "kmap_local_page", 0 },
	{ "kmap_local_folio", 0 },
	{ "virt_to_page", 0 },
	{ "virt_to_head_page", 0 },
	{ "virt_to_folio", 0 },
	{ "virt_to_phys", 0 },
	{ "phys_to_virt", 0 },
	{ "kmap_to_page", 0 },
	{ "xa_load", 0 },
	{ "xa_erase", 0 },
	{ "xa_find", 0 },
	{ "xas_load", 0 },
	{ "xa_mk_value", 0 },
	{ "xa_to_value", 0 },
	{ "radix_tree_lookup", 0 },
	{ "radix_tree_delete", 0 },
	{ "idr_find", 0 },
	{ "idr_remove", 0 },
	{ "list_entry", 0 },
	{ "list_first_entry", 0 },
	{ "list_first_entry_or_null", 0 },
	{ "list_last_entry", 0 },
	{ "list_next_entry", 0 },
	{ "lru_to_page", 0 },
	{ "lru_to_folio", 0 },
};

/* Those of the above which look up a page. */
static const char *const takers[] = {
	"pfn_to_page", "pfn_folio", "phys_to_page", "virt_to_page",
	"virt_to_head_page", "virt_to_folio", "kmap_to_page", "xa_load",
	"xa_erase", "xa_find", "xas_load", "radix_tree_lookup",
	"radix_tree_delete", "idr_find", "idr_remove", "list_entry",
	"list_first_entry", "list_first_entry_or_null", "list_last_entry",
	"list_next_entry", "lru_to_page", "lru_to_folio", "xa_for_each",
	"xa_for_each_range", "xa_for_each_start", "xa_for_each_marked",
	"xas_for_each", "idr_for_each_entry", "list_for_each_entry",
	"list_for_each_entry_reverse", "list_for_each_entry_safe",
	"skb_frag_page",
};

static const char *const referrers[] = {
	"get_page", "try_get_page", "get_page_unless_zero", "folio_get",
	"folio_try_get", "folio_ref_inc", "folio_ref_add", "page_ref_inc",
	"page_ref_add", "try_grab_folio",
};

static const char *const contents[] = {
	"sgl", "bv_page", "page_link", "bv_folio", "bi_io_vec", "frags",
	"lru",
};

static const char *const containers[] = { "bio", "sk_buff" };

const struct acquirer *find_acquirer(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(acquirers); i++) {
		if (!strcmp(acquirers[i].name, name))
			return &acquirers[i];
	}
	return NULL;
}

int acquirer_pages(const struct acquirer *acquirer, size_t nr)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(older); i++) {
		if (older[i].nr == nr && !strcmp(older[i].name, acquirer->name))
			return older[i].pages;
	}
	if (acquirer->pages == RETURNED || (size_t)acquirer->pages < nr)
		return acquirer->pages;
	return NO_ARGUMENT;
}

const struct releaser *find_releaser(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(releasers); i++) {
		if (!strcmp(releasers[i].name, name))
			return &releasers[i];
	}
	return NULL;
}

const struct mover *find_mover(const char *name, const struct mover *after)
{
	size_t i = after ? after - movers + 1 : 0;

	for (; i < ARRAY_SIZE(movers); i++) {
		if (!strcmp(movers[i].name, name))
			return &movers[i];
	}
	return NULL;
}

int passed_argument(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(passing); i++) {
		if (!strcmp(passing[i].name, name))
			return passing[i].argument;
	}
	return -1;
}

static bool is_in(const char *name, const char *const *names, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	return false;
}

bool takes_out(const char *name)
{
	return is_in(name, takers, ARRAY_SIZE(takers));
}

bool takes_reference(const char *name)
{
	return is_in(name, referrers, ARRAY_SIZE(referrers));
}

bool finds_own_page(const char *name)
{
	return !strncmp(name, "virt_to_", strlen("virt_to_")) ||
	       !strcmp(name, "kmap_to_page");
}

bool names_pages(const char *name)
{
	/* These return addresses of memory, often for an array of pages. */
	if (strstr(name, "get_free_page") || strstr(name, "get_zeroed_page") ||
	    strstr(name, "page_address"))
		return false;
	return strstr(name, "page") || strstr(name, "folio") ||
	       strstr(name, "pfn");
}

bool is_content(const char *member)
{
	return is_in(member, contents, ARRAY_SIZE(contents));
}

bool is_container(const char *tag)
{
	return is_in(tag, containers, ARRAY_SIZE(containers));
}
