// SPDX-License-Identifier: BSD-3-Clause
/*
 * What HELLO agrees on, and what HELLO_ACK tells.
 */
#include "hostd/hello.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "common/clockdomain.h"
#include "hostd/slices.h"
#include "hostd/window.h"

#define HELLO_EVT_UNLIMITED UINT32_MAX

static uint32_t hello_min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

int hello_agree(const struct vms_hello *hello, struct vms_hello_ack *ack)
{
	memset(ack, 0, sizeof(*ack));
	ack->version = VMS_VERSION_MAX;
	if (hello->version_min > hello->version_max ||
	    hello->version_min > VMS_VERSION_MAX ||
	    hello->version_max < VMS_VERSION_MIN)
		return -EPROTONOSUPPORT;

	if (hello->version_max < VMS_VERSION_MAX)
		ack->version = hello->version_max;
	ack->features = hello->features & VMS_FEATURES;
	ack->max_ctrl = hello_min(hello->max_ctrl, VMS_MAX_CTRL);
	/* Chunks but the last are multiples of 8. */
	ack->max_chunk = hello_min(hello->max_chunk, VMS_MAX_CHUNK) & ~7u;
	ack->cmd_window = hello_min(hello->cmd_window, VMS_CMD_WINDOW);
	ack->evt_credit = HELLO_EVT_UNLIMITED;
	ack->shm_len = WINDOW_LEN;
	ack->page_size = VMS_PAGE_SIZE;
	return 0;
}

void hello_device(struct vms_hello_ack *ack, const struct device *device,
		  const struct v4l2_capability *capability, uint64_t features)
{
	uint32_t caps = capability->capabilities & V4L2_CAP_DEVICE_CAPS
				? capability->device_caps
				: capability->capabilities;

	if ((caps & V4L2_CAP_STREAMING) || !device->ops->read)
		ack->features &= ~VMS_FEATURE_IO;
	if (!(caps & V4L2_CAP_STREAMING) && !(ack->features & VMS_FEATURE_IO))
		caps &= ~(uint32_t)(V4L2_CAP_READWRITE | V4L2_CAP_RDS_CAPTURE |
				    V4L2_CAP_RDS_OUTPUT);
	ack->features &= ~(VMS_FEATURE_LOG_STATUS | VMS_FEATURE_EXPBUF |
			   VMS_FEATURE_MEMO) |
			 features;

	ack->config.device_caps = caps;
	ack->config.device_type = device->type;
	static_assert(sizeof(ack->config.card) == sizeof(capability->card),
		      "card has two sizes");
	memcpy(ack->config.card, capability->card, sizeof(capability->card));
	ack->capability = *capability;
}

void hello_share(struct vms_hello_ack *ack, const struct vms_hello *hello,
		 const struct device *device, bool share)
{
	bool possible = share && hello->clock_domain &&
			hello->clock_domain == clockdomain();

	if (!possible || !device->ops->export_plane)
		ack->features &= ~(VMS_FEATURE_SHM_FD | VMS_FEATURE_EXPBUF);
	if (!possible || !device->ops->imports)
		ack->features &= ~VMS_FEATURE_OBJ_FD;
}

void hello_shmem(struct vms_hello_ack *ack, const struct vms_hello *hello,
		 struct slices *slices)
{
	if (hello->features & VMS_FEATURE_SHMEM && slices &&
	    !(ack->features & VMS_FEATURE_SHM_FD) &&
	    slices_agree(slices, hello->shmem_mark, hello->shmem_len))
		ack->features |= VMS_FEATURE_SHMEM;
}

uint64_t hello_now(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

int hello_find(const struct device_list *devices, const struct grant *grant,
	       const char *name)
{
	unsigned int i;

	for (i = 0; i < devices->count; i++)
		if (grant_device(grant, i) &&
		    (!*name || strcmp(devices->devices[i].name, name) == 0))
			return (int)i;
	return -ENODEV;
}

static void hello_put_device(struct wire_writer *writer,
			     const struct device *device)
{
	struct vms_list_entry entry = { 0 };

	strncpy(entry.name, device->name, sizeof(entry.name) - 1);
	strncpy(entry.kind, device->ops->name, sizeof(entry.kind) - 1);
	wire_put_list_entry(writer, &entry);
}

void hello_put(struct wire_writer *writer, struct vms_hello_ack *ack,
	       uint64_t mono_ns, const struct device_list *devices,
	       const struct grant *grant)
{
	unsigned int i;

	ack->clock_domain = clockdomain();
	ack->mono_ns = mono_ns;
	ack->real_ns = hello_now(CLOCK_REALTIME);
	wire_put_hello_ack(writer, ack);

	for (i = 0; devices && i < devices->count; i++)
		if (grant_device(grant, i))
			hello_put_device(writer, &devices->devices[i]);
}
