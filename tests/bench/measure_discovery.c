// SPDX-License-Identifier: BSD-3-Clause
/*
 * What programs ask of a node before they stream.
 *
 *	browse	a browser: every format, size and rate, every control and menu item; of
 *		the first six formats
 *	try	Firefox: TRY_FMT of 10 formats in 20 sizes
 *	all	v4l2-ctl --all, of version 1.22: also what most nodes do not have
 *
 * The node is open already, as a camera is that some other program has found, and is opened
 * once more.  A call that fails is one like the others.
 */
#include "tests/bench/measure.h"

#include <errno.h>
#include <string.h>

#include "tests/bench/kernel.h"
#include "tests/bench/target.h"

#define GROUP "discovery"

/* Cameras have some three; vivid, which has sixty, is made as much work as they are. */
#define FORMATS_MAX 6

/* A node that never says "no more" is one; the largest cameras need some 500. */
#define CALLS_MAX 2000

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
			.index = index,
			.pixel_format = format,
			.width = width,
			.height = height,
		};
		index++;
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
			.index = index,
			.pixel_format = format,
		};
		index++;
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

	while (format.index < FORMATS_MAX &&
	       ask(walk, VIDIOC_ENUM_FMT, &format)) {
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

/* As v4l2-ctl has it: the old way for the old class */
static void walk_value(struct walk *walk,
		       const struct v4l2_query_ext_ctrl *info)
{
	struct v4l2_control old = { .id = info->id };
	struct v4l2_ext_control control = { .id = info->id };
	struct v4l2_ext_controls controls = {
		.which = V4L2_CTRL_ID2WHICH(info->id),
		.count = 1,
		.controls = &control,
	};

	if (info->type == V4L2_CTRL_TYPE_CTRL_CLASS ||
	    info->type == V4L2_CTRL_TYPE_BUTTON ||
	    info->type == V4L2_CTRL_TYPE_STRING ||
	    info->flags & V4L2_CTRL_FLAG_WRITE_ONLY)
		return;
	if (controls.which == V4L2_CTRL_CLASS_USER)
		ask(walk, VIDIOC_G_CTRL, &old);
	else
		ask(walk, VIDIOC_G_EXT_CTRLS, &controls);
}

static void walk_controls(struct walk *walk, bool menus, bool values)
{
	struct v4l2_query_ext_ctrl info = { .id = V4L2_CTRL_FLAG_NEXT_CTRL };

	while (ask(walk, VIDIOC_QUERY_EXT_CTRL, &info)) {
		if (values)
			walk_value(walk, &info);
		if (menus && (info.type == V4L2_CTRL_TYPE_MENU ||
			      info.type == V4L2_CTRL_TYPE_INTEGER_MENU))
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
	walk_controls(walk, true, false);
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
#define SELECTION(type, target)	{ VIDIOC_G_SELECTION, { type, target } }
#define SELECTIONS(type)					\
	SELECTION(type, V4L2_SEL_TGT_CROP),			\
	SELECTION(type, V4L2_SEL_TGT_CROP_DEFAULT),		\
	SELECTION(type, V4L2_SEL_TGT_CROP_BOUNDS),		\
	SELECTION(type, V4L2_SEL_TGT_COMPOSE),			\
	SELECTION(type, V4L2_SEL_TGT_COMPOSE_DEFAULT),		\
	SELECTION(type, V4L2_SEL_TGT_COMPOSE_BOUNDS),		\
	SELECTION(type, V4L2_SEL_TGT_COMPOSE_PADDED),		\
	SELECTION(type, V4L2_SEL_TGT_NATIVE_SIZE)
	static const struct question questions[] = {
		{ VIDIOC_QUERYCAP, { 0 } },
		{ VIDIOC_G_PRIORITY, { 0 } },
		{ VIDIOC_G_TUNER, { 0 } },
		{ VIDIOC_G_FREQUENCY, { 0 } },
		{ VIDIOC_G_TUNER, { 0 } },
		{ VIDIOC_G_MODULATOR, { 0 } },
		{ VIDIOC_G_INPUT, { 0 } },
		{ VIDIOC_ENUMINPUT, { 0 } },
		{ VIDIOC_G_OUTPUT, { 0 } },
		{ VIDIOC_G_AUDIO, { 0 } },
		{ VIDIOC_G_AUDOUT, { 0 } },
		{ VIDIOC_G_STD, { 0 } },
		{ VIDIOC_G_DV_TIMINGS, { 0 } },
		{ VIDIOC_DV_TIMINGS_CAP, { 0 } },
		{ VIDIOC_G_FMT, { V4L2_BUF_TYPE_VIDEO_CAPTURE } },
		{ VIDIOC_ENUM_FMT, { 0, V4L2_BUF_TYPE_VIDEO_CAPTURE } },
		{ VIDIOC_G_FMT, { V4L2_BUF_TYPE_VIDEO_OUTPUT } },
		{ VIDIOC_G_FMT, { V4L2_BUF_TYPE_VIDEO_OVERLAY } },
		{ VIDIOC_G_FBUF, { 0 } },
		{ VIDIOC_G_FMT, { V4L2_BUF_TYPE_SLICED_VBI_CAPTURE } },
		{ VIDIOC_G_FMT, { V4L2_BUF_TYPE_SLICED_VBI_OUTPUT } },
		{ VIDIOC_G_FMT, { V4L2_BUF_TYPE_VBI_CAPTURE } },
		{ VIDIOC_G_FMT, { V4L2_BUF_TYPE_VBI_OUTPUT } },
		{ VIDIOC_G_FMT, { V4L2_BUF_TYPE_SDR_CAPTURE } },
		{ VIDIOC_G_FMT, { V4L2_BUF_TYPE_SDR_OUTPUT } },
		{ VIDIOC_G_FMT, { V4L2_BUF_TYPE_META_CAPTURE } },
		{ VIDIOC_G_FMT, { V4L2_BUF_TYPE_META_OUTPUT } },
		{ VIDIOC_CROPCAP, { V4L2_BUF_TYPE_VIDEO_CAPTURE } },
		{ VIDIOC_CROPCAP, { V4L2_BUF_TYPE_VIDEO_OUTPUT } },
		SELECTIONS(V4L2_BUF_TYPE_VIDEO_CAPTURE),
		SELECTIONS(V4L2_BUF_TYPE_VIDEO_OUTPUT),
		{ VIDIOC_G_JPEGCOMP, { 0 } },
		{ VIDIOC_G_PARM, { V4L2_BUF_TYPE_VIDEO_CAPTURE } },
		{ VIDIOC_G_PARM, { V4L2_BUF_TYPE_VIDEO_OUTPUT } },
	};
#undef SELECTIONS
#undef SELECTION
	/* clang-format on */
	union {
		uint32_t words[2];
		uint8_t bytes[1 << _IOC_SIZEBITS];
	} arg;
	size_t i;

	/* Once to know them, once to print them. */
	walk_controls(walk, false, false);
	walk_controls(walk, true, true);
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
#define PROGRAMS (sizeof(programs) / sizeof(programs[0]))

/* From its open(2) on, with which some of the work may be done */
static void time_program(struct results *results, const struct target *known,
			 const struct program *program)
{
	const struct measure time = { GROUP, program->name, "", "ms",
				      MEASURE_VALUE };
	const struct measure calls = { GROUP, program->name, "calls", "",
				       MEASURE_VALUE };
	struct target target = *known;
	struct walk walk = { .target = &target };
	uint64_t begun, ended;

	if (!results_could(results, &time))
		return;
	begun = kernel_now_ns();
	target.fd = kernel_open(results->nodes[results->node].path);
	if (target.fd < 0) {
		results_cannot(results, &time, "open(): %s",
			       strerror(-target.fd));
		return;
	}
	program->run(&walk);
	ended = kernel_now_ns();
	kernel_close(target.fd);
	if (walk.calls > CALLS_MAX) {
		results_cannot(results, &time, "no end after %d calls",
			       CALLS_MAX);
		return;
	}
	results_take(results, &time, (double)(ended - begun) / 1e6);
	results_take(results, &calls, walk.calls);
}

void measure_discovery(struct results *results)
{
	struct target targets[RESULTS_NODES_MAX];
	unsigned int i, thing;

	target_look_all(results, targets);
	for (thing = 0; thing < PROGRAMS; thing++) {
		for (i = 0; i < results->node_count; i++) {
			results_turn(results, thing, i);
			if (targets[results->node].fd >= 0)
				time_program(results, &targets[results->node],
					     &programs[thing]);
		}
	}
	target_close_all(results, targets);
}
