/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: trace events.
 *
 * Each call of a GUP or release function gives one event per run of physically
 * consecutive pages. Matching releases to acquires page by page, by pfn, tells
 * from a recorded file what is still held.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM gup_mirror

#if !defined(_TRACE_GUP_MIRROR_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_GUP_MIRROR_H

#include <linux/types.h>
#include <linux/kdev_t.h>
#include <linux/mm_types.h>
#include <linux/kernel.h>
#include <linux/tracepoint.h>

/* __assign_str() has one argument or two, as of the version. */
#define gup_mirror_copy_str(field, str)	sprintf(__get_str(field), "%s", str)

/* Linux 6.1, where they are macros, lacks some: a bit that none of them has. */
#ifdef FOLL_WRITE
#define FOLL_PCI_P2PDMA		BIT(31)
#define FOLL_INTERRUPTIBLE	BIT(31)
#define FOLL_HONOR_NUMA_FAULT	BIT(31)
#define FOLL_UNLOCKABLE		BIT(31)
#endif

/* Tell user space the values of the names that are printed. */
TRACE_DEFINE_ENUM(FOLL_WRITE);
TRACE_DEFINE_ENUM(FOLL_GET);
TRACE_DEFINE_ENUM(FOLL_DUMP);
TRACE_DEFINE_ENUM(FOLL_FORCE);
TRACE_DEFINE_ENUM(FOLL_NOWAIT);
TRACE_DEFINE_ENUM(FOLL_NOFAULT);
TRACE_DEFINE_ENUM(FOLL_HWPOISON);
TRACE_DEFINE_ENUM(FOLL_ANON);
TRACE_DEFINE_ENUM(FOLL_LONGTERM);
TRACE_DEFINE_ENUM(FOLL_SPLIT_PMD);
TRACE_DEFINE_ENUM(FOLL_PCI_P2PDMA);
TRACE_DEFINE_ENUM(FOLL_INTERRUPTIBLE);
TRACE_DEFINE_ENUM(FOLL_HONOR_NUMA_FAULT);
TRACE_DEFINE_ENUM(FOLL_TOUCH);
TRACE_DEFINE_ENUM(FOLL_REMOTE);
TRACE_DEFINE_ENUM(FOLL_PIN);
TRACE_DEFINE_ENUM(FOLL_FAST_ONLY);
TRACE_DEFINE_ENUM(FOLL_UNLOCKABLE);

#define show_gup_mirror_flags(flags)					\
	__print_flags(flags, "|",					\
		{ FOLL_WRITE,			"WRITE" },		\
		{ FOLL_GET,			"GET" },		\
		{ FOLL_DUMP,			"DUMP" },		\
		{ FOLL_FORCE,			"FORCE" },		\
		{ FOLL_NOWAIT,			"NOWAIT" },		\
		{ FOLL_NOFAULT,			"NOFAULT" },		\
		{ FOLL_HWPOISON,		"HWPOISON" },		\
		{ FOLL_ANON,			"ANON" },		\
		{ FOLL_LONGTERM,		"LONGTERM" },		\
		{ FOLL_SPLIT_PMD,		"SPLIT_PMD" },		\
		{ FOLL_PCI_P2PDMA,		"PCI_P2PDMA" },		\
		{ FOLL_INTERRUPTIBLE,		"INTERRUPTIBLE" },	\
		{ FOLL_HONOR_NUMA_FAULT,	"HONOR_NUMA_FAULT" },	\
		{ FOLL_TOUCH,			"TOUCH" },		\
		{ FOLL_REMOTE,			"REMOTE" },		\
		{ FOLL_PIN,			"PIN" },		\
		{ FOLL_FAST_ONLY,		"FAST_ONLY" },		\
		{ FOLL_UNLOCKABLE,		"UNLOCKABLE" })

/**
 * gup_mirror_acquire - a GUP function returns pages
 * @fn: name of the function
 * @site: address of the call
 * @kind: how it acquires pages, "pin" or "get"
 * @pfn: page frame number of the first page
 * @nr: number of consecutive pages
 * @flags: FOLL_* flags
 */
TRACE_EVENT(gup_mirror_acquire,
	    TP_PROTO(const char *fn, unsigned long site, const char *kind,
		     unsigned long pfn, unsigned long nr, unsigned int flags),
	    TP_ARGS(fn, site, kind, pfn, nr, flags),

	    TP_STRUCT__entry(__field(unsigned long,	site)
			     __field(unsigned long,	pfn)
			     __field(unsigned long,	nr)
			     __field(unsigned int,	flags)
			     __string(kind,		kind)
			     __string(fn,		fn)),

	    TP_fast_assign(__entry->site = site;
			   __entry->pfn = pfn;
			   __entry->nr = nr;
			   __entry->flags = flags;
			   gup_mirror_copy_str(kind, kind);
			   gup_mirror_copy_str(fn, fn);),

	    TP_printk("site=%pS kind=%s pfn=0x%lx nr=%lu flags=%s fn=%s",
		      (void *)__entry->site, __get_str(kind), __entry->pfn,
		      __entry->nr, show_gup_mirror_flags(__entry->flags),
		      __get_str(fn))
);

