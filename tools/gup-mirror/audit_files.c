// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: which files of a tree are worth a look.
 *
 * spatch takes a third of a second for each file, so it gets those only that
 * are in a directory where a GUP function is called, and may handle its pages.
 */
#include <ctype.h>
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "audit_files.h"
#include "audit_map.h"
#include "audit_names.h"
#include "message.h"

/* A directory with so many files is more than one driver. */
#define DRIVER_FILES 64

/* One file that was read. */
struct file {
	char *name;
	char *directory;
	bool calls, handles, tables, header;
};

struct tree {
	struct file *files;
	size_t nr;
};

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Writes spaces over comments, strings and characters, but keeps the lines. */
static void blank(char *text)
{
	char *at = text;

	while (*at) {
		char *end;

		if (!strncmp(at, "/*", 2)) {
			end = strstr(at + 2, "*/");
			end = end ? end + 2 : at + strlen(at);
		} else if (!strncmp(at, "//", 2)) {
			end = at + strcspn(at, "\n");
		} else if (*at == '"' || *at == '\'') {
			end = at + 1;
			while (*end && *end != *at && *end != '\n')
				end += *end == '\\' && end[1] ? 2 : 1;
			if (*end == *at)
				end++;
		} else {
			at++;
			continue;
		}
		for (; at < end; at++) {
			if (*at != '\n')
				*at = ' ';
		}
	}
}

static const struct acquirer *acquirer_at(const char *at, size_t len)
{
	size_t i;

	for (i = 0; i < nr_acquirers; i++) {
		if (strlen(acquirers[i].name) == len &&
		    !strncmp(acquirers[i].name, at, len))
			return &acquirers[i];
	}
	return NULL;
}

/* A call stands in a function, so its line begins with white space. */
static bool is_call(const char *text, const char *at, size_t len)
{
	const char *line = at, *before = at;

	while (line > text && line[-1] != '\n')
		line--;
	if (!isspace((unsigned char)*line))
		return false;
	while (before > line && isspace((unsigned char)before[-1]))
		before--;
	/* A name or star before it makes it a declaration; "return" does not. */
	if (before > line && (in_name(before[-1]) || before[-1] == '*')) {
		if (before - line < 6 || strncmp(before - 6, "return", 6))
			return false;
	}
	at += len;
	while (isspace((unsigned char)*at))
		at++;
	return *at == '(';
}

void mentions_find(const char *file, const char *text,
		   struct audit_files *found)
{
	char *code = xstrdup(text);
	unsigned int line = 1;
	const char *at;

	blank(code);
	for (at = code; *at; ) {
		const struct acquirer *acquirer;
		struct mention *mention;
		size_t len = 0;

		if (!in_name(*at)) {
			line += *at++ == '\n';
			continue;
		}
		while (in_name(at[len]))
			len++;
		acquirer = len > 10 ? acquirer_at(at, len) : NULL;
		if (acquirer && is_call(code, at, len)) {
			found->mentions = grow(found->mentions, found->nr_mentions,
					       sizeof(*mention));
			mention = &found->mentions[found->nr_mentions++];
			mention->file = xstrdup(file);
			mention->line = line;
			mention->name = acquirer->name;
		}
		at += len;
	}
	free(code);
}

static char *read_text(const char *path)
{
	FILE *in = fopen(path, "re");
	size_t size = 0;
	char *text = NULL;

	if (!in)
		return NULL;
	/* No C file has a byte 0, so this is all of it. */
	if (getdelim(&text, &size, 0, in) < 0) {
		bool failed = ferror(in);

		free(text);
		text = failed ? NULL : xstrdup("");
	}
	fclose(in);
	return text;
}

/* Such a file may store, pass on or release pages. */
static bool handles_pages(const char *text)
{
	static const char *const words[] = {
		"struct page", "put_page", "struct folio", "unpin_",
		"scatterlist", "sg_table", "release_pages",
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strstr(text, words[i]))
			return true;
	}
	return false;
}

static bool mentions_gup(const char *text)
{
	static const char *const stems[] = {
		"_user_page", "iov_iter_", "memfd_pin_folios", "folio_add_pin",
		"get_dump_page",
	};
	size_t i;

	for (i = 0; i < sizeof(stems) / sizeof(*stems); i++) {
		if (strstr(text, stems[i]))
			return true;
	}
	return false;
}

static int read_file(const char *path, const char *name, struct tree *tree,
		     struct audit_files *found)
{
	size_t before = found->nr_mentions;
	char *text = read_text(path);
	const char *slash = strrchr(name, '/');
	struct file *file;

	if (!text) {
		complain("cannot read %s: %s", path, strerror(errno));
		return -1;
	}
	tree->files = grow(tree->files, tree->nr, sizeof(*file));
	file = &tree->files[tree->nr++];
	*file = (struct file){ .name = xstrdup(name) };
	file->directory = slash ? strndup(name, slash - name) : xstrdup("");
	file->header = name[strlen(name) - 1] == 'h';
	file->handles = handles_pages(text);
	if (mentions_gup(text))
		mentions_find(name, text, found);
	file->calls = found->nr_mentions > before;
	free(text);
	return 0;
}

/* These have no kernel code, or none that is built. */
static bool is_aside(const FTSENT *entry)
{
	static const char *const names[] = {
		"Documentation", "tools", "scripts",
	};
	size_t i;

	if (entry->fts_level > 0 && entry->fts_name[0] == '.')
		return true;
	if (entry->fts_level != 1)
		return false;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(entry->fts_name, names[i]))
			return true;
	}
	return false;
}

