// SPDX-License-Identifier: GPL-2.0
/*
 * Workers that acquire and release pages through test_gup_mirror: of buffers of
 * their own, where every reference is accounted for, of buffers that others use
 * at the same time, and of buffers whose mapping they change meanwhile.
 */
#include <linux/mman.h>
#include <signal.h>
#include <sys/wait.h>

#include "gup_mirror_torture.h"

#define MAX_THREADS	3

#define COMPACT_MEMORY	"/proc/sys/vm/compact_memory"

/* How often the counts of a page are looked at before they are wrong */
#define PATIENCE	100
/* Of how many looks in a row they are believed */
#define SAME_COUNTS	3

/**
 * struct owned - a buffer of an owner
 * @buffer: the buffer
 * @held: how many holds are on it
 * @leaked: references to the first page that tricks have left there
 * @before: the counts of the first page when nothing was held
 */
struct owned {
	struct buffer buffer;
	unsigned int held;
	unsigned int leaked;
	struct tgm_facts before;
};

struct owner {
	struct owned buffers[NR_BUFFER_TYPES];
	struct hold holds[NR_SLOTS];
	struct owned *of[NR_SLOTS];
	int peek_fd;
};

static void holds_init(struct hold *holds)
{
	int i;

	for (i = 0; i < NR_SLOTS; i++)
		holds[i] = (struct hold) { .fd = -1 };
}

static void holds_close(struct hold *holds)
{
	int i;

	for (i = 0; i < NR_SLOTS; i++) {
		if (holds[i].fd >= 0)
			close(holds[i].fd);
	}
}

/*
 * What is seen once may be while a batch of another CPU has the page, which only adds
 * to it: that was there for a moment, and is not there later.
 */
static int note_counts(struct owner *owner, struct owned *owned)
{
	struct tgm_facts facts;
	int i, same = 0, err;

	err = tgm_peek(owner->peek_fd, owned->buffer.addr, &owned->before);
	for (i = 0; !err && same < SAME_COUNTS && i < PATIENCE; i++) {
		buffer_settle();
		usleep(10000);
		err = tgm_peek(owner->peek_fd, owned->buffer.addr, &facts);
		if (err)
			break;
		if (facts.refcount == owned->before.refcount &&
		    facts.pincount == owned->before.pincount)
			same++;
		else
			same = 0;
		owned->before = facts;
	}
	return err;
}

static bool counts_are(const struct worker *worker, struct owner *owner,
		       struct owned *owned, struct tgm_facts *facts)
{
	const struct tgm_facts *before = &owned->before;
	int err = tgm_peek(owner->peek_fd, owned->buffer.addr, facts);

	if (err) {
		complain(worker, "cannot look at a page: %s", strerror(-err));
		return true;
	}
	/* A file system keeps something with a page, or has it no more. */
	if (&owner->buffers[BUFFER_FILE] == owned &&
	    abs(facts->refcount - before->refcount) <= 1)
		return true;
	return facts->refcount == before->refcount + (int)owned->leaked &&
	       facts->pincount == before->pincount;
}

/* Nothing is held: everything must be as it was before. */
static void check_counts(const struct worker *worker, struct owner *owner,
			 struct owned *owned)
{
	struct tgm_facts facts;
	int i;

	for (i = 0; i < PATIENCE; i++) {
		buffer_settle();
		if (counts_are(worker, owner, owned, &facts))
			return;
		/* Migration leaves pages in the batches of other CPUs. */
		if (i % 4 == 3)
			write_text(COMPACT_MEMORY, "1");
		usleep(10000);
	}
	complain(worker, "%s: references %d, pins %d; before %d and %d, %u left",
		 buffer_names[owned - owner->buffers], facts.refcount,
		 facts.pincount, owned->before.refcount,
		 owned->before.pincount, owned->leaked);
}

/* Acquire and release all of a buffer, as a trick wants it. */
static int trick_acquire(struct hold *hold, const struct owned *owned, int fn)
{
	if (hold->fd < 0)
		hold->fd = tgm_open();
	if (hold->fd < 0)
		return -errno;
	return tgm_acquire(hold->fd, owned->buffer.addr, owned->buffer.size, fn,
			   TGM_WRITE, &hold->got);
}

/*
 * A get is released by a function that unpins, through a pointer that has lost
 * its view. If the pages are not pinned, nobody has, and nothing is released.
 * If they are, by another hold, that one is left with nothing to release. In
 * both cases a reference remains to which nobody has a pointer any more.
 */
