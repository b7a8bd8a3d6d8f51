#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# With CONFIG_DEBUG_GUP_MIRROR off, the hooks cost nothing: a tree with GUP
# mirror compiles to the same code as the untouched one, byte for byte.
#
# WARN() and its like put line numbers into the objects, and hooks add lines. So
# the untouched files get an empty line for each of these: then the line numbers
# are the same, and everything else has to be.
#
# All is compiled at one place, first the untouched files, then those with hooks,
# so that no path can make a difference either.
#
# KCONFIG_FRAGMENT names a configuration to use instead of that of the test
# kernel, LINUX_SOURCE a source instead of Debian's.

set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"
export LC_ALL=C

work=$build/same-code
linux=$work/linux
out=$linux/.out
log=$work/log
fragment=${KCONFIG_FRAGMENT:-$top/tools/vm/kernel.config}

dirs=(mm block lib io_uring arch/x86/mm)
# What else uses what a hook changes; further below, files elsewhere that have hooks
elsewhere=(kernel/panic.o)

bail()
{
	echo "Bail out! $1"
	exit 1
}

mkdir -p "$work"
[ -e "$fragment" ] || bail "there is no $fragment"
"$top/tools/vm/unpack-source" "$linux" > "$log" 2>&1 || bail "$(tail -n 1 "$log")"

# The untouched files and those with hooks, side by side

