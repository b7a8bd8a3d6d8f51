/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: places in the code, and stacks of them.
 *
 * A place that acquires pages is a site (sites.c), one that releases them is a
 * caller (callers.c). Pins of one site with one stack are a group (groups.c).
 * What a place is called when its module has gone is in places.c.
 */
#ifndef _MM_GUP_MIRROR_PLACES_H
#define _MM_GUP_MIRROR_PLACES_H

#include <linux/atomic.h>
#include <linux/gup_mirror.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/stackdepot.h>
#include <linux/types.h>

#include "compat.h"
#include "faults.h"

struct gup_mirror_table;
struct module;
struct seq_file;

/* Room for "function+0x123/0x456 [module]"; longer names are cut. */
#define GUP_MIRROR_NAME_LEN	160

/* places.c */
/**
 * struct gup_mirror_place - a call in the code
 * @node: in the table that it is found by; in a list of those that have gone, once
 *	the module that it is in has gone
 * @ip: return address of the call; 0 once the module that it is in has gone
 * @fn: name of the function that is called
 * @name: text for @ip, once the module has gone; NULL before
 * @init_of: the module of whose init code it was, as long as that is there
 */
struct gup_mirror_place {
	struct hlist_node node;
	unsigned long ip;
	const char *fn;
	const char *name;
	const struct module *init_of;
};

/**
 * struct gup_mirror_call - the key that a place is found by
 * @fn: name of the function that is called; the pointer is kept
 * @ip: return address of the call
 * @kind: of a site, how it acquires pages
 */
struct gup_mirror_call {
	const char *fn;
	unsigned long ip;
	enum gup_mirror_kind kind;
};

/**
 * gup_mirror_same_place() - is a place that of a call?
 * @place: the place
 * @call: the call
 *
 * The function matters, too: calls in tail position share the return address of
 * their caller.
 *
 * Context: Any.
 * Return: true if it is.
 */
static __always_inline bool
gup_mirror_same_place(const struct gup_mirror_place *place,
		      const struct gup_mirror_call *call)
{
	return READ_ONCE(place->ip) == call->ip && place->fn == call->fn;
}

void gup_mirror_place_goes(struct gup_mirror_place *place,
			   const struct module *mod,
			   struct gup_mirror_table *table,
			   struct hlist_head *gone);
struct gup_mirror_place *
gup_mirror_place_returns(struct hlist_head *gone,
			 const struct gup_mirror_call *call);
void gup_mirror_place_name(char *buf, size_t size,
			   const struct gup_mirror_place *place,
			   const char *unknown);
bool gup_mirror_in_module(unsigned long ip, const struct module *mod);

/* Counts modules that have gone: a stack is of code that was there then. */
u32 gup_mirror_generation(void);
bool gup_mirror_stack_line(char *buf, size_t size, depot_stack_handle_t stack,
			   u32 generation, unsigned int number);
void gup_mirror_show_stack(struct seq_file *m, const char *indent,
			   depot_stack_handle_t stack, u32 generation);

/* stacks.c */
#define GUP_MIRROR_STACK_DEPTH	32

/**
 * struct gup_mirror_origin - where a hooked function was called
 * @ip: return address of that call, as the function knows it. While it is traced,
 *	that is some trampoline, until the stack has told what is right.
 * @hook: return address of the call of ours in that function; 0 if the function
 *	is inlined, so that @ip is where we were called
 * @frame: of the function of ours that was called; 0 if the stack is not wanted
 */
struct gup_mirror_origin {
	unsigned long ip;
	unsigned long hook;
	unsigned long frame;
};

/* For the functions that mm/ calls. */
#define GUP_MIRROR_ORIGIN(_ip, _hook) {					\
	.ip = (_ip),							\
	.hook = (_hook),						\
	.frame = (unsigned long)__builtin_frame_address(0),		\
}

/**
 * struct gup_mirror_trace - a stack
 * @entries: all frames; from that of the hooked function on, if it is @exact
 * @slots: where they lie, in bytes from the frame of our function on
 * @all: how many
 * @first: the first that matters
 * @nr: how many there are from there on; at least 1
 * @exact: @slots tell everything
 * @distance: of that frame from the end of the stack, in bytes
 */
