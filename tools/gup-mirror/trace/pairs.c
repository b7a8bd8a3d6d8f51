// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: which release belongs to which acquire.
 *
 * A release names pages by page frame number, and if the pointers tell, the site
 * that acquired them: then it takes a pin of that site on that page. If they do
 * not tell, it takes the oldest pin on the page. A release of pins on a folio has
 * the first page of the folio, and how many; their pages it does not know. Then
 * the lowest pages of the folio that are pinned are taken.
 *
 * Only pins are paired: what was gotten may be put in ways that give no event.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "checks.h"
#include "trace/pairs.h"
#include "trace/pairs_state.h"
#include "trace/trace.h"

/* The largest folios there are, of 1 GiB, have so many pages. */
#define MAX_FOLIO	0x40000ULL

struct pairs *pairs_new(void)
{
	struct pairs *pairs = xcalloc(1, sizeof(*pairs));

	pins_init(&pairs->pins);
	moments_init(&pairs->moments);
	return pairs;
}

void pairs_watch_calls(struct pairs *pairs)
{
	pairs->watch_calls = true;
}

void pairs_free(struct pairs *pairs)
{
	size_t i;

	if (!pairs)
		return;
	pins_free(&pairs->pins);
	calls_free(&pairs->calls);
	for (i = 0; i < pairs->nr_places; i++)
		free(pairs->places[i].function);
	free(pairs->places);
	free(pairs->groups);
	for (i = 0; i < pairs->nr_wrongs; i++) {
		free(pairs->wrongs[i].class);
		free(pairs->wrongs[i].acquired);
		free(pairs->wrongs[i].released);
		first_clear(&pairs->wrongs[i].first);
	}
	free(pairs->wrongs);
	free(pairs);
}

/* The number of a site, which is added if it is new. */
static size_t find_place(struct pairs *pairs, uint64_t address, bool pin,
			 const char *function)
{
	size_t *bucket = &pairs->buckets[(address ^ address >> 8) % PLACE_BUCKETS];
	struct place *place;
	size_t i;

	for (i = *bucket; i; i = place->next) {
		place = &pairs->places[i - 1];
		if (place->address == address && place->pin == pin) {
			if (!*place->function)
				set_string(&place->function, function);
			return i - 1;
		}
	}

	pairs->places = grow(pairs->places, pairs->nr_places,
			     sizeof(*pairs->places));
	place = &pairs->places[pairs->nr_places++];
	*place = (struct place) {
		.address = address,
		.pin = pin,
		.function = xstrdup(function),
		.next = *bucket,
	};
	*bucket = pairs->nr_places;
	return pairs->nr_places - 1;
}

static uint32_t find_group(struct pairs *pairs, size_t place,
			   const struct trace_event *event)
{
	struct group *group;
	size_t i;

	for (i = 0; i < pairs->nr_groups; i++) {
		group = &pairs->groups[i];
		if (group->place == place && group->write == event->write &&
		    group->longterm == event->longterm)
			return i;
	}
	pairs->groups = grow(pairs->groups, pairs->nr_groups,
			     sizeof(*pairs->groups));
	group = &pairs->groups[pairs->nr_groups++];
	*group = (struct group) {
		.place = place,
		.write = event->write,
		.longterm = event->longterm,
	};
	return pairs->nr_groups - 1;
}

static void acquire(struct pairs *pairs, const struct trace_event *event)
{
	size_t number = find_place(pairs, event->site, event->pin,
				   event->function);
	struct place *place = &pairs->places[number];
	uint32_t group;
	uint64_t i;

	place->pages += event->nr;
	if (!event->pin)
		return;

	place->held += event->nr;
	if (place->held > place->most)
		place->most = place->held;
	group = find_group(pairs, number, event);
	for (i = 0; i < event->nr; i++)
		pins_add(&pairs->pins, event->pfn + i, event->ts, group);
	if (pairs->watch_calls) {
		const struct calls_run run = {
			.pfn = event->pfn,
			.nr = event->nr,
			.ts = event->ts,
			.group = group,
		};

		calls_add(&pairs->calls, event->pid, &run);
	}
}

static struct place *place_of(struct pairs *pairs, const struct pin *pin)
{
	return &pairs->places[pairs->groups[pin->group].place];
}

