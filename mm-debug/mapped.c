// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: pages that are mapped for a device while they are pinned.
 *
 * As long as a device has a page, somebody has to hold it: else the device writes to
 * what is somebody else's by then. So the last pin of a folio should not go while
 * there is a mapping that was made through the pointer of it.
 *
 *	mapped through			unmapped through	looked at
 *	----------------------------------------------------------------------
 *	dma_map_page(), and its like	dma_unmap_page()	yes
 *	dma_map_sg(), dma_map_sgtable()	dma_unmap_sg()		yes
 *	dma_map_single()		dma_unmap_single()	no: by address
 *	dma_map_phys(), blk_rq_dma_map_iter_start(), dma_iova_link()
 *							no: by address
 *	any of these, by a laundered pointer			no
 *	(block layer; in Linux 6.12, but for registered
 *	buffers of io_uring)
 *	iommu_map() (VFIO, iommufd)	iommu_unmap()		no: not the DMA API
 *	devices without it (virtio without an IOMMU, soft RDMA)	no
 *
 * Where the pointer is not that of a pin, others may have mapped the page, and nothing
 * is said. Nor is it where somebody else has a reference. Where only the unmap is seen,
 * of pages that nobody pins any more, what was mapped may have been something else: so
 * that is only possibly wrong.
 *
 * The entry of a folio says "mapped" while there is a mapping of it here, so that a
 * release looks for it only then. With the lock held, the two agree.
 */

#include <linux/array_size.h>
#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/cleanup.h>
#include <linux/compiler.h>
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/gup_mirror.h>
#include <linux/gup_mirror_dma.h>
#include <linux/hash.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include <kunit/visibility.h>

#include "compat.h"
#include "config.h"
#include "explained.h"
#include "ledger.h"
#include "mapped.h"
#include "reports.h"
#include "views.h"

DEFINE_GUP_MIRROR_KEY(gup_mirror_dma_key);

atomic_long_t gup_mirror_mappings_lost;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_mappings_lost);

/**
 * struct mapped - what one call has mapped, as far as the one that unmaps it knows
 * @dev: the device
 * @addr: what the device calls it; for a scatterlist, the physical address, since
 *	entries next to each other may get one address
 * @size: bytes of it: others may have mapped more from there, or less
 * @list: it is an entry of a scatterlist
 */
struct mapped {
	const struct device *dev;
	u64 addr;
	size_t size;
	bool list;
};

/**
 * struct mapping - a folio that was mapped by one call
 * @by_addr: in the bucket of device and address, or in the pool; comes first
 * @by_entry: in the bucket of the entry
 * @dev: as in struct mapped
 * @addr: as there
 * @size: as there
 * @serial: of the call, or of the entry of a scatterlist
 * @entry: of the folio
 * @pfn: page frame number of the folio
 * @view: of the pointer
 * @caller: who has mapped it
 * @list: as in struct mapped
 * @told: it was unpinned meanwhile
 */
struct mapping {
	struct hlist_node by_addr;
	struct hlist_node by_entry;
	const struct device *dev;
	u64 addr;
	size_t size;
	long serial;
	struct gup_mirror_entry *entry;
	unsigned long pfn;
	unsigned int view;
	unsigned int caller : 30;
	unsigned int list : 1;
	unsigned int told : 1;
};

/* See gup_mirror_bucket_bits(). */
#define BUCKET_PAGES	64
#define MAX_BUCKET_BITS	20

/* So many mappings are taken out of a bucket with interrupts off. */
#define MAX_AT_ONCE	64

/*
 * What is found by address is found by folio as well: it is first there, and last.
 * Neither lock is taken inside the other. Raw, since pages are mapped and released with any lock
 * held.
 */
#define LOCK_BITS	6

static struct {
	raw_spinlock_t lock;
} ____cacheline_aligned_in_smp addr_locks[1 << LOCK_BITS], entry_locks[1 << LOCK_BITS];
static struct hlist_head *by_addr, *by_entry;
static unsigned int bucket_bits;
static atomic_long_t serials;
static struct gup_mirror_pool free_mappings = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(free_mappings.lock),
	.size = sizeof(struct mapping),
};

static unsigned int bucket_of_addr(const struct mapped *what)
{
	return hash_64(what->addr ^ (unsigned long)what->dev, bucket_bits);
}

