/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the torture test share. See gup_mirror_torture.c.
 */
#ifndef _GUP_MIRROR_TORTURE_H
#define _GUP_MIRROR_TORTURE_H

#include <pthread.h>
#include <stdbool.h>

#include "kselftest.h"

#include "buffer.h"
#include "layer.h"
#include "tgm.h"

#define NR_BUFFER_TYPES	(BUFFER_HUGETLB + 1)

/* Pages of a buffer that is not a huge page */
#define BUFFER_PAGES	64

/* What workers do */
enum role {
	ROLE_OWNER,	/* acquires pages of its own, releases right or wrong */
	ROLE_SHARER,	/* the same, on pages that others use as well */
	ROLE_CHURNER,	/* changes the mapping under pages that it holds */
	ROLE_DRIVER,	/* makes the kernel's own users of GUP work */
	ROLE_READER,	/* reads debugfs */
	ROLE_CONTROLLER,	/* writes to debugfs, stirs up the memory */
	NR_ROLES
};

/* What an owner does with pages, apart from one acquire and one release */
enum trick {
	TRICK_NONE,
	TRICK_DOUBLE_UNPIN,
	TRICK_UNPIN_UNPINNED,
	NR_TRICKS
};

/* What happens to the mapping while pages of it are held */
enum disturbance {
	DISTURB_NOTHING,
	DISTURB_FORK,
	DISTURB_FORK_WRITE,
	DISTURB_MUNMAP,
	DISTURB_MREMAP,
	DISTURB_DONTNEED,
	DISTURB_FREE,
	DISTURB_COLLAPSE,
	DISTURB_PAGEOUT,
	DISTURB_MPROTECT,
	DISTURB_CLOSE,
	DISTURB_EXIT,
	DISTURB_KILL,
	NR_DISTURBANCES
};

/* What the controller does; the likely ones are there more than once */
enum control {
	CONTROL_ENABLED,
	CONTROL_FILTER,
	CONTROL_CLEAR,
	CONTROL_SNAPSHOT,
	CONTROL_SNAPSHOTS,
	CONTROL_COMPACT,
	CONTROL_DROP_CACHES,
	CONTROL_LONGTERM,
	NR_CONTROLS
};

/* Which of the kernel's own users of GUP */
enum user {
	USER_DIRECT_READ,
	USER_DIRECT_WRITE,
	USER_VMSPLICE,
	USER_PROCESS_VM,
	USER_URING,
	NR_USERS
};

/* Buffers and files that may be held at a time */
#define NR_SLOTS	4

/**
 * struct choice - all that is left to chance in one operation
 *
 * It follows from the seed, the round, the worker and the number of the
 * operation, and from nothing that happens. What does not fit, such as a
 * release where nothing is held, is bent by the worker.
 */
struct choice {
	enum buffer_type buffer;
	unsigned int slot;
	unsigned int acquire;
	unsigned int acquire_flags;
	unsigned int offset;		/* in pages */
	unsigned int nr;		/* pages */
	unsigned int right;		/* index of the release function */
	unsigned int wrong;		/* the same, if @is_wrong */
	unsigned int release_flags;
	bool is_wrong;
	bool may_fail;			/* the acquire, with --faults */
	enum trick trick;
	enum disturbance disturbance;
	enum control control;
	enum user user;
	unsigned int number;		/* for whatever else there is */
};

struct choice choose(__u64 seed, unsigned int round, unsigned int worker,
		     unsigned long number);
void list_choices(__u64 seed, unsigned int worker, unsigned long nr);

/* What summary counts: violations by class, and those that a filter hides */
enum counter {
	COUNT_PUT_ON_PIN,
	COUNT_UNPIN_ON_GET,
	COUNT_DOUBLE_UNPIN,
	COUNT_UNPIN_UNPINNED,
	COUNT_FREE_WHILE_PINNED,
	COUNT_LEAK_AT_UNLOAD,
	COUNT_LOST_PIN,
	COUNT_DOUBLE_PUT,
	/* None of these is made. */
	COUNT_DIRTY_BY_READONLY_PIN,
	COUNT_DIRTY_UNPINNED,
	COUNT_LOST_WRITE,
	COUNT_UNPIN_WHILE_MAPPED,
	COUNT_FILTERED,
	NR_COUNTS
};

extern const char * const counter_names[NR_COUNTS];

/**
 * struct shared - memory that all processes have
 * @lock: held for reading where a violation is made and counted, for writing
 *	where that would change what is counted
 * @faults: let allocations fail, too
 * @enabled: what is written to "enabled"
 * @hides: the filter hides what test_gup_mirror does
 * @stop: the round ends
 * @quit: the test ends
 * @expected: violations made so far
 * @cleared: violations that the kernel counted before its counters were cleared
 * @operations: done so far, by role
 * @failed: operations that went wrong
 * @left: pins left behind on purpose
 */
struct shared {
	pthread_rwlock_t lock;
	bool faults;
	bool enabled;
	bool hides;
	bool stop;
	bool quit;
	long expected[NR_COUNTS];
	long cleared[NR_COUNTS];
	long operations[NR_ROLES];
	long failed;
	long left;
};

/**
 * struct worker - who does operations
 * @role: what they are
 * @number: counts the workers
 * @round: counts the rounds
 * @operation: counts its operations
 * @choice: what the current operation is
 */
struct worker {
	enum role role;
	unsigned int number;
	unsigned int round;
	unsigned long operation;
	struct choice choice;
};

extern struct shared *shared;
extern __u64 seed;

/* What sharers and drivers have in common; mapped before they are forked */
extern struct buffer common[NR_BUFFER_TYPES];

extern const char * const role_names[NR_ROLES];
extern const char * const buffer_names[NR_BUFFER_TYPES];

void complain(const struct worker *worker, const char *format, ...);

const char *map_buffer(struct buffer *buffer, enum buffer_type type);
bool next_choice(struct worker *worker);

/* gup_mirror_torture_hold.c */
/**
 * struct hold - pages that the module holds for us
 * @fd: its file, or -1
 * @busy: it holds some
 * @extra: with a reference by get_page() for each
 * @of_file: they are pages of a file on a disk
 * @got: what was acquired
 */
struct hold {
	int fd;
	bool busy;
	bool extra;
	bool of_file;
	struct tgm_acquire got;
};

void hold_acquire(const struct worker *worker, struct hold *hold,
		  const struct buffer *buffer, bool extra);
void hold_release(const struct worker *worker, struct hold *hold);
void count_violations(enum counter counter, long nr);
bool may_be_wrong(void);
void fail_allocations(bool on);

/* The workers */
void work_as_owner(struct worker *worker);
void work_as_sharer(struct worker *worker);
void work_as_churner(struct worker *worker);
void work_as_driver(struct worker *worker);
void work_as_reader(struct worker *worker);
void work_as_controller(struct worker *worker);

/* gup_mirror_torture_totals.c */
void totals_begin(void);
void totals_add_cleared(void);
void totals_leave_pin(void);
void totals_check_round(unsigned int round);
void totals_check_end(void);
bool totals_end(void);

#endif /* _GUP_MIRROR_TORTURE_H */
