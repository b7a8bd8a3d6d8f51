/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A virtual machine with one processor and a little memory, which has a program of a few
 * instructions in it.
 */
#ifndef KVM_MACHINE_H
#define KVM_MACHINE_H

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "pattern.h"

#define MEMORY_BYTES	HUGE_BYTES
#define CODE_AT		0x1000

struct machine {
	unsigned char *memory;
	int vm, cpu;
	struct kvm_run *run;
};

static int kvm;

static inline void open_kvm(void)
{
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		err(1, "/dev/kvm");
}

static inline void set_memory(struct machine *machine, size_t size,
			      unsigned int flags)
{
	struct kvm_userspace_memory_region region = {
		.flags = flags,
		.memory_size = size,
		.userspace_addr = (uintptr_t)machine->memory,
	};

	if (ioctl(machine->vm, KVM_SET_USER_MEMORY_REGION, &region))
		err(1, "KVM_SET_USER_MEMORY_REGION");
}

static inline void set_up(struct machine *machine, void *memory, const void *code,
			  size_t len)
{
	int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	machine->memory = memory;
	machine->vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (machine->vm < 0)
		err(1, "KVM_CREATE_VM");
	set_memory(machine, MEMORY_BYTES, 0);
	machine->cpu = ioctl(machine->vm, KVM_CREATE_VCPU, 0);
	if (machine->cpu < 0 || size < 0)
		err(1, "KVM_CREATE_VCPU");
	machine->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			    machine->cpu, 0);
	if (machine->run == MAP_FAILED)
		err(1, "mmap of a processor");
	memcpy(machine->memory + CODE_AT, code, len);
}

static inline void get_sregs(struct machine *machine, struct kvm_sregs *sregs)
{
	if (ioctl(machine->cpu, KVM_GET_SREGS, sregs))
		err(1, "KVM_GET_SREGS");
}

static inline void set_sregs(struct machine *machine,
			     const struct kvm_sregs *sregs)
{
	if (ioctl(machine->cpu, KVM_SET_SREGS, sregs))
		err(1, "KVM_SET_SREGS");
}

/* From the start of the program until it halts */
static inline void run_to_halt(struct machine *machine, const char *what)
{
	struct kvm_regs regs = { .rip = CODE_AT, .rflags = 2 };

	if (ioctl(machine->cpu, KVM_SET_REGS, &regs) ||
	    ioctl(machine->cpu, KVM_RUN, 0))
		err(1, "%s: KVM_RUN", what);
	if (machine->run->exit_reason != KVM_EXIT_HLT)
		errx(1, "%s: the machine ended with reason %u", what,
		     machine->run->exit_reason);
}

static inline void tear_down(struct machine *machine)
{
	munmap(machine->run, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
	close(machine->cpu);
	close(machine->vm);
}

#endif /* KVM_MACHINE_H */
