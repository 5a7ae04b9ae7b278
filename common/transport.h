/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Addresses and sockets: where a peer listens, and who a peer is.
 *
 *	vsock:CID:PORT	connect there; listen on that CID only
 *	vsock:PORT	listen on any CID; connect: the host (CID 2)
 *	unix:PATH	AF_UNIX stream; '@' first: abstract
 *	hybrid:PATH	listen only: AF_UNIX socket that a VMM connects to on
 *			behalf of a VM (Firecracker); a guest of its own
 *	fd:N		a socket that is there already: listening, or connected
 */
#ifndef COMMON_TRANSPORT_H
#define COMMON_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A switch over these has no default.  Who adds one sees to what compares, too: which
 * system calls it takes (guestd/sandbox_loop.c), whether descriptors go along
 * (hostd/guest.c), how much a send takes (common/channel.c), who may come and is let in
 * (policy_serves(), policy_grant(), hostd/listener.c), which rights it takes
 * (guestd/privilege.c, hostd/main.c), and what to say if it fails
 * (guestd/hostlink_why.c).
 */
enum transport_kind {
	TRANSPORT_VSOCK,
	TRANSPORT_UNIX,
	TRANSPORT_HYBRID,
	TRANSPORT_FD,
};

#define TRANSPORT_PATH_LEN 108 /* sun_path, with its NUL */

/**
 * struct transport_address - A parsed address
 * @kind:	Which of the members below count
 * @cid:	TRANSPORT_VSOCK; VMADDR_CID_ANY when the text names none
 * @port:	TRANSPORT_VSOCK
 * @fd:		TRANSPORT_FD
 * @path:	TRANSPORT_UNIX, TRANSPORT_HYBRID
 */
struct transport_address {
	enum transport_kind kind;
	uint32_t cid;
	uint32_t port;
	int fd;
	char path[TRANSPORT_PATH_LEN];
};

/**
 * struct transport_peer - Who is at the other end, as the kernel says
 * @kind:	TRANSPORT_VSOCK, TRANSPORT_UNIX or TRANSPORT_HYBRID
 * @cid:	TRANSPORT_VSOCK
 * @port:	TRANSPORT_VSOCK
 * @uid:	TRANSPORT_UNIX and TRANSPORT_HYBRID: SO_PEERCRED, of connect(2)
 * @path:	TRANSPORT_HYBRID: the listener's path, which is the guest's name;
 *		TRANSPORT_UNIX: the listener's path, too, or empty if who
 *		connects there is not a guest for that, but its user is
 */
struct transport_peer {
	enum transport_kind kind;
	uint32_t cid;
	uint32_t port;
	uid_t uid;
	char path[TRANSPORT_PATH_LEN];
};

/**
 * transport_parse() - Text to address
 *
 * Return: 0, -EINVAL if it is none, -ENAMETOOLONG if the path is too long
 */
int transport_parse(const char *text, struct transport_address *out);

/**
 * transport_format() - Address to text, always terminated
 * @len:	TRANSPORT_TEXT_LEN is enough for every address
 */
void transport_format(const struct transport_address *address, char *text,
		      size_t len);
#define TRANSPORT_TEXT_LEN (TRANSPORT_PATH_LEN + 16)

/**
 * transport_listen() - Make a listening socket
 * @out:	Non-blocking, close-on-exec, owned by the caller
 *
 * A TRANSPORT_UNIX path is created with mode 0666 whatever the umask (who may
 * use it is the rules' matter), a TRANSPORT_HYBRID one with 0666 less the umask;
 * this changes the umask for a moment, so no other thread may make files.  A
 * stale socket file, one that nobody accepts on, is
 * replaced, a live one is -EADDRINUSE.  TRANSPORT_FD: checks that it is a
 * listening AF_VSOCK or AF_UNIX stream socket, else -EINVAL or -ENOTSOCK.
 *
 * Return: 0 or a negative errno
 */
int transport_listen(const struct transport_address *address, int *out);

/**
 * transport_unlink() - Remove the socket file that transport_listen() made
 */
void transport_unlink(const struct transport_address *address);

/**
 * transport_connect() - Begin to connect
 * @out:	Non-blocking, close-on-exec, owned by the caller
 * @pending:	Set if it is not finished: wait for EPOLLOUT, then call
 *		transport_connected()
 *
 * vsock: binds a source port of 512..1023 except VMS_PORT, starting at a random
 * one and taking the next when it is in use, because hostd believes only
 * those (af_vsock.c: ports below 1024 need CAP_NET_BIND_SERVICE).  Without
 * that capability an ordinary port is used and hostd decides.
 *
 * Return: 0 or a negative errno (-EOPNOTSUPP for TRANSPORT_HYBRID)
 */
int transport_connect(const struct transport_address *address, int *out,
		      bool *pending);

/** transport_is_of() - Is it a socket of @family, AF_UNIX for example? */
bool transport_is_of(int fd, int family);

/**
 * transport_connected() - Result of a pending connect
 *
 * Return: 0 or the negative errno with which it failed
 */
int transport_connected(int fd);

/**
 * transport_accept() - Take one connection
 * @listener:	The address it listens on; TRANSPORT_FD: family decides
 * @out:	Non-blocking, close-on-exec, owned by the caller
 * @peer:	Who it is
 *
 * Return: 0, -EAGAIN if there is none, or another negative errno
 */
int transport_accept(int fd, const struct transport_address *listener, int *out,
		     struct transport_peer *peer);

/**
 * transport_peer_format() - "cid 3 port 1022", "uid 1000", "unix /run/x",
 * "hybrid /run/x"
 * @len:	TRANSPORT_TEXT_LEN is enough
 */
void transport_peer_format(const struct transport_peer *peer, char *text,
			   size_t len);

#endif
