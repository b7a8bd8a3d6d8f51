// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: what is held now, in the files "outstanding" and "ages".
 */

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/memblock.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include <kunit/visibility.h>

#include "config.h"
#include "ledger.h"
#include "outstanding.h"
#include "reports.h"
#include "suspects.h"

unsigned long gup_mirror_orphans;
unsigned long gup_mirror_maybe_pinned;

static bool is_of_gets(const struct gup_mirror_row *row)
{
	return gup_mirror_group_kind(row->group) == GUP_MIRROR_KIND_GET;
}

/* What is certain comes first. */
static int more_pins(const void *a, const void *b)
{
	const struct gup_mirror_row *x = a, *y = b;

	if (is_of_gets(x) != is_of_gets(y))
		return is_of_gets(x) ? 1 : -1;
	if (x->pins != y->pins)
		return x->pins < y->pins ? 1 : -1;
	return x->group < y->group ? -1 : 1;
}

static int older(const void *a, const void *b)
{
	const struct gup_mirror_row *x = a, *y = b;

	if (is_of_gets(x) != is_of_gets(y))
		return is_of_gets(x) ? 1 : -1;
	if (x->oldest_ms != y->oldest_ms)
		return x->oldest_ms < y->oldest_ms ? 1 : -1;
	return more_pins(a, b);
}

/* The end of a line, and the stack. */
static void show_stack(struct seq_file *m, const struct gup_mirror_group *group)
{
	const struct gup_mirror_site *site = gup_mirror_site(group->view);
	char name[GUP_MIRROR_NAME_LEN];

	gup_mirror_site_name(name, sizeof(name), site);
	seq_printf(m, " function=%s site=%s\n", gup_mirror_site_fn_name(site),
		   name);
	gup_mirror_show_stack(m, "  ", group->stack, group->generation);
}

/* Who put references of the first orphan, which may have been that of the pin. */
static void show_suspects(struct seq_file *m, const struct gup_mirror_row *row)
{
	struct gup_mirror_entry *entry;
	struct gup_mirror_finding finding = { };

	if (!row->orphans)
		return;
	entry = gup_mirror_entry(row->orphan);
	if (!entry)
		return;
	gup_mirror_find_suspects(&finding, entry, row->orphan);
	gup_mirror_show_suspects(m, &finding);
}

static void show_pins(struct seq_file *m, const struct gup_mirror_row *row)
{
	const struct gup_mirror_group *group = gup_mirror_group(row->group);
	bool gets = is_of_gets(row);

	seq_printf(m, "%s=%lu pages=%lu since_snapshot=%lu flags=%s estimate=%s",
		   gets ? "surplus" : "pins", row->pins, row->pages, row->since,
		   gup_mirror_group_flags(group),
		   gets || row->guessed || row->vague ? "yes" : "no");
	show_stack(m, group);
	seq_putc(m, '\n');
}

static void show_age(struct seq_file *m, const struct gup_mirror_row *row)
{
	const struct gup_mirror_group *group = gup_mirror_group(row->group);
	bool suspect = row->oldest_ms >= READ_ONCE(gup_mirror_longterm_ms) &&
		       !(group->flags & FOLL_LONGTERM) && !group->catch_all;

	if (is_of_gets(row))
		return;
	seq_printf(m, "oldest_ms=%llu folios=%lu pins=%lu orphans=%lu suspect=%s flags=%s%s",
		   row->oldest_ms, row->folios, row->pins, row->orphans,
		   suspect ? "yes" : "no", gup_mirror_group_flags(group),
		   row->on_file ? "|overlong-on-file" : "");
	show_stack(m, group);
	show_suspects(m, row);
	seq_putc(m, '\n');
}

