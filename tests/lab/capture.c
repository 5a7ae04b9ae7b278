// SPDX-License-Identifier: BSD-3-Clause
/*
 * capture [OPTION...] PATH: take frames as an application does, look at each.
 *
 * Every frame of hostd's test pattern carries its tick and a checksum
 * (hostd/frames.h).  So each must be whole, and come once and in order; the
 * number that the driver gives it must be that of the tick; and ticks that are
 * left out are counted as lost, from the first one after STREAMON.  Of another
 * device's frames (--plain) only the driver's number is looked at, from the first
 * that comes.
 *
 * It prints one line:
 *
 *	frames=300 lost=0 wrong=0 fps=30.00 interval_ms=41.2@17
 *
 * the last being the longest time between two frames as they came, and behind
 * which frame.  What is
 * wrong with a frame is said on stderr.  Exit status: 1 if a frame was wrong, a
 * call failed, nothing came for a while, or frames were lost and --no-gap given.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "hostd/frames.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define BUFFERS_MAX     32
#define PATIENCE_S      20
#define SECOND_NS       1000000000ull
#define ARGUMENT_MAX    1000000ul
#define WRONG_SHOWN_MAX 20

enum method {
	METHOD_READ, /* read() of whole frames */
	METHOD_USER, /* USERPTR */
	METHOD_FILE, /* PATH is a file with frames, one behind the other */
};

struct capture {
	enum method method;
	const char *path;
	unsigned int width; /* 0: as it is */
	unsigned int height;
	unsigned int fps;    /* 0: as it is */
	unsigned int frames; /* 0: no limit */
	unsigned int seconds;
	unsigned int buffers;
	bool plain;
	bool no_gap;

	int fd;
	size_t len; /* of a frame */
	uint8_t *memory;

	unsigned int seen;
	unsigned int wrong;
	uint64_t lost;
	uint64_t next; /* the number that comes if none is lost */
	uint64_t first_ns;
	uint64_t last_ns;
	uint64_t interval_ns;
	unsigned int interval_at; /* the frame before it, from 1 */
	uint64_t stamp_ns;        /* the driver's, of the last frame */
};

static _Noreturn void die_wrong(const char *what)
{
	fprintf(stderr, "capture: %s\n", what);
	exit(1);
}

static void on_alarm(int signo)
{
	static const char text[] = "capture: no frame for 20 s\n";

	(void)signo;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(2);
	_exit(1);
}

/* ---- looking at a frame -------------------------------------------------------- */

static void wrong(struct capture *capture, const char *what, uint64_t value)
{
	if (capture->wrong++ < WRONG_SHOWN_MAX)
		fprintf(stderr, "capture: frame %u: %s: %" PRIu64 "\n",
			capture->seen, what, value);
}

/* @number: counts from 1 and leaves out what is lost */
static void look_number(struct capture *capture, uint64_t number)
{
	if (capture->plain && capture->seen == 1)
		capture->next = number;
	if (number < capture->next) {
		/* vivid that is late has a number twice, natively, too. */
		if (!capture->plain)
			wrong(capture, "not after the last one", number);
		return;
	}
	capture->lost += number - capture->next;
	capture->next = number + 1;
}

/* @buffer: NULL if read() gave the frame */
static void look_buffer(struct capture *capture,
			const struct v4l2_buffer *buffer)
{
	uint64_t stamp_ns = (uint64_t)buffer->timestamp.tv_sec * SECOND_NS +
			    (uint64_t)buffer->timestamp.tv_usec * 1000;

	if (buffer->flags & V4L2_BUF_FLAG_ERROR)
		wrong(capture, "has the error flag", buffer->flags);
	if (buffer->bytesused != capture->len)
		wrong(capture, "bytesused", buffer->bytesused);
	if (capture->seen > 1 && stamp_ns <= capture->stamp_ns)
		wrong(capture, "not later than the last one", stamp_ns);
	/* vivid dates its frames ahead. */
	if (!capture->plain && stamp_ns > now_ns())
		wrong(capture, "from the future", stamp_ns);
	capture->stamp_ns = stamp_ns;
}

