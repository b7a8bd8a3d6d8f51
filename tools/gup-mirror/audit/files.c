// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: which files of a tree are worth a look.
 *
 * spatch takes a third of a second for each file, so it gets those only that
 * may handle pages of a GUP call: they are in a directory where there is one, or
 * include a header that such a file includes by its path.
 */
#include <ctype.h>
#include <errno.h>
#include <fts.h>
#include <jansson.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "audit/files.h"
#include "audit/map.h"
#include "audit/names.h"
#include "message.h"

/* A directory with so many files is more than one driver. */
#define DRIVER_FILES 64

/* One file that was read. */
struct file {
	char *name;
	char *directory;
	bool calls, handles, releases, tables, header;
	/* It is in a directory that calls, or includes what such a file includes. */
	bool chosen;
	char *unit;
	/* Files elsewhere in the tree that it includes by a path. */
	char **includes;
	size_t nr_includes;
};

struct tree {
	struct file *files;
	size_t nr;
};

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

char *files_text(const char *path, bool *cleaned)
{
	FILE *in = fopen(path, "re");
	size_t size = 0, room = 0, got, i;
	char *text = NULL;
	bool failed;

	if (!in)
		return NULL;
	do {
		room = room ? 2 * room : 1 << 14;
		text = xreallocarray(text, room, 1);
		got = fread(text + size, 1, room - size - 1, in);
		size += got;
	} while (size == room - 1);
	failed = ferror(in);
	fclose(in);
	if (failed) {
		free(text);
		return NULL;
	}
	*cleaned = false;
	for (i = 0; i < size; i++) {
		if (!text[i]) {
			text[i] = ' ';
			*cleaned = true;
		}
	}
	text[size] = '\0';
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

/* Releases, or has functions that do. */
static bool releases_pages(const char *text)
{
	return strstr(text, "put_page") || strstr(text, "unpin_") ||
	       strstr(text, "folio_put") || strstr(text, "release_pages");
}

/* The name of what a file includes as "../x.h"; NULL if it is not in the tree. */
static char *resolve(const char *directory, const char *path, size_t len)
{
	char *name = xasprintf("%s/%.*s", directory, (int)len, path);
	char *from = name, *to = name, *word;

	/* Each word is written behind those that are left. */
	while ((word = strsep(&from, "/"))) {
		size_t size = strlen(word);

		if (!size || !strcmp(word, "."))
			continue;
		if (!strcmp(word, "..")) {
			if (to == name) {
				free(name);
				return NULL;
			}
			while (to > name && *--to != '/')
				;
			continue;
		}
		if (to > name)
			*to++ = '/';
		memmove(to, word, size);
		to += size;
	}
	*to = '\0';
	return name;
}

static void add_includes(struct file *file, const char *text)
{
	static const char start[] = "#include \"";
	const char *at = text, *end;
	char *name;

	while ((at = strstr(at, start))) {
		at += strlen(start);
		end = at + strcspn(at, "\"\n");
		if (*end != '"' || !memchr(at, '/', end - at))
			continue;
		name = resolve(file->directory, at, end - at);
		if (!name)
			continue;
		file->includes = grow(file->includes, file->nr_includes,
				      sizeof(*file->includes));
		file->includes[file->nr_includes++] = name;
	}
}

/*
 * spatch and its scripts tell of files in lines, with quotes and "::" in them, and in
 * UTF-8. Says what of a name they would stumble over, or NULL.
 */
static const char *odd_in_name(const char *name)
{
	json_t *text = json_string(name);

	if (!text)
		return "is not UTF-8";
	json_decref(text);
	if (strchr(name, '\n'))
		return "has a newline";
	if (strchr(name, '"'))
		return "has a quote";
	return strstr(name, "::") ? "has ::" : NULL;
}

static void read_file(const char *path, const char *name, struct tree *tree,
		      struct audit_files *found)
{
	size_t before = found->nr_mentions;
	const char *slash = strrchr(name, '/'), *odd = odd_in_name(name);
	struct file *file;
	bool cleaned;
	char *text;

	if (odd) {
		complain("%s was not read: its name %s", name, odd);
		found->unreadable++;
		return;
	}
	text = files_text(path, &cleaned);
	if (!text) {
		complain("%s was not read: %s", name, strerror(errno));
		found->unreadable++;
		return;
	}
	tree->files = grow(tree->files, tree->nr, sizeof(*file));
	file = &tree->files[tree->nr++];
	*file = (struct file){ .name = xstrdup(name) };
	file->directory = slash ? strndup(name, slash - name) : xstrdup("");
	file->header = name[strlen(name) - 1] == 'h';
	file->handles = handles_pages(text);
	file->releases = releases_pages(text);
	if (mentions_gup(text))
		mentions_find(name, text, found);
	file->calls = found->nr_mentions > before;
	if (file->handles || file->releases || file->calls)
		add_includes(file, text);
	free(text);
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

static int walk(struct tree *tree, struct audit_files *found)
{
	char *const tops[] = { found->top, NULL };
	FTS *fts = fts_open(tops, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	size_t start = strlen(found->top) + 1;
	FTSENT *entry;

	if (!fts) {
		complain("cannot read %s: %s", found->top, strerror(errno));
		return -1;
	}
	while ((entry = fts_read(fts))) {
		switch (entry->fts_info) {
		case FTS_D:
			if (is_aside(entry))
				fts_set(fts, entry, FTS_SKIP);
			break;
		case FTS_F:
			if (is_c(entry))
				read_file(entry->fts_path,
					  entry->fts_path + start, tree, found);
			break;
		case FTS_DNR:
		case FTS_ERR:
		case FTS_NS:
			complain("%s was not read: %s",
				 entry->fts_level > 0 ? entry->fts_path + start :
							entry->fts_path,
				 strerror(entry->fts_errno));
			found->unreadable++;
			break;
		default:
			break;
		}
	}
	fts_close(fts);
	return 0;
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
			bool cleaned;

			if (files[i].header || files[i].handles != !pass)
				continue;
			path = xasprintf("%s/%s", top, files[i].name);
			text = files_text(path, &cleaned);
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
static void choose(const char *top, struct file *files, size_t nr)
{
	bool called = false;
	size_t i;

	/* A header below include/ is not at home there. */
	for (i = 0; i < nr; i++)
		called = called || (files[i].calls && !files[i].header);
	if (called && nr <= DRIVER_FILES)
		add_tables(top, files, nr);
	for (i = 0; i < nr; i++)
		files[i].chosen = files[i].calls ||
				  (called && (files[i].handles ||
					      files[i].tables));
}

/* Both units become one. */
static void unite(struct tree *tree, const char *a, const char *b)
{
	char *from = xstrdup(a);
	size_t i;

	for (i = 0; i < tree->nr; i++) {
		struct file *file = &tree->files[i];

		if (file->unit && !strcmp(file->unit, from)) {
			free(file->unit);
			file->unit = xstrdup(b);
		}
	}
	free(from);
}

static void link_file(struct tree *tree, struct file *file, const char *unit)
{
	if (!file->chosen) {
		file->chosen = true;
		free(file->unit);
		file->unit = xstrdup(unit);
	} else if (strcmp(file->unit, unit)) {
		unite(tree, file->unit, unit);
	}
}

/*
 * A header that a file with a call includes by its path belongs to it, and so do
 * the files that include it as well and release pages.
 */
static void link_includes(struct tree *tree)
{
	struct map by_name = { }, by_include = { };
	size_t i, j, k;

	for (i = 0; i < tree->nr; i++) {
		struct file *file = &tree->files[i];

		map_add(&by_name, file->name, file);
		for (j = 0; j < file->nr_includes; j++)
			map_add(&by_include, file->includes[j], file);
	}
	for (i = 0; i < tree->nr; i++) {
		struct file *file = &tree->files[i];

		for (j = 0; file->calls && j < file->nr_includes; j++) {
			const char *name = file->includes[j];
			struct file *header = (void *)map_first(&by_name, name);
			const struct map_entry *others;

			if (!header || !header->handles)
				continue;
			link_file(tree, header, file->unit);
			others = map_find(&by_include, name);
			for (k = 0; others && k < others->nr; k++) {
				struct file *other = (void *)others->values[k];

				if (other->releases)
					link_file(tree, other, file->unit);
			}
		}
	}
	map_free(&by_name);
	map_free(&by_include);
}

static void keep_chosen(struct tree *tree, struct audit_files *found)
{
	size_t i;

	for (i = 0; i < tree->nr; i++) {
		struct file *file = &tree->files[i];

		if (!file->chosen)
			continue;
		found->files = grow(found->files, found->nr,
				    sizeof(*found->files));
		found->files[found->nr++] = (struct audit_file){
			.name = xstrdup(file->name),
			.unit = xstrdup(file->unit), .calls = file->calls,
		};
	}
	for (i = 0; i < found->nr; i++)
		map_add(&found->by_name, found->files[i].name,
			&found->files[i]);
}

static void tree_free(struct tree *tree)
{
	size_t i, j;

	for (i = 0; i < tree->nr; i++) {
		struct file *file = &tree->files[i];

		for (j = 0; j < file->nr_includes; j++)
			free(file->includes[j]);
		free(file->includes);
		free(file->name);
		free(file->directory);
		free(file->unit);
	}
	free(tree->files);
}

static int read_tree(const char *name, struct tree *tree,
		     struct audit_files *found)
{
	char top[PATH_MAX], *path;
	struct stat st;

	if (!realpath(name, top) || stat(top, &st)) {
		complain("cannot read %s: %s", name, strerror(errno));
		return -1;
	}
	if (S_ISDIR(st.st_mode)) {
		found->top = xstrdup(top);
		return walk(tree, found);
	}
	path = xstrdup(top);
	found->top = xstrdup(dirname(top));
	read_file(path, strrchr(path, '/') + 1, tree, found);
	free(path);
	return 0;
}

/**
 * audit_files_find() - find the files that spatch is to look at
 * @name: a kernel tree, a directory of one, or a file
 * @found: where to add them
 *
 * Return: 0, or -1 after a complaint, also if there is no C file at all.
 */
int audit_files_find(const char *name, struct audit_files *found)
{
	struct tree tree = { };
	size_t i, start;

	if (read_tree(name, &tree, found))
		return -1;
	if (!tree.nr) {
		if (!found->unreadable)
			complain("%s has no C files", name);
		return -1;
	}

	qsort(tree.files, tree.nr, sizeof(*tree.files), by_directory);
	for (start = 0, i = 1; i <= tree.nr; i++) {
		if (i < tree.nr && !strcmp(tree.files[i].directory,
					   tree.files[start].directory))
			continue;
		choose(found->top, tree.files + start, i - start);
		start = i;
	}
	for (i = 0; i < tree.nr; i++)
		tree.files[i].unit = xstrdup(tree.files[i].directory);
	link_includes(&tree);
	keep_chosen(&tree, found);
	tree_free(&tree);
	return 0;
}

const struct audit_file *files_find(const struct audit_files *files,
				    const char *name)
{
	return files ? map_first(&files->by_name, name) : NULL;
}

const char *files_unit(const struct audit_files *files, const char *name)
{
	const struct audit_file *file = files_find(files, name);

	return file ? file->unit : NULL;
}

void audit_files_free(struct audit_files *found)
{
	size_t i;

	for (i = 0; i < found->nr; i++) {
		struct audit_file *file = &found->files[i];

		if (file->prepared)
			unlink(file->prepared);
		free(file->prepared);
		directives_free(&file->directives);
		free(file->name);
		free(file->unit);
	}
	if (found->directory)
		rmdir(found->directory);
	free(found->directory);
	free(found->files);
	map_free(&found->by_name);
	for (i = 0; i < found->nr_mentions; i++)
		free(found->mentions[i].file);
	free(found->mentions);
	free(found->top);
	*found = (struct audit_files){ };
}
