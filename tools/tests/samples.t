#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Checks that tools/samples fills the samples of the documentation, on a project
# that has nothing but it and results that were never measured.

set -euo pipefail
. "$(dirname "$0")/tap.sh"

unset KVER
top=$(cd "$(dirname "$0")/../.." && pwd)
project=$(mktemp -d)
trap 'rm -rf "$project"' EXIT

mkdir -p "$project"/{mm-debug/hooks,tools/integrate.d,tools/vm,tools/tests,tools/bench,tools/workloads,documentation} \
	"$project"/build/{demo/run,tests/workloads-a-pin,tests/workloads-a-all}
cp "$top/tools/samples" "$project/tools"
cp "$top"/tools/vm/lib.sh "$project/tools/vm"
cp "$top/tools/integrate.d/targets.awk" "$project/tools/integrate.d"
cp "$top/mm-debug/hooks/targets" "$project/mm-debug/hooks"
cp "$top/tools/tests/tap.sh" "$project/tools/tests"
cp "$top/tools/workloads/totals" "$project/tools/workloads"
cat > "$project/tools/bench/table.awk" <<'END'
BEGIN { FS = "|" }
{ print $1 " of " $3 ": " $10 }
END

#
# What runs leave
#

rule=$(printf '=%.0s' {1..66})
# Behind a space that ends a line
nothing=
cat > "$project/build/demo/dmesg" <<END
[    1.000000] Linux
[    2.000000] $rule
[    2.000000] BUG: GUP-MIRROR: put-on-pin in first
[    2.000000] $nothing
[    2.000000] CPU: 0 $nothing
[    2.000000] $rule
[    3.000000] $rule
[    3.000000] BUG: GUP-MIRROR: put-on-pin in second
[    3.000000] $rule
[    4.000000] $rule
[    4.000000] BUG: GUP-MIRROR: lost-pin in third
[    4.000000] $rule
END
printf 'gup_mirror outstanding\n\npins=1\n\n\n' > "$project/build/demo/outstanding"
echo 'driver-test: passed' > "$project/build/demo/run/run.wrong"
cat > "$project/build/bench.csv" <<'END'
group,benchmark,mode,value,unit,parts,ratio,goal,verdict,note
instructions,read,plain,100.0,page,,1.000,,,
instructions,read,off,100.1,page,,1.001,1.005,ok,
instructions,read,"pin,nostacks",101.0,page,,1.010,,,
instructions,read,pin,109.0,page,,1.090,1.05,MISSED,"a ""note"", of two words"
instructions,read,all,109.0,page,,1.090,,,
instructions,few modes,pin,109.0,page,,1.090,,,
memory,idle,"pin,nostacks",900,KiB,,,1024,ok,
END
for mode in pin all; do
	dir=$project/build/tests/workloads-a-$mode
	echo 'ok 1 - a workload' > "$dir/run.tap"
	printf 'w\tpin\tpin_user_pages\tf+0x1/0x2\t3\t5\t5\t0\t0\n' > "$dir/stats"
done

#
# Where it goes
#

cat > "$project/README.md" <<'END'
Before

<!-- sample: demo report put-on-pin -->

    an old line

    another
not a part of it

<!-- sample: demo outstanding -->
<!-- sample: bench ratios -->
after
END
cat > "$project/documentation/a.rst" <<'END'
.. sample: demo run wrong

::

    an old line

Text

.. sample: workloads totals

.. sample: bench table

::
END

cp -r "$project" "$project.before"
trap 'rm -rf "$project" "$project.before"' EXIT

samples()
{
	"$project/tools/samples" "$@"
}

# untouched: neither document is changed
untouched()
{
	diff -r -x build "$project.before" "$project"
}

# refuses TEXT ARGUMENT...: with one line that has TEXT, and nothing is changed
refuses()
{
	local text=$1 said status=0

	shift
	said=$(samples "$@" 2>&1) || status=$?
	echo "$said"
	[ "$status" -eq 1 ] && [[ $said == "samples: "*"$text"* ]] &&
		[ "$(wc -l <<< "$said")" -eq 1 ] && untouched
}

check "an unknown run" refuses "unknown run frobnicate; there are: demo, bench, workloads" frobnicate

for file in demo/dmesg demo/outstanding demo/run/run.wrong; do
	mv "$project/build/$file" "$project/build/gone"
	check "$file is missing" refuses "no build/$file: run make demo first"
	mv "$project/build/gone" "$project/build/$file"
done
mv "$project/build/bench.csv" "$project/build/gone"
check "bench.csv is missing" refuses "no build/bench.csv: run make bench first"
mv "$project/build/gone" "$project/build/bench.csv"
mv "$project/build/tests" "$project/build/gone"
check "results of workloads are missing" refuses "run make workloads first"
mv "$project/build/gone" "$project/build/tests"

cp "$project/build/demo/dmesg" "$project/build/gone"
sed -i s/put-on-pin/unpin-on-get/ "$project/build/demo/dmesg"
check "a report that is not in the log" refuses \
	'README.md: the sample "demo report put-on-pin" is not in what demo has left'
mv "$project/build/gone" "$project/build/demo/dmesg"

echo '<!-- sample: demo frobnicate -->' > "$project/documentation/b.md"
cp "$project/documentation/b.md" "$project.before/documentation"
check "a sample that nobody knows" refuses \
	'nobody knows how to make the sample "demo frobnicate"'
rm "$project/documentation/b.md" "$project.before/documentation/b.md"

check "all are filled" samples
check "README has those of Markdown" diff "$project/README.md" - <<END
Before

<!-- sample: demo report put-on-pin -->

    $rule
    BUG: GUP-MIRROR: put-on-pin in first

    CPU: 0
    $rule

not a part of it

<!-- sample: demo outstanding -->

    gup_mirror outstanding

    pins=1

<!-- sample: bench ratios -->

                               off   pin,nostacks            pin            all
    read                     1.001          1.010          1.090!         1.090

after
END
check "a document has those of reStructuredText" diff "$project/documentation/a.rst" - <<'END'
.. sample: demo run wrong

::

    $ gup-mirror run -- ./driver-test wrong
    driver-test: passed

Text

.. sample: workloads totals

::

    gup_mirror=pin: 1 workloads
      pin: 1 call sites, 3 calls, 5 pages; released right 5, laundered 0
      wrong: 0
        pin f: 5 pages
    gup_mirror=all: 1 workloads
      pin: 1 call sites, 3 calls, 5 pages; released right 5, laundered 0
      wrong: 0
        pin f: 5 pages

.. sample: bench table

::

    instructions of plain:
    instructions of off:
    instructions of pin,nostacks:
    instructions of pin: a "note", of two words
    instructions of all:
    instructions of pin:
    memory of pin,nostacks:
END

rm -rf "$project.before"
cp -r "$project" "$project.before"
check "again" samples
check "which changes nothing" untouched

sed -i s/first/changed/ "$project/build/demo/dmesg"
rm -r "$project/build/bench.csv" "$project/build/tests"
check "those of one run alone" samples demo
check "are filled" grep -qx '    BUG: GUP-MIRROR: put-on-pin in changed' "$project/README.md"
check "and the others stay" grep -q '^    read .*1.090!' "$project/README.md"

tap_done
