// SPDX-License-Identifier: GPL-2.0
//
// Ways through a function on which gup-mirror audit finds something wrong: what
// audit/facts.cocci finds has no order. Lines are as there.

@initialize:python@
@@
import sys
sys.stdout.reconfigure(encoding="utf-8")

def text(word):
    return " ".join(str(word).split())

# Branches that are right. With "i != handled.i", or where no rule asks for "use",
# Coccinelle has only those that use the pages once.
handled = set()

def place(p):
    return (p[0].file, p[0].line, p[0].column)

def fact(sort, p, *words):
    print("\t".join(["@", sort, p[0].file, p[0].line, p[0].current_element] +
                    [text(word) for word in words]))

// Where fewer pages than were asked for are released, or handed to somebody, be it
// behind a label.
@handled exists@
identifier acquire =~ "^(pin|get)_user_pages(_fast)?$";
identifier pages, use != {kfree, kvfree, vfree};
expression got, number, start, flags, result;
position i;
@@

got = acquire(start, number, flags, pages, ...)
... when != got = ...
if@i (\( got != number \| got < number \)) {
	...
	use(..., \( pages \| pages[...] \| &pages[...] \), ...)
	...
	return result;
}

@script:python@
i << handled.i;
use << handled.use;
@@

handled.add(place(i))

// The same for who has the object that they are a part of.
@part_handled exists@
identifier acquire =~ "^(pin|get)_user_pages(_fast)?$";
identifier pages, root, m, use != {kfree, kvfree, vfree};
expression got, number, start, flags, result, nr;
position i;
@@

pages = \( root->m \| root->m + nr \| &root->m[nr] \)
... when != pages = ...
got = acquire(start, number, flags, pages, ...)
... when != got = ...
if@i (\( got != number \| got < number \)) {
	...
	use(..., \( root \| root->m \), ...)
	...
	return result;
}

@script:python@
i << part_handled.i;
use << part_handled.use;
@@

handled.add(place(i))

// All other branches for this that return an error. A single page is there or not.
@partly exists@
identifier acquire =~ "^(pin|get)_user_pages(_fast)?$";
identifier pages;
expression got, number, start, flags, result;
position i;
position p, q;
@@

got = acquire@p(start, number, flags, pages, ...)
... when != got = ...
if@i (\( got != number \| got < number \))
(
	return@q result;
|
{
	...
	return@q result;
}
)

@script:python@
acquire << partly.acquire;
pages << partly.pages;
got << partly.got;
number << partly.number;
result << partly.result;
i << partly.i;
p << partly.p;
q << partly.q;
@@

# With the number, the caller can release them.
if place(i) not in handled and text(number) != "1" and text(got) != text(result):
    fact("leak", q, acquire, pages, p[0].line)

// The same, of pages in a member: whoever gets the object may release them.
@kept_handled exists@
identifier acquire =~ "^(pin|get)_user_pages(_fast)?$";
identifier m, use != {kfree, kvfree, vfree};
expression root;
expression got, number, start, flags, result;
position i;
@@

got = acquire(start, number, flags, root->m, ...)
... when != got = ...
if@i (\( got != number \| got < number \)) {
	...
	use(..., \( root \| root->m \| root->m[...] \| &root->m[...] \), ...)
	...
	return result;
}

@script:python@
i << kept_handled.i;
use << kept_handled.use;
@@

handled.add(place(i))

@kept exists@
identifier acquire =~ "^(pin|get)_user_pages(_fast)?$";
identifier m;
expression root;
expression got, number, start, flags, result;
position i;
position p, q;
@@

got = acquire@p(start, number, flags, root->m, ...)
... when != got = ...
if@i (\( got != number \| got < number \))
(
	return@q result;
|
{
	...
	return@q result;
}
)

@script:python@
acquire << kept.acquire;
root << kept.root;
m << kept.m;
got << kept.got;
number << kept.number;
result << kept.result;
i << kept.i;
p << kept.p;
q << kept.q;
@@

if place(i) not in handled and text(number) != "1" and text(got) != text(result):
    fact("leak", q, acquire, "%s -> %s" % (root, m), p[0].line)

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
    fact("twice", r, second, page, acquire, p[0].line)