struct gup_mirror_trace {
	unsigned long entries[GUP_MIRROR_STACK_DEPTH];
	u32 slots[GUP_MIRROR_STACK_DEPTH];
	unsigned int all;
	unsigned int first;
	unsigned int nr;
	bool exact;
	u32 distance;
};

/* Stacks that were to be saved and were not, for want of memory. */
extern atomic_long_t gup_mirror_stacks_lost;

/* For tests: pretend that the stack depot is full. */
extern bool gup_mirror_depot_full;

/*
 * Does not sleep, nor wake kswapd: perf may get a page in the scheduler, where a wakeup
 * would wait for itself.
 */
#define GUP_MIRROR_GFP	__GFP_NOWARN

bool gup_mirror_may_allocate(void);
void gup_mirror_find_origin(struct gup_mirror_origin *origin);
depot_stack_handle_t gup_mirror_save_stack(struct gup_mirror_trace *trace,
					   struct gup_mirror_origin *origin);
unsigned int gup_mirror_save_caller(const char *fn,
				    struct gup_mirror_origin *origin,
				    depot_stack_handle_t *stack);
unsigned int gup_mirror_save_free(unsigned long ip, depot_stack_handle_t *stack);
depot_stack_handle_t gup_mirror_save_here(unsigned long ip);

/* memos.c */
/**
 * struct gup_mirror_answer - what is found out about a call
 * @ip: where it was called
 * @stack: the stack of that
 * @place: number of the site's view, or of the caller
 * @group: number of the group, of a site
 */
struct gup_mirror_answer {
	unsigned long ip;
	depot_stack_handle_t stack;
	u16 place;
	u16 group;
};

#ifdef CONFIG_GUP_MIRROR_MEMOS
void gup_mirror_memos_init(void);
void gup_mirror_memos_forget(void);
bool gup_mirror_memo_find(const struct gup_mirror_origin *origin, unsigned int flags,
			  struct gup_mirror_answer *answer);
void gup_mirror_memo_keep(const struct gup_mirror_trace *trace,
			  unsigned long ip, unsigned int flags,
			  const struct gup_mirror_answer *answer);
#else
static inline void gup_mirror_memos_init(void)
{
}

static inline void gup_mirror_memos_forget(void)
{
}

static inline bool
gup_mirror_memo_find(const struct gup_mirror_origin *origin, unsigned int flags,
		     struct gup_mirror_answer *answer)
{
	return false;
}

static inline void gup_mirror_memo_keep(const struct gup_mirror_trace *trace,
					unsigned long ip, unsigned int flags,
					const struct gup_mirror_answer *answer)
{
}
#endif

/* sites.c */
/*
 * Hold times are counted in powers of two: bucket 0 is for less than one
 * millisecond, bucket n for less than 2^n, the last for all that is longer.
 */
#define GUP_MIRROR_HOLD_BUCKETS	20

/**
 * enum gup_mirror_counter - what is counted for a site
 * @GUP_MIRROR_CALLS: calls that acquired at least one page
 * @GUP_MIRROR_PAGES: pages acquired
 * @GUP_MIRROR_RIGHT: pins released right, or gets put, through a pointer into the
 *	view
 * @GUP_MIRROR_LAUNDERED: pins released right, through another pointer; gets that
 *	were not put through the view, when their folio was freed
 * @GUP_MIRROR_OVERLONG: pins without FOLL_LONGTERM that were held for too long
 * @GUP_MIRROR_HOLD: what was released, by how long it was held; this and the
 *	following are buckets
 * @GUP_MIRROR_FILE_WRITES: pages of files that were pinned for writing; this and
 *	what follows only if files are looked at. Folios with pins of the site, of
 *	which something was done to the folio:
 * @GUP_MIRROR_FILE_CLEANED: it was cleaned, and there are pins for writing
 * @GUP_MIRROR_FILE_REDIRTIED: who unpins marks it dirty, and it was clean
 * @GUP_MIRROR_FILE_LOST: what was written through pins is on no disk
 * @GUP_MIRROR_FILE_REPLACED: it left the page cache where the file still is
 * @GUP_MIRROR_FILE_TRUNCATED: the same, where the file is no longer
 * @GUP_MIRROR_FILE_UNMAPPED: it was unmapped by reclaim or its like
 * @GUP_MIRROR_FILE_DIRTIED: of a site that gets pages: set_page_dirty() and its like,
 *	through pointers from there
 * @GUP_MIRROR_NR_COUNTERS: number of counters
 */
