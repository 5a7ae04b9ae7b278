#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# clock: counted
#
# soak_faults.sh [SECONDS [SEED]]: stream for so long (1800) while somebody is killed
# again and again, or stopped for a moment; and while programs are slower than the
# frames, or take other formats.

# shellcheck source=tests/lab/lib_kills.sh
. "${0%/*}/lib_kills.sh"

kills "${1:-1800}" "${2:-$RANDOM}" faults
