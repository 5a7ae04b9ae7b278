# SPDX-License-Identifier: BSD-3-Clause
#
# strace.awk: what programs called while the time counted of tests/lab/capture, which
# is one of them, and makes each frame begin with alarm().  Reads the log of
# `strace -f -Y -y', prints
#
#	PROCESS CALL FILE CALLS BYTES PIECES CALLS/FRAME BYTES/FRAME
#	all - - CALLS BYTES PIECES CALLS/FRAME MOST
#
# PROCESS is a thread's name if it has one.  FILE is what the first argument is if it is
# a descriptor, with numbers left out, else -.  BYTES are those that the call copied to
# or from a file, a socket or another process, by its result; of a call that copies
# none, 0.  PIECES are those of them that a message between hostd and guestd took from,
# or put into, memory that is not for headers: the buffer's, so that nobody needs to copy
# them once more.  What there is per frame is the median; MOST is of the frame that has
# the most.

function file(text)
{
	if (text !~ /^[0-9]+</)
		return "-"
	sub(/^[0-9]+</, "", text)
	sub(/>.*/, "", text)
	if (text ~ /^socket:/)
		return "socket"
	if (text ~ /^\/proc\//)
		return "/proc"
	sub(/^anon_inode:/, "", text)
	gsub(/[][]/, "", text)
	gsub(/ /, "_", text)
	return text
}

function copies(call)
{
	return call ~ /^(p?readv?|p?writev?|pread64|pwrite64|preadv2|pwritev2)$/ ||
		call ~ /^(send|recv)(to|from|msg|mmsg)$/ ||
		call ~ /^(process_vm_(readv|writev)|sendfile|splice|tee|vmsplice)$/ ||
		call ~ /^copy_file_range$/
}

# What is received goes into one piece of memory, or into a buffer and behind that into
# one piece.  What is sent comes from headers and from what else there is.
function straight(call, line, left,    count, i, len, piece, sum)
{
	if (call !~ /^(send|recv)msg$/)
		return 0
	count = split(line, piece, /\{iov_base=/)
	for (i = 2; i <= count && left > 0; i++) {
		len = piece[i]
		sub(/.*iov_len=/, "", len)
		len = len + 0 < left ? len + 0 : left
		left -= len
		if (call == "sendmsg" ? piece[i] !~ /^"VMS1/ : i == 2 && count > 2)
			sum += len
	}
	return sum + 0
}

function frame_ends(    row, all)
{
	if (!frames)
		return
	for (row in now_calls) {
		often[row " calls " now_calls[row]]++
		often[row " bytes " now_bytes[row] + 0]++
		all += now_bytes[row]
	}
	if (all > most)
		most = all
	split("", now_calls)
	split("", now_bytes)
}

# Of the numbers that a row had: those of frames that it was not in are 0.
function median(row,    key, part, value, count, best, seen)
{
	best = 0
	seen = 0
	for (key in often) {
		if (index(key, row " ") != 1)
			continue
		split(substr(key, length(row) + 2), part, " ")
		value[part[1] + 0] = often[key]
		seen += often[key]
	}
	value[0] += frames - seen
	seen = 0
	while (seen * 2 < frames) {
		best = ""
		for (key in value)
			if (best == "" || key + 0 < best)
				best = key + 0
		seen += value[best]
		delete value[best]
	}
	return best
}

{
	thread = $1
	line = $0
	sub(/^[^ ]+ +/, "", line)
}

line ~ /"\/capture begins"/ {
	counts = 1
	next
}

line ~ /"\/capture ends"/ {
	counts = 0
	frame_ends()
}

counts && line ~ /^alarm\(/ {
	frame_ends()
	frames++
}

# A call that ends later than another one begins has two lines.
line ~ /<unfinished \.\.\.>$/ {
	sub(/ *<unfinished \.\.\.>$/, "", line)
	begun[thread] = line
	next
}

line ~ /^<\.\.\. [a-z0-9_]+ resumed>/ {
	sub(/^<\.\.\. [a-z0-9_]+ resumed>/, "", line)
	line = begun[thread] line
	delete begun[thread]
}

counts && line ~ /^[a-z0-9_]+\(/ {
	call = line
	sub(/\(.*/, "", call)
	result = line
	sub(/.*\) += /, "", result)
	result += 0

	process = thread
	gsub(/^[0-9]+<|>$/, "", process)
	row = process " " call " " file(substr(line, length(call) + 2))
	calls[row]++
	now_calls[row]++
	if (!copies(call) || result <= 0)
		next
	bytes[row] += result
	now_bytes[row] += result

	pieces[row] += straight(call, line, result)
}

END {
	for (row in calls) {
		each = median(row " calls")
		print row, calls[row], bytes[row] + 0, pieces[row] + 0, each, median(row " bytes")
		all_calls += calls[row]
		all_bytes += bytes[row]
		all_pieces += pieces[row]
		all_each += each
	}
	print "all - -", all_calls, all_bytes, all_pieces, all_each, most
}
