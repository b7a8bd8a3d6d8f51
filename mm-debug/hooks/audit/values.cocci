// SPDX-License-Identifier: GPL-2.0
//
// Where the value of a struct page pointer matters, for tools/integrate --audit:
// two pointers to one page differ if they come from different views. This only
// finds such places. Other rules hook them, or hooks/harmless says why they need
// no hook.
//
// Each line is file, line, function and text, with tabs between. The types come
// from a file that tools/integrate makes, since reading all headers for all files
// would take hours.
//
// It does not see what goes through a void pointer or a number first, nor what is in
// a function that Coccinelle cannot parse.

@initialize:python@
@@
import re
import sys

sys.stdout.reconfigure(encoding="utf-8")

def tidy(text):
    text = " ".join(str(text).split())
    text = re.sub(r" ?(->|\.|\+\+|--|\[) ?", r"\1", text)
    text = re.sub(r"([(!~]) ", r"\1", text)
    text = re.sub(r" ([]),;])", r"\1", text)
    text = re.sub(r"(\w) \(", r"\1(", text)
    return re.sub(r"(^|[(,=] ?)([&*]) ", r"\1\2", text)

def found(p, text):
    # What Coccinelle calls "something_else" is a macro.
    function = p[0].current_element.replace("something_else", "#define")
    print("\t".join([p[0].file, p[0].line, function, text]))

def both(pos, p, op, q):
    found(pos, "%s %s %s" % (tidy(p), op.strip(), tidy(q)))

// What a hook has made canonical.

@canonical@
struct page *p;
expression q, e;
binary operator op = {==, !=, <, <=, >, >=, -};
position pos;
@@

	p = gup_mirror_canonical_cold(p);
	...
(
	e + p op@pos q
|
	p op@pos q
)

// Two pointers. There are no rules for a pointer and NULL or a number, which are
// what most pointers are compared with.

@two@
struct page *p;
struct page *q;
binary operator op = {==, !=, <, <=, >, >=, -};
position pos != canonical.pos;
@@

	p op@pos q

@script:python@
p << two.p;
q << two.q;
op << two.op;
pos << two.pos;
@@

both(pos, p, op, q)

// A pointer and something whose type is not known.

@left@
struct page *p;
struct page *r;
expression q, e;
constant c;
binary operator op = {==, !=, <, <=, >, >=};
position pos != {canonical.pos, two.pos};
@@

(
	p op c
|
	e - r op q	// a number, which Coccinelle takes for a pointer
|
	p op gup_mirror_canonical_cold(...)
|
	p op gup_mirror_canonical(...)
|
	p op@pos q
)

@script:python@
p << left.p;
q << left.q;
op << left.op;
pos << left.pos;
@@

both(pos, p, op, q)

@right@
struct page *q;
expression p;
constant c;
binary operator op = {==, !=, <, <=, >, >=, -};
position pos != {canonical.pos, two.pos, left.pos};
@@

(
	c op q
|
	gup_mirror_canonical_cold(...) op q
|
	gup_mirror_canonical(...) op q
|
	p op@pos q
)

@script:python@
p << right.p;
q << right.q;
op << right.op;
pos << right.pos;
@@

both(pos, p, op, q)

// Macros have no types: a page of a folio, and the memmap.

@first@
expression p, f;
symbol page;
position pos != {two.pos, right.pos};
@@

(
	gup_mirror_canonical(...) - &f->page
|
	p -@pos &f->page
)

@script:python@
p << first.p;
f << first.f;
pos << first.pos;
@@

both(pos, p, "-", "&%s->page" % f)

@memmap@
expression p;
symbol vmemmap, mem_map;
position pos != {two.pos, right.pos};
@@

(
	gup_mirror_canonical(...) - vmemmap
|
	p -@pos vmemmap
|
	p -@pos mem_map
)

@script:python@
p << memmap.p;
pos << memmap.pos;
@@

both(pos, p, "-", "memmap")

// Casts to a folio and the like, which must never be a view, and to numbers.

@cast@
struct page *p;
struct page *q;
expression e;
type T;
position pos;
@@

(
	(void)p
|
	(T)(e - q)
|
	(T)@pos p
)

@script:python@
p << cast.p;
T << cast.T;
pos << cast.pos;
@@

found(pos, "(%s)%s" % (tidy(T).replace(" *", "*").replace("*", " *", 1), tidy(p)))

// Keys of hash tables, trees and wait queues, and what compares.

@key@
struct page *p;
identifier f =~ "^(hash_|jhash|xa_|radix_tree_|idr_|rhashtable_|wake_up_var|wait_var_|wait_on_bit|wake_up_bit|bit_waitqueue|(min|max|clamp)(_t|3)?$|(try_)?cmpxchg)";
position pos;
@@

	f@pos(..., p, ...)

@script:python@
p << key.p;
f << key.f;
pos << key.pos;
@@

found(pos, "%s(%s)" % (f, tidy(p)))

// Entries of lists and trees, and who waits for a field.

@entry@
struct page *p;
identifier m;
identifier f =~ "^(__?list_|h?list_(add|del|move|replace|swap|bulk|cut|splice|rotate|is_)|llist_|rb_|wake_up_var|wait_var_|wait_on_bit|wake_up_bit|bit_waitqueue)";
position pos;
@@

	f@pos(..., &p->m, ...)

@script:python@
p << entry.p;
m << entry.m;
f << entry.f;
pos << entry.pos;
@@

found(pos, "%s(&%s->%s)" % (f, tidy(p), m))
