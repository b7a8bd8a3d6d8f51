# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154,SC2207
#
# Completion of gup-mirror; the package bash-completion has the functions that
# begin with an underscore and are not here.

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

# What the option before the cursor wants.
_gup_mirror_argument()
{
	case $prev in
	--output | -o | --html | -H)
		_filedir ;;
	--fail-on)
		COMPREPLY=($(compgen -W 'violation leak violation,leak none' -- \
			"$cur")) ;;
	--coverage)
		_filedir ;;
	--settle | --buffer | -b)
		;;
	*)	return 1 ;;
	esac
}

# The word that run starts is the first behind its options.
_gup_mirror_run()
{
	local i

	for ((i = at + 1; i < cword; i++)); do
		case ${words[i]} in
		--)	_command_offset $((i + 1))
			return ;;
		-o | --output | --fail-on | --settle | -b | --buffer)
			i=$((i + 1)) ;;
		-* | =)	;;
		*)	_command_offset "$i"
			return ;;
		esac
	done
	COMPREPLY=($(compgen -c -- "$cur"))
}

_gup_mirror()
{
	local cur prev words cword split command='' at

	_init_completion -s || return
	_gup_mirror_command

	if [ -z "$command" ]; then
		COMPREPLY=($(compgen -W \
			'run report analyze audit merge --help --usage --version' -- \
			"$cur"))
		return
	fi
	case $command in
	run | report | analyze | audit | merge) ;;
	*)	return ;;
	esac

	if [ "$command" = run ] && [[ " ${words[*]:at:cword-at} " == *' -- '* ]]; then
		_gup_mirror_run
		return
	fi
	! _gup_mirror_argument || return
	if [[ $cur == -* ]]; then
		# The program knows best what options it has.
		COMPREPLY=($(compgen -W "$(_parse_help "$1" "$command --help")" -- \
			"$cur"))
		[[ ${COMPREPLY[*]-} != *= ]] || compopt -o nospace
		return
	fi
	case $command in
	run)	_gup_mirror_run ;;
	audit)	_filedir -d ;;
	*)	_filedir ;;
	esac
}

complete -F _gup_mirror gup-mirror
