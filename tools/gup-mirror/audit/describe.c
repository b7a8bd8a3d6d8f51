// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: what is said of calls and suspects, the same in all forms.
 */
#include <stdlib.h>

#include "alloc.h"
#include "audit/describe.h"

static const char *const verdict_meanings[NR_VERDICTS] = {
	[AUDIT_WRONG] = "a release is wrong",
	[AUDIT_MIXED] = "only found releases that also get other pages",
	[AUDIT_RIGHT] = "the releases found are right",
	[AUDIT_ELSEWHERE] = "no release found in its directory",
	[AUDIT_NO_PAGES] = "asks for no pages",
	[AUDIT_UNREAD] = "not understood",
};

static const char *const work_meanings[NR_WORKS] = {
	[WORK_WRONG] = "released in a wrong way, or a suspect",
	[WORK_NEVER] = "never reached, and no right release found",
	[WORK_REACHED] = "reached, but nobody saw a right release",
	[WORK_TEXT] = "right by the text, not by a run",
	[WORK_NO_PAGES] = "asks for no pages",
	[WORK_RIGHT] = "released rightly in a run",
};

static const char *const titles[NR_SUSPECT_CLASSES] = {
	[SUSPECT_RELEASE] = "Suspects",
	[SUSPECT_LEAK] = "Leak suspects",
	[SUSPECT_TWICE] = "Suspects of a second release",
	[SUSPECT_COUNT] = "Suspects of a wrong number",
};

const char *verdict_meaning(enum verdict verdict)
{
	return verdict_meanings[verdict];
}

const char *work_meaning(enum work work)
{
	return work_meanings[work];
}

const char *suspects_title(enum suspect_class class)
{
	return titles[class];
}

char *printable(const char *text)
{
	char *clean = NULL;

	set_string(&clean, text);
	return clean;
}

/* Frees what it gets. */
static char *cleaned(char *text)
{
	char *clean = printable(text);

	free(text);
	return clean;
}

/* What the function of a suspect does. */
static char *describe(const struct audit_suspect *suspect)
{
	switch (suspect->class) {
	case SUSPECT_LEAK:
		return xasprintf("returns without a release of %s,",
				 suspect->what);
	case SUSPECT_TWICE:
		return xasprintf("calls %s(%s) after another release",
				 suspect->name, suspect->what);
	case SUSPECT_COUNT:
		return xasprintf("counts by %s, which %s, pages",
				 suspect->what, suspect->why);
	default:
		return xasprintf("calls %s(%s) for pages", suspect->name,
				 suspect->what);
	}
}

char *suspect_sentence(const struct audit *audit,
		       const struct audit_suspect *suspect)
{
	const struct audit_call *call = &audit->calls[suspect->call];
	char *text, *through, *others, *does = describe(suspect);

	through = xasprintf(*suspect->through ? ", through %s" : "%s",
			    suspect->through);
	others = suspect->others ?
		 xasprintf(", and from %zu more", suspect->others) :
		 xstrdup("");
	text = xasprintf("%s() %s of %s() in %s() at %s:%u%s%s",
			 suspect->function, does, call->name, call->function,
			 call->file, call->line, others, through);
	free(does);
	free(through);
	free(others);
	return cleaned(text);
}

char *call_words(const struct audit_call *call)
{
	return cleaned(xasprintf("%s() in %s()", call->name,
				 *call->function ? call->function : "?"));
}

char *call_release(const struct audit_call *call)
{
	if (*call->why)
		return printable(call->why);
	if (!*call->release)
		return xstrdup("");
	return cleaned(xasprintf(call->verdict == AUDIT_ELSEWHERE ?
				 "perhaps released at %s" : "released at %s",
				 call->release));
}
