// SPDX-License-Identifier: GPL-2.0
/*
 * The trace events of GUP mirror: every page that is acquired and released has
 * its events, by which the two can be brought together.
 *
 * Uses a trace instance of its own and leaves other tracing alone.
 */
#include <sys/stat.h>

#include "bench.h"

#define TRACING		"/sys/kernel/tracing"
#define INSTANCE	TRACING "/instances/gup_mirror_test"
#define EVENTS		INSTANCE "/events/gup_mirror/"

/* Text of a field of an event, "name=text"; text may have spaces. */
static bool field(const char *line, const char *name, char *text, size_t size)
{
	char key[32];
	const char *start, *end, *equals;

	snprintf(key, sizeof(key), " %s=", name);
	start = strstr(line, key);
	if (!start)
		return false;
	start += strlen(key);
	end = start + strlen(start);
	equals = strchr(start, '=');
	if (equals) {
		end = equals;
		while (end > start && *end != ' ')
			end--;
	}
	snprintf(text, size, "%.*s", (int)(end - start), start);
	return true;
}

static unsigned long number_field(const char *line, const char *name)
{
	char text[64];

	if (!field(line, name, text, sizeof(text)))
		return -1UL;
	return strtoul(text, NULL, 0);
}

static bool field_is(const char *line, const char *name, const char *expected)
{
	char text[256];

	return field(line, name, text, sizeof(text)) &&
	       !strcmp(text, expected);
}

/* Is the field an address in a function of the module? */
static bool field_in(const char *line, const char *name, const char *function)
{
	char text[256], start[128];

	snprintf(start, sizeof(start), "%s+0x", function);
	return field(line, name, text, sizeof(text)) &&
	       !strncmp(text, start, strlen(start)) &&
	       strstr(text, " [test_gup_mirror]");
}

/* The next event of this process in a trace that @rest is the rest of */
static char *next_event(char **rest, const char *event)
{
	char *line, *name;
	char task[32];

	snprintf(task, sizeof(task), "-%d ", getpid());
	while (*rest && (line = strsep(rest, "\n"))) {
		if (line[0] == '#' || !strstr(line, task))
			continue;
		name = strstr(line, event);
		if (name && name[strlen(event)] == ':')
			return name;
	}
	return NULL;
}

/* Forget what was recorded. */
static int clear_trace(void)
{
	int fd = open(INSTANCE "/trace", O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int count_events(const char *event)
{
	char *text = read_text(INSTANCE "/trace");
	char *rest = text;
	int count = 0;

	while (next_event(&rest, event))
		count++;
	free(text);
	return count;
}

FIXTURE(trace)
{
	struct bench bench;
};

FIXTURE_SETUP(trace)
{
	struct bench *bench = &self->bench;
	const char *why = bench_open(bench);

	if (!why && (!bench->layer.gets || bench->layer.panics))
		why = "needs gup_mirror=all, and no panic";
	if (!why)
		why = buffer_map(&bench->buffer, BUFFER_ANON, SMALL_PAGES,
				 NULL);
	if (!why && access(TRACING "/instances", F_OK))
		why = "no " TRACING "; is tracefs mounted there?";
	if (why)
		SKIP(return, "%s", why);

	rmdir(INSTANCE);
	ASSERT_EQ(0, mkdir(INSTANCE, 0700));
	/* A file that no longer exists fails every test below. */
	ASSERT_EQ(0, write_text(EVENTS "enable", "1"));
}

FIXTURE_TEARDOWN(trace)
{
	write_text(EVENTS "enable", "0");
	rmdir(INSTANCE);
	close(self->bench.fd);
	buffer_unmap(&self->bench.buffer);
}

static void pair(struct __test_metadata *_metadata, struct bench *bench,
		 int acquire, unsigned int acquire_flags, int release,
		 unsigned int release_flags, unsigned int nr,
		 struct tgm_facts *held)
{
	struct tgm_acquire arg;

	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
				 nr * page_size(), acquire, acquire_flags,
				 &arg));
	ASSERT_EQ(nr, arg.ret);
	ASSERT_EQ(0, tgm_release(bench->fd, release, release_flags, held));
}

