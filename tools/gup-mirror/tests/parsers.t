#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The parsers, with files that a kernel wrote, and with broken ones.

set -euo pipefail
. "$(dirname "$0")/lib.sh"

parse=$build/tests/parse

# field NAME FILE JQ EXPECTED
field()
{
	is "$1: $3" "$4" "$("$parse" "$1" "$2" | python3 -c '
import json, sys
report = json.load(sys.stdin)
print(eval(sys.argv[1], {"r": report}))' "$3" 2>&1)"
}

demo=$data/demo
field summary "$demo/summary" 'len(r["summary"])' 30
field summary "$demo/summary" 'r["summary"]["mode"]' all
field summary "$demo/summary" 'r["summary"]["put-on-pin"]' 3
field sites "$demo/sites" 'len(r["sites"])' 13
field sites "$demo/sites" 'r["sites"][0]' "{'kind': 'pin', 'function': 'pin_user_pages_fast', 'place': 'iov_iter_extract_pages+0xe1/0x8b0', 'calls': 411, 'pages': 6232, 'wrong': 0, 'right': 24, 'laundered': 6208, 'held': 0, 'most': 128, 'overlong': 0, 'hold_ms': {'0': 1781, '1': 1421, '2': 1277, '4': 1112, '8': 497, '16': 144}}"
field sites "$demo/sites" 'r["sites"][12]' "{'kind': 'get', 'function': 'get_user_pages_fast', 'place': 'tgm_get_user_pages_fast+0x15/0x20 [test_gup_mirror]', 'calls': 2, 'pages': 2, 'wrong': 1}"
field violations "$demo/violations" '[(v["class"], v["times"]) for v in r["violations"]]' "[('put-on-pin', 3), ('unpin-on-get', 1), ('double-unpin', 1), ('unpin-unpinned', 1), ('free-while-pinned', 1), ('lost-pin', 1)]"
field violations "$demo/violations" 'r["violations"][2]["before_at"]' 'tgm_unpin_user_page+0x1e/0x30 [test_gup_mirror]'
field violations "$demo/violations" '[len(r["violations"][2][s + "_stack"]) for s in ("acquire", "before", "release")]' '[7, 6, 6]'
field violations "$demo/violations" 'r["violations"][0]["first"]' "{'pfn': 31060, 'task': 'misbehave', 'pid': 136, 'cpu': 1, 'time_us': 18729128}"
field violations "$demo/violations" '"acquired_at" in r["violations"][3]' False
field outstanding "$demo/outstanding" '[r["holders"][0][k] for k in ("pins", "pages", "since_snapshot", "flags", "estimate")]' "[1, 1, 0, '-', False]"
field outstanding "$demo/outstanding" 'len(r["holders"][0]["stack"])' 7
field outstanding "$demo/outstanding" '"oldest_ms" in r["holders"][0]' False
field ages "$demo/ages" 'r["holders"]' '[]'
field violations "$data/right/violations" 'r["violations"]' '[]'
field outstanding "$data/right/outstanding" 'r["holders"]' '[]'

