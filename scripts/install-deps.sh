#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Installs the Debian packages that are missing; says nothing when none is.
#
# usage: install-deps.sh [--list] build|check|docs|whatif ...
#
# This is the one list of the project's dependencies; docs/dependencies.md says what each is for.
set -eu

packages() {
	case $1 in
	build)	# what `make` and the program need
		echo gcc libc6-dev linux-libc-dev
		echo libyaml-dev libjson-c-dev libisal-dev libzstd-dev zlib1g-dev
		;;
	check)	# what `make check` needs
		packages build
		echo libcunit1-dev binutils git clang clang-format linux-headers-ARCH
		echo python3 python3-pytest python3-yaml python3-jsonschema
		echo accel-config zstd man-db groff-base
		echo python3-matplotlib python3-distributed chromium
		;;
	docs)	# what redraws the pictures of docs/
		packages build
		echo python3 python3-matplotlib
		;;
	whatif)	# what sweeps need; python3-distributed only for --scheduler
		echo python3 python3-yaml python3-matplotlib
		;;
	*)
		echo "usage: install-deps.sh [--list] build|check|docs|whatif ..." >&2
		exit 2
		;;
	esac
}

list=no
if [ "${1-}" = --list ]; then
	list=yes
	shift
fi
[ $# -gt 0 ] || packages usage
arch=$(dpkg --print-architecture 2>/dev/null || echo amd64)
wanted=
for set in "$@"; do
	wanted="$wanted $(packages "$set" | sed "s/linux-headers-ARCH/linux-headers-$arch/")"
done
# accel-config exists where the hardware does.
[ "$arch" = amd64 ] || wanted=$(echo "$wanted" | sed 's/\<accel-config\>//')
wanted=$(printf '%s\n' $wanted | sort -u)
if [ $list = yes ]; then
	echo "$wanted"
	exit 0
fi

if ! command -v dpkg-query >/dev/null 2>&1; then
	echo "install-deps: no Debian system; needed are the equivalents of:" $wanted >&2
	exit 0
fi
have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p')
missing=
for p in $wanted; do
	printf '%s\n' "$have" | grep -qxF "$p" || missing="$missing $p"
done
[ -n "$missing" ] || exit 0

root=
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		echo "install-deps: missing packages; as root: apt-get install$missing" >&2
		exit 1
	fi
	root="sudo env"
fi
echo "installing:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
apt() {
	${root:-env} DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@"
}
# The package lists of a fresh system are empty or old; without a network the old ones may do.
apt update >"$log" 2>&1 || true
if ! apt install --no-install-recommends $missing >>"$log" 2>&1; then
	tail -n 20 "$log" >&2
	echo "install-deps: apt-get install$missing failed" >&2
	exit 1
fi
