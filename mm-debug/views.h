/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: the views, and which of them a pointer leads into.
 */
#ifndef _MM_GUP_MIRROR_VIEWS_H
#define _MM_GUP_MIRROR_VIEWS_H

#include <linux/atomic.h>
#include <linux/gup_mirror.h>
#include <linux/mm.h>
#include <linux/types.h>

#include "config.h"

/**
 * struct gup_mirror_views - how many views there are
 * @nr: views for each kind
 * @shift: log2 of the stride, in bytes
 * @shown: bytes of the memmap that they may show; at most the stride
 * @table_pages: page tables of all views
 */
struct gup_mirror_views {
	unsigned int nr[GUP_MIRROR_NR_KINDS];
	unsigned int shift;
	unsigned long shown;
	unsigned int table_pages;
};

extern struct gup_mirror_views gup_mirror_views;
extern const char * const gup_mirror_kind_names[GUP_MIRROR_NR_KINDS];

/* Pages of GUP calls that have no place in a view. */
extern atomic_long_t gup_mirror_unmirrored;

/* There is a memmap that the views cannot show, or there was. */
extern bool gup_mirror_beyond_views;

int gup_mirror_views_init(enum gup_mirror_mode mode);

/* A pointer that leads into no view, or a release whose page nobody knows. */
#define GUP_MIRROR_NO_VIEW	(~0U)

/**
 * gup_mirror_nr_views() - number of views, and of sites
 *
 * Context: Any.
 * Return: The number; 0 if the layer is off.
 */
static inline unsigned int gup_mirror_nr_views(void)
{
	return gup_mirror_views.nr[GUP_MIRROR_KIND_PIN] +
	       gup_mirror_views.nr[GUP_MIRROR_KIND_GET];
}

/**
 * gup_mirror_view_kind() - how pages are acquired at a site
 * @view: number of the site
 *
 * Context: Any.
 * Return: The kind.
 */
static inline enum gup_mirror_kind gup_mirror_view_kind(unsigned int view)
{
	return view < gup_mirror_views.nr[GUP_MIRROR_KIND_PIN] ?
	       GUP_MIRROR_KIND_PIN : GUP_MIRROR_KIND_GET;
}

/**
 * gup_mirror_view_of() - number of the view that a pointer leads into
 * @page: pointer to a struct page
 *
 * Context: Any.
 * Return: Number of the view, from 0; GUP_MIRROR_NO_VIEW for a canonical
 * pointer.
 */
static inline unsigned int gup_mirror_view_of(const struct page *page)
{
	unsigned long offset = (unsigned long)page - gup_mirror_region.start;

	if (offset >= gup_mirror_region.size)
		return GUP_MIRROR_NO_VIEW;
	return offset >> gup_mirror_views.shift;
}

/**
 * gup_mirror_view_start() - where a view shows the first page of the memmap
 * @view: number of the view, or GUP_MIRROR_NO_VIEW for the memmap itself
 *
 * Context: Any.
 * Return: The address.
 */
static inline unsigned long gup_mirror_view_start(unsigned int view)
{
	if (view == GUP_MIRROR_NO_VIEW)
		return gup_mirror_region.base;
	return gup_mirror_region.start +
	       ((unsigned long)view << gup_mirror_views.shift);
}

/**
 * gup_mirror_has_view() - can the views show a page?
 * @page: canonical pointer
 *
 * They cannot show the memmap of memory that came later, at addresses that
 * nobody spoke of at boot, nor that of device-private memory.
 *
 * Context: Any.
 * Return: true if they can.
 */
static __always_inline bool gup_mirror_has_view(const struct page *page)
{
	return (unsigned long)page - gup_mirror_region.base <
	       gup_mirror_views.shown;
}

/**
 * gup_mirror_to_view() - the pointer to a page in a view
 * @page: canonical pointer to a page that the views can show
 * @distance: gup_mirror_view_start() of the view, less that of the memmap
 *
 * Context: Any.
 * Return: The pointer.
 */
static __always_inline struct page *gup_mirror_to_view(struct page *page,
						       unsigned long distance)
{
	unsigned long addr = (unsigned long)page + distance;

	/* The two must not look related: gup_mirror_canonical(). */
	OPTIMIZER_HIDE_VAR(addr);
	return (struct page *)addr;
}

#endif /* _MM_GUP_MIRROR_VIEWS_H */
