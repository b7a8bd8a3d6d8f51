/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: what the parts of the layer share. See <linux/gup_mirror.h> for
 * what the rest of the kernel calls.
 */
#ifndef _MM_GUP_MIRROR_GUP_MIRROR_H
#define _MM_GUP_MIRROR_GUP_MIRROR_H

#include <linux/atomic.h>
#include <linux/gup_mirror.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/stackdepot.h>
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

/* The classes of violations; gup_mirror_class_names[] has their names. */
enum gup_mirror_class {
	GUP_MIRROR_PUT_ON_PIN,
	GUP_MIRROR_UNPIN_ON_GET,
	GUP_MIRROR_DOUBLE_UNPIN,
	GUP_MIRROR_UNPIN_UNPINNED,
	GUP_MIRROR_FREE_WHILE_PINNED,
	GUP_MIRROR_LEAK_AT_UNLOAD,
	GUP_MIRROR_LOST_PIN,
	GUP_MIRROR_NR_CLASSES
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

/* Milliseconds after which a pin without FOLL_LONGTERM is suspect. */
extern unsigned int gup_mirror_longterm_ms;

void gup_mirror_parse(char *str, struct gup_mirror_config *config);

/*
 * Run-time switch: hand out views, and report. Starts as true. The ledger does
 * not care: what is held does not depend on who is looking.
 */
extern bool gup_mirror_enabled;

/*
 * True while our own KUnit tests provoke violations, which must not fail the
 * test that provokes them.
 */
extern bool gup_mirror_expected;

/* faults.c */
extern atomic_long_t gup_mirror_faults;

void gup_mirror_inconsistent(const char *what, unsigned long value);
const char *gup_mirror_first_fault(void);
void gup_mirror_faults_forget(void);

/*
 * Hold times are counted in powers of two: bucket 0 is for less than one
 * millisecond, bucket n for less than 2^n, the last for all that is longer.
 */
#define GUP_MIRROR_HOLD_BUCKETS	20

/**
 * struct gup_mirror_site - a place in the code that calls a GUP function
 * @ip: return address of that call; 0 for an overflow site, and once the
 *	module that it is in has gone
 * @fn: name of the GUP function
 * @name: text for @ip, once the module has gone; NULL before
 * @stack: the first stack of a call there; 0 if none was recorded
 * @calls: calls that acquired at least one page
 * @pages: pages acquired
 * @right: pins released in the right way, through a pointer into the view
 * @laundered: pins released in the right way, through another pointer
 * @wrong: releases of pages from here that were violations
 * @held: pins held now
 * @most: the most that were ever held
 * @overlong: pins without FOLL_LONGTERM that were held for too long
 * @hold: pins released, by how long they were held; without those that came
 *	when others had the folio already, whose time nobody knows
 *
 * What comes after @wrong is known of pins only: a page from get_user_pages()
 * may be put through any reference to it.
 */
struct gup_mirror_site {
	unsigned long ip;
	const char *fn;
	const char *name;
	depot_stack_handle_t stack;
	atomic_long_t calls;
	atomic_long_t pages;
	atomic_long_t right;
	atomic_long_t laundered;
	atomic_long_t wrong;
	atomic_long_t held;
	atomic_long_t most;
	atomic_long_t overlong;
	atomic_long_t hold[GUP_MIRROR_HOLD_BUCKETS];
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

/* A pointer that leads into no view, or a release whose page nobody knows. */
#define GUP_MIRROR_NO_VIEW	(~0U)

/**
 * gup_mirror_view_of() - number of the view that a pointer leads into
 * @page: pointer to a struct page
 *
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

/* sites.c */
/* GUP calls whose site had to share the overflow view of its kind. */
extern atomic_long_t gup_mirror_overflow;

int gup_mirror_sites_init(void);
unsigned int gup_mirror_nr_views(void);
unsigned int gup_mirror_site_view(const char *fn,
				  enum gup_mirror_kind kind, unsigned long ip);
struct gup_mirror_site *gup_mirror_site(unsigned int view);
enum gup_mirror_kind gup_mirror_view_kind(unsigned int view);
const char *gup_mirror_site_fn_name(const struct gup_mirror_site *site);
unsigned int gup_mirror_sites_used(void);
int gup_mirror_sites_limit(enum gup_mirror_kind kind, int limit);
void gup_mirror_sites_module_gone(const struct module *mod);
void gup_mirror_sites_clear(void);
int gup_mirror_sites_show(struct seq_file *m, void *v);
void gup_mirror_site_name(char *buf, size_t size,
			  const struct gup_mirror_site *site);

/* callers.c */
#define GUP_MIRROR_MAX_CALLERS	1024

/**
 * struct gup_mirror_caller - a place in the code that calls a release function
 * @ip: return address of that call; 0 once the module that it is in has gone
 * @fn: name of the release function
 * @name: text for @ip, once the module has gone; NULL before
 * @outer: if @ip is in a release function itself, the name of that; else NULL
 * @view: whose pages were last released here, where that was certain
 */
struct gup_mirror_caller {
	unsigned long ip;
	const char *fn;
	const char *name;
	const char *outer;
	unsigned int view;
};

int gup_mirror_callers_init(void);
unsigned int gup_mirror_find_caller(const char *fn, unsigned long ip);
int gup_mirror_callers_limit(int nr);
struct gup_mirror_caller *gup_mirror_caller(unsigned int number);
void gup_mirror_caller_name(char *buf, size_t size,
			    const struct gup_mirror_caller *caller);
void gup_mirror_callers_module_gone(const struct module *mod);

/* stacks.c */
#define GUP_MIRROR_STACK_DEPTH	32

/* Stacks that were to be saved and were not, for want of memory. */
extern atomic_long_t gup_mirror_stacks_lost;

/* For tests: pretend that the stack depot is full. */
extern bool gup_mirror_depot_full;

depot_stack_handle_t gup_mirror_save_stack(unsigned long ip);
unsigned int gup_mirror_save_caller(const char *fn, unsigned long ip,
				    depot_stack_handle_t *stack);
unsigned int gup_mirror_save_free(depot_stack_handle_t *stack);
const char *gup_mirror_ip_name(unsigned long ip);
void gup_mirror_show_stack(struct seq_file *m, const char *indent,
			   depot_stack_handle_t stack);

/* groups.c */
#define GUP_MIRROR_MAX_GROUPS	8192

/* FOLL_* flags that pages are held apart by. */
#define GUP_MIRROR_GROUP_FLAGS	(FOLL_WRITE | FOLL_LONGTERM)

/**
 * struct gup_mirror_group - pins from one site with one stack
 * @view: number of the site, and of its view
 * @flags: GUP_MIRROR_GROUP_FLAGS of the calls; 0 if @catch_all
 * @stack: who called; 0 if that was not recorded
 * @catch_all: for those pins of the site that could not be told apart
 * @guessed: some release was given to this group, or to another, by a guess
 * @pins: held now
 * @pages: pages of the folios that are held now; a pin of one page keeps all of
 *	its folio where it is
 * @since: of @pins, those taken since the snapshot; see snapshot.c
 */
struct gup_mirror_group {
	unsigned int view;
	unsigned int flags;
	depot_stack_handle_t stack;
	bool catch_all;
	bool guessed;
	atomic_long_t pins;
	atomic_long_t pages;
	atomic_long_t since[2];
};

/* Calls of GUP whose stack has no group, since there were too many. */
extern atomic_long_t gup_mirror_groups_lost;

int gup_mirror_groups_init(void);
unsigned int gup_mirror_find_group(unsigned int view, unsigned int flags,
				   depot_stack_handle_t stack);
struct gup_mirror_group *gup_mirror_group(unsigned int number);
const char *gup_mirror_group_flags(const struct gup_mirror_group *group);
unsigned int gup_mirror_groups_used(void);
int gup_mirror_groups_limit(int nr);
void gup_mirror_groups_since_forget(unsigned int epoch);
int gup_mirror_outstanding_show(struct seq_file *m, void *v);

/* filter.c */
#define GUP_MIRROR_FILTER_LEN	256

bool gup_mirror_filter_match(unsigned long site_ip, unsigned long caller_ip);
int gup_mirror_filter_set(const char *text);
void gup_mirror_filter_get(char *buf, size_t size);

/* snapshot.c */
/* Numbers the time since the last snapshot from 1; 0 before the first. */
extern u8 gup_mirror_epoch;

void gup_mirror_snapshot(void);
u64 gup_mirror_snapshot_age_ms(void);

/* ages.c: what needs a walk over the memmap */
/**
 * struct gup_mirror_walked - what a walk over the memmap has found
 * @folios: folios with pins
 * @pins: pins on them
 * @orphans: folios that nobody has but those who pinned them
 * @invisible: folios with fewer references than their pins have taken
 * @maybe: folios without a pin of which folio_maybe_dma_pinned() says that
 *	   there may be one
 */
struct gup_mirror_walked {
	unsigned long folios;
	unsigned long pins;
	unsigned long orphans;
	unsigned long invisible;
	unsigned long maybe;
};

extern struct gup_mirror_walked gup_mirror_walked;

int gup_mirror_ages_show(struct seq_file *m, void *v);
void gup_mirror_forget_epochs(void);

/* unload.c */
void gup_mirror_check_unload(const struct module *mod);

/**
 * struct gup_mirror_leak - pins of a group that are left at unload
 * @pins: how many
 * @folios: on how many folios
 */
struct gup_mirror_leak {
	unsigned long pins;
	unsigned long folios;
};

/* violations.c */
/**
 * struct gup_mirror_finding - a violation
 * @class: what is wrong
 * @nr: how often: number of pages, or of pins
 * @view: site that acquired the page, or GUP_MIRROR_NO_VIEW
 * @acquired: stack of that, or 0
 * @caller: who released it, GUP_MIRROR_MAX_CALLERS if nobody did
 * @released: stack of that, or 0
 * @before: for GUP_MIRROR_DOUBLE_UNPIN, who released it before, or
 *	GUP_MIRROR_MAX_CALLERS
 * @before_stack: stack of that, or 0
 * @pfn: page frame number
 * @pins: pins that the ledger has of the folio
 * @repaired: the reference count is what it should be
 * @folios: for GUP_MIRROR_LEAK_AT_UNLOAD, on how many folios the pins are
 * @leaks: for that, what is left by number of group; NULL if not recorded
 */
struct gup_mirror_finding {
	enum gup_mirror_class class;
	unsigned int nr;
	unsigned int view;
	depot_stack_handle_t acquired;
	unsigned int caller;
	depot_stack_handle_t released;
	unsigned int before;
	depot_stack_handle_t before_stack;
	unsigned long pfn;
	unsigned int pins;
	bool repaired;
	unsigned long folios;
	const struct gup_mirror_leak *leaks;
};

#define GUP_MIRROR_NO_CALLER	GUP_MIRROR_MAX_CALLERS

extern atomic_long_t gup_mirror_counts[GUP_MIRROR_NR_CLASSES];
extern atomic_long_t gup_mirror_reports;
extern atomic_long_t gup_mirror_lost;
extern atomic_long_t gup_mirror_filtered;

int gup_mirror_violations_init(void);
void gup_mirror_violation(const struct gup_mirror_finding *finding);
void gup_mirror_lost_pin(unsigned int number, unsigned long pfn,
			 unsigned int pins);
void gup_mirror_violations_clear(void);
bool gup_mirror_violation_at(unsigned int number,
			     struct gup_mirror_finding *finding);
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

/* report.c */
void gup_mirror_report(const struct gup_mirror_finding *finding);

#endif /* _MM_GUP_MIRROR_GUP_MIRROR_H */
