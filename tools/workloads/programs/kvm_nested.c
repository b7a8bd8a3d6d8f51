// SPDX-License-Identifier: GPL-2.0
/*
 * A virtual machine that has a virtual machine of its own, as AMD processors do that: the
 * kernel reads and writes the page that describes the inner one.
 */
#include <stdio.h>
#include <stdlib.h>

#include "kvm_machine.h"

#define PAGE_TABLE_AT	0x3000
#define INNER_AT	0x4000
#define SAVED_AT	0x5000

#define CR0_PG_PE	0x80000001
#define CR4_PSE		0x10
#define EFER_SVME	0x1000
#define MSR_VM_HSAVE_PA	0xc0010117
/* Present, may be written to, 4 MiB */
#define HUGE_ENTRY	0x83
#define MAX_CPUID	256
#define GS_BASE		0x1234000

/* What the processor saves there, and what it says if the inner machine cannot run */
#define INNER_GS_BASE_AT	0x458
#define INNER_EXIT_AT		0x70
#define CANNOT_RUN		UINT64_MAX

static const unsigned char nested[] = {
	0xb8, 0x00, INNER_AT >> 8, 0x00, 0x00,	/* mov $INNER_AT, %eax */
	0x0f, 0x01, 0xdb,			/* vmsave */
	0x0f, 0x01, 0xda,			/* vmload */
	0x0f, 0x01, 0xd8,			/* vmrun */
	0xf4,					/* hlt */
};

static void like_host(struct machine *machine)
{
	struct kvm_cpuid2 *cpuid;

	cpuid = calloc(1, sizeof(*cpuid) + MAX_CPUID * sizeof(cpuid->entries[0]));
	if (!cpuid)
		err(1, "calloc");
	cpuid->nent = MAX_CPUID;
	if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, cpuid) ||
	    ioctl(machine->cpu, KVM_SET_CPUID2, cpuid))
		err(1, "KVM_SET_CPUID2");
	free(cpuid);
}

/* 32 bits, all memory mapped where it is */
static void protected_mode(struct machine *machine)
{
	struct kvm_segment flat = {
		.limit = 0xffffffff, .selector = 8, .type = 11, .present = 1, .db = 1,
		.s = 1, .g = 1,
	};
	struct kvm_sregs sregs;
	__u32 entry = HUGE_ENTRY;

	memcpy(machine->memory + PAGE_TABLE_AT, &entry, sizeof(entry));
	get_sregs(machine, &sregs);
	sregs.cs = flat;
	flat.type = 3;
	flat.selector = 16;
	sregs.ds = flat;
	sregs.es = flat;
	sregs.ss = flat;
	sregs.gs.base = GS_BASE;
	sregs.cr0 |= CR0_PG_PE;
	sregs.cr3 = PAGE_TABLE_AT;
	sregs.cr4 = CR4_PSE;
	sregs.efer = EFER_SVME;
	set_sregs(machine, &sregs);
}

static void set_msr(struct machine *machine, __u32 index, __u64 value)
{
	struct kvm_msrs *msrs = calloc(1, sizeof(*msrs) + sizeof(msrs->entries[0]));

	if (!msrs)
		err(1, "calloc");
	msrs->nmsrs = 1;
	msrs->entries[0].index = index;
	msrs->entries[0].data = value;
	if (ioctl(machine->cpu, KVM_SET_MSRS, msrs) != 1)
		err(1, "KVM_SET_MSRS");
	free(msrs);
}

static __u64 inner(const struct machine *machine, size_t at)
{
	__u64 value;

	memcpy(&value, machine->memory + INNER_AT + at, sizeof(value));
	return value;
}

static void live(void *memory, const char *what)
{
	struct machine machine;
	int i;

	set_up(&machine, memory, nested, sizeof(nested));
	like_host(&machine);
	protected_mode(&machine);
	set_msr(&machine, MSR_VM_HSAVE_PA, SAVED_AT);
	for (i = 0; i < 3; i++) {
		memset(memory + INNER_AT, 0, PAGE_BYTES);
		run_to_halt(&machine, what);
		if (inner(&machine, INNER_GS_BASE_AT) != GS_BASE)
			errx(1, "%s: the state was not saved", what);
		if (inner(&machine, INNER_EXIT_AT) != CANNOT_RUN)
			errx(1, "%s: the inner machine is said to have run", what);
		if (madvise(memory + INNER_AT, PAGE_BYTES, MADV_PAGEOUT))
			err(1, "MADV_PAGEOUT");
	}
	tear_down(&machine);
}

int main(void)
{
	open_kvm();
	live(map_pages(MEMORY_BYTES, 0), "pages");
	live(map_thp(MEMORY_BYTES), "a huge page");
	printf("the machines ran\n");
	return 0;
}
