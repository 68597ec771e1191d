#!/usr/bin/env bash
# Make the lock files anew: exact versions with hashes, one file for each Python version and use. Needs uv.
set -euo pipefail
cd "$(dirname "$0")/.."
for python in 3.10 3.11 3.12 3.13; do
  for extra in demo test; do
    uv pip compile pyproject.toml .ci/build.in --extra "$extra" --universal --python-version "$python" \
      --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet --upgrade \
      --output-file ".ci/lock-$extra-$python.txt"
  done
done
