#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Command lines: what is wrong with one is said in one sentence, and nothing else
# is done.

set -euo pipefail
. "$(dirname "$0")/lib.sh"

# wrong SENTENCE [COMMAND [ARGUMENT...]]
wrong()
{
	local wrong_sentence=$1 wrong_name=

	shift
	case ${1-} in
	run | report | analyze | audit | merge | diff) wrong_name="$1: " ;;
	esac
	refuses "gup-mirror $*" \
		"$wrong_name$wrong_sentence; see gup-mirror ${wrong_name:+$1 }--help" \
		"$gup_mirror" "$@"
}

cd "$work"
wrong "there must be a COMMAND"
wrong "unrecognized option '--nonsense'" --nonsense
wrong "invalid option -- 'x'" -x run -- true
wrong "option '--version' doesn't allow an argument" --version=2
wrong 'there is no command "nonsense"' nonsense report
wrong 'there is no command ""' ''
wrong 'there is no command "two?lines"' $'two\nlines'

for command in run report analyze audit merge diff; do
	wrong "unrecognized option '--nonsense'" $command --nonsense
	wrong "unrecognized option '--nonsense=value'" $command --nonsense=value file
	wrong "unrecognized option '--two?lines'" $command $'--two\nlines'
	wrong "invalid option -- 'x'" $command -x
	wrong "option '--usage' doesn't allow an argument" $command --usage=x
done

touch "$work/there"
ln -s "$work/there" link
for command in run report analyze merge diff; do
	for option in json html folded ktap junit github log-file gen-suppressions \
		fail-on error-exitcode suppressions baseline helpers vmlinux modules-dir \
		module sort limit width; do
		wrong "option '--$option' requires an argument" $command --$option
	done
	wrong "invalid option -- 'j'" $command -j
	wrong 'there must be another FILE for each form, not "page" for two' \
		$command --html page --json page file file
	wrong 'there must be another FILE for each form, not "./page" for two' \
		$command --html page --json ./page file file
	wrong 'there must be another FILE for each form, not "link" for two' \
		$command --html "$work/there" --json link file file
	for number in 0 256 -1 x ''; do
		wrong "--error-exitcode must be a number from 1 to 255, not \"$number\"" \
			$command --error-exitcode "$number" touch ran
	done
	for list in '' all 'leak,' ,leak 'violation leak' leak,none put-on-pim; do
		wrong "--fail-on must be none, or of these, with a comma between them: violation, possible, leak, surplus, overlong, incomplete, put-on-pin, unpin-on-get, double-unpin, unpin-unpinned, free-while-pinned, lost-pin, leak-at-unload, double-put, dirty-by-readonly-pin, dirty-unpinned, lost-write, unpin-while-mapped, left-by-failed-call; not \"$list\"" \
			$command --fail-on "$list" touch ran
	done
done
# A class is a line of a table, and a word of the man page.
is "classes in the man page" "" "$("$gup_mirror" report --fail-on x 2>&1 |
	sed 's/.*between them: \(.*\); not.*/\1/; s/, /\n/g' | while read -r class; do
		grep -q "^\(.*, \)*\*\*$class\*\*\(, .*\)*$" \
			"$tests/../man/gup-mirror.1.rst" || echo "$class"
	done)"
for command in report analyze merge diff; do
	wrong "invalid option -- 'o'" $command -o file file file
done
wrong "there must be one DIRECTORY or FILE at most, not 2" report a b
wrong "there must be one TRACE.DAT" analyze
wrong "there must be one TRACE.DAT, not 2" analyze a --json c b
wrong "there must be two REPORTs at least" merge --html page
wrong "there must be two REPORTs at least, not 1" merge --html page -- -a
wrong "there must be OLD and NEW" diff
wrong "there must be OLD and NEW, not 3" diff a b c

wrong "there must be one TREE" audit --json file
for option in json html gcc log-file fail-on error-exitcode width; do
	wrong "option '--$option' requires an argument" audit a --$option
done
wrong 'there must be another FILE for each form, not "page" for two' \
	audit --html page --gcc page tree
wrong "there must be another FILE for each form, not \"../${PWD##*/}/page\" for two" \
	audit --html page --gcc "../${PWD##*/}/page" tree
