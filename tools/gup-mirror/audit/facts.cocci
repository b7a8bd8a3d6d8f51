// SPDX-License-Identifier: GPL-2.0
//
// What gup-mirror audit needs to know of C code, as lines with tabs: who calls
// what with which arguments, what is assigned to what, what is returned, which
// types variables and fields have, and which functions are in tables of them.
// It does not judge: judge.c does, for all files together.
//
// Each line is "@", the sort, file, line, enclosing function, and what the sort
// has. A "part" tells how an expression is composed, so that nobody has to parse
// it once more: facts.h and expr.h have the sorts.

@initialize:python@
@@
import sys
# Strings may have any characters, whatever the locale is.
sys.stdout.reconfigure(encoding="utf-8")
known = set()

def text(word):
    return " ".join(str(word).split())

def put(sort, file, line, function, *words):
    print("\t".join(["@", sort, file, line, function] +
                    [text(word) for word in words]))

def fact(sort, p, *words):
    put(sort, p[0].file, p[0].line, p[0].current_element, *words)

# The text is what spatch prints for the whole, so that it is found by that.
def part(p, whole, sort, *words):
    key = (p[0].file, text(whole))
    if key not in known:
        known.add(key)
        fact("part", p, key[1], sort, *words)

def call(f, es):
    return "%s ( %s )" % (f, es)

@definition@
identifier f;
type T;
position p;
@@

T f@p(...) { ... }

@script:python@
f << definition.f;
T << definition.T;
p << definition.p;
@@

fact("function", p, f, T)

@argument@
identifier f, x;
type T;
parameter list[n] before;
position p;
@@

f@p(before, T x, ...) { ... }

@script:python@
f << argument.f;
x << argument.x;
n << argument.n;
T << argument.T;
p << argument.p;
@@

fact("parameter", p, f, n, x, T)

@variable@
identifier x;
type T;
position p;
@@

T x@p;

@script:python@
x << variable.x;
T << variable.T;
p << variable.p;
@@

fact("variable", p, x, T)

@initialized@
identifier x;
type T;
initializer e;
position p;
@@

T x@p = e;

@script:python@
x << initialized.x;
T << initialized.T;
p << initialized.p;
@@

fact("variable", p, x, T)

@member@
identifier s, m;
type T;
position p;
@@

struct s { ... T m@p; ... };

@script:python@
s << member.s;
m << member.m;
T << member.T;
p << member.p;
@@

fact("field", p, s, m, T)

@designated@
identifier v, m;
type T;
expression E;
position p;
@@

T v = { ..., .m@p = E, ... };

@script:python@
v << designated.v;
m << designated.m;
E << designated.E;
p << designated.p;
@@

fact("table", p, m, E)
part(p, "%s . %s" % (v, m), "member", v, m)
fact("assign", p, "%s . %s" % (v, m), E)

@assigned@
expression l, r;
position p;
@@

l =@p r

@script:python@
l << assigned.l;
r << assigned.r;
p << assigned.p;
@@

fact("assign", p, l, r)
part(p, "%s = %s" % (l, r), "same", l)

@returned@
expression e;
position p;
@@

return@p e;

@script:python@
e << returned.e;
p << returned.p;
@@

fact("return", p, e)

@call@
identifier f;
expression list es;
position p;
@@

f@p(es)

@script:python@
f << call.f;
es << call.es;
p << call.p;
@@

fact("call", p, f, *es.elements)
part(p, call(f, es), "call", f, *es.elements)

// Of several patterns in one rule, the first that fits a statement is the only one
// that is looked for in it, so that each has a rule of its own.

@indirect@
expression E;
identifier m;
expression list es;
position p;
@@

E->m@p(es)

@script:python@
E << indirect.E;
m << indirect.m;
es << indirect.es;
p << indirect.p;
@@

fact("indirect", p, m, *es.elements)
part(p, call("%s -> %s" % (E, m), es), "indirect", m, *es.elements)

@direct@
expression E;
identifier m;
expression list es;
position p;
@@

E.m@p(es)

