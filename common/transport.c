// SPDX-License-Identifier: BSD-3-Clause
/*
 * Addresses and peers, to and from text.
 */
#include "common/transport.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/vm_sockets.h>

/* Decimal digits up to the character @end, which is not part of the number. */
static int transport_parse_number(const char **text, char end, uint32_t max,
				  uint32_t *out)
{
	const char *at = *text;
	uint64_t value = 0;

	do {
		if (*at < '0' || *at > '9')
			return -EINVAL;
		value = value * 10 + (uint64_t)(*at - '0');
		if (value > max)
			return -EINVAL;
	} while (*++at != end);

	*text = at;
	*out = (uint32_t)value;
	return 0;
}

static int transport_parse_vsock(const char *text,
				 struct transport_address *address)
{
	int ret;

	/* The largest number is VMADDR_CID_ANY and VMADDR_PORT_ANY. */
	address->kind = TRANSPORT_VSOCK;
	address->cid = VMADDR_CID_ANY;
	if (strchr(text, ':')) {
		ret = transport_parse_number(&text, ':', UINT32_MAX - 1,
					     &address->cid);
		if (ret < 0)
			return ret;
		text++;
	}
	return transport_parse_number(&text, '\0', UINT32_MAX - 1,
				      &address->port);
}

static int transport_parse_path(const char *text, enum transport_kind kind,
				struct transport_address *address)
{
	bool abstract = text[0] == '@';
	size_t len = strlen(text);

	/* Anybody may connect to an abstract name: nothing for a guest. */
	if (!text[abstract] || (abstract && kind == TRANSPORT_HYBRID))
		return -EINVAL;
	if (len >= sizeof(address->path))
		return -ENAMETOOLONG;

	address->kind = kind;
	memcpy(address->path, text, len + 1);
	return 0;
}

static int transport_parse_fd(const char *text,
			      struct transport_address *address)
{
	uint32_t fd;
	int ret;

	ret = transport_parse_number(&text, '\0', INT_MAX, &fd);
	if (ret < 0)
		return ret;
	address->kind = TRANSPORT_FD;
	address->fd = (int)fd;
	return 0;
}

int transport_parse(const char *text, struct transport_address *out)
{
	struct transport_address address = { .fd = -1 };
	int ret = -EINVAL;

	if (strncmp(text, "vsock:", 6) == 0)
		ret = transport_parse_vsock(text + 6, &address);
	else if (strncmp(text, "unix:", 5) == 0)
		ret = transport_parse_path(text + 5, TRANSPORT_UNIX, &address);
	else if (strncmp(text, "hybrid:", 7) == 0)
		ret = transport_parse_path(text + 7, TRANSPORT_HYBRID,
					   &address);
	else if (strncmp(text, "fd:", 3) == 0)
		ret = transport_parse_fd(text + 3, &address);
	if (ret < 0)
		return ret;

	*out = address;
	return 0;
}

void transport_format(const struct transport_address *address, char *text,
		      size_t len)
{
	switch (address->kind) {
	case TRANSPORT_VSOCK:
		if (address->cid == VMADDR_CID_ANY)
			snprintf(text, len, "vsock:%" PRIu32, address->port);
		else
			snprintf(text, len, "vsock:%" PRIu32 ":%" PRIu32,
				 address->cid, address->port);
		break;
	case TRANSPORT_UNIX:
		snprintf(text, len, "unix:%s", address->path);
		break;
	case TRANSPORT_HYBRID:
		snprintf(text, len, "hybrid:%s", address->path);
		break;
	case TRANSPORT_FD:
		snprintf(text, len, "fd:%d", address->fd);
		break;
	}
}

void transport_peer_format(const struct transport_peer *peer, char *text,
			   size_t len)
{
	switch (peer->kind) {
	case TRANSPORT_VSOCK:
		snprintf(text, len, "cid %" PRIu32 " port %" PRIu32, peer->cid,
			 peer->port);
		break;
	case TRANSPORT_UNIX:
		if (peer->path[0])
			snprintf(text, len, "unix %s", peer->path);
		else
			snprintf(text, len, "uid %u", peer->uid);
		break;
	case TRANSPORT_HYBRID:
		snprintf(text, len, "hybrid %s", peer->path);
		break;
	case TRANSPORT_FD: /* no peer has this kind */
		snprintf(text, len, "?");
		break;
	}
}