# What the next layer writes
next=$data/version-3
field sites "$next/sites" 'r["sites"][0]["held"], r["sites"][0]["overlong"], r["sites"][0]["hold_ms"]["0"], "most" in r["sites"][0]' "(0, 0, 1781, False)"
field sites "$next/sites" 'r["sites"][12]' "{'kind': 'get', 'function': 'get_user_pages_fast', 'place': 'tgm_get_user_pages_fast+0x15/0x20 [test_gup_mirror]', 'calls': 2, 'pages': 2, 'wrong': 1}"
field summary "$next/summary" 'r["summary"]["callers_lost"]' 2
field ages "$next/ages" 'r["holders"]' '[]'
field violations "$next/violations" '[(v["class"], v["times"]) for v in r["violations"]]' "[('put-on-pin', 3), ('unpin-on-get', 1), ('double-unpin', 1), ('unpin-unpinned', 1), ('free-while-pinned', 1), ('lost-pin', 1)]"
field violations "$next/violations" '[(o["function"], o["place"], o["pins"], len(o["stack"])) for o in r["violations"][4]["also_held"]]' "[('pin_user_pages_remote', 'process_vm_rw_core.constprop.0+0x1cb/0x470', 1, 2), ('pin_user_pages_fast', 'one of too many callers', 12, 0), ('pin_user_pages', 'gup_test_ioctl+0x4c8/0x6d0', 3, 0)]"
field violations "$next/violations" '[v.get("acquire_note") for v in r["violations"]]' "[None, 'first seen', None, None, 'one of 3 stacks of this site', None]"
field violations "$next/violations" '[len(r["violations"][2][s + "_stack"]) for s in ("acquire", "before", "release")]' '[7, 6, 6]'
sed '2a\  plain references put: zap 1, other 2' "$next/violations" > "$work/noted"
field violations "$work/noted" 'r["violations"][0]["notes"]' "['plain references put: zap 1, other 2']"

# What is known of files
files=$data/files
field files "$files/files" 'r["files"][0]' "{'kind': 'pin', 'function': 'pin_user_pages_fast', 'place': 'iov_iter_extract_pages+0xe1/0x8c0', 'fs': 'ext4,xfs', 'write_pages': 64, 'cleaned': 48, 'redirtied': 32, 'lost': 0, 'replaced': 16, 'truncated': 0, 'unmapped': 16, 'dirtied': 0, 'events': [{'event': 'cleaned', 'times': 48, 'first': {'fs': 'ext4', 'dev': '1:1', 'ino': 12, 'index': 0, 'pfn': 31260}, 'stack': ['ext4_bio_write_folio+0x4d/0x420', 'mpage_submit_folio+0x58/0x80', 'do_fsync+0x3c/0x70']}, {'event': 'dirty-after-clean', 'times': 32, 'first': {'fs': 'ext4', 'dev': '1:1', 'ino': 12, 'index': 0, 'pfn': 31260}, 'stack': ['bio_set_pages_dirty+0x56/0xb0', '__blkdev_direct_IO_simple+0x2a1/0x330']}, {'event': 'replaced', 'times': 16, 'first': {'fs': 'xfs', 'dev': '1:1', 'ino': 131, 'index': 3, 'pfn': 33059}, 'stack': []}]}"
field files "$files/files" '[(u["kind"], u["place"], u["lost"], u["dirtied"], u["fs"], len(u["events"])) for u in r["files"][1:]]' "[('pin', 'a site without a view of its own', 1, 0, 'ext4', 1), ('get', 'vub300_probe+0x1a/0x20 [vub300]', 0, 7, '-', 0)]"
head -2 "$files/files" > "$work/files"
field files "$work/files" '"files" in r' False
sed '4,$s/suspect=no flags=[^ ]*/suspect=yes flags=FOLL_WRITE|overlong-on-file/' "$demo/ages" > "$work/ages"
mkdir "$work/aged"
cp "$demo"/{sites,summary,violations} "$work/aged"
sed 's/flags=-/flags=FOLL_WRITE/' "$demo/outstanding" > "$work/aged/outstanding"
mv "$work/ages" "$work/aged"
is "ages: a pin on a file that is held for too long" "[('FOLL_WRITE', True, True)]" \
	"$("$gup_mirror" report --json - "$work/aged" | python3 -c '
import json, sys
print([(h["flags"], h["suspect"], h.get("overlong_on_file")) for h in json.load(sys.stdin)["holders"]])')"

# changed NAME SED: a copy of a file, with a change
changed()
{
	sed -E "$2" "$demo/$1" > "$work/$1"
}

changed outstanding 's/pages=1/pages=-3/; s/estimate=no/estimate=yes/; s/^  tgm_acquire.*/  0xffffffffc0201234/'
field outstanding "$work/outstanding" 'r["holders"][0]["pages"], r["holders"][0]["estimate"], r["holders"][0]["stack"][1]' "(0, True, '0xffffffffc0201234')"

