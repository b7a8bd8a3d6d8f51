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

# means EXPRESSION EXPECTED: by what Coccinelle says it is composed of
means()
{
	is "expression: $1" "$2" "$("$parts" expr "$1" < "$work/parts")"
}

# part TEXT SORT WORD...
part()
{
	printf '@\tpart\ta.c\t1\tf'
	printf '\t%s' "$@"
	echo
}

{
	part 'vm -> page' member vm page
	part '& vm -> page' address 'vm -> page'
	part 'pages [ i ]' element pages
	part 'pages + 1' same pages
	part '( struct page * ) obj' cast obj 'struct page *'
	part 'f ( a , 1 )' call f a 1
	part 'ops -> get ( a )' indirect get a
	part 'a ? b : vm -> page' either b 'vm -> page'
	part 'itself' same itself
	part 'it + it' same 'it + it'
	part '( 1 + 2 )' strange 1
	part 'many ( )' call f 'many ( )' 'many ( )' 'many ( )'
} > "$work/parts"
means page page
means 'vm -> page' 'vm->page'
means '& vm -> page' 'vm->page'
means 'pages [ i ]' pages
means '( pages + 1 )' pages
means '( struct page * ) obj' obj
means 'f ( a , 1 )' 'f(a, -)'
means 'ops -> get ( a )' '->get(a)'
means 'a ? b : vm -> page' '(b | vm->page)'
means 'a == b' -
means NULL -
means 17 -
means '' -
means '( )' -
means 'it + it' -
means '( 1 + 2 )' -
matches "expression: one that contains itself" '^f\(f\(' \
	"$("$parts" expr 'many ( )' < "$work/parts")"

# facts NAME LINES EXPECTED: what is read from lines, as for printf
facts()
{
	# shellcheck disable=SC2059
	is "facts: $1" "$3" "$(printf "$2" | "$parts" facts 2>&1)"
}

facts "those between noise" \
	'noise\n@\tcall\ta.c\t7\tf\tput_page\tpage\n@\treturn\ta.c\t8\tf\tx\n' \
	$'9 a.c:7 f: put_page| page|\n8 a.c:8 f: x|'
facts "in a macro" '@\tcall\ta.c\t7\tsomething_else\tput_page\tpage\n' \
	'9 a.c:7 : put_page| page|'
facts "without arguments" '@\tcall\ta.c\t7\tf\tg\n' '9 a.c:7 f: g|'
facts "cut off" '@\tassign\ta.c\t7\tf\tx\n' \
	"gup-mirror: facts:1: not a fact"
facts "no line" '@\tcall\ta.c\tx\tf\tput_page\tp\n' \
	"gup-mirror: facts:1: not a fact"
facts "strange" '@\tstrange\ta.c\t1\tf\tput_page\tp\n' \
	"gup-mirror: facts:1: not a fact"
facts "too long" '@\treturn\ta.c\t1\tf\tp\tq\n' \
	"gup-mirror: facts:1: not a fact"
facts "none" '' ''

# prepared NAME TEXT EXPECTED
prepared()
{
	is "prepared: $1" "$3" "$("$parts" prepare <<< "$2")"
}

prepared "a variable that is set" '	T *x __free(put_page) = a;' \
	'	T *x = gup_mirror_free(put_page, x), gup_mirror_was = a;'
prepared "a variable that is not" '	T *x __free( f );' \
	'	T *x = gup_mirror_free( f , x);'
prepared "what it does" 'DEFINE_FREE(f, struct page *, if (_T) put_page(_T))' \
	'void gup_mirror_free_f( struct page * _T) { if (_T) put_page(_T); }'
prepared "a block as an argument" $'SHOW(name, {\n\tx(1, 2);\n});' \
	$'void name(void) {\n\tx(1, 2);\n}'
prepared "numbers as an argument" 'TABLE(name, { 1, 2 });' 'TABLE(name, { 1, 2 });'
prepared "a comment" '/* x __free(f) */' '/* x __free(f) */'
prepared "cut off" $'DEFINE_FREE(f, T\nx __free(' $'DEFINE_FREE(f, T\nx __free('

# agree NAME EXPECTED FIRST SECOND THIRD: directives around two lines
agree()
{
	is "conditions: $1" "$2" "$(
		printf '%s\nx\n%s\n\n%s\nx\n#endif\n' "$3" "$4" "$5" |
			"$parts" agree 2 6)"
}