for list in '' all release,none 'leak,' violation; do
	wrong "--fail-on must be none, or of these, with a comma between them: release, leak, twice, count, unread; not \"$list\"" \
		audit --fail-on "$list" tree
done
wrong "there must be one TREE, not 2" audit a b
wrong "option '--coverage' requires an argument" audit a --coverage
wrong "option requires an argument -- 'j'" audit a -j
for number in 0 1025 -1 x 1x '' ' 1' 99999999999999999999; do
	wrong "--jobs must be a number from 1 to 1024, not \"$number\"" \
		audit a "--jobs=$number"
done

wrong "there must be a COMMAND to run" run -o file
wrong "there must be a COMMAND to run" run -q --
wrong "option '--output' requires an argument" run -q --output
wrong "option requires an argument -- 'b'" run -b
wrong "option '--quiet' doesn't allow an argument" run --quiet=yes touch ran
for number in 63 1048577 -64 8M ''; do
	wrong "--buffer must be a number from 64 to 1048576, not \"$number\"" \
		run -b "$number" touch ran
done
wrong 'there must be another FILE for --output, not "page"' \
	run --json ./page -o page touch ran
wrong '--settle must be a number from 0 to 600000, not "1.5"' \
	run --settle 1.5 touch ran
# The file with a sentence is of "refuses".
is "no file was written, and nothing ran" $'err\nlink\nout\nthere' "$(ls -A)"

# helps WHAT PATTERN ARGUMENT...: status 0, and nothing on standard error
helps()
{
	local helps_name=$1 helps_pattern=$2 status=0

	shift 2
	"$gup_mirror" "$@" > "$work/out" 2> "$work/err" || status=$?
	is "$helps_name: status, and what is on standard error" "0 " \
		"$status $(cat "$work/err")"
	matches "$helps_name" "$helps_pattern" "$(cat "$work/out")"
}

helps "--version" '^gup-mirror [0-9.]+$' --version
helps "--help lists the commands" 'report +show' --help
helps "help" 'report +show' help
helps "-h" 'report +show' -h
helps "--usage" '^Usage: gup-mirror ' --usage
for command in run report analyze audit merge diff; do
	helps "$command --version" '^gup-mirror [0-9.]+$' $command -V
	helps "$command -h" "^Usage: gup-mirror $command "'.*--help' $command -h
	helps "help $command" "^Usage: gup-mirror $command "'.*--help' help $command
	helps "$command --help" "^Usage: gup-mirror $command "'.*--help' \
		$command --help of-this-too
done

for words in --version --help --usage "report --help" "audit --usage" "run --version"; do
	read -ra split <<< "$words"
	status=0
	"$gup_mirror" "${split[@]}" > /dev/full 2> "$work/err" || status=$?
	is "a disk that is full: $words" \
		"125 gup-mirror: cannot write standard output: No space left on device" \
		"$status $(cat "$work/err")"
done

# Nothing comes into the place of what is closed.
"$gup_mirror" report --json "$work/there" "$data/demo" > "$work/text"
"$gup_mirror" report --json "$work/closed" "$data/demo" 0<&- 1>&- 2>&-
check "nothing is open but files" cmp "$work/there" "$work/closed"
for fd in 0 1 2; do
	status=0
	eval "\"\$gup_mirror\" report - $fd<&-" < "$work/there" > "$work/out" 2> "$work/err" ||
		status=$?
	case $fd in
	0)	expected="125 gup-mirror: cannot read standard input: Bad file descriptor" ;;
	1)	expected="125 gup-mirror: cannot write standard output: Bad file descriptor" ;;
	2)	expected="0 " ;;
	esac
	is "file descriptor $fd is closed" "$expected" "$status $(cat "$work/err")"
done

if command -v valgrind > /dev/null; then
	# no_leak STATUS ARGUMENT...
	no_leak()
	{
		local no_leak_expected=$1 status=0

		shift
		valgrind -q --error-exitcode=99 --leak-check=full "$gup_mirror" \
			"$@" > /dev/null 2> "$work/err" || status=$?
		is "valgrind: gup-mirror $*" "$no_leak_expected" "$status"
	}

	no_leak 125 --nonsense
	no_leak 125 audit --coverage sites --jobs=0
	no_leak 125 merge file
	no_leak 0 run --help
else
	skip "valgrind" "it is not installed"
fi

tap_done