static unsigned int balance(const struct bench *bench)
{
	return bench->layer.repair ? 0 : TGM_BALANCE;
}

TEST_F(trace, acquire_has_its_fields)
{
	static const struct {
		int acquire;
		unsigned int flags;
		const char *site;
		const char *text;
	} calls[] = {
		{ TGM_pin_user_pages_fast, TGM_WRITE | TGM_LONGTERM,
		  "tgm_pin_user_pages_fast", "WRITE|LONGTERM|PIN" },
		{ TGM_pin_user_pages, 0, "tgm_pin_user_pages", "PIN" },
		{ TGM_get_user_pages_fast, TGM_WRITE,
		  "tgm_get_user_pages_fast", "WRITE|GET" },
	};
	struct tgm_facts held;
	unsigned int i;
	char *text, *rest, *line;
	char expected[64];

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		bool pin = tgm_pins(calls[i].acquire);

		ASSERT_EQ(0, clear_trace());
		pair(_metadata, &self->bench, calls[i].acquire, calls[i].flags,
		     pin ? TGM_unpin_user_page : TGM_put_page, 0, 1, &held);
		text = read_text(INSTANCE "/trace");
		rest = text;
		line = next_event(&rest, "gup_mirror_acquire");
		ASSERT_NE(NULL, line);
		EXPECT_TRUE(field_in(line, "site", calls[i].site)) {
			TH_LOG("%s", line);
		}
		EXPECT_TRUE(field_is(line, "kind", pin ? "pin" : "get")) {
			TH_LOG("%s", line);
		}
		EXPECT_EQ(held.pfn, number_field(line, "pfn"));
		EXPECT_EQ(1, number_field(line, "nr"));
		EXPECT_TRUE(field_is(line, "flags", calls[i].text)) {
			TH_LOG("%s", line);
		}
		EXPECT_TRUE(field_is(line, "fn",
				     tgm_acquire_names[calls[i].acquire])) {
			TH_LOG("%s", line);
		}
		snprintf(expected, sizeof(expected), " pfn=0x%llx nr=1 ",
			 (unsigned long long)held.pfn);
		EXPECT_NE(NULL, strstr(line, expected));
		EXPECT_EQ(NULL, next_event(&rest, "gup_mirror_acquire"));
		free(text);
	}
}

TEST_F(trace, release_has_its_fields)
{
	static const struct {
		int acquire;
		int release;
		unsigned int flags;
		const char *site;	/* NULL: it cannot be known */
		const char *caller;
	} calls[] = {
		{ TGM_pin_user_pages_fast, TGM_unpin_user_page, 0,
		  "tgm_pin_user_pages_fast", "tgm_unpin_user_page" },
		{ TGM_pin_user_pages_fast, TGM_unpin_user_pages, TGM_LAUNDER,
		  NULL, "tgm_unpin_user_pages" },
		{ TGM_pin_user_pages_fast, TGM_unpin_user_folio, 0,
		  NULL, "tgm_unpin_user_folio" },
		{ TGM_pin_user_pages_fast, TGM_unpin_user_page_range_dirty_lock,
		  TGM_DIRTY, "tgm_pin_user_pages_fast",
		  "tgm_unpin_user_page_range_dirty_lock" },
		{ TGM_get_user_pages_fast, TGM_put_page, 0,
		  "tgm_get_user_pages_fast", "tgm_put_page" },
		{ TGM_get_user_pages_fast, TGM_release_pages, 0,
		  "tgm_get_user_pages_fast", "tgm_release_pages" },
		{ TGM_get_user_pages_fast, TGM___free_pages, 0,
		  "tgm_get_user_pages_fast", "tgm___free_pages" },
	};
	struct tgm_facts held;
	char *text, *rest, *line;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		bool pin = tgm_pins(calls[i].acquire);

		ASSERT_EQ(0, clear_trace());
		pair(_metadata, &self->bench, calls[i].acquire, TGM_WRITE,
		     calls[i].release, calls[i].flags, 1, &held);
		text = read_text(INSTANCE "/trace");
		rest = text;
		line = next_event(&rest, "gup_mirror_release");
		ASSERT_NE(NULL, line) {
			TH_LOG("by %s", calls[i].caller);
		}
		EXPECT_TRUE(calls[i].site ?
			    field_in(line, "site", calls[i].site) :
			    field_is(line, "site", "0x0")) {
			TH_LOG("%s", line);
		}
		EXPECT_TRUE(field_is(line, "kind", pin ? "pin" : "get")) {
			TH_LOG("%s", line);
		}
		EXPECT_EQ(held.pfn, number_field(line, "pfn"));
		EXPECT_EQ(1, number_field(line, "nr"));
		EXPECT_TRUE(field_is(line, "fn",
				     tgm_released_by(calls[i].release))) {
			TH_LOG("%s", line);
		}
		EXPECT_TRUE(field_in(line, "caller", calls[i].caller)) {
			TH_LOG("%s", line);
		}
		EXPECT_EQ(NULL, next_event(&rest, "gup_mirror_release"));
		free(text);
	}
	EXPECT_EQ(0, count_events("gup_mirror_violation"));
}

