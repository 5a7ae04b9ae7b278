// SPDX-License-Identifier: BSD-3-Clause
/*
 * How long a call takes: open(), close(), poll() that has nothing to wait for, and
 * ioctls that read, or try.
 *
 * A call is made once before it counts.  If that fails, it is left out: natively and
 * through us an error may come from different places, and a program does not wait for
 * it again and again.
 *
 * All nodes are open at once, and take turns with each call.
 */
#include "tests/bench/measure.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "tests/bench/kernel.h"
#include "tests/bench/target.h"

#define GROUP    "ioctl"
#define OPENINGS 5
#define WALK_MAX 256

/* As large as the largest ioctl, and what the one with a pointer points to */
union argument {
	struct v4l2_capability capability;
	struct v4l2_format format;
	struct v4l2_fmtdesc fmtdesc;
	struct v4l2_frmsizeenum frmsize;
	struct v4l2_frmivalenum frmival;
	struct v4l2_input input;
	struct v4l2_queryctrl queryctrl;
	struct v4l2_query_ext_ctrl query_ext_ctrl;
	struct v4l2_control control;
	struct v4l2_streamparm streamparm;
	struct v4l2_selection selection;
	uint32_t number;
	struct {
		struct v4l2_ext_controls controls;
		struct v4l2_ext_control control;
	} ext;
};

/* The node, and a control that it has, 0 if there is none */
struct subject {
	const struct target *target;
	uint32_t control;
};

/* ---- arguments ------------------------------------------------------------------ */

static void fill_nothing(const struct subject *subject, union argument *arg)
{
	(void)subject;
	(void)arg;
}

static void fill_format(const struct subject *subject, union argument *arg)
{
	arg->format = subject->target->format;
}

static void fill_fmtdesc(const struct subject *subject, union argument *arg)
{
	arg->fmtdesc.type = subject->target->format.type;
}

static void fill_frmsize(const struct subject *subject, union argument *arg)
{
	arg->frmsize.pixel_format = target_pixelformat(subject->target);
}

static void fill_frmival(const struct subject *subject, union argument *arg)
{
	arg->frmival.pixel_format = target_pixelformat(subject->target);
	target_size(subject->target, &arg->frmival.width, &arg->frmival.height);
}

static void fill_queryctrl(const struct subject *subject, union argument *arg)
{
	arg->queryctrl.id = subject->control;
}

static void fill_query_ext_ctrl(const struct subject *subject,
				union argument *arg)
{
	arg->query_ext_ctrl.id = subject->control;
}

static void fill_control(const struct subject *subject, union argument *arg)
{
	arg->control.id = subject->control;
}

static void fill_ext_controls(const struct subject *subject,
			      union argument *arg)
{
	arg->ext.control.id = subject->control;
	arg->ext.controls.count = 1;
	arg->ext.controls.controls = &arg->ext.control;
}

static void fill_streamparm(const struct subject *subject, union argument *arg)
{
	arg->streamparm.type = subject->target->format.type;
}

static void fill_selection(const struct subject *subject, union argument *arg)
{
	(void)subject;
	arg->selection.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	arg->selection.target = V4L2_SEL_TGT_CROP;
}

/* ---- the table ------------------------------------------------------------------- */

struct probe {
	unsigned long cmd;
	const char *name;
	void (*fill)(const struct subject *subject, union argument *arg);
};

/* clang-format off */
#define ROW(name, fill) { VIDIOC_##name, #name, fill }
static const struct probe probes[] = {
	ROW(QUERYCAP,			fill_nothing),
	ROW(G_FMT,			fill_format),
	ROW(TRY_FMT,			fill_format),
	ROW(ENUM_FMT,			fill_fmtdesc),
	ROW(ENUM_FRAMESIZES,		fill_frmsize),
	ROW(ENUM_FRAMEINTERVALS,	fill_frmival),
	ROW(G_PARM,			fill_streamparm),
	ROW(G_SELECTION,		fill_selection),
	ROW(G_INPUT,			fill_nothing),
	ROW(ENUMINPUT,			fill_nothing),
	ROW(G_PRIORITY,			fill_nothing),
	ROW(QUERYCTRL,			fill_queryctrl),
	ROW(QUERY_EXT_CTRL,		fill_query_ext_ctrl),
	ROW(G_CTRL,			fill_control),
	ROW(G_EXT_CTRLS,		fill_ext_controls),
};
/* clang-format on */
#define PROBES (sizeof(probes) / sizeof(probes[0]))

