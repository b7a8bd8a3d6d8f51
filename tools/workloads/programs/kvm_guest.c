// SPDX-License-Identifier: GPL-2.0
/*
 * A virtual machine of a few instructions, which adds 1 to a byte of each of its
 * pages, time and again, while its memory is taken away, shared and swapped.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kvm_machine.h"

/* In real mode, below the hole of the BIOS */
#define FIRST_PAGE	0x02
#define LAST_PAGE	0x9f
#define OFFSET		0x10

static const unsigned char once[] = {
	0xb8, 0x00, 0x02,		/*	mov	$0x200, %ax */
	0x8e, 0xd8,			/* 1:	mov	%ax, %ds */
	0xfe, 0x06, OFFSET, 0x00,	/*	incb	OFFSET */
	0x05, 0x00, 0x01,		/*	add	$0x100, %ax */
	0x3d, 0x00, 0xa0,		/*	cmp	$0xa000, %ax */
	0x75, 0xf2,			/*	jne	1b */
	0xf4,				/*	hlt */
	0xeb, 0xec,			/*	jmp	0 */
};

static void set_up_real(struct machine *machine, void *memory)
{
	struct kvm_regs regs = { .rip = CODE_AT, .rflags = 2 };
	struct kvm_sregs sregs;

	set_up(machine, memory, once, sizeof(once));
	get_sregs(machine, &sregs);
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	set_sregs(machine, &sregs);
	if (ioctl(machine->cpu, KVM_SET_REGS, &regs))
		err(1, "KVM_SET_REGS");
}

/* Once through all pages, each of which must then have the value @want */
static void run(struct machine *machine, unsigned char want, const char *what)
{
	unsigned int page;

	run_to_halt(machine, what);
	for (page = FIRST_PAGE; page <= LAST_PAGE; page++) {
		if (machine->memory[page * PAGE_BYTES + OFFSET] != want)
			errx(1, "%s: page %#x has %u", what, page,
			     machine->memory[page * PAGE_BYTES + OFFSET]);
	}
}

static void live(void *memory, const char *what)
{
	struct machine machine;
	size_t half = (LAST_PAGE + 1) * PAGE_BYTES;
	int status;
	pid_t pid;

	set_up_real(&machine, memory);
	run(&machine, 1, what);
	run(&machine, 2, what);
	/* With a child, the pages are shared until one side writes. */
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		usleep(100000);
		_exit(machine.memory[FIRST_PAGE * PAGE_BYTES + OFFSET] == 0);
	}
	run(&machine, 3, what);
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "%s: the child failed", what);

	madvise(machine.memory, half, MADV_PAGEOUT);
	run(&machine, 4, what);
	set_memory(&machine, MEMORY_BYTES, KVM_MEM_LOG_DIRTY_PAGES);
	run(&machine, 5, what);
	set_memory(&machine, 0, 0);
	set_memory(&machine, MEMORY_BYTES, 0);
	run(&machine, 6, what);
	if (!madvise(machine.memory + FIRST_PAGE * PAGE_BYTES,
		     half - FIRST_PAGE * PAGE_BYTES, MADV_REMOVE))
		run(&machine, 1, what);
	tear_down(&machine);
}

/* Memory that the machine may not have, and a machine without end */
static void killed(void)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		struct machine machine;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		set_up_real(&machine, map_pages(MEMORY_BYTES, 0));
		/* Instead of the halt, start again */
		machine.memory[CODE_AT + sizeof(once) - 3] = 0x90;
		ioctl(machine.cpu, KVM_RUN, 0);
		_exit(0);
	}
	usleep(300000);
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		errx(1, "the machine ended by itself");
}

static void protected(void)
{
	struct machine machine;

	set_up_real(&machine, map_pages(MEMORY_BYTES, 0));
	run(&machine, 1, "before protection");
	if (mprotect(machine.memory + 0x50 * PAGE_BYTES, PAGE_BYTES, PROT_READ))
		err(1, "mprotect");
	if (!ioctl(machine.cpu, KVM_RUN, 0) &&
	    machine.run->exit_reason == KVM_EXIT_HLT)
		errx(1, "the machine wrote to what it may not write");
	tear_down(&machine);
}

int main(void)
{
	void *shared = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	open_kvm();
	if (shared == MAP_FAILED)
		err(1, "mmap");
	live(map_pages(MEMORY_BYTES, 0), "pages");
	live(map_thp(MEMORY_BYTES), "a huge page");
	live(map_pages(MEMORY_BYTES, MAP_HUGETLB), "hugetlbfs");
	live(shared, "shared memory");
	protected();
	killed();
	printf("the machines ran\n");
	return 0;
}
