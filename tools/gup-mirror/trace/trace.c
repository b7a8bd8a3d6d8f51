// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: the events of GUP mirror in a file that trace-cmd has recorded.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <trace-cmd.h>

#include "alloc.h"
#include "message.h"
#include "trace/symbols.h"
#include "trace/trace.h"
#include "trace/trace_plain.h"

/* The fields of an event, found once; NULL where it has none of the name. */
struct format {
	int id;
	struct tep_format_field *site, *caller, *pfn, *nr, *flags, *kind, *fn,
				*class, *acquired, *released, *ret, *name;
};

struct trace {
	struct tracecmd_input *input;
	struct tep_handle *tep;
	struct symbols *symbols;
	struct format formats[TRACE_NR_TYPES];
	uint64_t foll_write, foll_longterm;
	/* The file's buffer, and those of its instances. */
	struct tracecmd_input **buffers;
	int nr_buffers;
	struct trace_totals totals;
	void (*event)(const struct trace_event *event, void *data);
	void *data;
};

static const char * const event_names[TRACE_NR_TYPES] = {
	[TRACE_ACQUIRE] = "gup_mirror_acquire",
	[TRACE_RELEASE] = "gup_mirror_release",
	[TRACE_VIOLATION] = "gup_mirror_violation",
	[TRACE_CALL] = "sys_exit",
	[TRACE_MODULE] = "module_load",
};

/* Those of others are not in all recordings. */
static const char layer[] = "gup_mirror";
static const char * const systems[TRACE_NR_TYPES] = {
	[TRACE_ACQUIRE] = layer,
	[TRACE_RELEASE] = layer,
	[TRACE_VIOLATION] = layer,
	[TRACE_CALL] = "raw_syscalls",
	[TRACE_MODULE] = "module",
};

/* All of these must be there. */
static const char * const needed[TRACE_NR_TYPES][8] = {
	[TRACE_ACQUIRE] = { "site", "pfn", "nr", "flags", "kind", "fn" },
	[TRACE_RELEASE] = { "site", "caller", "pfn", "nr", "kind", "fn" },
	[TRACE_VIOLATION] = { "site", "caller", "pfn", "class", "acquired",
			      "released" },
	[TRACE_CALL] = { "ret" },
	[TRACE_MODULE] = { "name" },
};

/* Files of trace-cmd begin with this. */
static const char magic[] = "\x17\x08\x44tracing";

/*
 * The library says only that it failed, or crashes: look whether there is
 * anything to be read at all.
 */
static int check_magic(const char *path, const char *name)
{
	char start[sizeof(magic) - 1];
	size_t size;
	FILE *in;

	in = fopen(path, "r");
	if (!in) {
		complain("%s: %s", name, strerror(errno));
		return -1;
	}
	size = fread(start, 1, sizeof(start), in);
	if (ferror(in)) {
		complain("%s: %s", name, strerror(errno));
		fclose(in);
		return -1;
	}
	fclose(in);
	if (size < sizeof(start) && !memcmp(start, magic, size)) {
		complain("%s: the file is %s", name,
			 size ? "truncated" : "empty");
		return -1;
	}
	if (memcmp(start, magic, sizeof(start))) {
		complain("%s: not a file that trace-cmd has recorded", name);
		return -1;
	}
	return 0;
}

/* Looks up an event; fields that are not in it stay NULL. */
static int find_format(struct trace *trace, enum trace_event_type type,
		       const char *name)
{
	struct format *format = &trace->formats[type];
	struct tep_event *event;
	int i;

	event = tep_find_event_by_name(trace->tep, systems[type],
				       event_names[type]);
	if (!event && systems[type] != layer) {
		format->id = -1;
		return 0;
	}
	if (!event) {
		complain("%s: it has no event %s: use trace-cmd record -e gup_mirror",
			 name, event_names[type]);
		return -1;
	}
	for (i = 0; needed[type][i]; i++) {
		if (tep_find_field(event, needed[type][i]))
			continue;
		complain("%s: event %s has no field \"%s\", which this program needs",
			 name, event_names[type], needed[type][i]);
		return -1;
	}

	*format = (struct format) {
		.id = event->id,
		.site = tep_find_field(event, "site"),
		.caller = tep_find_field(event, "caller"),
		.pfn = tep_find_field(event, "pfn"),
		.nr = tep_find_field(event, "nr"),
		.flags = tep_find_field(event, "flags"),
		.kind = tep_find_field(event, "kind"),
		.fn = tep_find_field(event, "fn"),
		.class = tep_find_field(event, "class"),
		.acquired = tep_find_field(event, "acquired"),
		.released = tep_find_field(event, "released"),
		.ret = tep_find_field(event, "ret"),
		.name = tep_find_field(event, "name"),
	};
	return 0;
}

