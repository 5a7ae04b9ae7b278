// SPDX-License-Identifier: BSD-3-Clause
/*
 * What vicodec's encoder does, one fact per line: frames, the end of a stream, a
 * start from elsewhere.  test_codecs.sh runs it on the native node and on ours; the
 * two outputs must be equal.
 *
 *	encoder NODE
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/m2m.h"
#include "tests/lab/shared/process.h"

#define WIDTH  640
#define HEIGHT 480

static void start_queue(struct m2m_queue *queue)
{
	if (m2m_request(queue, M2M_BUFFERS) < 0)
		fatal("REQBUFS");
	if (m2m_stream(queue, true) < 0)
		fatal("STREAMON");
}

static void open_encoder(struct m2m *m2m, const char *path)
{
	m2m_open(m2m, path);
	if (m2m_format(&m2m->output, V4L2_PIX_FMT_YUV420, WIDTH, HEIGHT) < 0 ||
	    m2m_format(&m2m->capture, V4L2_PIX_FMT_FWHT, WIDTH, HEIGHT) < 0)
		fatal("S_FMT");
	if (m2m_subscribe(m2m, V4L2_EVENT_EOS) < 0)
		fatal("SUBSCRIBE_EVENT");
}

static void start_encoder(struct m2m *m2m, const char *path)
{
	open_encoder(m2m, path);
	start_queue(&m2m->output);
	start_queue(&m2m->capture);
}

/* Frame @number, not the same anywhere */
static void put_frame(struct m2m *m2m, unsigned int index, unsigned int number)
{
	unsigned char *bytes = m2m_bytes(&m2m->output, index);
	size_t i;

	for (i = 0; i < m2m->output.size; i++)
		bytes[i] = (unsigned char)(i / 97 * (number + 3) +
					   i % (number + 5));
	m2m_fact("QBUF(OUTPUT)", m2m_queue(&m2m->output, index,
					   m2m->output.size, (long)number + 1));
}

/* What comes of one frame */
static void take_frame(struct m2m *m2m)
{
	m2m_fact_done("DQBUF(OUTPUT)", &m2m->output);
	m2m_fact_done("DQBUF(CAPTURE)", &m2m->capture);
}

static void encode(const char *path)
{
	struct v4l2_pix_format format;
	struct m2m m2m;
	char text[64];
	unsigned int i;

	start_encoder(&m2m, path);
	m2m_get_format(&m2m.capture, &format);
	snprintf(text, sizeof(text), "%ux%u, %u", format.width, format.height,
		 format.sizeimage);
	fact("format", text);
	m2m_queue_all(&m2m.capture, M2M_BUFFERS);
	for (i = 0; i < M2M_BUFFERS; i++)
		put_frame(&m2m, i, i);
	for (i = 0; i < M2M_BUFFERS; i++)
		take_frame(&m2m);
	m2m_fact("S_FMT of a busy queue",
		 m2m_format(&m2m.output, V4L2_PIX_FMT_YUV420, 800, 608));
	m2m_close(&m2m);
}

static void polls(const char *path)
{
	struct m2m m2m;

	open_encoder(&m2m, path);
	m2m_fact_poll("without buffers", &m2m);
	start_queue(&m2m.output);
	m2m_fact_poll("OUTPUT streams, empty", &m2m);
	start_queue(&m2m.capture);
	m2m_fact_poll("both stream, empty", &m2m);
	m2m_queue_all(&m2m.capture, M2M_BUFFERS);
	m2m_fact_poll("CAPTURE queued", &m2m);
	put_frame(&m2m, 0, 0);
	take_frame(&m2m);
	m2m_fact_poll("after a frame", &m2m);
	m2m_fact("STOP", m2m_encoder(&m2m, V4L2_ENC_CMD_STOP));
	m2m_fact_poll("the last buffer is there", &m2m);
	m2m_fact_done("the last", &m2m.capture);
	m2m_fact_poll("the last buffer is taken", &m2m);
	m2m_fact_event("EOS", &m2m);
	m2m_fact_poll("the event is taken", &m2m);
	m2m_fact("STREAMOFF(CAPTURE)", m2m_stream(&m2m.capture, false));
	m2m_fact_poll("CAPTURE does not stream", &m2m);
	m2m_close(&m2m);
}

