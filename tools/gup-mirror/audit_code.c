// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: which functions, variables and members there are.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "audit_code.h"

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

char *directory_of(const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash ? strndup(file, slash - file) : xstrdup("");
}

static const void *find(const struct map *map, char *key)
{
	const void *value = map_first(map, key);

	free(key);
	return value;
}

static void add(struct map *map, char *key, const void *value)
{
	map_add(map, key, value);
	free(key);
}

/* The end of the first of several parameters. */
static const char *parameter_end(const char *at)
{
	unsigned int depth = 0;

	for (; *at && (depth || *at != ','); at++) {
		if (strchr("([", *at))
			depth++;
		else if (strchr(")]", *at) && depth)
			depth--;
	}
	return at;
}

static bool take_parameter(const char **at, char **name, char **type)
{
	const char *start = *at, *end, *last;

	while (isspace((unsigned char)*start))
		start++;
	if (!*start)
		return false;
	end = parameter_end(start);
	*at = *end ? end + 1 : end;

	/* The last name, unless the type is that of a function. */
	last = end;
	while (last > start && last[-1] != ')' && !in_name(last[-1]))
		last--;
	*type = strndup(start, end - start);
	end = last;
	while (last > start && in_name(last[-1]))
		last--;
	*name = strndup(last, end - last);
	return true;
}

char *parameter_name(const struct fact *function, unsigned int number)
{
	const char *at = function->words[2];
	char *name, *type;

	while (take_parameter(&at, &name, &type)) {
		free(type);
		if (!number--)
			return name;
		free(name);
	}
	return NULL;
}

static void add_parameters(struct code *code, const struct fact *fact)
{
	const char *at = fact->words[2];
	char *name, *type;

	while (take_parameter(&at, &name, &type)) {
		add(&code->variables,
		    xasprintf("%s\t%s\t%s", fact->file, fact->words[0], name),
		    type);
		free(name);
		code->types = grow(code->types, code->nr_types,
				   sizeof(*code->types));
		code->types[code->nr_types++] = type;
	}
}

static void add_fact(struct code *code, const struct fact *fact)
{
	char *directory = directory_of(fact->file);
	const char *const *words = fact->words;

	switch (fact->sort) {
	case FACT_FUNCTION:
		add(&code->functions,
		    xasprintf("%s\t%s", fact->file, words[0]), fact);
		/* A directory has no ".c", so this is no file. */
		add(&code->functions,
		    xasprintf("%s/\t%s", directory, words[0]), fact);
		add_parameters(code, fact);
		break;
	case FACT_VARIABLE:
		/* Outside of functions, a variable is in itself. */
		add(&code->variables,
		    xasprintf("%s\t%s\t%s", fact->file,
			      strcmp(fact->function, words[0]) ?
			      fact->function : "", words[0]), words[1]);
		break;
	case FACT_FIELD:
		add(&code->fields,
		    xasprintf("%s\t%s\t%s", directory, words[0], words[1]),
		    words[2]);
		break;
	case FACT_TABLE:
		add(&code->tables, xasprintf("%s\t%s", directory, words[0]),
		    fact);
		break;
	default:
		break;
	}
	free(directory);
}

/**
 * code_read() - look at the declarations
 * @code: where to add them
 * @facts: the facts, which must live as long
 */
void code_read(struct code *code, const struct facts *facts)
{
	size_t i;

	for (i = 0; i < facts->nr; i++)
		add_fact(code, &facts->facts[i]);
}

void code_free(struct code *code)
{
	size_t i;

	map_free(&code->functions);
	map_free(&code->variables);
	map_free(&code->fields);
	map_free(&code->tables);
	for (i = 0; i < code->nr_types; i++)
		free(code->types[i]);
	free(code->types);
}

const struct fact *code_function(const struct code *code,
				 const struct fact *fact, const char *name)
{
	const struct fact *function;
	char *directory;

	function = find(&code->functions,
			xasprintf("%s\t%s", fact->file, name));
	if (function)
		return function;
	directory = directory_of(fact->file);
	function = find(&code->functions,
			xasprintf("%s/\t%s", directory, name));
	free(directory);
	return function;
}

const char *code_local(const struct code *code, const struct fact *fact,
		       const char *name)
{
	return find(&code->variables, xasprintf("%s\t%s\t%s", fact->file,
						fact->function, name));
}

const char *code_global(const struct code *code, const struct fact *fact,
			const char *name)
{
	return find(&code->variables,
		    xasprintf("%s\t\t%s", fact->file, name));
}

const char *code_field(const struct code *code, const struct fact *fact,
		       const char *structure, const char *member)
{
	char *directory = directory_of(fact->file);
	const char *type = find(&code->fields, xasprintf("%s\t%s\t%s", directory,
							 structure, member));

	free(directory);
	return type;
}

const struct map_entry *code_table(const struct code *code,
				   const struct fact *fact,
				   const char *member)
{
	char *directory = directory_of(fact->file);
	char *key = xasprintf("%s\t%s", directory, member);
	const struct map_entry *entry = map_find(&code->tables, key);

	free(key);
	free(directory);
	return entry;
}

char *type_tag(const char *type)
{
	static const char *const words[] = {
		"const", "volatile", "static", "extern", "struct", "union",
		"__user", "__iomem", "__rcu", "inline", "void", "unsigned",
	};
	const char *at = type, *end;
	size_t i;

	for (;;) {
		while (*at && !in_name(*at))
			at++;
		for (end = at; in_name(*end); end++)
			;
		if (at == end)
			return xstrdup("");
		for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
			if (strlen(words[i]) == (size_t)(end - at) &&
			    !strncmp(words[i], at, end - at))
				break;
		}
		if (i == sizeof(words) / sizeof(*words))
			return strndup(at, end - at);
		at = end;
	}
}

bool type_holds_pages(const char *type)
{
	static const char *const words[] = {
		"scatterlist", "sg_table", "bio_vec", "struct bio ",
		"folio_batch", "sg_append_table",
	};
	const char *star = strchr(type, '*');
	size_t i;

	if ((star && strchr(star + 1, '*')) || strchr(type, '['))
		return true;
	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strstr(type, words[i]))
			return true;
	}
	return false;
}
