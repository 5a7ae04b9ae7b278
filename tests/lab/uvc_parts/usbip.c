// SPDX-License-Identifier: BSD-3-Clause
/*
 * The device's side of USB/IP.
 *
 * Every packet begins with a header of 48 bytes, which are big-endian words but
 * for the setup packet of a control request.
 */
#include "tests/lab/uvc_parts/usbip.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/lab/shared/process.h"

#define ATTACH "/sys/devices/platform/vhci_hcd.0/attach"
#define DEVID  0x10001U /* bus 1, device 1 of a host that does not exist */

enum usbip_command {
	USBIP_CMD_SUBMIT = 1,
	USBIP_CMD_UNLINK = 2,
	USBIP_RET_SUBMIT = 3,
	USBIP_RET_UNLINK = 4,
};

struct usbip_header {
	uint32_t command;
	uint32_t seqnum;
	uint32_t devid;
	uint32_t direction; /* 1: in */
	uint32_t endpoint;
	union {
		struct {
			uint32_t transfer_flags;
			uint32_t len;
			uint32_t start_frame;
			uint32_t packets;
			uint32_t interval;
			struct usb_ctrlrequest setup;
		} submit;
		struct {
			uint32_t seqnum;
		} unlink;
		struct {
			uint32_t status;
			uint32_t len;
			uint32_t start_frame;
			uint32_t packets;
			uint32_t errors;
			uint8_t padding[8];
		} ret;
	};
};

static_assert(sizeof(struct usbip_header) == 48, "usbip_protocol.rst");

static bool write_attach(const char *text)
{
	int fd = open(ATTACH, O_WRONLY | O_CLOEXEC);
	bool written;

	if (fd < 0)
		return false;
	written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return written;
}

int usbip_attach(unsigned int port)
{
	char text[64];
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		fatal("socketpair");
	snprintf(text, sizeof(text), "%u %d %u %u", port, fds[1], DEVID,
		 (unsigned int)USB_SPEED_HIGH);
	if (!write_attach(text))
		fatal(ATTACH);
	close(fds[1]);
	return fds[0];
}

/* Return: false if there is nothing more */
static bool receive(int fd, void *data, size_t len)
{
	ssize_t ret;

	/* recv() of nothing waits until there is something. */
	if (!len)
		return true;
	ret = recv(fd, data, len, MSG_WAITALL);
	return ret >= 0 && (size_t)ret == len;
}

bool usbip_receive(int fd, struct usbip_request *request)
{
	struct usbip_header header;

	if (!receive(fd, &header, sizeof(header)))
		return false;
	*request = (struct usbip_request){
		.seqnum = ntohl(header.seqnum),
		.endpoint = ntohl(header.endpoint),
		.in = header.direction != 0,
	};
	switch (ntohl(header.command)) {
	case USBIP_CMD_SUBMIT:
		request->len = ntohl(header.submit.len);
		request->setup = header.submit.setup;
		if (request->in)
			return true;
		if (request->len > sizeof(request->data))
			fatal("more data than a camera takes");
		return receive(fd, request->data, request->len);
	case USBIP_CMD_UNLINK:
		request->unlink = ntohl(header.unlink.seqnum);
		return true;
	default:
		errno = EPROTO;
		fatal("USB/IP command");
	}
}

/* A vhci_hcd that has gone is found by the next usbip_receive(). */
static void send_all(int fd, struct usbip_header *header, const void *data,
		     size_t len)
{
	struct iovec parts[] = {
		{ .iov_base = header, .iov_len = sizeof(*header) },
		{ .iov_base = (void *)(uintptr_t)data, .iov_len = len },
	};
	struct msghdr msg = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t ret = sendmsg(fd, &msg, MSG_NOSIGNAL);

	/* A blocking socket takes all of it, unless a signal comes. */
	if (ret >= 0 && (size_t)ret != sizeof(*header) + len)
		fatal("USB/IP answer");
}

void usbip_complete(int fd, uint32_t seqnum, int status, const void *data,
		    size_t len)
{
	struct usbip_header header = {
		.command = htonl(USBIP_RET_SUBMIT),
		.seqnum = htonl(seqnum),
		.ret = { .status = htonl((uint32_t)status),
			 .len = htonl((uint32_t)len) },
	};

	send_all(fd, &header, data, data ? len : 0);
}

void usbip_unlinked(int fd, uint32_t seqnum, bool pending)
{
	struct usbip_header header = {
		.command = htonl(USBIP_RET_UNLINK),
		.seqnum = htonl(seqnum),
		.ret.status = htonl(pending ? (uint32_t)-ECONNRESET : 0),
	};

	send_all(fd, &header, NULL, 0);
}