TEST_F(trace, violation_has_its_fields)
{
	static const struct {
		const char *class;
		int acquire;
		int release;
		const char *site;
		const char *caller;
	} calls[] = {
		{ PUT_ON_PIN, TGM_pin_user_pages_fast, TGM_put_page,
		  "tgm_pin_user_pages_fast", "tgm_put_page" },
		{ PUT_ON_PIN, TGM_pin_user_pages_remote, TGM_release_pages,
		  "tgm_pin_user_pages_remote", "tgm_release_pages" },
		{ UNPIN_ON_GET, TGM_get_user_pages, TGM_unpin_user_pages,
		  "tgm_get_user_pages", "tgm_unpin_user_pages" },
	};
	struct tgm_facts held;
	char *text, *rest, *line;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		ASSERT_EQ(0, clear_trace());
		pair(_metadata, &self->bench, calls[i].acquire, TGM_WRITE,
		     calls[i].release, balance(&self->bench), 1, &held);
		text = read_text(INSTANCE "/trace");
		rest = text;
		line = next_event(&rest, "gup_mirror_violation");
		ASSERT_NE(NULL, line);
		EXPECT_TRUE(field_is(line, "class", calls[i].class) &&
			    field_in(line, "site", calls[i].site) &&
			    field_is(line, "acquired",
				     tgm_acquire_names[calls[i].acquire]) &&
			    field_in(line, "caller", calls[i].caller) &&
			    field_is(line, "released",
				     tgm_release_names[calls[i].release])) {
			TH_LOG("%s", line);
		}
		EXPECT_EQ(held.pfn, number_field(line, "pfn"));
		EXPECT_EQ(1, number_field(line, "nr"));
		EXPECT_EQ(NULL, next_event(&rest, "gup_mirror_violation"));
		free(text);
	}
}

/*
 * What is held, page by page: acquire events add, release events take away.
 * Pages are few, so that a list will do.
 */
struct balance_sheet {
	unsigned long pfns[64];
	int held[64];
	unsigned int nr;
};

static void enter(struct balance_sheet *sheet, const char *line, int n)
{
	unsigned long pfn = number_field(line, "pfn");
	unsigned long end = pfn + number_field(line, "nr");
	unsigned int i;

	for (; pfn < end; pfn++) {
		for (i = 0; i < sheet->nr; i++)
			if (sheet->pfns[i] == pfn)
				break;
		if (i == ARRAY_SIZE(sheet->pfns))
			return;
		if (i == sheet->nr)
			sheet->pfns[sheet->nr++] = pfn;
		sheet->held[i] += n;
	}
}

/* Enters all events of this process. Returns their number. */
static int enter_all(struct balance_sheet *sheet, const char *event, int n)
{
	char *text = read_text(INSTANCE "/trace");
	char *rest = text, *line;
	int events = 0;

	while ((line = next_event(&rest, event))) {
		enter(sheet, line, n);
		events++;
	}
	free(text);
	return events;
}