static void drain(const char *path)
{
	struct m2m m2m;
	unsigned int i;

	start_encoder(&m2m, path);
	m2m_queue_all(&m2m.capture, 1);
	for (i = 0; i < 3; i++)
		put_frame(&m2m, i, i);
	m2m_fact("STOP", m2m_encoder(&m2m, V4L2_ENC_CMD_STOP));
	m2m_fact("STOP while draining", m2m_encoder(&m2m, V4L2_ENC_CMD_STOP));
	m2m_fact("START while draining", m2m_encoder(&m2m, V4L2_ENC_CMD_START));
	for (i = 0; i < 3; i++) {
		m2m_fact_done("frame", &m2m.capture);
		m2m_queue(&m2m.capture, 0, 0, 0);
	}
	m2m_fact_done("after the last", &m2m.capture);
	m2m_fact_event("EOS", &m2m);
	m2m_fact("STOP when stopped", m2m_encoder(&m2m, V4L2_ENC_CMD_STOP));
	m2m_fact_done("OUTPUT after the last", &m2m.output);
	m2m_fact("PAUSE", m2m_encoder(&m2m, V4L2_ENC_CMD_PAUSE));

	m2m_fact("START", m2m_encoder(&m2m, V4L2_ENC_CMD_START));
	put_frame(&m2m, 0, 7);
	m2m_fact_done("after START", &m2m.capture);
	m2m_close(&m2m);
}

static void drain_of_nothing(const char *path)
{
	struct m2m m2m;

	open_encoder(&m2m, path);
	m2m_fact("STOP of a file", m2m_encoder(&m2m, V4L2_ENC_CMD_STOP));
	start_queue(&m2m.output);
	start_queue(&m2m.capture);
	m2m_fact("STOP", m2m_encoder(&m2m, V4L2_ENC_CMD_STOP));
	m2m_queue_all(&m2m.capture, 1);
	m2m_fact_done("the last", &m2m.capture);
	m2m_fact_done("after the last", &m2m.capture);
	m2m_fact_event("EOS", &m2m);

	m2m_fact("STREAMOFF(CAPTURE)", m2m_stream(&m2m.capture, false));
	m2m_fact("STREAMON(CAPTURE)", m2m_stream(&m2m.capture, true));
	m2m_queue_all(&m2m.capture, 2);
	put_frame(&m2m, 0, 1);
	take_frame(&m2m);
	m2m_close(&m2m);
}

static void seek(const char *path)
{
	struct m2m m2m;

	start_encoder(&m2m, path);
	put_frame(&m2m, 0, 0);
	put_frame(&m2m, 1, 1);
	m2m_fact("STREAMOFF(OUTPUT)", m2m_stream(&m2m.output, false));
	m2m_fact_done("DQBUF(OUTPUT)", &m2m.output);
	m2m_fact("STREAMON(OUTPUT)", m2m_stream(&m2m.output, true));
	m2m_queue_all(&m2m.capture, M2M_BUFFERS);
	put_frame(&m2m, 1, 8);
	put_frame(&m2m, 0, 9);
	take_frame(&m2m);
	take_frame(&m2m);

	/* Its event is taken: how many of them are kept is the driver's choice. */
	m2m_fact("STOP", m2m_encoder(&m2m, V4L2_ENC_CMD_STOP));
	m2m_fact_event("EOS", &m2m);
	m2m_fact("STREAMOFF(OUTPUT) in the end",
		 m2m_stream(&m2m.output, false));
	m2m_fact_done("the last", &m2m.capture);
	m2m_fact_event("EOS once more", &m2m);
	m2m_close(&m2m);
}

static void two_at_once(const char *path)
{
	struct m2m first, second;
	unsigned int i;

	start_encoder(&first, path);
	start_encoder(&second, path);
	m2m_queue_all(&first.capture, M2M_BUFFERS);
	m2m_queue_all(&second.capture, M2M_BUFFERS);
	for (i = 0; i < M2M_BUFFERS; i++) {
		put_frame(&first, i, i);
		put_frame(&second, i, 10 + i);
	}
	for (i = 0; i < M2M_BUFFERS; i++) {
		take_frame(&first);
		take_frame(&second);
	}
	m2m_close(&first);
	put_frame(&second, 0, 5);
	m2m_queue_all(&second.capture, 1);
	take_frame(&second);
	m2m_close(&second);
}

