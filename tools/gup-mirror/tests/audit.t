#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# gup-mirror audit: what it finds in small drivers, in a kernel tree if there is
# one, and what it refuses.

set -euo pipefail
. "$(dirname "$0")/lib.sh"

audit=("$gup_mirror" audit)
parts=$build/tests/audit-parts
samples=$tests/audit

# means EXPRESSION EXPECTED
means()
{
	is "expression: $1" "$2" "$("$parts" expr "$1")"
}

means 'page' page
means 'vm -> monitor_page' 'vm->monitor_page'
means '& pages [ i + 1 ]' pages
means '* pages' pages
means 'pages + done' pages
means '( pages - 1 ) -> a . b' 'pages->a->b'
means '( struct page * * ) obj -> p' 'obj->p'
means 'sg_page ( & rm -> data . op_sg [ f ( i ) ] )' 'sg_page(rm->data->op_sg)'
means 'a ? b -> c : d' '(b->c | d)'
means 'a ? : d' '(a | d)'
means 'a == b' -
means '! page' -
means '- EFAULT' -
means 'NULL' -
means '17' -
means '"a ( string" , x' -
means 'sizeof ( * pages ) ' -
means 'container_of ( ptr , struct foo , m ) -> pages' 'container_of(ptr, struct foo, m)->pages'
means 'ops -> get ( a , b )' -
means '({ int x ; x ; })' -
means '' -
means 'a ->' -
means '((((' -
means "$(printf '(%.0s' {1..5000})" -
means "$(printf '!%.0s' {1..5000})a" -
means "a$(printf -- '->b%.0s' {1..5000})" -
is "arguments" '(a->b, -, f(c, d))' "$("$parts" list 'a -> b , 1 , f ( c , d )')"
is "no arguments" '()' "$("$parts" list '')"

# facts NAME LINES EXPECTED: what is read from lines, as for printf
facts()
{
	# shellcheck disable=SC2059
	is "facts: $1" "$3" "$(printf "$2" | "$parts" facts 2>&1)"
}

facts "those between noise" \
	'noise\n@\tcall\ta.c\t7\tf\tput_page\tpage\n@\treturn\ta.c\t8\tf\tx\n' \
	$'6 a.c:7 f: put_page|page|\n5 a.c:8 f: x||'
facts "in a macro" '@\tcall\ta.c\t7\tsomething_else\tput_page\tpage\n' \
	'6 a.c:7 : put_page|page|'
facts "cut off" '@\tcall\ta.c\t7\tf\tput_page\n' \
	"gup-mirror: facts:1: not a fact"
facts "no line" '@\tcall\ta.c\tx\tf\tput_page\tp\n' \
	"gup-mirror: facts:1: not a fact"
facts "strange" '@\tstrange\ta.c\t1\tf\tput_page\tp\n' \
	"gup-mirror: facts:1: not a fact"
facts "too long" '@\tcall\ta.c\t1\tf\tput_page\tp\tq\n' \
	"gup-mirror: facts:1: not a fact"
facts "none" '' ''

is "calls in a text" $'5 pin_user_pages\n7 get_user_pages_fast' "$("$parts" mentions << 'END'
long pin_user_pages(unsigned long start);
	/* pin_user_pages(a) */ // get_user_pages(b)
	"pin_user_pages(c)"; '"'; my_pin_user_pages(d);
	long get_user_pages(unsigned long start);
	x = pin_user_pages (e);
	pointer = pin_user_pages;
	return get_user_pages_fast(f);
END
)"

# verdicts SAMPLE EXPECTED: file:line=verdict of each call
verdicts()
{
	is "$1: verdicts" "$2" "$("${audit[@]}" --json "$samples/$1" 2>&1 | python3 -c '
import json, sys
r = json.load(sys.stdin)
print(*("%s:%d=%s" % (c["file"], c["line"], c["verdict"]) for c in r["calls"]))' 2>&1)"
}

# suspects SAMPLE EXPECTED: where the wrong releases are, and acquired
suspects()
{
	local suspects_name=$1 suspects_path=$2

	is "$suspects_name: suspects" "$3" "$("${audit[@]}" --json "$suspects_path" 2>&1 | python3 -c '
import json, sys
r = json.load(sys.stdin)
assert r["schema"] == "gup-mirror-audit" and r["version"] == 1
for s in r["suspects"]:
    print("%(file)s:%(line)d %(caller)s %(function)s(%(argument)s) %(acquired_file)s:%(acquired_line)d %(through)s" % s)' 2>&1)"
}

# linux VERSION EXPECTED: of two drivers in Debian's source
linux()
{
	local linux_source=/usr/src/linux-source-$1.tar.xz

	if [ ! -f "$linux_source" ]; then
		skip "Linux $1: suspects" "linux-source-$1 is not installed"
		return
	fi
	mkdir "$work/$1"
	tar -xJf "$linux_source" -C "$work/$1" --strip-components=1 \
		"linux-source-$1/net/rds" "linux-source-$1/drivers/virt/acrn"
	suspects "Linux $1" "$work/$1" "$2"
}

