#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The ledger in user space: the layer's own files, between a few folios and a few
# tasks of ledger/. Step by step, and at random with everybody in everybody's way.
#
# SEED says what is done at random; without it, the clock does. The tasks of the
# first stress take turns as the seed says, so that it does the same again.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
# For forward()
. "$(dirname "$0")/suites.sh"
. "$(dirname "$0")/../vm/lib.sh"

tests=$top/tools/tests/ledger
work=$build/ledger
seed=${SEED:-$(date +%s)}

if [[ ! $seed =~ ^[0-9]{1,19}$ ]]; then
	echo "Bail out! SEED is '$seed', and should be a number, as 42"
	exit 1
fi
echo "# SEED=$seed"

layer=(ledger gets reserve holders walk snapshot groups acquire release put)
layer=("${layer[@]/#/$top/mm-debug/}")
layer=("${layer[@]/%/.c}")

# What the layer includes of the kernel is in kernel.h, so these are empty. But
# for our own headers that belong there.
rm -rf "$work"
mkdir -p "$work/include/mm"
: > "$work/include/internal.h"
while IFS= read -r header; do
	mkdir -p "$work/include/$(dirname "$header")"
	case $header in
	linux/gup_mirror*)
		echo "#include \"$top/include/${header#linux/}\"" ;;
	esac > "$work/include/$header"
done < <(cat "$top"/mm-debug/*.[ch] "$top"/include/*.h |
	sed -n 's/^#include <\(.*\)>.*/\1/p' | sort -u)

# build PROGRAM FLAGS SOURCE...: whatever the compiler says is an error. The kernel
# compares signed with unsigned. ThreadSanitizer knows no fences; we have none.
build()
{
	local program=$1 flags=$2

	shift 2
	# shellcheck disable=SC2086
	(cd "$tests" && gcc -std=gnu11 -g -O2 -Wall -Wextra -Werror \
		-Wno-unused-parameter -Wno-sign-compare $flags \
		-D 'EXPORT_SYMBOL(...)=' -D 'EXPORT_SYMBOL_IF_KUNIT(...)=' -include kernel.h \
		-iquote "$work/include/mm" -I "$work/include" -I . -o "$work/$program" \
		"$@" world.c buckets.c tasks.c "${layer[@]}")
}

check "the ledger compiles in user space" build stress '' stress.c replay.c
check "... with threads" build stress-threads -pthread stress.c threads.c
check "... with ThreadSanitizer" build stress-tsan '-pthread -fsanitize=thread' \
	stress.c threads.c

for name in sequences windows; do
	check "$name: compiles" build "$name" '' "$name.c" subject.c tap.c replay.c
	timeout 60 "$work/$name" > "$work/$name.tap" || true
	forward "$name" "$work/$name.tap"
done

# Newer kernels have more random addresses than ThreadSanitizer can do with.
fixed=()
! setarch -R true 2> /dev/null || fixed=(setarch -R)

# stress NAME PROGRAM ROUNDS: 0 deviations, and nothing from ThreadSanitizer
stress()
{
	local log=$work/$2.log status=0

	timeout 300 "${fixed[@]}" "$work/$2" "$3" "$seed" > "$log" 2>&1 || status=$?
	tail -n 1 "$log"
	if [ "$status" -eq 0 ]; then
		pass "$1, $3 rounds"
	else
		fail "$1, $3 rounds" "exit status $status; again with SEED=$seed
$(head -n 60 "$log")"
	fi
}

stress "tasks take turns" stress 100000
stress "threads" stress-threads 3000
stress "threads, under ThreadSanitizer" stress-tsan 800

tap_done
