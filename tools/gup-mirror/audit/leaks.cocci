// SPDX-License-Identifier: GPL-2.0
//
// Branches for fewer pages than were asked for that forget these. Lines are as in
// facts.cocci.

@initialize:python@
@@
import sys
sys.stdout.reconfigure(encoding="utf-8")

known = set()
# Branches that release the pages. With "i != handled.i", or where no rule asks for
# "use", Coccinelle has only those that use the pages once.
handled = set()
# Branches after which somebody may release them: who has been told, and calls that
# get the object if there was an error.
told = set()
given = {}
# Calls that release what the object has, and those that depend on a member that is
# not set yet.
drops = {}
unready = {}
early = set()

def text(word):
    return " ".join(str(word).split())

def place(p):
    return (p[0].file, p[0].line, p[0].column)

def fact(sort, p, *words):
    line = "\t".join(["@", sort, p[0].file, p[0].line, p[0].current_element] +
                     [text(word) for word in words])
    if line not in known:
        known.add(line)
        print(line)

// Branches for fewer pages than were asked for that release them, or hand them to
// somebody, be it behind a label.
@handled exists@
identifier acquire =~ "^(pin|get)_user_pages(_fast|_remote)?$";
identifier pages, use != {kfree, kvfree, vfree};
expression got, number, flags, result, nr;
position i;
@@

got = acquire(..., number, flags, \( pages \| pages + nr \| &pages[nr] \), ...)
... when != got = ...
if@i (\( got != number \| got < number \)) {
	...
	use(..., \( pages \| pages + nr \| pages[...] \| &pages[...] \), ...)
	...
	return result;
}

@script:python@
i << handled.i;
use << handled.use;
@@

handled.add(place(i))

// The same of pages in a member, for who has the object.
@kept_handled exists@
identifier acquire =~ "^(pin|get)_user_pages(_fast|_remote)?$";
identifier m, use != {kfree, kvfree, vfree};
expression root, got, number, flags, result, nr;
position i;
@@

got = acquire(..., number, flags, \( root->m \| root->m + nr \| &root->m[nr] \), ...)
... when != got = ...
if@i (\( got != number \| got < number \)) {
	...
	use(..., \( root \| root->m \| root->m + nr \| root->m[...] \| &root->m[...] \), ...)
	...
	return result;
}

@script:python@
i << kept_handled.i;
use << kept_handled.use;
@@

handled.add(place(i))

@part_handled exists@
identifier acquire =~ "^(pin|get)_user_pages(_fast|_remote)?$";
identifier pages, root, m, use != {kfree, kvfree, vfree};
expression got, number, flags, result, nr;
position i;
@@

pages = \( root->m \| root->m + nr \| &root->m[nr] \)
... when != pages = ...
got = acquire(..., number, flags, pages, ...)
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

// Others that return an error.
@partly exists@
identifier acquire =~ "^(pin|get)_user_pages(_fast|_remote)?$";
expression got, number, flags, pages, result;
position i, p, q;
@@

got = acquire@p(..., number, flags, pages, ...)
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

@script:python suspect@
pages << partly.pages;
got << partly.got;
number << partly.number;
result << partly.result;
i << partly.i;
p << partly.p;
f;
root;
m;
@@

# With the number, the caller can release them. A single page is there or not.
if place(i) in handled or text(number) == "1" or text(got) == text(result):
    cocci.include_match(False)
parts = text(pages).split(" -> ")
coccinelle.f = cocci.make_ident(p[0].current_element)
coccinelle.root = cocci.make_ident(parts[0])
coccinelle.m = cocci.make_ident(parts[-1])

// Branches that tell whoever has the object, or has passed a pointer.
@told exists@
identifier suspect.root, n;
expression partly.got, to, value, result;
position partly.i;
@@

if@i (...) {
	...
	\( root->n = value \| to->n = <+... got ...+> \| *to = <+... got ...+> \)
	...
	return result;
}

@script:python@
i << partly.i;
result << told.result;
@@

told.add(place(i))

// Callers that hand the object to somebody if there was an error.
@callee@
identifier suspect.f, suspect.root;
parameter list[before] others;
type T;
@@

f(others, T root, ...) { ... }

@caller exists@
identifier suspect.f, g != {kfree, kvfree, vfree};
expression list[callee.before] others;
expression object, error, result;
position c;
@@

(
if (<+... f(others, object, ...) ...+>) {
	...
	g@c(..., object, ...)
	...
	return result;
}
|
error = f(others, object, ...)
... when != error = ...
if (<+... error ...+>) {
	...
	g@c(..., object, ...)
	...
	return result;
}
)

@script:python@
c << caller.c;
i << partly.i;
@@

given.setdefault(place(i), set()).add(place(c))

// All this is of no use where it depends on a member that is only set behind the
// branch.
@dropper@
identifier suspect.m, h;
identifier drop =~ "^(unpin_user_(page|folio)|put_page|folio_put|release_pages|put_user_page)";
expression object;
@@

h(...) {
	<+...
	drop(..., \( object->m \| object->m[...] \| &object->m[...] \), ...)
	...+>
}

@dropped@
identifier dropper.h;
position c;
@@

h@c(...)

@script:python@
c << dropped.c;
i << partly.i;
@@

drops.setdefault(place(i), set()).add(place(c))

@later exists@
identifier suspect.root, n;
expression value;
position partly.i;
statement S;
@@

if@i (...) S
...
root->n = value

@early exists@
identifier suspect.root, later.n;
expression value;
position partly.i;
statement S;
@@

(
root->n = value;
...
if@i (...) S
|
if@i (...) {
	...
	root->n = value
	...
}
)

@script:python@
n << later.n;
i << partly.i;
value << early.value;
@@

early.add((place(i), text(n)))

@guarded@
identifier later.n, dropper.h;
expression object;
position c;
@@

if (<+... \( object.n \| object->n \) ...+>)
(
	h@c(..., \( object \| &object \), ...);
|
{
	...
	h@c(..., \( object \| &object \), ...);
	...
}
)

@script:python@
n << later.n;
c << guarded.c;
i << partly.i;
@@

if (place(i), text(n)) not in early:
    unready.setdefault(place(i), set()).add(place(c))

@script:python@
acquire << partly.acquire;
pages << partly.pages;
i << partly.i;
p << partly.p;
q << partly.q;
f << suspect.f;
@@

i = place(i)
ways = given.get(i, set())
if i in told:
    ways = ways | drops.get(i, {None})
if not ways - unready.get(i, set()):
    fact("leak", q, pages, acquire, p[0].line)