static bool is_c(const FTSENT *entry)
{
	size_t len = entry->fts_namelen;

	return len > 2 && entry->fts_name[len - 2] == '.' &&
	       strchr("ch", entry->fts_name[len - 1]) &&
	       !strstr(entry->fts_name, ".mod.c");
}

static int walk(const char *top, struct tree *tree, struct audit_files *found)
{
	char *const tops[] = { (char *)top, NULL };
	FTS *fts = fts_open(tops, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *entry;
	int ret = 0;

	if (!fts) {
		complain("cannot read %s: %s", top, strerror(errno));
		return -1;
	}
	while (!ret && (entry = fts_read(fts))) {
		switch (entry->fts_info) {
		case FTS_D:
			if (is_aside(entry))
				fts_set(fts, entry, FTS_SKIP);
			break;
		case FTS_F:
			if (is_c(entry))
				ret = read_file(entry->fts_path,
						entry->fts_path + strlen(top) + 1,
						tree, found);
			break;
		case FTS_DNR:
		case FTS_ERR:
		case FTS_NS:
			complain("cannot read %s: %s", entry->fts_path,
				 strerror(entry->fts_errno));
			ret = -1;
			break;
		default:
			break;
		}
	}
	fts_close(fts);
	return ret;
}

static int by_directory(const void *a, const void *b)
{
	const struct file *left = a, *right = b;

	return strcmp(left->directory, right->directory) ?:
	       strcmp(left->name, right->name);
}

/* The functions that a file defines: their names begin a line, or its type does. */
static void add_functions(const char *text, struct map *functions)
{
	const char *line, *end, *start, *bracket;
	char *name;

	for (line = text; *line; line = *end ? end + 1 : end) {
		end = line + strcspn(line, "\n");
		bracket = line + strcspn(line, "(\n");
		if (!in_name(*line) || *bracket != '(')
			continue;
		for (start = bracket; start > line && in_name(start[-1]); start--)
			;
		name = strndup(start, bracket - start);
		map_add(functions, name, "");
		free(name);
	}
}

/* Does it put any of the functions into a table? ".member = function," */
static bool has_table(const char *text, const struct map *functions)
{
	const char *at = text;
	bool found = false;

	while (!found && (at = strchr(at, '='))) {
		size_t len = 0;
		char *name;

		at += 1 + strspn(at + 1, " \t\n&");
		while (in_name(at[len]))
			len++;
		if (!len || !strchr(",\n}", at[len]))
			continue;
		name = strndup(at, len);
		found = map_find(functions, name);
		free(name);
	}
	return found;
}

/*
 * The functions of a driver that handle pages may be called through a table in a
 * file that does not.
 */
static void add_tables(const char *top, struct file *files, size_t nr)
{
	struct map functions = { };
	size_t i, pass;

	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < nr; i++) {
			char *path, *text;

			if (files[i].header || files[i].handles != !pass)
				continue;
			path = xasprintf("%s/%s", top, files[i].name);
			text = read_text(path);
			free(path);
			if (!text)
				continue;
			if (!pass)
				add_functions(text, &functions);
			else if (has_table(text, &functions))
				files[i].tables = true;
			free(text);
		}
	}
	map_free(&functions);
}

/* The files of one directory. */
static void choose(const char *top, struct file *files, size_t nr,
		   struct audit_files *found)
{
	bool called = false;
	size_t i;

	/* A header below include/ is not at home there. */
	for (i = 0; i < nr; i++)
		called = called || (files[i].calls && !files[i].header);
	if (called && nr <= DRIVER_FILES)
		add_tables(top, files, nr);
	for (i = 0; i < nr; i++) {
		if (!files[i].calls &&
		    (!called || (!files[i].handles && !files[i].tables)))
			continue;
		found->files = grow(found->files, found->nr,
				    sizeof(*found->files));
		found->files[found->nr++] = xstrdup(files[i].name);
	}
}

static void tree_free(struct tree *tree)
{
	size_t i;

	for (i = 0; i < tree->nr; i++) {
		free(tree->files[i].name);
		free(tree->files[i].directory);
	}
	free(tree->files);
}

/**
 * audit_files_find() - find the files that spatch is to look at
 * @top: a kernel tree, or a directory of one
 * @found: where to add them
 *
 * Return: 0, or -1 after a complaint, also if there is no C file at all.
 */
int audit_files_find(const char *top, struct audit_files *found)
{
	struct tree tree = { };
	struct stat st;
	size_t i, start;
	int ret;

	if (stat(top, &st)) {
		complain("cannot read %s: %s", top, strerror(errno));
		return -1;
	}
	if (!S_ISDIR(st.st_mode)) {
		complain("%s is no directory", top);
		return -1;
	}

	ret = walk(top, &tree, found);
	if (!ret && !tree.nr) {
		complain("%s has no C files", top);
		ret = -1;
	}
	if (!ret) {
		qsort(tree.files, tree.nr, sizeof(*tree.files), by_directory);
		for (start = 0, i = 1; i <= tree.nr; i++) {
			if (i < tree.nr && !strcmp(tree.files[i].directory,
						   tree.files[start].directory))
				continue;
			choose(top, tree.files + start, i - start, found);
			start = i;
		}
	}
	tree_free(&tree);
	return ret;
}

void audit_files_free(struct audit_files *found)
{
	size_t i;

	for (i = 0; i < found->nr; i++)
		free(found->files[i]);
	free(found->files);
	for (i = 0; i < found->nr_mentions; i++)
		free(found->mentions[i].file);
	free(found->mentions);
	*found = (struct audit_files){ };
}
