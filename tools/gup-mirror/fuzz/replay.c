// SPDX-License-Identifier: GPL-2.0
/*
 * Gives files to a fuzzer, one after the other, as libFuzzer does that gcc does not
 * have. The last name printed is that of the file that made it fail.
 */
#include <stdio.h>
#include <stdlib.h>

#include "harness.h"

static int replay(const char *path)
{
	FILE *in = fopen(path, "r");
	size_t size = 0, room = 4096;
	uint8_t *data = malloc(room);

	while (in && data) {
		size_t got = fread(data + size, 1, room - size, in);

		if (!got)
			break;
		size += got;
		if (size == room) {
			room *= 2;
			data = realloc(data, room);
		}
	}
	if (!in || !data || ferror(in)) {
		perror(path);
		return -1;
	}
	fclose(in);
	fuzz_one(data, size);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		puts(argv[i]);
		fflush(stdout);
		if (replay(argv[i]))
			return 2;
	}
	return 0;
}
