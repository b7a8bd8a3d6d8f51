// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: which line of the source a place is in.
 *
 * A place has the name of a function, its size and an offset, and none of the
 * addresses that the kernel had. A function of the same name and size is taken for
 * the same; if there are several of these, or none, the line stays unknown: that of
 * another kernel would be worse.
 */
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fts.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "debuginfo.h"
#include "message.h"
#include "model.h"

/* Compilers fill up what is between functions, which is part of kernel's sizes. */
#define MAX_PADDING	64

struct function {
	const char *name;
	GElf_Addr address;
	uint64_t size;		/* 0 if nobody says */
	uint64_t next;		/* how far behind the next one begins */
};

/* The kernel, or a module. */
struct object {
	char *name;		/* of the module; "" is the kernel */
	char *path;
	bool tried;
	Dwfl *dwfl;		/* NULL if it was of no use */
	Dwfl_Module *module;
	struct function *functions;	/* by name */
	size_t nr;
};

struct debuginfo {
	struct object *objects;
	size_t nr;
};

/* What "name+0x10/0x20 [module]" says; @size is 0 without it. */
struct place {
	char *function, *module;
	uint64_t offset, size;
};

static void place_clear(struct place *place)
{
	free(place->function);
	free(place->module);
}

/* Returns false, and nothing to clear, if it has another form. */
static bool place_parse(const char *text, struct place *place)
{
	const char *plus = strstr(text, "+0x");
	char *end;

	if (!plus || plus == text)
		return false;
	*place = (struct place){ };
	place->offset = strtoull(plus + 1, &end, 16);
	if (*end == '/')
		place->size = strtoull(end + 1, &end, 16);
	if (*end && (strncmp(end, " [", 2) || end[strlen(end) - 1] != ']'))
		return false;
	place->function = xasprintf("%.*s", (int)(plus - text), text);
	place->module = *end ? xasprintf("%.*s", (int)strlen(end) - 3, end + 2) :
			       xstrdup("");
	return true;
}

static struct object *add_object(struct debuginfo *info, const char *name,
				 const char *path)
{
	struct object *object;

	info->objects = grow(info->objects, info->nr, sizeof(*info->objects));
	object = &info->objects[info->nr++];
	*object = (struct object){
		.name = xstrdup(name), .path = xstrdup(path),
	};
	return object;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = dwfl_standard_find_debuginfo,
	.section_address = dwfl_offline_section_address,
};

