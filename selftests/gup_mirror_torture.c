// SPDX-License-Identifier: GPL-2.0
/*
 * Torture GUP mirror: several processes acquire and release pages in all ways at
 * random, right and wrong, while others change mappings, do I/O, read debugfs
 * and write to it. In the end, what the kernel has counted must be exactly what
 * each of them knows to have done.
 *
 * All that is random follows from the seed. How the workers interleave does not,
 * so that a failure may take some more runs with its seed to show again.
 *
 * Needs the module test_gup_mirror, and the current directory on a disk.
 */
#include <err.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "gup_mirror_torture.h"
#include "torture_options.h"

struct shared *shared;
__u64 seed = 1;
struct buffer common[NR_BUFFER_TYPES];

const char * const role_names[NR_ROLES] = {
	[ROLE_OWNER] = "owner",
	[ROLE_SHARER] = "sharer",
	[ROLE_CHURNER] = "churner",
	[ROLE_DRIVER] = "driver",
	[ROLE_READER] = "reader",
	[ROLE_CONTROLLER] = "controller",
};

const char * const buffer_names[NR_BUFFER_TYPES] = {
	[BUFFER_ANON] = "anonymous memory",
	[BUFFER_THP] = "a transparent huge page",
	[BUFFER_MEMFD] = "a memfd",
	[BUFFER_FILE] = "a file",
	[BUFFER_HUGETLB] = "a page of hugetlb",
};

static void (* const work[NR_ROLES])(struct worker *worker) = {
	[ROLE_OWNER] = work_as_owner,
	[ROLE_SHARER] = work_as_sharer,
	[ROLE_CHURNER] = work_as_churner,
	[ROLE_DRIVER] = work_as_driver,
	[ROLE_READER] = work_as_reader,
	[ROLE_CONTROLLER] = work_as_controller,
};

/* Those of each round, then those that stay over all rounds */
static const enum role workers[] = {
	ROLE_OWNER, ROLE_OWNER, ROLE_SHARER, ROLE_SHARER, ROLE_CHURNER,
	ROLE_CHURNER, ROLE_CONTROLLER,
	ROLE_DRIVER, ROLE_READER,
};

#define NR_WORKERS	(sizeof(workers) / sizeof(*workers))
#define NR_PER_ROUND	7

static pid_t pids[NR_WORKERS];

/**
 * complain() - an operation has gone wrong
 * @worker: whose
 * @format: what happened
 */
void complain(const struct worker *worker, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* In one piece, since others may complain as well. */
	printf("# %s %u, round %u, operation %lu of seed %llu: %s\n",
	       role_names[worker->role], worker->number, worker->round,
	       worker->operation, seed, text);
	fflush(stdout);
	__atomic_add_fetch(&shared->failed, 1, __ATOMIC_RELAXED);
}

/**
 * next_choice() - begin another operation
 * @worker: whose
 *
 * Return: false if it is time to end.
 */
bool next_choice(struct worker *worker)
{
	bool stays = worker->role == ROLE_DRIVER || worker->role == ROLE_READER;

	if (__atomic_load_n(stays ? &shared->quit : &shared->stop,
			    __ATOMIC_RELAXED))
		return false;
	worker->choice = choose(seed, worker->round, worker->number,
				++worker->operation);
	__atomic_add_fetch(&shared->operations[worker->role], 1,
			   __ATOMIC_RELAXED);
	return true;
}

static void start_worker(unsigned int number, unsigned int round)
{
	struct worker worker = {
		.role = workers[number],
		.number = number,
		.round = round,
	};

	fflush(stdout);
	pids[number] = fork();
	if (pids[number] < 0)
		err(EXIT_FAILURE, "fork");
	if (!pids[number]) {
		work[worker.role](&worker);
		_exit(0);
	}
}

static void end_worker(unsigned int number)
{
	const struct worker worker = {
		.role = workers[number],
		.number = number,
	};
	int status;

	if (waitpid(pids[number], &status, 0) != pids[number] || status)
		complain(&worker, "ended with status 0x%x", status);
}

/* Something else to be done meanwhile. Returns its process, or 0. */
static pid_t start_command(char **argv)
{
	pid_t pid;

	if (!*argv)
		return 0;
	pid = fork();
	if (pid < 0)
		err(EXIT_FAILURE, "fork");
	if (!pid) {
		execvp(*argv, argv);
		err(EXIT_FAILURE, "%s", *argv);
	}
	return pid;
}

