# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# The part of tests/lab/run that has two VMs, which talk over vsock:
#
#	SCRIPT ── vsock ── vhost-device-vsock ── relay ── vhost-device-vsock ── vsock ── OTHER
#
# A port of the host (CID 2) in the VM of SCRIPT, one of pair_ports, is the same port of
# the VM of OTHER, where who connects seems to be the host.  vhost-device-vsock can join
# two VMs by itself, but loses what is larger than a page.
#
# The $LAB_OUT of OTHER is $LAB_OUT/other of SCRIPT, so that they see each other's files.
# OTHER ends when it sees $LAB_OUT/over, which is made when SCRIPT has ended; what it has
# said comes then.
#
# Where vhost-device-vsock cannot be had, run says `# skipped: ...' and starts no VM.
#
# shellcheck disable=SC2034,SC2154 # run has the others

pair_ports=(848 849)
pair_memory=768	# of OTHER's VM
pair_between=()	# process ids
pair_run=	# of OTHER's run

# pair_until COMMAND...: wait at most 20 s until it succeeds
pair_until()
{
	local i

	for ((i = 0; i < 400; i++)); do
		! "$@" || return 0
		sleep 0.05
	done
	say "not after 20 s: $*"
	return 1
}

# pair_begin COMMAND...: it does not outlive us
pair_begin()
{
	setpriv --pdeathsig TERM "$@" < /dev/null >> "$out/between" 2>&1 &
	pair_between+=($!)
}

# What is between the VMs, then OTHER's
pair_start()
{
	local status=0 program port end

	program=$("$here/vhost_vsock") || status=$?
	if [ $status -eq 3 ]; then
		echo "# skipped: two VMs: vhost-device-vsock cannot be had"
		exit 0
	fi
	[ $status -eq 0 ] || exit 125
	rm -rf "$out/other"
	mkdir "$out/other"
	: > "$out/between"
	pair_begin "$program" \
		--vm "guest-cid=3,socket=$work/vhost,uds-path=$work/vsock,groups=one" \
		--vm "guest-cid=4,socket=$work/vhost-other,uds-path=$work/other,groups=two"
	for port in "${pair_ports[@]}"; do
		pair_begin "${here%/tests/lab}/build/lab/relay" "$work/vsock_$port" \
			"$work/other" "$port"
		pair_until test -S "$work/vsock_$port" || exit 125
	done
	for end in "$work/vhost" "$work/vhost-other"; do
		pair_until test -S "$end" || exit 125
	done
	socket=$work/vhost
	setpriv --pdeathsig TERM "$here/run" -t "$seconds" -m "$pair_memory" -o "$out/other" \
		-s "$work/vhost-other" ${shmem:+-i "$shmem"} "$other" \
		< /dev/null > "$out/other/said" 2>&1 &
	pair_run=$!
}

# SCRIPT has ended with $status, which becomes OTHER's if it was well.
pair_finish()
{
	local ended=0

	[ -n "$pair_run" ] || return 0
	: > "$out/other/over"
	wait "$pair_run" || ended=$?
	pair_run=
	cat "$out/other/said"
	[ "$status" -ne 0 ] || status=$ended
}

# Of all that is still there
pair_stop()
{
	local pid

	for pid in $pair_run ${pair_between[@]+"${pair_between[@]}"}; do
		kill -TERM "$pid" 2> /dev/null || :
		wait "$pid" 2> /dev/null || :
	done
}
