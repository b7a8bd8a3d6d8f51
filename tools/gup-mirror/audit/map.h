/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror audit: what was said of a name.
 */
#ifndef GUP_MIRROR_AUDIT_MAP_H
#define GUP_MIRROR_AUDIT_MAP_H

#include <stddef.h>

struct map {
	void *root;
};

struct map_entry {
	char *key;
	const void **values;	/* in the order in which they came */
	size_t nr;
};

void map_add(struct map *map, const char *key, const void *value);
/* NULL if there is none. */
const struct map_entry *map_find(const struct map *map, const char *key);
/* The first value, or NULL. */
const void *map_first(const struct map *map, const char *key);
void map_free(struct map *map);
/* Also frees what was added. */
void map_free_values(struct map *map);

#endif
