# SPDX-License-Identifier: GPL-2.0
#
# Prints the calls and the #includes of GUP mirror in a file.

/^#include (<(asm|linux)\/|")gup_mirror/ { includes++ }
{ calls += gsub(/gup_mirror_[a-z_]+[(]/, "") }
END { print calls + 0, includes + 0 }
