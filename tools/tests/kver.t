#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of KVER= and LINUX_SOURCE=: where the source of a kernel comes from, and which
# lines of a configuration are for it. Of apt and its mirror there are imitations.

set -euo pipefail
. "$(dirname "$0")/tap.sh"

top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
project=$work/project
unset LINUX_SOURCE KVER

mkdir -p "$project"/{tools,mm-debug/hooks}
cp -r "$top"/tools/{vm,integrate,integrate.d} "$project/tools"
cp "$top/Makefile" "$project"
cat > "$project/mm-debug/hooks/targets" <<END
rule	file	6.12	9.8	9.9
one	mm/one.c	1 1	1 1	1 1
END

# says STATUS PATTERN COMMAND...: with that status, and nothing but a line like that
says()
{
	local status=0

	"${@:3}" > "$work/said" 2>&1 || status=$?
	[ "$status" -eq "$1" ] && [ "$(wc -l < "$work/said")" -eq 1 ] &&
		grep -qE -- "$2" "$work/said" && return
	echo "status $status, said: $(cat "$work/said")"
	return 1
}

# v VERSION COMMAND...: a program of tools/vm with KVER
v()
{
	KVER=$1 "$project/tools/vm/$2" "${@:3}"
}

# s SOURCE VERSION COMMAND...: with LINUX_SOURCE as well
s()
{
	LINUX_SOURCE=$1 v "${@:2}"
}

unknown='KVER is 9.7, but GUP mirror is for Linux 6\.12 9\.8 9\.9; give one of these$'
check "refused: a version without hooks" says 1 "^boot: $unknown" v 9.7 boot true
check "... of all that is made" grep -q "$unknown" <(
	make -s -C "$project" kernel KVER=9.7 2>&1)

#
# Sources
#

check "refused: a source that is not there" \
	says 1 '^fetch-source: LINUX_SOURCE is /nowhere, which is neither a tarball nor a tree$' \
	s /nowhere 9.9 fetch-source

# linux DIR VERSION: a tree
linux()
{
	mkdir -p "$1/.git" "$1/mm"
	touch "$1/.git/config" "$1/mm/one.o"
	printf 'VERSION = %s\nPATCHLEVEL = %s\nSUBLEVEL = 5\nmrproper:\n\t@rm -f mm/*.o\n' \
		"${2%.*}" "${2#*.}" > "$1/Makefile"
	echo "$2" > "$1/mm/one.c"
}

unpack()
{
	s "$1" "$2" unpack-source "$work/to/$3" > "$work/unpacked" 2>&1 &&
		[ "$(cat "$work/to/$3/mm/one.c")" = "$2" ] && return
	cat "$work/unpacked"
	return 1
}

linux "$work/tree" 9.9
tar -cJ -f "$work/a.tar.xz" -C "$work" tree
check "a tarball" unpack "$work/a.tar.xz" 9.9 tarball
check "a tree" unpack "$work/tree" 9.9 tree
check "... without what was built in it" test ! -e "$work/to/tree/mm/one.o"
check "... without git" test ! -e "$work/to/tree/.git"
check "... which stays as it is" test -e "$work/tree/mm/one.o"
check "a second time" unpack "$work/tree" 9.9 tree
check "refused: another one to the same place" \
	says 1 "/to/tree is from $work/tree, not from LINUX_SOURCE, $work/a.tar.xz; remove it first$" \
	s "$work/a.tar.xz" 9.9 unpack-source "$work/to/tree"
wrong()
{
	s "$1" "$2" unpack-source "$work/to/wrong" 2>&1 | grep -v '^== '
	[ ! -e "$work/to/wrong" ]
}
check "refused: a source of another version" \
	says 0 "^unpack-source: $work/tree is Linux 9\.9\.5, but KVER is 9\.8; say KVER=9\.9$" \
	wrong "$work/tree" 9.8
