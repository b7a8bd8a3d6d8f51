# SPDX-License-Identifier: GPL-2.0

SHELL = /bin/bash

help:
	@echo "Targets:"
	@echo "  demo          see GUP mirror catch a wrong release, in a virtual machine"
	@echo "                (7 to 15 minutes the first time, on 2 cores)"
	@echo "  check         run the tests (35 to 55 minutes the first time)"
	@echo "  torture       everything at once, right and wrong, at random, for MINUTES=10;"
	@echo "                with SEED=n, do again what failed"
	@echo "  torture-files the same for pages of files on ext4, xfs and btrfs, on the kernel of"
	@echo "                the workloads; each has a third of MINUTES=10"
	@echo
	@echo "  workloads     real drivers and file systems at work, none of which may be"
	@echo "                reported, and the kernel's own selftests, against those of an"
	@echo "                untouched kernel (an hour or two)"
	@echo "  mutants       real drivers made wrong, each of which must be reported; with"
	@echo "                ALSO=DIR, yours as well, see tools/mutants/apply --help"
	@echo "  matrix        the tests on kernels that are configured differently, and all"
	@echo "                users of GUP compiled (two hours)"
	@echo
	@echo "What they are made of:"
	@echo "  deps          install the Debian packages that all this needs"
	@echo "  kernel        build the test kernel in build/kernel"
	@echo "  NAME-kernel   build that in build/kernel-NAME; kasan: one with KASAN and"
	@echo "                lockdep; more are in tools/vm/build-kernel --help"
	@echo "  bench         count instructions, with GUP mirror and without, into"
	@echo "                build/bench.csv as well (an hour or two); with PROFILE=1, say where"
	@echo "                (of BENCH=pin+unpin, with MODE=pin,nostacks)"
	@echo "  clean         remove build/"
	@echo
	@echo "With KVER=7.3, all this is about Linux 7.3, and below build/7.3. Without, it is"
	@echo "about 6.12, right in build/. With LINUX_SOURCE=FILE, the source is that tarball"
	@echo "or tree, and not Debian's."
	@echo
	@echo "With ARCH=arm64, demo, check, torture, kernel and NAME-kernel are about that"
	@echo "architecture, below build/arm64, by a cross compiler and an emulated machine. The"
	@echo "others are about x86 only."
	@echo
	@echo "tools/vm/boot runs a command under such a kernel, see its --help."

demo:
	tools/vm/demo

# Of the workloads, what there is time for: not block, not files-pinned, nor the
# kernel's own selftests.
# The kernel of the mutants serves: with no mutant active it does what is right.
CHECKED_WORKLOADS = copy devices files hotplug hvo memory-sharing mm net passthrough rdma uring

ifeq ($(ARCH),arm64)

# What is about the kernel. The rest is the same on all architectures, or runs what
# there is for x86 only.
CHECKED_ARM64 = boot fault-injection gup-mirror hotremove kselftest kunit torture

check: deps kernel
	prove --timer --directives $(CHECKED_ARM64:%=tools/tests/%.t)
	@echo "With ARCH=arm64, that is all: sources, documents, the program by itself, mutants"
	@echo "and workloads are what make check is for without."

ifneq ($(filter workloads mutants matrix bench,$(MAKECMDGOALS)),)
$(error $(MAKECMDGOALS) is about x86 only; leave out ARCH=arm64)
endif

else

check: export WORKLOADS_KERNEL = kernel-mutants
check: export WORKLOADS_MODES = all
check: check-deps kernel kasan-kernel mutants-kernel
	flock build/.gup-mirror.lock $(MAKE) -s -C tools/gup-mirror all test-programs
	prove --timer --directives tools/tests tools/bench tools/gup-mirror/tests tools/mutants \
		$(CHECKED_WORKLOADS:%=tools/workloads/%.t)

endif

MINUTES = 10
SEED =

torture: kernel
	MINUTES=$(MINUTES) SEED=$(SEED) prove --timer --verbose tools/tests/torture.t

torture-files: workloads-kernel
	MINUTES=$(MINUTES) SEED=$(SEED) prove --timer --verbose tools/workloads/files-torture.t

deps:
	tools/vm/install-packages

kernel: deps
	tools/vm/build-kernel test

%-kernel: deps
	tools/vm/build-kernel $* $(if $(filter mutants,$*),$(ALSO:%=--also %))

check-deps: deps
	tools/vm/install-packages tools/tests/packages

workloads-deps: deps
	tools/vm/install-packages tools/workloads/packages

# With programs that need these packages to be built.
workloads-kernel workloads-plain-kernel mutants-kernel: workloads-deps

workloads: workloads-kernel workloads-plain-kernel
	prove --timer --directives --verbose tools/workloads tools/workloads/totals

# Directories with further mutants, see tools/mutants/apply --help
ALSO =

mutants: export ALSO := $(ALSO)
mutants: mutants-kernel
	prove --timer --directives --verbose tools/mutants

matrix-kernels: kernel kasan-kernel kcsan-kernel preempt-kernel rt-kernel workloads-kernel

matrix-deps: deps
	tools/vm/install-packages tools/matrix/packages

matrix: matrix-deps matrix-kernels
	prove --timer --directives --verbose tools/matrix

BENCH = pin+unpin
MODE = pin,nostacks

bench-deps: deps
	tools/vm/install-packages tools/bench/packages

bench: bench-deps
	. tools/vm/lib.sh && mkdir -p "$$build" && \
		tools/bench/bench $(if $(PROFILE),--profile '$(BENCH)' '$(MODE)',--csv "$$build/bench.csv")

clean:
	rm -rf build

.PHONY: help demo check torture torture-files workloads mutants matrix deps check-deps matrix-deps workloads-deps \
	kernel matrix-kernels bench-deps bench clean
