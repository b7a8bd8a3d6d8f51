// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin for QEMU: counts how often each instruction of the kernel is
 * executed. Whenever the guest executes the instruction of "load mark", it
 * writes the counts to the file counts.N in the directory that it was given,
 * N = 0, 1, ..., and starts anew:
 *
 *	-plugin file=profile.so,out=DIRECTORY
 *
 * A line is address and count; the address is 0 for all of user space, and 1
 * for modules and other code outside the kernel's image.
 *
 * One virtual processor only, and no KASLR.
 */
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

static uint64_t *counts, user, other;
static const char *out = ".";

static void count(unsigned int vcpu, void *data)
{
	(*(uint64_t *)data)++;
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
		fprintf(f, "%016llx %llu\n", (unsigned long long)(TEXT + i),
			(unsigned long long)counts[i]);
		counts[i] = 0;
	}
	user = 0;
	other = 0;
	fclose(f);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t i, nr = qemu_plugin_tb_n_insns(tb);

	for (i = 0; i < nr; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t addr = qemu_plugin_insn_vaddr(insn);
		uint64_t *counter = &other;

		if (addr - TEXT < SIZE)
			counter = &counts[addr - TEXT];
		else if (!(addr >> 63))
			counter = &user;
		qemu_plugin_register_vcpu_insn_exec_cb(insn, count, 0, counter);

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
	int i;

	for (i = 0; i < argc; i++)
		if (!strncmp(argv[i], "out=", 4))
			out = strdup(argv[i] + 4);
	/* Most of it is never touched. */
	counts = calloc(SIZE, sizeof(*counts));
	if (!counts)
		return 1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