static int by_address(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

static int by_name(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	return strcmp(x->name, y->name) ?: by_address(a, b);
}

static void add_function(struct object *object, int number)
{
	struct function function;
	GElf_Sym symbol;

	function.name = dwfl_module_getsym_info(object->module, number, &symbol,
						&function.address, NULL, NULL,
						NULL);
	if (!function.name || !*function.name || symbol.st_shndx == SHN_UNDEF ||
	    (GELF_ST_TYPE(symbol.st_info) != STT_FUNC &&
	     GELF_ST_TYPE(symbol.st_info) != STT_NOTYPE))
		return;
	function.size = symbol.st_size;
	function.next = 0;
	object->functions = grow(object->functions, object->nr,
				 sizeof(*object->functions));
	object->functions[object->nr++] = function;
}

/* As the kernel counts, which knows where symbols begin, and not where they end. */
static void find_next(struct object *object)
{
	struct function *functions = object->functions;
	GElf_Addr next = 0;
	size_t i;

	for (i = object->nr; i > 0; i--) {
		struct function *function = &functions[i - 1];

		if (next)
			function->next = next - function->address;
		if (i > 1 && functions[i - 2].address != function->address)
			next = function->address;
	}
}

/* Whether there is anything to be found in it. */
static bool load(struct object *object)
{
	int i, nr;

	if (object->tried)
		return object->dwfl;
	object->tried = true;
	object->dwfl = dwfl_begin(&callbacks);
	if (!object->dwfl)
		return false;
	object->module = dwfl_report_offline(object->dwfl, object->name,
					     object->path, -1);
	if (!object->module ||
	    dwfl_report_end(object->dwfl, NULL, NULL)) {
		complain("cannot read %s: %s", object->path, dwfl_errmsg(-1));
		dwfl_end(object->dwfl);
		object->dwfl = NULL;
		return false;
	}
	nr = dwfl_module_getsymtab(object->module);
	for (i = 1; i < nr; i++)
		add_function(object, i);
	if (object->nr) {
		qsort(object->functions, object->nr,
		      sizeof(*object->functions), by_address);
		find_next(object);
		qsort(object->functions, object->nr,
		      sizeof(*object->functions), by_name);
	}
	return true;
}

static bool has_debuginfo(struct object *object)
{
	GElf_Addr bias;
	const char *why;

	if (!load(object))
		return false;
	if (dwfl_module_getdwarf(object->module, &bias))
		return true;
	why = dwfl_errmsg(-1);
	complain("cannot read %s: %s", object->path,
		 why ? why : "it has no debug information");
	return false;
}

static bool is_module(const char *file)
{
	const char *dot = strrchr(file, '.');

	for (; dot; dot = memrchr(file, '.', dot - file)) {
		if (!strcmp(dot, ".ko") || !strncmp(dot, ".ko.", 4))
			return true;
	}
	return false;
}

/* Names of files may have "-" where modules have "_". */
static void add_module(struct debuginfo *info, const char *file,
		       const char *path)
{
	char *name = xasprintf("%.*s", (int)(strstr(file, ".ko") - file), file);
	char *at;

	for (at = name; *at; at++) {
		if (*at == '-')
			*at = '_';
	}
	add_object(info, name, path);
	free(name);
}

static int compare_entries(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int find_modules(struct debuginfo *info, const char *directory)
{
	char *paths[2] = { (char *)directory };
	size_t before = info->nr;
	FTSENT *entry;
	FTS *fts;

	fts = fts_open(paths, FTS_COMFOLLOW | FTS_PHYSICAL | FTS_NOCHDIR,
		       compare_entries);
	while (fts && (entry = fts_read(fts))) {
		if (entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS ||
		    entry->fts_info == FTS_DNR) {
			complain("cannot read %s: %s", entry->fts_path,
				 strerror(entry->fts_errno));
			fts_close(fts);
			return -1;
		}
		if (entry->fts_info == FTS_F && is_module(entry->fts_name))
			add_module(info, entry->fts_name, entry->fts_path);
	}
	if (fts)
		fts_close(fts);
	if (info->nr > before)
		return 0;
	complain("%s has no modules: it must be a directory with .ko files",
		 directory);
	return -1;
}

struct debuginfo *debuginfo_new(const char *vmlinux, const char *modules)
{
	struct debuginfo *info = xcalloc(1, sizeof(*info));

	if ((vmlinux && !has_debuginfo(add_object(info, "", vmlinux))) ||
	    (modules && find_modules(info, modules))) {
		debuginfo_free(info);
		return NULL;
	}
	return info;
}

void debuginfo_free(struct debuginfo *info)
{
	size_t i;

	if (!info)
		return;
	for (i = 0; i < info->nr; i++) {
		struct object *object = &info->objects[i];

		if (object->dwfl)
			dwfl_end(object->dwfl);
		free(object->functions);
		free(object->name);
		free(object->path);
	}
	free(info->objects);
	free(info);
}

static bool fits(const struct function *function, const struct place *place)
{
	uint64_t size = function->size ?: function->next;

	if (!place->size)
		return place->offset <= size;
	return place->offset <= place->size &&
	       (place->size == function->next ||
		(size <= place->size && place->size - size < MAX_PADDING));
}

/* The only one that fits, or NULL. */
static const struct function *find_function(const struct object *object,
					    const struct place *place)
{
	const struct function *found = NULL;
	size_t low = 0, high = object->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(object->functions[middle].name, place->function) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < object->nr; low++) {
		const struct function *function = &object->functions[low];

		if (strcmp(function->name, place->function))
			break;
		if (!fits(function, place))
			continue;
		if (found && found->address != function->address)
			return NULL;
		found = function;
	}
	return found;
}

/* Trees are built where they are, or from beside: what is in them has no path. */
static const char *without_directory(const char *file, const char *directory)
{
	size_t len = directory ? strlen(directory) : 0;

	while (len && directory[len - 1] == '/')
		len--;
	if (len && !strncmp(file, directory, len) && file[len] == '/')
		file += len + 1;
	while (!strncmp(file, "./", 2))
		file += 2;
	return file;
}

/* The caller frees it; NULL if it is not known. */
static char *find_in_object(struct object *object, const struct place *place)
{
	const struct function *function;
	const char *file;
	GElf_Addr address;
	Dwfl_Line *line;
	int number;

	if (strcmp(object->name, place->module) || !load(object))
		return NULL;
	function = find_function(object, place);
	if (!function)
		return NULL;
	/* Where a call returns to may be another line already. */
	address = function->address + place->offset - (place->offset > 0);
	line = dwfl_module_getsrc(object->module, address);
	if (!line)
		return NULL;
	file = dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL);
	if (!file || number <= 0)
		return NULL;
	return xasprintf("%s:%d",
			 without_directory(file, dwfl_line_comp_dir(line)),
			 number);
}

