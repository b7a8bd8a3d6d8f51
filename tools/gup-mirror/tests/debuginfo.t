#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Lines of the source, from files with debug information: a program stands for the
# kernel, and an object file for a module.

set -euo pipefail
. "$(dirname "$0")/lib.sh"

if ! command -v gcc > /dev/null || ! command -v objdump > /dev/null; then
	skip "lines of the source" "gcc or objdump is not installed"
	tap_done
	exit
fi

mkdir -p "$work/tree/drivers" "$work/modules/kernel/drivers"
cat > "$work/tree/drivers/foo.c" << 'END'
int foo_take(int x);

int foo_pin(int x)
{
	int y = foo_take(x) + 1;

	return foo_take(y) * 3;
}
END
cat > "$work/tree/main.c" << 'END'
int foo_take(int x) { return x + 1; }
int foo_pin(int x);
int main(int argc, char **argv)
{
	(void)argv;
	return foo_pin(argc);
}
END
for name in one other; do
	cat > "$work/tree/$name.c" << END
int foo_take(int x);
static int twice(int x) { return foo_take(x); }
int $name(int x) { return twice(x) + 2; }
END
done
if ! said=$(cd "$work/tree" && {
	gcc -g -O1 -fno-inline -fno-optimize-sibling-calls -o ../vmlinux main.c one.c \
		other.c drivers/foo.c &&
	gcc -g -O1 -fno-optimize-sibling-calls -c -o ../modules/kernel/drivers/foo-bar.ko \
		drivers/foo.c &&
	gcc -O1 -o ../plain main.c drivers/foo.c
	} 2>&1); then
	fail "the files are built" "$said"
	tap_done
	exit
fi

# place FILE FUNCTION NR: where call number NR of a function returns to
place()
{
	python3 - "$@" << 'END'
import re
import subprocess
import sys

file, function, number = sys.argv[1:]
code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", file],
                      capture_output=True, text=True).stdout
symbols = subprocess.run(["nm", "-S", file], capture_output=True, text=True).stdout
body = re.search(r"^([0-9a-f]+) <%s>:\n(.*?)(\n\n|\Z)" % function, code, re.M | re.S)
at = [(int(address, 16), word) for address, word in
      re.findall(r"^ *([0-9a-f]+):\s+(\S+)", body[2], re.M)]
behind = [at[i + 1][0] for i in range(len(at) - 1) if at[i][1].startswith("call")]
size = re.search(r"^[0-9a-f]+ ([0-9a-f]+) . %s$" % function, symbols, re.M)[1]
print("%s+0x%x/0x%x" % (function, behind[int(number) - 1] - int(body[1], 16),
                        int(size, 16)))
END
}

kernel_first=$(place "$work/vmlinux" foo_pin 1)
kernel_second=$(place "$work/vmlinux" foo_pin 2)
module_first=$(place "$work/modules/kernel/drivers/foo-bar.ko" foo_pin 1)
module_second=$(place "$work/modules/kernel/drivers/foo-bar.ko" foo_pin 2)
twice=$(place "$work/vmlinux" twice 1)

# report FRAME...: a report whose only holder has that stack
report()
{
	printf '"%s"\n' "$@" | python3 -c '
import json, sys
stack = [json.loads(line) for line in sys.stdin]
json.dump({"schema": "gup-mirror-report", "version": 2, "source": "debugfs",
	"name": "saved", "provenance": [], "complete": True, "summary": {},
	"sites": [{"kind": "pin", "function": "pin_user_pages_fast", "place": stack[0],
		"calls": 1, "pages": 1, "wrong": 0, "right": 0, "laundered": 0,
		"held": 1, "most": 1, "overlong": 0, "hold_ms": {}}],
	"violations": [], "holders": [{"function": "pin_user_pages_fast",
		"place": stack[0], "flags": "write", "estimate": False, "pins": 1,
		"pages": 1, "suspect": False, "stack": stack}], "moments": []}, sys.stdout)'
}

# line FRAME [OPTION...]: what the program says of a place
line()
{
	report "$1" > "$work/report"
	"$gup_mirror" report --json - "${@:2}" "$work/report" 2> /dev/null | python3 -c '
import json, sys
print(*json.load(sys.stdin).get("lines", {}).values())'
}

