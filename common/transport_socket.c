// SPDX-License-Identifier: BSD-3-Clause
/*
 * Sockets: listen, connect, accept.
 *
 * Everything a listener does with a connection before it knows who is there
 * happens here, and it must not hang: no byte and no descriptor is received.
 * (A descriptor that a peer sends may be one whose close(2) never returns.)
 */
#include "common/transport.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

#include "common/protocol.h"
#include "common/rights.h"

#define TRANSPORT_SOCKET_FLAGS (SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK)

/* Source ports that say "root of the VM" to hostd, except VMS_PORT. */
#define TRANSPORT_PORT_MIN 512
#define TRANSPORT_PORT_MAX 1023

/* ---- socket addresses ------------------------------------------------ */

static_assert(sizeof(((struct sockaddr_un *)0)->sun_path) == TRANSPORT_PATH_LEN,
	      "sun_path");

union transport_sockaddr {
	struct sockaddr any;
	struct sockaddr_vm vm;
	struct sockaddr_un un;
};

static socklen_t transport_sockaddr(const struct transport_address *address,
				    union transport_sockaddr *out)
{
	size_t len;

	memset(out, 0, sizeof(*out));
	if (address->kind == TRANSPORT_VSOCK) {
		out->vm.svm_family = AF_VSOCK;
		out->vm.svm_cid = address->cid;
		out->vm.svm_port = address->port;
		return sizeof(out->vm);
	}

	/* A file's name ends with its NUL, an abstract one begins with it. */
	out->un.sun_family = AF_UNIX;
	len = strlen(address->path);
	memcpy(out->un.sun_path, address->path, len + 1);
	if (address->path[0] == '@')
		out->un.sun_path[0] = '\0';
	else
		len++;
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static int transport_socket_option(int fd, int option, int *out)
{
	socklen_t len = sizeof(*out);

	return getsockopt(fd, SOL_SOCKET, option, out, &len) < 0 ? -errno : 0;
}

bool transport_is_of(int fd, int family)
{
	int domain;

	return transport_socket_option(fd, SO_DOMAIN, &domain) == 0 &&
	       domain == family;
}

/* A socket that was given to us: is it what we need, and make it ours. */
static int transport_adopt(int fd, bool listening)
{
	int domain, type, accepts, flags, ret;

	ret = transport_socket_option(fd, SO_TYPE, &type);
	if (ret < 0)
		return ret;
	ret = transport_socket_option(fd, SO_DOMAIN, &domain);
	if (ret < 0)
		return ret;
	ret = transport_socket_option(fd, SO_ACCEPTCONN, &accepts);
	if (ret < 0)
		return ret;
	if (type != SOCK_STREAM || (bool)accepts != listening)
		return -EINVAL;
	/* accept must be able to say who a peer is. */
	if (listening && domain != AF_UNIX && domain != AF_VSOCK)
		return -EINVAL;

	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	return 0;
}

/* ---- listening ------------------------------------------------------- */

/*
 * What connects to this socket cannot send descriptors then, not even before it
 * is accepted: accepted sockets have it from their listener.
 */
static void transport_refuse_rights(int fd)
{
	int no = 0;

	setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &no, sizeof(no));
}

/* A socket file of a process that is gone refuses connections. */
static bool transport_is_stale(const char *path,
			       const union transport_sockaddr *addr,
			       socklen_t len)
{
	struct stat status;
	bool stale;
	int fd;

	if (lstat(path, &status) < 0 || !S_ISSOCK(status.st_mode))
		return false;

	fd = socket(AF_UNIX, TRANSPORT_SOCKET_FLAGS, 0);
	if (fd < 0)
		return false;
	stale = connect(fd, &addr->any, len) < 0 && errno == ECONNREFUSED;
	close(fd);
	return stale;
}

/*
 * Who connects to a hybrid socket is trusted, so the umask decides who may; on
 * a unix one the kernel says who it is, and the rules decide.  There is no
 * moment at which the file has another mode.
 */
static int transport_bind_file(int fd, enum transport_kind kind,
			       const union transport_sockaddr *addr,
			       socklen_t len)
{
	mode_t mask;
	int ret;

	/* unix(7): the mode of the socket is that of its file, less umask. */
	if (fchmod(fd, 0666) < 0)
		return -errno;
	mask = umask(0);
	if (kind == TRANSPORT_HYBRID)
		umask(mask);
	ret = bind(fd, &addr->any, len) < 0 ? -errno : 0;
	umask(mask);
	return ret;
}

static int transport_bind(int fd, const struct transport_address *address,
			  const union transport_sockaddr *addr, socklen_t len)
{
	bool file = address->kind != TRANSPORT_VSOCK && address->path[0] != '@';

	int ret;

	if (!file)
		return bind(fd, &addr->any, len) < 0 ? -errno : 0;

	ret = transport_bind_file(fd, address->kind, addr, len);
	if (ret != -EADDRINUSE)
		return ret;
	if (!transport_is_stale(address->path, addr, len))
		return -EADDRINUSE;
	if (unlink(address->path) < 0)
		return -errno;
	return transport_bind_file(fd, address->kind, addr, len);
}

