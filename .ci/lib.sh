# What the steps share: settings, the tree, tools, reports, jobs side by side.
# shellcheck shell=bash
#
# It needs Go, a C compiler (for the race detector) and bash 4.4. A step sources
# it first, then stands in the root of the repository and reads no input.

set -euo pipefail
shopt -s inherit_errexit

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
exec </dev/null

readonly golangci_version=v2.15.0
readonly govulncheck_version=v1.9.0
# The package has no version tags; this is a commit of November 13, 2026.
readonly apidiff_version=v0.0.0-20261113113407-e3970619a1a4
readonly axe_version=4.14.1

# The Go command ends a test binary after this time; without it a deadlock
# would use up the time of the whole run.
readonly test_timeout=20m

# A key in the environment would turn the examples into real, charged sends.
# shellcheck disable=SC2086 # the names hold no blanks, and there may be none
unset ${!PILOT_STATUS_@}

# Stamping binaries with the commit fails in a checkout that another user owns.
export GOFLAGS="${GOFLAGS:+$GOFLAGS }-buildvcs=false"

# --- Reports -----------------------------------------------------------------

scratch=$(mktemp -d)
job_groups=()

# on_exit also ends the jobs of side_by_side, which no longer run unless a signal
# ended the step.
on_exit() {
	local status=$?
	local group
	for group in "${job_groups[@]}"; do
		kill -- "-$group" 2>/dev/null || true
	done
	rm -rf "$scratch"
	# .ci/run reports the end of a step itself.
	if ((status != 0)) && [[ -z ${CI_NOTES-} ]]; then
		printf '\nFAIL: %s (exit status %d, after %d s)\n' "${0##*/}" "$status" "$SECONDS"
	fi
}
trap on_exit EXIT

die() {
	printf '%s\n' "$*" >&2
	exit 1
}

# note KIND TEXT leaves a fact for the summary of .ci/run. The kinds are tested,
# module, fuzzed and skipped. A step that runs alone has no summary.
note() {
	printf '%s\t%s\n' "$1" "$2" >>"${CI_NOTES:-/dev/null}"
}

# --- The tree ----------------------------------------------------------------

# find_files PATTERN prints the project's own files of that name, each with a
# NUL behind it; testdata may hold anything.
find_files() {
	find . \( -name .git -o -name .tools -o -name testdata -o -name vendor \) -prune \
		-o -type f -name "$1" -print0
}

# find_modules prints the folder of every go.mod, the root's first.
find_modules() {
	find_files go.mod | while IFS= read -r -d '' file; do dirname "$file"; done | LC_ALL=C sort
}

# load_modules sets modules to all of them and nested to all but the root's.
load_modules() {
	local found
	found=$(find_modules)
	mapfile -t modules <<<"$found"
	[[ ${modules[0]} == . ]] || die "the root has no go.mod"
	# shellcheck disable=SC2034 # test-modules reads it
	nested=("${modules[@]:1}")
}

# in_module DIR COMMAND... runs a command inside a module.
in_module() {
	local dir=$1
	shift
	(cd "$dir" && "$@")
}

# each_module COMMAND... runs "COMMAND... DIR" for every module, one after another.
each_module() {
	local dir
	load_modules
	for dir in "${modules[@]}"; do
		printf '\n-- %s\n' "$dir"
		"$@" "$dir"
	done
}

# --- Jobs side by side -------------------------------------------------------

# job COMMAND DIR LOG runs one job into LOG and its status into LOG.status. The
# command stands in no condition: bash would then ignore errors inside.
job() {
	set +e
	(
		set -e
		"$1" "$2"
	) >"$3" 2>&1
	echo $? >"$3.status"
}

# side_by_side COMMAND DIR... runs "COMMAND DIR" for every folder, as many at once
# as there are processors. All of them end, then each output is printed in one
# piece, and it fails if one of them failed. It must not be called from a
# condition.
side_by_side() {
	local command=$1 dir log limit status
	local -a logs=() failed=()
	shift
	limit=$(getconf _NPROCESSORS_ONLN)
	# Each job is a process group of its own: otherwise bash makes it ignore an
	# interrupt, and the end of its shell would leave its programs running.
	set -m
	for dir; do
		while (($(jobs -rp | wc -l) >= limit)); do
			wait -n || true
		done
		log=$scratch/job.${#logs[@]}
		logs+=("$log")
		job "$command" "$dir" "$log" &
		job_groups+=("$!")
	done
	wait
	set +m
	job_groups=()
	for log in "${logs[@]}"; do
		printf '\n-- %s\n' "$1"
		cat "$log"
		status=$(cat "$log.status")
		((status == 0)) || failed+=("$1")
		shift
	done
	((${#failed[@]} == 0)) || die "failed in: ${failed[*]}"
}

# --- Tests -------------------------------------------------------------------

# test_module DIR tests a module and notes its packages for the summary.
test_module() {
	local log line
	log=$(mktemp "$scratch/test.XXXXXX")
	in_module "$1" go test -race -timeout "$test_timeout" ./... 2>&1 | tee "$log"
	note module "$1"
	# A module without tests has no such line.
	{ grep '^ok' "$log" || true; } | while IFS= read -r line; do note tested "$line"; done
}

# --- Tools -------------------------------------------------------------------

# install_tool NAME MODULE VERSION PACKAGE installs a tool unless that version,
# built with the Go in use, is there: an older Go could not read newer code.
install_tool() {
	local name=$1 module=$2 version=$3 package=$4
	local binary=$root/.tools/bin/$name info=
	if [[ -x $binary ]]; then
		info=$(go version -m "$binary")
		if [[ $info == *"$(go env GOVERSION)"* && $info == *$'\tmod\t'"$module"$'\t'"$version"$'\t'* ]]; then
			echo "$name $version is installed"
			return
		fi
	fi
	# With a version, go install leaves this module's go.mod alone.
	GOBIN=$root/.tools/bin go install "$package@$version"
	echo "$name $version was installed"
}

# need TOOL installs what a step needs.
need() {
	case $1 in
	golangci-lint)
		install_tool golangci-lint github.com/golangci/golangci-lint/v2 "$golangci_version" \
			github.com/golangci/golangci-lint/v2/cmd/golangci-lint
		;;
	govulncheck)
		install_tool govulncheck golang.org/x/vuln "$govulncheck_version" \
			golang.org/x/vuln/cmd/govulncheck
		;;
	apidiff)
		install_tool apidiff golang.org/x/exp "$apidiff_version" golang.org/x/exp/cmd/apidiff
		;;
	postgres) install_postgres ;;
	pgbouncer) install_pgbouncer ;;
	chromium) install_chromium ;;
	axe-core) install_axe ;;
	python3 | node) install_interpreter "$1" ;;
	*) die "unknown tool: $1" ;;
	esac
}