agree "the same" yes '#ifdef A' '#endif' '#ifdef A'
agree "the opposite" no '#ifdef A' '#endif' '#ifndef A'
agree "the opposite, asked" no '#ifdef A' '#endif' '#if !defined(A)'
agree "a part of the kernel" no '#if IS_ENABLED(A)' '#endif' '#if ! IS_ENABLED(A)'
agree "another name" yes '#ifdef A' '#endif' '#ifndef B'
agree "else" no '#if A' '' '#else'
agree "else if" no '#if A' '' '#elif B'
agree "greater" no '#if A > 1' '#endif' '#if A <= 1'
agree "a condition of two" yes '#if A && B' '#endif' '#if A && C'
version='#if LINUX_VERSION_CODE'
agree "versions that exclude each other" no \
	"$version >= KERNEL_VERSION(6, 5, 0)" '#endif' "$version < KERNEL_VERSION(4,9,0)"
agree "versions that do not" yes \
	"$version >= KERNEL_VERSION(4, 9, 0)" '#endif' "$version < KERNEL_VERSION(6,5,0)"
agree "none that begins" yes '#else' '#endif' '#endif'
is "macro: its lines" 'none M M none' "$(for line in 1 2 3 4; do
	printf 'x\n#define M(x) \\\n\tf(x)\nx\n' | "$parts" macro "$line"
done | tr '\n' ' ' | sed 's/ $//')"

is "calls in a text" $'5 pin_user_pages\n7 get_user_pages_fast\n8 pin_user_pages\n9 get_user_pages\n13 pin_user_pages' "$("$parts" mentions << 'END'
long pin_user_pages(unsigned long start);
	/* pin_user_pages(a) */ // get_user_pages(b)
	"pin_user_pages(c)"; '"'; my_pin_user_pages(d);
	long get_user_pages(unsigned long start);
	x = pin_user_pages (e);
	pointer = pin_user_pages;
	return get_user_pages_fast(f);
#define MACRO(a) pin_user_pages(a)
#define alias get_user_pages
#define pin_user_pages(a) 0
#ifdef pin_user_pages
#define LONG(a) \\
	pin_user_pages(a)
END
)"
is "calls in functions that begin their line" $'1 pin_user_pages\n4 get_user_pages\n5 pin_user_pages\n10 pin_user_pages_fast' "$("$parts" mentions << 'END'
static inline long one(void) { return pin_user_pages(a); }
long two(void)
{
get_user_pages(b);
out: pin_user_pages(c);
}
long
get_user_pages(unsigned long start);
long three(void)
{ return pin_user_pages_fast(d); }
#if 1
long four(void) {
#else
long five(void) {
#endif
}
long
get_user_pages(unsigned long start);
END
)"

# verdicts SAMPLE EXPECTED: file:line=verdict of each call
verdicts()
{
	is "$1: verdicts" "$2" "$("${audit[@]}" --json - "$samples/$1" 2>&1 | python3 -c '
import json, sys
r = json.load(sys.stdin)
print(*("%s:%d=%s" % (c["file"], c["line"], c["verdict"]) for c in r["calls"]))' 2>&1)"
}

