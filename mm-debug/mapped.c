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
 *	(block layer, but for registered buffers of io_uring)
 *	iommu_map() (VFIO, iommufd)	iommu_unmap()		no: not the DMA API
 *	devices without it (virtio without an IOMMU, soft RDMA)	no
 *
 * Where the pointer is not that of a pin, others may have mapped the page, and nothing
 * is said. Where only the unmap is seen, of pages that nobody pins any more, what was
 * mapped may have been something else: so that is only possibly wrong.
 *
 * The entry of a folio says "mapped" while there is a mapping of it here, so that a
 * release looks for it only then. With the lock held, the two agree.
 */

#include <linux/atomic.h>
#include <linux/cleanup.h>
#include <linux/compiler.h>
#include <linux/device.h>
#include <linux/gup_mirror.h>
#include <linux/gup_mirror_dma.h>
#include <linux/hash.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/spinlock.h>

#include <kunit/visibility.h>

#include "compat.h"
#include "config.h"
#include "ledger.h"
#include "mapped.h"
#include "reports.h"
#include "views.h"

DEFINE_GUP_MIRROR_KEY(gup_mirror_dma_key);

atomic_long_t gup_mirror_mappings_lost;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_mappings_lost);

/**
 * struct mapping - a folio that was mapped by one call
 * @by_addr: in the bucket of device and address, or in the pool; comes first
 * @by_entry: in the bucket of the entry
 * @dev: the device
 * @addr: what it calls what was mapped; for a scatterlist, the physical address,
 *	since entries next to each other may get one address
 * @serial: of the call, or of the entry of a scatterlist
 * @entry: of the folio
 * @pfn: page frame number of the folio
 * @view: of the pointer
 * @caller: who has mapped it
 * @told: it was unpinned meanwhile
 */
struct mapping {
	struct hlist_node by_addr;
	struct hlist_node by_entry;
	const struct device *dev;
	u64 addr;
	long serial;
	struct gup_mirror_entry *entry;
	unsigned long pfn;
	unsigned int view;
	unsigned int caller : 31;
	unsigned int told : 1;
};

#define BUCKET_BITS	8

/* Raw, since pages are mapped and released with any lock held. */
static DEFINE_RAW_SPINLOCK(lock);
static struct hlist_head by_addr[1 << BUCKET_BITS];
static struct hlist_head by_entry[1 << BUCKET_BITS];
static atomic_long_t serials;
static struct gup_mirror_pool free_mappings = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(free_mappings.lock),
	.size = sizeof(struct mapping),
};

static struct hlist_head *bucket_of_addr(const struct device *dev, u64 addr)
{
	return &by_addr[hash_64(addr ^ (unsigned long)dev, BUCKET_BITS)];
}

static struct hlist_head *bucket_of_entry(const struct gup_mirror_entry *entry)
{
	return &by_entry[hash_ptr(entry, BUCKET_BITS)];
}

static struct mapping *find_entry(const struct gup_mirror_entry *entry)
{
	struct mapping *m;

	lockdep_assert_held(&lock);

