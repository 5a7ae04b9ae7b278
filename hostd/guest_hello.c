// SPDX-License-Identifier: BSD-3-Clause
/*
 * HELLO: the version, the device, and either a client or the reason why not.
 */
#include "hostd/guest_hello.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/plane_object.h"
#include "common/wire.h"
#include "hostd/audit.h"
#include "hostd/hello.h"

/* @fd: goes with it, or -1 */
static void guest_acknowledge(struct guest *guest, struct vms_hello_ack *ack,
			      const struct device_list *listing, int fd)
{
	const struct vms_header header = {
		.type = VMS_HELLO_ACK,
		.flags = fd < 0 ? 0 : VMS_FLAG_FD,
	};
	uint8_t body[HELLO_ACK_LEN_MAX];
	struct wire_writer writer;

	wire_writer_init(&writer, body, sizeof(body));
	hello_put(&writer, ack, loop_now(guest->loop), listing, &guest->grant);
	guest_out_answer(&guest->out, &header, body, writer.len, fd);
}

static void guest_refuse(struct guest *guest, struct vms_hello_ack *ack,
			 int error, enum vms_goaway_reason reason,
			 const struct device_list *listing)
{
	ack->status = (uint32_t)-error;
	ack->features &= ~VMS_FEATURES_FD;
	guest_acknowledge(guest, ack, listing, -1);
	guest_end(guest, -error, reason);
}

static int guest_open_device(struct guest *guest, int index,
			     struct vms_hello_ack *ack)
{
	struct device *device = &guest->devices->devices[index];
	struct v4l2_capability capability;
	uint64_t features;
	int ret;

	ret = client_create(guest->loop, device, (unsigned int)index,
			    guest->opener, &guest->grant, &guest_out_ops,
			    &guest->out, &guest->client);
	if (ret < 0)
		return ret;
	/* Who comes all the time fills no log with what it does then, either. */
	if (!notices_new(guest->notices, &guest->peer, NOTICE_SERVED))
		client_hush(guest->client);

	ret = client_probe(guest->client, &capability, &features);
	if (ret < 0)
		return ret;

	hello_device(ack, device, &capability, features);
	return 0;
}

