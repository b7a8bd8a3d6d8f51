// SPDX-License-Identifier: GPL-2.0
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "audit/map.h"

static int by_key(const void *a, const void *b)
{
	const struct map_entry *left = a, *right = b;

	return strcmp(left->key, right->key);
}

const struct map_entry *map_find(const struct map *map, const char *key)
{
	struct map_entry wanted = { .key = (char *)key };
	struct map_entry **found = tfind(&wanted, &map->root, by_key);

	return found ? *found : NULL;
}

const void *map_first(const struct map *map, const char *key)
{
	const struct map_entry *entry = map_find(map, key);

	return entry ? entry->values[0] : NULL;
}

void map_add(struct map *map, const char *key, const void *value)
{
	struct map_entry *entry = (struct map_entry *)map_find(map, key);

	if (!entry) {
		entry = xcalloc(1, sizeof(*entry));
		entry->key = xstrdup(key);
		tsearch(entry, &map->root, by_key);
	}
	entry->values = grow(entry->values, entry->nr, sizeof(*entry->values));
	entry->values[entry->nr++] = value;
}

static void free_entry(void *data)
{
	struct map_entry *entry = data;

	free(entry->key);
	free(entry->values);
	free(entry);
}

void map_free(struct map *map)
{
	tdestroy(map->root, free_entry);
	map->root = NULL;
}

static void free_with_values(void *data)
{
	struct map_entry *entry = data;
	size_t i;

	for (i = 0; i < entry->nr; i++)
		free((void *)entry->values[i]);
	free_entry(data);
}

void map_free_values(struct map *map)
{
	tdestroy(map->root, free_with_values);
	map->root = NULL;
}
