#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# documentation/ci.md: its recipes do what it says, with programs that stand for
# LAVA and the virtual machine, and its expressions match each title that the layer
# can print.

set -euo pipefail
. "$(dirname "$0")/lib.sh"

project=$(cd "$tests/../../.." && pwd)
page=$project/documentation/ci.md

# block KIND NAME: what follows a comment like that
block()
{
	awk -v mark="<!-- $1: $2 -->" '
		$0 == mark { on = 1; next }
		!on { next }
		/^```/ { if (fence++) exit; next }
		fence || /^    / { sub(/^    /, fence ? "&" : ""); print; some = 1; next }
		some { exit }' "$page"
}

#
# Titles
#

mapfile -t classes < <(sed -n 's/^\t\[GUP_MIRROR_.*\][\t ]*= "\(.*\)",$/\1/p' \
	"$project/mm-debug/config.c" | grep -- -)
is "the layer's classes" "$(printf '%s\n' "${classes[@]}" | sort)" \
	"$(block grammar classes | sort)"
is "the layer's title" '"BUG: GUP-MIRROR: %s in %s\n\n"' \
	"$(grep -o '"BUG: .*"' "$project/mm-debug/report.c")"
is "nothing else is a title" 1 \
	"$(cat "$project"/mm-debug/*.c | grep -c '"BUG: ')"

# What stands for a place that has no function.
mapfile -t others < <(
	{
		grep -hA2 'gup_mirror_place_name(buf' "$project"/mm-debug/*.c
		grep -h 'place->name = kstrdup' "$project"/mm-debug/*.c
	} | sed -n 's/.*"\(.*\)".*/\1/p' | sort)
is "what stands for a place" "a module that has gone
a site without a view of its own
one of too many callers" "$(printf '%s\n' "${others[@]}")"

# All titles there can be: each class in each form of a place, as %pS prints them.
: > "$work/functions"
: > "$work/others"
for class in "${classes[@]}"; do
	for place in 'f+0x0/0x1' 'do_it+0x1f/0x120' 'tgm_put_page+0x108/0x120 [test_gup_mirror]' \
		'do_it.isra.0+0x1f/0x120' 'do_it.constprop.0.cold+0x1f/0x120 [a-b]' \
		'__pfx_do_it+0x4/0x10' '_RNvNtCs1_4rust3put+0x1f/0x120 [rust_m]'; do
		echo "BUG: GUP-MIRROR: $class in $place" >> "$work/functions"
	done
	for place in 0xffffffffc0201234 0x0 "${others[@]}"; do
		echo "BUG: GUP-MIRROR: $class in $place" >> "$work/others"
	done
done
function=$(block grammar function)
other=$(block grammar other)
cat "$work/functions" "$work/others" > "$work/all"
is "there is an expression of each" "1 1" \
	"$(wc -l <<< "$function" | tr -d ' ') $(wc -l <<< "$other" | tr -d ' ')"
is "functions are matched" "" "$(grep -vE "$function" "$work/functions" || :)"
is "only functions are" "" "$(grep -E "$function" "$work/others" || :)"
is "others are matched" "" "$(grep -vE "$other" "$work/others" || :)"
is "only others are" "" "$(grep -E "$other" "$work/functions" || :)"
is "with prefixes of the log" 4 "$(printf '%s\n' \
	'[    9.202859] BUG: GUP-MIRROR: put-on-pin in f+0x1/0x2' \
	'<3>[    9.202859][  T137] BUG: GUP-MIRROR: put-on-pin in f+0x1/0x2 [m]' \
	'kern  :err   : [Thu Nov 26 2026] BUG: GUP-MIRROR: put-on-pin in f+0x1/0x2' \
	'BUG: GUP-MIRROR: put-on-pin in f+0x1/0x2' | grep -cE "$function")"
is "what is no title" "" "$(printf '%s\n' 'BUG: KASAN: use-after-free in f+0x1/0x2' \
	'BUG: GUP-MIRROR: put-on-pin in ' 'BUG: GUP-MIRROR: put-on-pin in f' \
	'gup_mirror: the ledger is inconsistent (a: 0x1)' |
	grep -E "$function|$other" || :)"
is "samples: each is matched" "" "$(block grammar samples | grep -vE "$function|$other" || :)"
is "samples: each class" "" "$(for class in "${classes[@]}"; do
	block grammar samples | grep -q ": $class in " || echo "$class"
done)"
is "groups of the expression" "put-on-pin tgm_put .isra.0 test_gup_mirror" "$(
	python3 -c '
import re, sys
print(*(re.search(sys.argv[1], sys.argv[2])[i] for i in (1, 3, 4)),
      re.search(sys.argv[1], sys.argv[2])[5].strip(" []"))' "$function" \
	'BUG: GUP-MIRROR: put-on-pin in tgm_put.isra.0+0x8/0x20 [test_gup_mirror]')"
log=$project/documentation/dev-tools/gup-mirror.rst
is "titles in the documentation" "" "$(grep -h 'BUG: GUP-MIRROR' "$log" "$project/README.md" |
	grep -vE "$function|$other" || :)"

#
# LAVA: it is stood for by a program that writes down what it is told.
#

mkdir "$work/bin" "$work/lava"
cat > "$work/bin/lava-test-case" << 'END'
#!/bin/sh
echo "$*" >> "$LAVA_SEEN"
END
printf '#!/bin/sh\nexit 0\n' > "$work/bin/mountpoint"
chmod +x "$work/bin/lava-test-case" "$work/bin/mountpoint"
block recipe ktap-to-lava > "$work/lava/ktap-to-lava"
chmod +x "$work/lava/ktap-to-lava"
block recipe lava > "$work/lava.yaml"

# steps FILE EXPRESSION: a list of commands from YAML, a line each
steps()
{
	python3 -c '
import sys, yaml
data = yaml.safe_load(open(sys.argv[1]))
print("\n".join(eval(sys.argv[2])))' "$@"
}

# lava PROGRAM: runs the steps where gup-mirror is PROGRAM; prints the test cases
lava()
{
	printf '#!/bin/bash\n%s\n' "$1" > "$work/bin/gup-mirror"
	chmod +x "$work/bin/gup-mirror"
	rm -rf "$work/lava/results" "$work/seen"
	steps "$work/lava.yaml" 'data["run"]["steps"]' > "$work/steps"
	(cd "$work/lava" && env PATH="$work/bin:$PATH" LAVA_SEEN="$work/seen" \
		sh -e "$work/steps" > "$work/said" 2>&1) || echo "status $?: $(cat "$work/said")"
	cat "$work/seen"
}

# "run" with what a kernel once said, instead of one that says it now
# shellcheck disable=SC2016
run_of='shift; while [ "$1" != -- ]; do words+=("$1"); shift; done; exec '"$gup_mirror"' report "${words[@]}" '

if ! python3 -c 'import yaml' 2> /dev/null; then
	skip "recipes" "python3-yaml is not installed"
	tap_done
	exit
fi

is "LAVA: what was found" "put-on-pin --result fail
unpin-on-get --result fail
double-unpin --result fail
unpin-unpinned --result fail
free-while-pinned --result fail
lost-pin --result fail
leak-at-unload --result pass
double-put --result pass
dirty-by-readonly-pin --result pass
dirty-unpinned --result pass
lost-write --result pass
unpin-while-mapped --result pass
left-by-failed-call --result skip
possible --result pass
leak --result fail
surplus --result pass
overlong --result pass
incomplete --result pass" "$(lava "$run_of $data/demo")"
is "LAVA: nothing was found" 0 "$(lava "$run_of $data/right" | grep -c 'result fail' || :)"
is "LAVA: no layer" "gup-mirror --result skip" \
	"$(lava 'echo "KTAP version 1
1..0 # SKIP this kernel has no GUP mirror" > results/gup.ktap; exit 4')"
is "LAVA: gup-mirror cannot run" "gup-mirror --result fail" "$(lava 'exit 125')"
is "LAVA: options are those that run has" "" "$(grep -o -- '--[a-z-]*' "$work/lava.yaml" |
	grep -v -- '^--$' | sort -u | while read -r option; do
		"$gup_mirror" run --help | grep -q -- "$option" || echo "$option"
	done)"

#
# GitHub: what is installed and built is stood for, and so is the machine.
#

block recipe github > "$work/github.yaml"
is "GitHub: its steps" "Build the kernel and the program, Run the tests" \
	"$(steps "$work/github.yaml" '[", ".join(
		s["name"] for s in data["jobs"]["gup-mirror"]["steps"] if "run" in s)]')"
mkdir -p "$work/job/tools/vm" "$work/job/build/gup-mirror"
for program in install-packages build-kernel; do
	printf '#!/bin/sh\n[ -x %s/tools/vm/%s ]\n' "$project" "$program" \
		> "$work/job/tools/vm/$program"
done
cat > "$work/job/tools/vm/boot" << 'END'
#!/bin/bash
# The command, with /results as the host has it.
while [ "$1" != -- ]; do
	[ "$1" != --results ] || results=$2
	shift
done
shift
mkdir -p "$results"
"${@//\/results/$results}"
END
printf '#!/bin/sh\nexit 0\n' > "$work/bin/make"
chmod +x "$work/job"/tools/vm/* "$work/bin/make"

# github PROGRAM: runs the job; prints its status and the annotations
github()
{
	local github_status=0

	printf '#!/bin/bash\n%s\n' "$1" > "$work/job/build/gup-mirror/gup-mirror"
	chmod +x "$work/job/build/gup-mirror/gup-mirror"
	rm -rf "$work/job/results"
	steps "$work/github.yaml" '[s["run"] for s in
		data["jobs"]["gup-mirror"]["steps"] if "run" in s]' > "$work/steps"
	(cd "$work/job" && env PATH="$work/bin:$PATH" bash -e "$work/steps") \
		> "$work/said" 2>&1 || github_status=$?
	echo "status $github_status"
	grep -oE '^::(error|warning) [^:]*' "$work/said" || :
}

is "GitHub: what was found" "status 121
::error title=put-on-pin in tgm_put_page [test_gup_mirror]" \
	"$(github "$run_of --fail-on violation $data/demo" | head -2)"
check "GitHub: its files are there" test -s "$work/job/results/gup.xml" -a \
	-s "$work/job/results/gup.json"
is "GitHub: nothing was found" "status 0" "$(github "$run_of --fail-on violation $data/right")"
is "GitHub: a panic" "status 240" "$(github 'exit 240')"
is "GitHub: options of boot" "" "$(grep -o -- '--[a-z-]*' <(sed -n '/vm\/boot/,/-- /p' \
	"$work/github.yaml" | head -1) | grep -v -- '^--$' | while read -r option; do
		"$project/tools/vm/boot" --help | grep -q -- "$option" || echo "$option"
	done)"

# KernelCI: the fragment has no name that the kernel does not have.
is "KernelCI: the layer's own option" 1 \
	"$(block recipe kernelci | grep -c '^CONFIG_DEBUG_GUP_MIRROR=y$')"
is "KernelCI: what it depends on" "" "$(sed -n 's/^\tdepends on //p' \
	"$project/Kconfig.snippet" | grep -oE 'DEBUG_KERNEL|DEBUG_FS' | sort -u |
	while read -r symbol; do
		block recipe kernelci | grep -qx "CONFIG_$symbol=y" || echo "$symbol"
	done)"

tap_done
