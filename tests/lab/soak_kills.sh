#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# clock: counted
#
# soak_kills.sh [KILLS [SEED]]: so many (1000) random kills of guestd, its helper,
# hostd's processes, the connection and programs, over unix and vsock, see kills.c.
#
# soak_faults.sh has the same for so many seconds, and others that are stopped.

# shellcheck source=tests/lab/lib_kills.sh
. "${0%/*}/lib_kills.sh"

kills "${1:-1000}" "${2:-$RANDOM}"
