// SPDX-License-Identifier: GPL-2.0
/*
 * Events of all sorts, in any order. The files that events are in cannot be tried
 * so: libtracecmd 3.1.6 does not stand them, see trace_report.c.
 */
#include <stdlib.h>

#include "../model.h"
#include "../trace/moments.h"
#include "../trace/pairs.h"
#include "../trace/trace.h"
#include "harness.h"

static struct trace_totals totals;

const struct trace_totals *trace_totals(const struct trace *trace)
{
	(void)trace;
	return &totals;
}

const char *trace_symbol(struct trace *trace, uint64_t address)
{
	static char name[32];

	(void)trace;
	snprintf(name, sizeof(name), "0x%llx", (unsigned long long)address);
	return address ? name : "";
}

static const char * const functions[] = {
	"unpin_user_page", "unpin_user_folio", "put_page", "unpin_folios",
};

static const char * const classes[] = {
	"put-on-pin", "unpin-on-get", "double-unpin", "unpin-unpinned",
};

#define EVENT_SIZE 8
/* The report of so many events is tried in all its forms, which takes long. */
#define FEW_EVENTS 16

/* What is held can only be what was acquired and not released. */
static void check(const struct report *report, uint64_t acquired)
{
	uint64_t pins = 0, held = 0, released = 0;
	size_t i;

	for (i = 0; i < report->nr_holders; i++)
		pins += report->holders[i].pins;
	for (i = 0; i < report->nr_sites; i++) {
		const struct site *site = &report->sites[i];
		unsigned int b;

		if (site->kind != KIND_PIN)
			continue;
		held += site->held;
		for (b = 0; b < HOLD_BUCKETS; b++)
			released += site->hold_ms[b];
		if (site->most < site->held)
			abort();
	}
	if (pins != held || held + released != acquired ||
	    report->nr_moments > MAX_MOMENTS)
		abort();
}

int fuzz_one(const uint8_t *data, size_t size)
{
	struct pairs *pairs = pairs_new();
	struct report *report;
	bool few = size <= FEW_EVENTS * EVENT_SIZE;
	uint64_t ts = 0, acquired = 0;

	if (size & 1)
		pairs_watch_calls(pairs);

	for (; size >= EVENT_SIZE; data += EVENT_SIZE, size -= EVENT_SIZE) {
		struct trace_event event = {
			.type = data[0] % TRACE_NR_TYPES,
			.pin = data[0] & 0x80,
			.write = data[0] & 0x40,
			.longterm = data[0] & 0x20,
			.site = data[1] % 5,
			.caller = data[1] / 5 % 5,
			.pfn = data[2] | (data[3] & 3) << 8,
			.nr = data[4] % 70,
			.function = functions[data[5] % 4],
			.class = classes[data[5] / 4 % 4],
			.pid = data[5] % 3,
			.ret = -(data[4] % 8),
			.acquired = "a", .released = "r", .comm = "c",
		};

		ts += (uint64_t)data[6] << data[7] % 48;
		event.ts = ts - (data[7] & 0x80);
		if (event.type == TRACE_ACQUIRE && event.pin)
			acquired += event.nr;
		pairs_event(&event, pairs);
	}
	report = pairs_report(pairs, NULL, "fuzz");
	check(report, acquired);
	if (few)
		fuzz_report(report);
	report_free(report);
	pairs_free(pairs);
	return 0;
}
