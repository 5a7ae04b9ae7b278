// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory of an application's own.
 */
#include "guestd/given.h"

struct given_plane given_plane(struct request *request, unsigned int plane)
{
	const struct v4l2_buffer *buffer = &request->payload.arg.buffer;
	const struct v4l2_plane *planes = payload_planes(&request->payload);

	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->type))
		return (struct given_plane){
			.userptr = buffer->m.userptr,
			.fd = buffer->m.fd,
			.len = buffer->length,
			.used = buffer->bytesused,
		};
	return (struct given_plane){
		.userptr = planes[plane].m.userptr,
		.fd = planes[plane].m.fd,
		.len = planes[plane].length,
		.used = planes[plane].bytesused,
	};
}