static void look(struct capture *capture, const void *bytes,
		 const struct v4l2_buffer *buffer)
{
	uint64_t now = now_ns();
	uint64_t tick;
	int ret;

	if (!capture->seen) {
		capture->first_ns = now;
	} else if (now - capture->last_ns > capture->interval_ns) {
		capture->interval_ns = now - capture->last_ns;
		capture->interval_at = capture->seen;
	}
	capture->last_ns = now;
	capture->seen++;

	if (buffer)
		look_buffer(capture, buffer);
	if (capture->plain) {
		look_number(capture,
			    buffer ? buffer->sequence + 1ull : capture->seen);
		return;
	}

	ret = frames_check(bytes, capture->len, &tick);
	if (ret) {
		wrong(capture, "no stamp, or a wrong checksum", capture->next);
		return;
	}
	look_number(capture, tick);
	if (buffer && buffer->sequence != tick - 1)
		wrong(capture, "sequence is not that of its tick",
		      buffer->sequence);
}

static bool enough(const struct capture *capture)
{
	if (capture->frames && capture->seen >= capture->frames)
		return true;
	return capture->seconds && capture->seen &&
	       now_ns() - capture->first_ns >= capture->seconds * SECOND_NS;
}

/* ---- taking frames --------------------------------------------------------------- */

static void set_format(struct capture *capture)
{
	struct v4l2_format format;
	struct v4l2_pix_format *pix = &format.fmt.pix;

	if (node_get_format(capture->fd, &format) < 0)
		fatal("G_FMT");
	if (capture->width) {
		pix->width = capture->width;
		pix->height = capture->height;
		pix->pixelformat = V4L2_PIX_FMT_YUYV;
		pix->bytesperline = 0;
		pix->sizeimage = 0;
		if (ioctl(capture->fd, VIDIOC_S_FMT, &format) < 0)
			fatal("S_FMT");
		if (pix->width != capture->width ||
		    pix->height != capture->height)
			die_wrong("S_FMT: the device has no such size");
	}
	if (pix->pixelformat != V4L2_PIX_FMT_YUYV)
		die_wrong("the device does not give YUYV");
	capture->len = pix->sizeimage;
}

static void set_fps(struct capture *capture)
{
	struct v4l2_streamparm parm = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.parm.capture.timeperframe = { 1, capture->fps },
	};
	struct v4l2_fract *frame = &parm.parm.capture.timeperframe;

	if (ioctl(capture->fd, VIDIOC_S_PARM, &parm) < 0)
		fatal("S_PARM");
	if (frame->numerator * capture->fps != frame->denominator)
		die_wrong("S_PARM: the device has no such rate");
}

static size_t stride(const struct capture *capture)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (capture->len + page - 1) / page * page;
}

static void allocate(struct capture *capture, unsigned int count)
{
	capture->memory =
		mmap(NULL, stride(capture) * count, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (capture->memory == MAP_FAILED)
		fatal("mmap");
}

static void run_read(struct capture *capture)
{
	ssize_t got;

	allocate(capture, 1);
	while (!enough(capture)) {
		alarm(PATIENCE_S);
		got = read(capture->fd, capture->memory, capture->len);
		if (got < 0)
			fatal("read");
		if (!got && capture->method == METHOD_FILE)
			break;
		/* A driver gives the whole frame to who has room for it. */
		if ((size_t)got != capture->len)
			die_wrong("read: not a whole frame");
		look(capture, capture->memory, NULL);
	}
	alarm(0);
}

static void queue(struct capture *capture, unsigned int index)
{
	uint8_t *bytes = capture->memory + stride(capture) * index;

	if (node_queue_pointer(capture->fd, index, bytes, capture->len) < 0)
		fatal("QBUF");
}

static void run_user(struct capture *capture)
{
	int count = node_buffers(capture->fd, capture->buffers,
				 V4L2_MEMORY_USERPTR);
	unsigned int i;

	if (count < 0)
		fatal("REQBUFS");
	if ((unsigned int)count != capture->buffers)
		die_wrong("REQBUFS: another number of buffers");
	allocate(capture, capture->buffers);
	for (i = 0; i < capture->buffers; i++)
		queue(capture, i);
	if (node_stream(capture->fd, true) < 0)
		fatal("STREAMON");

	while (!enough(capture)) {
		struct v4l2_buffer buffer = {
			.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
			.memory = V4L2_MEMORY_USERPTR,
		};
		uint8_t *bytes;

		alarm(PATIENCE_S);
		if (ioctl(capture->fd, VIDIOC_DQBUF, &buffer) < 0)
			fatal("DQBUF");
		if (buffer.index >= capture->buffers)
			die_wrong("DQBUF: no such buffer");
		bytes = capture->memory + stride(capture) * buffer.index;
		if (buffer.m.userptr != (unsigned long)bytes)
			die_wrong("DQBUF: not the address that was queued");
		look(capture, bytes, &buffer);
		queue(capture, buffer.index);
	}
	alarm(0);

	if (node_stream(capture->fd, false) < 0)
		fatal("STREAMOFF");
	if (node_buffers(capture->fd, 0, V4L2_MEMORY_USERPTR) < 0)
		fatal("REQBUFS of none");
}

static int report(const struct capture *capture)
{
	double seconds = (double)(capture->last_ns - capture->first_ns) / 1e9;
	bool few = capture->frames && capture->seen < capture->frames;

	printf("frames=%u lost=%" PRIu64
	       " wrong=%u fps=%.2f interval_ms=%.1f@%u\n",
	       capture->seen, capture->lost, capture->wrong,
	       seconds > 0 ? (capture->seen - 1) / seconds : 0,
	       (double)capture->interval_ns / 1e6, capture->interval_at);
	return few || capture->wrong || (capture->no_gap && capture->lost);
}

/* ---- the command line ------------------------------------------------------------ */

static _Noreturn void usage(void)
{
	fputs("usage: capture [OPTION...] PATH\n"
	      "  --read         by read() (the default)\n"
	      "  --user         by USERPTR\n"
	      "  --file         PATH has frames as a program stored them\n"
	      "  --frames=N     so many; default: until --seconds or the end\n"
	      "  --seconds=N    for so long\n"
	      "  --size=WxH     ask for YUYV frames of this size\n"
	      "  --fps=N        ask for this rate\n"
	      "  --buffers=N    for --user (8)\n"
	      "  --plain        frames have no stamp\n"
	      "  --no-gap       lost frames are a failure\n",
	      stderr);
	exit(2);
}

static unsigned int number(const char *text)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || !value || value > ARGUMENT_MAX)
		usage();
	return (unsigned int)value;
}

