// SPDX-License-Identifier: GPL-2.0
/*
 * Has test_gup_mirror.ko acquire pages of this process in one way and release
 * them in another, right or wrong, for demonstrations and for trying by hand.
 */
#include <argp.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "buffer.h"
#include "layer.h"
#include "plans.h"
#include "tgm.h"

#define MAX_RELEASES	2

enum {
	OPT_DIRTY = 256,
	OPT_EXTRA_GET,
	OPT_FILE,
	OPT_HUGETLB,
	OPT_LAUNDER,
	OPT_LONGTERM,
	OPT_RIGHT,
	OPT_THP,
	OPT_WRITE,
};

struct request {
	const struct plan *plan;	/* instead of functions */
	bool right;
	int acquire;
	unsigned int acquire_flags;
	int releases[MAX_RELEASES];
	unsigned int nr_releases;
	unsigned int release_flags;
	enum buffer_type type;
	const char *dir;
	unsigned long pages;
};

static const struct argp_option options[] = {
	{ "class", 'c', "CLASS", 0,
	  "provoke a violation of this class, see below; instead of --acquire and --release" },
	{ "right", OPT_RIGHT, 0, 0,
	  "with --class: do what would have been right instead" },
	{ "acquire", 'a', "FUNCTION", 0, "acquire pages with this function" },
	{ "release", 'r', "FUNCTION", 0,
	  "release them with this one; with --extra-get the first one is for the extra reference" },
	{ "pages", 'n', "N", 0, "number of pages (default: 1)" },
	{ "thp", OPT_THP, 0, 0, "of a transparent huge page" },
	{ "hugetlb", OPT_HUGETLB, 0, 0, "of a page of hugetlb" },
	{ "file", OPT_FILE, "DIR", 0, "of a new file in this directory" },
	{ "write", OPT_WRITE, 0, 0, "acquire for writing" },
	{ "longterm", OPT_LONGTERM, 0, 0, "pin for long" },
	{ "extra-get", OPT_EXTRA_GET, 0, 0,
	  "get_page() through each pointer as well" },
	{ "launder", OPT_LAUNDER, 0, 0,
	  "turn pointers into page frame numbers and back before the release" },
	{ "dirty", OPT_DIRTY, 0, 0,
	  "mark the pages dirty, where the release function can do that" },
	{ 0 }
};

static const char doc[] =
	"Acquire pages of this process in the kernel and release them again,\n"
	"rightly or wrongly. Needs the module test_gup_mirror. What is not\n"
	"released is given back, rightly, at the end.\n"
	"\vGUP mirror repairs a wrong release, if it is on and sees it. Else the\n"
	"reference count is damaged: use a machine that does not matter.\n";

/* Adds the classes to the end of the help. */
static char *add_classes(int key, const char *text, void *input)
{
	const struct plan *plan;
	char *all = NULL;
	size_t size;
	FILE *out;

	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	out = open_memstream(&all, &size);
	if (!out)
		return (char *)text;
	fprintf(out, "%s\nClasses, and how they are provoked:\n", text);
	for (plan = plans; plan->class; plan++)
		fprintf(out, "  %-18s %s\n", plan->class, plan->help);
	fclose(out);
	return all;
}

/* Index of @name, or ends the program with a list of the names there are. */
static int find(const char *name, const char * const *names, int nr,
		struct argp_state *state)
{
	int i;

	for (i = 0; i < nr; i++)
		if (!strcmp(name, names[i]))
			return i;
	fprintf(stderr, "Known functions:\n");
	for (i = 0; i < nr; i++)
		fprintf(stderr, "  %s\n", names[i]);
	argp_error(state, "unknown function %s", name);
	return -1;
}

