/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One more open file of a device, which hears of every control.
 *
 * What a driver tells:
 * - v4l2-core, for drivers that have their controls from it: flags
 *   (v4l2_ctrl_activate(), __v4l2_ctrl_grab(), the clusters of new_to_cur()), ranges
 *   (__v4l2_ctrl_modify_range(), with the items of menus) and dimensions
 *   (__v4l2_ctrl_modify_dimensions()), each with an event to all files, and merged
 *   into one that waits (v4l2_ctrl_replace()), so none is lost.  How many elements a
 *   dynamic array has goes with its value.
 * - uvcvideo: what is inactive as long as another control is not manual
 *   (uvc_ctrl_send_slave_event()); ranges it asks the camera for but once
 *   (uvc_ctrl_populate_cache()).
 * What nobody tells is that uvcvideo has a control more (UVCIOC_CTRL_MAP by a program
 * of the host): that is seen when a file is opened, see hostd/memo.h.
 * Codecs have their controls for each file, so another one hears nothing of them.
 */
#ifndef HOSTD_MEMO_MONITOR_H
#define HOSTD_MEMO_MONITOR_H

#include <stdbool.h>

#include "hostd/device.h"
#include "hostd/opener.h"

/**
 * memo_monitor_open() - Open it and subscribe to all controls; may sleep
 * @index:	Of the device, for the opener
 *
 * It is nobody's program, so it has no priority.
 *
 * Return: 0 or a negative errno, if only of one of them
 */
int memo_monitor_open(struct device *device, unsigned int index,
		      struct opener *opener, struct device_file **out);

/** memo_monitor_close() - May sleep; NULL is fine */
void memo_monitor_close(struct device_file *file);

/**
 * memo_monitor_look() - Take what it has heard
 * @changed:	Set if a list of controls may be another now; else untouched
 *
 * Return: 0 or -ENODEV
 */
int memo_monitor_look(struct device_file *file, bool *changed);

#endif
