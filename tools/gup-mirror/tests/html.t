#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The pages of --html, as a browser shows them. It has no network. It could run
# scripts, but they must have none.

set -euo pipefail
. "$(dirname "$0")/lib.sh"

for program in chromium pdftotext; do
	if ! command -v "$program" > /dev/null; then
		skip "pages in a browser" "$program is not installed"
		tap_done
		exit
	fi
done

# browser OPTION...: the last is the page
browser()
{
	# It has no settings, and does not mind that there is no desktop.
	HOME=$work timeout 60 chromium --headless --no-sandbox \
		--disable-gpu --no-first-run --disable-background-networking \
		--disable-dev-shm-usage --host-resolver-rules='MAP * ~NOTFOUND' \
		--user-data-dir="$work/browser" "$@" > "$work/browser.out" \
		2> "$work/browser.err" || cat "$work/browser.err"
}

# shown PAGE: what is to be read on paper, one space between words. A word
# that does not fit into its line goes on in the next one, so there is a second line
# without any.
shown()
{
	browser --no-pdf-header-footer --print-to-pdf="$work/$1.pdf" \
		"file://$work/$1.html"
	pdftotext -raw -nopgbrk "$work/$1.pdf" - | tr -s '[:space:]' ' '
	echo
	pdftotext -raw -nopgbrk "$work/$1.pdf" - | tr -d '[:space:]'
}

# has PAGE TEXT...: shows these, each as often as the page has it
has()
{
	local page=$1 what missing=

	shift
	for what; do
		[[ $text == *"$what"* || $text == *"${what//[[:space:]]/}"* ]] ||
			missing+="$what"$'\n'
	done
	is "$page shows: $1${2:+, and $(($# - 1)) more}" "" "$missing"
}

# words FILE PATTERN: those that match it as a whole, once
words()
{
	grep -oE "$2" "$1" | sort -u
}

# From debugfs. In front, a page in which there is nothing.
"$gup_mirror" report --html "$work/nothing.html" "$data/empty"
text=$(shown nothing)
has "nothing" 'Violations None.' 'Nothing is held.' \
	'how long they were held None.' 'Call sites None.'

demo=$data/demo
"$gup_mirror" report --html "$work/demo.html" "$demo"
text=$(shown demo)
has "demo" 'Violations' 'Held, by stack' 'Released pins, and how long' \
	'Call sites' 'Summary' '8 violations' '1 held pin' '13 call sites'
mapfile -t classes < <(words "$demo/violations" '^[a-z-]+: [0-9]+ times?$')
for class in "${classes[@]}"; do
	has "demo" "${class%%:*} in" "${class##*: }"
done
mapfile -t list < <(words "$demo/violations" '[^ ]+\+0x[0-9a-f]+/0x[0-9a-f]+')
has "demo" "${list[@]}"
mapfile -t list < <(sed -n 's/.*first: //p' "$demo/violations")
has "demo" "${list[@]}"
has "demo" 'Acquired at tgm_pin_user_pages_fast+0x15/0x20' \
	'Released at tgm_put_page+0xcc/0xe0' \
	'Released before at tgm_unpin_user_page+0x1e/0x30'
mapfile -t list < <(sed -nE 's/^(pin|get).* ([a-z_]+) ([^ ]+)( \[.*)?$/\2() at \3/p' \
	"$demo/sites")
is "demo: number of sites" 13 "${#list[@]}"
has "demo" "${list[@]}"
# Whole lines of the tables: paper does not scroll.
has "demo" 'entry_SYSCALL_64_after_hwframe+0x4b/0x53 1 1 0 230 ms -' \
	'iov_iter_extract_pages+0xe1/0x8b0 24 6208 0 < 2 ms < 32 ms < 32 ms' \
	'iov_iter_extract_pages+0xe1/0x8b0 pin 0 128 411 6232 0' \
	'get_arg_page+0x60/0x220 get - - 292 292 0'