static unsigned int bucket_of_entry(const struct gup_mirror_entry *entry)
{
	return hash_ptr(entry, bucket_bits);
}

static raw_spinlock_t *addr_lock(unsigned int bucket)
{
	return &addr_locks[bucket % ARRAY_SIZE(addr_locks)].lock;
}

static raw_spinlock_t *entry_lock(const struct gup_mirror_entry *entry)
{
	return &entry_locks[bucket_of_entry(entry) % ARRAY_SIZE(entry_locks)].lock;
}

static struct mapping *find_mapping(const struct gup_mirror_entry *entry)
{
	struct mapping *m;

	lockdep_assert_held(entry_lock(entry));

	hlist_for_each_entry(m, &by_entry[bucket_of_entry(entry)], by_entry) {
		if (m->entry == entry)
			return m;
	}
	return NULL;
}

/* Only pins can be mapped: where there are none, nothing is noted. */
static bool note_mapped(struct gup_mirror_entry *entry)
{
	u64 hold = atomic64_read(&entry->hold);

	do {
		if (!GUP_MIRROR_HOLD_PINS(hold))
			return false;
	} while (!atomic64_try_cmpxchg(&entry->hold, &hold,
				       hold | GUP_MIRROR_HOLD_MAPPED));
	return true;
}

/* Remember that a folio is mapped, through a page in a view. */
static void remember(const struct mapped *what, long serial,
		     const struct page *page, unsigned int caller)
{
	unsigned long pfn = gup_mirror_pfn(page_folio(page));
	struct gup_mirror_entry *entry = gup_mirror_entry(pfn);
	unsigned int bucket = bucket_of_addr(what);
	struct mapping *m;

	if (!gup_mirror_pins(entry))
		return;
	m = gup_mirror_pool_take(&free_mappings);
	if (!m) {
		atomic_long_inc(&gup_mirror_mappings_lost);
		return;
	}
	m->dev = what->dev;
	m->addr = what->addr;
	m->size = what->size;
	m->serial = serial;
	m->entry = entry;
	m->pfn = pfn;
	m->view = gup_mirror_view_of(page);
	m->caller = caller;
	m->list = what->list;
	m->told = false;

	scoped_guard(raw_spinlock_irqsave, entry_lock(entry)) {
		if (!note_mapped(entry)) {
			gup_mirror_pool_give(&free_mappings, m);
			return;
		}
		hlist_add_head(&m->by_entry, &by_entry[bucket_of_entry(entry)]);
	}
	/* Nobody unmaps it before the call has returned. */
	scoped_guard(raw_spinlock_irqsave, addr_lock(bucket))
		hlist_add_head(&m->by_addr, &by_addr[bucket]);
}

/* Remember all folios of pages in a row. */
static void remember_pages(const struct mapped *what, struct page *page,
			   unsigned long offset, unsigned int caller)
{
	unsigned long i, nr = PFN_UP(offset_in_page(offset) + what->size);
	long serial = atomic_long_inc_return(&serials);

	page += offset >> PAGE_SHIFT;
	for (i = 0; i < nr;) {
		struct folio *folio = page_folio(page + i);

		remember(what, serial, page + i, caller);
		i += folio_nr_pages(folio) - folio_page_idx(folio, page + i);
	}
}

static bool is_of(const struct mapping *m, const struct mapped *what)
{
	return m->dev == what->dev && m->addr == what->addr && m->list == what->list;
}

/*
 * Which call has mapped it? If the same was mapped several times, which of these comes
 * back makes no difference. A driver that is wrong about the size means the last one.
 */
static long find_serial(const struct mapped *what, unsigned int bucket)
{
	struct mapping *m;
	long serial = 0;

	hlist_for_each_entry(m, &by_addr[bucket], by_addr) {
		if (!is_of(m, what))
			continue;
		if (m->size == what->size)
			return m->serial;
		if (!serial)
			serial = m->serial;
	}
	return serial;
}

/* Take some of what one call has mapped: that of @serial, if that is not 0. */
static unsigned int take_some(const struct mapped *what, long *serial,
			      struct hlist_head *gone)
{
	unsigned int bucket = bucket_of_addr(what), nr = 0;
	struct hlist_node *next;
	struct mapping *m;

