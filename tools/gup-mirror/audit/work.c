// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: what is left to be done with a call, for those who convert all
 * of them: a run counts more than the text.
 */
#include "audit/audit.h"

static const char *const names[NR_WORKS] = {
	[WORK_WRONG] = "wrong",
	[WORK_NEVER] = "never reached",
	[WORK_REACHED] = "reached",
	[WORK_TEXT] = "right by text",
	[WORK_NO_PAGES] = "no pages",
	[WORK_RIGHT] = "right at run time",
};

const char *work_name(enum work work)
{
	return names[work];
}

/**
 * audit_work() - find out what is left to be done
 * @call: the call, of an audit with coverage
 *
 * Return: what is known of it.
 */
enum work audit_work(const struct audit_call *call)
{
	if (call->coverage == COVER_WRONG || call->verdict == AUDIT_WRONG)
		return WORK_WRONG;
	if (call->coverage == COVER_RIGHT)
		return WORK_RIGHT;
	if (call->verdict == AUDIT_NO_PAGES)
		return WORK_NO_PAGES;
	if (call->verdict == AUDIT_RIGHT)
		return WORK_TEXT;
	return call->coverage == COVER_NEVER ? WORK_NEVER : WORK_REACHED;
}