static void show_rows(struct seq_file *m, struct gup_mirror_row *rows,
		      int (*before)(const void *a, const void *b),
		      void (*show)(struct seq_file *m,
				   const struct gup_mirror_row *row))
{
	unsigned int i, nr = 0;

	for (i = 0; i < GUP_MIRROR_MAX_GROUPS; i++) {
		if (rows[i].pins)
			rows[nr++] = rows[i];
	}
	sort(rows, nr, sizeof(*rows), before, NULL);
	for (i = 0; i < nr; i++)
		show(m, &rows[i]);
}

/**
 * gup_mirror_outstanding_show() - print what is held, by stack, most first
 * @m: the file
 * @v: ignored
 *
 * Context: Process context. Takes time in proportion to the memory near which
 * something was ever pinned.
 * Return: 0 or -ENOMEM.
 */
int gup_mirror_outstanding_show(struct seq_file *m, void *v)
{
	struct gup_mirror_held held = { };

	seq_puts(m, "gup_mirror outstanding - version: 2\n");
	if (gup_mirror_config.mode != GUP_MIRROR_MODE_OFF) {
		held.rows = gup_mirror_new_rows();
		if (!held.rows)
			return -ENOMEM;
		gup_mirror_walk(&held);
	}

	seq_printf(m, "# total: pins=%lu pages=%lu surplus=%lu since_snapshot=%lu\n\n",
		   held.sum.pins, held.sum.pages, held.surplus, held.sum.since);
	if (held.rows)
		show_rows(m, held.rows, more_pins, show_pins);
	kvfree(held.rows);
	return 0;
}

/*
 * As folio_maybe_dma_pinned(), for a page that may be anything, and something else
 * between two looks: so without those functions that check what they are given.
 */
static bool may_seem_pinned(const struct page *page)
{
	u32 refs = page_ref_count(page);

	if (__GUP_MIRROR_HEAD_WORD(page) & 1 || !refs)
		return false;
	if (READ_ONCE(__GUP_MIRROR_FLAGS(page)) & BIT(PG_head))
		return atomic_read(&((const struct folio *)page)->_pincount) > 0;
	return refs >= GUP_PIN_COUNTING_BIAS;
}

/* Folios without a pin of which the kernel says that there may be one. */
static unsigned long count_maybe_pinned(void)
{
	unsigned long pfn, nr = 0;

	get_online_mems();
	for (pfn = 0; pfn < max_pfn; pfn++) {
		struct page *page = pfn_to_online_page(pfn);
		struct gup_mirror_entry *entry;

		if (!(pfn % PAGES_PER_SECTION))
			cond_resched();
		if (!page) {
			pfn |= PAGES_PER_SECTION - 1;
			continue;
		}
		if (likely(!may_seem_pinned(page)) || is_zero_pfn(pfn))
			continue;
		entry = gup_mirror_entry(pfn);
		nr += !gup_mirror_pins(entry);
	}
	put_online_mems();
	return nr;
}

/**
 * gup_mirror_ages_show() - print what is held, the oldest first
 * @m: the file
 * @v: ignored
 *
 * Context: Process context. Takes time in proportion to the memory there is.
 * Return: 0 or -ENOMEM.
 */
int gup_mirror_ages_show(struct seq_file *m, void *v)
{
	struct gup_mirror_held held = { };

	seq_puts(m, "gup_mirror ages - version: 3\n");
	if (gup_mirror_config.mode == GUP_MIRROR_MODE_OFF)
		return 0;

	held.rows = gup_mirror_new_rows();
	if (!held.rows)
		return -ENOMEM;
	gup_mirror_walk(&held);
	WRITE_ONCE(gup_mirror_orphans, held.sum.orphans);
	WRITE_ONCE(gup_mirror_maybe_pinned, count_maybe_pinned());

	seq_printf(m, "# total: folios=%lu pins=%lu orphans=%lu lost=%lu maybe_pinned=%lu\n\n",
		   held.sum.folios, held.sum.pins, held.sum.orphans, held.lost,
		   gup_mirror_maybe_pinned);
	show_rows(m, held.rows, older, show_age);
	kvfree(held.rows);
	return 0;
}
