// SPDX-License-Identifier: BSD-3-Clause
/*
 * The node: the connection behind it, its sessions, who owns its queue.
 */
#include "guestd/device.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "guestd/profile.h"

#define RETRY_FIRST_NS   (20 * LOOP_MS)
#define RETRY_LAST_NS    (300 * LOOP_MS)
#define RETRY_REFUSED_NS (5000 * LOOP_MS) /* somebody has to do something */

#define WHO_LEN (64 + TRANSPORT_TEXT_LEN)

static int device_connect(struct guest_device *device, int fd);

bool guest_device_m2m(const struct guest_device *device)
{
	return profile_m2m(device->ack.capability.device_caps);
}

bool guest_device_io(const struct guest_device *device)
{
	return device->ack.features & VMS_FEATURE_IO;
}

/* ---- sessions ------------------------------------------------------------ */

void guest_device_join(struct guest_device *device,
		       struct device_member *member)
{
	member->next = device->members;
	device->members = member;
}

void guest_device_leave(struct guest_device *device,
			struct device_member *member)
{
	struct device_member **at = &device->members;

	while (*at && *at != member)
		at = &(*at)->next;
	if (*at)
		*at = member->next;
	if (device->owner == member)
		guest_device_own(device, member, NULL);
}

void guest_device_own(struct guest_device *device,
		      const struct device_member *member, struct queue *queue)
{
	if (guest_device_m2m(device))
		return;
	device->owner = queue ? member : NULL;
	device->owned = queue;
	if (device->memory && device->config->shim)
		memory_own(device->memory, queue ? member->file : 0,
			   queue ? queue->type : 0, queue && queue->fileio);
}

bool guest_device_busy(const struct guest_device *device,
		       const struct device_member *member)
{
	return device->owner && device->owner != member;
}

static struct device_member *find_member(const struct guest_device *device,
					 uint32_t id)
{
	struct device_member *member;

	for (member = device->members; member; member = member->next)
		if (member->id == id)
			return member;
	return NULL;
}

static void lose_member(struct guest_device *device,
			struct device_member *member, int error, int waiting)
{
	guest_device_leave(device, member);
	member->ops->lost(member, error, waiting);
}

/* ---- the link ------------------------------------------------------------ */

/* A host can come and go as often as it likes. */
static enum log_level link_level(struct guest_device *device,
				 enum log_level level)
{
	return guest_device_level(device, DEVICE_NOTICE_LINK, level);
}

/* Who has lost or found whom: "/dev/video3: vsock:2:848" */
static const char *who(const struct guest_device *device, char *text)
{
	const char *node = device->config->node;
	char address[TRANSPORT_TEXT_LEN];

	transport_format(&device->config->link.address, address,
			 sizeof(address));
	if (node && node[0])
		snprintf(text, WHO_LEN, "/dev/%.50s: %s", node, address);
	else
		snprintf(text, WHO_LEN, "%s", address);
	return text;
}

/* The link is what is calling, so it goes when the call is over. */
static void retry_later(struct guest_device *device)
{
	loop_timer_set(device->retry, device->retry_ns);
	if (device->retry_ns < RETRY_LAST_NS)
		device->retry_ns *= 2;
	if (device->retry_ns > RETRY_LAST_NS)
		device->retry_ns = RETRY_LAST_NS;
}

static void device_retry(void *data)
{
	struct guest_device *device = data;
	char text[WHO_LEN];
	int ret;

	ret = device_connect(device, -1);
	if (ret) {
		log_err("%s: %s", who(device, text), strerror(-ret));
		retry_later(device);
	}
}

/* vivid's radio has it or not, as a control of its own says. */
#define CHANGING_CAPS ((uint32_t)V4L2_CAP_READWRITE)

/* After a pause another device may sit behind the same name. */
static bool same_device(const struct vms_hello_ack *a,
			const struct vms_hello_ack *b)
{
	return a->config.device_type == b->config.device_type &&
	       !((a->capability.device_caps ^ b->capability.device_caps) &
		 ~CHANGING_CAPS) &&
	       !memcmp(a->capability.bus_info, b->capability.bus_info,
		       sizeof(a->capability.bus_info)) &&
	       !memcmp(a->capability.driver, b->capability.driver,
		       sizeof(a->capability.driver));
}

