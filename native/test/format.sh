#!/bin/sh
# All C files are as clang-format leaves them: format.sh <top of the project>
set -eu
if ! command -v clang-format >/dev/null; then
    echo "skipped: no clang-format"
    exit 77
fi
cd "$1"
find native benchmarks/reference benchmarks/native \( -name '*.c' -o -name '*.h' \) -exec clang-format --dry-run -Werror {} +
