// SPDX-License-Identifier: GPL-2.0
/*
 * What the torture test must find in the end, in the Test Anything Protocol.
 */
#include "gup_mirror_torture.h"

const char * const counter_names[NR_COUNTS] = {
	[COUNT_PUT_ON_PIN] = "put-on-pin",
	[COUNT_UNPIN_ON_GET] = "unpin-on-get",
	[COUNT_DOUBLE_UNPIN] = "double-unpin",
	[COUNT_UNPIN_UNPINNED] = "unpin-unpinned",
	[COUNT_FREE_WHILE_PINNED] = "free-while-pinned",
	[COUNT_LEAK_AT_UNLOAD] = "leak-at-unload",
	[COUNT_LOST_PIN] = "lost-pin",
	[COUNT_DOUBLE_PUT] = "double-put",
	[COUNT_DIRTY_BY_READONLY_PIN] = "dirty-by-readonly-pin",
	[COUNT_DIRTY_UNPINNED] = "dirty-unpinned",
	[COUNT_LOST_WRITE] = "lost-write",
	[COUNT_UNPIN_WHILE_MAPPED] = "unpin-while-mapped",
	[COUNT_FILTERED] = "filtered",
};

static unsigned int nr_results;
static unsigned int nr_bad;
static long pins_before;

static void result(bool good, const char *name)
{
	nr_results++;
	if (!good)
		nr_bad++;
	printf("%sok %u - %s\n", good ? "" : "not ", nr_results, name);
	fflush(stdout);
}

/* Is what was found as it should be? Says so if not. */
static bool same(const char *what, long expected, long found)
{
	if (expected != found)
		printf("# %s: expected %ld, found %ld\n", what, expected,
		       found);
	return expected == found;
}

/* Pins that are held by the counters of the kernel itself */
static long vmstat_pins(void)
{
	char *text, *found;
	long pins = 0;

	/* What each CPU has counted on its own is added first. */
	write_text("/proc/sys/vm/stat_refresh", "1");
	text = read_text("/proc/vmstat");
	found = text ? strstr(text, "nr_foll_pin_acquired ") : NULL;
	if (found)
		pins += atol(strchr(found, ' '));
	found = text ? strstr(text, "nr_foll_pin_released ") : NULL;
	if (found)
		pins -= atol(strchr(found, ' '));
	free(text);
	return pins;
}

/* What was counted before the test is taken off. */
void totals_begin(void)
{
	int i;

	for (i = 0; i < NR_COUNTS; i++)
		shared->cleared[i] = -summary_number(counter_names[i]);
	pins_before = vmstat_pins();
}

/**
 * totals_add_cleared() - the counters are about to be cleared
 *
 * Context: With the lock held for writing.
 */
void totals_add_cleared(void)
{
	int i;

	for (i = 0; i < NR_COUNTS; i++)
		shared->cleared[i] += summary_number(counter_names[i]);
}

/**
 * totals_leave_pin() - leave a pin behind
 *
 * Its reference is stolen when nobody else has the folio any more.
 */
void totals_leave_pin(void)
{
	struct tgm_acquire got = {};
	struct buffer buffer;
	int i, fd, err;

	/* Where there are none, there is nothing to be left. */
	if (buffer_map(&buffer, BUFFER_THP, 0, NULL))
		return;
	fd = tgm_open();
	err = tgm_acquire(fd, buffer.addr, page_size(), TGM_pin_user_pages_fast,
			  TGM_WRITE, &got);
	buffer_unmap(&buffer);
	/* It may wait in a batch of some CPU. */
	for (i = 0; i < 3; i++)
		write_text("/proc/sys/vm/compact_memory", "1");
	if (!err && got.ret == 1 && got.facts.folio_pages > 1 &&
	    !tgm_release(fd, TGM_put_page, TGM_STEAL, NULL) && !tgm_leak(fd)) {
		shared->expected[COUNT_FREE_WHILE_PINNED]++;
		shared->expected[COUNT_LEAK_AT_UNLOAD]++;
		shared->left++;
	}
	close(fd);
}

/* Are the violations that are counted those that are listed? */
static bool all_listed(void)
{
	char *text = read_text(LAYER_DIR "violations");
	long listed = summary_number("lost"), counted = 0, times;
	char *line, *rest = text;
	char class[64];
	int i;

	for (i = 0; i < COUNT_FILTERED; i++)
		counted += summary_number(counter_names[i]);
	while (rest && (line = strsep(&rest, "\n"))) {
		if (sscanf(line, "%63[a-z-]: %ld time", class, &times) == 2)
			listed += times;
	}
	free(text);
	return same("violations listed", counted, listed);
}

/**
 * totals_check_round() - see that everything was counted
 * @round: the round that ended
 *
 * Context: Nobody does anything wrong meanwhile.
 */
