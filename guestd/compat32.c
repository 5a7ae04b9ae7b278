// SPDX-License-Identifier: BSD-3-Clause
/*
 * ioctl(2) of 32-bit programs: what stands between the front and the session.
 *
 * Of what an argument points to, only planes have another layout; controls, their
 * payload and EDID blocks are fetched and stored as they are.  But addresses have
 * 32 bits: what a control has in the upper half of its pointer is the program's
 * garbage, and comes back (v4l2-compat-ioctl32.c, compat_ptr()).
 */
#include "guestd/compat32.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct compat32 - A call of a 32-bit program
 * @ops:	The front's, but for those that see the program's memory
 * @front:	The front's
 * @ioctl:	Which one
 * @arg:	Argument as the program has it
 * @planes:	Planes likewise, where the front copies from or to
 * @extents:	What the front is asked for
 * @done:	What comes after a fetch
 */
struct compat32 {
	struct request_ops ops;
	const struct request_ops *front;
	const struct compat32_ioctl *ioctl;
	uint8_t arg[COMPAT32_ARG_MAX];
	uint8_t planes[VIDEO_MAX_PLANES * COMPAT32_PLANE_MAX];
	struct payload_extent *extents;
	void (*done)(struct request *request, int result);
};

static size_t plane_at(unsigned int index)
{
	return (size_t)index * compat32_plane.size32;
}

static bool is_planes(struct request *request,
		      const struct payload_extent *extent)
{
	return payload_planes(&request->payload) == extent->bytes;
}

/*
 * The extents of the session, as the program has them.  Only so many planes as
 * the buffer has are stored (v4l2_compat_put_array_args()), others stay.
 *
 * Return: their number, or -ENOMEM
 */
static int narrow(struct request *request, const struct payload_extent *extents,
		  unsigned int count, unsigned int planes)
{
	struct compat32 *compat = request->compat;
	struct payload_extent *narrowed;
	unsigned int i;
	int used = 0;

	narrowed = realloc(compat->extents, count * sizeof(narrowed[0]));
	if (!narrowed)
		return -ENOMEM;
	compat->extents = narrowed;
	for (i = 0; i < count; i++) {
		narrowed[used] = extents[i];
		narrowed[used].addr = (uint32_t)extents[i].addr;
		if (is_planes(request, &extents[i])) {
			narrowed[used].bytes = compat->planes;
			narrowed[used].len = plane_at(planes);
		}
		if (narrowed[used].len)
			used++;
	}
	return used;
}

/* ---- what the session asks for ---------------------------------------- */

static void planes_fetched(struct request *request)
{
	struct v4l2_plane *planes = payload_planes(&request->payload);
	unsigned int i;

	for (i = 0; i < payload_plane_count(&request->payload); i++)
		compat32_get(&compat32_plane,
			     request->compat->planes + plane_at(i), &planes[i]);
}

static void fetched(struct request *request, int result)
{
	if (!result)
		planes_fetched(request);
	request->compat->done(request, result);
}

static int compat32_fetch(struct request *request,
			  const struct payload_extent *extents,
			  unsigned int count,
			  void (*done)(struct request *request, int result))
{
	struct compat32 *compat = request->compat;
	int ret = narrow(request, extents, count,
			 payload_plane_count(&request->payload));

	if (ret < 0)
		return ret;
	compat->done = done;
	ret = compat->front->fetch(request, compat->extents, (unsigned int)ret,
				   fetched);
	/* 0: the request may be gone. */
	if (ret == 1)
		planes_fetched(request);
	return ret;
}

static unsigned int planes_to_store(struct request *request)
{
	unsigned int count = payload_plane_count(&request->payload);
	uint32_t has = request->payload.arg.buffer.length;

	return count && has < count ? has : count;
}

static int compat32_store(struct request *request,
			  const struct payload_extent *extents,
			  unsigned int count,
			  void (*done)(struct request *request, int result))
{
	struct compat32 *compat = request->compat;
	const struct v4l2_plane *planes = payload_planes(&request->payload);
	unsigned int has = planes_to_store(request);
	unsigned int i;
	int ret = narrow(request, extents, count, has);

	if (ret < 0)
		return ret;
	if (!ret)
		return 1;
	for (i = 0; i < has; i++)
		compat32_put(&compat32_plane, &planes[i],
			     compat->planes + plane_at(i));
	return compat->front->store(request, compat->extents, (unsigned int)ret,
				    done);
}

static void compat32_reply(struct request *request, int result, const void *arg,
			   size_t len)
{
	struct compat32 *compat = request->compat;
	const struct compat32_layout *layout = compat->ioctl->layout;

	if (!arg || !len) {
		compat->front->reply_ioctl(request, result, NULL, 0);
		return;
	}
	compat32_put(layout, arg, compat->arg);
	compat->front->reply_ioctl(request, result, compat->arg,
				   layout->size32);
}

/* ---- a call ------------------------------------------------------------ */

uint32_t compat32_native(uint32_t cmd)
{
	const struct compat32_ioctl *ioctl = compat32_lookup(cmd);

	return ioctl ? ioctl->native : cmd;
}

int compat32_begin(struct request *request, const struct compat32_ioctl *ioctl,
		   const void *arg, union payload_arg *native)
{
	struct compat32 *compat;
	int ret;

	if (arg) {
		ret = compat32_get(ioctl->layout, arg, native);
		if (ret)
			return ret;
	}
	compat = calloc(1, sizeof(*compat));
	if (!compat)
		return -ENOMEM;
	if (arg)
		memcpy(compat->arg, arg, ioctl->layout->size32);
	compat->ioctl = ioctl;
	compat->front = request->ops;
	compat->ops = *request->ops;
	compat->ops.fetch = compat32_fetch;
	compat->ops.store = compat32_store;
	compat->ops.reply_ioctl = compat32_reply;
	request->ops = &compat->ops;
	request->compat = compat;
	return 0;
}

void compat32_finish(struct request *request)
{
	if (!request->compat)
		return;
	request->ops = request->compat->front;
	free(request->compat->extents);
	free(request->compat);
	request->compat = NULL;
}

void compat32_ioctl(struct guest_session *session, struct request *request,
		    const void *arg)
{
	const struct compat32_ioctl *ioctl =
		compat32_lookup(request->caller.cmd);
	union payload_arg native;
	int ret;

	if (!ioctl) {
		session_ioctl(session, request, request->caller.cmd, arg);
		return;
	}
	/* Before the argument is looked at (v4l2_compat_ioctl32()). */
	if (session->dead) {
		request->ops->reply_error(request, session->dead);
		return;
	}
	ret = compat32_begin(request, ioctl, arg, &native);
	if (ret)
		request->ops->reply_error(request, ret);
	else
		session_ioctl(session, request, ioctl->native,
			      arg ? &native : NULL);
}