mapfile -t list < <(sed -n '2,$s/://p' "$demo/summary")
has "demo" "${list[@]}"

# From a trace: a curve, and a function with the worst of names.
script="<script>document.body.innerHTML='EV'+'IL'</script>"
trace()
{
	"$build/tests/make-trace" "$work/trace.dat" << END
symbol 0xffffffff81000000 drv_pin
symbol 0xffffffff81001000 drv_unpin
symbol 0xffffffff81002000 $script
1000000000 0 7 acquire 0xffffffff81000010 0x100 4 257 pin pin_user_pages
1003000000 1 7 release 0xffffffff81000010 0xffffffff81001010 0x100 3 pin unpin_user_page
1500000000 0 7 acquire 0xffffffff81002010 0x200 60 0 pin pin_user_pages_fast
2001000000 0 7 violation 0xffffffff81002010 0xffffffff81001010 0x200 put-on-pin pin_user_pages_fast put_page
END
}
trace
"$gup_mirror" analyze --html "$work/trace.html" "$work/trace.dat"
text=$(shown trace)
has "trace" 'Violations' 'Held, by stack' 'Pins held over time' \
	'Released pins, and how long' 'Call sites' 'Summary' '61 held pins'
has "trace" 'put-on-pin in drv_unpin+0x10, 1 time' "at $script+0x10" \
	'put_page() at drv_unpin+0x10' '250 ms' '501 ms' \
	'drv_pin+0x10 1 1 0 1.0 s WRITE|LONGTERM' \
	"$script+0x10 pin 60 60" \
	'duration_ms 1001'

# The same for each string that a report may have.
python3 - "$script" > "$work/hostile.json" << 'END'
import json, sys
e = sys.argv[1]
stack = [e, '" onload="x', "</pre></table>"]
json.dump({"schema": "gup-mirror-report", "version": 2, "name": e, "source": e,
    "provenance": [{"name": e, "machine": e, "release": e, "architecture": e,
        "mode": e, "command": e, "date": e}],
    "summary": {e: e}, "moments": [],
    "sites": [{"kind": "get", "function": e, "place": e, "calls": 1, "pages": 1,
        "wrong": 0}],
    "violations": [{"class": e, "times": 1, "first": {"task": e, "pfn": 1, "pid": 7,
        "cpu": 0, "time_us": 5}, "acquire_note": e, "notes": [e], "machines": [e],
        "also_held": [{"function": e, "place": e, "pins": 1, "stack": stack}],
        "acquired_by": e, "acquired_at": e, "released_by": e, "released_at": e,
        "before_by": e, "before_at": e, "acquire_stack": stack,
        "release_stack": stack, "before_stack": stack}],
    "holders": [{"function": e, "place": e, "flags": e, "pins": 1, "pages": 1,
        "since_snapshot": 0, "estimate": False, "machines": [e], "excused": e,
        "stack": stack}],
    "surpluses": [{"function": e, "place": e, "flags": e, "references": 1, "pages": 1,
        "since_snapshot": 0, "estimate": True, "machines": [e], "excused": e,
        "stack": stack}]}, sys.stdout)
END
"$gup_mirror" report --html "$work/hostile.html" "$work/hostile.json"
text=$(shown hostile)
has "hostile" "$script in $script, 1 time" "task $script/7" '" onload="x' \
	'</pre></table>' "Call sites" "get - - 1 1 0"
is "hostile: no name is lost" \
	"$(grep -o '&lt;script&gt;' "$work/hostile.html" | wc -l)" \
	"$(($(grep -o '<script>' <<< "$(tail -n 1 <<< "$text")" | wc -l) + 1))"
is "hostile: no script has run" 0 "$(grep -c EVIL <<< "$text" || :)"

# Is that to be seen at all?
sed "s|</header>|$script&|; /Content-Security/d; /style-src/d" "$work/trace.html" \
	> "$work/run.html"