# suspects SAMPLE EXPECTED: where the wrong releases are, and acquired
suspects()
{
	local suspects_name=$1 suspects_path=$2

	is "$suspects_name: suspects" "$3" "$("${audit[@]}" --json - "$suspects_path" 2>&1 | python3 -c '
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
	verdicts unread 'driver.c:4=elsewhere driver.c:11=unread'
	verdicts choice 'driver.c:7=wrong driver.c:17=wrong'

	verdicts arguments 'driver.c:5=wrong driver.c:14=wrong driver.c:23=wrong driver.c:33=wrong'
	verdicts older 'driver.c:7=wrong driver.c:15=wrong driver.c:23=wrong driver.c:30=unread'
	verdicts origin 'driver.c:7=right driver.c:23=right driver.c:24=right'
	verdicts callers 'driver.c:11=right driver.c:19=wrong driver.c:37=right driver.c:39=right'
	verdicts conditions 'driver.c:12=wrong driver.c:14=right driver.c:40=wrong driver.c:43=wrong driver.c:59=right driver.c:62=right'
	verdicts macros 'driver.c:2=wrong driver.c:23=wrong driver.c:31=wrong driver.c:39=wrong driver.c:46=wrong'
	verdicts objects 'driver.c:9=wrong driver.c:11=wrong driver.c:21=right'
	verdicts numbers 'driver.c:11=wrong driver.c:26=wrong driver.c:41=right driver.c:52=right'
	verdicts line 'driver.c:7=wrong driver.c:20=elsewhere driver.c:29=elsewhere'
	verdicts paths 'driver.c:4=right driver.c:18=right driver.c:28=right driver.c:41=right driver.c:52=right driver.c:58=right driver.c:67=right driver.c:89=right driver.c:105=right driver.c:118=right driver.c:140=right'

	suspects right "$samples/right" ''
	suspects arguments "$samples/arguments" \
		'driver.c:8 arguments_typed put_page(table[done]) driver.c:5 
driver.c:17 arguments_cast put_page(table[done]) driver.c:14 
driver.c:26 arguments_size put_page(*(table+done)) driver.c:23 
driver.c:45 arguments_array put_page(arguments->table[done]) driver.c:33 arguments.table'
	suspects callbacks "$samples/callbacks" \
		'driver.c:5 callbacks_done put_page(cookie) driver.c:12 '
	suspects callers "$samples/callers" \
		'driver.c:5 callers_finish unpin_user_pages(table) driver.c:19 '
	suspects cleanup "$samples/cleanup" \
		'driver.c:2 drop_page put_page(_T) driver.c:8 
driver.c:13 cleanup_plain put_page(one) driver.c:15 '
	suspects conditions "$samples/conditions" \
		'driver.c:19 conditions_half put_page(half->table[done]) driver.c:12 half.table
driver.c:47 conditions_crossed put_page(one) driver.c:43 
driver.c:49 conditions_crossed unpin_user_page(one) driver.c:40 '
	suspects containers "$samples/containers" \
		'driver.c:21 containers_drop put_page(one) driver.c:10 containers.map
driver.c:37 containers_sent put_page(skb_frag_page(&skb_shinfo(buffer)->frags[0])) driver.c:29 sk_buff.pages
driver.c:46 containers_end unpin_user_page(vector->bv_page) driver.c:53 bio.pages'
	suspects line "$samples/line" \
		'driver.c:12 line_half put_page(one) driver.c:7 '
	suspects macros "$samples/macros" \
		'driver.c:3 DROP put_page(one) driver.c:23 
driver.c:7 DROP_DIRTY put_page(one) driver.c:31 
driver.c:16 macros_take put_page(one) driver.c:2 
driver.c:40 macros_name put_page(one) driver.c:39 
driver.c:47 shown put_page(one) driver.c:46 '
	suspects nested "$samples/nested" \
		'driver.c:20 nested_unmap put_page(sg_page(sg)) driver.c:8 nested.append
driver.c:31 nested_walk put_page(walk->table[walk->done]) driver.c:36 walk.table'
	suspects numbers "$samples/numbers" \
		'driver.c:19 numbers_frame_drop put_page(pfn_to_page(numbers->pfn)) driver.c:11 numbers.pfn
driver.c:34 numbers_address_drop put_page(virt_to_page(numbers->address)) driver.c:26 numbers.address'
	suspects objects "$samples/objects" \
		'driver.c:13 objects_crossed put_page(from->one) driver.c:9 object.one
driver.c:14 objects_crossed unpin_user_page(to->one) driver.c:11 object.one'
	suspects origin "$samples/origin" ''
	suspects paths "$samples/paths" 'driver.c:8 paths_partly (table) driver.c:4 
driver.c:21 paths_twice unpin_user_page(one) driver.c:18 
driver.c:93 paths_kept (paths->table) driver.c:89 '
	suspects leaks "$samples/leaks" 'batches.c:33 batches_frames (table) batches.c:9 
driver.c:19 leaks_silent (leaks->table) driver.c:16 
ready.c:24 ready_take (ready->table) ready.c:20 '
	suspects counts "$samples/counts" 'driver.c:8 counts_error (done) driver.c:5 
driver.c:19 counts_loop (done) driver.c:17 
driver.c:66 counts_bytes (len) driver.c:62 
driver.c:86 counts_typed (done) driver.c:84 '
	suspects "a header elsewhere" "$samples/include" \
		'shared/kept.h:8 kept_drop put_page(kept->one) source/driver.c:6 kept.one'
	suspects "two directories" "$samples/siblings" \
		'second/drop.c:6 sibling_drop put_page(sibling->one) first/take.c:6 sibling.one'
	suspects "one file" "$samples/objects/driver.c" \
		'driver.c:13 objects_crossed put_page(from->one) driver.c:9 object.one
driver.c:14 objects_crossed unpin_user_page(to->one) driver.c:11 object.one'
	ln -s "$samples/objects" "$work/link"
	suspects "a link" "$work/link" \
		'driver.c:13 objects_crossed put_page(from->one) driver.c:9 object.one
driver.c:14 objects_crossed unpin_user_page(to->one) driver.c:11 object.one'
	# classes SAMPLE EXPECTED
	classes()
	{
		is "$1: classes of suspects" "$2" "$("${audit[@]}" --json - "$samples/$1" |
			python3 -c '
import json, sys
print(*(s["class"] for s in json.load(sys.stdin)["suspects"]))')"
	}
	classes paths "leak twice leak"
	classes leaks "leak leak leak"
	classes counts "count count count count"
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
	status paths 0
	matches "text of a leak" 'driver.c:8: paths_partly\(\) returns without a release of table, of pin_user_pages_fast\(\)' \
		"$(tr -s '\n ' ' ' < "$work/out")"
	matches "text of a second release" 'driver.c:21: paths_twice\(\) calls unpin_user_page\(one\) after another release of pin_user_pages_fast' \
		"$(tr -s '\n ' ' ' < "$work/out")"
	status counts 0
	matches "text of a number that may be an error" 'driver.c:8: counts_error\(\) counts by done, which may be an error, pages of pin_user_pages_fast\(\)' \
		"$(tr -s '\n ' ' ' < "$work/out")"
	matches "text of a number without the offset" 'driver.c:66: counts_bytes\(\) counts by len, which leaves out where they begin, pages of iov_iter_extract_pages\(\)' \
		"$(tr -s '\n ' ' ' < "$work/out")"
	status older 121
	matches "text of what is unread" 'driver.c:30 get_user_pages\(\) in older_strange\(\): it has an unknown number of arguments' \
		"$(tr -s '\n ' ' ' < "$work/out")"
	status unread 0
	matches "text of what is not parsed" 'driver.c:11 pin_user_pages_fast\(\) in \?\(\): Coccinelle did not parse it' \
		"$(tr -s '\n ' ' ' < "$work/out")"
	status nothing 0
	matches "one call" $'\n''1 call: 1 wrong,' "$("${audit[@]}" "$samples/callbacks" 2>&1 || :)"
	matches "no calls are a warning" '^gup-mirror: .*/nothing has no call of a GUP function' \
		"$(cat "$work/out")"

	# For editors and compilers' kin
	"${audit[@]}" --gcc "$work/gcc" --json "$work/json" --html "$work/html" \
		--log-file "$work/text" "$samples/wrong" > "$work/out" || :
	is "several forms, and nothing else" "" "$(cat "$work/out")"
	is "gcc: each suspect is a warning, and each source a note" "4 4" \
		"$(grep -c ': warning: ' "$work/gcc") $(grep -c ': note: ' "$work/gcc")"
	is "gcc: nothing else" 8 "$(wc -l < "$work/gcc")"
	matches "gcc: a warning" "/wrong/driver.c:9: warning: wrong_put\\(\\) calls put_page\\(pages\\[i\\]\\) .* \\[release\\]"$'\n' \
		"$(cat "$work/gcc")"
	is "gcc: its files are there" "" "$(sed 's/:[0-9]*: [a-z]*: .*//' "$work/gcc" | sort -u |
		while read -r file; do [ -f "$file" ] || echo "$file"; done)"
	is "gcc: as seen from here" "wrong/driver.c:9: warning" "$(cd "$samples" &&
		"${audit[@]}" --gcc - wrong | head -1 | cut -d: -f1-3)"
	is "gcc: what is unread" 1 "$("${audit[@]}" --gcc - "$samples/unread" |
		grep -c '/driver.c:11: warning: .* was not understood: Coccinelle did not parse it \[unread\]')"
	valid "an audit" "$work/json"
	is "a page has each suspect and each call" "4 8" \
		"$(grep -c 'class="bad">release<' "$work/html") $(grep -c '^<tr><td><code>driver.c:' "$work/html")"
	for sample in paths counts older unread; do
		"${audit[@]}" --json "$work/json" "$samples/$sample" 2> "$work/err" || :
		valid "an audit of $sample" "$work/json"
	done

	# fails CLASSES SAMPLE EXPECTED
	fails()
	{
		local fails_got=0

		"${audit[@]}" --fail-on "$1" --log-file /dev/null "$samples/$2" \
			2> "$work/err" || fails_got=$?
		is "--fail-on $1: $2" "$3" "$fails_got"
	}
	fails none wrong 0
	fails release wrong 121
	fails leak,twice,count wrong 0
	fails release paths 0
	fails leak paths 121
	fails twice paths 121
	fails leak counts 0
	fails count counts 121
	fails release,unread unread 121
	fails release,leak,twice,count unread 0
	fails unread right 0
	got=0
	"${audit[@]}" --error-exitcode 3 "$samples/wrong" > "$work/out" || got=$?
	is "--error-exitcode" 3 "$got"

	# Who watches sees how far it is; nothing of that is left.
	is "progress on a terminal" "gup-mirror: 0 of 3 files read
