/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: records the events of GUP mirror while something runs.
 */
#ifndef GUP_MIRROR_RECORDER_H
#define GUP_MIRROR_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

struct recorder;

/*
 * Records into a file next to @path, or a temporary one if that is NULL, with
 * @buffer_kb of memory for each CPU; with @calls, the ends of system calls, too.
 * Returns when it has begun, or NULL after a complaint.
 */
struct recorder *recorder_start(const char *path, unsigned int buffer_kb,
				bool calls);

/* Has it ended by itself? */
bool recorder_died(struct recorder *recorder);

/* Events so far, whether lost or not. */
uint64_t recorder_events(const struct recorder *recorder);

/* Returns -1 after a complaint if there is no file. */
int recorder_stop(struct recorder *recorder);

/* Once it was stopped: the file, and how many events it does not have. */
const char *recorder_file(const struct recorder *recorder);
uint64_t recorder_lost(const struct recorder *recorder);

/* Gives the file the name that was asked for. */
int recorder_keep(struct recorder *recorder);

/* Stops it if need be, and leaves nothing behind but a file that is kept. */
void recorder_free(struct recorder *recorder);

#endif
