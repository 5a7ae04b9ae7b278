/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside guestd/plausible: the table of single fields is in plausible.c, what several
 * fields say together in the others.  All return what is impossible, or NULL.
 */
#ifndef GUESTD_PLAUSIBLE_PARTS_H
#define GUESTD_PLAUSIBLE_PARTS_H

#include "guestd/plausible.h"

/**
 * plausible_format() - G_FMT, S_FMT, TRY_FMT
 * @asked:	S_FMT, TRY_FMT: what the program had there, or NULL.  Drivers may leave
 *		its field alone, whatever it is (vimc)
 */
const char *plausible_format(const struct plausible_about *about,
			     const struct v4l2_format *asked,
			     struct v4l2_format *format);

/** plausible_control() - QUERYCTRL */
const char *plausible_control(const struct v4l2_queryctrl *asked,
			      const struct v4l2_queryctrl *got);

/** plausible_ext_control() - QUERY_EXT_CTRL */
const char *plausible_ext_control(const struct v4l2_query_ext_ctrl *asked,
				  const struct v4l2_query_ext_ctrl *got);

/** plausible_menu() - QUERYMENU; its name may be a number */
const char *plausible_menu(uint32_t control_type, struct v4l2_querymenu *menu);

/** plausible_control_type() - Is it one of enum v4l2_ctrl_type, or may become one? */
bool plausible_control_type(uint32_t type);

/** plausible_sizes() - ENUM_FRAMESIZES */
const char *plausible_sizes(const struct v4l2_frmsizeenum *sizes);

/** plausible_intervals() - ENUM_FRAMEINTERVALS */
const char *plausible_intervals(struct v4l2_frmivalenum *intervals);

/** plausible_parm() - G_PARM, S_PARM */
const char *plausible_parm(struct v4l2_streamparm *parm,
			   const struct v4l2_streamparm *asked);

/** plausible_timings() - *_DV_TIMINGS; @unset: all zero is an answer, too */
const char *plausible_timings(struct v4l2_dv_timings *timings, bool unset);

/** plausible_timings_cap() - DV_TIMINGS_CAP */
const char *plausible_timings_cap(const struct v4l2_dv_timings_cap *cap);

/** plausible_rect() - A rectangle whose edges are numbers */
const char *plausible_rect(const struct v4l2_rect *rect);

#endif
