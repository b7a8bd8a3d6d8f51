#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# gup-mirror report: its forms, and what it refuses.

set -euo pipefail
. "$(dirname "$0")/lib.sh"

demo=$data/demo
report=("$gup_mirror" report)

# Text
text=$("${report[@]}" "$demo")
is "text is what it was" "$(cat "$data/report.text")" \
	"$("${report[@]}" "$demo" | sed "s|$demo|DIRECTORY|")"
is "no line is longer than 100 columns" "" "$(grep -E '.{101}' <<< "$text" || :)"
matches "nothing held, no violations: says so" \
	'Nothing is held.'$'\n''No violations.' "$("${report[@]}" "$data/right")"

# What the next layer writes
next=$data/version-3
text=$("${report[@]}" "$next")
matches "version 3: others who hold" \
	'also held by pin_user_pages_remote\(\) at process_vm_rw_core.constprop.0\+0x1cb/0x470: 1 pin'$'\n' "$text"
matches "version 3: and their stacks" \
	'stack of pin_user_pages_remote\(\) at process_vm_rw_core.constprop.0\+0x1cb/0x470:'$'\n''    process_vm_rw_core' "$text"
matches "version 3: what stack it is" 'acquire stack, one of 3 stacks of this site:' "$text"
matches "version 3: the most is not known" ' 0 +- +411 +6232 +0  pin_user_pages_fast' "$text"
"${report[@]}" --html "$work/next.html" "$next"
matches "version 3: HTML has the others" 'also held by</dt><dd><code>pin_user_pages_remote' \
	"$(cat "$work/next.html")"
"${report[@]}" --json - "$next" > "$work/next.json"
is "version 3: JSON of JSON" "$(cat "$work/next.json")" \
	"$("${report[@]}" --json - "$work/next.json")"

# Who put references of an orphan is behind the stack, and no part of it.
cp -r "$next" "$work/puts"
sed -i 's/^  do_syscall_64.*/&\n  put while pinned by folio_put() at guilty+0x1\/0x2: 3/' "$work/puts/ages"
text=$("${report[@]}" "$work/puts")
matches "ages with who put references" 'oldest: 230 ms' "$text"
matches "... who are told" \
	'references put while it was pinned:'$'\n''    folio_put\(\) at guilty\+0x1/0x2: 3'$'\n' "$text"
"${report[@]}" --json "$work/puts.json" --html "$work/puts.html" "$work/puts"
valid "... JSON" "$work/puts.json"
is "... JSON has them" "folio_put() at guilty+0x1/0x2: 3" "$(python3 -c '
import json, sys
print(*(put for holder in json.load(open(sys.argv[1]))["holders"]
        for put in holder.get("puts", [])))' "$work/puts.json")"
is "... JSON of JSON" "$(cat "$work/puts.json")" "$("${report[@]}" --json - "$work/puts.json")"
matches "... HTML has them" \
	'References put while it was pinned</h3><pre>folio_put\(\) at guilty\+0x1/0x2: 3' \
	"$(cat "$work/puts.html")"
sed 's/guilty/another/' "$work/puts.json" > "$work/puts-too.json"
matches "... a merged report has those of all" \
	'pinned:'$'\n''    folio_put\(\) at another\+0x1/0x2: 3'$'\n''    folio_put\(\) at guilty\+0x1/0x2: 3'$'\n' \
	"$("$gup_mirror" merge "$work/puts.json" "$work/puts-too.json")"
# What happened to pinned pages of files, where the layer looks at that
cp -r "$next" "$work/files"
cp "$data/files/files" "$work/files"
cat >> "$work/files/violations" << END
lost-write: 1 time
  acquired by pin_user_pages_fast() at iov_iter_extract_pages+0xe1/0x8c0
  released by unpin_user_page() at af_alg_free_sg+0xe3/0x240 [af_alg]
  file: fs=ext4 dev=254:0 ino=12 offset=0x0
  first: pfn 0x348, task clean_file/114, CPU 1, at 18.729128s
  acquire stack:
    iov_iter_extract_pages+0xe1/0x8c0
  release stack:
    af_alg_free_sg+0xe3/0x240 [af_alg]

