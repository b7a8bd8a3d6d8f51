#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Not one violation is lost for want of memory: the torture test, where releases
# find no memory, and where no stack can be saved at all.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/vm.sh"
need_kernel "$build/kernel" kernel
. "$(dirname "$0")/suites.sh"

seed=${SEED:-3}

# Where an allocation fails, the kernel shows its stack, which is no trouble, nor is
# that fprobes of Linux 7.x warn of it when a module goes.
torture_suite faults fault-injection "$seed" 10 5 --append gup_mirror=all
no_trouble faults 'Call Trace|WARNING: .* at fprobe_module_callback'
for what in failslab fail_page_alloc; do
	check "faults: $what did something" in_file "^$what: [1-9]" "$results/injected"
done

# all_not_recorded: no stack in any violation, and at least one violation
all_not_recorded()
{
	awk '
	titled && !/^ *not recorded$/ { print "recorded: " $0; bad = 1 }
	{ titled = / stack:$/ }
	titled { stacks++ }
	END { exit bad || !stacks }' "$results/violations"
}

# all_named: each report names a function of the module, at one end or the other
all_named()
{
	awk '
	/BUG: GUP-MIRROR: / {
		reports++
		if (!/ in tgm_[a-z_]*\+.*\[test_gup_mirror\]/) {
			print
			bad = 1
		}
	}
	END { exit bad || !reports }' "$results/dmesg"
}

torture_suite no-stacks torture "$seed" 5 5 \
	--append gup_mirror=all --append stack_depot_disable=on
no_trouble no-stacks
check "no-stacks: none is recorded" all_not_recorded
check "no-stacks: each is counted as lost" in_file '^stacks_lost: [1-9]' "$results/summary"
check "no-stacks: reports name the function" all_named

tap_done
