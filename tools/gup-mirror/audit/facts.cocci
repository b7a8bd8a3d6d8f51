// SPDX-License-Identifier: GPL-2.0
//
// What gup-mirror audit needs to know of C code, as lines with tabs: who calls
// what with which arguments, what is assigned to what, what is returned, which
// types variables and fields have, and which functions are in tables of them.
// It does not judge: audit_flow.c does, for whole directories.
//
// Each line is "@", the sort, file, line, enclosing function, and what the sort
// has. Macros are not expanded.

@initialize:python@
@@
import sys
# Strings may have any characters, whatever the locale is.
sys.stdout.reconfigure(encoding="utf-8")

def fact(sort, p, *words):
    line = ["@", sort, p[0].file, p[0].line, p[0].current_element]
    line += [" ".join(str(word).split()) for word in words]
    print("\t".join(line))

@definition@
identifier f;
parameter list ps;
type T;
position p;
@@

T f@p(ps) { ... }

@script:python@
f << definition.f;
ps << definition.ps;
T << definition.T;
p << definition.p;
@@

fact("function", p, f, T, ps)

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
expression e;
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

@table@
identifier s, v, m, f;
position p;
@@

struct s v = { ..., .m = f@p, ... };

@script:python@
m << table.m;
f << table.f;
p << table.p;
@@

fact("table", p, m, f)

// By an isomorphism, this matches initializers too.
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

fact("call", p, f, es)

@indirect@
expression E;
identifier m;
expression list es;
position p;
@@

(
E->m@p(es)
|
E.m@p(es)
)

@script:python@
m << indirect.m;
es << indirect.es;
p << indirect.p;
@@

fact("indirect", p, m, es)

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

fact("loop", p, I, es)