/* Every way to acquire with every right way to release, and some wrong ones */
TEST_F(trace, pages_pair)
{
	static const int get_releases[] = {
		TGM_put_page,
		TGM_release_pages,
		TGM_unpin_user_pages,	/* wrong */
		END
	};
	static struct balance_sheet sheet;
	struct bench *bench = &self->bench;
	const int *acquire, *release;
	unsigned int i;
	int calls = 0;

	for (acquire = pin_functions; *acquire != END; acquire++) {
		for (release = unpin_functions; *release != END; release++) {
			pair(_metadata, bench, *acquire, TGM_WRITE, *release, 0,
			     SMALL_PAGES, NULL);
			calls++;
		}
		pair(_metadata, bench, *acquire, 0, TGM_put_page,
		     balance(bench), SMALL_PAGES, NULL);
		calls++;
	}
	for (acquire = get_functions; *acquire != END; acquire++) {
		for (release = get_releases; *release != END; release++) {
			pair(_metadata, bench, *acquire, TGM_WRITE, *release,
			     tgm_unpins(*release) ? balance(bench) : 0,
			     SMALL_PAGES, NULL);
			calls++;
		}
	}

	EXPECT_LT(0, enter_all(&sheet, "gup_mirror_acquire", 1));
	EXPECT_EQ(SMALL_PAGES, sheet.nr);
	for (i = 0; i < sheet.nr; i++)
		EXPECT_EQ(calls, sheet.held[i]);

	EXPECT_LT(0, enter_all(&sheet, "gup_mirror_release", -1));
	EXPECT_EQ(SMALL_PAGES, sheet.nr);
	for (i = 0; i < sheet.nr; i++)
		EXPECT_EQ(0, sheet.held[i]);
}

/* Makes the buffer a huge page. Returns NULL, or a reason to skip the test. */
static const char *map_huge_page(struct bench *bench, struct tgm_facts *facts)
{
	const char *why;

	buffer_unmap(&bench->buffer);
	why = buffer_map(&bench->buffer, BUFFER_THP, 0, NULL);
	if (why)
		return why;
	if (tgm_peek(bench->fd, bench->buffer.addr, facts) ||
	    facts->folio_pages != HUGE_SIZE / page_size())
		return "the kernel gave no transparent huge page";
	return NULL;
}

/* Runs keep events few: a huge page is one. */
TEST_F(trace, a_run_is_one_event)
{
	struct bench *bench = &self->bench;
	unsigned int nr = HUGE_SIZE / page_size();
	struct tgm_facts facts;
	char *text, *rest, *line;
	const char *why;

	why = map_huge_page(bench, &facts);
	if (why)
		SKIP(return, "%s", why);

	ASSERT_EQ(0, clear_trace());
	pair(_metadata, bench, TGM_pin_user_pages_fast, TGM_WRITE,
	     TGM_unpin_user_pages, 0, nr, NULL);
	text = read_text(INSTANCE "/trace");
	rest = text;
	line = next_event(&rest, "gup_mirror_acquire");
	ASSERT_NE(NULL, line);
	EXPECT_EQ(facts.pfn, number_field(line, "pfn"));
	EXPECT_EQ(nr, number_field(line, "nr"));
	line = next_event(&rest, "gup_mirror_release");
	ASSERT_NE(NULL, line);
	EXPECT_EQ(facts.pfn, number_field(line, "pfn"));
	EXPECT_EQ(nr, number_field(line, "nr"));
	free(text);
	EXPECT_EQ(1, count_events("gup_mirror_acquire"));
	EXPECT_EQ(1, count_events("gup_mirror_release"));
}

/* A caller's number must not become a number of events. */
TEST_F(trace, a_violation_of_many_pages_is_one_event)
{
	struct bench *bench = &self->bench;
	unsigned int nr = HUGE_SIZE / page_size();
	long before = summary_number(UNPIN_ON_GET);
	struct tgm_facts facts;
	char *text, *rest, *line;
	const char *why;

	why = map_huge_page(bench, &facts);
	if (why)
		SKIP(return, "%s", why);

	ASSERT_EQ(0, clear_trace());
	pair(_metadata, bench, TGM_get_user_pages_fast, TGM_WRITE,
	     TGM_unpin_user_pages, balance(bench), nr, NULL);
	EXPECT_EQ(before + nr, summary_number(UNPIN_ON_GET));
	text = read_text(INSTANCE "/trace");
	rest = text;
	line = next_event(&rest, "gup_mirror_violation");
	ASSERT_NE(NULL, line);
	EXPECT_EQ(facts.pfn, number_field(line, "pfn"));
	EXPECT_EQ(nr, number_field(line, "nr"));
	free(text);
	EXPECT_EQ(1, count_events("gup_mirror_violation"));
}