static void edges(const char *path)
{
	struct m2m m2m;

	start_encoder(&m2m, path);
	m2m_queue_all(&m2m.capture, M2M_BUFFERS);
	memset(m2m_bytes(&m2m.output, 0), 0x55, m2m.output.size);
	m2m_fact("QBUF(OUTPUT) with bytesused 0",
		 m2m_queue(&m2m.output, 0, 0, 1));
	take_frame(&m2m);
	m2m_fact("QBUF(OUTPUT) of half a frame",
		 m2m_queue(&m2m.output, 0, m2m.output.size / 2, 2));
	m2m_fact("QBUF(OUTPUT) of more than a frame",
		 m2m_queue(&m2m.output, 1, m2m.output.size + 1, 2));
	m2m.capture.size /= 2;
	m2m_fact("QBUF(CAPTURE) of half a buffer",
		 m2m_queue(&m2m.capture, 0, 0, 0));
	m2m_fact("REQBUFS(CAPTURE) while streaming",
		 m2m_request(&m2m.capture, 1));
	m2m_fact("STREAMOFF(CAPTURE)", m2m_stream(&m2m.capture, false));
	m2m_fact("REQBUFS(CAPTURE, 0)", m2m_request(&m2m.capture, 0));
	m2m_fact("STREAMON(CAPTURE) without buffers",
		 m2m_stream(&m2m.capture, true));
	m2m_close(&m2m);
}

/* ---- those that wait -------------------------------------------------------------- */

static struct m2m waited_for;

static const char *wait_output(int fd)
{
	uint32_t flags;

	(void)fd;
	return m2m_done(&waited_for.output, &flags);
}

static const char *wait_capture(int fd)
{
	uint32_t flags;

	(void)fd;
	return m2m_done(&waited_for.capture, &flags);
}

static void waiters(const char *path)
{
	static struct waiter output, capture;

	start_encoder(&waited_for, path);
	waiter_start(&output, waited_for.fd, SYS_ioctl, wait_output);
	waiter_start(&capture, waited_for.fd, SYS_ioctl, wait_capture);
	m2m_fact_done("a second waiter for CAPTURE", &waited_for.capture);
	m2m_fact_done("a second waiter for OUTPUT", &waited_for.output);
	put_frame(&waited_for, 0, 0);
	fact("without a CAPTURE buffer",
	     waiter_waits(&output) && waiter_waits(&capture) ? "both wait"
							     : "no");
	m2m_queue_all(&waited_for.capture, 1);
	fact("OUTPUT", waiter_end(&output));
	fact("CAPTURE", waiter_end(&capture));
	m2m_close(&waited_for);
}

static void woken(const char *path)
{
	static struct waiter output, capture;

	start_encoder(&waited_for, path);
	waiter_start(&output, waited_for.fd, SYS_ioctl, wait_output);
	m2m_fact("STREAMOFF(OUTPUT)", m2m_stream(&waited_for.output, false));
	fact("OUTPUT", waiter_end(&output));
	waiter_start(&capture, waited_for.fd, SYS_ioctl, wait_capture);
	m2m_fact("STREAMOFF(CAPTURE)", m2m_stream(&waited_for.capture, false));
	fact("CAPTURE", waiter_end(&capture));
	m2m_close(&waited_for);
}

int main(int argc, char **argv)
{
	static const struct facts_test tests[] = {
		{ "encode", encode }, { "poll", polls },
		{ "drain", drain },   { "drain of nothing", drain_of_nothing },
		{ "seek", seek },     { "two at once", two_at_once },
		{ "edges", edges },   { "waiters", waiters },
		{ "woken", woken },
	};

	if (argc != 2) {
		fprintf(stderr, "usage: encoder NODE\n");
		return 2;
	}
	return facts_run(tests, sizeof(tests) / sizeof(tests[0]), argv[1]);
}
