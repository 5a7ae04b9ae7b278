# SPDX-License-Identifier: BSD-3-Clause
#
# From `strace -f' of hostd: which calls its processes made once they were confined,
# one line `PROCESS CALL' for each.  A process is confined by its second filter; its
# threads and its name come from before that, or from it.

function call_of(text)
{
	sub(/^[0-9]+ +/, "", text)
	if (text !~ /^[a-z_0-9]+\(/)
		return ""
	sub(/\(.*/, "", text)
	return text
}

{ pid = $1 }

/PR_SET_NAME, "/ {
	name[pid] = $0
	sub(/.*PR_SET_NAME, "/, "", name[pid])
	sub(/".*/, "", name[pid])
}

# A thread: its call tells the number, in one line or where it is resumed.
/^[0-9]+ +(<\.\.\. )?clone[( ].* = [0-9]+$/ {
	if (confined[pid]) {
		confined[$NF] = 1
		name[$NF] = name[pid]
	}
}

{
	call = call_of($0)
	if (call != "" && confined[pid] && !seen[name[pid], call]++)
		print name[pid], call
}

/PR_SET_SECCOMP, SECCOMP_MODE_FILTER/ { confined[pid] = 1 }
