# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests of gup-mirror have in common; to be sourced.

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../../tests/tap.sh
. "$tests/../../tests/tap.sh"

build=${GUP_MIRROR_BUILD:-$tests/../../../build/gup-mirror}
# shellcheck disable=SC2034
gup_mirror=$build/gup-mirror
# shellcheck disable=SC2034
data=$tests/data

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# is NAME EXPECTED GOT
is()
{
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "expected: $2"$'\n'"got:      $3"
	fi
}

# matches NAME PATTERN TEXT: a regular expression
matches()
{
	if [[ $3 =~ $2 ]]; then
		pass "$1"
	else
		fail "$1" "expected: $2"$'\n'"got:      $3"
	fi
}

# refuses NAME SENTENCE COMMAND...: status 125, nothing on standard output, and one
# sentence that begins so
refuses()
{
	local refuses_name=$1 sentence="gup-mirror: $2" status=0 said

	shift 2
	"$@" > "$work/out" 2> "$work/err" || status=$?
	said=$(cat "$work/err")
	if [ "$status" -ne 125 ]; then
		fail "$refuses_name" "status $status: $said"
	elif [ -s "$work/out" ]; then
		fail "$refuses_name" "it printed: $(head -3 "$work/out")"
	elif [ "$(wc -l < "$work/err")" -ne 1 ] ||
	     [[ $said != "$sentence"* ]]; then
		fail "$refuses_name" "expected: $sentence"$'\n'"got:      $said"
	else
		pass "$refuses_name"
	fi
}

# valid NAME FILE...: is it JSON as the schema has it?
valid()
{
	check "$1: the schema has it so" "$tests/validate" "${@:2}"
}

# with_surplus DIRECTORY: the demo's files, and three references that
# get_user_pages_fast() has left, one of them since the snapshot
with_surplus()
{
	cp -r "$data/demo" "$1"
	sed -i 's/version: 1/version: 2/; s/^# total: pins=1 pages=1/& surplus=3/' \
		"$1/outstanding"
	cat >> "$1/outstanding" <<- END
		surplus=3 pages=2 since_snapshot=1 flags=FOLL_WRITE estimate=yes function=get_user_pages_fast site=tgm_get+0x1a/0x20 [test_gup_mirror]
		  tgm_get+0x1a/0x20 [test_gup_mirror]
		  tgm_ioctl+0x145/0x5e0 [test_gup_mirror]

	END
}

# with_possible DIRECTORY: nothing but two puts that were possibly wrong
with_possible()
{
	cp -r "$data/right" "$1"
	cat > "$1/violations" <<- END
		gup_mirror violations - version: 3
		put-on-pin: 2 times
		  acquired by pin_user_pages_fast() at drv_pin+0x95/0x2a0 [drv]
		  released by put_page() at drv_put+0x161/0x2a0 [drv]
		  certain=no: somebody has a reference of his own, which this may be
		  first: pfn 0x3de0, task drv/350, CPU 1, at 79.190711s
		  acquire stack:
		    drv_pin+0x95/0x2a0 [drv]
		    drv_ioctl+0x145/0x5e0 [drv]
		  release stack:
		    drv_put+0x161/0x2a0 [drv]
		    drv_ioctl+0x1a5/0x5e0 [drv]

	END
}

# terminal COLUMNS COMMAND...: what it prints on one that wide
terminal()
{
	python3 -c '
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if not pid:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
data = b""
while True:
    try:
        part = os.read(fd, 65536)
    except OSError:
        break
    if not part:
        break
    data += part
os.waitpid(pid, 0)
sys.stdout.write(data.decode().replace("\r\n", "\n"))' "$@"
}
