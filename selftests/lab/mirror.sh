# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared, see lab
# SPDX-License-Identifier: GPL-2.0
#
# Where Debian packages come from: the mirrors this machine's apt is set up
# with, or MMSCOPE_MIRROR and MMSCOPE_MIRROR_SECURITY.

mirror_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# mirror_find LABEL RELEASE-SUFFIX: the first Debian archive with that label.
# Before the first apt-get update apt knows no labels; the name of the release
# in its sources has to do then.
mirror_find() {
	# shellcheck disable=SC2016 # these are for apt
	local format='$(LABEL)|$(ORIGIN)|$(RELEASE)|$(REPO_URI)'
	local releases='(bullseye|bookworm|trixie|forky|sid|oldoldstable|oldstable|stable|testing)'

	{
		apt-get indextargets --format "$format" 'Created-By: Packages'
		apt-get indextargets --no-release-info --format "$format" 'Created-By: Packages'
	} | awk -F'|' -v label="$1" -v release="^$releases$2\$" '
		$1 == label && $2 == "Debian" { uri = $4; exit }
		$1 !~ /^[A-Z]/ && $3 ~ release { uri = $4; exit }
		END { if (uri) print uri }'
}

mirror_main() {
	printf '%s\n' "${MMSCOPE_MIRROR:-$(mirror_find Debian '')}"
}

mirror_security() {
	printf '%s\n' "${MMSCOPE_MIRROR_SECURITY:-$(mirror_find Debian-Security -security)}"
}

# sources.list for one kernel series
mirror_sources() {
	local suite main security

	suite=$(kernel_suite "$1")
	main=$(mirror_main)
	security=$(mirror_security)
	[[ -n $main ]] || die "apt knows no Debian mirror: set MMSCOPE_MIRROR to one"
	[[ -f $mirror_keyring ]] || die "$mirror_keyring is missing (package debian-archive-keyring)"
	printf 'deb [signed-by=%s] %s %s main\n' "$mirror_keyring" "$main" "$suite"
	if [[ -n $security ]]; then
		printf 'deb [signed-by=%s] %s %s-security main\n' "$mirror_keyring" "$security" "$suite"
	fi
	if kernel_from_backports "$1"; then
		printf 'deb [signed-by=%s] %s %s-backports main\n' "$mirror_keyring" "$main" "$suite"
	fi
}

# How this machine's apt reaches its mirrors: proxies and the like.
mirror_apt_settings() {
	apt-config dump |
		awk '/^Acquire::(http|https|ftp|Retries|Check-Valid-Until|Check-Date|ForceIPv[46])[: ]/ && $2 != "\"\";"'
}

# mirror_state DIR SERIES: an apt of its own under DIR with that series' lists.
# Sets APT_CONFIG for what follows in this shell.
mirror_state() {
	mkdir -p "$1/lists/partial" "$1/archives/partial" "$1/parts"
	: >"$1/status"
	mirror_sources "$2" >"$1/sources.list"
	mirror_apt_settings >"$1/settings.conf"
	{
		cat "$1/settings.conf"
		# The lists lie where apt's own user cannot go; this is no warning worth printing.
		echo 'APT::Sandbox::User "root";'
		printf 'Dir::%s "%s";\n' State "$1" State::status "$1/status" State::lists "$1/lists" \
			Cache "$1" Cache::archives "$1/archives" Etc::sourcelist "$1/sources.list" \
			Etc::sourceparts "$1/parts" Etc::preferencesparts "$1/parts" Etc::parts "$1/parts"
	} >"$1/apt.conf"
	export APT_CONFIG=$1/apt.conf
	apt-get -qq update >&2
}

# mirror_resolve SERIES: "RELEASE PACKAGE…" of the newest kernel in the lists.
# Only a release with headers and an image counts: archives list headers of
# which the image was never published, and the other way round. From 7.x on the
# image is two packages, of which the signed one may lag.
mirror_resolve() {
	if kernel_is_debug "$1"; then
		echo "debug $debug_packages" | tr '\n' ' '
		return
	fi
	apt-cache dumpavail | awk -v series="$1" '
		$1 != "Package:" || $2 !~ /^linux-(headers|image|modules|binary-unsigned)-[0-9].*[0-9]-amd64$/ { next }
		{
			release = $2
			sub(/^linux-(headers|image|modules|binary-unsigned)-/, "", release)
			if (index(release, series ".") != 1)
				next
			kind = substr($2, 1, length($2) - length(release) - 1)
			has[release, kind] = 1
			releases[release] = 1
		}
		END {
			for (r in releases) {
				if (!has[r, "linux-headers"])
					continue
				if (has[r, "linux-modules"] && has[r, "linux-binary-unsigned"])
					print r, "linux-headers-" r, "linux-modules-" r, "linux-binary-unsigned-" r
				else if (has[r, "linux-image"])
					print r, "linux-headers-" r, "linux-image-" r
			}
		}' | sort -V | tail -n 1
}
