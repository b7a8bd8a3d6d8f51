# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154,SC2207
#
# Completion of gup-mirror; the package bash-completion has the functions that
# begin with an underscore and are not here.

# Prints what the program says of itself: it knows best what it has.
_gup_mirror_help()
{
	LC_ALL=C "${1/#'~/'/$HOME/}" "${@:2}" --help 2> /dev/null
}

# Sets command to the subcommand and at to the number of its word, if there is one.
_gup_mirror_command()
{
	for ((at = 1; at < cword; at++)); do
		case ${words[at]} in
		-*)	;;
		*)	command=${words[at]}
			return ;;
		esac
	done
}

# Reads options from help: sets arguments to what they want, by their names, and
# options to the long ones.
_gup_mirror_options()
{
	local line short long argument
	local pattern='^ +((-.), )?(--[a-z-]+)(=([^ ]+))?( |$)'

	while IFS= read -r line; do
		[[ $line =~ $pattern ]] || continue
		short=${BASH_REMATCH[2]}
		long=${BASH_REMATCH[3]}
		argument=${BASH_REMATCH[5]}
		options+=("$long${argument:+=}")
		[ -z "$argument" ] || arguments[$long]=$argument
		[ -z "$argument" ] || [ -z "$short" ] || arguments[$short]=$argument
	done
}

# The command that run starts is the first word behind run's options. Fails if the
# cursor is before it. These are not words: "--settle=5" is three of COMP_WORDS.
_gup_mirror_run()
{
	local i

	for ((i = at + 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--)	i=$((i + 1))
			break ;;
		-*)	[ -n "${arguments[${COMP_WORDS[i]}]-}" ] || continue
			i=$((i + 1))
			[ "${COMP_WORDS[i]-}" != = ] || i=$((i + 1)) ;;
		*)	break ;;
		esac
	done
	[ "$i" -le "$COMP_CWORD" ] || return
	[[ $i -lt $COMP_CWORD || ${COMP_WORDS[i - 1]} == -- || $cur != -* ]] || return
	_command_offset "$i"
	# There may be nothing to offer.
	return 0
}

# What --fail-on takes, by its help: one of these, behind those that are there already.
_gup_mirror_classes()
{
	local there='' classes

	[[ $cur != *,* ]] || there=${cur%,*},
	classes=$(tr -s '\n ' ' ' | sed 's/.*(\(none, [a-z, -]*\)).*/\1/; s/,//g')
	COMPREPLY=($(compgen -P "$there" -W "$classes" -- "${cur##*,}"))
}

_gup_mirror()
{
	local cur prev words cword split command='' at options=() help
	local -A arguments=()

	_init_completion -s || return
	_gup_mirror_command

	if [ -z "$command" ]; then
		help=$(_gup_mirror_help "$1")
		_gup_mirror_options <<< "$help"
		options+=($(sed -n '/^Commands:/,$s/^  \([a-z]*\) .*/\1/p' <<< "$help"))
		COMPREPLY=($(compgen -W "${options[*]}" -- "$cur"))
		return
	fi
	_gup_mirror_options < <(_gup_mirror_help "$1" "$command")
	# There is no such subcommand.
	[ ${#options[@]} -gt 0 ] || return

	if [ "$command" = run ] && _gup_mirror_run; then
		return
	fi
	case ${arguments[$prev]-} in
	'')	;;
	FILE | SITES | REPORT)
		_filedir
		return ;;
	DIRECTORY)
		_filedir -d
		return ;;
	KEY)
		COMPREPLY=($(compgen -W "held most calls pages wrong overlong time name" \
			-- "$cur"))
		return ;;
	CLASSES | SUSPECTS)
		_gup_mirror_classes < <(_gup_mirror_help "$1" "$command")
		return ;;
	*)	return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "${options[*]}" -- "$cur"))
		[[ ${COMPREPLY[*]-} != *= ]] || compopt -o nospace
		return
	fi
	case $command in
	run)	;;
	audit)	_filedir -d ;;
	*)	_filedir ;;
	esac
}

complete -F _gup_mirror gup-mirror
