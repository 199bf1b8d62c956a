# Installs one of Debian's packages, without starting or enabling what it brings:
#
#   flock --close /var/lib/dpkg sh apt-install.sh <package> [<system service> ...]
#
# Needs root. It ends by itself, also when who called it is gone: dpkg must not be stopped halfway, and the two files
# below must not stay.
set -u
trap '' PIPE INT HUP
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
package=$1
shift

say() { echo "[services] $*" >&2; }
is_installed() { dpkg-query --show --showformat '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii'; }

# Another test worker was first.
is_installed && exit 0

# Packages start their services unless this file says no (exit code 101). One that is there already is its owner's.
policy=/usr/sbin/policy-rc.d
mark='# by the tests of breakwater, for the time of one installation'
# PostgreSQL's package makes a cluster that starts with the machine, unless told not to.
clusters=/etc/postgresql-common/createcluster.d/breakwater-tests.conf

clean_up() {
  grep -qxF "$mark" "$policy" 2>/dev/null && rm -f "$policy"
  rm -f "$clusters"
  rmdir --parents "$(dirname "$clusters")" 2>/dev/null
}
clean_up # of a run that was killed
trap clean_up EXIT
[ -e "$policy" ] || { printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy" && chmod 755 "$policy"; }
case $package in
  postgresql*) mkdir -p "$(dirname "$clusters")" && echo 'create_main_cluster = false' >"$clusters" ;;
esac

install() {
  timeout 300 apt-get -qq -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$package" 2>&1
}

say "no $package on this machine: apt-get install $package ..."
if ! output=$(install); then
  say 'again, after apt-get update ...'
  timeout 120 dpkg --configure -a >/dev/null 2>&1
  timeout 120 apt-get -qq update >/dev/null 2>&1
  if ! output=$(install); then
    say "$(echo "$output" | tail -n 3)"
    exit 1
  fi
fi

for service in "$@"; do
  timeout 30 service "$service" stop >/dev/null 2>&1
  timeout 30 update-rc.d "$service" disable >/dev/null 2>&1
done
exit 0
