/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What macros return, for tools/integrate --audit, as if they were functions.
 */
struct page *bio_page(void);
struct page *bvec_iter_page(void);
struct page *compound_head(void);
struct page *folio_page(void);
struct page *mp_bvec_iter_page(void);
struct page *nth_page(void);
struct page *pfn_to_page(void);
struct page *pmd_page(void);
struct page *pte_page(void);
struct page *pud_page(void);
struct page *virt_to_page(void);
struct page *ZERO_PAGE(void);
struct page *alloc_page(void);
struct page *alloc_pages(void);
struct page *alloc_pages_node(void);
struct folio *page_folio(void);