/**
 * gup_mirror_release - pages are released
 * @fn: name of the function
 * @caller: address of the call
 * @site: address of the call that acquired the pages; 0 if the pointers do not
 *	tell, since they came through a folio or a page frame number
 * @kind: how the pages were acquired, "pin" or "get"
 * @pfn: page frame number of the first page; of the folio, where that is what
 *	is released
 * @nr: number of consecutive pages; of pins on the folio, where that is what is
 *	released
 */
TRACE_EVENT(gup_mirror_release,
	    TP_PROTO(const char *fn, unsigned long caller, unsigned long site,
		     const char *kind, unsigned long pfn, unsigned long nr),
	    TP_ARGS(fn, caller, site, kind, pfn, nr),

	    TP_STRUCT__entry(__field(unsigned long,	site)
			     __field(unsigned long,	caller)
			     __field(unsigned long,	pfn)
			     __field(unsigned long,	nr)
			     __string(kind,		kind)
			     __string(fn,		fn)),

	    TP_fast_assign(__entry->site = site;
			   __entry->caller = caller;
			   __entry->pfn = pfn;
			   __entry->nr = nr;
			   gup_mirror_copy_str(kind, kind);
			   gup_mirror_copy_str(fn, fn);),

	    TP_printk("site=%pS kind=%s pfn=0x%lx nr=%lu fn=%s caller=%pS",
		      (void *)__entry->site, __get_str(kind), __entry->pfn,
		      __entry->nr, __get_str(fn), (void *)__entry->caller)
);

/**
 * gup_mirror_violation - a page is released in a wrong way
 * @class: what is wrong, for example "put-on-pin"
 * @site: address of the call that acquired the page
 * @acquired: name of the function that acquired it
 * @caller: address of the call that releases it
 * @released: name of the function that releases it
 * @pfn: page frame number of the first page; of the folio, where that is what is
 *	released
 * @nr: how many pages, or pins of the folio, were released so in one call
 *
 * There is one for every violation, reported to the log or not.
 */
TRACE_EVENT(gup_mirror_violation,
	    TP_PROTO(const char *class, unsigned long site, const char *acquired,
		     unsigned long caller, const char *released, unsigned long pfn,
		     unsigned long nr),
	    TP_ARGS(class, site, acquired, caller, released, pfn, nr),

	    TP_STRUCT__entry(__field(unsigned long,	site)
			     __field(unsigned long,	caller)
			     __field(unsigned long,	pfn)
			     __field(unsigned long,	nr)
			     __string(class,	class)
			     __string(acquired,	acquired)
			     __string(released,	released)),

	    TP_fast_assign(__entry->site = site;
			   __entry->caller = caller;
			   __entry->pfn = pfn;
			   __entry->nr = nr;
			   gup_mirror_copy_str(class, class);
			   gup_mirror_copy_str(acquired, acquired);
			   gup_mirror_copy_str(released, released);),

	    TP_printk("class=%s site=%pS acquired=%s caller=%pS released=%s pfn=0x%lx nr=%lu",
		      __get_str(class), (void *)__entry->site,
		      __get_str(acquired), (void *)__entry->caller,
		      __get_str(released), __entry->pfn, __entry->nr)
);

/**
 * gup_mirror_file - something happens to a folio of a file while it is pinned
 * @event: what it is, for example "cleaned"
 * @fs: name of the file system
 * @dev: its device
 * @ino: number of the inode
 * @index: number of the folio's first page in the file
 * @pfn: page frame number of that
 * @site: address of the call that pinned it; there is an event for each site
 * @caller: address of the call of the function that does it; 0 if it was done just
 *	before it could be seen that the page is pinned
 */
TRACE_EVENT(gup_mirror_file,
	    TP_PROTO(const char *event, const char *fs, dev_t dev, u64 ino,
		     unsigned long index, unsigned long pfn, unsigned long site,
		     unsigned long caller),
	    TP_ARGS(event, fs, dev, ino, index, pfn, site, caller),

	    TP_STRUCT__entry(__field(u64,		ino)
			     __field(unsigned long,	index)
			     __field(unsigned long,	pfn)
			     __field(unsigned long,	site)
			     __field(unsigned long,	caller)
			     __field(dev_t,		dev)
			     __string(event,	event)
			     __string(fs,		fs)),

	    TP_fast_assign(__entry->ino = ino;
			   __entry->index = index;
			   __entry->pfn = pfn;
			   __entry->site = site;
			   __entry->caller = caller;
			   __entry->dev = dev;
			   gup_mirror_copy_str(event, event);
			   gup_mirror_copy_str(fs, fs);),

	    TP_printk("event=%s fs=%s dev=%u:%u ino=%llu index=%lu pfn=0x%lx site=%pS caller=%pS",
		      __get_str(event), __get_str(fs), MAJOR(__entry->dev),
		      MINOR(__entry->dev), __entry->ino, __entry->index,
		      __entry->pfn, (void *)__entry->site,
		      (void *)__entry->caller)
);

#endif /* _TRACE_GUP_MIRROR_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