/* Two cameras of one make have one card: where they are tells them apart. */
static void device_changed(const struct guest_device *device,
			   const struct vms_hello_ack *ack)
{
	const struct v4l2_capability *before = &device->ack.capability;
	const struct v4l2_capability *now = &ack->capability;
	bool named = device->config->link.device[0];
	char text[WHO_LEN];
	char why[512];

	snprintf(why, sizeof(why),
		 "%s: hostd has come back with another device, \"%.32s\" at "
		 "%.32s instead of \"%.32s\" at %.32s: start guestd again%s",
		 who(device, text), (const char *)now->card,
		 (const char *)now->bus_info, (const char *)before->card,
		 (const char *)before->bus_info,
		 named ? "" : ", or use --remote");
	device->ops->fatal(device->ops_owner, why);
}

static void say_state(const struct guest_device *device, const char *text)
{
	if (device->ops->state)
		device->ops->state(device->ops_owner, text);
}

static void device_ready(void *owner, const struct vms_hello_ack *told)
{
	struct guest_device *device = owner;
	struct vms_hello_ack masked = *told;
	const struct vms_hello_ack *ack = &masked;
	const char *why = NULL;
	char text[WHO_LEN];

	if (device->config->mask)
		why = device->config->mask(&masked.capability);
	if (why) {
		device->ops->fatal(device->ops_owner, why);
		return;
	}
	if (device->known && !same_device(&device->ack, ack)) {
		device_changed(device, ack);
		return;
	}
	device->ready = true;
	device->ready_at = loop_now(device->loop);
	device->why[0] = 0;
	device->ack = *ack;
	if (device->known) {
		log_line(link_level(device, LOG_LEVEL_INFO),
			 "%s: connected again", who(device, text));
		say_state(device, "connected");
		return;
	}
	device->known = true;
	device->ops->up(device->ops_owner, ack);
}

static bool worth_waiting(const struct guest_device *device, int error)
{
	if (device->known)
		return error != -EPROTONOSUPPORT;
	return device->config->wait && error != -EPROTONOSUPPORT &&
	       error != -EPROTO;
}

static void device_refused(void *owner, int error, bool answered,
			   const char *why)
{
	struct guest_device *device = owner;
	char text[WHO_LEN];

	/* Not hostd's own answer, which may be any errno. */
	if (error == -EBADMSG && !answered &&
	    device->to.address.kind != TRANSPORT_FD) {
		log_line(link_level(device, LOG_LEVEL_INFO),
			 "%s: descriptors do not get through, so buffers are "
			 "not shared",
			 who(device, text));
		device->to.no_fds = true;
		loop_timer_set(device->retry, 0);
		return;
	}
	if (!worth_waiting(device, error)) {
		device->ops->fatal(device->ops_owner, why);
		return;
	}
	if (strcmp(device->why, why) != 0) {
		snprintf(device->why, sizeof(device->why), "%s", why);
		log_line(link_level(device, LOG_LEVEL_WARN), "%s: waiting",
			 why);
		say_state(device, why);
	}
	if (answered)
		loop_timer_set(device->retry, RETRY_REFUSED_NS);
	else
		retry_later(device);
}

static void device_lost(void *owner, int error)
{
	struct guest_device *device = owner;
	bool again = device->config->link.address.kind != TRANSPORT_FD;
	char text[WHO_LEN];

	log_line(link_level(device, LOG_LEVEL_WARN),
		 "%s: connection lost: %s%s", who(device, text),
		 error ? strerror(-error) : "hostd left",
		 again ? ": trying again" : "");
	say_state(device, "connection lost");
	device->ready = false;
	/* Who comes only to go is not asked at once, again and again. */
	if (loop_now(device->loop) - device->ready_at >= RETRY_LAST_NS)
		device->retry_ns = RETRY_FIRST_NS;
	while (device->members)
		lose_member(device, device->members, -ENODEV, -ENODEV);
	guest_device_forget_controls(device);
	device->formats.known = false;
	device->formats.count = 0;
	device->events = DEVICE_HAS_UNKNOWN;
	device->prepares = DEVICE_HAS_UNKNOWN;
	if (again)
		retry_later(device);
	else
		device->ops->fatal(
			device->ops_owner,
			"a connection given with fd:N cannot be made "
			"again: start guestd again");
}

static void device_buffer(void *owner, uint32_t session_id,
			  const struct v4l2_buffer *buffer,
			  const struct v4l2_plane *planes)
{
	struct guest_device *device = owner;
	struct device_member *member = find_member(device, session_id);

	if (member)
		member->ops->buffer(member, buffer, planes);
	else
		log_debug("session %u: a buffer for nobody", session_id);
}

