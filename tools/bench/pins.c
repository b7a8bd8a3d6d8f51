// SPDX-License-Identifier: GPL-2.0
/*
 * Pins by bench_pins.ko, for tools/bench:
 *
 *	pins held NR ROUNDS	pins and unpins pages while NR others are pinned
 *	pins first NR ROUNDS	pins NR pages, none of which is pinned
 *	pins sites NR ROUNDS	pins and unpins a page from NR places in turn; 0
 *				means as many as GUP mirror has views left for
 *	pins put ROUNDS		takes references of a page, and puts them
 *	pins put-folio ROUNDS	the same, through the folio
 *	pins spread NR		as first, and says in how many MiB of memory they
 *				are, instead of nanoseconds
 *
 * The units are pages, or puts.
 */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "module/bench_pins.h"
#include "rounds.h"

#define SUMMARY	"/sys/kernel/debug/gup_mirror/summary"

static int open_device(void)
{
	int fd = open("/dev/bench_pins", O_RDWR);

	if (fd < 0)
		err(1, "/dev/bench_pins");
	return fd;
}

static uint64_t map(int fd, size_t pages)
{
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	void *addr = mmap(NULL, pages * PAGE_BYTES, PROT_READ | PROT_WRITE,
			  flags, fd, 0);

	if (addr == MAP_FAILED)
		err(1, "%zu pages", pages);
	return (uintptr_t)addr;
}

/* Ordinary memory, in small folios that are there */
static uint64_t map_buffer(void)
{
	uint64_t addr = map(-1, BENCH_PINS_BATCH);
	void *mem = (void *)(uintptr_t)addr;

	if (madvise(mem, BENCH_PINS_BATCH * PAGE_BYTES, MADV_NOHUGEPAGE))
		err(1, "madvise");
	memset(mem, 1, BENCH_PINS_BATCH * PAGE_BYTES);
	return addr;
}

static void hold(int fd, uint64_t addr, size_t nr)
{
	struct bench_pins arg = { .addr = addr, .nr = nr };

	if (ioctl(fd, BENCH_PINS_HOLD, &arg))
		err(1, "pinning %zu pages", nr);
}

static void cycle(int fd, uint64_t addr, unsigned int nr, unsigned int sites,
		  unsigned int calls)
{
	struct bench_pins arg = {
		.addr = addr, .nr = nr, .calls = calls, .sites = sites,
	};
	long long start = now();

	if (ioctl(fd, BENCH_PINS_CYCLE, &arg))
		err(1, "%u calls that pin %u pages", calls, nr);
	end_round((long)nr * calls, start);
}

static void held(size_t nr, int rounds)
{
	int fd = open_device();
	uint64_t buffer = map_buffer();

	hold(fd, map(fd, nr), nr);
	while (rounds-- > 0)
		cycle(fd, buffer, BENCH_PINS_BATCH, 1, 64);
}

static void first(size_t nr, int rounds)
{
	int fd = open_device();
	uint64_t addr = map(fd, nr);

	while (rounds-- > 0) {
		int holder = open_device();
		long long start = now();

		hold(holder, addr, nr);
		end_round(nr, start);
		close(holder);
	}
}

/* A number in GUP mirror's summary, or 0 */
static unsigned int summary(const char *key)
{
	FILE *f = fopen(SUMMARY, "r");
	unsigned int value = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		size_t len = strlen(key);

		if (!strncmp(line, key, len) && line[len] == ':')
			value = atoi(line + len + 1);
	}
	if (f)
		fclose(f);
	return value;
}

static void sites(unsigned int nr, int rounds)
{
	unsigned int calls = 8192;
	int fd = open_device();
	uint64_t buffer = map_buffer();

	if (!nr) {
		unsigned int views = summary("views_pin");

		/* One is what all those share for which there is none left. */
		nr = views ? views - 1 - summary("sites") : BENCH_PINS_SITES / 2;
	}
	if (!nr || nr > BENCH_PINS_SITES)
		nr = BENCH_PINS_SITES;
	calls -= calls % nr;
	while (rounds-- > 0)
		cycle(fd, buffer, 1, nr, calls);
}

static void put(bool folio, int rounds)
{
	struct bench_pins arg = { .calls = 1 << 20, .folio = folio };
	int fd = open_device();

	while (rounds-- > 0) {
		long long start = now();

		if (ioctl(fd, BENCH_PINS_PUT, &arg))
			err(1, "%u puts", arg.calls);
		end_round(arg.calls, start);
	}
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static long different_mib(uint64_t addr, size_t nr)
{
	uint64_t *mib = calloc(nr, sizeof(*mib));
	int fd = open("/proc/self/pagemap", O_RDONLY);
	long different = 0;
	size_t i;

	if (!mib || fd < 0 ||
	    pread(fd, mib, nr * sizeof(*mib), addr / PAGE_BYTES * sizeof(*mib)) !=
	    (ssize_t)(nr * sizeof(*mib)))
		err(1, "/proc/self/pagemap");
	/* The page frame number is in the lower 55 bits. */
	for (i = 0; i < nr; i++)
		mib[i] = (mib[i] & ((1ULL << 55) - 1)) * PAGE_BYTES >> 20;
	qsort(mib, nr, sizeof(*mib), compare);
	for (i = 0; i < nr; i++)
		different += !i || mib[i] != mib[i - 1];
	close(fd);
	free(mib);
	return different;
}

static void spread(size_t nr)
{
	int fd = open_device();
	uint64_t addr = map(fd, nr);

	hold(fd, addr, nr);
	printf("%zu %ld\n", nr, different_mib(addr, nr));
}

int main(int argc, char **argv)
{
	size_t nr = argc > 2 ? atol(argv[2]) : 0;
	int rounds = argc > 3 ? atoi(argv[3]) : 0;

	if (argc == 4 && !strcmp(argv[1], "held"))
		held(nr, rounds);
	else if (argc == 4 && !strcmp(argv[1], "first"))
		first(nr, rounds);
	else if (argc == 4 && !strcmp(argv[1], "sites"))
		sites(nr, rounds);
	else if (argc == 3 && !strcmp(argv[1], "put"))
		put(false, nr);
	else if (argc == 3 && !strcmp(argv[1], "put-folio"))
		put(true, nr);
	else if (argc == 3 && !strcmp(argv[1], "spread"))
		spread(nr);
	else
		errx(1, "see the source for usage");
	return 0;
}
