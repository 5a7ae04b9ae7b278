// SPDX-License-Identifier: BSD-3-Clause
/*
 * What can be said of the device core's output without knowing where it goes.
 */
#include "hostd/client_ops.h"

#include "common/protocol.h"

enum log_level client_output_level(const struct client_output *output,
				   uint64_t now_ns)
{
	return output->failures ? log_rate_level(output->failures, now_ns,
						 LOG_LEVEL_WARN)
				: LOG_LEVEL_WARN;
}

void client_output_status(const struct client_output *output, uint32_t tag,
			  int error)
{
	struct virtio_media_resp resp = { .status = (uint32_t)-error };

	output->ops->respond(output->owner, tag, &resp, sizeof(resp),
			     sizeof(resp));
}

void client_output_io_status(const struct client_output *output, uint32_t tag,
			     int error)
{
	struct vms_io_resp resp = { .status = (uint32_t)-error };

	output->ops->respond_io(output->owner, tag, &resp, sizeof(resp));
}