static void play_trick(const struct worker *worker, struct owner *owner)
{
	struct owned *owned = &owner->buffers[BUFFER_ANON];
	bool twice = worker->choice.trick == TRICK_DOUBLE_UNPIN;
	struct hold *get = &owner->holds[0], *pin = &owner->holds[1];
	long nr = owned->buffer.size / page_size();
	int err = 0;

	if (owned->held || get->busy || pin->busy)
		return;

	pthread_rwlock_rdlock(&shared->lock);
	if (!may_be_wrong())
		goto unlock;
	if (twice)
		err = trick_acquire(pin, owned, TGM_pin_user_pages_fast);
	if (!err)
		err = trick_acquire(get, owned, TGM_get_user_pages_fast);
	if (!err && (get->got.ret != nr || (twice && pin->got.ret != nr)))
		err = -EFAULT;
	if (!err && twice && pin->got.facts.kind != TGM_PIN_VIEW)
		err = -EDOM;
	if (!err)
		err = tgm_release(get->fd, TGM_unpin_user_pages, TGM_LAUNDER,
				  NULL);
	if (!err && twice)
		err = tgm_release(pin->fd, TGM_unpin_user_pages, 0, NULL);
	if (!err) {
		count_violations(twice ? COUNT_DOUBLE_UNPIN : COUNT_UNPIN_UNPINNED, nr);
		owned->leaked++;
	}
unlock:
	pthread_rwlock_unlock(&shared->lock);
	if (err)
		complain(worker, "a trick failed: %s", strerror(-err));
}

static void own(struct worker *worker, struct owner *owner)
{
	const struct choice *c = &worker->choice;
	struct owned *owned = &owner->buffers[c->buffer];
	struct hold *hold = &owner->holds[c->slot];

	if (hold->busy) {
		owned = owner->of[c->slot];
		hold_release(worker, hold);
		owned->held--;
		if (!owned->held)
			check_counts(worker, owner, owned);
		return;
	}
	if (c->trick != TRICK_NONE) {
		play_trick(worker, owner);
		return;
	}
	if (!owned->buffer.addr)
		return;

	hold_acquire(worker, hold, &owned->buffer, !owned->held);
	if (!hold->busy)
		return;
	owner->of[c->slot] = owned;
	owned->held++;
	/* While there is an extra reference, no other hold must be wrong. */
	if (hold->extra) {
		hold_release(worker, hold);
		owned->held--;
		check_counts(worker, owner, owned);
	}
}

void work_as_owner(struct worker *worker)
{
	struct owner owner = { .peek_fd = tgm_open() };
	int i;

	buffer_stay_on_cpu();
	holds_init(owner.holds);
	for (i = 0; i < NR_BUFFER_TYPES; i++) {
		struct owned *owned = &owner.buffers[i];
		const char *why = map_buffer(&owned->buffer, i);

		/* Huge pages may all be in use. */
		if (why) {
			owned->buffer.addr = NULL;
			continue;
		}
		/* The file has its pages written back once. */
		if (i == BUFFER_FILE)
			fsync(owned->buffer.fd);
		buffer_settle();
		if (note_counts(&owner, owned))
			complain(worker, "cannot look at a page");
	}

	while (next_choice(worker))
		own(worker, &owner);

	for (i = 0; i < NR_SLOTS; i++) {
		if (!owner.holds[i].busy)
			continue;
		hold_release(worker, &owner.holds[i]);
		owner.of[i]->held--;
		if (!owner.of[i]->held)
			check_counts(worker, &owner, owner.of[i]);
	}
	holds_close(owner.holds);
	close(owner.peek_fd);
}

/**
 * struct sharer - a thread of a sharer
 * @worker: its choices
 * @buffers: what all threads of the process use
 */
struct sharer {
	struct worker worker;
	struct buffer *buffers;
};

/* No extra references here: the put of one might be that of another thread. */
static void *share(void *data)
{
	struct sharer *sharer = data;
	struct worker *worker = &sharer->worker;
	struct hold holds[NR_SLOTS];
	int i;

	holds_init(holds);
	while (next_choice(worker)) {
		struct hold *hold = &holds[worker->choice.slot];
		struct buffer *buffer = &sharer->buffers[worker->choice.buffer];

		if (hold->busy)
			hold_release(worker, hold);
		else if (buffer->addr)
			hold_acquire(worker, hold, buffer, false);
	}
	for (i = 0; i < NR_SLOTS; i++) {
		if (holds[i].busy)
			hold_release(worker, &holds[i]);
	}
	holds_close(holds);
	return NULL;
}

