// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "alloc.h"
#include "frames.h"
#include "model.h"
#include "report/titles.h"
#include "report/units.h"

const char *violation_acquirer(const struct violation *v)
{
	return frames_caller(&v->acquire, v->acquired_at);
}

const char *violation_releaser(const struct violation *v)
{
	return frames_caller(&v->release, v->released_at);
}

char *violation_title(const struct violation *v)
{
	const char *place = violation_releaser(v);
	char *name, *title;

	/* Nobody has released what is left. */
	if (!*place)
		place = violation_acquirer(v);
	name = frame_text(place);
	title = *name ? xasprintf("%s in %s", v->class, name) :
			xstrdup(v->class);
	free(name);
	return title;
}

char *holder_title(const struct holder *holder)
{
	char *name = frame_text(frames_caller(&holder->stack, holder->place));
	char *title = xasprintf("%llu pin%s left by %s",
				(unsigned long long)holder->pins,
				units_plural(holder->pins), name);

	free(name);
	return title;
}
