// SPDX-License-Identifier: GPL-2.0
/*
 * Makes a file as trace-cmd would (version 6, without compression), of events
 * that are given on standard input, or of very many:
 *
 *	make-trace FILE < events
 *	make-trace FILE NUMBER
 *
 * Lines are, with numbers as C has them:
 *
 *	TIME-NS CPU PID acquire SITE PFN NR FLAGS KIND FUNCTION
 *	TIME-NS CPU PID release SITE CALLER PFN NR KIND FUNCTION
 *	TIME-NS CPU PID violation SITE CALLER PFN CLASS ACQUIRED RELEASED [NR]
 *	TIME-NS CPU PID call RET		the end of a system call
 *	TIME-NS CPU PID load MODULE
 *	lost CPU NUMBER			before the next event; -1: it is not known
 *	symbol ADDRESS NAME [[MODULE]]
 *	instance NAME			events are in a trace instance, as gup-mirror run
 *					records them
 *	without EVENT			leave out what describes it
 *	without nr			violations have no NR, as those of older kernels
 */
#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CPUS		2
#define PAGE		4096
#define PAGE_HEADER	16
#define MAX_DELTA	0x7ffffffULL
#define MISSED		0x80000000ULL
#define MISSED_STORED	0x40000000ULL

enum { SYS_EXIT = 300, MODULE_LOAD, VIOLATION = 319, RELEASE, ACQUIRE };

static const char header_page[] =
	"\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
	"\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
	"\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
	"\tfield: char data;\toffset:16;\tsize:4080;\tsigned:0;\n";

static const char header_event[] =
	"# compressed entry header\n"
	"\ttype_len    :    5 bits\n"
	"\ttime_delta  :   27 bits\n"
	"\tarray       :   32 bits\n\n"
	"\tpadding     : type == 29\n"
	"\ttime_extend : type == 30\n"
	"\ttime_stamp : type == 31\n"
	"\tdata max type_len  == 28\n";

#define COMMON								\
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n" \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n" \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n" \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
#define FIELD(type, name, offset, size)					\
	"\tfield:" type " " name ";\toffset:" #offset ";\tsize:" #size ";\tsigned:0;\n"
#define LONG(name, offset)	FIELD("unsigned long", name, offset, 8)
#define STRING(name, offset)	FIELD("__data_loc char[]", name, offset, 4)

#define PRINT_FLAGS							\
	"__print_flags(REC->flags, \"|\", { 1, \"WRITE\" }, { 256, \"LONGTERM\" })"

static const char violation_without_nr[] =
	"name: gup_mirror_violation\nID: 319\nformat:\n" COMMON
	LONG("site", 8) LONG("caller", 16) LONG("pfn", 24) STRING("class", 32)
	STRING("acquired", 36) STRING("released", 40)
	"\nprint fmt: \"class=%s\", __get_str(class)\n";

static const char sys_exit[] =
	"name: sys_exit\nID: 300\nformat:\n" COMMON
	"\tfield:long id;\toffset:8;\tsize:8;\tsigned:1;\n"
	"\tfield:long ret;\toffset:16;\tsize:8;\tsigned:1;\n"
	"\nprint fmt: \"NR %ld = %ld\", REC->id, REC->ret\n";

static const char module_load[] =
	"name: module_load\nID: 301\nformat:\n" COMMON
	FIELD("unsigned int", "taints", 8, 4) STRING("name", 12)
	"\nprint fmt: \"%s\", __get_str(name)\n";

static const struct {
	const char *name, *format;
} formats[] = {
	{ "violation", "name: gup_mirror_violation\nID: 319\nformat:\n" COMMON
	  LONG("site", 8) LONG("caller", 16) LONG("pfn", 24) STRING("class", 32)
	  STRING("acquired", 36) STRING("released", 40) LONG("nr", 48)
	  "\nprint fmt: \"class=%s\", __get_str(class)\n" },
	{ "release", "name: gup_mirror_release\nID: 320\nformat:\n" COMMON
	  LONG("site", 8) LONG("caller", 16) LONG("pfn", 24) LONG("nr", 32)
	  STRING("kind", 40) STRING("fn", 44)
	  "\nprint fmt: \"kind=%s\", __get_str(kind)\n" },
	{ "acquire", "name: gup_mirror_acquire\nID: 321\nformat:\n" COMMON
	  LONG("site", 8) LONG("pfn", 16) LONG("nr", 24)
	  FIELD("unsigned int", "flags", 32, 4) STRING("kind", 36)
	  STRING("fn", 40)
	  "\nprint fmt: \"flags=%s\", " PRINT_FLAGS "\n" },
};

