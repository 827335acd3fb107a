#!/bin/sh
# The shared library exports just the functions of sockeye.h, and those that the JVM calls: exports.sh <library> <header>
set -eu
if ! command -v nm >/dev/null; then
    echo "skipped: no nm"
    exit 77
fi
declared=$(sed -n 's/^int[0-9]*_t \(sockeye_[a-z_]*\)(.*/\1/p' "$2" | LC_ALL=C sort)
exported=$(nm -D --defined-only "$1" | awk '$3 !~ /^Java_dev_sockeye_/ { print $3 }' | LC_ALL=C sort)
if [ -z "$declared" ] || [ "$declared" != "$exported" ]; then
    printf 'declared:\n%s\nexported:\n%s\n' "$declared" "$exported"
    exit 1
fi
