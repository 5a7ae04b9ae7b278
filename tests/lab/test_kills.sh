#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 600
# clock: counted
#
# 200 random kills, see kills.c; who dies is always the same, but not when.

# shellcheck source=tests/lab/lib_kills.sh
. "${0%/*}/lib_kills.sh"

kills 200 5