status()
{
	local status_got=0

	"${audit[@]}" "$samples/$1" > "$work/out" 2>&1 || status_got=$?
	is "$1: status" "$2" "$status_got"
}

if ! command -v spatch > /dev/null; then
	skip "what the samples do" "coccinelle is not installed"
else
	verdicts right 'driver.c:6=right driver.c:21=right'
	verdicts wrong 'driver.c:6=wrong driver.c:16=wrong driver.c:25=wrong driver.c:36=wrong'
	verdicts across 'acquire.c:7=wrong acquire.c:22=right'
	verdicts scatterlist 'driver.c:17=wrong'
	verdicts mixed 'driver.c:10=mixed driver.c:25=right'
	verdicts helper 'driver.c:16=right driver.c:26=right driver.c:45=wrong driver.c:62=wrong'
	verdicts elsewhere 'driver.c:5=elsewhere driver.c:10=no-pages'
	verdicts unread 'driver.c:4=unread'
	verdicts nothing ''
	verdicts choice 'driver.c:7=wrong driver.c:17=wrong'

	suspects right "$samples/right" ''
	suspects mixed "$samples/mixed" ''
	suspects helper "$samples/helper" \
		'driver.c:54 helper_empty put_page(taken) driver.c:45 helper.page
driver.c:64 helper_wrong unpin_user_page(bad[0]) driver.c:62 '
	suspects wrong "$samples/wrong" 'driver.c:9 wrong_put put_page(pages[i]) driver.c:6 
driver.c:17 wrong_unpin unpin_user_page(page) driver.c:16 
driver.c:27 wrong_folio folio_put(folio) driver.c:25 
driver.c:37 wrong_stored put_page(pages[0]) driver.c:36 '
	suspects across "$samples/across" \
		'release.c:7 across_drop put_page(page) acquire.c:7 across.monitor'
	suspects scatterlist "$samples/scatterlist/" \
		'other.c:12 region_unmap put_page(page) driver.c:17 region.sg'

	status right 0
	status wrong 1
	matches "text names both ends" 'driver.c:9: wrong_put\(\) calls put_page\(pages\[i\]\) for pages of pin_user_pages_fast\(\)' \
		"$(cat "$work/out")"

	mkdir "$work/odd"
	cp "$samples/wrong/driver.c" "$work/odd/"$'a\e[31m.c'
	is "text has no control characters of names" '4 4' \
		"$("${audit[@]}" "$work/odd" | grep -c '^  a?\[31m.c' || :) $(
		"${audit[@]}" "$work/odd" | grep -c '^  wrong  a?\[31m.c.*at a?' || :)"

	# Characters of the code do not depend on the locale.
	mkdir "$work/strings"
	sed 's/^{/{\n\tpr_info("\xc3\xa9");/' "$samples/wrong/driver.c" > "$work/strings/driver.c"
	matches "characters in the C locale" '^4 calls: 4 wrong,' \
		"$(LC_ALL=C "${audit[@]}" "$work/strings" 2>&1 | tail -1)"

	# A file that spatch fails on is not half read, and others are.
	cp "$samples/right/driver.c" "$work/strings/right.c"
	sed -i '$s/}/\tpr_info("\xff");\n}/' "$work/strings/driver.c"
	"${audit[@]}" "$work/strings" > "$work/out" 2> "$work/err" || :
	matches "a file that spatch fails on: is told" \
		'^gup-mirror: driver.c was not read: .*UnicodeDecodeError[^'$'\n'']*$' \
		"$(cat "$work/err")"
	matches "a file that spatch fails on: others are read" \
		'^6 calls: 0 wrong, 0 mixed, 2 right, 0 elsewhere, 0 no-pages, 4 unread; suspects: 0$' \
		"$(tail -1 "$work/out")"

	# sites NAME EXPECTED: what of sample "inline" was seen, by sites on
	# standard input
	sites()
	{
		{
			echo "gup_mirror sites - version: 2"
			echo "# kind view calls pages wrong right laundered held most overlong hold_ms function site"
			cat
		} > "$work/sites"
		is "coverage: $1" "$2" "$("${audit[@]}" --json --coverage "$work/sites" \
			"$samples/inline" 2>&1 | python3 -c '
import json, sys
r = json.load(sys.stdin)
print(*("%s=%s" % (c["caller"].split("_")[1], c["seen"]) for c in r["calls"]), *r["unknown_sites"])' 2>&1)"
	}

	sites "none" 'first=never second=never twice=never twice=never never=never' < /dev/null
	sites "by its own name, right" 'first=right second=never twice=never twice=never never=never' << END
pin 0 4 4 0 0 4 0 4 0 0:4 pin_user_pages_fast inline_first+0x10/0x20 [m]
END
	sites "inlined, through one more; not released" 'first=never second=unreleased twice=never twice=never never=never' << END
pin 0 4 4 0 0 0 4 4 0 - pin_user_pages_fast inline_write.isra.0+0x10/0x20 [m]
END
	sites "wrong" 'first=wrong second=never twice=never twice=never never=never' << END
