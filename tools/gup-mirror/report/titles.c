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

const char *violation_doubt(const struct violation *v)
{
	return *v->uncertain ? "possible " : "";
}

char *violation_title(const struct violation *v)
{
	const char *place = violation_releaser(v);
	char *name, *title;

	/* Nobody has released what is left. */
	if (!*place)
		place = violation_acquirer(v);
	name = frame_text(place);
	title = *name ? xasprintf("%s%s in %s", violation_doubt(v), v->class, name) :
			xasprintf("%s%s", violation_doubt(v), v->class);
	free(name);
	return title;
}

/* "3 pins left by drv_pin [drv]", where @what is "pin" and @how is "left". */
static char *title(const struct holder *holder, const char *what,
		   const char *how)
{
	char *name = frame_text(frames_caller(&holder->stack, holder->place));
	char *text = xasprintf("%llu %s%s %s by %s",
			       (unsigned long long)holder->pins, what,
			       units_plural(holder->pins), how, name);

	free(name);
	return text;
}

char *holder_title(const struct holder *holder)
{
	return title(holder, "pin", "left");
}

char *surplus_title(const struct holder *surplus)
{
	return title(surplus, "reference", "got");
}

char *overlong_title(const struct site *site)
{
	char *name = frame_text(site->place);
	char *text = xasprintf("%llu pin%s held for long by %s",
			       (unsigned long long)site->overlong,
			       units_plural(site->overlong), name);

	free(name);
	return text;
}
