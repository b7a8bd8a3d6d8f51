/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror audit: which functions, variables and members there are.
 *
 * All belong to a directory: a driver, or what is taken for one.
 */
#ifndef GUP_MIRROR_AUDIT_CODE_H
#define GUP_MIRROR_AUDIT_CODE_H

#include <stdbool.h>

#include "audit_facts.h"
#include "audit_map.h"

struct code {
	struct map functions, variables, fields, tables;
	/* Types of parameters, which no fact has by itself. */
	char **types;
	size_t nr_types;
};

void code_read(struct code *code, const struct facts *facts);
void code_free(struct code *code);

/* The function that @fact means by @name, or NULL if it is not known. */
const struct fact *code_function(const struct code *code,
				 const struct fact *fact, const char *name);
/* The type of a variable or parameter of its own, or NULL. */
const char *code_local(const struct code *code, const struct fact *fact,
		       const char *name);
/* The type of a variable of the file, or NULL. */
const char *code_global(const struct code *code, const struct fact *fact,
			const char *name);
/* The type of a member, or NULL. */
const char *code_field(const struct code *code, const struct fact *fact,
		       const char *structure, const char *member);
/* FACT_TABLEs with functions that may be called by that member, or NULL. */
const struct map_entry *code_table(const struct code *code,
				   const struct fact *fact,
				   const char *member);

/* Parameter @number of a function, or NULL. For free(). */
char *parameter_name(const struct fact *function, unsigned int number);

/* The name of a structure in a type; "" if there is none. For free(). */
char *type_tag(const char *type);
/* Is it something with pages in it, rather than one page? */
bool type_holds_pages(const char *type);

/* The directory of a file, "" if it is in none. For free(). */
char *directory_of(const char *file);

#endif