@script:python@
E << direct.E;
m << direct.m;
es << direct.es;
p << direct.p;
@@

fact("indirect", p, m, *es.elements)
part(p, call("%s . %s" % (E, m), es), "indirect", m, *es.elements)

@loop@
iterator I;
expression list es;
statement S;
position p;
@@

I@p(es) S

@script:python@
I << loop.I;
es << loop.es;
p << loop.p;
@@

fact("loop", p, I, *es.elements)

@of_member@
expression E;
identifier m;
position p;
@@

E->m@p

@script:python@
E << of_member.E;
m << of_member.m;
p << of_member.p;
@@

part(p, "%s -> %s" % (E, m), "member", E, m)

@of_field@
expression E;
identifier m;
position p;
@@

E.m@p

@script:python@
E << of_field.E;
m << of_field.m;
p << of_field.p;
@@

part(p, "%s . %s" % (E, m), "member", E, m)

@of_index@
expression E, F;
position p;
@@

E[F]@p

@script:python@
E << of_index.E;
F << of_index.F;
p << of_index.p;
@@

part(p, "%s [ %s ]" % (E, F), "element", E)

@of_address@
expression E;
position p;
@@

 &E@p

@script:python@
E << of_address.E;
p << of_address.p;
@@

part(p, "& %s" % E, "address", E)

@of_pointer@
expression E;
position p;
@@

 *E@p

@script:python@
E << of_pointer.E;
p << of_pointer.p;
@@

part(p, "* %s" % E, "element", E)

@of_cast disable drop_cast@
expression E;
type T;
position p;
@@

 (T)E@p

@script:python@
E << of_cast.E;
T << of_cast.T;
p << of_cast.p;
@@

part(p, "( %s ) %s" % (T, E), "cast", E, T)

@of_sum@
expression E, F;
binary operator op = {+, -, |, &, <<, >>};
position p;
@@

E@p op F

@script:python@
E << of_sum.E;
F << of_sum.F;
op << of_sum.op;
p << of_sum.p;
@@

part(p, "%s %s %s" % (E, op, F), "same", E)

@of_more_behind@
expression E;
position p;
@@

E@p++

@script:python@
E << of_more_behind.E;
p << of_more_behind.p;
@@

part(p, "%s ++" % E, "same", E)

@of_less_behind@
expression E;
position p;
@@

E@p--

@script:python@
E << of_less_behind.E;
p << of_less_behind.p;
@@

part(p, "%s --" % E, "same", E)

@of_more@
expression E;
position p;
@@

 ++E@p

@script:python@
E << of_more.E;
p << of_more.p;
@@

part(p, "++ %s" % E, "same", E)

@of_less@
expression E;
position p;
@@

 --E@p

@script:python@
E << of_less.E;
p << of_less.p;
@@

part(p, "-- %s" % E, "same", E)

@of_choice@
expression E, F, G;
position p;
@@

E@p ? F : G

@script:python@
E << of_choice.E;
F << of_choice.F;
G << of_choice.G;
p << of_choice.p;
@@

part(p, "%s ? %s : %s" % (E, F, G), "either", F, G)

@of_default@
expression E, G;
position p;
@@

E@p ?: G

@script:python@
E << of_default.E;
G << of_default.G;
p << of_default.p;
@@

part(p, "%s ? : %s" % (E, G), "either", E, G)

@alias@
identifier f, g;
position p;
@@

#define f g@p

@script:python@
f << alias.f;
g << alias.g;
p << alias.p;
@@

fact("alias", p, f, g)

// Only the value of a macro has a position, and not each has a value.
@macro@
identifier f;
identifier list[n] xs;
@@

#define f(xs) ...

@script:python@
f << macro.f;
xs << macro.xs;
@@

put("macro", cocci.files()[0], "0", "something_else", f, *str(xs).split(" , "))

@macro_value@
identifier f;
expression E;
position p;
@@

#define f(...) E@p

@script:python@
E << macro_value.E;
p << macro_value.p;
@@

fact("return", p, E)
