// SPDX-License-Identifier: BSD-3-Clause
/*
 * Both ends of a stream.
 */
#include "tests/bench/pair.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

#define CHUNK_LEN (64 << 10)

int pair_unix(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0
		       ? -errno
		       : 0;
}

int pair_vsock(int ends[2])
{
	struct sockaddr_vm address = {
		.svm_family = AF_VSOCK,
		.svm_port = VMADDR_PORT_ANY,
		.svm_cid = VMADDR_CID_ANY,
	};
	socklen_t len = sizeof(address);
	int listening = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int ret;

	if (listening < 0)
		return -errno;
	ends[0] = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (ends[0] < 0 ||
	    bind(listening, (struct sockaddr *)&address, len) < 0 ||
	    getsockname(listening, (struct sockaddr *)&address, &len) < 0 ||
	    listen(listening, 1) < 0)
		goto err;
	address.svm_cid = VMADDR_CID_LOCAL;
	if (connect(ends[0], (struct sockaddr *)&address, sizeof(address)) < 0)
		goto err;
	ends[1] = accept(listening, NULL, NULL);
	if (ends[1] < 0)
		goto err;
	close(listening);
	return 0;

err:
	ret = -errno;
	if (ends[0] >= 0)
		close(ends[0]);
	close(listening);
	return ret;
}

bool pair_take(int fd, void *bytes, size_t len)
{
	ssize_t ret;

	while (len) {
		ret = recv(fd, bytes, len, 0);
		if (ret <= 0)
			return false;
		bytes = (char *)bytes + ret;
		len -= (size_t)ret;
	}
	return true;
}

bool pair_give(int fd, const void *bytes, size_t len)
{
	ssize_t ret;

	while (len) {
		ret = send(fd, bytes, len, MSG_NOSIGNAL);
		if (ret <= 0)
			return false;
		bytes = (const char *)bytes + ret;
		len -= (size_t)ret;
	}
	return true;
}

bool pair_take_stream(int fd, size_t len)
{
	static char bytes[CHUNK_LEN];

	for (; len; len -= CHUNK_LEN)
		if (!pair_take(fd, bytes, CHUNK_LEN))
			return false;
	return true;
}

bool pair_give_stream(int fd, size_t len)
{
	static const char bytes[CHUNK_LEN];

	for (; len; len -= CHUNK_LEN)
		if (!pair_give(fd, bytes, CHUNK_LEN))
			return false;
	return true;
}
