#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs the kernel selftests of gup_mirror in a virtual machine, and forwards the
# result of each.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/vm.sh"
need_kernel "$build/kernel" kernel
. "$(dirname "$0")/suites.sh"

kselftest_suite kselftest --timeout 900

tap_done
