#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The packages that README.md has for the program are all it needs: it is built,
# installed and run where nothing else is, in a Debian 12 made from where this machine
# has its packages from.

set -euo pipefail
. "$(dirname "$0")/../tests/tap.sh"
. "$(dirname "$0")/../vm/lib.sh"

if ! command -v mmdebstrap > /dev/null; then
	skip "packages of README.md" "mmdebstrap is not installed"
	tap_done
	exit
fi
if [ "$(id -u)" -ne 0 ]; then
	skip "packages of README.md" "only root can make a root directory"
	tap_done
	exit
fi
# shellcheck disable=SC2016 # apt-get knows these names
mapfile -t sources < <(apt-get indextargets \
	--format 'deb $(REPO_URI) $(CODENAME) $(COMPONENT)' \
	'Created-By: Packages' 'Origin: Debian' | grep ' bookworm' | sort -u)
if [ ${#sources[@]} -eq 0 ]; then
	skip "packages of README.md" "no packages of Debian 12 are known here"
	tap_done
	exit
fi

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# What is indented behind the sentence.
mapfile -t packages < <(awk '
	/it needs the packages$/ { on = 1; next }
	on && /^    / { for (i = 1; i <= NF; i++) print $i; some = 1; next }
	some { exit }' "$top/README.md")
mapfile -t of_use < <(tr '\n' ' ' < "$top/README.md" |
	sed -nE 's/.*gup-mirror audit. needs ([^ ]+) and ([^ ]+), and .gup-mirror run. needs ([^ .]+)\..*/\1\n\2\n\3/p')
check "README.md names packages" test ${#packages[@]} -ge 8
check "README.md says what commands need" test ${#of_use[@]} -eq 3

# make_root PACKAGE...: a Debian with these, what they depend on, and apt
make_root()
{
	rm -rf "$root/debian"
	printf '%s\n' "${sources[@]}" |
		mmdebstrap --quiet --mode=root --variant=apt --include="$*" \
			bookworm "$root/debian" - > "$root/log" 2>&1 || {
		cat "$root/log"
		return 1
	}
	mkdir "$root/debian/src"
	cp -r "$top/tools/gup-mirror" "$root/debian/src"
}

# With a /proc that nobody has to take away again.
# shellcheck disable=SC2016
inside()
{
	env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/root unshare --mount \
		sh -c 'mount -t proc proc "$1/proc" && exec chroot "$@"' - \
		"$root/debian" "$@"
}

check "a Debian 12 with these" make_root "${packages[@]}" "${of_use[@]}"
check "it is built" inside make -s -C /src/gup-mirror O=/build
check "it is installed" inside make -s -C /src/gup-mirror O=/build prefix=/usr install
check "it runs" inside gup-mirror report /src/gup-mirror/tests/data/demo
check "it has its man pages" test -s "$root/debian/usr/share/man/man1/gup-mirror-run.1"

audit_runs()
{
	local status=0

	inside gup-mirror audit /src/gup-mirror/tests/audit/wrong || status=$?
	[ "$status" -eq 121 ]
}
check "audit finds its rules and Coccinelle" audit_runs

tap_done