#define NR_FORMATS (sizeof(formats) / sizeof(*formats))

/* The pages of a CPU go to a file of their own first. */
static struct cpu {
	FILE *pages;
	uint64_t nr_pages;
	unsigned char page[PAGE];
	size_t used;		/* with the header; 0 if none is begun */
	uint64_t ts;
	int64_t lost;
} cpus[CPUS];

static bool left_out[NR_FORMATS], no_nr, has_calls, has_modules;
static char *instance;
static char *symbols;
static size_t symbols_size;
static FILE *symbols_out;

static void end_page(struct cpu *cpu)
{
	uint64_t commit = cpu->used - PAGE_HEADER;

	if (!cpu->used)
		return;
	if (cpu->lost) {
		commit |= MISSED;
		if (cpu->lost > 0 && cpu->used + 8 <= PAGE) {
			commit |= MISSED_STORED;
			memcpy(cpu->page + cpu->used, &cpu->lost, 8);
		}
		cpu->lost = 0;
	}
	memcpy(cpu->page + 8, &commit, 8);
	if (fwrite(cpu->page, PAGE, 1, cpu->pages) != 1)
		err(1, "cannot write");
	memset(cpu->page, 0, PAGE);
	cpu->nr_pages++;
	cpu->used = 0;
}

struct event {
	unsigned char data[256];
	size_t size;
};

static void put(struct event *event, const void *data, size_t size)
{
	memcpy(event->data + event->size, data, size);
	event->size += size;
}

static void begin(struct event *event, uint16_t id, int32_t pid)
{
	memset(event, 0, sizeof(*event));
	put(event, &id, 2);
	event->size = 4;
	put(event, &pid, 4);
}

/* The strings follow one another, and their places come before them. */
static void put_strings(struct event *event, const char * const *strings,
			int nr)
{
	size_t end = event->size + 4 * nr;
	int i;

	for (i = 0; i < nr; i++) {
		uint32_t size = strlen(strings[i]) + 1;
		uint32_t where = size << 16 | end;

		put(event, &where, 4);
		memcpy(event->data + end, strings[i], size);
		end += size;
	}
	event->size = (end + 3) / 4 * 4;
}

static void record(int number, uint64_t ts, const struct event *event)
{
	struct cpu *cpu = &cpus[number];
	uint32_t header, words = event->size / 4;

	if (cpu->used && (ts < cpu->ts || ts - cpu->ts > MAX_DELTA ||
			  cpu->used + 4 + event->size > PAGE - 8))
		end_page(cpu);
	if (!cpu->used) {
		memcpy(cpu->page, &ts, 8);
		cpu->used = PAGE_HEADER;
		cpu->ts = ts;
	}
	header = words | (uint32_t)(ts - cpu->ts) << 5;
	memcpy(cpu->page + cpu->used, &header, 4);
	memcpy(cpu->page + cpu->used + 4, event->data, event->size);
	cpu->used += 4 + event->size;
	cpu->ts = ts;
}

static void acquire(int cpu, uint64_t ts, int pid, uint64_t site, uint64_t pfn,
		    uint64_t nr, uint32_t flags, const char *kind,
		    const char *fn)
{
	const char * const strings[] = { kind, fn };
	struct event event;

	begin(&event, ACQUIRE, pid);
	put(&event, &site, 8);
	put(&event, &pfn, 8);
	put(&event, &nr, 8);
	put(&event, &flags, 4);
	put_strings(&event, strings, 2);
	record(cpu, ts, &event);
}

static void release(int cpu, uint64_t ts, int pid, uint64_t site,
		    uint64_t caller, uint64_t pfn, uint64_t nr,
		    const char *kind, const char *fn)
{
	const char * const strings[] = { kind, fn };
	struct event event;

	begin(&event, RELEASE, pid);
	put(&event, &site, 8);
	put(&event, &caller, 8);
	put(&event, &pfn, 8);
	put(&event, &nr, 8);
	put_strings(&event, strings, 2);
	record(cpu, ts, &event);
}