/* Is it a function that releases pins, be it for the right pages or not? */
static bool unpins(const struct trace_event *event)
{
	return !strncmp(event->function, "unpin", strlen("unpin"));
}

static bool by_folio(const struct trace_event *event)
{
	return !strcmp(event->function, "unpin_user_folio") ||
	       !strcmp(event->function, "unpin_folio") ||
	       !strcmp(event->function, "unpin_folios");
}

static void take(struct pairs *pairs, const struct trace_event *event,
		 struct pin **where)
{
	struct place *place = place_of(pairs, *where);
	uint64_t held = event->ts > (*where)->ts ? event->ts - (*where)->ts : 0;

	place->hold_ms[hold_bucket(held / NS_PER_MS)]++;
	place->held--;
	/* What is released in a wrong way is counted by its violation. */
	if (unpins(event)) {
		if (event->site)
			place->right++;
		else
			place->laundered++;
	}
	pins_remove(&pairs->pins, where);
}

/* Nobody knows whether it was a pin of this group that was released, or of that. */
static void guess(struct pairs *pairs, uint32_t a, uint32_t b)
{
	pairs->groups[a].estimate = true;
	pairs->groups[b].estimate = true;
}

/* Takes the oldest fitting pin on a page. */
static bool take_page(struct pairs *pairs, const struct trace_event *event,
		      uint64_t pfn)
{
	struct pin **where, **found = NULL;
	struct pin *pin;

	for (where = pins_chain(&pairs->pins, pfn); *where;
	     where = &(*where)->next) {
		pin = *where;
		if (pin->pfn != pfn)
			continue;
		if (event->site && place_of(pairs, pin)->address != event->site)
			continue;
		if (!found)
			found = where;
		else if (!event->site && pin->group != (*found)->group)
			guess(pairs, pin->group, (*found)->group);
		if (event->site)
			break;
	}
	if (!found)
		return false;
	take(pairs, event, found);
	return true;
}

/* One of the pages from @pfn on, but of the same chunk, that are pinned. */
static struct pin **lowest(struct pairs *pairs, uint64_t pfn)
{
	struct pin **where, **found = NULL;

	for (where = pins_chain(&pairs->pins, pfn); *where;
	     where = &(*where)->next) {
		if ((*where)->pfn < pfn ||
		    (*where)->pfn >> PINS_CHUNK_BITS != pfn >> PINS_CHUNK_BITS)
			continue;
		if (!found || (*where)->pfn < (*found)->pfn)
			found = where;
	}
	return found;
}

/*
 * Takes @nr pins from the pages of a folio that begins with @pfn. How large it is
 * the trace does not say: not larger than the alignment of its address. Returns
 * how many there were.
 */
static uint64_t take_folio(struct pairs *pairs, const struct trace_event *event,
			   uint64_t pfn, uint64_t nr)
{
	uint64_t align = pfn ? pfn & -pfn : MAX_FOLIO;
	uint64_t end = pfn + (align < MAX_FOLIO ? align : MAX_FOLIO);
	uint64_t taken = 0;
	struct pin **where;
	uint32_t group = 0;

	while (pfn < end && taken < nr && pairs->pins.nr) {
		where = lowest(pairs, pfn);
		if (!where || (*where)->pfn >= end) {
			pfn = (pfn | (PINS_CHUNK - 1)) + 1;
			continue;
		}
		if (taken && (*where)->group != group)
			guess(pairs, (*where)->group, group);
		group = (*where)->group;
		pfn = (*where)->pfn;
		take(pairs, event, where);
		taken++;
	}
	/* Who is next could as well have been meant. */
	where = taken && pfn < end ? lowest(pairs, pfn) : NULL;
	if (where && (*where)->pfn < end && (*where)->group != group)
		guess(pairs, (*where)->group, group);
	return taken;
}

static void release(struct pairs *pairs, const struct trace_event *event)
{
	uint64_t i;

	/* What was gotten may be put without an event. */
	if (!event->pin)
		return;

	if (by_folio(event)) {
		pairs->unmatched += event->nr -
			take_folio(pairs, event, event->pfn, event->nr);
		return;
	}
	for (i = 0; i < event->nr; i++) {
		if (take_page(pairs, event, event->pfn + i))
			continue;
		/*
		 * Who released most pins of a folio by its number, as io_uring
		 * does, releases the last one by its first page.
		 */
		if (!event->site && take_folio(pairs, event, event->pfn + i, 1))
			continue;
		pairs->unmatched++;
	}
}

