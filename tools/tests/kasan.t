#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# All that runs in a virtual machine once more, on a kernel with KASAN, lockdep
# and further checks, which must have nothing to say.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/vm.sh"
. "$(dirname "$0")/suites.sh"

kernel=$build/kernel-kasan
need_kernel "$kernel" kasan-kernel

# What it keeps in mind takes memory, too.
options=(--kernel "$kernel" --memory 3G)

all_checked kasan-boot --timeout 600 "${options[@]}"
check "kasan-boot: KASAN is on" in_file 'KernelAddressSanitizer initialized' "$results/dmesg"
check "kasan-boot: lockdep is on" in_file 'Lock dependency validator' "$results/dmesg"

kunit_suite kasan-kunit --timeout 600 "${options[@]}"
no_trouble kasan-kunit

kselftest_suite kasan-kselftest --timeout 1800 "${options[@]}"

torture_suite kasan-torture torture "${SEED:-2}" 10 5 --append gup_mirror=all "${options[@]}"
no_trouble kasan-torture

tap_done
