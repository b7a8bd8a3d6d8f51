// SPDX-License-Identifier: GPL-2.0
/*
 * Torture what GUP mirror knows of files: threads pin pages of a mapped file, write to
 * them as a device does, and unpin them in all ways, while others write the file back,
 * store to it, truncate it, punch holes into it, write to it past the page cache, and
 * have its pages unmapped. Whoever has pins asks the module test_gup_mirror again and
 * again whether the right folios are marked as cleaned: none that is clean may be
 * without a mark, and none may have a mark that was not cleaned.
 *
 * What each thread does follows from the seed. How they interleave does not.
 *
 * Needs the module, loaded with watch=1, and a kernel that was booted with the word
 * files, or all, in gup_mirror=. Is of use on file systems whose page_mkwrite() marks
 * the page dirty, such as ext4, xfs, and btrfs.
 */
#include <err.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>

#include "layer.h"
#include "random.h"
#include "tgm.h"
#include "torture_options.h"

#define NR_PAGES	64
#define PAGE_BYTES	4096
#define FILE_BYTES	(NR_PAGES * PAGE_BYTES)
/* Pages that are worked on at once */
#define MAX_AT_ONCE	8

#define MAX_COMPLAINTS	16

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif

#define ARRAY_LEN(a)	(sizeof(a) / sizeof(*(a)))

/**
 * struct worker - a thread
 * @work: what it does, once
 * @random: where its choices come from
 * @number: counts the threads
 * @operation: counts what it has done
 * @tgm: file of the module, of those who pin
 * @buffer: memory that it writes to the file
 */
struct worker {
	void (*work)(struct worker *worker);
	__u64 random;
	unsigned int number;
	unsigned long operation;
	int tgm;
	char *buffer;
};

/* What all of them have found */
static struct {
	atomic_ulong pins;
	atomic_ulong folios;
	atomic_ulong gone;
	atomic_ulong clean;
	atomic_ulong marked;
	atomic_ulong guessed;
	atomic_ulong missed;
	atomic_ulong invented;
	atomic_ulong unseen;
	atomic_ulong failed;
	/* The file system did not want that, see may_fail(). */
	atomic_ulong refused;
} found;

static __u64 seed = 1;
static atomic_bool stop;
/* The file system has done so. */
static atomic_bool gave_up;
static int file, direct;
static char *map;

static void complain(const struct worker *worker, const char *format, ...)
{
	static atomic_uint complaints;
	char text[256];
	va_list args;

	/* The numbers in the end say how often. */
	if (complaints++ >= MAX_COMPLAINTS)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* In one piece, since others may complain as well. */
	printf("# thread %u, operation %lu of seed %llu: %s\n", worker->number,
	       worker->operation, seed, text);
}

static unsigned int below(struct worker *worker, unsigned int end)
{
	return random_below(&worker->random, end);
}

static bool one_in(struct worker *worker, unsigned int nr)
{
	return random_one_in(&worker->random, nr);
}

/* Some pages of the file */
static void choose_range(struct worker *worker, size_t *offset, size_t *len)
{
	unsigned int nr = 1 + below(worker, MAX_AT_ONCE);

	*offset = below(worker, NR_PAGES - nr + 1) * PAGE_BYTES;
	*len = nr * PAGE_BYTES;
}

static void fail(const struct worker *worker, const char *what, int error)
{
	complain(worker, "%s: %s", what, strerror(error));
	found.failed++;
}

/*
 * What a file system may say of pages that were marked dirty behind its back, that
 * change while they are written, or that it cannot take out of the page cache: btrfs
 * says EUCLEAN, or does no more than read; a write past the page cache leaves EIO for
 * the next fsync().
 */
static void may_fail(const struct worker *worker, const char *what, long ret)
{
	if (ret >= 0)
		return;
	switch (errno) {
	case EROFS:
		gave_up = true;
		stop = true;
		break;
	case EUCLEAN:
	case EIO:
	case EBUSY:
		found.refused++;
		break;
	default:
		fail(worker, what, errno);
	}
}

/* Those who pin */

static void judge(struct worker *worker, const char *when)
{
	struct tgm_judgement j;
	int error = tgm_judge(worker->tgm, &j);

	if (error)
		return fail(worker, "TGM_JUDGE", -error);
	found.folios += j.folios;
	found.gone += j.gone;
	found.clean += j.clean;
	found.marked += j.marked;
	found.guessed += j.guessed;
	found.missed += j.missed;
	found.invented += j.invented;
	if (j.unseen)
		found.unseen = j.unseen;
	if (j.missed || j.invented)
		complain(worker, "%s, missed: %u, invented: %u of %u folios, pfn 0x%llx",
			 when, j.missed, j.invented, j.folios, (unsigned long long)j.pfn);
}