dirty-unpinned: 1 time
  acquired by pin_user_pages_fast() at tgm_pin_user_pages_fast+0x1a/0x20 [test_gup_mirror]
  marked dirty: by set_page_dirty_lock() at tgm_set_dirty+0x2a/0x40 [test_gup_mirror]
  first: pfn 0x349, task clean_file/114, CPU 1, at 18.729128s
  acquire stack:
    tgm_pin_user_pages_fast+0x1a/0x20 [test_gup_mirror]
  stack of that:
    tgm_set_dirty+0x2a/0x40 [test_gup_mirror]

END
text=$("${report[@]}" --width 200 "$work/files")
matches "files: a table" \
	$'\n''written +cleaned +redirtied +lost +replaced +truncated +unmapped +dirtied +call site'$'\n'' +9 +1 +0 +1 +0 +0 +0 +0  pin_user_pages_fast\(\) at a site without a view of its own, on ext4'$'\n'' +64 +48 +32 +0 +16 +0 +16 +0  pin_user_pages_fast\(\) at iov_iter_extract_pages\+0xe1/0x8c0, on ext4,xfs'$'\n' "$text"
matches "files: in words" $'\n'"Somebody left 32 pages dirty behind the file system's back: " "$text"
matches "files: what is lost" "What was written to 1 page is on no disk: " "$text"
matches "files: what was replaced" "16 pages left the page cache while pinned: " "$text"
matches "files: the first file, and who did it" \
	'dirty-after-clean: 32 times'$'\n''  first: fs=ext4 dev=1:1 ino=12 index=0 pfn=0x7a1c'$'\n''  stack:'$'\n''    bio_set_pages_dirty\+' "$text"
matches "lost-write: of which file" '  file: fs=ext4 dev=254:0 ino=12 offset=0x0'$'\n' "$text"
matches "dirty-unpinned: by whom" \
	'  marked dirty: by set_page_dirty_lock\(\) at tgm_set_dirty\+0x2a/0x40 \[test_gup_mirror\]'$'\n' "$text"
is "files: no line is longer than 100 columns" "" \
	"$("${report[@]}" "$work/files" | grep -E '.{101}' || :)"
"${report[@]}" --json "$work/files.json" --html "$work/files.html" "$work/files"
valid "files: JSON" "$work/files.json"
is "files: JSON of JSON" "$(cat "$work/files.json")" \
	"$("${report[@]}" --json - "$work/files.json")"
matches "files: HTML has them" \
	'<b>dirty-after-clean</b>, 32 times, first on <code>ext4</code>, device 1:1, inode 12, page 0' \
	"$(cat "$work/files.html")"
matches "files: HTML says how many were left dirty" \
	"<b>32</b> pages left dirty behind the file system's back" "$(cat "$work/files.html")"
is "files: none, no word of them" "" \
	"$("${report[@]}" "$next" | grep -i 'of files' || :)$(grep 'id="files"' "$work/next.html" || :)"
for class in lost-write dirty-unpinned; do
	status=0
	"${report[@]}" --fail-on "$class" "$work/files" > /dev/null || status=$?
	is "--fail-on $class" 121 $status
done
status=0
"${report[@]}" --fail-on dirty-by-readonly-pin "$work/files" > /dev/null || status=$?
is "--fail-on dirty-by-readonly-pin, which is not there" 0 $status
is "files: --limit" "and 2 more call sites" "$("${report[@]}" --limit 1 "$work/files" |
	sed -n '/^Pinned pages/,/^and/p' | tail -1)"
is "files: --module" "['af_alg_free_sg+0xe3/0x240 [af_alg]']" \
	"$("${report[@]}" --json - --module af_alg "$work/files" | python3 -c '