gup-mirror: 1 of 3 files read
gup-mirror: 2 of 3 files read
gup-mirror: 3 of 3 files read" "$(terminal 100 "${audit[@]}" --log-file /dev/null "$samples/right" |
		sed 's/\x1b\[K//g' | tr '\r' '\n' | sed '/^$/d')"

	mkdir "$work/slow"
	cat > "$work/slow/spatch" <<- END
		#!/bin/sh
		echo \$\$ >> $work/children
		exec sleep 1000
	END
	chmod +x "$work/slow/spatch"
	for signal in TERM KILL INT; do
		: > "$work/children"
		# "bash -c" has no job control, so this takes no interrupt by itself.
		env --default-signal=INT PATH="$work/slow:$PATH" "${audit[@]}" -j 2 \
			"$samples/across" > "$work/out" 2>&1 &
		child=$!
		while [ "$(wc -l < "$work/children")" -lt 2 ]; do
			sleep 0.1
		done
		kill -s "$signal" "$child"
		wait "$child" 2> "$work/err" || :
		# They are killed at once, but not within a given time.
		for ((i = 0; i < 100; i++)); do
			left=$(while read -r pid; do
				[ ! -e "/proc/$pid" ] || grep -qs '^State:.Z' "/proc/$pid/status" || echo "$pid"
			done < "$work/children")
			[ -n "$left" ] || break
			sleep 0.1
		done
		is "children end with it: $signal" "" "$left"
	done

	mkdir "$work/skipped"
	cp "$samples/wrong/driver.c" "$work/skipped"
	mkfifo "$work/skipped/pipe.c"
	mkdir "$work/skipped/folder.c"
	ln -s none "$work/skipped/dangling.c"
	matches "what is no file is passed over" '^4 calls: 4 wrong,' \
		"$("${audit[@]}" "$work/skipped" 2>&1 | tail -1)"

	mkdir "$work/bytes"
	{
		printf '/* \0 */\n'
		cat "$samples/wrong/driver.c"
	} > "$work/bytes/driver.c"
	matches "a byte 0" '^4 calls: 4 wrong,' \
		"$("${audit[@]}" "$work/bytes" 2>&1 | tail -1)"

	status wrong 121
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

	# A file whose name spatch cannot tell in a line is not read, and others are.
	mkdir "$work/names"
	for name in right.c 'qcom,right.c' $'a\nb.c' 'a"b.c' 'a::b,c.c' $'\xff.c'; do
		cp "$samples/right/driver.c" "$work/names/$name"
	done
	"${audit[@]}" "$work/names" > "$work/out" 2> "$work/err" || :
	is "odd names: are told" 4 "$(grep -c ' was not read: its name ' "$work/err")"
	matches "odd names: others are read" \
		'^4 calls: 0 wrong, 0 mixed, 4 right, 0 elsewhere, 0 no-pages, 0 unread; suspects: 0$' \
		"$(grep '^4 calls' "$work/out")"

	# sites NAME EXPECTED: what of sample "inline" was seen, by sites on
	# standard input
	sites()
	{
		{
			echo "gup_mirror sites - version: 2"
			echo "# kind view calls pages wrong right laundered held most overlong hold_ms function site"
			cat
		} > "$work/sites"
		is "coverage: $1" "$2" "$("${audit[@]}" --json - --coverage "$work/sites" \
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

	{
		echo "gup_mirror sites - version: 4"
		echo "# kind view calls pages wrong right laundered held overlong hold_ms function site"
		echo "get 512 4 4 0 3 1 0 - 0:3 get_user_pages_remote right_peek+0x10/0x80 [m]"
	} > "$work/sites"
	matches "coverage: a get whose pages were seen put" ' 1 right$' \
		"$("${audit[@]}" --coverage "$work/sites" "$samples/right" | grep '^Seen:')"
	sed -i 's/ 3 1 0 - 0:3 / 0 4 0 - - /' "$work/sites"
	matches "coverage: a get whose pages nobody saw put" ' 1 got,' \
		"$("${audit[@]}" --coverage "$work/sites" "$samples/right" | grep '^Seen:')"

	# Each call has a state, the most urgent first.
	{
		echo "gup_mirror sites - version: 2"
		echo "# kind view calls pages wrong right laundered held most overlong hold_ms function site"
		echo "pin 0 4 4 0 0 4 0 4 0 0:4 pin_user_pages_fast inline_first+0x10/0x20 [m]"
		echo "pin 1 4 4 0 0 0 4 4 0 - pin_user_pages_fast inline_second+0x10/0x20 [m]"
		echo "pin 2 4 4 1 3 0 0 4 0 0:3 pin_user_pages wrong_put+0x10/0x20 [m]"
	} > "$work/states"
	"${audit[@]}" --coverage "$work/states" --json "$work/json" --html "$work/html" \
		--log-file "$work/text" "$samples/inline"
	valid "an audit with coverage" "$work/json"
	is "states" "right at run time reached never reached" "$(python3 -c '
import json, sys
print(*(c["state"] for c in json.load(open(sys.argv[1]))["calls"][:3]))' "$work/json")"
	is "states: of text, and their order" "never reached reached right at run time" \
		"$(sed -n 's/^ *\(never reached\|reached\|right at run time\)  .*/\1/p' "$work/text" |
			uniq | paste -sd ' ')"
	is "states: of a page, and their order" "never reached reached right at run time" \
		"$(grep -oE '</td><td>(never reached|reached|right at run time)</td>' "$work/html" |
			sed 's/<[^>]*>//g' | uniq | paste -sd ' ')"
	"${audit[@]}" --coverage "$work/states" --json "$work/json" "$samples/wrong" || :
	is "states: a suspect is wrong, whatever was seen" "wrong wrong wrong wrong" \
		"$(python3 -c '