TEST_F(trace, events_filter_by_field)
{
	struct bench *bench = &self->bench;
	struct tgm_facts held;
	char filter[64];

	/* By number of the page */
	ASSERT_EQ(0, tgm_peek(bench->fd, bench->buffer.addr, &held));
	snprintf(filter, sizeof(filter), "pfn == 0x%llx",
		 (unsigned long long)held.pfn);
	ASSERT_EQ(0, write_text(EVENTS "gup_mirror_acquire/filter", filter));
	ASSERT_EQ(0, clear_trace());
	pair(_metadata, bench, TGM_pin_user_pages_fast, 0, TGM_unpin_user_pages,
	     0, 1, NULL);
	EXPECT_EQ(1, count_events("gup_mirror_acquire"));
	snprintf(filter, sizeof(filter), "pfn != 0x%llx",
		 (unsigned long long)held.pfn);
	ASSERT_EQ(0, write_text(EVENTS "gup_mirror_acquire/filter", filter));
	pair(_metadata, bench, TGM_pin_user_pages_fast, 0, TGM_unpin_user_pages,
	     0, 1, NULL);
	EXPECT_EQ(1, count_events("gup_mirror_acquire"));
	EXPECT_EQ(2, count_events("gup_mirror_release"));

	/* By kind */
	ASSERT_EQ(0, write_text(EVENTS "gup_mirror_acquire/filter",
				"kind == \"pin\""));
	ASSERT_EQ(0, clear_trace());
	pair(_metadata, bench, TGM_get_user_pages_fast, 0, TGM_put_page, 0, 1,
	     NULL);
	EXPECT_EQ(0, count_events("gup_mirror_acquire"));
	pair(_metadata, bench, TGM_pin_user_pages_fast, 0, TGM_unpin_user_pages,
	     0, 1, NULL);
	EXPECT_EQ(1, count_events("gup_mirror_acquire"));

	/* By function */
	ASSERT_EQ(0, write_text(EVENTS "gup_mirror_release/filter",
				"fn == \"put_page\""));
	ASSERT_EQ(0, clear_trace());
	pair(_metadata, bench, TGM_get_user_pages_fast, 0, TGM_release_pages, 0,
	     1, NULL);
	EXPECT_EQ(0, count_events("gup_mirror_release"));
	pair(_metadata, bench, TGM_get_user_pages_fast, 0, TGM_put_page, 0, 1,
	     NULL);
	EXPECT_EQ(1, count_events("gup_mirror_release"));

	/* By class */
	ASSERT_EQ(0, write_text(EVENTS "gup_mirror_violation/filter",
				"class == \"unpin-on-get\""));
	ASSERT_EQ(0, clear_trace());
	pair(_metadata, bench, TGM_pin_user_pages_fast, 0, TGM_put_page,
	     balance(bench), 1, NULL);
	EXPECT_EQ(0, count_events("gup_mirror_violation"));
	pair(_metadata, bench, TGM_get_user_pages_fast, 0, TGM_unpin_user_page,
	     balance(bench), 1, NULL);
	EXPECT_EQ(1, count_events("gup_mirror_violation"));
}

/* Nothing is recorded of what was acquired while the layer is off. */
TEST_F(trace, nothing_while_off)
{
	ASSERT_EQ(0, write_text(LAYER_DIR "enabled", "0"));
	ASSERT_EQ(0, clear_trace());
	pair(_metadata, &self->bench, TGM_pin_user_pages_fast, 0,
	     TGM_unpin_user_pages, 0, SMALL_PAGES, NULL);
	pair(_metadata, &self->bench, TGM_get_user_pages_fast, 0, TGM_put_page,
	     0, SMALL_PAGES, NULL);
	ASSERT_EQ(0, write_text(LAYER_DIR "enabled", "1"));
	EXPECT_EQ(0, count_events("gup_mirror_acquire"));
	EXPECT_EQ(0, count_events("gup_mirror_violation"));
}

TEST_HARNESS_MAIN
