// SPDX-License-Identifier: BSD-3-Clause
/*
 * What programs ask of a node before they stream.
 *
 *	browse	a browser: every format, size and rate, every control and menu item
 *	try	Firefox: TRY_FMT of 10 formats in 20 sizes
 *	all	v4l2-ctl --all: what it asks besides controls, much of which most nodes
 *		do not have
 *
 * A call that fails is one like the others.
 */
#include "tests/bench/measure.h"

#include <errno.h>
#include <string.h>

#include "tests/bench/kernel.h"
#include "tests/bench/target.h"

#define GROUP "discovery"

/* A node that never says "no more" is one; the largest cameras need some 500. */
#define CALLS_MAX 4096

struct walk {
	const struct target *target;
	unsigned int calls;
};

/* Also false once there were too many */
static bool ask(struct walk *walk, unsigned long cmd, void *arg)
{
	if (walk->calls > CALLS_MAX)
		return false;
	walk->calls++;
	return !kernel_ioctl(walk->target->fd, cmd, arg);
}

/* ---- formats --------------------------------------------------------------------- */

static void walk_rates(struct walk *walk, uint32_t format, uint32_t width,
		       uint32_t height)
{
	struct v4l2_frmivalenum rate;
	uint32_t index = 0;

	do {
		rate = (struct v4l2_frmivalenum){
			.index = index++,
			.pixel_format = format,
			.width = width,
			.height = height,
		};
	} while (ask(walk, VIDIOC_ENUM_FRAMEINTERVALS, &rate) &&
		 rate.type == V4L2_FRMIVAL_TYPE_DISCRETE);
}

/* Of a range the largest, as browsers have it. */
static void walk_sizes(struct walk *walk, uint32_t format)
{
	struct v4l2_frmsizeenum size;
	uint32_t index = 0;
	bool more;

	do {
		size = (struct v4l2_frmsizeenum){
			.index = index++,
			.pixel_format = format,
		};
		more = ask(walk, VIDIOC_ENUM_FRAMESIZES, &size);
		if (more && size.type == V4L2_FRMSIZE_TYPE_DISCRETE)
			walk_rates(walk, format, size.discrete.width,
				   size.discrete.height);
		else if (more)
			walk_rates(walk, format, size.stepwise.max_width,
				   size.stepwise.max_height);
	} while (more && size.type == V4L2_FRMSIZE_TYPE_DISCRETE);
}

static void walk_formats(struct walk *walk)
{
	struct v4l2_fmtdesc format = { .type = walk->target->format.type };

	while (ask(walk, VIDIOC_ENUM_FMT, &format)) {
		walk_sizes(walk, format.pixelformat);
		format.index++;
	}
}

/* ---- controls -------------------------------------------------------------------- */

static void walk_menu(struct walk *walk, const struct v4l2_query_ext_ctrl *info)
{
	int64_t item;

	for (item = info->minimum;
	     item <= info->maximum && walk->calls <= CALLS_MAX; item++) {
		struct v4l2_querymenu menu = {
			.id = info->id,
			.index = (uint32_t)item,
		};

		ask(walk, VIDIOC_QUERYMENU, &menu);
	}
}

static void walk_controls(struct walk *walk)
{
	struct v4l2_query_ext_ctrl info = { .id = V4L2_CTRL_FLAG_NEXT_CTRL };

	while (ask(walk, VIDIOC_QUERY_EXT_CTRL, &info)) {
		if (info.type == V4L2_CTRL_TYPE_MENU ||
		    info.type == V4L2_CTRL_TYPE_INTEGER_MENU)
			walk_menu(walk, &info);
		info.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
	}
}

static void walk_inputs(struct walk *walk)
{
	struct v4l2_input input = { 0 };

	while (ask(walk, VIDIOC_ENUMINPUT, &input))
		input.index++;
}

static void browse(struct walk *walk)
{
	struct v4l2_capability capability;

	ask(walk, VIDIOC_QUERYCAP, &capability);
	walk_inputs(walk);
	walk_formats(walk);
	walk_controls(walk);
}

/* ---- tries ----------------------------------------------------------------------- */

static void try_formats(struct walk *walk)
{
	static const uint32_t formats[] = {
		V4L2_PIX_FMT_MJPEG,  V4L2_PIX_FMT_JPEG,   V4L2_PIX_FMT_YUYV,
		V4L2_PIX_FMT_UYVY,   V4L2_PIX_FMT_YUV420, V4L2_PIX_FMT_YVU420,
		V4L2_PIX_FMT_NV12,   V4L2_PIX_FMT_RGB24,  V4L2_PIX_FMT_BGR24,
		V4L2_PIX_FMT_ABGR32,
	};
	static const uint32_t sizes[][2] = {
		{ 128, 96 },    { 160, 120 },   { 176, 144 },   { 320, 180 },
		{ 320, 240 },   { 352, 288 },   { 424, 240 },   { 640, 360 },
		{ 640, 480 },   { 704, 576 },   { 800, 600 },   { 848, 480 },
		{ 960, 540 },   { 960, 720 },   { 1024, 768 },  { 1280, 720 },
		{ 1280, 1024 }, { 1440, 1080 }, { 1600, 1200 }, { 1920, 1080 },
	};
	size_t i, j;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		for (j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
			struct v4l2_format format = {
				.type = walk->target->format.type,
			};

			/* As fmt.pix_mp has them, too. */
			format.fmt.pix.pixelformat = formats[i];
			format.fmt.pix.width = sizes[j][0];
			format.fmt.pix.height = sizes[j][1];
			ask(walk, VIDIOC_TRY_FMT, &format);
		}
	}
}

/* ---- v4l2-ctl --all --------------------------------------------------------------- */

/* What an argument begins with, and zeroes. */
struct question {
	unsigned long cmd;
	uint32_t words[2];
};

static void ask_all(struct walk *walk)
{
	/* clang-format off */
	static const struct question questions[] = {
		{ VIDIOC_QUERYCAP, { 0 } },
	};
	/* clang-format on */
	union {
		uint32_t words[2];
		uint8_t bytes[1 << _IOC_SIZEBITS];
	} arg;
	size_t i;

	for (i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		memset(&arg, 0, _IOC_SIZE(questions[i].cmd));
		memcpy(arg.words, questions[i].words, sizeof(arg.words));
		ask(walk, questions[i].cmd, &arg);
	}
}

/* ---- all of them ------------------------------------------------------------------ */

static const struct program {
	const char *name;
	void (*run)(struct walk *walk);
} programs[] = {
	{ "browse", browse },
	{ "try", try_formats },
	{ "all", ask_all },
};

static void time_program(struct results *results, const struct target *target,
			 const struct program *program)
{
	const struct measure time = { GROUP, program->name, "", "ms",
				      MEASURE_VALUE };
	const struct measure calls = { GROUP, program->name, "calls", "",
				       MEASURE_VALUE };
	struct walk walk = { .target = target };
	uint64_t begun, ended;

	if (!results_could(results, &time))
		return;
	begun = kernel_now_ns();
	program->run(&walk);
	ended = kernel_now_ns();
	if (walk.calls > CALLS_MAX) {
		results_cannot(results, &time, "no end after %d calls",
			       CALLS_MAX);
		return;
	}
	results_take(results, &time, (double)(ended - begun) / 1e6);
	results_take(results, &calls, walk.calls);
}

void measure_discovery(struct results *results, const char *path)
{
	struct target target;
	size_t i;

	if (target_look(path, NULL, &target))
		return;
	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		time_program(results, &target, &programs[i]);
	kernel_close(target.fd);
}
