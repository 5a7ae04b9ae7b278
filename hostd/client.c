// SPDX-License-Identifier: BSD-3-Clause
/*
 * The device core: virtio-media commands in, written bytes out.
 */
#include "hostd/client.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hostd/client_parts.h"
#include "hostd/device_open.h"

static void session_closed(void *data, struct host_session *session)
{
	struct client *client = data;
	unsigned int i;

	for (i = 0; i < client->session_count; i++)
		if (client->sessions[i] == session)
			break;
	client->sessions[i] = client->sessions[--client->session_count];
	host_session_destroy(session);
}

void client_cancel(struct client *client, uint32_t tag)
{
	unsigned int i;

	for (i = 0; i < client->session_count; i++)
		if (host_session_cancel(client->sessions[i], tag))
			return;
}

void *client_data_begin(struct client *client, uint64_t addr, size_t len,
			uint32_t generation)
{
	struct mapping *mapping = window_find(&client->window, addr, len);
	const struct buffer *buffer;

	if (!mapping || !mapping->map.bytes || !mapping->buffer ||
	    mapping->export || mapping->placed)
		return NULL;
	buffer = mapping->buffer;
	/* An older one is what the guest knew when it sent this. */
	if (!mapping->writable || !V4L2_TYPE_IS_OUTPUT(buffer->queue->type) ||
	    buffer->state != BUFFER_FREE || generation > mapping->generation)
		return NULL;
	return (uint8_t *)mapping->map.bytes + (addr - mapping->addr);
}

void client_drained(struct client *client)
{
	unsigned int i;

	for (i = 0; i < client->session_count; i++)
		host_session_update(client->sessions[i]);
}

int client_probe(struct client *client, struct v4l2_capability *capability,
		 uint64_t *features)
{
	struct device *device = client->env.device;
	struct device_file *file;
	int ret;

	ret = device_open(device, client->env.index, client->env.opener, &file);
	if (ret)
		return ret;
	memset(capability, 0, sizeof(*capability));
	ret = device->ops->ioctl(file, ioctl_lookup(VIDIOC_QUERYCAP),
				 capability);
	/*
	 * There is no other way to learn whether a node has these.  The first has the
	 * driver fill the kernel's log.
	 */
	*features = 0;
	if (!client->hushed &&
	    !device->ops->ioctl(file, ioctl_lookup(VIDIOC_LOG_STATUS), NULL))
		*features |= VMS_FEATURE_LOG_STATUS;
	if (device->ops->exports && device->ops->exports(file))
		*features |= VMS_FEATURE_EXPBUF;
	if (!ret && device->ops->lasting && !device->forget)
		client->lasting = device->ops->lasting(capability);
	if (client->lasting)
		*features |= VMS_FEATURE_MEMO;
	device->ops->close(file);
	return ret;
}

int client_create(struct loop *loop, struct device *device, unsigned int index,
		  struct opener *opener, const struct grant *grant,
		  const struct client_ops *ops, void *owner,
		  struct client **out)
{
	struct client *client = calloc(1, sizeof(*client));
	int ret;

	if (!client)
		return -ENOMEM;
	ret = exports_create(loop, grant->shared, &client->exports);
	if (ret) {
		free(client);
		return ret;
	}
	client->output.ops = ops;
	client->output.owner = owner;
	client->output.failures = &client->failures;
	client->env.loop = loop;
	client->env.device = device;
	client->env.index = index;
	client->env.opener = opener;
	client->env.grant = grant;
	client->env.quota = &client->quota;
	client->quota.grant = grant;
	client->imports.most = grant->shared;
	client->env.window = &client->window;
	client->env.exports = client->exports;
	client->env.imports = &client->imports;
	client->env.output = &client->output;
	client->env.closed = session_closed;
	client->env.client = client;
	client->next_id = 1;
	*out = client;
	return 0;
}

void client_number_from(struct client *client, uint32_t id)
{
	client->next_id = id;
}

static int client_remember(struct client *client)
{
	const struct host_memo_config config = {
		.loop = client->env.loop,
		.device = client->env.device,
		.index = client->env.index,
		.opener = client->env.opener,
		.grant = client->env.grant,
		.output = &client->output,
		.lasting = client->lasting,
	};

	return host_memo_create(&config, &client->env.memo);
}

int client_set_features(struct client *client, uint64_t features,
			struct slices *slices)
{
	client->output.features = features;
	client->env.device->slices =
		features & VMS_FEATURE_SHMEM ? slices : NULL;
	if (features & VMS_FEATURE_SHM_FD)
		exports_set_reopener(client->exports,
				     opener_reopener(client->env.opener));
	return features & VMS_FEATURE_MEMO ? client_remember(client) : 0;
}

void client_hush(struct client *client)
{
	client->failures = (struct log_rate){
		.since_ns = loop_now(client->env.loop),
		.count = LOG_RATE_MAX,
	};
	client->hushed = true;
	client->exports->full = true;
	client->imports.full = true;
	client->imports.lost = true;
}

struct exports *client_take_exports(struct client *client)
{
	struct exports *exports = client->exports;

	client->exports = NULL;
	return exports;
}

void client_destroy(struct client *client)
{
	unsigned int i;

	if (!client)
		return;
	for (i = 0; i < client->session_count; i++)
		host_session_destroy(client->sessions[i]);
	assert(!client->quota.buffers && !client->quota.memory &&
	       !client->quota.subscriptions);
	free(client->env.spare);
	host_memo_destroy(client->env.memo);
	window_finish(&client->window);
	exports_destroy(client->exports);
	imports_finish(&client->imports);
	free(client);
}
