/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror audit: which functions, variables and members there are.
 *
 * All belong to a unit: a directory, or several that share a header.
 */
#ifndef GUP_MIRROR_AUDIT_CODE_H
#define GUP_MIRROR_AUDIT_CODE_H

#include <stdbool.h>

#include "audit/facts.h"
#include "audit/map.h"

struct audit_files;

struct code {
	const struct audit_files *files;
	struct map functions, parameters, variables, fields, tables, aliases;
	/* Names of units that are directories. */
	struct map units;
};

/* @facts and @files must live as long. */
void code_read(struct code *code, const struct facts *facts,
	       const struct audit_files *files);
void code_free(struct code *code);

/* The unit of a file. */
const char *code_unit(const struct code *code, const char *file);
/* The function or macro that @fact means by @name, or NULL if it is not known. */
const struct fact *code_function(const struct code *code,
				 const struct fact *fact, const char *name);
/* Parameter @number of a function or macro: its name, or NULL; its type. */
const char *code_parameter(const struct code *code,
			   const struct fact *function, unsigned int number,
			   const char **type);
/* What a name is defined to be: itself, if it is not. */
const char *code_alias(const struct code *code, const struct fact *fact,
		       const char *name);
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

/* The name of a structure in a type; "" if there is none. For free(). */
char *type_tag(const char *type);
/* Is it something with pages in it, rather than one page? */
bool type_holds_pages(const char *type);
/* How many pointers and arrays are around a page; 0 if it is something else. */
unsigned int type_page_depth(const char *type);

#endif
