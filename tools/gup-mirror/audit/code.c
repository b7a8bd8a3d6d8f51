// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: which functions, variables and members there are.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "audit/code.h"
#include "audit/files.h"

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
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

static void add_parameter(struct code *code, const struct fact *fact,
			  const char *function, const char *number,
			  const char *name, const char *type)
{
	add(&code->parameters, xasprintf("%s\t%s\t%s", fact->file, function,
					 number), name);
	add(&code->variables, xasprintf("%s\t%s\t%s", fact->file, function,
					name), type);
}

/* Parameters of a macro have no type, and it has no file but that. */
static void add_macro(struct code *code, const struct fact *fact)
{
	size_t i;

	for (i = 1; i < fact->nr_words; i++) {
		char *number = xasprintf("%zu", i - 1);

		add_parameter(code, fact, fact->words[0], number,
			      fact->words[i], "");
		free(number);
	}
}

static void add_function(struct code *code, const struct fact *fact)
{
	const char *name = fact->words[0];

	add(&code->functions, xasprintf("%s\t%s", fact->file, name), fact);
	/* No unit has a ".c" at its end, so this is no file. */
	add(&code->functions,
	    xasprintf("%s/\t%s", code_unit(code, fact->file), name), fact);
}

static void add_fact(struct code *code, const struct fact *fact)
{
	const char *const *words = fact->words;

	switch (fact->sort) {
	case FACT_FUNCTION:
		add_function(code, fact);
		break;
	case FACT_MACRO:
		add_function(code, fact);
		add_macro(code, fact);
		break;
	case FACT_ALIAS:
		add(&code->aliases, xasprintf("%s\t%s", fact->file, words[0]),
		    words[1]);
		add(&code->aliases,
		    xasprintf("%s/\t%s", code_unit(code, fact->file),
			      words[0]), words[1]);
		break;
	case FACT_PARAMETER:
		add_parameter(code, fact, words[0], words[1], words[2],
			      words[3]);
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
		    xasprintf("%s\t%s\t%s", code_unit(code, fact->file),
			      words[0], words[1]), words[2]);
		break;
	case FACT_TABLE:
		add(&code->tables,
		    xasprintf("%s\t%s", code_unit(code, fact->file),
			      words[0]), fact);
		break;
	default:
		break;
	}
}

/* Units are asked for often, so that each name is made once. */
static void add_unit(struct code *code, const char *file)
{
	const char *slash = strrchr(file, '/');
	char *directory;

	if (map_find(&code->units, file))
		return;
	directory = slash ? strndup(file, slash - file) : xstrdup("");
	map_add(&code->units, file, directory);
}

const char *code_unit(const struct code *code, const char *file)
{
	const char *unit = files_unit(code->files, file);

	return unit ?: map_first(&code->units, file) ?: "";
}

/**
 * code_read() - look at the declarations
 * @code: where to add them
 * @facts: the facts, which must live as long
 * @files: where they are from
 */
void code_read(struct code *code, const struct facts *facts,
	       const struct audit_files *files)
{
	size_t i;

	code->files = files;
	for (i = 0; i < facts->nr; i++)
		add_unit(code, facts->facts[i].file);
	for (i = 0; i < facts->nr; i++)
		add_fact(code, &facts->facts[i]);
}

void code_free(struct code *code)
{
	map_free(&code->functions);
	map_free(&code->parameters);
	map_free(&code->variables);
	map_free(&code->fields);
	map_free(&code->tables);
	map_free(&code->aliases);
	map_free_values(&code->units);
}

/* What a file has by a name, or else its unit. */
static const void *find_in_unit(const struct code *code, const struct map *map,
				const char *file, const char *name)
{
	return find(map, xasprintf("%s\t%s", file, name)) ?:
	       find(map, xasprintf("%s/\t%s", code_unit(code, file), name));
}

const struct fact *code_function(const struct code *code,
				 const struct fact *fact, const char *name)
{
	return find_in_unit(code, &code->functions, fact->file, name);
}

const char *code_parameter(const struct code *code,
			   const struct fact *function, unsigned int number,
			   const char **type)
{
	const char *name = find(&code->parameters,
				xasprintf("%s\t%s\t%u", function->file,
					  function->words[0], number));

	if (name)
		*type = find(&code->variables,
			     xasprintf("%s\t%s\t%s", function->file,
				       function->words[0], name)) ?: "";
	return name;
}

const char *code_alias(const struct code *code, const struct fact *fact,
		       const char *name)
{
	unsigned int i;

	/* Two may be defined to be each other. */
	for (i = 0; i < 8; i++) {
		const char *other = find_in_unit(code, &code->aliases,
						 fact->file, name);

		if (!other)
			break;
		name = other;
	}
	return name;
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
	return find(&code->fields,
		    xasprintf("%s\t%s\t%s", code_unit(code, fact->file),
			      structure, member));
}

const struct map_entry *code_table(const struct code *code,
				   const struct fact *fact,
				   const char *member)
{
	char *key = xasprintf("%s\t%s", code_unit(code, fact->file), member);
	const struct map_entry *entry = map_find(&code->tables, key);

	free(key);
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
		"folio_batch", "sg_append_table", "sk_buff", "xarray",
		"radix_tree", "list_head",
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

unsigned int type_page_depth(const char *type)
{
	const char *at = strstr(type, "struct page ") ?:
			 strstr(type, "struct folio ");
	unsigned int depth = 0;

	for (; at && *at; at++)
		depth += *at == '*' || *at == '[';
	return depth;
}