enum gup_mirror_counter {
	GUP_MIRROR_CALLS,
	GUP_MIRROR_PAGES,
	GUP_MIRROR_RIGHT,
	GUP_MIRROR_LAUNDERED,
	GUP_MIRROR_OVERLONG,
	GUP_MIRROR_HOLD,
	GUP_MIRROR_FILE_WRITES = GUP_MIRROR_HOLD + GUP_MIRROR_HOLD_BUCKETS,
	GUP_MIRROR_FILE_CLEANED,
	GUP_MIRROR_FILE_REDIRTIED,
	GUP_MIRROR_FILE_LOST,
	GUP_MIRROR_FILE_REPLACED,
	GUP_MIRROR_FILE_TRUNCATED,
	GUP_MIRROR_FILE_UNMAPPED,
	GUP_MIRROR_FILE_DIRTIED,
	GUP_MIRROR_NR_COUNTERS
};

/**
 * struct gup_mirror_counts - counters of a site, of one CPU
 * @nr: what was counted since boot
 * @cleared: what of that was counted when somebody last wrote to "clear"
 */
struct gup_mirror_counts {
	unsigned long nr[GUP_MIRROR_NR_COUNTERS];
	unsigned long cleared[GUP_MIRROR_NR_COUNTERS];
};

/**
 * struct gup_mirror_site - a place in the code that calls a GUP function
 * @place: where that is; its address is 0 for an overflow site
 * @stack: the first stack of a call there; 0 if none was recorded
 * @generation: gup_mirror_generation() of @stack
 * @counts: counters; NULL until there is memory for them
 * @by_folio: it calls a function that is not told whether anybody will write
 * @elsewhere: pages that are got here are put through other pointers, so that there
 *	is no point in an account of them
 * @wrong: releases of pages from here that were violations
 */
struct gup_mirror_site {
	struct gup_mirror_place place;
	depot_stack_handle_t stack;
	u32 generation;
	struct gup_mirror_counts __percpu *counts;
	bool by_folio;
	bool elsewhere;
	atomic_long_t wrong;
};

/* GUP calls whose site had to share the overflow view of its kind. */
extern atomic_long_t gup_mirror_overflow;
/* What was not counted for want of memory for counters. */
extern atomic_long_t gup_mirror_counts_lost;

/* One for each view. */
extern struct gup_mirror_site *gup_mirror_sites;

/**
 * gup_mirror_site() - get the site that owns a view
 * @view: number of the view
 *
 * Context: Any.
 * Return: The site; never NULL.
 */
static inline struct gup_mirror_site *gup_mirror_site(unsigned int view)
{
	return &gup_mirror_sites[view];
}

int gup_mirror_sites_init(void);
unsigned int gup_mirror_site_view(const char *fn, enum gup_mirror_kind kind,
				  struct gup_mirror_origin *origin);
const char *gup_mirror_site_fn_name(const struct gup_mirror_site *site);
unsigned int gup_mirror_sites_used(void);
int gup_mirror_sites_limit(enum gup_mirror_kind kind, int limit);
void gup_mirror_sites_go(const struct module *mod);
bool gup_mirror_site_of(unsigned int view, const struct module *mod);
void gup_mirror_sites_clear(void);
int gup_mirror_sites_show(struct seq_file *m, void *v);
void gup_mirror_site_name(char *buf, size_t size,
			  const struct gup_mirror_site *site);
void gup_mirror_site_first_stack(struct gup_mirror_site *site,
				 depot_stack_handle_t stack);
unsigned long gup_mirror_counted(const struct gup_mirror_site *site,
				 unsigned int counter);

/**
 * gup_mirror_count() - count something for a site
 * @site: the site
 * @counter: enum gup_mirror_counter, or a bucket behind GUP_MIRROR_HOLD
 * @nr: how much
 *
 * Context: Any. Writes to memory of this CPU only.
 */
