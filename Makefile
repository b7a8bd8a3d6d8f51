# SPDX-License-Identifier: GPL-2.0

help:
	@echo "Targets:"
	@echo "  demo          see GUP mirror catch a wrong release, in a virtual machine"
	@echo "                (7 to 15 minutes the first time, on 2 cores)"
	@echo "  check         run all tests (25 to 50 minutes the first time)"
	@echo "  torture       everything at once, right and wrong, at random, for MINUTES=10;"
	@echo "                with SEED=n, do again what failed"
	@echo
	@echo "What they are made of:"
	@echo "  deps          install the Debian packages that all this needs"
	@echo "  kernel        build the test kernel in build/kernel"
	@echo "  kasan-kernel  build one with KASAN and lockdep in build/kernel-kasan"
	@echo "  bench         count instructions, with GUP mirror and without; with PROFILE=1,"
	@echo "                say where (of BENCH=pin+unpin, with MODE=pin,nostacks)"
	@echo "  clean         remove build/"
	@echo
	@echo "tools/vm/boot runs a command under such a kernel, see its --help."

demo:
	tools/vm/demo

check: kernel kasan-kernel
	prove --timer --directives tools/tests

MINUTES = 10
SEED =

torture: kernel
	MINUTES=$(MINUTES) SEED=$(SEED) prove --timer --verbose tools/tests/torture.t

deps:
	tools/vm/install-packages

kernel: deps
	tools/vm/build-kernel test

kasan-kernel: deps
	tools/vm/build-kernel kasan

BENCH = pin+unpin
MODE = pin,nostacks

bench: deps
	tools/bench/bench $(if $(PROFILE),--profile '$(BENCH)' '$(MODE)')

clean:
	rm -rf build

.PHONY: help demo check torture deps kernel kasan-kernel bench clean