	scoped_guard(raw_spinlock_irqsave, addr_lock(bucket)) {
		if (!*serial)
			*serial = find_serial(what, bucket);
		hlist_for_each_entry_safe(m, next, &by_addr[bucket], by_addr) {
			if (m->serial != *serial || !is_of(m, what))
				continue;
			hlist_del(&m->by_addr);
			hlist_add_head(&m->by_addr, gone);
			if (++nr == MAX_AT_ONCE)
				break;
		}
	}
	return nr;
}

/* Forget what one call has mapped. Returns false if nothing was known of it. */
static bool forget(const struct mapped *what)
{
	struct hlist_head gone = { };
	struct hlist_node *next;
	struct mapping *m;
	long serial = 0;

	/* Nearly always: whoever unmaps it was told where it is. */
	if (likely(hlist_empty(&by_addr[bucket_of_addr(what)])))
		return false;
	while (take_some(what, &serial, &gone) == MAX_AT_ONCE)
		;
	hlist_for_each_entry_safe(m, next, &gone, by_addr) {
		scoped_guard(raw_spinlock_irqsave, entry_lock(m->entry)) {
			hlist_del(&m->by_entry);
			if (!find_mapping(m->entry))
				atomic64_and(~GUP_MIRROR_HOLD_MAPPED,
					     &m->entry->hold);
		}
		gup_mirror_pool_give(&free_mappings, m);
	}
	return serial;
}

static unsigned int who(const char *fn, unsigned long ip, unsigned long ret)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(ip, ret);

	gup_mirror_find_origin(&origin);
	return gup_mirror_find_caller(fn, origin.ip);
}

/* See gup_mirror_dma_mapped(). */
void __gup_mirror_dma_mapped(const char *fn, struct device *dev,
			     struct page *page, unsigned long offset,
			     size_t size, dma_addr_t addr, unsigned long ip)
{
	struct mapped what = { .dev = dev, .addr = addr, .size = size };

	remember_pages(&what, page, offset, who(fn, ip, _RET_IP_));
}

/* See gup_mirror_dma_unmapped(). */
void __gup_mirror_dma_unmapped(struct device *dev, dma_addr_t addr, size_t size)
{
	struct mapped what = { .dev = dev, .addr = addr, .size = size };

	forget(&what);
}

static struct mapped mapped_by_list(const struct device *dev, struct scatterlist *sg)
{
	return (struct mapped) {
		.dev = dev,
		.addr = sg_phys(sg),
		.size = sg->length,
		.list = true,
	};
}

/* See gup_mirror_sg_mapped(). */
void __gup_mirror_sg_mapped(const char *fn, struct device *dev,
			    struct scatterlist *sgl, int nents, unsigned long ip)
{
	unsigned int caller = GUP_MIRROR_NO_CALLER;
	struct scatterlist *sg;
	struct mapped what;
	int i;

	for_each_sg(sgl, sg, nents, i) {
		if (!gup_mirror_is_pin_view(sg_page(sg)))
			continue;
		if (caller == GUP_MIRROR_NO_CALLER)
			caller = who(fn, ip, _RET_IP_);
		what = mapped_by_list(dev, sg);
		remember_pages(&what, sg_page(sg), sg->offset, caller);
	}
}

/* Nothing is known of the mapping, nor has its site a pin any more. */
static void unmapped_late(const char *fn, const struct page *page,
			  unsigned long ip, unsigned long ret)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(ip, ret);
	unsigned long pfn = gup_mirror_pfn(page_folio(page));
	struct gup_mirror_entry *entry = gup_mirror_entry(pfn);
	unsigned int view = gup_mirror_view_of(page);
	struct gup_mirror_finding finding = {
		.class = GUP_MIRROR_UNPIN_WHILE_MAPPED,
		.nr = 1,
		.before = GUP_MIRROR_NO_CALLER,
		.pfn = page_to_pfn(page),
		.possible = true,
	};
	u64 hold, state;

	if (!entry || !READ_ONCE(gup_mirror_enabled) ||
	    atomic_long_read(&gup_mirror_untracked_held) > 0)
		return;
	/* Nor is it late for a reference that somebody has taken apart from pins. */
	hold = gup_mirror_hold(entry);
	if (GUP_MIRROR_HOLD_PINS(hold) || GUP_MIRROR_HOLD_EXTRA(hold))
		return;
	finding.caller = gup_mirror_save_caller(fn, &origin, &finding.released);
	state = READ_ONCE(entry->state);
	if (state & GUP_MIRROR_RELEASED) {
		finding.before = GUP_MIRROR_RELEASED_CALLER(state);
		finding.before_stack = GUP_MIRROR_RELEASED_STACK(state);
	}
	gup_mirror_acquired_by_last(&finding, entry, view);
	gup_mirror_violation(&finding);
}