/* The values of FOLL_* change between kernels; the event tells them. */
static void find_flags(struct trace *trace)
{
	struct tep_event *event;
	struct tep_print_flag_sym *flag;
	struct tep_print_arg *arg;

	event = tep_find_event_by_name(trace->tep, layer,
				       event_names[TRACE_ACQUIRE]);
	for (arg = event->print_fmt.args; arg; arg = arg->next) {
		if (arg->type != TEP_PRINT_FLAGS)
			continue;
		for (flag = arg->flags.flags; flag; flag = flag->next) {
			if (!flag->str || !flag->value)
				continue;
			if (!strcmp(flag->str, "WRITE"))
				trace->foll_write = strtoull(flag->value, NULL, 0);
			else if (!strcmp(flag->str, "LONGTERM"))
				trace->foll_longterm = strtoull(flag->value,
								NULL, 0);
		}
	}
}

static void find_buffers(struct trace *trace)
{
	int i, nr = tracecmd_buffer_instances(trace->input);

	trace->buffers = xcalloc(nr + 1, sizeof(*trace->buffers));
	trace->buffers[trace->nr_buffers++] = trace->input;
	for (i = 0; i < nr; i++) {
		struct tracecmd_input *buffer;

		buffer = tracecmd_buffer_instance_handle(trace->input, i);
		if (buffer)
			trace->buffers[trace->nr_buffers++] = buffer;
	}
}

struct trace *trace_open(const char *path, const char *name)
{
	struct trace *trace;
	int i, copy;

	if (check_magic(path, name))
		return NULL;

	tracecmd_set_loglevel(TEP_LOG_NONE);
	trace = xcalloc(1, sizeof(*trace));
	/* Is closed with the input. */
	copy = trace_plain(path);
	if (copy < 0)
		trace->input = tracecmd_open(path, TRACECMD_FL_LOAD_NO_PLUGINS);
	else
		trace->input = tracecmd_open_fd(copy,
						TRACECMD_FL_LOAD_NO_PLUGINS);
	if (!trace->input) {
		complain("%s: the file is truncated or damaged", name);
		free(trace);
		return NULL;
	}

	trace->tep = tracecmd_get_tep(trace->input);
	for (i = 0; i < TRACE_NR_TYPES; i++) {
		if (find_format(trace, i, name)) {
			trace_close(trace);
			return NULL;
		}
	}
	find_flags(trace);
	trace->symbols = symbols_new(trace->tep);
	if (!trace->symbols) {
		trace_close(trace);
		return NULL;
	}
	find_buffers(trace);
	trace->totals.cpus = tep_get_cpus(trace->tep);
	return trace;
}

void trace_close(struct trace *trace)
{
	int i;

	if (!trace)
		return;
	for (i = 1; i < trace->nr_buffers; i++)
		tracecmd_close(trace->buffers[i]);
	free(trace->buffers);
	symbols_free(trace->symbols);
	tracecmd_close(trace->input);
	free(trace);
}

/* Numbers and strings of a record that may be shorter than it should be. */
struct reader {
	const struct trace *trace;
	const struct tep_record *record;
	bool damaged;
};

static uint64_t number(struct reader *reader,
		       const struct tep_format_field *field)
{
	const struct tep_record *record = reader->record;

	if (!field)
		return 0;
	if (field->offset < 0 || field->size < 0 ||
	    field->offset > record->size - field->size) {
		reader->damaged = true;
		return 0;
	}
	return tep_read_number(reader->trace->tep,
			       (char *)record->data + field->offset,
			       field->size);
}

/* The field has the place of the string and its length, in 16 bits each. */
static const char *string(struct reader *reader,
			  const struct tep_format_field *field)
{
	const struct tep_record *record = reader->record;
	uint64_t where, offset, size;
	const char *start;

	if (!field)
		return "";
	where = number(reader, field);
	offset = where & 0xffff;
	size = where >> 16 & 0xffff;
	if (field->flags & TEP_FIELD_IS_RELATIVE)
		offset += field->offset + field->size;
	start = (char *)record->data + offset;
	if (!size || offset + size > (uint64_t)record->size ||
	    !memchr(start, '\0', size)) {
		reader->damaged = true;
		return "";
	}
	return start;
}