static void hold(struct worker *worker, bool writes)
{
	unsigned int i, nr = below(worker, 4);

	for (i = 0; i < nr; i++) {
		if (one_in(worker, 2))
			usleep(below(worker, 20000));
		else
			sched_yield();
		if (writes && one_in(worker, 2) && tgm_device_write(worker->tgm))
			fail(worker, "TGM_DEVICE_WRITE", errno);
		judge(worker, "held");
	}
}

static void pin(struct worker *worker)
{
	static const int acquire[] = {
		TGM_pin_user_pages, TGM_pin_user_pages_unlocked,
		TGM_pin_user_pages_fast, TGM_pin_user_pages_fast,
		TGM_pin_user_pages_remote,
	};
	static const int release[] = {
		TGM_unpin_user_page, TGM_unpin_user_page, TGM_unpin_user_pages,
		TGM_unpin_user_folio,
		/* These have an argument that says whether to mark them dirty. */
		TGM_unpin_user_pages_dirty_lock,
		TGM_unpin_user_page_range_dirty_lock,
	};
	bool writes = !one_in(worker, 8), dirty = one_in(worker, 2);
	int fn = acquire[below(worker, ARRAY_LEN(acquire))];
	unsigned int flags = one_in(worker, 16) ? TGM_LAUNDER : 0;
	struct tgm_acquire arg;
	size_t offset, len;
	int error;

	choose_range(worker, &offset, &len);
	error = tgm_acquire(worker->tgm, map + offset, len, fn,
			    writes ? TGM_WRITE : 0, &arg);
	if (error)
		return fail(worker, tgm_acquire_names[fn], -error);
	/* Behind the end of the file there is nothing. */
	if (arg.ret == -EFAULT)
		return;
	if (arg.ret <= 0)
		return fail(worker, tgm_acquire_names[fn], -arg.ret);
	found.pins += arg.ret;
	judge(worker, "pinned");
	hold(worker, writes);

	if (writes && dirty) {
		fn = release[4 + below(worker, 2)];
		flags |= TGM_DIRTY;
	} else {
		fn = release[below(worker, ARRAY_LEN(release))];
	}
	error = tgm_release(worker->tgm, fn, flags, NULL);
	if (error)
		fail(worker, tgm_release_names[fn], -error);
}

/* Those who have the file written back */

static void clean(struct worker *worker)
{
	size_t offset, len;

	choose_range(worker, &offset, &len);
	switch (below(worker, 5)) {
	case 0:
		may_fail(worker, "fsync", fsync(file));
		break;
	case 1:
		may_fail(worker, "fdatasync", fdatasync(file));
		break;
	case 2:
		may_fail(worker, "msync", msync(map + offset, len, MS_SYNC));
		break;
	case 3:
		may_fail(worker, "sync_file_range",
			 sync_file_range(file, offset, len, SYNC_FILE_RANGE_WAIT_BEFORE |
							    SYNC_FILE_RANGE_WRITE |
							    SYNC_FILE_RANGE_WAIT_AFTER));
		break;
	default:
		may_fail(worker, "sync_file_range",
			 sync_file_range(file, offset, len, SYNC_FILE_RANGE_WRITE));
	}
	usleep(below(worker, 3000));
}

/* Those who change the file, and where it is */

static __thread sigjmp_buf behind_the_end;

static void on_sigbus(int sig)
{
	siglongjmp(behind_the_end, 1);
}

static void store(struct worker *worker)
{
	size_t offset, len, at;

	choose_range(worker, &offset, &len);
	if (sigsetjmp(behind_the_end, 1))
		return;
	for (at = offset; at < offset + len; at += PAGE_BYTES)
		map[at + worker->number] = worker->operation;
}

static void truncate_and_extend(struct worker *worker)
{
	may_fail(worker, "ftruncate", ftruncate(file, below(worker, FILE_BYTES)));
	if (one_in(worker, 2))
		usleep(below(worker, 5000));
	may_fail(worker, "ftruncate", ftruncate(file, FILE_BYTES));
}

static void change(struct worker *worker)
{
	size_t offset, len;

	choose_range(worker, &offset, &len);
	memset(worker->buffer, worker->operation, len);
	switch (below(worker, 16)) {
	case 0:
		truncate_and_extend(worker);
		break;
	case 1:
		may_fail(worker, "fallocate",
			 fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				   offset, len));
		break;
	case 2:
		may_fail(worker, "write, O_DIRECT",
			 pwrite(direct, worker->buffer, len, offset));
		break;
	case 3:
	case 4:
		may_fail(worker, "MADV_PAGEOUT", madvise(map + offset, len, MADV_PAGEOUT));
		break;
	case 5:
		may_fail(worker, "MADV_DONTNEED", madvise(map + offset, len, MADV_DONTNEED));
		break;
	case 6:
		may_fail(worker, "fadvise",
			 -posix_fadvise(file, offset, len, POSIX_FADV_DONTNEED));
		break;
	case 7:
	case 8:
	case 9:
		may_fail(worker, "write", pwrite(file, worker->buffer, len, offset));
		break;
	default:
		store(worker);
	}
	usleep(below(worker, 5000));
}