static void parse_size(struct capture *capture, char *text)
{
	char *by = strchr(text, 'x');

	if (!by)
		usage();
	*by = 0;
	capture->width = number(text);
	capture->height = number(by + 1);
}

static void parse(struct capture *capture, int argc, char **argv)
{
	static const struct option options[] = {
		{ "read", no_argument, NULL, 'r' },
		{ "user", no_argument, NULL, 'u' },
		{ "file", no_argument, NULL, 'f' },
		{ "frames", required_argument, NULL, 'n' },
		{ "seconds", required_argument, NULL, 't' },
		{ "size", required_argument, NULL, 's' },
		{ "fps", required_argument, NULL, 'p' },
		{ "buffers", required_argument, NULL, 'b' },
		{ "plain", no_argument, NULL, 'P' },
		{ "no-gap", no_argument, NULL, 'g' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'r':
			capture->method = METHOD_READ;
			break;
		case 'u':
			capture->method = METHOD_USER;
			break;
		case 'f':
			capture->method = METHOD_FILE;
			break;
		case 'n':
			capture->frames = number(optarg);
			break;
		case 't':
			capture->seconds = number(optarg);
			break;
		case 's':
			parse_size(capture, optarg);
			break;
		case 'p':
			capture->fps = number(optarg);
			break;
		case 'b':
			capture->buffers = number(optarg);
			break;
		case 'P':
			capture->plain = true;
			break;
		case 'g':
			capture->no_gap = true;
			break;
		default:
			usage();
		}
	}
	if (optind != argc - 1 || capture->buffers > BUFFERS_MAX)
		usage();
	capture->path = argv[optind];
	if (capture->method == METHOD_FILE) {
		if (!capture->width)
			usage();
		capture->len = (size_t)capture->width * capture->height * 2;
	} else if (!capture->frames && !capture->seconds) {
		usage();
	}
}

int main(int argc, char **argv)
{
	struct capture capture = { .buffers = 8, .next = 1 };

	parse(&capture, argc, argv);
	signal(SIGALRM, on_alarm);
	capture.fd = open(capture.path, capture.method == METHOD_FILE
						? O_RDONLY | O_CLOEXEC
						: O_RDWR | O_CLOEXEC);
	if (capture.fd < 0)
		fatal(capture.path);
	if (capture.method != METHOD_FILE)
		set_format(&capture);
	if (capture.fps)
		set_fps(&capture);

	if (capture.method == METHOD_USER)
		run_user(&capture);
	else
		run_read(&capture);
	if (close(capture.fd) < 0)
		fatal("close");
	return report(&capture);
}
