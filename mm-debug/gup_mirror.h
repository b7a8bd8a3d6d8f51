/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: what the parts of the layer share. See <linux/gup_mirror.h> for
 * what the rest of the kernel calls.
 */
#ifndef _MM_GUP_MIRROR_GUP_MIRROR_H
#define _MM_GUP_MIRROR_GUP_MIRROR_H

#include <linux/atomic.h>
#include <linux/gup_mirror.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/types.h>

struct seq_file;

/* Room for "function+0x123/0x456 [module]"; longer names are cut. */
#define GUP_MIRROR_NAME_LEN	160

/* What is mirrored; chosen at boot. */
enum gup_mirror_mode {
	GUP_MIRROR_OFF,
	GUP_MIRROR_PINS,	/* pages from pin_user_pages*() */
	GUP_MIRROR_ALL,		/* pages from get_user_pages*() as well */
};

extern const char * const gup_mirror_mode_names[];
extern const char * const gup_mirror_kind_names[GUP_MIRROR_NR_KINDS];
extern const char * const gup_mirror_class_names[GUP_MIRROR_NR_CLASSES];

/**
 * struct gup_mirror_config - what the boot parameter asks for
 * @mode: what is mirrored
 * @panic: panic after the first report
 * @stacks: save stacks in the stack depot
 * @repair: turn a wrong release into the right one
 */
struct gup_mirror_config {
	enum gup_mirror_mode mode;
	bool panic;
	bool stacks;
	bool repair;
};

extern struct gup_mirror_config gup_mirror_config;

void gup_mirror_parse(char *str, struct gup_mirror_config *config);

/* Run-time switch: hand out views, and report. Starts as true. */
extern bool gup_mirror_enabled;

/*
 * True while our own KUnit tests provoke violations, which must not fail the
 * test that provokes them.
 */
extern bool gup_mirror_expected;

/**
 * struct gup_mirror_site - a place in the code that calls a GUP function
 * @ip: return address of that call; 0 for an overflow site, and once the
 *	module that it is in has gone
 * @fn: name of the GUP function
 * @name: text for @ip, once the module has gone; NULL before
 * @calls: calls that acquired at least one page
 * @pages: pages acquired
 * @wrong: releases of such pages that were violations
 */
struct gup_mirror_site {
	unsigned long ip;
	const char *fn;
	const char *name;
	atomic_long_t calls;
	atomic_long_t pages;
	atomic_long_t wrong;
};

/* views.c */
struct gup_mirror_views {
	unsigned int nr[GUP_MIRROR_NR_KINDS];	/* views for each kind */
	unsigned int shift;			/* log2 of the stride, in bytes */
	unsigned int table_pages;		/* page tables of all views */
};

extern struct gup_mirror_views gup_mirror_views;

/* Pages of GUP calls that have no place in a view. */
extern atomic_long_t gup_mirror_unmirrored;

int gup_mirror_views_init(enum gup_mirror_mode mode);

/**
 * gup_mirror_view_of() - number of the view that a pointer leads into
 * @page: pointer for which gup_mirror_is_view() is true
 *
 * Return: Number of the view, from 0.
 */
static inline unsigned int gup_mirror_view_of(const struct page *page)
{
	return ((unsigned long)page - gup_mirror_region.start) >>
	       gup_mirror_views.shift;
}

/* sites.c */
/* GUP calls whose site had to share the overflow view of its kind. */
extern atomic_long_t gup_mirror_overflow;

int gup_mirror_sites_init(void);
unsigned int gup_mirror_site_view(const char *fn,
				  enum gup_mirror_kind kind, unsigned long ip);
struct gup_mirror_site *gup_mirror_site(unsigned int view);
enum gup_mirror_kind gup_mirror_site_kind(const struct gup_mirror_site *site);
const char *gup_mirror_site_fn_name(const struct gup_mirror_site *site);
unsigned int gup_mirror_sites_used(void);
int gup_mirror_sites_limit(enum gup_mirror_kind kind, int limit);
void gup_mirror_sites_module_gone(const struct module *mod);
void gup_mirror_sites_clear(void);
int gup_mirror_sites_show(struct seq_file *m, void *v);
void gup_mirror_site_name(char *buf, size_t size,
			  const struct gup_mirror_site *site);

/* violations.c */
extern atomic_long_t gup_mirror_counts[GUP_MIRROR_NR_CLASSES];
extern atomic_long_t gup_mirror_reports;
extern atomic_long_t gup_mirror_lost;

int gup_mirror_violations_init(void);
void gup_mirror_violation(enum gup_mirror_class class, const char *fn,
			  const struct page *page, unsigned long ip);
void gup_mirror_violations_module_gone(const struct module *mod);
void gup_mirror_violations_clear(void);
int gup_mirror_violations_show(struct seq_file *m, void *v);

/**
 * gup_mirror_leaves() - does an address leave with what a notifier told of?
 * @ip: the address
 * @mod: the module, in the state that the notifier was called for
 *
 * Return: true if @ip will soon belong to somebody else.
 */
static inline bool gup_mirror_leaves(unsigned long ip, const struct module *mod)
{
#ifdef CONFIG_MODULES
	return mod->state == MODULE_STATE_LIVE ? within_module_init(ip, mod) :
						 within_module(ip, mod);
#else
	return false;
#endif
}

/* extra.c */
void gup_mirror_extra_get(struct page *page);
bool gup_mirror_extra_put(struct page *page, int refs);
void gup_mirror_extra_forget(struct page *page);

/* report.c */
#define GUP_MIRROR_STACK_DEPTH	32

/**
 * struct gup_mirror_call - one call of a release function
 * @fn: its name
 * @ip: where it was called, that is, its return address
 * @entries: the stack of callers, from the one at @ip on
 * @nr_entries: number of @entries
 */
struct gup_mirror_call {
	const char *fn;
	unsigned long ip;
	unsigned int nr_entries;
	unsigned long entries[GUP_MIRROR_STACK_DEPTH];
};

void gup_mirror_call_init(struct gup_mirror_call *call, const char *fn,
			  unsigned long ip);
void gup_mirror_report(enum gup_mirror_class class,
		       const struct gup_mirror_site *site,
		       const struct gup_mirror_call *call, unsigned long pfn);
const char *gup_mirror_ip_name(unsigned long ip);

#endif /* _MM_GUP_MIRROR_GUP_MIRROR_H */