int transport_listen(const struct transport_address *address, int *out)
{
	int family = address->kind == TRANSPORT_VSOCK ? AF_VSOCK : AF_UNIX;
	union transport_sockaddr addr;
	socklen_t len;
	int fd, ret;

	if (address->kind == TRANSPORT_FD) {
		ret = transport_adopt(address->fd, true);
		if (ret < 0)
			return ret;
		transport_refuse_rights(address->fd);
		*out = address->fd;
		return 0;
	}

	fd = socket(family, TRANSPORT_SOCKET_FLAGS, 0);
	if (fd < 0)
		return -errno;

	transport_refuse_rights(fd);
	len = transport_sockaddr(address, &addr);
	ret = transport_bind(fd, address, &addr, len);
	if (ret < 0)
		goto err_close;

	if (listen(fd, SOMAXCONN) < 0) {
		ret = -errno;
		goto err_unlink;
	}

	*out = fd;
	return 0;

err_unlink:
	transport_unlink(address);
err_close:
	close(fd);
	return ret;
}

void transport_unlink(const struct transport_address *address)
{
	if (address->kind != TRANSPORT_UNIX &&
	    address->kind != TRANSPORT_HYBRID)
		return;
	if (address->path[0] != '@')
		unlink(address->path);
}

/* ---- connecting ------------------------------------------------------ */

static int transport_bind_source(int fd)
{
	const uint32_t count = TRANSPORT_PORT_MAX - TRANSPORT_PORT_MIN + 1;
	uint32_t start = 0;
	uint32_t i;

	/* Any start will do if there is no entropy yet. */
	if (getrandom(&start, sizeof(start), GRND_NONBLOCK) < 0)
		start = (uint32_t)getpid();

	for (i = 0; i < count; i++) {
		struct sockaddr_vm addr = {
			.svm_family = AF_VSOCK,
			.svm_cid = VMADDR_CID_ANY,
			.svm_port = TRANSPORT_PORT_MIN + (start + i) % count,
		};

		if (addr.svm_port == VMS_PORT)
			continue;
		if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
			return 0;
		if (errno == EACCES) /* an ordinary port, then */
			return 0;
		if (errno != EADDRINUSE)
			return -errno;
	}
	return -EADDRINUSE;
}

static int transport_connect_socket(const struct transport_address *address,
				    int fd, bool *pending)
{
	struct transport_address host = *address;
	union transport_sockaddr addr;
	socklen_t len;
	int ret;

	if (address->kind == TRANSPORT_VSOCK) {
		ret = transport_bind_source(fd);
		if (ret < 0)
			return ret;
		if (host.cid == VMADDR_CID_ANY)
			host.cid = VMADDR_CID_HOST;
	}

	len = transport_sockaddr(&host, &addr);
	if (connect(fd, &addr.any, len) == 0)
		*pending = false;
	else if (errno == EINPROGRESS)
		*pending = true;
	else
		return -errno;
	return 0;
}

int transport_connect(const struct transport_address *address, int *out,
		      bool *pending)
{
	int family = address->kind == TRANSPORT_VSOCK ? AF_VSOCK : AF_UNIX;
	int fd, ret;

	if (address->kind == TRANSPORT_HYBRID)
		return -EOPNOTSUPP;

	if (address->kind == TRANSPORT_FD) {
		ret = transport_adopt(address->fd, false);
		if (ret < 0)
			return ret;
		*out = address->fd;
		*pending = false;
		return 0;
	}

	fd = socket(family, TRANSPORT_SOCKET_FLAGS, 0);
	if (fd < 0)
		return -errno;

	ret = transport_connect_socket(address, fd, pending);
	if (ret < 0) {
		close(fd);
		return ret;
	}
	*out = fd;
	return 0;
}

int transport_connected(int fd)
{
	int error, ret;

	ret = transport_socket_option(fd, SO_ERROR, &error);
	return ret < 0 ? ret : -error;
}

/* ---- accepting ------------------------------------------------------- */

static int transport_identify(int fd, const union transport_sockaddr *addr,
			      const struct transport_address *listener,
			      struct transport_peer *out)
{
	struct transport_peer peer = { 0 };
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (addr->any.sa_family == AF_VSOCK) {
		peer.kind = TRANSPORT_VSOCK;
		peer.cid = addr->vm.svm_cid;
		peer.port = addr->vm.svm_port;
		*out = peer;
		return 0;
	}

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	peer.kind = TRANSPORT_UNIX;
	peer.uid = cred.uid;
	if (listener->kind == TRANSPORT_HYBRID)
		peer.kind = TRANSPORT_HYBRID;
	if (listener->kind != TRANSPORT_FD)
		memcpy(peer.path, listener->path, sizeof(peer.path));
	*out = peer;
	return 0;
}

static int transport_accept_error(int error)
{
	switch (error) {
	case EINTR:
	case EPERM: /* accept(2): firewall rules */
	case EPROTO:
	case ECONNABORTED:
	case ECONNRESET:
		return -EAGAIN; /* that connection; there may be others */
	default:
		return -error;
	}
}

int transport_accept(int fd, const struct transport_address *listener, int *out,
		     struct transport_peer *peer)
{
	union transport_sockaddr addr = { .any = { .sa_family = AF_UNSPEC } };
	socklen_t len = sizeof(addr);
	int connection, ret;

	connection = accept4(fd, &addr.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (connection < 0)
		return transport_accept_error(errno);

	ret = transport_identify(connection, &addr, listener, peer);
	if (ret < 0) {
		close(connection);
		return ret;
	}
	*out = connection;
	return 0;
}