import json, sys
print(*(e["stack"] for u in json.load(sys.stdin)["files"] for e in u["events"]))')"
sed 's/0xe1\/0x8c0/0xf2\/0x8d0/; s/"fs": "ext4,xfs"/"fs": "btrfs,xfs"/; s/0x56\/0xb0/0x57\/0xb1/' "$work/files.json" > "$work/files-too.json"
is "files: merge" "[2, 64, 64, 'ext4,xfs,btrfs']" \
	"$("$gup_mirror" merge --json - "$work/files.json" "$work/files-too.json" | python3 -c '
import json, sys
u = json.load(sys.stdin)["files"]
print([u[0]["lost"], u[1]["redirtied"], u[1]["events"][1]["times"], u[1]["fs"]])')"
sed '/"ino"/d' "$work/files.json" > "$work/no-ino.json"
refuses "files: JSON without an inode" "$work/no-ino.json: \"ino\" of events[0] is not there" \
	"${report[@]}" "$work/no-ino.json"

# Newer layers keep account of gets.
cp -r "$next" "$work/gets"
sed -i '1s/3/4/; s/^\(get 517 2 2 1\) - - - - - /\1 5 6 7 - 0:5 /
	s/^\(get .*\) - - - - - /\1 0 0 0 - - /' "$work/gets/sites"
"${report[@]}" --json "$work/gets.json" "$work/gets"
valid "accounts of gets: JSON" "$work/gets.json"
is "accounts of gets: JSON" "5 6 7 {'0': 5}" "$(python3 -c '
import json, sys
print(*(s[k] for s in json.load(open(sys.argv[1]))["sites"] if s["kind"] == "get" and s["wrong"]
        for k in ("right", "laundered", "held", "hold_ms")))' "$work/gets.json")"

# References that get_user_pages() has left are no pins.
with_surplus "$work/surplus"
"${report[@]}" --log-file "$work/surplus.text" --json "$work/surplus.json" \
	--html "$work/surplus.html" --ktap "$work/surplus.ktap" --folded "$work/surplus.folded" "$work/surplus"
matches "surplus: told" \
	'Got, and perhaps not put, by stack'$'\n\n''3 references by get_user_pages_fast\(\) at tgm_get\+0x1a/0x20 \[test_gup_mirror\]'$'\n''  pages: 2, since the snapshot: 1, oldest: -, flags: FOLL_WRITE, an estimate'$'\n' \
	"$(cat "$work/surplus.text")"
valid "surplus: JSON" "$work/surplus.json"
is "surplus: JSON of JSON" "$(cat "$work/surplus.json")" \
	"$("${report[@]}" --json - "$work/surplus.json")"
is "surplus: JSON" "1 holders, 1 surpluses, 3 references" "$(python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))
print(len(r["holders"]), "holders,", len(r["surpluses"]), "surpluses,", r["surpluses"][0]["references"], "references")' "$work/surplus.json")"
matches "surplus: HTML" '<h2 id="got">.*tgm_get\+0x1a/0x20' "$(tr -d '\n' < "$work/surplus.html")"
"${report[@]}" --ktap "$work/demo.ktap" --folded "$work/demo.folded" "$demo"
is "surplus: tests fail as without" "$(grep '^not ok' "$work/demo.ktap")" \
	"$(grep '^not ok' "$work/surplus.ktap")"
is "surplus: pins are those without" "$(cat "$work/demo.folded")" "$(cat "$work/surplus.folded")"
matches "surplus: merged" '6 references by get_user_pages_fast' \
	"$("$gup_mirror" merge "$work/surplus.json" "$work/surplus.json")"
is "surplus: of another module" 0 \
	"$("${report[@]}" --module other "$work/surplus" | grep -c 'references by' || :)"
text=$("${report[@]}" "$demo")