vmlinux=(--vmlinux "$work/vmlinux")
modules=(--modules-dir "$work/modules")
is "a call of the kernel" drivers/foo.c:5 "$(line "$kernel_first" "${vmlinux[@]}")"
is "the next call" drivers/foo.c:7 "$(line "$kernel_second" "${vmlinux[@]}")"
is "a call of a module" drivers/foo.c:5 \
	"$(line "$module_first [foo_bar]" "${modules[@]}")"
is "the next call of a module" drivers/foo.c:7 \
	"$(line "$module_second [foo_bar]" "${vmlinux[@]}" "${modules[@]}")"
is "a trace has no sizes" drivers/foo.c:5 \
	"$(line "${kernel_first%/*}" "${vmlinux[@]}")"
is "a module is not the kernel" "" "$(line "$module_first [foo_bar]" "${vmlinux[@]}")"
is "nor the other way round" "" "$(line "$kernel_first" "${modules[@]}")"
is "another size is another kernel" "" \
	"$(line "${kernel_first%/*}/0x1234" "${vmlinux[@]}")"
is "an offset behind the function" "" \
	"$(line "${kernel_first%+*}+0x4321" "${vmlinux[@]}")"
is "two functions of one name and size" "" "$(line "$twice" "${vmlinux[@]}")"
is "no such function" "" "$(line "none+0x1/0x10" "${vmlinux[@]}")"
is "what is no place" "" "$(line "a site without a view" "${vmlinux[@]}")"

# All forms of one report, from a saved copy.
report "$kernel_first" "$module_second [foo_bar]" strange+0x1/0x2 > "$work/report"
"$gup_mirror" report "${vmlinux[@]}" "${modules[@]}" --json "$work/json" \
	--html "$work/html" --log-file "$work/text" --github "$work/github" "$work/report"
valid "with lines" "$work/json"
matches "text: a frame" $'\n    foo_pin\\+0x[0-9a-f]+/0x[0-9a-f]+ \\(drivers/foo.c:5\\)\n' \
	"$(cat "$work/text")"
matches "text: a frame of a module" $'\n    foo_pin\\+.* \\[foo_bar\\] \\(drivers/foo.c:7\\)\n' \
	"$(cat "$work/text")"
matches "text: a frame that is not known" $'\n    strange\\+0x1/0x2\n' "$(cat "$work/text")"
matches "text: a call site" 'pin_user_pages_fast\(\) at foo_pin\+[^ ]* \(drivers/foo.c:5\)' \
	"$(tr -s '\n ' ' ' < "$work/text")"
matches "HTML: a frame" 'foo_pin[^ ]* <span class="dim">\(drivers/foo.c:5\)</span>' \
	"$(cat "$work/html")"
matches "an annotation is at the line" \
	'^::error file=drivers/foo.c,line=5,title=1 pin left by foo_pin::' \
	"$(cat "$work/github")"

# What is written has them, so that the files are not needed any more.
is "a report keeps its lines" "$(cat "$work/text")" "$("$gup_mirror" report \
	--log-file - "$work/json" | sed "s|$work/json|$work/report|")"
sed 's/foo.c:5/foo.c:6/' "$work/json" > "$work/json2"
is "merge: what is in two lines is in none" 'drivers/foo.c:7' \
	"$("$gup_mirror" merge --json - "$work/json" "$work/json2" | python3 -c '
import json, sys
print(*json.load(sys.stdin)["lines"].values())')"
"$gup_mirror" merge --json "$work/merged" "$work/json" "$work/json2"
valid "merged" "$work/merged"

report other+0x1/0x2 > "$work/report2"
"$gup_mirror" report --vmlinux "$work/vmlinux" --json "$work/none" "$work/report2" \
	2> "$work/err"
is "files of another kernel are told" \
	"gup-mirror: no place of the report is in these files: are they of its kernel?" \
	"$(cat "$work/err")"
refuses "no vmlinux" "cannot read $work/no: No such file" \
	"$gup_mirror" report --vmlinux "$work/no" "$work/report"
refuses "no debug information" "cannot read $work/plain: " \
	"$gup_mirror" report --vmlinux "$work/plain" "$work/report"
refuses "no ELF file" "cannot read $work/report: " \
	"$gup_mirror" report --vmlinux "$work/report" "$work/report"
refuses "no directory" "cannot read $work/no: No such file" \
	"$gup_mirror" report --modules-dir "$work/no" "$work/report"
mkdir "$work/empty"
refuses "no modules" \
	"$work/empty has no modules: it must be a directory with .ko files" \
	"$gup_mirror" report --modules-dir "$work/empty" "$work/report"

tap_done
