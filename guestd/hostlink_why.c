// SPDX-License-Identifier: BSD-3-Clause
/*
 * What to tell a person about a connection that did not come to be.
 *
 * An errno of vsock says little.  In a VM without a vsock device, socket(2) loads
 * vsock_loopback (its alias is net-pf-40), context 2 is this machine itself then,
 * and ECONNRESET reads as if the host lacked hostd.  Only the kernel's word about
 * our own context tells the two apart (measured, 6.1.192).
 */
#include "guestd/hostlink_why.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CONTEXT_LEN 16

static int kept_device = -1;
static bool device_kept;

static int open_device(void)
{
	return open("/dev/vsock", O_RDONLY | O_CLOEXEC);
}

void hostlink_why_keep(const struct transport_address *address)
{
	if (address->kind == TRANSPORT_VSOCK && !device_kept)
		kept_device = open_device();
	device_kept = true;
}

uint32_t hostlink_why_local_cid(const struct transport_address *address)
{
	unsigned int cid = HOSTLINK_CID_UNKNOWN;
	int fd;

	if (address->kind != TRANSPORT_VSOCK)
		return HOSTLINK_CID_UNKNOWN;
	fd = device_kept ? kept_device : open_device();
	if (fd < 0)
		return HOSTLINK_CID_UNKNOWN;
	if (ioctl(fd, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &cid) < 0)
		cid = HOSTLINK_CID_UNKNOWN;
	if (!device_kept)
		close(fd);
	/* Of loopback alone it is the one or the other, as the kernel has it. */
	return cid == VMADDR_CID_LOCAL ? VMADDR_CID_ANY : cid;
}

/* What vsock_use_local_transport() of af_vsock.c says, if loopback is there. */
static bool is_this_machine(const struct transport_address *address,
			    uint32_t cid)
{
	if (address->cid == VMADDR_CID_LOCAL || address->cid == cid)
		return true;
	return address->cid == VMADDR_CID_HOST && cid == VMADDR_CID_ANY;
}

/* How hostd at @address knows us: "cid:3"; "cid:N" if nobody can tell. */
static const char *our_context(const struct transport_address *address,
			       uint32_t cid, char *text)
{
	if (is_this_machine(address, cid))
		cid = VMADDR_CID_LOCAL;
	if (cid == VMADDR_CID_ANY || cid == HOSTLINK_CID_UNKNOWN)
		snprintf(text, CONTEXT_LEN, "cid:N");
	else
		snprintf(text, CONTEXT_LEN, "cid:%u", cid);
	return text;
}

static void cure_host(const struct transport_address *address, uint32_t cid,
		      int error, char *cure)
{
	char context[CONTEXT_LEN];

	if (cid == VMADDR_CID_ANY ||
	    (cid == HOSTLINK_CID_UNKNOWN && error == -ENODEV))
		snprintf(cure, HOSTLINK_WHY_LEN,
			 "this machine has no vsock device: start the VM with "
			 "-device vhost-vsock-pci,guest-cid=N, or modprobe "
			 "vmw_vsock_virtio_transport");
	else if (cid == VMADDR_CID_HOST && error == -ENODEV)
		snprintf(cure, HOSTLINK_WHY_LEN,
			 "context 2 is this machine: modprobe vsock_loopback");
	else if (error == -ETIMEDOUT || error == -EPIPE)
		snprintf(cure, HOSTLINK_WHY_LEN,
			 "does hostd run there, and is it stopped?");
	else
		snprintf(cure, HOSTLINK_WHY_LEN,
			 "start hostd on the host: hostd --listen vsock:%u "
			 "--allow %s",
			 address->port, our_context(address, cid, context));
}

static void cure_vsock(const struct transport_address *address, uint32_t cid,
		       int error, char *cure)
{
	bool loopback = address->cid == VMADDR_CID_LOCAL;
	char context[CONTEXT_LEN];

	if (error == -EAFNOSUPPORT)
		snprintf(cure, HOSTLINK_WHY_LEN, "modprobe vsock");
	else if (address->cid == VMADDR_CID_HOST ||
		 address->cid == VMADDR_CID_ANY)
		cure_host(address, cid, error, cure);
	else if (loopback && error == -ENODEV)
		snprintf(cure, HOSTLINK_WHY_LEN, "modprobe vsock_loopback");
	else if (loopback && (error == -ETIMEDOUT || error == -EPIPE))
		snprintf(cure, HOSTLINK_WHY_LEN,
			 "does hostd run there, and is it stopped?");
	else if (!loopback && address->cid == cid)
		snprintf(cure, HOSTLINK_WHY_LEN,
			 "context %u is this machine: from a VM the host is "
			 "vsock:2:%u",
			 address->cid, address->port);
	else if (error == -ENODEV || error == -ETIMEDOUT)
		snprintf(cure, HOSTLINK_WHY_LEN,
			 "context %u does not answer: from a VM the host is "
			 "vsock:2:%u",
			 address->cid, address->port);
	else
		snprintf(
			cure, HOSTLINK_WHY_LEN,
			"start hostd there: hostd --listen vsock:%u --allow %s",
			address->port, our_context(address, cid, context));
}