	hlist_for_each_entry(m, bucket_of_entry(entry), by_entry) {
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
static void remember(const struct device *dev, u64 addr, long serial,
		     const struct page *page, unsigned int caller)
{
	unsigned long pfn = gup_mirror_pfn(page_folio(page));
	struct gup_mirror_entry *entry = gup_mirror_entry(pfn);
	struct mapping *m;

	if (!gup_mirror_pins(entry))
		return;
	m = gup_mirror_pool_take(&free_mappings);
	if (!m) {
		atomic_long_inc(&gup_mirror_mappings_lost);
		return;
	}
	m->dev = dev;
	m->addr = addr;
	m->serial = serial;
	m->entry = entry;
	m->pfn = pfn;
	m->view = gup_mirror_view_of(page);
	m->caller = caller;
	m->told = false;

	scoped_guard(raw_spinlock_irqsave, &lock) {
		if (note_mapped(entry)) {
			hlist_add_head(&m->by_addr, bucket_of_addr(dev, addr));
			hlist_add_head(&m->by_entry, bucket_of_entry(entry));
			m = NULL;
		}
	}
	gup_mirror_pool_give(&free_mappings, m);
}

/* Remember all folios of pages in a row. */
static void remember_pages(const struct device *dev, u64 addr,
			   struct page *page, unsigned long offset, size_t size,
			   unsigned int caller)
{
	unsigned long i, nr = PFN_UP(offset_in_page(offset) + size);
	long serial = atomic_long_inc_return(&serials);

	page += offset >> PAGE_SHIFT;
	for (i = 0; i < nr;) {
		struct folio *folio = page_folio(page + i);

		remember(dev, addr, serial, page + i, caller);
		i += folio_nr_pages(folio) - folio_page_idx(folio, page + i);
	}
}

/*
 * Forget what one call has mapped. If the same was mapped several times, which of
 * these comes back makes no difference. Returns false if nothing was known of it.
 */
static bool forget(const struct device *dev, u64 addr)
{
	struct hlist_head gone = { };
	struct hlist_node *next;
	struct mapping *m;
	bool found = false;
	long serial = 0;

	scoped_guard(raw_spinlock_irqsave, &lock) {
		hlist_for_each_entry_safe(m, next, bucket_of_addr(dev, addr), by_addr) {
			if (m->dev != dev || m->addr != addr)
				continue;
			if (found && m->serial != serial)
				continue;
			found = true;
			serial = m->serial;
			hlist_del(&m->by_addr);
			hlist_del(&m->by_entry);
			hlist_add_head(&m->by_addr, &gone);
			if (!find_entry(m->entry))
				atomic64_and(~GUP_MIRROR_HOLD_MAPPED,
					     &m->entry->hold);
		}
	}
	hlist_for_each_entry_safe(m, next, &gone, by_addr)
		gup_mirror_pool_give(&free_mappings, m);
	return found;
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
	remember_pages(dev, addr, page, offset, size, who(fn, ip, _RET_IP_));
}

/* See gup_mirror_dma_unmapped(). */
void __gup_mirror_dma_unmapped(struct device *dev, dma_addr_t addr)
{
	forget(dev, addr);
}

/* See gup_mirror_sg_mapped(). */
void __gup_mirror_sg_mapped(const char *fn, struct device *dev,
			    struct scatterlist *sgl, int nents, unsigned long ip)
{
	unsigned int caller = GUP_MIRROR_NO_CALLER;
	struct scatterlist *sg;
	int i;

	for_each_sg(sgl, sg, nents, i) {
		if (!gup_mirror_is_pin_view(sg_page(sg)))
			continue;
		if (caller == GUP_MIRROR_NO_CALLER)
			caller = who(fn, ip, _RET_IP_);
		remember_pages(dev, sg_phys(sg), sg_page(sg), sg->offset,
			       sg->length, caller);
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
	u64 state;

	if (!entry || !READ_ONCE(gup_mirror_enabled) ||
	    atomic_long_read(&gup_mirror_untracked_held) > 0 ||
	    gup_mirror_pins(entry))
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
	int i;

	for_each_sg(sgl, sg, nents, i) {
		if (gup_mirror_is_pin_view(sg_page(sg)) &&
		    !forget(dev, sg_phys(sg)))
			unmapped_late(fn, sg_page(sg), ip, _RET_IP_);
	}
}

/**
 * gup_mirror_unpinned_mapped() - the last pin of a folio that is mapped has gone
 * @settle: the call that has released it
 * @entry: of the folio
 *
 * Context: Any but NMI.
 */
void gup_mirror_unpinned_mapped(const struct gup_mirror_settle *settle,
				const struct gup_mirror_entry *entry)
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
	if (settle->wrong || !READ_ONCE(gup_mirror_enabled))
		return;
	scoped_guard(raw_spinlock_irqsave, &lock) {
		hlist_for_each_entry(m, bucket_of_entry(entry), by_entry) {
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
