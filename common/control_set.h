/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A set of V4L2 controls: whole classes and single ones.
 */
#ifndef COMMON_CONTROL_SET_H
#define COMMON_CONTROL_SET_H

#include <stdbool.h>
#include <stdint.h>

#define CONTROL_SET_MAX 64

/**
 * struct control_set - It; zeroed: all controls
 * @items:	@count of them: the number of a control, or of a class, which has
 *		its lower half zero
 */
struct control_set {
	uint32_t items[CONTROL_SET_MAX];
	unsigned int count;
};

/**
 * control_set_parse() - Add what a text names
 * @text:	Words with commas or blanks between them: a class as in
 *		v4l2-controls.h (user, camera, image-source), a control's or a
 *		class's number (0x00980900), or none: no control by that word
 * @why:	Gets the reason on failure, OPTIONS_WHY_LEN bytes
 *
 * Return: 0, or -EINVAL; then @set is as it was
 */
int control_set_parse(struct control_set *set, const char *text, char *why);

/** control_set_restricts() - Is there a control that it may not contain? */
static inline bool control_set_restricts(const struct control_set *set)
{
	return set->count > 0;
}

/**
 * control_set_contains() - Is this control in it?
 * @id:		Flags such as V4L2_CTRL_FLAG_NEXT_CTRL do not count
 *
 * A class's heading (V4L2_CID_CAMERA_CLASS) is, if anything of the class is.  A
 * number from V4L2_CID_PRIVATE_BASE on is another name of one of the user class.
 */
bool control_set_contains(const struct control_set *set, uint32_t id);

#endif
