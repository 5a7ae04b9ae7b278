# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# shellcheck disable=SC2154 # from the files that are sourced before
#
# Containers as in usermedia(7), for scripts of the lab: another mount and pid
# namespace.  Sourced behind lib.sh.

# recipe NAME: the text of a recipe in the manuals, as mandoc would show it
recipe()
{
	local text

	text=$(awk -v name="$1" '
		$0 == ".\\\" recipe: " name { found = 1 }
		found && /^\.Ed/ { exit }
		inside { gsub(/\\-/, "-"); gsub(/\\e/, "\\"); print }
		found && /^\.Bd/ { inside = 1 }
	' "$root"/man/*)
	[ -n "$text" ] || die "no manual has a recipe $1"
	echo "$text"
}

# What is built here and the packages for i386, which are not below /usr
container_files()
{
	echo "$root"
	readlink -e "$build/lab/v4l-utils-i386"
}

# in_bwrap NODES COMMAND...: execute it with these nodes, words without /dev/, and no
# others; it may write to $work.  COMMAND may begin with more of bwrap's options.
in_bwrap()
{
	local nodes node file files=()
	read -r -a nodes <<< "$1"
	shift

	while read -r file; do
		files+=(--ro-bind "$file" "$file")
	done < <(container_files)
	files+=(--dev /dev)
	for node in "${nodes[@]}"; do
		files+=(--dev-bind "/dev/$node" "/dev/$node"
			--bind "/run/usermedia/$node.shim" "/run/usermedia/$node.shim")
	done
	exec bwrap --unshare-pid --ro-bind /usr /usr --ro-bind /etc /etc \
		--symlink usr/bin /bin --symlink usr/sbin /sbin \
		--symlink usr/lib /lib --symlink usr/lib64 /lib64 \
		--proc /proc --ro-bind /sys /sys "${files[@]}" --bind "$work" "$work" \
		--chdir "$PWD" "$@"
}

# json WORD...: as strings, with commas between
json()
{
	printf '%s\n' "$@" | sed 's/[\\"]/\\&/g; s/.*/"&"/' | paste -sd,
}

# What a second node NODE has in `mounts': the recipe names one in `devices'
oci_other()
{
	recipe container-oci-mmap | sed "1,2d; s/video42/$1/g"
	echo ", { \"destination\": \"/dev/$1\", \"type\": \"bind\","
	echo "  \"source\": \"/dev/$1\", \"options\": [ \"bind\" ] },"
}

# oci_config NODES COMMAND...: the configuration of such a container, whose root file
# system is the VM's.  The first node's number must be 81:MINOR, and there are two at
# most, which may be any of major 81 then.
oci_config()
{
	local nodes rules='' other=''
	read -r -a nodes <<< "$1"
	shift

	if [ ${#nodes[@]} -gt 1 ]; then
		rules='s/, "minor": 300 }/ }/'
		other=$(oci_other "${nodes[1]}")
	fi
	cat << END
{
	"ociVersion": "1.0.0",
	"process": {
		"user": ${oci_user-{ \"uid\": 0, \"gid\": 0 \}},
		"args": [ $(json "$@") ],
		"env": [ $(json "${oci_env[@]}" "PATH=$PATH") ],
		"cwd": "$PWD"
	},
	"root": { "path": "rootfs", "readonly": true },
	"mounts": [
		{ "destination": "/proc", "type": "proc", "source": "proc" },
		{ "destination": "/dev", "type": "tmpfs", "source": "tmpfs" },
		{ "destination": "/dev/shm", "type": "tmpfs", "source": "shm" },
		{ "destination": "/run", "type": "tmpfs", "source": "tmpfs" },
		$other
		${oci_mounts-}
		$(recipe container-oci-mmap | sed "s/video42/${nodes[0]}/g"),
		{ "destination": "$work", "type": "bind", "source": "$work",
			"options": [ "rbind", "rw" ] }
	],
	"linux": {
		$(recipe container-oci |
		sed "$rules; s/300/$(stat -c %Lr "/dev/${nodes[0]}")/; s/video0/${oci_name-${nodes[0]}}/")
		"cgroupsPath": "${oci_cgroup-/container}",
		"namespaces": [ { "type": "mount" }, { "type": "pid" } ]
	}
}
END
}

# in_crun NODES COMMAND...: the same with crun; oci_env has its environment, oci_user its
# user, oci_cgroup the path of its cgroup, oci_name the first node's name there, and
# oci_mounts more of its mounts, with commas
in_crun()
{
	local bundle=$work/bundle

	umount "$bundle/rootfs" 2> /dev/null || :
	mkdir -p "$bundle/rootfs" && mount --bind / "$bundle/rootfs" || return
	oci_config "$@" > "$bundle/config.json" || return
	exec crun run --bundle "$bundle" "lab-$BASHPID"
}