/* See gup_mirror_sg_unmapped(). */
void __gup_mirror_sg_unmapped(const char *fn, struct device *dev,
			      struct scatterlist *sgl, int nents,
			      unsigned long ip)
{
	struct scatterlist *sg;
	struct mapped what;
	int i;

	for_each_sg(sgl, sg, nents, i) {
		if (!gup_mirror_is_pin_view(sg_page(sg)))
			continue;
		what = mapped_by_list(dev, sg);
		if (!forget(&what))
			unmapped_late(fn, sg_page(sg), ip, _RET_IP_);
	}
}

/*
 * Has somebody a reference of his own? Then he may be the one who has mapped it, as a
 * device that sends what a socket has. The references of the pins are still there.
 */
static bool somebody_keeps(const struct gup_mirror_entry *entry, unsigned int pins)
{
	struct folio *folio = NULL;
	struct mapping *m;

	if (GUP_MIRROR_HOLD_EXTRA(gup_mirror_hold(entry)))
		return true;
	scoped_guard(raw_spinlock_irqsave, entry_lock(entry)) {
		m = find_mapping(entry);
		if (m)
			folio = (struct folio *)pfn_to_page(m->pfn);
	}
	if (!folio || READ_ONCE(gup_mirror_strict))
		return false;
	/* Is there one more? */
	return gup_mirror_leaves_more(entry, folio, 1 +
				      (folio_test_large(folio) ? pins :
				       pins * GUP_PIN_COUNTING_BIAS));
}

/**
 * gup_mirror_unpinned_mapped() - the last pins of a folio that is mapped have gone
 * @settle: the call that has released them
 * @entry: of the folio
 * @pins: how many these were, whose references are still there
 *
 * Context: Any but NMI.
 */
void gup_mirror_unpinned_mapped(const struct gup_mirror_settle *settle,
				const struct gup_mirror_entry *entry,
				unsigned int pins)
{
	unsigned int group = GUP_MIRROR_HOLD_GROUP(settle->debited);
	struct gup_mirror_finding finding = {
		.class = GUP_MIRROR_UNPIN_WHILE_MAPPED,
		.caller = settle->caller,
		.released = GUP_MIRROR_RELEASED_STACK(settle->released),
		.before = GUP_MIRROR_NO_CALLER,
	};
	struct mapping *m;

	/* What is wrong for another reason was reported. */
	if (settle->wrong || !READ_ONCE(gup_mirror_enabled) ||
	    somebody_keeps(entry, pins))
		return;
	scoped_guard(raw_spinlock_irqsave, entry_lock(entry)) {
		hlist_for_each_entry(m, &by_entry[bucket_of_entry(entry)], by_entry) {
			if (m->entry != entry || m->told)
				continue;
			m->told = true;
			/* Somebody else's pin kept it until now. */
			if (m->view != gup_mirror_group(group)->view)
				continue;
			finding.nr++;
			finding.pfn = m->pfn;
			finding.before = m->caller;
		}
	}
	if (!finding.nr)
		return;
	gup_mirror_acquired_by_group(&finding, group, settle->stacks, 0);
	gup_mirror_violation(&finding);
}

/**
 * gup_mirror_mapped_init() - get what mappings are found by
 *
 * Context: Boot.
 * Return: 0, or -ENOMEM.
 */
int __init gup_mirror_mapped_init(void)
{
	unsigned int i;

	bucket_bits = gup_mirror_bucket_bits(BUCKET_PAGES, MAX_BUCKET_BITS);
	by_addr = kvcalloc(2UL << bucket_bits, sizeof(*by_addr), GFP_KERNEL);
	if (!by_addr)
		return -ENOMEM;
	by_entry = by_addr + (1UL << bucket_bits);
	for (i = 0; i < ARRAY_SIZE(addr_locks); i++) {
		raw_spin_lock_init(&addr_locks[i].lock);
		raw_spin_lock_init(&entry_locks[i].lock);
	}
	return 0;
}