changed outstanding '/^  /d; s/^pins.*/&\n  not recorded/'
field outstanding "$work/outstanding" 'r["holders"][0]["stack"]' '[]'

changed violations '5s|task misbehave/136|task a: (b)\x1b[31m\xff, c/7, CPU 3, at 1.000000s/136|'
field violations "$work/violations" 'r["violations"][0]["first"]' "{'pfn': 31060, 'task': 'a: (b)?[31m?, c/7, CPU 3, at 1.000000s', 'pid': 136, 'cpu': 1, 'time_us': 18729128}"

changed sites '4s/tgm.*|io_pin.*/a site without a view of its own/'
field sites "$work/sites" 'r["sites"][1]["place"]' 'a site without a view of its own'

# broken FILE SED SENTENCE
broken()
{
	changed "$1" "$2"
	refuses "$1, $2: $3" "$3" "$parse" "$1" "$work/$1"
}

declare -A newest=([summary]=1 [sites]=4 [violations]=3 [outstanding]=2 [ages]=3)
for file in summary sites violations outstanding ages; do
	refuses "$file, empty" "$file is not a \"$file\" of GUP mirror" \
		"$parse" "$file" /dev/null
	known=$(sed -n '1s/.*: //p' "$demo/$file")
	[ "$known" = "${newest[$file]}" ] || known+=" to ${newest[$file]}"
	broken "$file" '1s/version: .*/version: 9/' \
		"$file has version 9, this program knows $known"
	broken "$file" '1s/gup_mirror/gup/' "$file is not a \"$file\" of GUP mirror"
	broken "$file" '1s/$/ /' "$file is not a \"$file\" of GUP mirror"
	broken "$file" '2s/.*/\x00/' "$file:2: there is a NUL byte"
	head -c -3 "$demo/$file" > "$work/$file"
	refuses "$file, without its end" "$file:" "$parse" "$file" "$work/$file"
done

broken summary '3s/:.*//' 'summary:3: not "key: value"'
broken summary '4s/.*/mode: pin/' 'summary:4: there are two of "mode"'

broken sites '2s/ most//' 'sites:2: the columns are not those of version 2'
broken sites '2,99d' 'sites:2: the file ends where there must be the names of the columns'
columns='not the columns that line 2 names'
broken sites '3s/^pin/put/' "sites:3: $columns"
broken sites '3s/6232/-/' "sites:3: $columns"
broken sites '3s/6232/99999999999999999999/' "sites:3: $columns"
broken sites '3s/1:1421/3:1421/' "sites:3: $columns"
broken sites '3s/1:1421/0:1421/' "sites:3: $columns"
broken sites '3s/,16:144/,/' "sites:3: $columns"
broken sites '3s/ iov_iter.*/ /' "sites:3: $columns"
broken sites '10s/ - - - -/ 0 - - -/' "sites:10: $columns"
broken sites '5s/$/\n/' "sites:6: $columns"

broken violations '2s/3 times/many times/' 'violations:2: not "class: n times"'
broken violations '2s/times/days/' 'violations:2: not "class: n times"'
broken violations '3s/\(\) at/ at/' 'violations:3: not a line of a violation'
broken violations '5s/first/last/' 'violations:5: not a line of a violation'
broken violations '5s/CPU/cpu/' 'violations:5: not a line of a violation'
broken violations '5s/0x7954/7954/' 'violations:5: not a line of a violation'
broken violations '5s/729128/7291/' 'violations:5: not a line of a violation'
broken violations '5p' 'violations:6: not a line of a violation'
broken violations '7s/    /      /' 'violations:7: not a frame of a stack'
broken violations '7,13d' 'violations:7: no stack, not even "not recorded"'
broken violations '8s/tgm.*/not recorded/' 'violations:14: a stack that is recorded and is not'
broken violations '14s/release/acquire/' 'violations:14: a second stack'
broken violations '10,999d' 'violations:10: the file ends where there must be a stack'

