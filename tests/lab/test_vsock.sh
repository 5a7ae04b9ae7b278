#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 60
#
# The unit test of vsock, where there is vsock: it skips most of itself on a machine
# that cannot talk to itself by it.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

load vsock_loopback
log=$LAB_OUT/test_transport_vsock.log
timeout -k 5 40 "$build/asan/tests/unit/test_transport_vsock" > "$log" 2>&1
check "test_transport_vsock ends well" test $? -eq 0
mapfile -t passed < <(sed -n 's/^\[ *OK \] //p' "$log")
for name in "${passed[@]}"; do
	ok "$name"
done
check "and skips nothing" test "$(grep -c '^\[ RUN ' "$log")" -eq ${#passed[@]}