/*
 * Files and the like are shared with other processes; memory that is private is
 * shared by the threads of this one, which does not begin by copying it.
 */
void work_as_sharer(struct worker *worker)
{
	struct sharer sharers[MAX_THREADS];
	struct buffer buffers[NR_BUFFER_TYPES];
	pthread_t threads[MAX_THREADS];
	int i;

	memcpy(buffers, common, sizeof(buffers));
	map_buffer(&buffers[BUFFER_ANON], BUFFER_ANON);
	map_buffer(&buffers[BUFFER_THP], BUFFER_THP);

	for (i = 0; i < MAX_THREADS; i++) {
		sharers[i] = (struct sharer) { *worker, buffers };
		/* Each has a sequence of its own. */
		sharers[i].worker.number += (i + 1) << 8;
		if (pthread_create(&threads[i], NULL, share, &sharers[i])) {
			complain(worker, "no thread");
			break;
		}
	}
	while (i--)
		pthread_join(threads[i], NULL);
}

/* Acquire in a child that ends without a release. */
static void die_holding(const struct worker *worker,
			const struct buffer *buffer)
{
	struct hold hold = { .fd = -1 };

	hold_acquire(worker, &hold, buffer, true);
	if (worker->choice.disturbance == DISTURB_KILL)
		raise(SIGKILL);
	_exit(0);
}

static void with_child(const struct worker *worker, struct buffer *buffer)
{
	pid_t pid = fork();

	if (pid < 0)
		return;
	if (!pid) {
		switch (worker->choice.disturbance) {
		case DISTURB_EXIT:
		case DISTURB_KILL:
			die_holding(worker, buffer);
			break;
		case DISTURB_FORK_WRITE:
			memset(buffer->addr, 1, buffer->size);
			break;
		default:
			break;
		}
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void move_mapping(struct buffer *buffer)
{
	void *to = mmap(NULL, buffer->size, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (to == MAP_FAILED)
		return;
	if (mremap(buffer->addr, buffer->size, buffer->size,
		   MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED) {
		munmap(to, buffer->size);
		return;
	}
	/* Around a huge page there is more. */
	munmap(buffer->map, buffer->map_size);
	buffer->addr = to;
	buffer->map = to;
	buffer->map_size = buffer->size;
}

/* Whether the kernel does it all is its business. */
static void disturb(const struct worker *worker, struct buffer *buffer)
{
	switch (worker->choice.disturbance) {
	case DISTURB_FORK:
	case DISTURB_FORK_WRITE:
	case DISTURB_EXIT:
	case DISTURB_KILL:
		with_child(worker, buffer);
		break;
	case DISTURB_MUNMAP:
		buffer_unmap(buffer);
		break;
	case DISTURB_MREMAP:
		move_mapping(buffer);
		break;
	case DISTURB_DONTNEED:
		madvise(buffer->addr, buffer->size, MADV_DONTNEED);
		break;
	case DISTURB_FREE:
		madvise(buffer->addr, buffer->size, MADV_FREE);
		break;
	case DISTURB_COLLAPSE:
		madvise(buffer->addr, buffer->size, MADV_COLLAPSE);
		break;
	case DISTURB_PAGEOUT:
		madvise(buffer->addr, buffer->size, MADV_PAGEOUT);
		break;
	case DISTURB_MPROTECT:
		mprotect(buffer->addr, buffer->size, PROT_READ);
		break;
	default:
		break;
	}
}

static void churn(const struct worker *worker)
{
	struct hold hold = { .fd = -1 };
	struct buffer buffer;

	/* Huge pages may all be in use. */
	if (map_buffer(&buffer, worker->choice.buffer))
		return;
	hold_acquire(worker, &hold, &buffer, true);
	disturb(worker, &buffer);
	/* Else the module has to give it back. */
	if (hold.busy && worker->choice.disturbance != DISTURB_CLOSE)
		hold_release(worker, &hold);
	if (hold.fd >= 0)
		close(hold.fd);
	buffer_unmap(&buffer);
}

void work_as_churner(struct worker *worker)
{
	while (next_choice(worker))
		churn(worker);
}