# Names as long as they come
long=$(printf 'x%.0s' {1..300})
cp -r "$demo" "$work/long"
sed -i "s/tgm_pin_user_pages_fast/$long/g; s/6232/123456789012345678/" "$work/long"/*
is "nor with long names and large numbers" "" \
	"$("${report[@]}" "$work/long" | grep -E '.{101}' | grep -v '^GUP mirror' || :)"
matches "large numbers are shortened" ' 123\.5P ' "$("${report[@]}" "$work/long")"

# JSON
"${report[@]}" --json - "$demo" > "$work/demo.json"
is "JSON, and text of it" "$text" "$("${report[@]}" "$work/demo.json")"
is "JSON of JSON" "$(cat "$work/demo.json")" \
	"$("${report[@]}" --json - "$work/demo.json")"
is "ages are joined with what is held" "230 1" "$(python3 -c '
import json, sys
holder = json.load(open(sys.argv[1]))["holders"][0]
print(holder["oldest_ms"], holder["orphans"])' "$work/demo.json")"
cp -r "$demo" "$work/no-ages"
rm "$work/no-ages/ages"
matches "there may be no ages" 'oldest: -,' "$("${report[@]}" "$work/no-ages")"

# edit PYTHON: changes the JSON
edit()
{
	python3 - "$work/demo.json" "$work/edited.json" "$1" <<-'END'
		import json, sys
		r = json.load(open(sys.argv[1]))
		exec(sys.argv[3])
		json.dump(r, open(sys.argv[2], "w"))
	END
}

# refuses_json PYTHON SENTENCE
refuses_json()
{
	edit "$1"
	refuses "JSON, $1" "$work/edited.json$2" "${report[@]}" "$work/edited.json"
}

refuses_json 'r["version"] = 3' ' has version 3 of gup-mirror-report, this program knows 1 to 2'
refuses_json 'r["version"] = 0' ' has version 0 of gup-mirror-report, this program knows 1 to 2'
refuses_json 'r["schema"] = "x"' ' is not a report of gup-mirror'
refuses_json 'del r["schema"]' ' is not a report of gup-mirror'
refuses_json 'r = []' ' is not a report of gup-mirror'
refuses_json 'r["name"] = 1' ': "name" is not a string'
refuses_json 'r["summary"] = []' ': "summary" is not an object'
refuses_json 'r["summary"]["mode"] = None' ': "summary" is not numbers and strings'
refuses_json 'del r["sites"]' ': "sites" is not a list'
refuses_json 'r["sites"][2] = 1' ': sites[2] is not an object'
refuses_json 'r["sites"][2]["kind"] = "put"' ': "kind" of sites[2] is not "pin" or "get"'
refuses_json 'r["sites"][2]["calls"] = -1' ': "calls" of sites[2] is not a number that may be there'
refuses_json 'r["sites"][2]["calls"] = 1.5' ': "calls" of sites[2] is not a number that may be there'
refuses_json 'r["sites"][2]["calls"] = None' ': "calls" of sites[2] is not a number that may be there'
refuses_json 'del r["sites"][2]["pages"]' ': "pages" of sites[2] is not there'
refuses_json 'r["sites"][0]["hold_ms"] = {"3": 1}' ': "hold_ms" of sites[0] is not powers of two with numbers'
refuses_json 'r["violations"][1]["class"] = None' ': "class" of violations[1] is not a string'
refuses_json 'r["violations"][1]["release_stack"] = [1]' ': "release_stack" of violations[1] is not a list of strings'
refuses_json 'r["holders"][0]["estimate"] = 0' ': "estimate" of holders[0] is not true or false'
refuses_json 'r["moments"] = [{"ms": 1}]' ': "pins" of moments[0] is not there'
edit 'del r["sites"][1]["calls"]'
matches "calls that are not known, as text" \
	' 0 +128 +- +6232 +0  pin_user_pages_fast\(\) at iov_iter' \
	"$("${report[@]}" "$work/edited.json")"
is "calls that are not known, as JSON" "12" \
	"$("${report[@]}" --json - "$work/edited.json" | grep -c '"calls"')"
"${report[@]}" --html "$work/no-calls.html" "$work/edited.json"
matches "calls that are not known, as HTML" \
	'<td class="n">128</td><td class="n">-</td><td class="n">6232</td>' \
	"$(cat "$work/no-calls.html")"
edit 'r["new"] = 1; r["sites"][0]["new"] = {}'
is "JSON, keys that are not known" "$text" "$("${report[@]}" "$work/edited.json")"
head -c 1000 "$work/demo.json" > "$work/cut.json"
refuses "JSON, cut" "$work/cut.json:" "${report[@]}" "$work/cut.json"
matches "JSON, cut: is called so" 'not JSON' "$(cat "$work/err")"
refuses "neither JSON nor a directory" "$demo/sites:1: not JSON" \
	"${report[@]}" "$demo/sites"

# Folded stacks
is "folded" 'entry_SYSCALL_64_after_hwframe;do_syscall_64;__x64_sys_ioctl;full_proxy_unlocked_ioctl;tgm_ioctl [test_gup_mirror];tgm_acquire [test_gup_mirror];tgm_pin_user_pages_fast [test_gup_mirror];pin_user_pages_fast 1' \
	"$("${report[@]}" --folded - "$demo")"
is "folded, nothing held" "" "$("${report[@]}" --folded - "$data/right")"
edit 'r["holders"][0].update(stack=["a;b+0x1/0x2 [m]"], pins=7)'
is "folded, a frame with a semicolon" 'a:b [m];pin_user_pages_fast 7' \
	"$("${report[@]}" --folded - "$work/edited.json")"

# HTML
evil='<script>alert("&'"'"'")</script>'
edit 'evil = """'"$evil"'"""
for v in r["violations"]:
    v.update({k: evil for k in v if isinstance(v[k], str)})
    v["release_stack"] = [evil]
for h in r["holders"]:
    h.update(function=evil, place=evil, flags=evil, stack=[evil])
for s in r["sites"]:
    s.update(function=evil, place=evil)
r.update(name=evil, source=evil, summary={evil: evil},
         moments=[{"ms": 0, "pins": 1}, {"ms": 10, "pins": 5}])'
"${report[@]}" --html "$work/evil.html" "$work/edited.json"
"${report[@]}" --html "$work/demo.html" "$demo"
"${report[@]}" --html "$work/right.html" "$data/right"
is "HTML escapes everything" "0" "$(grep -ci '<script\|alert("' "$work/evil.html" || :)"
matches "HTML has a curve if there are moments" 'class="curve"' \
	"$(cat "$work/evil.html")"
is "HTML has none without" "0" "$(grep -c 'class="curve"' "$work/demo.html" || :)"
matches "HTML counts in words" '<b>1</b> held pin</div>' "$(cat "$work/demo.html")"
is "HTML loads nothing" "" \
	"$(grep -oiE '(src|href)="[^#][^"]*"|url\(|@import|https?:' "$work/demo.html" || :)"
for page in evil demo right; do
	check "HTML, $page: what is opened is closed" python3 - "$work/$page.html" <<-'END'
		import sys
		from html.parser import HTMLParser
		class Check(HTMLParser):
		    stack = []
		    def handle_starttag(self, tag, attrs):
		        if tag != "meta":
		            self.stack.append(tag)
		    def handle_startendtag(self, tag, attrs):
		        pass
		    def handle_endtag(self, tag):
		        top = self.stack.pop()
		        assert top == tag, (top, tag, self.getpos())
		check = Check()
		check.feed(open(sys.argv[1]).read())
		assert not check.stack, check.stack
	END
done
for what in 'double-unpin' 'do_vmi_align_munmap+0x129/0x190' 'at 18.729128s' \
	'iov_iter_extract_pages+0xe1/0x8b0' '230 ms' 'views_pin'; do
	matches "HTML has $what" "${what//+/\\+}" "$(cat "$work/demo.html")"
done

# A machine with very many call sites
python3 - "$work/many.json" <<-'END'
	import json, sys
	sites = [{"kind": "pin" if i % 2 else "get", "function": "pin_user_pages_fast",
	          "place": "a_function_with_quite_a_long_name_%d+0x1234/0x5678 [a_module_name]" % i,
	          "calls": 7, "pages": 10, "wrong": 0, "right": 10, "laundered": 0, "held": 1,
	          "overlong": 1, "hold_ms": {"0": 5, "8": 5}} for i in range(20000)]
	json.dump({"schema": "gup-mirror-report", "version": 2, "source": "debugfs", "name": "many",
	           "provenance": [], "complete": True, "summary": {}, "violations": [],
	           "holders": [], "moments": [], "sites": sites}, open(sys.argv[1], "w"))
END
"${report[@]}" --html "$work/many.html" "$work/many.json"
is "HTML of 20000 call sites has at most 2 MB" yes \
	"$([ "$(stat -c %s "$work/many.html")" -le 2097152 ] && echo yes)"
is "HTML: the rest is summed, and said" \
	'<tr><td class="dim">and 9500 more call sites</td><td class="n">95000</td>|<tr><td class="dim">and 18000 more call sites</td><td></td><td class="n">18000</td>' \
	"$(grep -oE '<tr><td class="dim">and [0-9]+ more call sites</td>(<td></td>)?<td class="n">[0-9]+</td>' "$work/many.html" | paste -sd '|')"

# ... with very much that is wrong, and held
"${report[@]}" --json "$work/demo.json" "$demo"
python3 - "$work/demo.json" "$work/many.json" <<-'END'
	import json, sys
	report = json.load(open(sys.argv[1]))
	wrong, holder = report["violations"][0], report["holders"][0]
	places = ["f%d+0x1/0x2" % i for i in range(20000)]
	report["violations"] = [dict(wrong, acquired_at=place, times=2) for place in places]
	report["holders"] = [dict(holder, place=place, pins=3) for place in places]
	json.dump(report, open(sys.argv[2], "w"))
END
"${report[@]}" --html "$work/many.html" "$work/many.json"
is "HTML of 20000 violations and holders has at most 2 MB" yes \
	"$([ "$(stat -c %s "$work/many.html")" -le 2097152 ] && echo yes)"
is "HTML: how many are left out is said" \
	'and 19500 more, with 39000 in all|and 19500 more, with 58500 in all' \
	"$(grep -o 'and [0-9]* more, with [0-9]* in all' "$work/many.html" | paste -sd '|')"

# Files
"${report[@]}" --json "$work/o.json" "$demo"
is "--json FILE" "$(cat "$work/demo.json")" "$(cat "$work/o.json")"
is "--json FILE, its mode" "$(printf '%o' $((0666 & ~$(umask))))" \
	"$(stat -c %a "$work/o.json")"
ln -s o.json "$work/link"
"${report[@]}" --folded "$work/link" "$demo"
is "through a symbolic link" "link 1" \
	"$(basename "$(find "$work" -type l)") $(wc -l < "$work/o.json")"
is "no temporary file is left" "" "$(find "$work" -name '*.json.*')"
echo precious > "$work/precious"
sed 3d "$demo/outstanding" > "$work/no-ages/outstanding"
refuses "a broken copy" "$work/no-ages/outstanding:3:" \
	"${report[@]}" --html "$work/precious" "$work/no-ages"
is "leaves the file as it was" precious "$(cat "$work/precious")"
refuses "a directory that is not there" "cannot write /nowhere/file" \
	"${report[@]}" --json /nowhere/file "$demo"
if [ -w /dev/full ]; then
	refuses "a device that is full" "cannot write /dev/full: No space left" \
		"${report[@]}" --json /dev/full "$demo"
	status=0
	"${report[@]}" "$demo" 2> "$work/err" > /dev/full || status=$?
	is "standard output that is full" "125 gup-mirror: cannot write standard output: No space left on device" \
		"$status $(cat "$work/err")"
fi

# Sources
is "standard input" "$text" "$("${report[@]}" - < "$work/demo.json")"
is "a pipe" "$text" "$("${report[@]}" <(cat "$work/demo.json"))"
# shellcheck disable=SC2094 # it is only read
is "standard input, and a baseline" "$("${report[@]}" --baseline "$work/demo.json" "$work/demo.json")" \
	"$("${report[@]}" --baseline - "$work/demo.json" < "$work/demo.json")"
refuses "standard input, twice" "standard input can be read only once" \
	"$gup_mirror" merge - - < "$work/demo.json"
refuses "standard input, with no room for it" "cannot make a file in /nowhere: No such" \
	env TMPDIR=/nowhere "${report[@]}" - < "$work/demo.json"
refuses "standard input that is a directory" "cannot read standard input: Is a directory" \
	"${report[@]}" - < "$work"
refuses "standard input that is a recording" "standard input is a recording: use gup-mirror analyze" \
	"${report[@]}" - < <(printf '\x17\x08\x44tracing6')
refuses "standard input that is no report" "standard input:1: not JSON" "${report[@]}" - <<< x
printf '\x17\x08\x44tracing6' > "$work/trace.dat"
refuses "a recording" "$work/trace.dat is a recording: use gup-mirror analyze" "${report[@]}" "$work/trace.dat"
refuses "no such file" "cannot read /nowhere: No such file" "${report[@]}" /nowhere
mkdir "$work/empty"
refuses "a directory without the files" \
	"cannot read $work/empty/outstanding: No such file" "${report[@]}" "$work/empty"
for file in sites violations outstanding; do
	cp -r "$demo" "$work/without-$file"
	rm "$work/without-$file/$file"
	refuses "a copy without $file" "cannot read $work/without-$file/$file" \
		"${report[@]}" "$work/without-$file"
done

# Reading ages has the kernel look for pins that got lost: what it finds is in the
# report then.
cp -r "$demo" "$work/lost"
rm "$work/lost/ages"
mkfifo "$work/lost/ages"
sed -i '/^lost-pin: /,/^$/d' "$work/lost/violations"
{
	exec 3> "$work/lost/ages"
	cat "$demo/violations" > "$work/lost/violations"
	cat "$demo/ages" >&3
} &
matches "violations are read behind ages" 'lost-pin: 1 time' "$("${report[@]}" "$work/lost")"
wait

# The running kernel, or what looks like one
parse=$build/tests/parse
mkdir -p "$work/debug"
refuses "debugfs is not mounted" "debugfs is not mounted" "$parse" live "$work/debug"
if mkdir "$work/real" && mount -t debugfs none "$work/real" 2> /dev/null; then
	[ -d "$work/real/gup_mirror" ] ||
		refuses "a kernel without GUP mirror" "this kernel has no GUP mirror: it needs CONFIG_DEBUG_GUP_MIRROR=y" \
			"$parse" live "$work/real"
	umount "$work/real"
else
	skip "a kernel without GUP mirror" "debugfs cannot be mounted here"
fi
cp -r "$demo" "$work/debug/gup_mirror"
check "a kernel with it" "$parse" live "$work/debug"
sed -i 's/^mode: .*/mode: off/' "$work/debug/gup_mirror/summary"
refuses "a kernel where it is off" "GUP mirror is off: boot with" \
	"$parse" live "$work/debug"
if [ "$(id -u)" -eq 0 ] && command -v setpriv > /dev/null; then
	cp "$parse" "$work/parse"
	chmod 755 "$work"
	chmod 700 "$work/debug/gup_mirror"
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	refuses "no permission" "no permission to read $work/debug/gup_mirror/outstanding: run gup-mirror as root" \
		"${nobody[@]}" "$work/parse" live "$work/debug"
	chmod 700 "$work/debug"
	refuses "no permission for debugfs" "no permission to read $work/debug/gup_mirror: run gup-mirror as root" \
		"${nobody[@]}" "$work/parse" live "$work/debug"
else
	skip "no permission" "only root can become nobody"
fi

if command -v valgrind > /dev/null; then
	for form in --json=- --folded=- --html=/dev/null --ktap=- --junit=- --github=- \
		--gen-suppressions=- ''; do
		check "valgrind: report $form" valgrind -q --error-exitcode=99 \
			--leak-check=full --show-leak-kinds=definite,indirect \
			--errors-for-leak-kinds=definite,indirect \
			"${report[@]}" ${form:+"$form"} "$demo"
	done
else
	skip "valgrind" "it is not installed"
fi

tap_done