# changed_next, broken_next: the same for what the next layer writes
broken_next()
{
	sed -E "$2" "$next/$1" > "$work/$1"
	refuses "version 3, $1, $2: $3" "$3" "$parse" "$1" "$work/$1"
}

broken_next sites '2s/ held/ held most/' 'sites:2: the columns are not those of version 3'
broken_next sites '3s/ 0 0:/ 0 1 0:/' "sites:3: $columns"
broken_next sites '10s/ - - - - -/ 0 - - - -/' "sites:10: $columns"
broken_next violations '86s/: 1 pin/: 1 page/' 'violations:86: not a line of a violation'
broken_next violations '86s/: 1 pin//' 'violations:86: not a line of a violation'
broken_next violations '86s/\(\) at//' 'violations:86: not a line of a violation'
broken_next violations '86d' 'violations:86: not a line of a violation'
broken_next violations '90s/.*/  stack of another holder:\n    x/' 'violations:90: a second stack'
broken_next violations '5s/first: .*/first/' 'violations:5: not a line of a violation'
broken violations '3s/^/  also held by f() at g+0x1: 1 pin\n/' 'violations:3: not a line of a violation'

# broken_files SED SENTENCE
broken_files()
{
	sed -E "$1" "$files/files" > "$work/files"
	refuses "files, $1: $2" "$2" "$parse" files "$work/files"
}

broken_files '1s/1$/2/' 'files has version 2, this program knows 1'
broken_files '1s/files/sites/' 'files is not a "files" of GUP mirror'
broken_files '2s/ lost//' 'files:2: the columns are not those of version 1'
broken_files '2,99d' 'files:2: the file ends where there must be the names of the columns'
broken_files '3s/^pin/put/' "files:3: $columns"
broken_files '3s/ 64 / - /' "files:3: $columns"
broken_files '3s/ 0 fs=/ fs=/' "files:3: $columns"
broken_files '3s/ fs=/ on=/' "files:3: $columns"
broken_files '3s/ iov.*/ /' "files:3: $columns"
broken_files '3d' 'files:3: there is no call site before this'
broken_files '4s/ 48,/ many,/' 'files:4: not what happened to a file'
broken_files '4s/ index=0//' 'files:4: not what happened to a file'
broken_files '4s/0x7a1c/0x7a1g/' 'files:4: not what happened to a file'
broken_files '4s/0x7a1c/0x/' 'files:4: not what happened to a file'
broken_files '4d' 'files:4: not a frame of a stack'
broken_files '5s/  ext4/    ext4/' 'files:5: not a frame of a stack'
broken_files '5s/$/\x00/' 'files:5: there is a NUL byte'
head -c -3 "$files/files" > "$work/files"
refuses "files, without its end" "files:" "$parse" files "$work/files"

group='not what begins a group of pins'
broken outstanding '2s/total/sum/' 'outstanding:2: not "# total'
broken outstanding '3d' 'outstanding:3: not an empty line'
broken outstanding '4s/pins=1/pins=x/' "outstanding:4: $group"
broken outstanding '4s/estimate=no/estimate=maybe/' "outstanding:4: $group"
broken outstanding '4s/ site=.*//' "outstanding:4: $group"
broken outstanding '4s/flags=- //' "outstanding:4: $group"
broken outstanding '12d' 'outstanding:12: the file ends where there must be a stack'
broken outstanding '7s/  //' 'outstanding:7: not an empty line'
broken ages '4s/oldest_ms/newest_ms/' "ages:4: $group"
broken ages '4s/suspect=no /suspect= /' "ages:4: $group"

# What the fuzzers have found: nobody may die of it. fuzz.t looks for more.
for kept in "$tests/../fuzz/corpus"/*; do
	name=$(basename "$kept")
	status=0
	said=$("$build/tests/replay-$name" "$kept"/* 2>&1) || status=$?
	[ $status -eq 0 ] || status+=", with ${said##*$'\n'}"
	is "$name: kept cases of the fuzzer" 0 "$status"
done

tap_done