/* Brightness, which most have, or the first whole number */
static uint32_t find_control(int fd)
{
	struct v4l2_queryctrl info = { .id = V4L2_CID_BRIGHTNESS };
	unsigned int i;

	if (!kernel_ioctl(fd, VIDIOC_QUERYCTRL, &info))
		return V4L2_CID_BRIGHTNESS;
	info.id = V4L2_CTRL_FLAG_NEXT_CTRL;
	for (i = 0; i < WALK_MAX; i++) {
		if (kernel_ioctl(fd, VIDIOC_QUERYCTRL, &info))
			break;
		if (info.type == V4L2_CTRL_TYPE_INTEGER &&
		    !(info.flags &
		      (V4L2_CTRL_FLAG_DISABLED | V4L2_CTRL_FLAG_WRITE_ONLY)))
			return info.id;
		info.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
	}
	return 0;
}

static void time_ioctl(struct results *results, const struct subject *subject,
		       const struct probe *probe)
{
	const struct measure what = { GROUP, probe->name, "", "us",
				      MEASURE_VALUE };
	union argument arg;
	unsigned int i;
	uint64_t begun;
	int ret;

	/* One that has failed once is not asked again in each round. */
	for (i = 0; i <= results->calls && results_could(results, &what); i++) {
		memset(&arg, 0, sizeof(arg));
		probe->fill(subject, &arg);
		begun = kernel_now_ns();
		ret = kernel_ioctl(subject->target->fd, probe->cmd, &arg);
		if (!ret && i)
			results_take(results, &what,
				     (double)(kernel_now_ns() - begun) / 1e3);
		if (ret)
			results_cannot(results, &what, "%s", strerror(-ret));
	}
}

static void time_poll(struct results *results, int fd)
{
	static const struct measure what = { GROUP, "poll()", "", "us",
					     MEASURE_VALUE };
	unsigned int i;
	uint64_t begun;
	int ret;

	for (i = 0; i <= results->calls; i++) {
		begun = kernel_now_ns();
		ret = kernel_poll(fd, POLLPRI, 0);
		if (ret < 0) {
			results_cannot(results, &what, "%s", strerror(-ret));
			return;
		}
		if (i)
			results_take(results, &what,
				     (double)(kernel_now_ns() - begun) / 1e3);
	}
}

static void time_openings(struct results *results, const char *path)
{
	static const struct measure opening = { GROUP, "open()", "", "us",
						MEASURE_VALUE };
	static const struct measure closing = { GROUP, "close()", "", "us",
						MEASURE_VALUE };
	uint64_t begun, opened;
	unsigned int i;
	int fd;

	for (i = 0; i < OPENINGS; i++) {
		begun = kernel_now_ns();
		fd = kernel_open(path);
		opened = kernel_now_ns();
		if (fd < 0) {
			results_cannot(results, &opening, "%s", strerror(-fd));
			return;
		}
		kernel_close(fd);
		results_take(results, &closing,
			     (double)(kernel_now_ns() - opened) / 1e3);
		results_take(results, &opening, (double)(opened - begun) / 1e3);
	}
}

/* poll(), or a row of the table */
static void time_thing(struct results *results, const struct subject *subject,
		       unsigned int thing)
{
	if (!thing)
		time_poll(results, subject->target->fd);
	else
		time_ioctl(results, subject, &probes[thing - 1]);
}

void measure_ioctls(struct results *results)
{
	struct target targets[RESULTS_NODES_MAX];
	struct subject subjects[RESULTS_NODES_MAX];
	unsigned int count = results->node_count;
	unsigned int i, thing;

	for (i = 0; i < count; i++) {
		results_turn(results, 0, i);
		time_openings(results, results->nodes[results->node].path);
	}
	target_look_all(results, targets);
	for (i = 0; i < count; i++) {
		subjects[i].target = &targets[i];
		subjects[i].control = find_control(targets[i].fd);
	}
	for (thing = 0; thing <= PROBES; thing++) {
		for (i = 0; i < count; i++) {
			results_turn(results, thing, i);
			if (targets[results->node].fd >= 0)
				time_thing(results, &subjects[results->node],
					   thing);
		}
	}
	target_close_all(results, targets);
}