mapfile -t files < <("$top/tools/integrate.d/hooked-files" "$linux")
mapfile -t compiled < <("$top/tools/integrate.d/hooked-files" "$linux" x86)
for file in "${compiled[@]}"; do
	for dir in "${dirs[@]}"; do
		[[ $file != "$dir"/* ]] || continue 2
	done
	[[ $file != *.c ]] || elsewhere+=("${file%.c}.o")
done
rm -rf "$work/hooked" "$work/padded"
# Those that an earlier run has kept may have hooks in $linux by now.
absent=()
for file in "${files[@]}"; do
	[ -e "$work/orig/$file" ] || absent+=("$file")
done
if [ ${#absent[@]} -gt 0 ]; then
	rm -rf "$work/orig.new"
	mkdir "$work/orig.new"
	[ ! -d "$work/orig" ] || cp -r "$work/orig/." "$work/orig.new"
	(cd "$linux" && cp --parents -t "$work/orig.new" "${absent[@]}")
	rm -rf "$work/orig"
	mv "$work/orig.new" "$work/orig"
fi
cp -r "$work/orig" "$work/hooked"
"$top/tools/integrate" "$work/hooked" >> "$log" 2>&1 || bail "$(tail -n 1 "$log")"

# pad ORIGINAL HOOKED: the original with the line numbers of the other
pad()
{
	local status=0

	diff "$1" "$2" > "$work/diff" || status=$?
	[ "$status" -le 1 ] || return 1
	awk '
	function lines(range,	r) {
		return split(range, r, ",") == 2 ? r[2] - r[1] + 1 : 1
	}
	function last(range,	r) {
		return r[split(range, r, ",")]
	}
	FNR == NR && /^[0-9]/ {
		split($0, range, /[acd]/)
		n = lines(range[2]) * !/d/ - lines(range[1]) * !/a/
		if (n < 0)
			exit 1
		pad[last(range[1])] = n
	}
	FNR == NR { next }
	{
		print
		for (; pad[FNR] > 0; pad[FNR]--)
			print (/\\$/ ? "\\" : "")
	}' "$work/diff" "$1"
}

for file in "${files[@]}"; do
	padded=$work/padded/$file
	mkdir -p "${padded%/*}"
	case $file in
	*.[ch])
		pad "$work/orig/$file" "$work/hooked/$file" > "$padded" ||
			bail "a hook makes $file shorter, which this test cannot make up for" ;;
	*)
		cp "$work/orig/$file" "$padded" ;;
	esac
done

# use DIR: put the files of one side into the tree, if they are not there
use()
{
	local file

	while IFS= read -r file; do
		cmp -s "$work/$1/$file" "$linux/$file" ||
			install -D -m 644 "$work/$1/$file" "$linux/$file"
	done < <(cd "$work/$1" && find . -type f ! -path './.gup-mirror/*' -printf '%P\n')
}

# Compiling

export KBUILD_BUILD_TIMESTAMP='Thu Jan 1 00:00:00 UTC 1970'
export KBUILD_BUILD_USER=gup-mirror KBUILD_BUILD_HOST=localhost
# ccache would make paths relative, and __FILE__ with them.
unset CCACHE_BASEDIR
cc=gcc
if command -v ccache > /dev/null; then
	cc='ccache gcc'
fi

kmake()
{
	make -C "$linux" O="$out" CC="$cc" -j"$(nproc)" "$@" >> "$log" 2>&1 ||
		bail "$(grep -m 1 -E ' error: |\*\*\* ' "$log" || echo "make failed, see $log")"
}

# Whatever has hooks is to be compiled.
merge_fragments "$fragment" "$top/tools/vm/hooks.config" | sed '/GUP_MIRROR/d' \
	> "$work/fragment"

# in_fs: the objects that fs/ itself has in this configuration, without those of
# the file systems
in_fs()
{
	make -s -f - list <<-END
	include $out/include/config/auto.conf
	include $linux/fs/Makefile
	list: ; @echo \$(addprefix fs/,\$(filter %.o,\$(obj-y) \$(obj-m)))
	END
}

# build DIR: compile one side, into $work/objects-DIR
build()
{
	local to=$work/objects-$1

	use "$1"
	mkdir -p "$out"
	kmake KCONFIG_ALLCONFIG="$work/fragment" allnoconfig
	kmake prepare
	read -ra fs <<< "$(in_fs)"
	# Objects of the other side must not be taken for ours.
	find "$out" -name '*.o' ! -path "$out/scripts/*" ! -path "$out/tools/*" -delete
	kmake "${dirs[@]/%//}" "${fs[@]}" "${elsewhere[@]}"
	rm -rf "$to"
	mkdir "$to"
	cp "$out/.config" "$to"
	(cd "$out" && find "${dirs[@]}" "${fs[@]}" "${elsewhere[@]}" -name '*.o' \
		! -name '*.mod.o' -exec cp --parents -t "$to" {} +)
}

build padded
build hooked

# Comparing

if grep -q '^CONFIG_DEBUG_GUP_MIRROR=' "$work/objects-hooked/.config"; then
	fail 'the option is off'
else
	pass 'the option is off'
fi
check 'no other option differs' diff \
	<(grep -v GUP_MIRROR "$work/objects-padded/.config") \
	<(grep -v GUP_MIRROR "$work/objects-hooked/.config")

# Compilers number the local symbols that they make up, and any declaration shifts
# these numbers. Without these symbols, the whole file has to be the same.
without_locals()
{
	objcopy --strip-unneeded "$1" "$2"
}

# functions OBJECT: its code, each line with its function
functions()
{
	objdump -d -r --no-show-raw-insn --no-addresses "$1" |
		awk '/^<.*>:$/ { name = $1 } { print name, $0 }'
}

# different A B: succeeds, and names the first function, if two objects differ
different()
{
	local function

	! cmp -s "$1" "$2" || return 1
	without_locals "$1" "$work/a.o"
	without_locals "$2" "$work/b.o"
	! cmp -s "$work/a.o" "$work/b.o" || return 1
	function=$(diff <(functions "$work/a.o") <(functions "$work/b.o") |
		sed -n 's/^[<>] <\([^>]*\)>: .*/\1()/p' | head -n 1)
	echo "${2#"$work"/*/}: ${function:-not the code, but what goes with it}"
}

# compare NAME OBJECT-OR-DIRECTORY...
compare()
{
	local name=$1 object count=0 found=''

	shift
	while IFS= read -r object; do
		count=$((count + 1))
		if [ ! -e "$work/objects-padded/$object" ]; then
			found+="$object: is only there with hooks"$'\n'
		else
			found+=$(different "$work/objects-padded/$object" \
					   "$work/objects-hooked/$object" || true)
		fi
	done < <(cd "$work/objects-hooked" && find "$@" -name '*.o' | sort)
	if [ "$count" -gt 0 ] && [ -z "$found" ]; then
		pass "$name: $count objects are the same"
	else
		fail "$name: $count objects are the same" "$found"
	fi
}

for dir in "${dirs[@]}"; do
	compare "$dir" "$dir"
done
compare fs "${fs[@]}"
compare 'hooked files elsewhere' "${elsewhere[@]}"

missing=
for file in "${compiled[@]}"; do
	[[ $file != *.c || -e $work/objects-hooked/${file%.c}.o ]] || missing+="$file"$'\n'
done
if [ -z "$missing" ]; then
	pass "every file with hooks was compiled"
else
	fail "every file with hooks was compiled" "$missing"
fi

# Would it be seen? A put_page() that does nothing with a NULL pointer is not what
# it was.
rm -rf "$work/spoilt" "$work/objects-spoilt"
mkdir -p "$work/spoilt/include/linux" "$work/objects-spoilt/mm"
sed '/^static inline bool gup_mirror_put_page(/,/^}/s/return false;/return !page;/' \
	"$work/hooked/include/linux/gup_mirror.h" > "$work/spoilt/include/linux/gup_mirror.h"
use spoilt
kmake mm/memory.o
cp "$out/mm/memory.o" "$work/objects-spoilt/mm"
said=$(different "$work/objects-padded/mm/memory.o" "$work/objects-spoilt/mm/memory.o" || true)
if grep -q '^mm/memory.o: [a-z_]*()$' <<< "$said"; then
	pass 'a hook that does something is seen'
else
	fail 'a hook that does something is seen' "$said"
fi
use hooked

tap_done
