// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: the names in a frame of a stack.
 *
 * Half of the kernel gets its pages through iov_iter_extract_pages() and its like, so
 * that the place of the call does not say for whom. The first frame that is none of
 * these helpers does.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "frames.h"
#include "model.h"

static const char * const known_helpers[] = {
	/* lib/iov_iter.c, lib/scatterlist.c */
	"iov_iter_extract_*", "iov_iter_get_pages*", "__iov_iter_get_pages_alloc",
	"extract_iter_to_sg", "extract_user_to_sg",
	/* mm */
	"pin_user_page*", "get_user_page*", "gup_fast_fallback",
	"internal_get_user_pages_fast",
	/* the block layer, and what file systems share */
	"bio_iov_iter_get_pages*", "__bio_iov_iter_get_pages",
	"bio_map_user_iov", "blk_rq_map_user*", "iomap_dio_*", "__iomap_dio_rw",
	"dio_refill_pages", "do_direct_IO", "do_blockdev_direct_IO",
	"__blockdev_direct_IO", "netfs_extract_user_iter",
	/* networking */
	"__zerocopy_sg_from_iter", "zerocopy_sg_from_iter",
	"zerocopy_fill_skb_from_iter", "skb_zerocopy_iter_stream",
	"sk_msg_zerocopy_from_iter",
};

static const char *more_helpers = "";
static bool without_known;

void frames_set_helpers(const char *list)
{
	without_known = *list != '+';
	more_helpers = list + !without_known;
}

struct frame_name frame_name(const char *place)
{
	const char *offset = strstr(place, "+0x");
	struct frame_name name = { .function = place, .module = "" };
	const char *suffix;

	/* "a site without a view of its own" */
	if (!offset) {
		name.len = strlen(place);
		return name;
	}

	name.module = strchr(offset, ' ') ?: "";
	/* A name may begin with a dot, but does not end there. */
	suffix = place + strcspn(place + 1, ".+") + 1;
	name.len = suffix - place;
	return name;
}

int frame_compare(const char *a, const char *b)
{
	struct frame_name x = frame_name(a), y = frame_name(b);
	int order = strncmp(x.function, y.function,
			    x.len < y.len ? x.len : y.len);

	if (!order)
		order = x.len - y.len;
	if (!order)
		order = strcmp(x.module, y.module);
	return order;
}

char *frame_text(const char *place)
{
	struct frame_name name = frame_name(place);

	return xasprintf("%.*s%s", name.len, name.function, name.module);
}

bool frame_matches(const char *place, const char *function)
{
	struct frame_name name = frame_name(place);
	char *text = xasprintf("%.*s", name.len, name.function);
	bool matches = !fnmatch(function, text, 0);

	free(text);
	return matches;
}

bool frame_in_module(const char *place, const char *module)
{
	const char *start = strrchr(place, '[');
	size_t len = start ? strlen(start) : 0;
	bool matches;
	char *text;

	if (len < 2 || start[len - 1] != ']')
		return false;
	text = xasprintf("%.*s", (int)len - 2, start + 1);
	matches = !fnmatch(module, text, 0);
	free(text);
	return matches;
}

static bool is_in_list(const char *place, const char *list)
{
	while (*list) {
		size_t len = strcspn(list, ",");
		char *pattern = xasprintf("%.*s", (int)len, list);
		bool matches = frame_matches(place, pattern);

		free(pattern);
		if (matches)
			return true;
		list += len + (list[len] == ',');
	}
	return false;
}

static bool is_helper(const char *place)
{
	size_t i;

	for (i = 0; i < sizeof(known_helpers) / sizeof(*known_helpers); i++) {
		if (!without_known && frame_matches(place, known_helpers[i]))
			return true;
	}
	return is_in_list(place, more_helpers);
}

const char *frames_caller(const struct stack *stack, const char *place)
{
	size_t i;

	if (!is_helper(place))
		return place;
	for (i = 0; i < stack->nr; i++) {
		if (!is_helper(stack->frames[i]))
			return stack->frames[i];
	}
	return place;
}

static void add_caller(struct stack *callers, const struct site *site,
		       const char *function, const char *place,
		       const struct stack *stack)
{
	const char *caller;
	size_t i;

	if (strcmp(function, site->function) || strcmp(place, site->place))
		return;
	caller = frames_caller(stack, place);
	if (caller == place)
		return;
	for (i = 0; i < callers->nr; i++) {
		if (!frame_compare(callers->frames[i], caller))
			return;
	}
	stack_add(callers, caller);
}

static int compare_frames(const void *a, const void *b)
{
	return strcmp(*(char **)a, *(char **)b);
}

char *frames_callers_of_site(const struct report *report,
			     const struct site *site)
{
	struct stack callers = { };
	char *text = xstrdup("");
	size_t i;

	for (i = 0; i < report->nr_holders; i++)
		add_caller(&callers, site, report->holders[i].function,
			   report->holders[i].place, &report->holders[i].stack);
	for (i = 0; i < report->nr_violations; i++)
		add_caller(&callers, site, report->violations[i].acquired_by,
			   report->violations[i].acquired_at,
			   &report->violations[i].acquire);
	if (callers.nr)
		qsort(callers.frames, callers.nr, sizeof(*callers.frames),
		      compare_frames);
	for (i = 0; i < callers.nr; i++) {
		char *name = frame_text(callers.frames[i]);
		char *longer = xasprintf("%s%s%s", text, i ? ", " : "", name);

		free(name);
		free(text);
		text = longer;
	}
	stack_clear(&callers);
	return text;
}
