#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs the KUnit tests by loading their module in a virtual machine, and
# forwards the result of each.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/vm.sh"
need_kernel "$build/kernel" kernel
. "$(dirname "$0")/suites.sh"

kunit_suite kunit

tap_done