static void end_command(pid_t pid)
{
	int status;

	if (!pid)
		return;
	if (waitpid(pid, &status, WNOHANG)) {
		printf("# the command ended too early, with status 0x%x\n",
		       status);
		shared->failed++;
		return;
	}
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

static void reload(void)
{
	int err;

	/* There is little else that may fail on the way. */
	fail_allocations(true);
	err = syscall(__NR_delete_module, "test_gup_mirror", O_NONBLOCK);
	if (err)
		printf("# cannot unload the module: %s\n", strerror(errno));
	fail_allocations(false);
	if (err || system("modprobe test_gup_mirror")) {
		printf("# cannot load the module anew\n");
		shared->failed++;
	}
}

static bool has_ended(unsigned int number)
{
	siginfo_t info = {};

	return !waitid(P_PID, pids[number], &info,
		       WEXITED | WNOHANG | WNOWAIT) && info.si_pid;
}

/*
 * On a slow machine, a round lasts until something has been done, but for that
 * all workers must live.
 */
static bool has_done(unsigned int round)
{
	unsigned int i;

	for (i = 0; i < NR_PER_ROUND; i++) {
		if (has_ended(i))
			return true;
	}
	return __atomic_load_n(&shared->operations[ROLE_OWNER],
			       __ATOMIC_RELAXED) >= 200L * round &&
	       __atomic_load_n(&shared->operations[ROLE_CHURNER],
			       __ATOMIC_RELAXED) >= 20L * round;
}

static void play_round(unsigned int round, unsigned int seconds)
{
	unsigned int i;

	shared->stop = false;
	for (i = 0; i < NR_PER_ROUND; i++)
		start_worker(i, round);
	do {
		sleep(seconds);
	} while (!has_done(round));
	__atomic_store_n(&shared->stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < NR_PER_ROUND; i++)
		end_worker(i);

	totals_leave_pin();
	reload();
	totals_check_round(round);
}

/**
 * map_buffer() - get memory of any sort
 * @buffer: to be filled in
 * @type: sort of memory
 *
 * There are no transparent huge pages with CONFIG_PREEMPT_RT: then it is small
 * ones.
 *
 * Return: NULL, or the reason why there is none.
 */
const char *map_buffer(struct buffer *buffer, enum buffer_type type)
{
	if (type == BUFFER_THP &&
	    access("/sys/kernel/mm/transparent_hugepage", F_OK))
		type = BUFFER_ANON;
	return buffer_map(buffer, type, BUFFER_PAGES, NULL);
}

static void share_memory(void)
{
	pthread_rwlockattr_t attr;
	int i;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		err(EXIT_FAILURE, "mmap");
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	/* The controller would never have its turn. */
	pthread_rwlockattr_setkind_np(&attr,
				      PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&shared->lock, &attr);
	shared->enabled = true;

	for (i = 0; i < NR_BUFFER_TYPES; i++) {
		const char *why = map_buffer(&common[i], i);

		if (why)
			errx(EXIT_FAILURE, "%s", why);
	}
}

static void usage(void)
{
	printf("Usage: gup_mirror_torture [--seed N] [--seconds N] [--round N] [--faults]\n"
	       "                          [--list N] [-- COMMAND [ARGUMENT...]]\n"
	       "\n"
	       TORTURE_USAGE
	       "  --round N     seconds until the totals are looked at, and the module\n"
	       "                is loaded anew (default: 10)\n"
	       "  --faults      let allocations of memory fail, as debugfs says in failslab\n"
	       "                and fail_page_alloc; these must look at tasks only\n"
	       "  --list N      print what the first N operations of each worker are\n"
	       "\n"
	       "COMMAND runs meanwhile, and is ended by SIGTERM.\n");
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		TORTURE_SEED,
		TORTURE_SECONDS,
		TORTURE_HELP,
		{ "round", required_argument, NULL, 'r' },
		{ "faults", no_argument, NULL, 'f' },
		{ "list", required_argument, NULL, 'l' },
		{ }
	};
	unsigned int seconds = 60, length = 10, round = 0, i;
	unsigned long list = 0;
	struct layer layer;
	bool faults = false;
	const char *why;
	pid_t command;
	time_t end;
	bool good;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (option) {
		case 'r':
			length = option_number("round", INT_MAX);
			break;
		case 'f':
			faults = true;
			break;
		case 'l':
			list = option_number("list", ULONG_MAX);
			break;
		default:
			torture_option(option, &seed, &seconds, usage);
		}
	}
	if (list) {
		for (i = 0; i < NR_WORKERS; i++)
			list_choices(seed, i, list);
		return EXIT_SUCCESS;
	}

	why = layer_probe(&layer);
	if (why)
		errx(EXIT_FAILURE, "%s", why);
	if (!layer.pins || !layer.repair || layer.panics)
		errx(EXIT_FAILURE, "needs gup_mirror=pin or all, repair, and no panic");
	buffer_want_hugepages(24);
	share_memory();
	shared->faults = faults;
	printf("TAP version 13\n# seed %llu\n", seed);
	totals_begin();

	for (i = NR_PER_ROUND; i < NR_WORKERS; i++)
		start_worker(i, 0);
	command = start_command(argv + optind);
	end = time(NULL) + seconds;
	do {
		play_round(++round, length);
	} while (time(NULL) < end);
	__atomic_store_n(&shared->quit, true, __ATOMIC_RELAXED);
	for (i = NR_PER_ROUND; i < NR_WORKERS; i++)
		end_worker(i);
	end_command(command);

	for (i = 0; i < NR_BUFFER_TYPES; i++)
		buffer_unmap(&common[i]);
	totals_check_end();
	good = totals_end();
	if (!good)
		printf("# this was seed %llu\n", seed);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
