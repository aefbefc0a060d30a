#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: lab/deb.sh KERNEL CACHE [LAST]
#
# Prints the directory of a Debian kernel, with `vmlinuz` and lib/modules/RELEASE,
# after fetching and unpacking it when CACHE lacks it. Nothing is installed and no
# root is needed: apt works with directories of its own in CACHE, on the mirrors
# of the system's own sources, and believes what Debian's keys have signed.
#
# KERNEL is a suite (bookworm, trixie-backports, sid), `newest`, or a version as
# far as it is known: 6.12, 5.10.223, 6.1.0-50, 6.1.0-50-amd64. Of several that
# fit it is the newest; that answer is good for a day.
#
# With LAST, another KERNEL, it fetches nothing: one line with the releases of all kernels of
# Debian's from the one to the other, as far as the mirror has them, the oldest first.
#
# With --sources SUITE it only prints the lines for sources.list that it would use.
#
# Exit: 2 when there is no such kernel or no space, 69 when no mirror can be reached.

set -u
export LC_ALL=C
name=${LOSTWRITE_ARGV0-lostwrite}
keys=/usr/share/keyrings/debian-archive-keyring.gpg
arch=amd64
offline='Could not (resolve|connect)|Temporary failure|Cannot initiate|[Uu]nable to connect|timed out|unreachable'
# Where a version is looked for, the likeliest first.
suites=(bullseye bookworm bookworm-backports trixie trixie-backports sid)

fail() {
	echo "${name##*/}: $*" >&2
	exit "${code:-2}"
}

unreachable() { code=69 fail "$@"; }

# The mirrors in the system's sources, in either format: those with a path that ends in NAME.
mirror() { # NAME
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources \
		2>/dev/null | sed -n 's/#.*//; s/^URIs: *//p; s/^deb  *\(\[[^]]*\] *\)\?//p' |
		grep -oE "[a-z+]+://[^ ]+/$1/?( |$)" | head -n 1 | sed 's|/* *$||'
}

# Old suites have Release files that have expired; their signature still counts.
sources() { # SUITE
	local options="[signed-by=$keys check-valid-until=no]" main security

	main=$(mirror debian) security=$(mirror debian-security)
	[ -n "$main" ] || unreachable "no Debian mirror among apt's sources in /etc/apt"
	echo "deb $options $main $1 main"
	case $1 in
	*-backports | sid | unstable | experimental) ;;
	*) [ -z "$security" ] || echo "deb $options $security $1-security main" ;;
	esac
}

# apt with directories of its own.
private() { # SUITE COMMAND ARGUMENT...
	local base=$cache/apt/$1

	shift
	APT_CONFIG=$base/apt.conf "$@"
}

configure() { # SUITE
	local base=$cache/apt/$1

	command -v apt-get >/dev/null || unreachable "--deb needs apt-get, which is not here"
	[ -e "$keys" ] || fail "$keys is missing; install the package debian-archive-keyring"
	mkdir -p "$base"/{none,etc/preferences.d,state/lists/partial,cache/archives/partial} ||
		fail "cannot make $base"
	: >"$base/status"
	sources "$1" >"$base/etc/sources.list" || exit
	cat >"$base/apt.conf" <<-END
		#clear APT::Update;
		Dir::Etc "$base/etc";
		Dir::Etc::parts "$base/none";
		Dir::State "$base/state";
		Dir::State::status "$base/status";
		Dir::Cache "$base/cache";
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; };
		APT::Sandbox::User "$(id -un)";
		Acquire::Languages "none";
		Acquire::GzipIndexes "false";
		Acquire::Retries "2";
	END
}