# has_postgres looks for PostgreSQL in PATH and where Debian puts it.
has_postgres() {
	command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

# install_postgres installs the PostgreSQL that pilotstatuspg and an example are tested
# on. Where that fails, their tests fail and say what they need. The package
# must not start a server: the tests start their own.
install_postgres() {
	local -x DEBIAN_FRONTEND=noninteractive
	if has_postgres; then
		echo "PostgreSQL is installed"
	elif ((EUID != 0)) || ! command -v apt-get >/dev/null; then
		echo "PostgreSQL is missing, and only root with apt-get can install it"
	elif { apt-get -qq update || true; } && apt-get -qq -y install postgresql-common >/dev/null &&
		sed -i -E 's/^#?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf &&
		apt-get -qq -y install --no-install-recommends postgresql >/dev/null; then
		echo "PostgreSQL was installed"
	else
		echo "PostgreSQL could not be installed"
	fi
}

# install_pgbouncer installs the pooler that a test of pilotstatuspg needs, which starts
# its own. The package must not start one.
install_pgbouncer() {
	local -x DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
	if command -v pgbouncer >/dev/null || [[ -x /usr/sbin/pgbouncer ]]; then
		echo "PgBouncer is installed"
	elif ((EUID != 0)) || ! command -v apt-get >/dev/null; then
		echo "PgBouncer is missing, and only root with apt-get can install it"
	elif { apt-get -qq update || true; } && apt-get -qq -y install --no-install-recommends pgbouncer >/dev/null; then
		echo "PgBouncer was installed"
	else
		echo "PgBouncer could not be installed"
	fi
}

# install_interpreter NAME installs what the snippets of docs/emulator.md run on. Where
# that fails, their test fails and says what it needs.
install_interpreter() {
	local -x DEBIAN_FRONTEND=noninteractive
	if command -v "$1" >/dev/null; then
		echo "$1 is installed"
	elif ((EUID != 0)) || ! command -v apt-get >/dev/null; then
		echo "$1 is missing, and only root with apt-get can install it"
	elif { apt-get -qq update || true; } && apt-get -qq -y install --no-install-recommends "${1/#node/nodejs}" >/dev/null; then
		echo "$1 was installed"
	else
		echo "$1 could not be installed"
	fi
}

# has_chromium looks for the names under which the tests look for it.
has_chromium() {
	command -v chromium || command -v chromium-browser || command -v google-chrome-stable || command -v google-chrome
}

# install_chromium installs the browser that the page of the emulator is tested in. Where
# that fails, its tests fail and say what they need.
install_chromium() {
	local -x DEBIAN_FRONTEND=noninteractive
	if has_chromium >/dev/null; then
		echo "Chromium is installed"
	elif ((EUID != 0)) || ! command -v apt-get >/dev/null; then
		echo "Chromium is missing, and only root with apt-get can install it"
	elif { apt-get -qq update || true; } && apt-get -qq -y install --no-install-recommends chromium >/dev/null; then
		echo "Chromium was installed"
	else
		echo "Chromium could not be installed"
	fi
}

# install_axe brings axe-core, which examines the page of the emulator, into .tools. No
# module depends on it. Where that fails, its test fails and says what it needs.
install_axe() {
	local folder=$root/.tools/axe-core
	if grep -qF "\"version\": \"$axe_version\"" "$folder/package.json" 2>/dev/null; then
		echo "axe-core $axe_version is installed"
	elif command -v npm >/dev/null && (cd "$scratch" && npm pack --silent "axe-core@$axe_version") >/dev/null; then
		rm -rf "$folder"
		mkdir -p "$folder"
		tar -xzf "$scratch/axe-core-$axe_version.tgz" --strip-components=1 -C "$folder" package/package.json package/axe.min.js
		echo "axe-core $axe_version was installed"
	else
		echo "axe-core could not be installed; it needs npm"
	fi
}
