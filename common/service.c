// SPDX-License-Identifier: BSD-3-Clause
/*
 * Talking to the service manager.
 *
 * libsystemd does the same, and is not used: a datagram with "READY=1" is all that
 * there is to it, of an interface that is promised to stay (sd_notify(3) has the
 * protocol), and the library, with what that needs, would be mapped into every
 * process of a guest.
 *
 * The socket is made and connected at the start: processes that confine themselves
 * can do neither later, and need sendto(2) alone.
 */
#include "common/service.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"

#define SERVICE_WAIT_S 1 /* for a manager that does not read, with a state */

struct service {
	int fd; /* -1: there is no manager */
	struct loop *loop;
	struct loop_timer *watchdog;
	uint64_t ping_ns;
};

/* ---- the environment --------------------------------------------------------- */

/* A number of the environment, which is not there any more; 0: it was none */
static uint64_t take_number(const char *name)
{
	const char *text = getenv(name);
	uint64_t value = 0;
	char *end;

	if (text && *text >= '0' && *text <= '9') {
		errno = 0;
		value = strtoull(text, &end, 10);
		if (errno || *end)
			value = 0;
	}
	unsetenv(name);
	return value;
}

/* What NAME_PID says; without it everybody is meant. */
static bool is_for_us(const char *name, bool must)
{
	bool said = getenv(name);
	uint64_t pid = take_number(name);

	return said ? pid == (uint64_t)getpid() : !must;
}

static int connect_to(const char *path)
{
	const struct timeval wait = { .tv_sec = SERVICE_WAIT_S };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int fd, ret;

	if ((path[0] != '/' && path[0] != '@') || !path[1])
		return -EAFNOSUPPORT; /* a machine's manager, by vsock */
	if (len >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, len + 1);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	else
		len++;

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0 ||
	    connect(fd, (struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) <
		    0) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

/* ---- what is said ------------------------------------------------------------ */

/*
 * @flags: MSG_DONTWAIT for what may be lost.  A state may not: then we wait, but not
 * for long, and a manager that does not read would not do anything else either.
 */
static void service_send(const struct service *service, const char *text,
			 int flags)
{
	ssize_t ret;

	if (!service || service->fd < 0)
		return;
	do
		ret = send(service->fd, text, strlen(text),
			   flags | MSG_NOSIGNAL);
	while (ret < 0 && errno == EINTR);
}

static void service_ping(void *data)
{
	struct service *service = data;

	service_send(service, "WATCHDOG=1", MSG_DONTWAIT);
	loop_timer_set(service->watchdog, service->ping_ns);
}

void service_ready(struct service *service)
{
	service_send(service, "READY=1", 0);
}

void service_reloading(struct service *service)
{
	char text[SERVICE_TEXT_LEN];

	if (!service)
		return;
	/* The time is how Type=notify-reload knows which READY is meant. */
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		 loop_now(service->loop) / 1000);
	service_send(service, text, 0);
}

void service_stopping(struct service *service)
{
	service_send(service, "STOPPING=1", 0);
}

void service_status(struct service *service, const char *format, ...)
{
	char text[SERVICE_TEXT_LEN] = "STATUS=";
	size_t start = strlen(text);
	va_list args;
	char *at;

	va_start(args, format);
	vsnprintf(text + start, sizeof(text) - start, format, args);
	va_end(args);
	/* A line's end would begin another assignment. */
	for (at = text + start; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	service_send(service, text, MSG_DONTWAIT);
}

/* ---- making and destroying --------------------------------------------------- */

static int service_watch(struct service *service)
{
	uint64_t us = take_number("WATCHDOG_USEC");
	int ret;

	if (!is_for_us("WATCHDOG_PID", false) || !us || service->fd < 0 ||
	    us > UINT64_MAX / 1000)
		return 0;
	ret = loop_timer(service->loop, service_ping, service,
			 &service->watchdog);
	if (ret)
		return ret;
	service->ping_ns = us * 1000 / 2;
	service_ping(service);
	return 0;
}

int service_create(struct loop *loop, struct service **out)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct service *service = calloc(1, sizeof(*service));
	int ret;

	if (!service)
		return -ENOMEM;
	service->loop = loop;
	service->fd = -1;
	if (path && *path) {
		service->fd = connect_to(path);
		if (service->fd < 0)
			log_warn("NOTIFY_SOCKET %s: %s: nobody is told how we "
				 "are",
				 path, strerror(-service->fd));
	}
	unsetenv("NOTIFY_SOCKET");
	ret = service_watch(service);
	if (ret) {
		service_destroy(service);
		return ret;
	}
	*out = service;
	return 0;
}

void service_destroy(struct service *service)
{
	if (!service)
		return;
	loop_timer_destroy(service->watchdog);
	if (service->fd >= 0)
		close(service->fd);
	free(service);
}

/* ---- sockets ----------------------------------------------------------------- */

/* Return: how many of them there are */
static unsigned int take_sockets(void)
{
	uint64_t count = take_number("LISTEN_FDS");
	bool ours = is_for_us("LISTEN_PID", true);
	unsigned int i;

	unsetenv("LISTEN_FDNAMES");
	if (!ours || count > INT_MAX - SERVICE_SOCKET_FIRST)
		return 0;
	for (i = 0; i < count; i++)
		if (fcntl(SERVICE_SOCKET_FIRST + (int)i, F_SETFD, FD_CLOEXEC) <
		    0)
			return i;
	return (unsigned int)count;
}

unsigned int service_sockets(void)
{
	static unsigned int count;

	if (getenv("LISTEN_FDS"))
		count = take_sockets();
	return count;
}