static void cure_socket(int error, char *cure)
{
	if (error == -ETIMEDOUT || error == -EPIPE)
		snprintf(cure, HOSTLINK_WHY_LEN,
			 "does hostd run there, and is it stopped?");
	else if (error == -EACCES || error == -EPERM)
		snprintf(cure, HOSTLINK_WHY_LEN,
			 "you may not write to this socket: chmod it or its "
			 "directory, and start hostd with --allow uid:%u",
			 (unsigned int)geteuid());
	else
		snprintf(cure, HOSTLINK_WHY_LEN, "is hostd running there?");
}

/* Return: false if it is not guestd itself, or this machine, that has no more */
static bool cure_want(int error, char *cure)
{
	if (error == -EMFILE)
		snprintf(cure, HOSTLINK_WHY_LEN,
			 "guestd itself may have no more: raise LimitNOFILE= "
			 "of its service, or ulimit -Hn");
	else if (error == -ENFILE || error == -ENOMEM || error == -ENOBUFS)
		snprintf(cure, HOSTLINK_WHY_LEN,
			 "this machine has no more: end something else");
	else
		return false;
	return true;
}

void hostlink_why_failed(const struct transport_address *address, uint32_t cid,
			 int error, char *why)
{
	char text[TRANSPORT_TEXT_LEN];
	char cure[HOSTLINK_WHY_LEN];

	transport_format(address, text, sizeof(text));
	if (error == -EPROTO) {
		snprintf(why, HOSTLINK_WHY_LEN, "%s: this is not hostd", text);
		return;
	}
	if (error == -EBADMSG) {
		snprintf(why, HOSTLINK_WHY_LEN,
			 "%s: descriptors do not get through: do without what "
			 "stands between",
			 text);
		return;
	}
	if (!cure_want(error, cure)) {
		if (address->kind == TRANSPORT_VSOCK)
			cure_vsock(address, cid, error, cure);
		else
			cure_socket(error, cure);
	}
	snprintf(why, HOSTLINK_WHY_LEN, "%s: %s: %.300s", text,
		 strerror(-error), cure);
}

void hostlink_why_goaway(const struct transport_address *address, uint32_t cid,
			 uint32_t reason, char *why)
{
	char text[TRANSPORT_TEXT_LEN];
	char context[CONTEXT_LEN];

	transport_format(address, text, sizeof(text));
	switch (reason) {
	case VMS_GOAWAY_NOT_ALLOWED:
		snprintf(why, HOSTLINK_WHY_LEN,
			 "%s: refused: hostd has no rule for this guest: "
			 "start hostd with --allow (its log names the rule)",
			 text);
		break;
	case VMS_GOAWAY_PORT:
		snprintf(why, HOSTLINK_WHY_LEN,
			 "%s: refused: our vsock port is not below 1024: "
			 "give guestd CAP_NET_BIND_SERVICE, or start hostd "
			 "with --allow %s,any-port",
			 text, our_context(address, cid, context));
		break;
	case VMS_GOAWAY_LIMIT:
		snprintf(why, HOSTLINK_WHY_LEN,
			 "%s: refused: too many connections of this guest: "
			 "stop another guestd",
			 text);
		break;
	default:
		snprintf(why, HOSTLINK_WHY_LEN, "%s: refused: %s", text,
			 wire_goaway_text(reason));
		break;
	}
}

/* "a, b, c" */
static void list_names(const struct vms_list_entry *entries, unsigned int count,
		       char *text, size_t len)
{
	size_t used = 0;
	unsigned int i;

	text[0] = 0;
	for (i = 0; i < count && used < len; i++)
		used += (size_t)snprintf(text + used, len - used, "%s%s",
					 i ? ", " : "", entries[i].name);
}

void hostlink_why_ack(const struct hostlink_config *config,
		      const struct vms_hello_ack *ack,
		      const struct vms_list_entry *entries, unsigned int count,
		      char *why)
{
	char device[VMS_NAME_LEN + sizeof("device \"\"")];
	char names[HOSTLINK_WHY_LEN / 2];
	char text[TRANSPORT_TEXT_LEN];

	transport_format(&config->address, text, sizeof(text));
	list_names(entries, count, names, sizeof(names));
	if (config->device[0])
		snprintf(device, sizeof(device), "device \"%s\"",
			 config->device);
	else
		snprintf(device, sizeof(device), "its first device");
	if (ack->status == EPROTONOSUPPORT)
		snprintf(why, HOSTLINK_WHY_LEN,
			 "%s: hostd speaks protocol version %u, guestd %d: "
			 "install the same release of both",
			 text, ack->version, VMS_VERSION_MAX);
	else if (ack->status == ENODEV && count && config->device[0])
		snprintf(why, HOSTLINK_WHY_LEN,
			 "%s: hostd has no %s: choose --remote from %s", text,
			 device, names);
	else
		snprintf(why, HOSTLINK_WHY_LEN,
			 "%s: hostd cannot open %s: %s: look at hostd's log",
			 text, device, strerror((int)ack->status));
}
