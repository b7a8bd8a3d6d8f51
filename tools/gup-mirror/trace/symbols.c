// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: names of addresses, with the modules that they are in.
 *
 * libtraceevent knows the modules, but no function of it tells them: only the
 * list that it prints has them. It is printed once, and read back.
 */
#include <errno.h>
#include <event-parse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "alloc.h"
#include "message.h"
#include "trace/symbols.h"

struct symbol {
	uint64_t address;
	char *name;
	char *module;		/* with a space and brackets, or NULL */
};

/* A call site is asked for again and again. */
struct known {
	uint64_t address;
	char *name;
};

/* How often one was loaded. */
struct module {
	char *name;		/* with a space and brackets */
	uint64_t loads;
};

struct symbols {
	struct symbol *all;
	size_t nr;
	struct known *known;
	size_t nr_known;
	struct module *modules;
	size_t nr_modules;
	bool asked;
};

static int compare(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

/* A line is "address name [module]"; one of another form is of no use. */
static void add_line(struct symbols *symbols, char *line)
{
	struct symbol *symbol;
	char *name, *module;
	uint64_t address;

	address = strtoull(line, &name, 16);
	if (!address || *name != ' ')
		return;
	name++;
	name[strcspn(name, "\n")] = '\0';
	module = strchr(name, ' ');
	if (module)
		*module++ = '\0';

	symbols->all = grow(symbols->all, symbols->nr, sizeof(*symbols->all));
	symbol = &symbols->all[symbols->nr++];
	symbol->address = address;
	symbol->name = xstrdup(name);
	symbol->module = module ? xasprintf(" %s", module) : NULL;
}

/* What the library prints goes to @fd instead of standard output. */
static int print_to(int fd, struct tep_handle *tep)
{
	int saved, ret;

	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	if (saved < 0)
		return -1;
	ret = dup2(fd, STDOUT_FILENO);
	if (ret >= 0) {
		tep_print_funcs(tep);
		fflush(stdout);
		ret = dup2(saved, STDOUT_FILENO);
	}
	close(saved);
	return ret < 0 ? -1 : 0;
}

struct symbols *symbols_new(struct tep_handle *tep)
{
	struct symbols *symbols;
	char *line = NULL;
	size_t size = 0;
	FILE *in;
	int fd;

	fd = memfd_create("symbols", MFD_CLOEXEC);
	if (fd < 0 || print_to(fd, tep) || lseek(fd, 0, SEEK_SET) < 0) {
		complain("cannot list the kernel's functions: %s",
			 strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	in = fdopen(fd, "r");
	if (!in) {
		complain("cannot list the kernel's functions: %s",
			 strerror(errno));
		close(fd);
		return NULL;
	}

	symbols = xcalloc(1, sizeof(*symbols));
	while (getline(&line, &size, in) >= 0)
		add_line(symbols, line);
	free(line);
	fclose(in);
	if (symbols->nr)
		qsort(symbols->all, symbols->nr, sizeof(*symbols->all), compare);
	return symbols;
}

void symbols_free(struct symbols *symbols)
{
	size_t i;

	if (!symbols)
		return;
	for (i = 0; i < symbols->nr; i++) {
		free(symbols->all[i].name);
		free(symbols->all[i].module);
	}
	for (i = 0; i < symbols->nr_known; i++)
		free(symbols->known[i].name);
	for (i = 0; i < symbols->nr_modules; i++)
		free(symbols->modules[i].name);
	free(symbols->modules);
	free(symbols->all);
	free(symbols->known);
	free(symbols);
}

/* The last that does not begin behind @address. */
static const struct symbol *find(const struct symbols *symbols,
				 uint64_t address)
{
	size_t low = 0, high = symbols->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (symbols->all[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &symbols->all[low - 1] : NULL;
}

/* What is too far from a symbol is not part of it. */
#define MAX_FUNCTION	0x100000

/* Code of a module begins with a page. */
#define PAGE		4096

/*
 * Behind the last function of a module may be what another one has left that was
 * unloaded since, and has no names any more. In the same page it is the function's.
 */
static bool is_behind(const struct symbols *symbols,
		      const struct symbol *symbol, uint64_t address)
{
	const struct symbol *next = symbol + 1;

	if (!symbol->module || address / PAGE == symbol->address / PAGE)
		return false;
	return next == symbols->all + symbols->nr || !next->module ||
	       strcmp(next->module, symbol->module);
}

static struct module *find_module(const struct symbols *symbols,
				  const char *name)
{
	size_t i;

	for (i = 0; i < symbols->nr_modules; i++) {
		if (!strcmp(symbols->modules[i].name, name))
			return &symbols->modules[i];
	}
	return NULL;
}

void symbols_loaded(struct symbols *symbols, const char *module)
{
	char *name = xasprintf(" [%s]", module);
	struct module *known = find_module(symbols, name);

	if (!known) {
		symbols->modules = grow(symbols->modules, symbols->nr_modules,
					sizeof(*symbols->modules));
		known = &symbols->modules[symbols->nr_modules++];
		*known = (struct module){ .name = xstrdup(name) };
	}
	known->loads++;
	free(name);
}

/* How often what is at @address now was loaded up to now. */
static uint64_t loads_of(const struct symbols *symbols, uint64_t address)
{
	const struct symbol *symbol = find(symbols, address);
	const struct module *module = NULL;

	if (symbol && symbol->module)
		module = find_module(symbols, symbol->module);
	return module ? module->loads : 0;
}

/* All bits above this one are set in addresses of modules. */
#define LOADS_SHIFT	48
#define LOADS_MASK	(~0ULL << LOADS_SHIFT)

uint64_t symbols_now(const struct symbols *symbols, uint64_t address)
{
	if (!symbols->nr_modules || (address & LOADS_MASK) != LOADS_MASK)
		return address;
	return address ^ loads_of(symbols, address) << LOADS_SHIFT;
}

static char *name_of(struct symbols *symbols, uint64_t number)
{
	uint64_t address = number | LOADS_MASK;
	const struct symbol *symbol;

	/* It was before what is there now was loaded, or is no such address. */
	if (symbols_now(symbols, address) != number) {
		if (!symbols->nr_modules || !loads_of(symbols, address))
			address = number;
		return xasprintf("0x%llx", (unsigned long long)address);
	}
	symbol = find(symbols, address);
	if (!symbol || address - symbol->address >= MAX_FUNCTION ||
	    is_behind(symbols, symbol, address))
		return xasprintf("0x%llx", (unsigned long long)address);
	return xasprintf("%s+0x%llx%s", symbol->name,
			 (unsigned long long)(address - symbol->address),
			 symbol->module ? symbol->module : "");
}

const char *symbols_name(struct symbols *symbols, uint64_t address)
{
	struct known *known;
	size_t i;

	if (!address)
		return "";
	symbols->asked = true;
	for (i = 0; i < symbols->nr_known; i++)
		if (symbols->known[i].address == address)
			return symbols->known[i].name;

	symbols->known = grow(symbols->known, symbols->nr_known,
			      sizeof(*symbols->known));
	known = &symbols->known[symbols->nr_known++];
	known->address = address;
	known->name = name_of(symbols, address);
	return known->name;
}

bool symbols_any(const struct symbols *symbols)
{
	/* They are all there, or none is. */
	return symbols->nr || !symbols->asked;
}
