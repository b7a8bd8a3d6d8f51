# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# tools/integrate: what all its parts use.

die()
{
	printf '%s: %s\n' "$me" "$*" >&2
	exit 1
}

# Sets sum[PATH] for files below a directory. The caller has declared it with -A.
sum_files()
{
	local dir=$1 hash path

	shift
	sum=()
	(($#)) || return 0
	while read -r hash path; do
		# shellcheck disable=SC2004,SC2034 # PATH is no arithmetic; the caller uses it
		sum[$path]=$hash
	done < <(cd -- "$dir" && sha256sum -- "$@")
}

# Copy files below one directory to the same place below another.
copy_files()
{
	local from=$1 to=$2

	shift 2
	mkdir -p -- "$to"
	if (($#)); then
		(cd -- "$from" && cp -p --parents -t "$to" -- "$@")
	fi
}

# For a trap: end what runs in the background, each of which is a process group.
end_jobs()
{
	local job

	for job in $(jobs -p); do
		kill -- "-$job" 2>/dev/null || :
	done
}
