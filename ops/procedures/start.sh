#!/usr/bin/env bash
# Every procedure NAME.sh is a link to this file, which runs NAME.py beside it.
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
name=$(basename "$0" .sh)
if [ ! -f "$here/$name.py" ]; then
  echo "$name: no such procedure in $here" >&2
  exit 3
fi
if ! command -v python3 >/dev/null; then
  echo "$name: needs python3 (Debian: apt-get install python3)" >&2
  exit 3
fi
PYTHONPATH="$here/.." exec python3 -B "$here/$name.py" "$@"