static void device_event(void *owner, uint32_t session_id,
			 const struct v4l2_event *event)
{
	struct guest_device *device = owner;
	struct device_member *member = find_member(device, session_id);

	if (member)
		member->ops->event(member, event);
}

static void device_queue_error(void *owner, uint32_t session_id, uint32_t type,
			       int error)
{
	struct guest_device *device = owner;
	struct device_member *member = find_member(device, session_id);

	if (member)
		member->ops->queue_error(member, type, error);
}

static void device_io_ready(void *owner, uint32_t session_id)
{
	struct guest_device *device = owner;
	struct device_member *member = find_member(device, session_id);

	if (member)
		member->ops->io_ready(member);
}

static void device_session_error(void *owner, uint32_t session_id, int error)
{
	struct guest_device *device = owner;
	struct device_member *member = find_member(device, session_id);

	if (!member)
		return;
	log_line(
		guest_device_level(device, DEVICE_NOTICE_ENDED, LOG_LEVEL_WARN),
		"session %u: ended by the host: %s", session_id,
		strerror(-error));
	/*
	 * When a device goes, its driver stops the streams: who waits in DQBUF gets
	 * what STREAMOFF gives them (vb2_video_unregister_device()).
	 */
	lose_member(device, member, error, error == -ENODEV ? -EINVAL : error);
	/* The host waits for our CLOSE (virtio 1.4, session errors). */
	hostlink_close(device->link, NULL, session_id, NULL);
}

static void *device_data(void *owner, uint64_t addr, size_t len,
			 uint32_t generation)
{
	struct guest_device *device = owner;
	struct guest_mapping *mapping =
		mapping_find(&device->window, addr, len);

	if (mapping && (mapping->shared || mapping->placed)) {
		hostlink_lied(device->link,
			      "contents of memory that is shared");
		return NULL;
	}
	if (!mapping || !mapping->capture || !mapping->buffer ||
	    mapping->buffer->state != QUEUE_QUEUED ||
	    mapping->generation != generation) {
		log_debug("contents for nobody: %zu bytes at %#" PRIx64, len,
			  addr);
		return NULL;
	}
	return (uint8_t *)mapping->bytes + (addr - mapping->addr);
}

static const struct hostlink_ops device_link_ops = {
	.ready = device_ready,
	.refused = device_refused,
	.lost = device_lost,
	.buffer = device_buffer,
	.event = device_event,
	.session_error = device_session_error,
	.queue_error = device_queue_error,
	.io_ready = device_io_ready,
	.data = device_data,
	.wrong = guest_device_wrong,
};

static void device_dispose(void *disposer, int fd)
{
	struct guest_device *device = disposer;

	memory_dispose(device->memory, fd);
}

static int device_connect(struct guest_device *device, int fd)
{
	hostlink_destroy(device->link);
	device->link = NULL;
	return hostlink_create(device->loop, fd, &device->to, &device_link_ops,
			       device, &device->link);
}

int guest_device_attach(struct loop *loop, int fd, struct memory *memory,
			const struct guest_device_config *config,
			const struct guest_device_ops *ops, void *owner,
			struct guest_device **out)
{
	struct guest_device *device = calloc(1, sizeof(*device));
	int ret;

	if (!device)
		return -ENOMEM;
	device->loop = loop;
	device->memory = memory;
	device->config = config;
	device->to = config->link;
	if (memory)
		device->to.dispose = device_dispose;
	device->to.disposer = device;
	device->to.logged = &device->noticed[DEVICE_NOTICE_LINK];
	device->ops = ops;
	device->ops_owner = owner;
	device->retry_ns = RETRY_FIRST_NS;
	ret = loop_timer(loop, device_retry, device, &device->retry);
	if (!ret)
		ret = device_connect(device, fd);
	if (ret) {
		loop_timer_destroy(device->retry);
		free(device);
		return ret;
	}
	*out = device;
	return 0;
}

int guest_device_create(struct loop *loop, struct memory *memory,
			const struct guest_device_config *config,
			const struct guest_device_ops *ops, void *owner,
			struct guest_device **out)
{
	return guest_device_attach(loop, -1, memory, config, ops, owner, out);
}

void guest_device_destroy(struct guest_device *device)
{
	if (!device)
		return;
	hostlink_destroy(device->link);
	loop_timer_destroy(device->retry);
	mapping_window_finish(&device->window);
	guest_device_forget_controls(device);
	free(device);
}
