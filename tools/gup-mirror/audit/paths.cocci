// SPDX-License-Identifier: GPL-2.0
//
// Ways through a function on which gup-mirror audit finds something wrong: what
// facts.cocci finds has no order. Lines are as there.

@initialize:python@
@@
import sys
sys.stdout.reconfigure(encoding="utf-8")
known = set()

def text(word):
    return " ".join(str(word).split())

def fact(sort, p, *words):
    line = "\t".join(["@", sort, p[0].file, p[0].line, p[0].current_element] +
                     [text(word) for word in words])
    if line not in known:
        known.add(line)
        print(line)

// What may be an error is taken for a number of pages, there where it is too small,
// or without a sign.
@counted exists@
identifier acquire =~ "^(pin|get)_user_pages(_fast|_remote)?$";
identifier drop =~ "^(unpin_user_(pages|folio)|release_pages|put_user_pages)";
expression got, number, flags, pages;
position p, q;
@@

got = acquire@p(..., number, flags, pages, ...)
... when != got
if (\( got != number \| got < number \)) {
	... when != got
	drop(\( pages \| &pages[0] \), got@q, ...)
	...
}

@script:python@
acquire << counted.acquire;
got << counted.got;
p << counted.p;
q << counted.q;
@@

fact("count", q, got, acquire, p[0].line, "error")

@looped exists@
identifier acquire =~ "^(pin|get)_user_pages(_fast|_remote)?$";
typedef u32, u64;
{unsigned int, unsigned long, size_t, u32, u64} got;
expression number, flags, pages, n;
statement S;
position p, q;
@@

got = acquire@p(..., number, flags, pages, ...)
... when != got
for (n = 0; n < got@q; n++) S

@script:python@
acquire << looped.acquire;
got << looped.got;
p << looped.p;
q << looped.q;
@@

fact("count", q, got, acquire, p[0].line, "error")

// Bytes that begin somewhere in a page may take one more than they fill.
@bytes exists@
identifier acquire =~ "^iov_iter_(extract_pages|get_pages(_alloc)?2?)$";
expression length, offset;
position p, q;
@@

length = acquire@p(..., &offset)
... when != length = ...
    when != length += ...
    when any
\( length@q / PAGE_SIZE \| length@q >> PAGE_SHIFT \| DIV_ROUND_UP(length@q, PAGE_SIZE) \)

@script:python@
acquire << bytes.acquire;
length << bytes.length;
p << bytes.p;
q << bytes.q;
@@

fact("count", q, length, acquire, p[0].line, "offset")

// Pages that are kept after the number was set to 0 on which their release depends.
@gate@
identifier drop =~ "^(unpin_user_(page|folio)|put_page|folio_put|release_pages|put_user_page)";
local idexpression n;
position q;
@@

if@q (\( n \| n && ... \| ... && n \)) { <+... drop(...) ...+> }

@counter@
local idexpression gate.n;
expression step;
position r;
@@

\( n@r++ \| n@r += step \)

@gated exists@
identifier acquire =~ "^(pin|get)_user_pages(_fast|_remote)?$";
identifier drop =~ "^(unpin_user_(page|folio)|put_page|folio_put|release_pages|put_user_page)";
local idexpression gate.n;
identifier pages;
expression number, got, flags, at;
position p, gate.q;
statement S;
@@

got = acquire@p(..., number, flags, pages, ...)
... when any
n = 0
... when != n++
    when != drop(...)
    when any
pages[at]
... when != n++
    when != drop(...)
    when any
if@q (...) S

@script:python@
acquire << gated.acquire;
pages << gated.pages;
p << gated.p;
q << gate.q;
r << counter.r;
@@

fact("leak", q, pages, acquire, p[0].line)

// A release that follows another one of the same page.
@twice exists@
identifier acquire =~ "^(pin|get)_user_pages?(_fast|_unlocked|_remote)?(_only)?$";
identifier first =~ "^(unpin_user_pages?(_dirty_lock)?|put_page)$";
identifier second =~ "^(unpin_user_pages?(_dirty_lock)?|put_page)$";
identifier page, more =~ "^(get_page|try_get_page|get_page_unless_zero|folio_get|page_ref_(add|inc))$";
expression other;
position p, q, r;
@@

acquire@p(..., &page, ...)
... when != more(...)
first@q(\( page \| &page \), ...)
... when != page = other
    when != more(...)
    when != acquire(..., &page, ...)
second@r(\( page \| &page \), ...)

@script:python@
acquire << twice.acquire;
second << twice.second;
page << twice.page;
p << twice.p;
q << twice.q;
r << twice.r;
@@

# Once more around a loop is not another one.
if (q[0].line, q[0].column) != (r[0].line, r[0].column):
    fact("twice", r, page, acquire, p[0].line, second)
