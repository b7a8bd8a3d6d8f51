// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: copies of the few files that Coccinelle cannot read as they
 * are.
 *
 * Three things stop Coccinelle 1.1.1 from reading a function, so that they are
 * written in another way, line by line:
 *
 *	T *x __free(f) = e;		T *x = gup_mirror_free(f, x), gup_mirror_was = e;
 *	DEFINE_FREE(f, T, code)		void gup_mirror_free_f(T _T) { code; }
 *	SHOW(name, { code })		void name(void) { code }
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "audit/files.h"
#include "audit/prepare.h"
#include "message.h"

/* What is written, and how far it was read. */
struct writer {
	FILE *out;
	const char *text, *code;	/* code: without comments and strings */
	size_t at;
};

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static size_t skip_space(const char *code, size_t at)
{
	while (isspace((unsigned char)code[at]))
		at++;
	return at;
}

static size_t skip_name(const char *code, size_t at)
{
	while (in_name(code[at]))
		at++;
	return at;
}

/* Behind what ends at @last or at the bracket that closes; 0 if it does not. */
static size_t find_end(const char *code, size_t at, char last)
{
	unsigned int depth = 0;

	for (; code[at]; at++) {
		if (!depth && code[at] == last)
			return at;
		if (strchr("([{", code[at]))
			depth++;
		else if (strchr(")]}", code[at]) && !depth--)
			return 0;
	}
	return 0;
}

static void copy_until(struct writer *writer, size_t end)
{
	if (end > writer->at)
		fwrite(writer->text + writer->at, 1, end - writer->at,
		       writer->out);
	writer->at = end;
}

static void put(struct writer *writer, size_t from, size_t to)
{
	fwrite(writer->text + from, 1, to - from, writer->out);
}

/* Lines keep their numbers, whatever is left out of them. */
static void put_lines(struct writer *writer, size_t from, size_t to)
{
	for (; from < to; from++) {
		if (writer->code[from] == '\n')
			fputc('\n', writer->out);
	}
}

/* "x __free(f)": @at is at the second word. */
static bool put_cleanup(struct writer *writer, size_t at)
{
	const char *code = writer->code;
	size_t open = at + strlen("__free"), close, name = at, end;

	open += strspn(code + open, " \t");
	if (code[open] != '(')
		return false;
	close = find_end(code, open + 1, ')');
	while (name && isspace((unsigned char)code[name - 1]))
		name--;
	end = name;
	while (name && in_name(code[name - 1]))
		name--;
	if (!close || name == end)
		return false;
	copy_until(writer, at);
	fputs("= " CLEANUP_CALL "(", writer->out);
	put(writer, open + 1, close);
	fputs(", ", writer->out);
	put(writer, name, end);
	fputc(')', writer->out);
	writer->at = close + 1;
	if (code[skip_space(code, writer->at)] == '=')
		fputs(", gup_mirror_was", writer->out);
	return true;
}

/* "DEFINE_FREE(f, T, code)" at the start of a line. */
static bool put_definition(struct writer *writer, size_t at)
{
	const char *code = writer->code;
	size_t name = at + strlen("DEFINE_FREE("), type, body, end;

	type = find_end(code, name, ',');
	body = type ? find_end(code, type + 1, ',') : 0;
	end = body ? find_end(code, body + 1, ')') : 0;
	if (!end)
		return false;
	copy_until(writer, at);
	fputs("void " CLEANUP_PREFIX, writer->out);
	put(writer, name, type);
	fputc('(', writer->out);
	put(writer, type + 1, body);
	fputs(" _T) {", writer->out);
	put(writer, body + 1, end);
	fputs("; }", writer->out);
	writer->at = end + 1;
	return true;
}