text=$(shown run)
has "a page with a script" EVIL

for page in nothing demo trace hostile; do
	is "$page: loads nothing" "" "$(grep -oiE '<[^>]*(src|srcset|action|data)=[^>]*>|href="[^#][^"]*"|url\(|@import|https?:|<(script|link|iframe|object|embed|base)' \
		"$work/$page.html" || :)"
done

# Where the page is wider than the window, a part of it is to be: its tables. A
# script in a copy tells. Windows are not narrower than 500 pixels.
layout='document.body.dataset.layout = [innerWidth,
	...[document.documentElement, ...document.querySelectorAll(".wide")].map(
		e => e.scrollWidth > e.clientWidth ? "scrolls" : "fits")].join(" ")'
sed "s|</main>|\&<script>${layout//[$'\n\t']/}</script>|
	/Content-Security/d; /style-src/d" "$work/trace.html" > "$work/layout.html"
# layout WIDTH
layout()
{
	browser --window-size="$1,800" --dump-dom "file://$work/layout.html"
	grep -o 'data-layout="[^"]*"' "$work/browser.out"
}
is "in a narrow window, only the curve scrolls" \
	'data-layout="500 fits fits scrolls fits fits"' "$(layout 500)"
is "in one of 1000 pixels, all fit" \
	'data-layout="1000 fits fits fits fits fits"' "$(layout 1000)"
is "in a wide window, all fit" \
	'data-layout="1400 fits fits fits fits fits"' "$(layout 1400)"

# Prints the size, and what it looks like
cat > "$work/picture.py" << 'END'
import collections, struct, sys, zlib
data = open(sys.argv[1], "rb").read()
assert data[:8] == b"\x89PNG\r\n\x1a\n", "no PNG"
at, packed = 8, b""
while at < len(data):
    size, kind = struct.unpack(">I4s", data[at:at + 8])
    body = data[at + 8:at + 8 + size]
    if kind == b"IHDR":
        width, height, depth, colours = struct.unpack(">IIBB", body[:10])
    elif kind == b"IDAT":
        packed += body
    at += 12 + size
assert depth == 8 and colours in (2, 6), (depth, colours)
n = 3 if colours == 2 else 4
raw, stride = zlib.decompress(packed), width * n
before, seen = bytearray(stride), collections.Counter()
for y in range(height):
    start = y * (stride + 1)
    how, row = raw[start], bytearray(raw[start + 1:start + 1 + stride])
    for x in range(stride if how else 0):
        left = row[x - n] if x >= n else 0
        up, corner = before[x], before[x - n] if x >= n else 0
        if how == 1:
            guess = left
        elif how == 2:
            guess = up
        elif how == 3:
            guess = (left + up) // 2
        else:
            p = left + up - corner
            guess = min((abs(p - left), 0, left), (abs(p - up), 1, up),
                        (abs(p - corner), 2, corner))[2]
        row[x] = (row[x] + guess) & 255
    for x in range(0, stride, n):
        seen[bytes(row[x:x + 3])] += 1
    before = row
ground = sum(seen.most_common(1)[0][0])
contrast = max(abs(sum(colour) - ground) for colour in seen)
print(width, height, "dark" if ground < 384 else "light",
      "blank" if len(seen) < 20 or contrast < 384 else "readable")
END
# picture NAME WIDTH OPTION EXPECTED
picture()
{
	browser --window-size="$2,400" --hide-scrollbars --blink-settings="$3" \
		--screenshot="$work/$1.png" "file://$work/demo.html"
	is "picture, $1" "$4" "$(python3 "$work/picture.py" "$work/$1.png" 2>&1)"
}
picture narrow 500 preferredColorScheme=1 '500 400 light readable'
picture wide 1400 preferredColorScheme=1 '1400 400 light readable'
picture dark 600 preferredColorScheme=0 '600 400 dark readable'

tap_done
