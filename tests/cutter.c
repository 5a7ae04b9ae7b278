// SPDX-License-Identifier: BSD-3-Clause
/*
 * A connection that ends where a test wants.
 */
#include "tests/cutter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/rights.h"
#include "common/wire.h"
#include "tests/harness.h"

#define HEADER_LEN sizeof(struct vms_header)

struct cutter cutter;

/* ---- the end ------------------------------------------------------------ */

/* Of the socket that this way is read from. */
static void close_from(struct cutter_way *way)
{
	if (!way->watch)
		return;
	loop_watch_remove(way->watch);
	way->watch = NULL;
	close(way->from);
	if (way->fd >= 0)
		close(way->fd);
	way->fd = -1;
}

void cutter_close(void)
{
	close_from(&cutter.ways[CUTTER_TO_HOST]);
	close_from(&cutter.ways[CUTTER_TO_GUEST]);
	cutter.open = false;
}

/* For guestd the connection is still there. */
static void close_host(void)
{
	close_from(&cutter.ways[CUTTER_TO_GUEST]);
	cutter.ways[CUTTER_TO_HOST].to = -1;
}

static void pause_ways(bool paused)
{
	unsigned int i;

	cutter.paused = paused;
	for (i = 0; i < CUTTER_WAYS; i++)
		assert_int_equal(loop_watch_set(cutter.ways[i].watch,
						paused ? 0 : EPOLLIN),
				 0);
}

/* Both daemons' clocks go on, and nothing else. */
static void wait_out_pause(void)
{
	uint64_t until = harness.now + CUTTER_PAUSE_MS * LOOP_MS;

	pause_ways(true);
	harness.until = until;
	while (harness.now < until)
		assert_true(loop_run_once(harness.loop, 1000) >= 0);
	pause_ways(false);
}

static void cut(void)
{
	cutter.cut = true;
	cutter.armed = false;
	switch (cutter.place.end) {
	case CUTTER_HOST_DIES:
		guest_destroy(harness.guest);
		harness.guest = NULL;
		cutter_close();
		break;
	case CUTTER_GUEST_DIES:
		close_host();
		break;
	case CUTTER_PAUSE:
		wait_out_pause();
		break;
	case CUTTER_RESET:
		cutter_close();
		break;
	}
}

/* ---- frames --------------------------------------------------------------- */

/* Who has left gets nothing. */
static void deliver(const struct cutter_way *way, size_t from, size_t len)
{
	ssize_t ret;

	if (!len || way->to < 0)
		return;
	ret = rights_send(way->to, way->bytes + from, len, from ? -1 : way->fd,
			  MSG_DONTWAIT);
	if (ret != -EPIPE && ret != -ECONNRESET)
		assert_int_equal(ret, len);
}

/* Return: 1: a frame is there, 0: not yet, -1: nothing more comes */
static int fill(struct cutter_way *way)
{
	size_t want = HEADER_LEN;
	ssize_t ret;
	int fd;

	for (;;) {
		if (way->got >= HEADER_LEN)
			want = HEADER_LEN + way->header.len;
		if (way->got == want)
			return 1;
		ret = rights_receive(way->from, way->bytes + way->got,
				     want - way->got, &fd, MSG_DONTWAIT);
		if (ret <= 0)
			return ret == -EAGAIN ? 0 : -1;
		if (fd >= 0) {
			assert_int_equal(way->fd, -1);
			way->fd = fd;
		}
		way->got += (size_t)ret;
		if (way->got == HEADER_LEN)
			assert_int_equal(
				wire_get_header(way->bytes, VMS_MAX_CTRL,
						VMS_MAX_CHUNK, &way->header),
				0);
	}
}

/* @from: so many bytes of it are there already */
static void pass_rest(struct cutter_way *way, size_t from)
{
	deliver(way, from, way->got - from);
	assert_true(way->frames < CUTTER_FRAMES);
	way->len[way->frames++] = way->got;
	way->got = 0;
	if (way->fd >= 0)
		close(way->fd);
	way->fd = -1;
}

static void pass(struct cutter_way *way)
{
	const struct cutter_place *place = &cutter.place;

	if (!cutter.armed || way != &cutter.ways[place->to] ||
	    way->frames != place->frame) {
		pass_rest(way, 0);
		return;
	}
	deliver(way, 0, place->at < way->got ? place->at : way->got);
	cut();
	if (place->end == CUTTER_PAUSE && way->watch)
		pass_rest(way, place->at);
}

static void way_ready(void *data, uint32_t events)
{
	struct cutter_way *way = data;
	int ret = 1;

	(void)events;
	while (way->watch && !cutter.paused && (ret = fill(way)) > 0)
		pass(way);
	if (ret < 0)
		cutter_close();
}

/* ---- the whole --------------------------------------------------------------- */

static void open_way(struct cutter_way *way, int from, int to)
{
	way->from = from;
	way->to = to;
	way->got = 0;
	way->fd = -1;
	assert_int_equal(loop_watch(harness.loop, from, EPOLLIN, way_ready, way,
				    &way->watch),
			 0);
}

/* Return: hostd's end */
static int splice_in(int fd)
{
	int fds[2];

	assert_false(cutter.open);
	assert_int_equal(socketpair(AF_UNIX,
				    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
				    0, fds),
			 0);
	/* What transport_accept() has switched off, where there is such a thing. */
	setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &(int){ 1 }, sizeof(int));
	open_way(&cutter.ways[CUTTER_TO_HOST], fd, fds[0]);
	open_way(&cutter.ways[CUTTER_TO_GUEST], fds[0], fd);
	cutter.open = true;
	return fds[1];
}

/* hostd has left by itself, so guestd may hear it. */
static void run(void)
{
	assert_true(loop_run_once(harness.loop, 100) >= 0);
	if (cutter.cut && cutter.open && !harness.guest &&
	    cutter.place.end != CUTTER_PAUSE)
		cutter_close();
}

void cutter_begin(void)
{
	memset(&cutter, 0, sizeof(cutter));
	harness.splice = splice_in;
	harness.front.run = run;
}

void cutter_finish(void)
{
	cutter_close();
}

void cutter_arm(const struct cutter_place *place)
{
	cutter.ways[CUTTER_TO_HOST].frames = 0;
	cutter.ways[CUTTER_TO_GUEST].frames = 0;
	cutter.cut = false;
	cutter.paused = false;
	cutter.armed = place;
	if (place)
		cutter.place = *place;
}
