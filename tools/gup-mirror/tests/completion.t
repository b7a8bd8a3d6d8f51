#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What bash offers behind gup-mirror, compared with what the program has.

set -euo pipefail
. "$(dirname "$0")/lib.sh"

library=/usr/share/bash-completion/bash_completion
if [ ! -r "$library" ]; then
	skip "completion" "bash-completion is not installed"
	tap_done
	exit
fi

# What is there to be chosen from.
mkdir -p "$work/place/directory" "$work/bin"
touch "$work/place/file" "$work/place/my file"
cp "$gup_mirror" "$work/bin/gup-mirror"
printf '#!/bin/sh\n' > "$work/bin/chosen-by-test"
chmod +x "$work/bin/chosen-by-test"

# A bash of its own that does what a Tab does: words as arguments, the last is the
# one to complete. COMP_WORDS has "=" as a word, as bash has.
cat > "$work/complete.bash" << 'END'
cd "$place"
. "$library"
. "$completion"
# Here, nothing is being completed.
compopt() { test_options+=" ${*: -1}"; }
complete -W "of-chosen --own" chosen-by-test

COMP_WORDS=()
for word; do
	case $word in
	--*=*)	COMP_WORDS+=("${word%%=*}" = "${word#*=}")
		# The cursor is at once behind the "=".
		[ -n "${word#*=}" ] || unset 'COMP_WORDS[-1]' ;;
	*)	COMP_WORDS+=("$word") ;;
	esac
done
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
COMP_LINE=$*
COMP_POINT=${#COMP_LINE}
COMP_TYPE=9
COMP_KEY=9
test_options=
"$function" "$1" "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
[[ $test_options != *nospace* ]] || echo nospace
END

completion=$tests/../completion/gup-mirror.bash
# offers WORD...
offers()
{
	env PATH="$work/bin:$PATH" library="$library" place="$work/place" \
		completion="$completion" function=_gup_mirror \
		bash --norc --noprofile "$work/complete.bash" gup-mirror "$@" 2>&1 |
		sed 's/ *$//'
}

is "is for gup-mirror" "complete -F _gup_mirror gup-mirror" \
	"$(bash --norc -c '. "$0"; . "$1"; complete -p gup-mirror' "$library" \
		"$completion" 2>&1)"

# sorted: the words of standard input, in one line
sorted()
{
	tr -s ' \n' '\n' | sed '/^$/d' | sort | tr '\n' ' ' | sed 's/ *$//'
}

# options [COMMAND]: long options that the program has, "=" behind those that want
# something
options()
{
	"$gup_mirror" "$@" --help | sed -nE 's/^ .*(--[a-z-]+)(=?).*/\1\2/p'
}

mapfile -t commands < <("$gup_mirror" --help | sed '1,/^Commands:/d' |
	awk '{ print $1 }')
is "there are commands" "run report analyze audit merge diff" "${commands[*]}"
is "commands" "$({ printf '%s\n' "${commands[@]}"; options; } | sorted)" "$(offers '')"
is "a part of a command" "run" "$(offers ru)"
is "options before a command" "$(options | sorted)" "$(offers -)"
is "no such command" "" "$(offers nonsense '')$(offers nonsense -)"

classes=$({
	echo none
	{ "$gup_mirror" report --fail-on x 2>&1 || :; } |
		sed 's/.*between them: \(.*\); not.*/\1/; s/, /\n/g'
} | sorted)
matches "there are classes" 'none.*put-on-pin' "$classes"

for command in "${commands[@]}"; do
	is "$command: options" "$(options "$command" | sorted)" \
		"$(offers "$command" -)"

	# What they want, by the name in --help: long and short, and behind "=".
	while read -r option wanted; do
		case $wanted in
		FILE | SITES | REPORT)
			expected='directory file my file' ;;
		DIRECTORY)
			expected=directory ;;
		SUSPECTS)
			expected="count leak none release twice unread" ;;
		CLASSES)
			expected=$classes ;;
		KEY)
			expected="calls held most name overlong pages time wrong" ;;
		KB | MS | N | LIST | NAME)
			expected= ;;
		*)	fail "$command: $option" "what is $wanted?"
			continue ;;
		esac
		is "$command: $option $wanted" "$expected" \
			"$(offers "$command" "$option" '')"
		[[ $option != --* ]] ||
			is "$command: $option=$wanted" "$expected" \
				"$(offers "$command" "$option=")"
		# Behind them there is what is there without.
		is "$command: behind $option $wanted" "$(offers "$command" '')" \
			"$(offers "$command" "$option" x '')"
		[[ $option != --* ]] ||
			is "$command: behind $option=$wanted" \
				"$(offers "$command" '')" \
				"$(offers "$command" "$option=x" '')"
	done < <("$gup_mirror" "$command" --help | sed -nE \
		's/^ +((-.), )?(--[a-z-]+)=([^ ]+).*/\2 \4\n\3 \4/p' | grep ^-)
done

is "a part of an option" "--junit= nospace" "$(offers report --ju)"
is "an option that wants nothing" "--quiet" "$(offers run --qu)"
is "a part of a list" "violation" "$(offers run --fail-on v)"
is "another of a list" "leak,lost-pin" "$(offers run --fail-on leak,lost-p)"
is "a part of a file" "file" "$(offers report --json=fi)"
is "report, analyze, merge, diff: files" \
	"$(printf 'directory file my file%.0s' 1 2 3 4)" \
	"$(offers report '')$(offers analyze '')$(offers merge '')$(offers diff '')"
is "merge: another file" "directory file my file" "$(offers merge file '')"
is "audit: directories" "directory" "$(offers audit '')"

# The command of run, and what it takes itself
for before in '' '--' '-q' '-q --' '-o out' '--output=out' '--settle 5' \
	'--settle=5 --' '--fail-on=leak -b 64 --'; do
	read -ra words <<< "$before"
	words=(run "${words[@]}")
	is "${words[*]}: a command" "chosen-by-test" \
		"$(offers "${words[@]}" chosen-by)"
	words+=(chosen-by-test)
	is "${words[*]}: its words" "--own of-chosen" "$(offers "${words[@]}" '')"
	is "${words[*]}: its options" "--own" "$(offers "${words[@]}" -)"
	is "${words[*]} --output: not ours" "--own of-chosen" \
		"$(offers "${words[@]}" --output '')"
done
is "run --: a command is no option" "" "$(offers run -- --qu)"

tap_done