pin 0 4 4 1 3 0 0 4 0 0:3 pin_user_pages_fast inline_ioctl+0x10/0x20 [m]
END
	sites "another GUP function of the same caller" 'first=never second=never twice=never twice=never never=never get_user_pages() at inline_ioctl+0x10/0x20 [m]' << END
get 512 4 4 0 - - - - - - get_user_pages inline_ioctl+0x10/0x20 [m]
END
	sites "one of two calls" 'first=never second=never twice=unsure twice=unsure never=never' << END
pin 0 4 4 0 0 4 0 4 0 0:4 pin_user_pages inline_twice+0x10/0x80 [m]
END
	sites "both of two calls" 'first=never second=never twice=right twice=right never=never' << END
pin 0 4 4 0 0 4 0 4 0 0:4 pin_user_pages inline_twice+0x10/0x80 [m]
pin 1 4 4 0 0 4 0 4 0 0:4 pin_user_pages inline_twice+0x40/0x80 [m]
END
	sites "not of this tree" 'first=never second=never twice=never twice=never never=never pin_user_pages() at strange+0x10/0x80' << END
pin 0 4 4 0 0 4 0 4 0 0:4 pin_user_pages strange+0x10/0x80
END

	mkdir "$work/copy"
	cp "$work/sites" "$work/copy/sites"
	matches "coverage: a directory, and several" '5 never' \
		"$("${audit[@]}" --coverage "$work/copy" --coverage "$work/sites" \
			"$samples/inline" 2>&1 || true)"

	# The second is sorted before the first if they are in one report.
	empty='"summary": {}, "violations": [], "holders": [], "moments": []'
	for place in +0x1 ''; do
		echo '{"schema": "gup-mirror-report", "version": 1, "name": "n",
			"source": "s", '"$empty"', "sites": [{"kind": "get",
			"function": "pin_user_pages_fast", "place": "'"$place"'",
			"calls": 1, "pages": 1, "wrong": 0}]}' > "$work/site$place"
	done
	is "coverage: places without a name are of no call, not even in a macro" \
		'never pin_user_pages_fast() at +0x1 pin_user_pages_fast() at ' \
		"$("${audit[@]}" --json --coverage "$work/site+0x1" \
			--coverage "$work/site" "$samples/unread" 2>&1 | python3 -c '
import json, sys
r = json.load(sys.stdin)
print(*(c["seen"] for c in r["calls"]), *r["unknown_sites"])' 2>&1)"

	acrn='drivers/virt/acrn/vm.c:85 acrn_vm_destroy put_page(vm->monitor_page) drivers/virt/acrn/hsm.c:346 acrn_vm.monitor_page'
	# What is put in a wrong way in this one travels through a scatterlist.
	rds='net/rds/ib_rdma.c:260 __rds_ib_teardown_mr put_page(page) net/rds/rdma.c:163 rds_ib_mr.sg'
	linux 6.12 "$acrn"
	linux 6.1 "$acrn
$rds"
	[ ! -d "$work/6.1" ] ||
		suspects "rds by itself" "$work/6.1/net/rds" "${rds//net\/rds\/}"

	mkdir "$work/bin"
	printf '#!/bin/sh\necho Fatal error >&2\nexit 3\n' > "$work/bin/spatch"
	chmod +x "$work/bin/spatch"
	refuses "spatch fails" "spatch failed with status 3: Fatal error" \
		env PATH="$work/bin:$PATH" "${audit[@]}" "$samples/right"
	printf '#!/bin/sh\nkill -9 $$\n' > "$work/bin/spatch"
	refuses "spatch is killed" "spatch was killed by signal 9" \
		env PATH="$work/bin:$PATH" "${audit[@]}" "$samples/right"
	printf '#!/bin/sh\necho "EXN: Failure in strange.c" >&2\n' > "$work/bin/spatch"
	refuses "spatch fails in another file" "spatch failed: Failure in strange.c" \
		env PATH="$work/bin:$PATH" "${audit[@]}" "$samples/right"
	printf '#!/bin/sh\nprintf "@\\tcall\\ta.c\\n"\n' > "$work/bin/spatch"
	refuses "spatch prints rubbish" "output of spatch:1: not a fact" \
		env PATH="$work/bin:$PATH" "${audit[@]}" "$samples/right"
fi

mkdir "$work/empty"
refuses "no such tree" "cannot read $work/none: No such file" "${audit[@]}" "$work/none"
touch "$work/file"
refuses "a file" "$work/file is no directory" "${audit[@]}" "$work/file"
refuses "no C files" "$work/empty has no C files" "${audit[@]}" "$work/empty"
refuses "no spatch" "spatch is missing: install the package coccinelle" \
	env PATH="$work/empty" "${audit[@]}" "$samples/right"
refuses "no sites" "cannot read $work/none: No such file" \
	"${audit[@]}" --coverage "$work/none" "$samples/right"
echo "gup_mirror sites - version: 9" > "$work/newer"
refuses "newer sites" "$work/newer has version 9, this program knows 2" \
	"${audit[@]}" --coverage "$work/newer" "$samples/right"

tap_done