static __always_inline void gup_mirror_count(struct gup_mirror_site *site,
					     unsigned int counter,
					     unsigned long nr)
{
	struct gup_mirror_counts __percpu *counts = READ_ONCE(site->counts);

	if (likely(counts))
		this_cpu_add(counts->nr[counter], nr);
	else
		atomic_long_inc(&gup_mirror_counts_lost);
}

/* callers.c */
#define GUP_MIRROR_MAX_CALLERS	2048
/* So many bits are enough for the number of one. */
#define GUP_MIRROR_CALLER_BITS	ilog2(GUP_MIRROR_MAX_CALLERS)

/* A page that nobody has released. */
#define GUP_MIRROR_NO_CALLER	GUP_MIRROR_MAX_CALLERS

/**
 * struct gup_mirror_caller - a place in the code that calls a release function
 * @place: where that is
 * @outer: if that is in a release function itself, the name of that; else NULL
 * @view: whose pages were last released here, where that was certain
 */
struct gup_mirror_caller {
	struct gup_mirror_place place;
	const char *outer;
	unsigned int view;
};

/* Releases whose caller is not known, since there were too many. */
extern atomic_long_t gup_mirror_callers_lost;

int gup_mirror_callers_init(void);
unsigned int gup_mirror_find_caller(const char *fn, unsigned long ip);
unsigned int gup_mirror_unknown_caller(void);
int gup_mirror_callers_limit(int nr);
struct gup_mirror_caller *gup_mirror_caller(unsigned int number);
void gup_mirror_caller_name(char *buf, size_t size,
			    const struct gup_mirror_caller *caller);
void gup_mirror_callers_go(const struct module *mod);

/* groups.c */
#define GUP_MIRROR_MAX_GROUPS	8192

/* FOLL_* flags that pages are held apart by. */
#define GUP_MIRROR_GROUP_FLAGS	(FOLL_WRITE | FOLL_LONGTERM)

/**
 * struct gup_mirror_group - pins from one site with one stack
 * @node: in the table that it is found by
 * @view: number of the site, and of its view
 * @flags: GUP_MIRROR_GROUP_FLAGS of the calls; 0 if @catch_all
 * @stack: who called; 0 if that was not recorded
 * @generation: gup_mirror_generation() of @stack
 * @catch_all: for those pins of the site that could not be told apart
 * @gone: a module that is in @stack has gone, so that nobody will pin with it
 *	again. What it has, it keeps.
 * @leaked: that was reported when the module went, and is told once
 * @free: it is gone, and holds nothing: others may have it
 */
struct gup_mirror_group {
	struct hlist_node node;
	u16 view;
	gup_mirror_foll_t flags;
	depot_stack_handle_t stack;
	u32 generation;
	bool catch_all;
	bool gone;
	bool leaked;
	bool free;
};

/* Calls of GUP whose stack has no group, since there were too many. */
extern atomic_long_t gup_mirror_groups_lost;

extern struct gup_mirror_group *gup_mirror_groups;

/**
 * gup_mirror_group() - get a group
 * @number: its number; one that cannot be is a fault of ours
 *
 * Context: Any.
 * Return: The group; never NULL.
 */
static inline struct gup_mirror_group *gup_mirror_group(unsigned int number)
{
	if (unlikely(number >= GUP_MIRROR_MAX_GROUPS)) {
		gup_mirror_inconsistent("group", number);
		number = 0;
	}
	return &gup_mirror_groups[number];
}

int gup_mirror_groups_init(void);
unsigned int gup_mirror_find_group(unsigned int view, unsigned int flags,
				   depot_stack_handle_t stack);
const char *gup_mirror_group_flags(const struct gup_mirror_group *group);
unsigned int gup_mirror_groups_end(void);
unsigned int gup_mirror_groups_used(void);
int gup_mirror_groups_limit(int nr);
bool gup_mirror_groups_go(const struct module *mod);
void gup_mirror_groups_reuse(const unsigned long *held);

#endif /* _MM_GUP_MIRROR_PLACES_H */
