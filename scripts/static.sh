#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# static.sh [-v] [CHECK…]: the checks of `make static`, those that take too long
# for each `make lint`. They are found in scripts/lint/static.sh and run by
# lint.sh; what it says of itself holds here as well. When all is good the only
# output is the size of the module's largest stack frames.

set -euo pipefail

self=$(readlink -f -- "${BASH_SOURCE[0]}")
exec "${self%/*}/lint.sh" -s "$@"