void totals_check_round(unsigned int round)
{
	char name[128];
	long made = 0;
	bool good = true;
	int i;

	for (i = 0; i < NR_COUNTS; i++) {
		good &= same(counter_names[i], shared->expected[i],
			     shared->cleared[i] +
			     summary_number(counter_names[i]));
		made += shared->expected[i];
	}
	snprintf(name, sizeof(name), "round %u: each violation is counted once",
		 round);
	result(good, name);
	printf("# %ld so far", made);
	for (i = 0; i < NR_COUNTS; i++)
		printf(", %s %ld", counter_names[i], shared->expected[i]);
	printf("\n# operations so far");
	for (i = 0; i < NR_ROLES; i++)
		printf(", %s %ld", role_names[i], shared->operations[i]);
	printf("\n");

	snprintf(name, sizeof(name), "round %u: each is listed, or said to be lost",
		 round);
	result(all_listed(), name);
	snprintf(name, sizeof(name), "round %u: all operations went well",
		 round);
	result(same("operations gone wrong", 0, shared->failed), name);
	snprintf(name, sizeof(name), "round %u: the ledger is consistent",
		 round);
	good = same("inconsistent", 0, summary_number("inconsistent"));
	good &= same("untracked", 0, summary_number("untracked"));
	result(good, name);
}

/* The numbers in the line "# total: a=1 b=2" of a table; -1 if it is not there */
static long total_of(const char *text, const char *key)
{
	const char *total = text ? strstr(text, "# total: ") : NULL;
	const char *end = total ? strchr(total, '\n') : NULL;
	char start[32];
	const char *found;

	snprintf(start, sizeof(start), " %s=", key);
	found = total ? strstr(total, start) : NULL;
	if (!found || (end && found > end))
		return -1;
	return atol(found + strlen(start));
}

static bool outstanding_is(long pins)
{
	char *text = read_text(LAYER_DIR "outstanding");
	char *line, *rest = text;
	bool good = same("pins outstanding", pins, total_of(text, "pins"));
	long listed = 0, row;

	while (rest && (line = strsep(&rest, "\n"))) {
		if (sscanf(line, "pins=%ld", &row) == 1)
			listed += row;
	}
	free(text);
	good &= same("pins listed as outstanding", pins, listed);
	return good & same("pins in summary", pins, summary_number("pins"));
}

static bool ages_are(long pins)
{
	char *text = read_text(LAYER_DIR "ages");
	bool good = same("pins in the memmap", pins, total_of(text, "pins"));

	good &= same("orphans", pins, total_of(text, "orphans"));
	good &= same("lost pins", 0, total_of(text, "lost"));
	free(text);
	return good;
}

/* No site may be in debt to another. */
static bool sites_are(long pins)
{
	char *text = read_text(LAYER_DIR "sites");
	char *line, *rest = text;
	long held, sum = 0;
	bool good = true;

	while (rest && (line = strsep(&rest, "\n"))) {
		/* kind view calls pages wrong right laundered held */
		if (sscanf(line, "pin %*d %*d %*d %*d %*d %*d %ld", &held) != 1)
			continue;
		if (held < 0) {
			printf("# a site holds less than nothing: %s\n", line);
			good = false;
		}
		sum += held;
	}
	free(text);
	return good & same("pins of all sites", pins, sum);
}

/*
 * Others pin pages, too, while they read or write: the file system that this runs
 * from may be about to. They are done before long.
 */
static void wait_for_others(long pins)
{
	unsigned int i;

	for (i = 0; i < 500 && summary_number("pins") > pins; i++)
		usleep(10000);
}

/* Nobody holds anything any more but what was left on purpose. */
void totals_check_end(void)
{
	static const char * const accounts[] = {
		"sites", "overflow", "groups", "groups_lost", "shares_lost",
		"stacks_lost", "lost", "maybe_pinned", "unmirrored",
	};
	bool outstanding, ages, sites, vmstat;
	unsigned int i;

	result(same("operations gone wrong", 0, shared->failed),
	       "the last operations went well");
	/*
	 * All is looked at before any of it is told: in Linux 7.x, what is written to a
	 * file over 9p may be pinned for a moment after write() has returned.
	 */
	wait_for_others(shared->left);
	outstanding = outstanding_is(shared->left);
	ages = ages_are(shared->left);
	sites = sites_are(shared->left);
	vmstat = same("pins in /proc/vmstat", pins_before + shared->left,
		      vmstat_pins());
	result(outstanding, "outstanding: what was left on purpose");
	result(ages, "ages: what was left on purpose");
	result(sites, "sites: what was left on purpose");
	result(vmstat, "the kernel's own counters agree");
	printf("# in summary");
	for (i = 0; i < sizeof(accounts) / sizeof(*accounts); i++)
		printf(", %s %ld", accounts[i], summary_number(accounts[i]));
	printf("\n");
}

/* Returns whether all was well. */
bool totals_end(void)
{
	printf("1..%u\n", nr_results);
	return !nr_bad;
}