import json, sys
print(*(c["state"] for c in json.load(open(sys.argv[1]))["calls"]))' "$work/json")"
	"${audit[@]}" --coverage "$work/states" --json "$work/json" "$samples/elsewhere"
	is "states: what asks for no pages needs nothing" "never reached no pages" \
		"$(python3 -c '
import json, sys
print(*(c["state"] for c in json.load(open(sys.argv[1]))["calls"]))' "$work/json")"
	"${audit[@]}" --coverage "$work/states" --json "$work/json" "$samples/right"
	is "states: what is right by the text only" "right by text right by text" \
		"$(python3 -c '
import json, sys
print(*(c["state"] for c in json.load(open(sys.argv[1]))["calls"]))' "$work/json")"

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
	is "coverage: places without a name are of no call, not even of an unread one" \
		'never never pin_user_pages_fast() at +0x1 pin_user_pages_fast() at ' \
		"$("${audit[@]}" --json - --coverage "$work/site+0x1" \
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
	printf '#!/bin/sh\necho "Py.find_library: unable to find the Python library [x]" >&2\nexit 255\n' \
		> "$work/bin/spatch"
	refuses "spatch has no Python" "spatch finds no Python: install the package libpython3-dev" \
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
refuses "no C files" "$work/empty has no C files" "${audit[@]}" "$work/empty"
refuses "no spatch" "spatch is missing: install the package coccinelle" \
	env PATH="$work/empty" "${audit[@]}" "$samples/right"
echo "gup_mirror sites - version: 9" > "$work/newer"
refuses "sites on standard input" "standard input has version 9, this program knows 2" \
	"${audit[@]}" --coverage - "$samples/right" < "$work/newer"
refuses "sites from a pipe" "/dev/fd/" \
	"${audit[@]}" --coverage <(cat "$work/newer") "$samples/right"
refuses "no sites" "cannot read $work/none: No such file" \
	"${audit[@]}" --coverage "$work/none" "$samples/right"
refuses "newer sites" "$work/newer has version 9, this program knows 2" \
	"${audit[@]}" --coverage "$work/newer" "$samples/right"

tap_done
