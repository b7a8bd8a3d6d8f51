// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin for QEMU: counts how often each instruction of the kernel is
 * executed. Whenever the guest executes the instruction of "load mark", it
 * writes the counts to the file counts.N in the directory that it was given,
 * N = 0, 1, ..., and starts anew:
 *
 *	-plugin file=profile.so,out=DIRECTORY[,locked=on]
 *
 * A line is address and count; the address is 0 for all of user space, and 1
 * for modules and other code outside the kernel's image. With locked=on only
 * those of the kernel's image are counted that lock the bus, and a line has a
 * third number: how many of these were at the one cache line that had most of them.
 * If no line had more than one in MAX_LINES, that number may be too low.
 *
 * One virtual processor only, and no KASLR. A kernel that runs on one processor
 * takes out the lock prefixes, unless it is booted with noreplace-smp.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

/* Where the kernel's image is without KASLR, and room for it. */
#define TEXT	UINT64_C(0xffffffff81000000)
#define SIZE	UINT64_C(0x4000000)

static const uint8_t mark[] = { 0x0f, 0x1f, 0x80, 0x4d, 0x41, 0x52, 0x4b };

#define LINE_SHIFT	6
#define MAX_LINES	64

/**
 * struct lines - the cache lines that an instruction accesses most
 * @line: their addresses
 * @count: how often each, less what was taken away to make room; 0 if it is free
 */
struct lines {
	uint64_t line[MAX_LINES];
	uint64_t count[MAX_LINES];
};

static uint64_t *counts, user, other;
static struct lines **lines;	/* NULL unless locked=on */
static const char *out = ".";

static void count(unsigned int vcpu, void *data)
{
	(*(uint64_t *)data)++;
}

static unsigned long long most_at_a_line(const struct lines *l)
{
	uint64_t most = 0;
	int i;

	for (i = 0; i < MAX_LINES; i++)
		if (l->count[i] > most)
			most = l->count[i];
	return most;
}

static void dump(unsigned int vcpu, void *data)
{
	static int nr;
	char name[4096];
	uint64_t i;
	FILE *f;

	snprintf(name, sizeof(name), "%s/counts.%d", out, nr++);
	f = fopen(name, "w");
	if (!f) {
		perror(name);
		exit(1);
	}
	fprintf(f, "%016x %llu\n", 0, (unsigned long long)user);
	fprintf(f, "%016x %llu\n", 1, (unsigned long long)other);
	for (i = 0; i < SIZE; i++) {
		if (!counts[i])
			continue;
		fprintf(f, "%016llx %llu", (unsigned long long)(TEXT + i),
			(unsigned long long)counts[i]);
		counts[i] = 0;
		if (lines && lines[i]) {
			fprintf(f, " %llu", most_at_a_line(lines[i]));
			memset(lines[i], 0, sizeof(*lines[i]));
		}
		fprintf(f, "\n");
	}
	user = 0;
	other = 0;
	fclose(f);
}

static void access_line(unsigned int vcpu, qemu_plugin_meminfo_t info,
			uint64_t vaddr, void *data)
{
	struct lines *l = data;
	int i, free = -1;

	vaddr >>= LINE_SHIFT;
	for (i = 0; i < MAX_LINES; i++) {
		if (!l->count[i])
			free = i;
		else if (l->line[i] == vaddr)
			break;
	}
	if (i == MAX_LINES)
		i = free;
	if (i >= 0) {
		l->line[i] = vaddr;
		l->count[i]++;
		return;
	}
	/* Whatever is seen more often than once in MAX_LINES times survives. */
	for (i = 0; i < MAX_LINES; i++)
		l->count[i]--;
}

/* An xchg with memory does so without a prefix. */
static bool is_locked(const struct qemu_plugin_insn *insn)
{
	static const uint8_t prefixes[] = {
		0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf2, 0xf3
	};
	const uint8_t *byte = qemu_plugin_insn_data(insn);
	const uint8_t *end = byte + qemu_plugin_insn_size(insn);

	for (; byte < end; byte++) {
		if (*byte == 0xf0)
			return true;
		if (!memchr(prefixes, *byte, sizeof(prefixes)))
			break;
	}
	/* REX */
	if (byte < end && (*byte & 0xf0) == 0x40)
		byte++;
	return byte + 1 < end && (*byte & 0xfe) == 0x86 && byte[1] < 0xc0;
}

static void count_locked(struct qemu_plugin_insn *insn)
{
	uint64_t i = qemu_plugin_insn_vaddr(insn) - TEXT;

	if (i >= SIZE || !is_locked(insn))
		return;
	if (!lines[i])
		lines[i] = calloc(1, sizeof(*lines[i]));
	qemu_plugin_register_vcpu_insn_exec_cb(insn, count, 0, &counts[i]);
	qemu_plugin_register_vcpu_mem_cb(insn, access_line, 0,
					 QEMU_PLUGIN_MEM_W, lines[i]);
}

static void count_all(struct qemu_plugin_insn *insn)
{
	uint64_t addr = qemu_plugin_insn_vaddr(insn);
	uint64_t *counter = &other;

	if (addr - TEXT < SIZE)
		counter = &counts[addr - TEXT];
	else if (!(addr >> 63))
		counter = &user;
	qemu_plugin_register_vcpu_insn_exec_cb(insn, count, 0, counter);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t i, nr = qemu_plugin_tb_n_insns(tb);

	for (i = 0; i < nr; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		if (lines)
			count_locked(insn);
		else
			count_all(insn);
		if (qemu_plugin_insn_size(insn) == sizeof(mark) &&
		    !memcmp(qemu_plugin_insn_data(insn), mark, sizeof(mark)))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, dump, 0,
							       NULL);
	}
}

__attribute__((visibility("default")))
int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc,
			char **argv)
{
	bool locked = false;
	int i;

	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out = strdup(argv[i] + 4);
		else if (!strcmp(argv[i], "locked=on"))
			locked = true;
	}
	/* Most of it is never touched. */
	counts = calloc(SIZE, sizeof(*counts));
	if (locked)
		lines = calloc(SIZE, sizeof(*lines));
	if (!counts || (locked && !lines))
		return 1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
