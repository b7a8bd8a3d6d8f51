# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Packages of Debian, from the mirror that apt uses here, but with lists of its own in
# $apt, so that this needs no root and the system stays as it is; to be sourced after
# lib.sh. $log is where apt says what it does.
#
# Who sources this sets $apt.
# shellcheck disable=SC2154

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
log=$apt/log

# run COMMAND...: nobody wants to see what it says unless it fails
run()
{
	"$@" >> "$log" 2>&1 ||
		die "$1 failed: $(grep -m 1 '^E: ' "$log" || tail -n 1 "$log") (everything is in $log)"
}

# Debian's own repositories that the system uses: label, then what a line of
# sources.list has
repositories()
{
	# shellcheck disable=SC2016 # for apt
	apt-get "$@" indextargets --format \
		'$(CREATED_BY)|$(ORIGIN)|$(LABEL)|$(REPO_URI) $(RELEASE) $(COMPONENT)' 2>> "$log" |
		sed -n 's/^Packages|Debian|//p' | sort -u
}

# The configuration of the system holds (there may be a proxy), but for where things
# are, and for what it wants to be done after an update.
configure()
{
	rm -rf "$apt"
	mkdir -p "$apt"/{state,cache,lists/partial,archives/partial}
	: > "$apt/status"
	: > "$apt/nothing"
	printf '%s\n' 'Package: *' 'Pin: release o=Debian' 'Pin-Priority: 500' > "$apt/preferences"
	cat > "$apt/private.conf" <<-END
	Dir::State "$apt/state";
	Dir::State::lists "$apt/lists";
	Dir::State::status "$apt/status";
	Dir::Cache "$apt/cache";
	Dir::Cache::archives "$apt/archives";
	APT::Sandbox::User "root";
	Acquire::Languages "none";
	#clear APT::Default-Release;
	#clear APT::Update::Pre-Invoke;
	#clear APT::Update::Post-Invoke;
	#clear APT::Update::Post-Invoke-Success;
	END
	cat "$apt/private.conf" - > "$apt/apt.conf" <<-END
	Dir::Etc::SourceList "$apt/sources.list";
	Dir::Etc::SourceParts "$apt/nothing";
	Dir::Etc::Preferences "$apt/preferences";
	Dir::Etc::PreferencesParts "$apt/nothing";
	END
	: > "$log"
}

# find_mirror ELSE [SUITE...]: writes sources.list: what the system uses, and these suites
# of the same mirror. Without one, ELSE is what to do.
find_mirror()
{
	local else=$1 known mirror suite

	shift
	known=$(repositories)
	if [ -z "$known" ]; then
		# The system has no lists: a fresh container.
		run apt-get -q -c "$apt/private.conf" update
		known=$(repositories -c "$apt/private.conf")
	fi
	mirror=$(sed -n 's/^Debian|\([^ ]*\) .*/\1/p' <<< "$known" | head -n 1)
	[ -n "$mirror" ] ||
		die "apt uses no mirror of Debian here; $else"
	{
		cut -d '|' -f 2 <<< "$known"
		for suite; do
			echo "$mirror $suite main"
		done
	} | sort -u | sed "s|^|deb [signed-by=$keyring target=Packages] |" > "$apt/sources.list"
}