tar -cJ -f "$work/b.tar.xz" -C "$work" tree/mm
check "refused: a tarball that is no kernel" \
	says 0 "^unpack-source: $work/b.tar.xz holds no kernel source$" wrong "$work/b.tar.xz" 9.9

#
# Debian's packages
#

mkdir -p "$work/bin" "$work/deb/DEBIAN" "$work/deb/usr/src"
cp "$work/a.tar.xz" "$work/deb/usr/src/linux-source-9.9.tar.xz"
cat > "$work/deb/DEBIAN/control" <<END
Package: linux-source-9.9
Version: 9.9.5-1
Architecture: all
Maintainer: nobody
Description: nothing
END
dpkg-deb -b "$work/deb" "$work/linux-source-9.9_9.9.5-1_all.deb" > /dev/null
cat > "$work/bin/apt-get" <<END
#!/bin/bash
echo "\$*" >> "$work/apt"
case "\$*" in
*indextargets*)
	echo 'Packages|Other|Other|http://other.example/debian trixie main'
	echo 'Packages|Debian|Debian-Security|http://first.example/security trixie-security main'
	echo 'Packages|Debian|Debian|http://second.example/debian trixie main' ;;
*update*)
	cp "$project/build/apt/sources.list" "$work/sources.list" ;;
*download*)
	sleep 1
	cp "$work/linux-source-9.9_9.9.5-1_all.deb" . ;;
esac
END
printf '#!/bin/bash\nprintf "linux-source-%%s\\n" 9.9 8.1 9.10 9.9-rt\n' > "$work/bin/apt-cache"
chmod +x "$work"/bin/*
export PATH=$work/bin:$PATH

fetched=$project/build/sources/linux-source-9.9.tar.xz
v 9.9 fetch-source > "$work/one" 2> /dev/null &
v 9.9 fetch-source > "$work/two" 2> /dev/null
wait
check "a package is fetched" cmp "$fetched" "$work/a.tar.xz"
check "... whoever wants it, at a time" test "$(sort -u "$work/one" "$work/two")" = "$fetched"
check "... once" test "$(grep -c download "$work/apt")" -eq 1
check "... with a configuration of its own" test "$(grep -vc indextargets "$work/apt")" -eq \
	"$(grep -c -- "-c $project/build/apt/apt.conf" "$work/apt")"
check "from the mirror that the system has" \
	grep -q '^deb .*signed-by=.* http://second.example/debian sid main$' "$work/sources.list"
check "... and from its own suites" \
	grep -q ' http://first.example/security trixie-security main$' "$work/sources.list"
check "... of Debian only" test "$(grep -c other "$work/sources.list")" -eq 0
check "it is kept" says 0 "^$fetched$" v 9.9 fetch-source
gone()
{
	v 9.8 fetch-source 2>&1 | grep -v '^== '
	return "${PIPESTATUS[0]}"
}
check "a version that Debian has no more" says 3 \
	'^fetch-source: Debian has no linux-source-9\.8 any more, but Linux 8\.1 9\.9 9\.10; set LINUX_SOURCE to a tarball or a tree of Linux 9\.8$' gone

#
# Configuration
#

cat > "$work/first" <<END
CONFIG_A=y		# until 6.12
CONFIG_B=y	# since 9.9
# CONFIG_C is not set	# since 9.8
CONFIG_D=y
END
echo '# CONFIG_D is not set' > "$work/second"

# merged VERSION: the options of both
merged()
{
	KVER=$1 bash -c '. "$1/tools/vm/lib.sh" && merge_fragments "$2" "$3"' - \
		"$project" "$work/first" "$work/second" | paste -s -d ,
}
check "lines until a version" \
	says 0 '^CONFIG_A=y,# CONFIG_D is not set$' merged 6.12
check "lines since a version" \
	says 0 '^# CONFIG_C is not set,# CONFIG_D is not set$' merged 9.8
check "... and for the one after it" \
	says 0 '^CONFIG_B=y,# CONFIG_C is not set,# CONFIG_D is not set$' merged 9.9

tap_done