static void violation(int cpu, uint64_t ts, int pid, uint64_t site,
		      uint64_t caller, uint64_t pfn,
		      const char * const *strings, uint64_t nr)
{
	/* NR is behind where the strings are, and their places before it. */
	const uint32_t first = no_nr ? 44 : 56;
	uint32_t end = first;
	struct event event;
	int i;

	begin(&event, VIOLATION, pid);
	put(&event, &site, 8);
	put(&event, &caller, 8);
	put(&event, &pfn, 8);
	for (i = 0; i < 3; i++) {
		uint32_t size = strlen(strings[i]) + 1;
		uint32_t where = size << 16 | end;

		put(&event, &where, 4);
		end += size;
	}
	event.size = 48;
	if (!no_nr)
		put(&event, &nr, 8);
	event.size = first;
	for (i = 0; i < 3; i++)
		put(&event, strings[i], strlen(strings[i]) + 1);
	event.size = (event.size + 3) / 4 * 4;
	record(cpu, ts, &event);
}

static void end_call(int cpu, uint64_t ts, int pid, int64_t ret)
{
	const int64_t number = 16;
	struct event event;

	begin(&event, SYS_EXIT, pid);
	put(&event, &number, 8);
	put(&event, &ret, 8);
	record(cpu, ts, &event);
}

static void load(int cpu, uint64_t ts, int pid, const char *module)
{
	const uint32_t taints = 0;
	struct event event;

	begin(&event, MODULE_LOAD, pid);
	put(&event, &taints, 4);
	put_strings(&event, &module, 1);
	record(cpu, ts, &event);
}

#define MAX_WORDS 11

static void read_line(char *line)
{
	char *words[MAX_WORDS + 1] = { 0 }, *word;
	uint64_t n[MAX_WORDS];
	int i, nr = 0;

	for (word = strtok(line, " \t\n"); word && nr < MAX_WORDS;
	     word = strtok(NULL, " \t\n"))
		words[nr++] = word;
	if (!nr)
		return;
	for (i = 0; i < nr; i++)
		n[i] = strtoull(words[i], NULL, 0);

	if (!strcmp(words[0], "lost") && nr == 3) {
		/* It is said at the begin of a page. */
		end_page(&cpus[n[1] % CPUS]);
		cpus[n[1] % CPUS].lost = n[2];
	} else if (!strcmp(words[0], "symbol") && nr >= 3) {
		fprintf(symbols_out, "%016llx t %s%s%s\n",
			(unsigned long long)n[1], words[2],
			words[3] ? "\t" : "", words[3] ? words[3] : "");
	} else if (!strcmp(words[0], "instance") && nr == 2) {
		instance = strdup(words[1]);
	} else if (!strcmp(words[0], "without") && nr == 2) {
		no_nr |= !strcmp(words[1], "nr");
		for (i = 0; i < (int)NR_FORMATS; i++)
			if (!strcmp(words[1], formats[i].name))
				left_out[i] = true;
	} else if (nr == 5 && !strcmp(words[3], "call")) {
		has_calls = true;
		end_call(n[1] % CPUS, n[0], n[2], (int64_t)n[4]);
	} else if (nr == 5 && !strcmp(words[3], "load")) {
		has_modules = true;
		load(n[1] % CPUS, n[0], n[2], words[4]);
	} else if (nr == 10 && !strcmp(words[3], "acquire")) {
		acquire(n[1] % CPUS, n[0], n[2], n[4], n[5], n[6], n[7],
			words[8], words[9]);
	} else if (nr == 10 && !strcmp(words[3], "release")) {
		release(n[1] % CPUS, n[0], n[2], n[4], n[5], n[6], n[7],
			words[8], words[9]);
	} else if (nr >= 10 && !strcmp(words[3], "violation")) {
		violation(n[1] % CPUS, n[0], n[2], n[4], n[5], n[6],
			  (const char * const *)&words[7],
			  nr == 11 ? n[10] : 1);
	} else {
		errx(1, "what is \"%s\"?", words[0]);
	}
}

/* Up to a thousand pages are held, each for a thousand events. */
static void make_many(unsigned long nr)
{
	const uint64_t site = 0xffffffff81000010, caller = 0xffffffff81001020;
	unsigned long i;

	fprintf(symbols_out, "ffffffff81000000 t many_pin\n");
	fprintf(symbols_out, "ffffffff81001000 t many_unpin\n");
	for (i = 0; i < nr / 2; i++) {
		acquire(i % CPUS, 2000 * i, 1, site, i * 7 % 1000003, 1, 1,
			"pin", "pin_user_pages_fast");
		if (i >= 1000)
			release((i + 1) % CPUS, 2000 * i + 1000, 1, site,
				caller, (i - 1000) * 7 % 1000003, 1, "pin",
				"unpin_user_page");
	}
}

