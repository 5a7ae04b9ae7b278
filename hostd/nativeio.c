// SPDX-License-Identifier: BSD-3-Clause
/*
 * read(), write() and poll() of a device without buffers, for a guest.
 */
#include "hostd/nativeio.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/log.h"
#include "common/stats.h"
#include "common/wire.h"
#include "hostd/patch.h"

/* The same bits in poll(2), epoll(7) and on the wire. */
static_assert(VMS_IO_EVENTS ==
		      (EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLRDNORM |
		       EPOLLRDBAND | EPOLLWRNORM | EPOLLWRBAND),
	      "events of poll");
static_assert(POLLIN == EPOLLIN && POLLOUT == EPOLLOUT && POLLERR == EPOLLERR &&
		      POLLHUP == EPOLLHUP,
	      "events of poll");

#define NATIVEIO_ENDED (EPOLLERR | EPOLLHUP)

/* ---- edges ------------------------------------------------------------------ */

static void tell_edge(struct nativeio *io)
{
	const struct client_output *output = io->output;
	const struct vms_event_io_ready event = {
		.event = VMS_EVT_IO_READY,
		.session_id = io->session_id,
	};

	/* One for many: the guest asks for what is true then. */
	io->late = output->ops->congested(output->owner);
	if (io->late)
		return;
	output->ops->event(output->owner, NULL, &event, sizeof(event));
	stats_add(STATS_EVENTS, 1);
}

static void io_edge(void *data, uint32_t events)
{
	struct nativeio *io = data;
	uint32_t told = io->told;

	io->told = 0;
	if ((events & NATIVEIO_ENDED) && patch_device_gone(io->file)) {
		nativeio_finish(io);
		io->error(io->data, -ENODEV);
		return;
	}
	if (events & ~told)
		tell_edge(io);
}

/*
 * What nobody has asked for is not watched for: a driver may begin to receive
 * when it is polled for POLLIN (si470x, ivtv).
 *
 * epoll begins with what is there already, which is no edge.  If something comes
 * before we hear of that, whoever got our answer has not read yet, and finds it.
 */
static void watch(struct nativeio *io, uint32_t events, uint32_t ready)
{
	int ret = 0;

	/* Those that epoll never leaves out are no reason to watch. */
	events &= ~(uint32_t)NATIVEIO_ENDED;
	events |= io->events;
	if (events == io->events)
		return;
	if (io->watch) {
		ret = loop_watch_set(io->watch, events | EPOLLET);
	} else {
		int fd = io->file->device->ops->io_fd(io->file);

		ret = fd < 0 ? fd
			     : loop_watch(io->loop, fd, events | EPOLLET,
					  io_edge, io, &io->watch);
	}
	if (ret) {
		log_err("session %u: watching the device: %s", io->session_id,
			strerror(-ret));
		/* Whoever waits would never hear of anything. */
		nativeio_finish(io);
		io->error(io->data, ret);
		return;
	}
	io->events = events;
	io->told = ready;
}

void nativeio_update(struct nativeio *io)
{
	if (io->late)
		tell_edge(io);
}

/* ---- calls ------------------------------------------------------------------ */

size_t nativeio_room(const struct vms_io *asked)
{
	size_t head = sizeof(struct vms_io_resp);

	return asked->direction == VMS_IO_POLL ? head : head + asked->length;
}

void nativeio_begin(struct nativeio *io)
{
	io->told = 0;
}

static int poll_now(struct device_file *file, uint32_t events)
{
	struct pollfd asked = {
		.fd = file->device->ops->io_fd(file),
		.events = (short)events,
	};

	if (asked.fd < 0)
		return asked.fd;
	if (poll(&asked, 1, 0) < 0)
		return -errno;
	return (int)((uint32_t)asked.revents & VMS_IO_EVENTS);
}

int nativeio_run(struct device_file *file, const struct vms_io *asked,
		 uint8_t *bytes)
{
	const struct device_ops *ops = file->device->ops;

	switch ((enum vms_io_direction)asked->direction) {
	case VMS_IO_READ:
		return (int)ops->read(file, bytes + sizeof(struct vms_io_resp),
				      asked->length);
	case VMS_IO_WRITE:
		return (int)ops->write(file, bytes, asked->length);
	case VMS_IO_POLL:
		return poll_now(file, asked->length);
	case VMS_IO_DIRECTION_COUNT:
		break;
	}
	return -EINVAL;
}

void nativeio_answer(struct nativeio *io, uint32_t tag,
		     const struct vms_io *asked, uint8_t *bytes, int result)
{
	const struct client_output *output = io->output;
	const struct vms_io_resp resp = { .count = (uint32_t)result };
	struct wire_writer writer;
	size_t len = sizeof(resp);

	if (result < 0) {
		client_output_io_status(output, tag, result);
		return;
	}
	if (asked->direction == VMS_IO_POLL)
		watch(io, asked->length, resp.count);
	if (asked->direction == VMS_IO_READ)
		len += resp.count;
	wire_writer_init(&writer, bytes, sizeof(resp));
	wire_put_io_resp(&writer, &resp);
	output->ops->respond_io(output->owner, tag, bytes, len);
}

/* ---- the whole ----------------------------------------------------------------- */

void nativeio_init(struct nativeio *io, struct loop *loop,
		   struct device_file *file, const struct client_output *output,
		   uint32_t session_id, void (*error)(void *data, int error),
		   void *data)
{
	*io = (struct nativeio){
		.loop = loop,
		.file = file,
		.output = output,
		.session_id = session_id,
		.error = error,
		.data = data,
	};
}

void nativeio_finish(struct nativeio *io)
{
	loop_watch_remove(io->watch);
	io->watch = NULL;
	io->late = false;
}
