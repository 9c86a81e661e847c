#!/bin/sh
# Installs todoflow: downloads the binary of a release for this machine, verifies its checksum, puts it in place.
#
#   curl -fsSL https://github.com/todoflow/todoflow/releases/latest/download/install.sh | sh
#   ... | sh -s -- --version 0.1.0 --dir /usr/local/bin
#   ... | sh -s -- --uninstall
#
# TODOFLOW_INSTALL   the folder, as --dir; default: ~/.local/bin
# TODOFLOW_BASE_URL  a mirror of the releases: BASE/latest/download/FILE and BASE/download/vVERSION/FILE

# One command from here to the last line, so that a script that was cut off anywhere does nothing.
{
set -eu

main() {
  base=${TODOFLOW_BASE_URL:-https://github.com/todoflow/todoflow/releases}
  dir=${TODOFLOW_INSTALL:-}
  version=
  action=install
  while [ $# -gt 0 ]; do
    case $1 in
      --dir | --version)
        [ $# -ge 2 ] || usage "$1 needs a value"
        if [ "$1" = --dir ]; then dir=$2; else version=${2#v}; fi
        shift
        ;;
      --uninstall) action=uninstall ;;
      -h | --help) help && exit 0 ;;
      *) usage "unknown argument \"$1\"" ;;
    esac
    shift
  done
  case $version in
    *[!A-Za-z0-9.+-]*) usage "\"$version\" is no version" ;;
  esac
  [ -n "$dir" ] || dir=${HOME:?}/.local/bin
  "$action"
}

install() {
  file=todoflow-$(platform)
  if [ -n "$version" ]; then from=$base/download/v$version; else from=$base/latest/download; fi
  [ ! -d "$dir/todoflow" ] || fail "$dir/todoflow is a folder"
  mkdir -p "$dir" || fail "cannot make the folder $dir: choose another one with --dir"
  # In the same folder, so that the last step is a rename: there is the old binary or the new one, never a part of one.
  temp=$(mktemp -d "$dir/.todoflow-XXXXXX") || fail "cannot write to $dir: choose another folder with --dir"
  trap 'rm -rf "$temp"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP

  echo "Downloading $from/$file" >&2
  download "$from/checksums.txt" "$temp/checksums.txt"
  download "$from/$file" "$temp/todoflow"
  verify
  # Only a file that was released may run.
  chmod 755 "$temp/todoflow"
  said=$("$temp/todoflow" --version) || fail "$file does not run on this machine"
  mv -f "$temp/todoflow" "$dir/todoflow"
  echo "Installed $said as $dir/todoflow" >&2
  case :$PATH: in
    *":$dir:"*) ;;
    *) echo "Put it on your PATH: export PATH=\"$dir:\$PATH\"" >&2 ;;
  esac
}

uninstall() {
  if [ ! -f "$dir/todoflow" ]; then fail "there is no todoflow in $dir"; fi
  rm -f "$dir/todoflow" || fail "cannot remove $dir/todoflow"
  echo "Removed $dir/todoflow" >&2
  state=${XDG_STATE_HOME:-${HOME:-}/.local/state}/todoflow
  if [ -d "$state" ]; then
    echo "What it knows of released applications is still in $state" >&2
  fi
}

# The name of this machine's platform in the names of the binaries.
platform() {
  system=$(uname -s)
  machine=$(uname -m)
  case $machine in
    x86_64 | amd64) cpu=x86_64 ;;
    aarch64 | arm64) cpu=aarch64 ;;
    *) fail "there is no binary for $machine" ;;
  esac
  case $system in
    Darwin) echo "$cpu-apple-darwin" ;;
    Linux)
      case $(ldd --version 2>&1 || true) in
        *musl*) fail "there is no binary for musl: it needs glibc, such as in Debian, Ubuntu or Fedora" ;;
      esac
      echo "$cpu-unknown-linux-gnu"
      ;;
    MINGW* | MSYS* | CYGWIN* | Windows_NT)
      fail "on Windows download todoflow-x86_64-pc-windows-msvc.exe and checksums.txt from $base"
      ;;
    *) fail "there is no binary for $system" ;;
  esac
}

download() {
  if command -v curl >/dev/null 2>&1; then
    # A mirror may be without TLS; an answer that came by TLS must not lead away from it.
    case $1 in https:*) protocols='=https' ;; *) protocols='=http,https' ;; esac
    # What gives no byte for a minute will not come.
    curl -fsSL --tlsv1.2 --proto "$protocols" --connect-timeout 30 --speed-limit 1 --speed-time 60 -o "$2" "$1" ||
      fail "cannot download $1"
  elif command -v wget >/dev/null 2>&1; then
    wget -q -T 60 -O "$2" "$1" || fail "cannot download $1"
  else
    fail "neither curl nor wget is installed"
  fi
}

verify() {
  expected=$(awk -v name="$file" '$2 == name || $2 == "*" name { print $1 }' "$temp/checksums.txt")
  [ -n "$expected" ] || fail "checksums.txt does not name $file"
  if command -v sha256sum >/dev/null 2>&1; then
    actual=$(sha256sum <"$temp/todoflow")
  elif command -v shasum >/dev/null 2>&1; then
    actual=$(shasum -a 256 <"$temp/todoflow")
  else
    fail "neither sha256sum nor shasum is installed, so the download cannot be verified"
  fi
  [ "${actual%% *}" = "$expected" ] || fail "$file is not the released file: its checksum is ${actual%% *}, expected $expected"
}

help() {
  cat <<'EOF'
Usage: install.sh [--version VERSION] [--dir FOLDER] [--uninstall]

Downloads todoflow for this machine, verifies its checksum and puts it into
FOLDER: else $TODOFLOW_INSTALL, else ~/.local/bin. $TODOFLOW_BASE_URL is a
mirror of https://github.com/todoflow/todoflow/releases.
EOF
}

usage() {
  echo "install.sh: $1" >&2
  help >&2
  exit 2
}

fail() {
  echo "install.sh: $1" >&2
  exit 1
}

main "$@"
}
