#!/usr/bin/env bash
# Installs the system packages a build needs, if any is missing: RE2, libcrypt, zlib, Snappy, SQLite, a C++ standard library, certificates, time zones.
# Debian and Ubuntu; needs root (or sudo) only if something is missing. More packages may be named: setup.sh redis-server …
set -euo pipefail

wanted=(libcrypt-dev libre2-dev libsnappy-dev libsqlite3-dev zlib1g-dev pkg-config ca-certificates tzdata g++ make "$@")

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# pkg-config is a name that pkgconf fills on newer systems; the program is what counts. The same goes for g++ and make.
missing=()
for package in "${wanted[@]}"; do
    case $package in
    pkg-config | g++ | make) command -v "$package" >/dev/null || missing+=("$package") ;;
    *) command -v dpkg-query >/dev/null && installed "$package" || missing+=("$package") ;;
    esac
done

if ! command -v swift >/dev/null; then
    echo "The Swift toolchain (6.3) is not on the PATH. Get it from https://www.swift.org/install/linux/ and try again." >&2
    exit 1
fi
[ ${#missing[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "This set-up knows Debian and Ubuntu only. Install by hand what these packages hold, then call the command again with SETUP=skip:" >&2
    echo "  ${missing[*]}   (RE2, libcrypt, Snappy, SQLite and zlib with their headers, a C++17 standard library, TLS certificates, time zones)" >&2
    exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "These packages are missing and you are neither root nor is there sudo: ${missing[*]}" >&2; exit 1; }
    as_root=(sudo)
fi
echo "Installing missing packages: ${missing[*]}"
"${as_root[@]}" apt-get update -qq || echo "The package lists could not be refreshed; trying with those at hand." >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