static struct worker workers[] = {
	{ pin }, { pin }, { pin }, { pin },
	{ clean }, { clean },
	{ change }, { change },
};

static void *run(void *arg)
{
	struct worker *worker = arg;

	while (!stop) {
		worker->operation++;
		worker->work(worker);
	}
	return NULL;
}

static void start_worker(struct worker *worker, pthread_t *thread)
{
	worker->number = worker - workers;
	worker->random = seed;
	worker->random = random_next(&worker->random) ^ worker->number;
	worker->tgm = tgm_open();
	if (worker->tgm < 0)
		err(EXIT_FAILURE, "%s", TGM_PATH);
	if (posix_memalign((void **)&worker->buffer, PAGE_BYTES, FILE_BYTES) ||
	    pthread_create(thread, NULL, run, worker))
		errx(EXIT_FAILURE, "cannot start a thread");
}

static void make_file(const char *name)
{
	static char data[PAGE_BYTES];
	int i;

	file = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	direct = open(name, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (file < 0 || direct < 0)
		err(EXIT_FAILURE, "%s", name);
	memset(data, 'A', sizeof(data));
	for (i = 0; i < NR_PAGES; i++) {
		if (write(file, data, sizeof(data)) != sizeof(data))
			err(EXIT_FAILURE, "%s", name);
	}
	map = mmap(NULL, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (map == MAP_FAILED)
		err(EXIT_FAILURE, "mmap");
}

static bool result(bool good, const char *name)
{
	static unsigned int nr;

	printf("%sok %u - %s\n", good ? "" : "not ", ++nr, name);
	return good;
}

/* A lost write is one, if nobody has marked the page dirty. Nothing else is wrong. */
static bool only_losses(const long before[NR_CLASSES])
{
	long after[NR_CLASSES];
	bool good = true;
	int i;

	layer_counts(after);
	for (i = 0; i < NR_CLASSES; i++) {
		if (after[i] == before[i])
			continue;
		printf("# %s: %ld\n", layer_classes[i], after[i] - before[i]);
		good &= !strcmp(layer_classes[i], LOST_WRITE);
	}
	return good;
}

static bool results(const long before[NR_CLASSES])
{
	bool good = true;
	size_t i;

	for (i = 0; i < ARRAY_LEN(workers); i++)
		printf("# thread %zu: %lu operations\n", i, workers[i].operation);
	printf("# %lu pins, judged %lu times: gone %lu, clean %lu, marked %lu, guessed %lu\n",
	       found.pins, found.folios, found.gone, found.clean, found.marked, found.guessed);
	printf("# missed %lu, invented %lu, failed %lu, refused by the file system %lu\n",
	       found.missed, found.invented, found.failed, found.refused);

	good &= result(!found.missed, "no folio was clean without a mark");
	good &= result(!found.invented, "no folio had a mark and was not cleaned");
	good &= result(!found.unseen, "all that was cleaned was seen");
	good &= result(!found.failed, "everything worked");
	if (gave_up)
		printf("# the file system gave up: it has become read-only\n");
	good &= result(gave_up || (found.gone && found.clean && found.marked),
		       "there were folios of all sorts");
	good &= result(only_losses(before), "nothing was reported but lost writes");
	printf("1..6\n");
	if (!good)
		printf("# this was seed %llu\n", seed);
	return good;
}

static void usage(void)
{
	printf("Usage: gup_mirror_torture_files [--seed N] [--seconds N] FILE\n"
	       "\n"
	       TORTURE_USAGE
	       "\n"
	       "FILE is made, and stays.\n");
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		TORTURE_SEED,
		TORTURE_SECONDS,
		TORTURE_HELP,
		{ }
	};
	pthread_t threads[ARRAY_LEN(workers)];
	struct sigaction action = { .sa_handler = on_sigbus };
	long before[NR_CLASSES];
	unsigned int seconds = 60;
	time_t end;
	size_t i;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0)
		torture_option(option, &seed, &seconds, usage);
	if (optind + 1 != argc) {
		usage();
		return EXIT_FAILURE;
	}

	setlinebuf(stdout);
	printf("TAP version 13\n# seed %llu\n", seed);
	layer_counts(before);
	sigaction(SIGBUS, &action, NULL);
	make_file(argv[optind]);
	for (i = 0; i < ARRAY_LEN(workers); i++)
		start_worker(&workers[i], &threads[i]);
	end = time(NULL) + seconds;
	while (!stop && time(NULL) < end)
		sleep(1);
	stop = true;
	for (i = 0; i < ARRAY_LEN(workers); i++)
		pthread_join(threads[i], NULL);
	/* What is held would go only now. */
	for (i = 0; i < ARRAY_LEN(workers); i++)
		close(workers[i].tgm);
	return results(before) ? EXIT_SUCCESS : EXIT_FAILURE;
}