/* Do the options go together? */
static void check(struct request *req, struct argp_state *state)
{
	if (req->plan) {
		if (req->acquire >= 0 || req->nr_releases ||
		    req->acquire_flags & TGM_EXTRA_GET)
			argp_error(state, "--class says how to acquire and release");
		if (req->release_flags & TGM_LAUNDER && !req->right &&
		    !req->plan->launders)
			argp_error(state, "with laundered pointers, it is not of class %s",
				   req->plan->class);
		req->acquire = req->plan->acquire;
		return;
	}
	if (req->right)
		argp_error(state, "--right, but no --class");
	if (req->acquire < 0)
		argp_error(state, "no --acquire given, and no --class");
	if (req->acquire == TGM_memfd_pin_folios)
		req->type = BUFFER_MEMFD;
	if (req->nr_releases > 1 && !(req->acquire_flags & TGM_EXTRA_GET))
		argp_error(state, "two --release, but no --extra-get");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct request *req = state->input;
	char *end;

	switch (key) {
	case 'c':
		req->plan = find_plan(arg);
		if (!req->plan)
			argp_error(state, "unknown class %s, see --help", arg);
		break;
	case OPT_RIGHT:
		req->right = true;
		break;
	case 'a':
		req->acquire = find(arg, tgm_acquire_names, TGM_NR_ACQUIRE,
				    state);
		break;
	case 'r':
		if (req->nr_releases == MAX_RELEASES)
			argp_error(state, "too many --release");
		req->releases[req->nr_releases++] =
			find(arg, tgm_release_names, TGM_NR_RELEASE, state);
		break;
	case 'n':
		req->pages = strtoul(arg, &end, 10);
		if (*end || !req->pages || req->pages > TGM_MAX_PAGES)
			argp_error(state, "--pages must be 1 to %d",
				   TGM_MAX_PAGES);
		break;
	case OPT_THP:
		req->type = BUFFER_THP;
		break;
	case OPT_HUGETLB:
		req->type = BUFFER_HUGETLB;
		break;
	case OPT_FILE:
		req->type = BUFFER_FILE;
		req->dir = arg;
		break;
	case OPT_WRITE:
		req->acquire_flags |= TGM_WRITE;
		break;
	case OPT_LONGTERM:
		req->acquire_flags |= TGM_LONGTERM;
		break;
	case OPT_EXTRA_GET:
		req->acquire_flags |= TGM_EXTRA_GET;
		break;
	case OPT_LAUNDER:
		req->release_flags |= TGM_LAUNDER;
		break;
	case OPT_DIRTY:
		req->release_flags |= TGM_DIRTY;
		break;
	case ARGP_KEY_ARG:
		argp_usage(state);
		break;
	case ARGP_KEY_END:
		check(req, state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void print_kind(const struct tgm_facts *facts)
{
	if (facts->kind == TGM_CANONICAL)
		printf("canonical pointers");
	else
		printf("%s view %d",
		       facts->kind == TGM_PIN_VIEW ? "pin" : "get",
		       facts->view);
}

/* Acquire what was asked for, or end the program. */
static void acquire(int fd, const struct request *req, struct buffer *buffer,
		    struct tgm_acquire *arg)
{
	int ret;

	*arg = (struct tgm_acquire) {
		.size = req->pages * page_size(),
		.fn = req->acquire,
		.flags = req->acquire_flags,
	};
	if (req->acquire == TGM_memfd_pin_folios)
		arg->fd = buffer->fd;
	else
		arg->addr = (unsigned long)buffer->addr;
	ret = tgm_do_acquire(fd, arg);
	if (!ret && arg->ret < 0)
		ret = arg->ret;
	if (ret)
		errx(EXIT_FAILURE, "%s(): %s", tgm_acquire_names[req->acquire],
		     strerror(-ret));
}

static void release(int fd, const struct request *req, struct tgm_facts *held)
{
	unsigned int i, flags;
	int ret;

	for (i = 0; i < req->nr_releases; i++) {
		flags = req->release_flags;
		if (!i && (req->acquire_flags & TGM_EXTRA_GET))
			flags |= TGM_EXTRA;
		buffer_settle();
		ret = tgm_release(fd, req->releases[i], flags,
				  i ? NULL : held);
		if (ret)
			errx(EXIT_FAILURE, "%s(): %s",
			     tgm_release_names[req->releases[i]],
			     strerror(-ret));
	}
}

static void follow_plan(int fd, const struct request *req,
			struct buffer *buffer)
{
	const struct plan *plan = req->plan;
	int ret;

	ret = take_steps(fd, req->right ? plan->right : plan->wrong,
			 req->release_flags, buffer);
	if (ret)
		errx(EXIT_FAILURE, "%s: %s", plan->class, strerror(-ret));
}

/* Some plans leave nothing to be repaired later. */
static void check_layer(const struct plan *plan)
{
	struct layer layer;
	const char *why;

	if (!plan->steals)
		return;
	why = layer_probe(&layer);
	if (!why && (!layer.repair || summary_number("enabled") != 1))
		why = "needs a GUP mirror that is on and repairs";
	if (why)
		errx(EXIT_FAILURE, "%s: %s", plan->class, why);
}

static void print_done(const struct request *req,
		       const struct tgm_acquire *acquired)
{
	unsigned int i;

	if (req->plan)
		printf("%s%s: ", req->right ? "right, not " : "",
		       req->plan->class);
	printf("%s", tgm_acquire_names[req->acquire]);
	for (i = 0; i < req->nr_releases; i++)
		printf(", %s", tgm_release_names[req->releases[i]]);
	printf(": pages %lld, first pfn 0x%llx, ", (long long)acquired->ret,
	       (unsigned long long)acquired->facts.pfn);
	print_kind(&acquired->facts);
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		options, parse, NULL, doc, NULL, add_classes,
	};
	struct request req = { .acquire = -1, .pages = 1 };
	struct tgm_facts before, held, after;
	struct tgm_acquire acquired = {};
	struct buffer buffer;
	const char *why;
	int fd, ret;

	argp_parse(&argp, argc, argv, 0, NULL, &req);

	fd = tgm_open();
	if (fd < 0)
		err(EXIT_FAILURE, "cannot open %s (is the module test_gup_mirror loaded?)",
		    TGM_PATH);
	if (req.plan && !req.right)
		check_layer(req.plan);
	buffer_stay_on_cpu();
	why = buffer_map(&buffer, req.type, req.pages, req.dir);
	if (why)
		errx(EXIT_FAILURE, "%s", why);
	if (req.pages * page_size() > buffer.size)
		errx(EXIT_FAILURE, "a huge page does not have %lu pages",
		     req.pages);

	buffer_settle();
	ret = tgm_peek(fd, buffer.addr, &before);
	if (ret)
		errx(EXIT_FAILURE, "no page: %s", strerror(-ret));
	acquire(fd, &req, &buffer, &acquired);
	held = acquired.facts;
	if (req.plan)
		follow_plan(fd, &req, &buffer);
	else
		release(fd, &req, &held);
	close(fd);

	print_done(&req, &acquired);
	/* A plan may have freed the buffer. */
	if (buffer.map) {
		fd = tgm_open();
		buffer_settle();
		ret = tgm_peek(fd, buffer.addr, &after);
		if (ret)
			errx(EXIT_FAILURE, "the page has gone: %s",
			     strerror(-ret));
		printf(", references %d -> %d -> %d, pins %d -> %d -> %d",
		       before.refcount, held.refcount, after.refcount,
		       before.pincount, held.pincount, after.pincount);
	}
	printf("\n");
	return 0;
}