static void write_all(FILE *out, const void *data, size_t size)
{
	if (size && fwrite(data, size, 1, out) != 1)
		err(1, "cannot write");
}

static void write_number(FILE *out, uint64_t number, size_t size)
{
	write_all(out, &number, size);
}

static void write_text(FILE *out, const char *text)
{
	write_number(out, strlen(text), 8);
	write_all(out, text, strlen(text));
}

#define OPTION_BUFFER	3

static void write_head(FILE *out)
{
	unsigned int i, nr = 0;
	long where = 0, here;

	write_all(out, "\x17\x08\x44tracing6", 12);
	write_number(out, 0, 1);	/* little endian */
	write_number(out, 8, 1);
	write_number(out, PAGE, 4);
	write_all(out, "header_page", 12);
	write_text(out, header_page);
	write_all(out, "header_event", 13);
	write_text(out, header_event);
	write_number(out, 0, 4);	/* events of ftrace */
	for (i = 0; i < NR_FORMATS; i++)
		nr += !left_out[i];
	write_number(out, 1 + has_calls + has_modules, 4);
	if (has_calls) {
		write_all(out, "raw_syscalls", 13);
		write_number(out, 1, 4);
		write_text(out, sys_exit);
	}
	if (has_modules) {
		write_all(out, "module", 7);
		write_number(out, 1, 4);
		write_text(out, module_load);
	}
	write_all(out, "gup_mirror", 11);
	write_number(out, nr, 4);
	for (i = 0; i < NR_FORMATS; i++) {
		if (left_out[i])
			continue;
		write_text(out, no_nr && !strcmp(formats[i].name, "violation") ?
				violation_without_nr : formats[i].format);
	}
	write_number(out, symbols_size, 4);
	write_all(out, symbols, symbols_size);
	write_number(out, 0, 4);	/* strings of trace_printk() */
	write_text(out, "7 a task\n");
	write_number(out, CPUS, 4);
	write_all(out, "options  ", 10);
	if (instance) {
		/* How far it is to the data of the instance, which is then known. */
		write_number(out, OPTION_BUFFER, 2);
		write_number(out, 8 + strlen(instance) + 1, 4);
		where = ftell(out);
		write_number(out, 0, 8);
		write_all(out, instance, strlen(instance) + 1);
	}
	write_number(out, 0, 2);
	write_all(out, "flyrecord", 10);
	if (!instance)
		return;
	/* The main buffer has nothing. */
	for (i = 0; i < CPUS; i++) {
		write_number(out, ftell(out), 8);
		write_number(out, 0, 8);
	}
	here = ftell(out);
	fseek(out, where, SEEK_SET);
	write_number(out, here, 8);
	fseek(out, here, SEEK_SET);
	write_all(out, "flyrecord", 10);
}

static void write_cpus(FILE *out)
{
	uint64_t start = ftell(out) + 16 * CPUS, offset;
	unsigned char page[PAGE];
	int i;

	start = (start + PAGE - 1) / PAGE * PAGE;
	offset = start;
	for (i = 0; i < CPUS; i++) {
		write_number(out, offset, 8);
		write_number(out, cpus[i].nr_pages * PAGE, 8);
		offset += cpus[i].nr_pages * PAGE;
	}
	while ((uint64_t)ftell(out) < start)
		write_number(out, 0, 1);
	for (i = 0; i < CPUS; i++) {
		rewind(cpus[i].pages);
		while (fread(page, PAGE, 1, cpus[i].pages) == 1)
			write_all(out, page, PAGE);
		fclose(cpus[i].pages);
	}
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t size = 0;
	FILE *out;
	int i;

	if (argc < 2 || argc > 3)
		errx(1, "usage: make-trace FILE [NUMBER]");
	symbols_out = open_memstream(&symbols, &symbols_size);
	for (i = 0; i < CPUS; i++)
		cpus[i].pages = tmpfile();
	if (!symbols_out || !cpus[0].pages || !cpus[1].pages)
		err(1, "cannot begin");

	if (argc == 3)
		make_many(strtoul(argv[2], NULL, 10));
	else
		while (getline(&line, &size, stdin) >= 0)
			read_line(line);
	free(line);
	for (i = 0; i < CPUS; i++)
		end_page(&cpus[i]);
	fclose(symbols_out);

	out = fopen(argv[1], "w");
	if (!out)
		err(1, "%s", argv[1]);
	write_head(out);
	write_cpus(out);
	free(symbols);
	if (fclose(out))
		err(1, "%s", argv[1]);
	return 0;
}