# `RELEASE VERSION PACKAGES SOURCE` for each kernel of a suite, made anew once a day.
index() { # SUITE
	local list=$cache/apt/$1/kernels log=$cache/apt/$1/log why

	if [ -z "$(find "$list" -mtime -1 2>/dev/null)" ]; then
		configure "$1" || exit
		if private "$1" apt-get -q update >"$log" 2>&1 && ! grep -q '^[WE]: ' "$log"; then
			cat "$cache/apt/$1"/state/lists/*_Packages | kernels | sort -u >"$list.new"
			mv "$list.new" "$list"
		elif [ ! -e "$list" ]; then
			why=$(grep -m 1 '^[WE]: ' "$log" | cut -c 4-200)
			! grep -qE "$offline" "$log" ||
				unreachable "no Debian mirror can be reached: ${why:-apt does not say why}"
			fail "suite $1: ${why:-apt-get failed and does not say why}"
		fi
	fi
	cat "$list"
}

# Debian has split the image into linux-binary and linux-modules; then linux-image is empty.
kernels() {
	awk -v arch="$arch" '
		/^Package: / { package = source = $2 }
		/^Source: / { source = $2 }
		/^Version: / { version = $2 }
		/^$/ && match(package, "^linux-(image|binary|modules)-[0-9]+\\.[0-9]+\\.[0-9][^ ]*-" arch "$") &&
			package !~ "-(cloud|rt|dbg|unsigned)-?" {
			kind = package; sub("^linux-", "", kind)
			release = kind; sub("^[a-z]*-", "", release); sub("-.*", "", kind)
			has[release " " version, kind] = 1
			all[release " " version] = release
			from[release " " version] = source
		}
		END {
			for (k in all)
				if (((k, "binary") in has) && ((k, "modules") in has))
					print k, "linux-binary-" all[k] ",linux-modules-" all[k], from[k]
				else if ((k, "image") in has)
					print k, "linux-image-" all[k], from[k]
		}'
}

# The newest of the lines whose release or version begins with WANTED. Without WANTED it is
# the suite's own: bullseye has also a linux-6.1, made for it from a later suite.
newest() { # WANTED
	local best='' best_version='' release version packages source

	while read -r release version packages source; do
		if [ -z "$1" ]; then
			[[ $source =~ ^linux(-signed-[a-z].*)?$ ]] || continue
		else
			[[ $release == "$1" || $release == "$1"[-.+~]* || $version == "$1" ||
				$version == "$1"[-.+~]* ]] || continue
		fi
		if [ -z "$best" ] || dpkg --compare-versions "$version" gt "$best_version"; then
			best="$release $version $packages" best_version=$version
		fi
	done
	echo "$best"
}

# "SUITE RELEASE VERSION PACKAGES" of what was asked for.
find_kernel() { # KERNEL
	local suite list status found known=

	case $1 in
	newest) set -- sid '' ;;
	[0-9]*) set -- '' "$1" ;;
	*) set -- "$1" '' ;;
	esac
	if [ -n "$1" ]; then
		list=$(index "$1") || exit
		found=$(newest '' <<<"$list")
		[ -n "$found" ] || fail "no kernel found in the suite $1"
		echo "$1 $found"
		return
	fi
	case $2 in
	5.10*) suites=(bullseye) ;;
	6.1 | 6.1[.-]*) suites=(bookworm) ;;
	6.12*) suites=(trixie bookworm-backports) ;;
	esac
	for suite in "${suites[@]}"; do
		# A suite that this mirror lacks is no news while others are asked.
		list=$(index "$suite" 2>"$cache/kernels/.why-$$")
		status=$?
		[ "$status" != 69 ] || cat "$cache/kernels/.why-$$" >&2
		rm -f "$cache/kernels/.why-$$"
		[ "$status" != 69 ] || exit 69
		[ "$status" = 0 ] || continue
		found=$(newest "$2" <<<"$list")
		[ -z "$found" ] || { echo "$suite $found" && return; }
		known+="; $suite has $(cut -d ' ' -f 1 <<<"$list" | paste -sd ' ')"
	done
	fail "the mirror has no kernel $2 (any more)${known:-; ${suites[*]} have none}"
}

unpack() { # SUITE RELEASE VERSION PACKAGES TARGET
	local work deb packages image

	# Named before it is made: a signal may come at any time.
	work=$cache/.deb.$$
	# shellcheck disable=SC2064 # the directory of now
	trap "rm -rf '$work'" EXIT
	trap 'exit 130' INT TERM HUP
	rm -rf "$work"
	mkdir "$work" || fail "cannot make a directory in $cache"
	echo "fetching Debian's kernel $2 ($3, from $1)" >&2
	mapfile -t packages < <(tr , '\n' <<<"$4" | sed "s/\$/=$3/")
	mkdir "$work/root"
	(cd "$work" && private "$1" apt-get -q download "${packages[@]}") >"$work/log" 2>&1 ||
		fail "cannot download $2: $(grep '^[WE]: ' "$work/log" | head -n 1 | cut -c 4-200)"
	for deb in "$work"/*.deb; do
		dpkg-deb -x "$deb" "$work/root" || fail "cannot unpack $deb; is there space in $cache?"
	done
	mkdir -p "$work/root/lib/modules"
	if [ -d "$work/root/usr/lib/modules" ]; then
		cp -al "$work/root/usr/lib/modules/." "$work/root/lib/modules" || fail "cannot write $work"
	fi
	[ -d "$work/root/lib/modules/$2" ] || fail "no modules of $2 in $4"
	image=$(find "$work/root/boot" "$work/root/lib" -name 'vmlinu[xz]*' -type f 2>/dev/null | head -n 1)
	[ -n "$image" ] || fail "no kernel image in $4"
	ln "$image" "$work/root/vmlinuz" || fail "cannot write $work"
	rm -rf "$work/root/usr"
	depmod -b "$work/root" "$2" 2>/dev/null || fail "depmod failed for $2"
	mkdir -p "${5%/*}"
	mv -T "$work/root" "$5" 2>/dev/null || [ -d "$5" ] || fail "cannot write $5"
}

# The releases from A to B, in the order of their versions; of one release the newest version.
between() { # A B
	local from to low high list

	from=$(find_kernel "$1") && to=$(find_kernel "$2") || exit
	low=$(cut -d ' ' -f 3 <<<"$from") high=$(cut -d ' ' -f 3 <<<"$to")
	! dpkg --compare-versions "$low" gt "$high" ||
		fail "$1 ($low) is newer than $2 ($high): are they crossed?"
	list=$(for suite in "${suites[@]}"; do index "$suite" 2>/dev/null; done |
		awk '$4 ~ /^linux(-signed-[a-z].*)?$/ { print $2, $1 }' | sort -uV)
	while read -r version release; do
		dpkg --compare-versions "$version" lt "$low" ||
			dpkg --compare-versions "$version" gt "$high" || echo "${release%"-$arch"}"
	done <<<"$list" | tac | awk '!seen[$0]++' | tac | paste -sd ' '
}

[ "${1-}" != --sources ] || {
	sources "$2"
	exit
}
[ $# = 2 ] || [ $# = 3 ] || {
	sed -n '4s/^# //p' "$0" >&2
	exit 64
}
for word in "$1" "${3-newest}"; do
	[[ $word =~ ^[a-z0-9][a-z0-9.+~-]*$ ]] || fail "'$word' is not a suite, a version or 'newest'"
done
PATH=$PATH:/usr/sbin:/sbin cache=$2
if [ $# = 3 ]; then
	mkdir -p "$cache/kernels" || fail "cannot make $cache/kernels"
	between "$1" "$3"
	exit
fi
answer=$cache/kernels/.answer-$1
if [ -n "$(find "$answer" -mtime -1 2>/dev/null)" ] && [ -e "$(cat "$answer")/vmlinuz" ]; then
	cat "$answer"
	exit
fi
mkdir -p "$cache/kernels" || fail "cannot make $cache/kernels"
exec 9>"$cache/kernels/.lock-$1"
flock 9
found=$(find_kernel "$1") || exit
read -r suite release version packages <<<"$found"
target=$cache/kernels/${release}_$version
[ -e "$target/vmlinuz" ] || unpack "$suite" "$release" "$version" "$packages" "$target"
echo "$target" | tee "$answer.$$" && mv "$answer.$$" "$answer"