/* "SHOW(name, {" at the start of a line, until "})" at another. */
static bool put_block(struct writer *writer, size_t at)
{
	const char *code = writer->code;
	size_t open = skip_name(code, at), name, end, block, close;

	if (code[open] != '(')
		return false;
	name = skip_space(code, open + 1);
	end = skip_name(code, name);
	block = skip_space(code, end);
	if (name == end || code[block] != ',')
		return false;
	block = skip_space(code, block + 1);
	if (code[block] != '{')
		return false;
	close = find_end(code, block + 1, '}');
	if (!close || code[close + 1] != ')')
		return false;
	/* Code, not numbers. */
	if (!memchr(code + block, ';', close - block))
		return false;
	copy_until(writer, at);
	fputs("void ", writer->out);
	put_lines(writer, at, name);
	put(writer, name, end);
	fputs("(void) ", writer->out);
	put_lines(writer, end, block);
	put(writer, block, close + 1);
	writer->at = close + 2;
	if (code[writer->at] == ';')
		writer->at++;
	return true;
}

static bool is_at(const char *code, size_t at, const char *word)
{
	return !strncmp(code + at, word, strlen(word)) &&
	       (!at || !in_name(code[at - 1]));
}

static bool put_at(struct writer *writer, size_t at)
{
	const char *code = writer->code;
	bool starts = !at || code[at - 1] == '\n';

	if (is_at(code, at, "__free") && !in_name(code[at + 6]))
		return put_cleanup(writer, at);
	if (!starts)
		return false;
	if (is_at(code, at, "DEFINE_FREE("))
		return put_definition(writer, at);
	return isupper((unsigned char)code[at]) && put_block(writer, at);
}

char *prepare_text(const char *text)
{
	char *code = xstrdup(text), *prepared = NULL;
	struct writer writer = { .text = text, .code = code };
	size_t size, at;
	bool changed = false;

	text_blank(code);
	writer.out = open_memstream(&prepared, &size);
	if (!writer.out) {
		complain("out of memory");
		exit(EXIT_BAD);
	}
	for (at = 0; code[at]; ) {
		if (at >= writer.at && put_at(&writer, at)) {
			changed = true;
			at = writer.at;
		} else {
			at++;
		}
	}
	copy_until(&writer, at);
	fclose(writer.out);
	free(code);
	if (changed)
		return prepared;
	free(prepared);
	return NULL;
}

static int write_text(const char *path, const char *text)
{
	FILE *out = fopen(path, "we");
	bool failed;

	if (!out)
		return -1;
	failed = fputs(text, out) == EOF;
	return fclose(out) || failed ? -1 : 0;
}

static int make_directory(struct audit_files *files)
{
	const char *parent = getenv("TMPDIR") ?: "/tmp";

	if (files->directory)
		return 0;
	files->directory = xasprintf("%s/gup-mirror-XXXXXX", parent);
	if (mkdtemp(files->directory))
		return 0;
	free(files->directory);
	files->directory = NULL;
	return -1;
}

static int write_copy(struct audit_files *files, struct audit_file *file,
		      const char *text)
{
	char suffix = file->name[strlen(file->name) - 1];

	if (!make_directory(files)) {
		file->prepared = xasprintf("%s/%zu.%c", files->directory,
					   (size_t)(file - files->files),
					   suffix);
		if (!write_text(file->prepared, text))
			return 0;
	}
	complain("cannot write a temporary file: %s", strerror(errno));
	return -1;
}

/**
 * audit_prepare() - make ready what spatch is to read
 * @files: the files; their conditions and macros are added, and prepared copies
 *
 * Return: 0, or -1 after a complaint.
 */
int audit_prepare(struct audit_files *files)
{
	size_t i;

	for (i = 0; i < files->nr; i++) {
		struct audit_file *file = &files->files[i];
		char *path = xasprintf("%s/%s", files->top, file->name);
		bool cleaned;
		char *text = files_text(path, &cleaned), *prepared;
		int ret = 0;

		free(path);
		/* It could be read before; then spatch will tell. */
		if (!text)
			continue;
		directives_read(text, &file->directives);
		prepared = prepare_text(text);
		if (prepared || cleaned)
			ret = write_copy(files, file, prepared ?: text);
		free(prepared);
		free(text);
		if (ret)
			return -1;
	}
	return 0;
}