static char *find_line(struct debuginfo *info, const char *text)
{
	struct place place;
	char *line = NULL;
	size_t i;

	if (!place_parse(text, &place))
		return NULL;
	for (i = 0; i < info->nr && !line; i++)
		line = find_in_object(&info->objects[i], &place);
	place_clear(&place);
	return line;
}

static void add_stack(struct stack *places, const struct stack *stack)
{
	size_t i;

	for (i = 0; i < stack->nr; i++)
		stack_add(places, stack->frames[i]);
}

static void add_holders(struct stack *places, const struct holder *holders,
			size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		stack_add(places, holders[i].place);
		add_stack(places, &holders[i].stack);
	}
}

static void add_places(struct stack *places, const struct report *report)
{
	size_t i, j;

	for (i = 0; i < report->nr_sites; i++)
		stack_add(places, report->sites[i].place);
	add_holders(places, report->holders, report->nr_holders);
	add_holders(places, report->surpluses, report->nr_surpluses);
	for (i = 0; i < report->nr_violations; i++) {
		const struct violation *v = &report->violations[i];

		stack_add(places, v->acquired_at);
		stack_add(places, v->released_at);
		stack_add(places, v->before_at);
		add_stack(places, &v->acquire);
		add_stack(places, &v->before);
		add_stack(places, &v->release);
		for (j = 0; j < v->nr_others; j++) {
			stack_add(places, v->others[j].place);
			add_stack(places, &v->others[j].stack);
		}
	}
}

static int compare_places(const void *a, const void *b)
{
	return strcmp(*(char **)a, *(char **)b);
}

void debuginfo_add_lines(struct debuginfo *info, struct report *report)
{
	struct stack places = { };
	size_t found = 0, i;

	add_places(&places, report);
	if (places.nr)
		qsort(places.frames, places.nr, sizeof(*places.frames),
		      compare_places);
	for (i = 0; i < places.nr; i++) {
		char *line;

		if ((i && !strcmp(places.frames[i], places.frames[i - 1])) ||
		    *report_line(report, places.frames[i]))
			continue;
		line = find_line(info, places.frames[i]);
		if (!line)
			continue;
		found++;
		report_add_line(report, places.frames[i], line);
		free(line);
	}
	if (places.nr && !found && !report->nr_lines)
		complain("no place of the report is in these files: are they of its kernel?");
	report_sort_lines(report);
	stack_clear(&places);
}