static int type_of(const struct trace *trace, struct tep_record *record)
{
	int i, id = tep_data_type(trace->tep, record);

	for (i = 0; i < TRACE_NR_TYPES; i++)
		if (trace->formats[i].id == id)
			return i;
	return -1;
}

static void count_lost(struct trace_totals *totals, long long missed)
{
	if (missed > 0)
		totals->lost += missed;
	else if (missed)
		totals->lost_times++;
}

/*
 * More pages than this, 16 GiB, no call gets at once. A violation may stand for
 * more: all that a module has left.
 */
#define MAX_RUN		0x400000

static int one_event(struct tracecmd_input *input, struct tep_record *record,
		     int cpu, void *data)
{
	struct trace *trace = data;
	struct trace_totals *totals = &trace->totals;
	struct reader reader = { .trace = trace, .record = record };
	struct trace_event event;
	const struct format *format;
	uint64_t flags;
	int type;

	(void)input;
	(void)cpu;
	count_lost(totals, record->missed_events);
	/* What is too short for a type, the library reads all the same. */
	if (record->size < (int)sizeof(uint64_t)) {
		totals->damaged++;
		return 0;
	}
	type = type_of(trace, record);
	if (type < 0)
		return 0;

	format = &trace->formats[type];
	if (type == TRACE_MODULE) {
		const char *name = string(&reader, format->name);

		if (reader.damaged)
			totals->damaged++;
		else
			symbols_loaded(trace->symbols, name);
		return 0;
	}
	flags = number(&reader, format->flags);
	event = (struct trace_event) {
		.type = type,
		.ts = record->ts,
		/* Beside the record is the number of the CPU among all of all buffers. */
		.cpu = record->cpu,
		.pid = tep_data_pid(trace->tep, record),
		.site = symbols_now(trace->symbols, number(&reader, format->site)),
		.caller = symbols_now(trace->symbols, number(&reader, format->caller)),
		.pfn = number(&reader, format->pfn),
		.nr = number(&reader, format->nr),
		.pin = !strcmp(string(&reader, format->kind), "pin"),
		.write = flags & trace->foll_write,
		.longterm = flags & trace->foll_longterm,
		.function = string(&reader, format->fn),
		.class = string(&reader, format->class),
		.acquired = string(&reader, format->acquired),
		.released = string(&reader, format->released),
		.comm = "",
		.ret = (int64_t)number(&reader, format->ret),
	};
	/* Older layers gave an event for each page. */
	if (type == TRACE_VIOLATION && !event.nr)
		event.nr = 1;
	if (reader.damaged || (type != TRACE_VIOLATION && event.nr > MAX_RUN)) {
		totals->damaged++;
		return 0;
	}
	if (type == TRACE_VIOLATION || type == TRACE_CALL)
		event.comm = tep_data_comm_from_pid(trace->tep, event.pid);

	if (type == TRACE_CALL) {
		trace->event(&event, trace->data);
		return 0;
	}
	if (!totals->events[TRACE_ACQUIRE] && !totals->events[TRACE_RELEASE] &&
	    !totals->events[TRACE_VIOLATION])
		totals->first_ts = event.ts;
	totals->events[type]++;
	totals->last_ts = event.ts;
	trace->event(&event, trace->data);
	return 0;
}

int trace_iterate(struct trace *trace,
		  void (*event)(const struct trace_event *event, void *data),
		  void *data)
{
	trace->event = event;
	trace->data = data;
	if (tracecmd_iterate_events_multi(trace->buffers, trace->nr_buffers,
					  one_event, trace)) {
		complain("the events cannot be read: the file is truncated or damaged");
		return -1;
	}
	return 0;
}

bool trace_has_calls(const struct trace *trace)
{
	return trace->formats[TRACE_CALL].id >= 0;
}

const struct trace_totals *trace_totals(const struct trace *trace)
{
	return &trace->totals;
}

const char *trace_symbol(struct trace *trace, uint64_t address)
{
	return symbols_name(trace->symbols, address);
}

bool trace_has_symbols(const struct trace *trace)
{
	return symbols_any(trace->symbols);
}
