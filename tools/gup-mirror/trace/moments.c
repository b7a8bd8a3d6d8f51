// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: a curve of what was held.
 *
 * A step keeps the most that was held in it, so that a peak is never lost,
 * however short it was.
 */
#include "model.h"
#include "trace/moments.h"

#define NS_PER_MS	1000000ULL

void moments_init(struct moments *moments)
{
	*moments = (struct moments) { .nr = 1, .step_ns = NS_PER_MS };
}

static void make_steps_longer(struct moments *moments)
{
	uint64_t *most = moments->most;
	unsigned int i;

	for (i = 0; i < moments->nr; i += 2) {
		most[i / 2] = most[i];
		if (i + 1 < moments->nr && most[i + 1] > most[i])
			most[i / 2] = most[i + 1];
	}
	moments->nr = (moments->nr + 1) / 2;
	moments->step_ns *= 2;
}

void moments_set(struct moments *moments, uint64_t ns, uint64_t pins)
{
	uint64_t *most = moments->most;

	while (ns / moments->step_ns >= MAX_MOMENTS)
		make_steps_longer(moments);
	while (moments->nr <= ns / moments->step_ns)
		most[moments->nr++] = moments->now;

	moments->now = pins;
	if (pins > most[moments->nr - 1])
		most[moments->nr - 1] = pins;
}

void moments_report(const struct moments *moments, struct report *report)
{
	unsigned int i;

	for (i = 0; i < moments->nr; i++) {
		struct moment *moment = report_add_moment(report);

		moment->ms = i * moments->step_ns / NS_PER_MS;
		moment->pins = moments->most[i];
	}
}