/* One more of a sort, or a new one. */
static void add_wrong(struct pairs *pairs, const struct trace_event *event)
{
	struct wrong *wrong;
	size_t i;

	for (i = 0; i < pairs->nr_wrongs; i++) {
		wrong = &pairs->wrongs[i];
		if (wrong->site == event->site &&
		    wrong->caller == event->caller &&
		    !strcmp(wrong->class, event->class) &&
		    !strcmp(wrong->acquired, event->acquired) &&
		    !strcmp(wrong->released, event->released)) {
			add_known(&wrong->times, event->nr);
			return;
		}
	}

	pairs->wrongs = grow(pairs->wrongs, pairs->nr_wrongs,
			     sizeof(*pairs->wrongs));
	pairs->wrongs[pairs->nr_wrongs++] = (struct wrong) {
		.class = xstrdup(event->class),
		.acquired = xstrdup(event->acquired),
		.released = xstrdup(event->released),
		.site = event->site,
		.caller = event->caller,
		.times = event->nr,
		.first = {
			.pfn = event->pfn,
			.pid = event->pid,
			.cpu = event->cpu,
			.time_us = event->ts / 1000,
		},
	};
	wrong = &pairs->wrongs[pairs->nr_wrongs - 1];
	set_string(&wrong->first.task, event->comm);
}

static void violation(struct pairs *pairs, const struct trace_event *event)
{
	bool pin = strcmp(event->class, "unpin-on-get");
	size_t i;

	if (event->site) {
		i = find_place(pairs, event->site, pin, event->acquired);
		add_known(&pairs->places[i].wrong, event->nr);
	}
	if (!strcmp(event->class, "double-unpin") ||
	    !strcmp(event->class, "unpin-unpinned"))
		add_known(&pairs->excess, event->nr);
	add_wrong(pairs, event);
}

/* Pins of a run that are held. */
static uint64_t still_held(struct pairs *pairs, const struct calls_run *run)
{
	uint64_t i, held = 0;

	for (i = 0; i < run->nr; i++) {
		struct pin *pin = *pins_chain(&pairs->pins, run->pfn + i);

		for (; pin; pin = pin->next)
			held += pin->pfn == run->pfn + i &&
				pin->ts == run->ts && pin->group == run->group;
	}
	return held;
}

/*
 * A call that is interrupted goes on, or what it has begun does; all else that fails
 * gives back what it has taken.
 */
static bool has_failed(int64_t ret)
{
	return ret < 0 && ret > -512 && ret != -EINTR;
}

static void end_of_call(struct pairs *pairs, const struct trace_event *event)
{
	const struct calls_task *task = calls_find(&pairs->calls, event->pid);
	size_t i;

	for (i = 0; task && has_failed(event->ret) && i < task->nr; i++) {
		const struct calls_run *run = &task->runs[i];
		const struct place *place =
			&pairs->places[pairs->groups[run->group].place];
		struct trace_event left = *event;

		left.nr = still_held(pairs, run);
		left.pfn = run->pfn;
		left.site = place->address;
		left.class = CHECK_FAILED_CALL;
		left.acquired = place->function;
		left.released = "none";
		if (left.nr)
			add_wrong(pairs, &left);
	}
	calls_end(&pairs->calls, event->pid);
}

void pairs_event(const struct trace_event *event, void *data)
{
	struct pairs *pairs = data;

	if (event->type == TRACE_CALL) {
		pairs->nr_calls++;
		end_of_call(pairs, event);
		return;
	}
	if (!pairs->begun) {
		pairs->begun = true;
		pairs->start = event->ts;
		pairs->now = event->ts;
	}
	/* Clocks of processors may differ a little. */
	if (event->ts > pairs->now)
		pairs->now = event->ts;

	switch (event->type) {
	case TRACE_ACQUIRE:
		acquire(pairs, event);
		break;
	case TRACE_RELEASE:
		release(pairs, event);
		break;
	case TRACE_VIOLATION:
		violation(pairs, event);
		break;
	default:
		break;
	}
	moments_set(&pairs->moments, pairs->now - pairs->start, pairs->pins.nr);
}