/* Nobody looks into it: it shows the guest that descriptors get through. */
static int guest_make_probe(struct vms_hello_ack *ack)
{
	int fd = -1;

	if (ack->features & VMS_FEATURES_FD)
		fd = memfd_create("usermedia-hello",
				  MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd >= 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		ack->features &= ~VMS_FEATURES_FD;
	return fd;
}

static const char *guest_shares(uint64_t features)
{
	if (features & VMS_FEATURE_SHM_FD)
		return ", shares its buffers";
	return features & VMS_FEATURE_SHMEM ? ", has its buffers in memory of "
					      "both"
					    : "";
}

static void guest_serve(struct guest *guest, struct vms_hello_ack *ack,
			const char *device)
{
	int probe = guest_make_probe(ack);

	if (ack->features & VMS_FEATURE_OBJ_FD)
		channel_accept_fds(guest->channel, plane_object_is_memory);
	if (client_set_features(guest->client, ack->features, guest->slices))
		ack->features &= ~VMS_FEATURE_MEMO; /* no memory for that */
	guest->features = ack->features;
	guest->out.max_ctrl = ack->max_ctrl;
	guest->out.window = ack->cmd_window;
	channel_set_limits(guest->channel, ack->max_ctrl, ack->max_chunk);
	guest_acknowledge(guest, ack, NULL, probe);

	loop_timer_stop(guest->timeout);
	guest_set_state(guest, GUEST_SERVING);
	log_line(guest_level(guest, NOTICE_SERVED, LOG_LEVEL_INFO),
		 "%s: connected, device %s%s", guest->who, device,
		 guest_shares(ack->features));
}

/* If the line for people is said.  @device: NULL: it is about none */
static void guest_audit_refusal(const struct guest *guest, unsigned int notice,
				const char *reason, const char *device)
{
	struct audit audit;

	if (!notices_new(guest->notices, &guest->peer, notice))
		return;
	audit_begin(&audit, "refuse", &guest->peer);
	audit_add(&audit, "reason", reason);
	if (device)
		audit_add(&audit, "device", device);
	audit_log(&audit);
}

/* If one of us has such memory somebody wants it to be used. */
static void guest_shmem(struct guest *guest, const struct vms_hello *hello,
			struct vms_hello_ack *ack)
{
	bool offered = hello->features & VMS_FEATURE_SHMEM;
	const char *why = "it has other memory than hostd: give both the same "
			  "(--shm)";

	hello_shmem(ack, hello, guest->slices);
	if ((!offered && !guest->slices) ||
	    ack->features & (VMS_FEATURE_SHMEM | VMS_FEATURE_SHM_FD))
		return;
	if (!guest->slices && guest->grant.shmem[0])
		why = "hostd could not map its own, see above";
	else if (!guest->slices)
		why = "hostd has none for it (--shm, or shm of hostd.conf)";
	else if (!offered)
		why = "guestd has none (--shm)";
	log_line(guest_level(guest, NOTICE_SERVED, LOG_LEVEL_WARN),
		 "%s: no shared memory, so contents travel: %s", guest->who,
		 why);
}

int guest_hello(struct guest *guest, const struct channel_frame *frame)
{
	const struct device *device;
	char why[DEVICE_WHY_LEN];
	struct vms_hello_ack ack;
	struct vms_hello hello;
	int index, ret;

	if (wire_get_hello(frame->section, frame->header.slen, &hello) < 0)
		return guest_lie(guest, "malformed HELLO");

	if (hello_agree(&hello, &ack) < 0) {
		log_line(guest_level(guest, NOTICE_VERSION, LOG_LEVEL_WARN),
			 "%s: refused: speaks versions %u to %u, we %u to %u",
			 guest->who, hello.version_min, hello.version_max,
			 VMS_VERSION_MIN, VMS_VERSION_MAX);
		guest_audit_refusal(guest, NOTICE_VERSION, "version", NULL);
		guest_refuse(guest, &ack, -EPROTONOSUPPORT, VMS_GOAWAY_VERSION,
			     NULL);
		return 0;
	}

	if (hello.role == VMS_ROLE_LIST) {
		log_line(guest_level(guest, NOTICE_SERVED, LOG_LEVEL_INFO),
			 "%s: asked for the list of devices", guest->who);
		guest_refuse(guest, &ack, 0, VMS_GOAWAY_SHUTDOWN,
			     guest->devices);
		return 0;
	}

	if (ack.cmd_window > guest->grant.requests)
		ack.cmd_window = guest->grant.requests;
	index = hello_find(guest->devices, &guest->grant, hello.device);
	if (index < 0) {
		log_line(guest_level(guest, NOTICE_NAME, LOG_LEVEL_WARN),
			 "%s: refused: no device \"%s\"", guest->who,
			 hello.device);
		guest_audit_refusal(guest, NOTICE_NAME, "device", hello.device);
		guest_refuse(guest, &ack, index, VMS_GOAWAY_DEVICE,
			     guest->devices);
		return 0;
	}

	hello_share(&ack, &hello, &guest->devices->devices[index],
		    guest->grant.share);
	guest_shmem(guest, &hello, &ack);
	ret = guest_open_device(guest, index, &ack);
	if (ret < 0) {
		device = &guest->devices->devices[index];
		device_explain(device, ret, why);
		log_line(guest_level(guest, NOTICE_DEVICE + (unsigned int)index,
				     LOG_LEVEL_ERR),
			 "%s: refused: device %s: %s", guest->who, device->name,
			 why);
		guest_audit_refusal(guest, NOTICE_DEVICE + (unsigned int)index,
				    "device", device->name);
		guest_refuse(guest, &ack, ret, VMS_GOAWAY_DEVICE, NULL);
		return 0;
	}

	guest_serve(guest, &ack, guest->devices->devices[index].name);
	return 0;
}
