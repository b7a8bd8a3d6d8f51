// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: small questions to the running kernel's GUP mirror.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layer.h"
#include "message.h"
#include "model.h"

#define LAYER_DIR "/sys/kernel/debug/gup_mirror/"

/**
 * layer_snapshot() - have the layer tell new pins from older ones
 *
 * There is one snapshot for all: that of somebody else is lost.
 *
 * Return: 0, or -1 after a complaint.
 */
int layer_snapshot(void)
{
	FILE *out = fopen(LAYER_DIR "snapshot", "we");
	int ret;

	if (!out) {
		complain("cannot take a snapshot: %s", strerror(errno));
		return -1;
	}
	fputs("1", out);
	ret = fclose(out);
	if (ret)
		complain("cannot take a snapshot: %s", strerror(errno));
	return ret ? -1 : 0;
}

/* The number behind the first @key in a file. */
static uint64_t number_in(const char *path, const char *key)
{
	FILE *in = fopen(path, "re");
	uint64_t number = UNKNOWN;
	char *line = NULL, *at;
	size_t size = 0;

	if (!in)
		return UNKNOWN;
	while (number == UNKNOWN && getline(&line, &size, in) >= 0) {
		at = strstr(line, key);
		if (at)
			number = strtoull(at + strlen(key), NULL, 10);
	}
	free(line);
	fclose(in);
	return number;
}

/**
 * layer_new_pins() - pins that were taken since the snapshot
 *
 * Return: those that are held, or UNKNOWN.
 */
uint64_t layer_new_pins(void)
{
	return number_in(LAYER_DIR "outstanding", "since_snapshot=");
}

/**
 * layer_counter() - a line of the summary
 * @key: its name, with the colon
 *
 * Return: the number, or UNKNOWN.
 */
uint64_t layer_counter(const char *key)
{
	return number_in(LAYER_DIR "summary", key);
}
