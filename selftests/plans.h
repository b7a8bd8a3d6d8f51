/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How to provoke each class of violation, and what would have been right.
 */
#ifndef _GUP_MIRROR_PLANS_H
#define _GUP_MIRROR_PLANS_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "layer.h"
#include "tgm.h"

enum step_type {
	STEP_END,
	STEP_RELEASE,
	STEP_FREE,	/* unmap the buffer, and delete its file */
	STEP_WALK,	/* read "ages", which looks at all that is held */
	STEP_LEAK,	/* forget the pages */
};

/* With RELEASE: @fn and @flags, enum tgm_release_fn and TGM_RELEASE_FLAGS */
struct step {
	enum step_type type;
	int fn;
	unsigned int flags;
};

#define MAX_STEPS	4

/**
 * struct plan - how to provoke a class
 * @class: name of the class
 * @help: what is done wrong, in words
 * @acquire: how to acquire, enum tgm_acquire_fn
 * @wrong: what to do then
 * @right: what to do instead
 * @launders: it is this class with laundered pointers as well
 * @by_folio: there is one violation for each folio, not for each page
 * @steals: without a GUP mirror that repairs it, memory would be corrupted
 */
struct plan {
	const char *class;
	const char *help;
	int acquire;
	struct step wrong[MAX_STEPS];
	struct step right[MAX_STEPS];
	bool launders;
	bool by_folio;
	bool steals;
};

static const struct plan plans[] = {
	{
		.class = PUT_ON_PIN,
		.help = "put a page that is pinned",
		.acquire = TGM_pin_user_pages_fast,
		.wrong = { { STEP_RELEASE, TGM_put_page } },
		.right = { { STEP_RELEASE, TGM_unpin_user_page } },
	},
	{
		.class = UNPIN_ON_GET,
		.help = "unpin a page that was not pinned but gotten",
		.acquire = TGM_get_user_pages_fast,
		.wrong = { { STEP_RELEASE, TGM_unpin_user_page } },
		.right = { { STEP_RELEASE, TGM_put_page } },
	},
	{
		.class = DOUBLE_UNPIN,
		.help = "unpin a page twice",
		.acquire = TGM_pin_user_pages_fast,
		.wrong = {
			{ STEP_RELEASE, TGM_unpin_user_page, TGM_KEEP },
			{ STEP_RELEASE, TGM_unpin_user_pages },
		},
		.right = { { STEP_RELEASE, TGM_unpin_user_page } },
	},
	{
		.class = DOUBLE_PUT,
		.help = "put a page twice that was gotten",
		.acquire = TGM_get_user_pages_fast,
		.wrong = {
			{ STEP_RELEASE, TGM_put_page, TGM_KEEP },
			{ STEP_RELEASE, TGM_put_page },
		},
		.right = { { STEP_RELEASE, TGM_put_page } },
		.steals = true,
	},
	{
		.class = UNPIN_UNPINNED,
		.help = "unpin the folio of a page that was not pinned but gotten",
		.acquire = TGM_get_user_pages_fast,
		.wrong = {
			{ STEP_RELEASE, TGM_unpin_folio, TGM_KEEP },
			{ STEP_RELEASE, TGM_put_page },
		},
		.right = { { STEP_RELEASE, TGM_put_page } },
		.launders = true,
	},
	{
		.class = FREE_WHILE_PINNED,
		.help = "steal references of a pin until the page is freed",
		.acquire = TGM_pin_user_pages_fast,
		.wrong = {
			{ STEP_FREE },
			{ STEP_RELEASE, TGM_put_page, TGM_STEAL },
			{ STEP_RELEASE, TGM_unpin_user_page },
		},
		.right = {
			{ STEP_FREE },
			{ STEP_RELEASE, TGM_unpin_user_page },
		},
		.launders = true,
		.by_folio = true,
		.steals = true,
	},
	{
		.class = LOST_PIN,
		.help = "steal references of a pin, then read ages",
		.acquire = TGM_pin_user_pages_fast,
		.wrong = {
			{ STEP_RELEASE, TGM_put_page, TGM_STEAL },
			{ STEP_WALK },
			{ STEP_RELEASE, TGM_unpin_user_page },
		},
		.right = {
			{ STEP_WALK },
			{ STEP_RELEASE, TGM_unpin_user_page },
		},
		.launders = true,
		.by_folio = true,
		.steals = true,
	},
	{
		.class = LEAK_AT_UNLOAD,
		.help = "forget a pin; it is reported when the module is unloaded",
		.acquire = TGM_pin_user_pages_fast,
		.wrong = { { STEP_LEAK } },
		.right = { { STEP_RELEASE, TGM_unpin_user_page } },
	},
	{ 0 }
};

static inline const struct plan *find_plan(const char *class)
{
	const struct plan *plan;

	for (plan = plans; plan->class; plan++)
		if (!strcmp(plan->class, class))
			return plan;
	return NULL;
}

/**
 * take_step() - do one step of a plan
 * @fd: the module, which holds the pages
 * @step: what to do
 * @flags: more TGM_RELEASE_FLAGS for a release that does not steal
 * @buffer: the pages
 *
 * Return: 0 or a negative error.
 */
static inline int take_step(int fd, const struct step *step,
			    unsigned int flags, struct buffer *buffer)
{
	char *text;

	switch (step->type) {
	case STEP_RELEASE:
		if (!(step->flags & TGM_STEAL))
			flags |= step->flags;
		else
			flags = step->flags;
		return tgm_release(fd, step->fn, flags, NULL);
	case STEP_FREE:
		if (buffer->fd >= 0 && ftruncate(buffer->fd, 0))
			return -errno;
		buffer_unmap(buffer);
		return 0;
	case STEP_WALK:
		text = read_text(LAYER_DIR "ages");
		if (!text)
			return -errno;
		free(text);
		return 0;
	case STEP_LEAK:
		return tgm_leak(fd);
	default:
		return -EINVAL;
	}
}

/* Do all the steps. Returns 0 or a negative error. */
static inline int take_steps(int fd, const struct step *steps,
			     unsigned int flags, struct buffer *buffer)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < MAX_STEPS && steps[i].type != STEP_END; i++)
		err = take_step(fd, &steps[i], flags, buffer);
	return err;
}

#endif /* _GUP_MIRROR_PLANS_H */
