/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Classes of answers that may be remembered: as they are on the wire, and in the table
 * of ioctls, which is also built where the wire's layout is not this machine's.
 */
#ifndef COMMON_MEMO_CLASS_H
#define COMMON_MEMO_CLASS_H

#include <assert.h>

enum vms_memo_class {
	VMS_MEMO_FORMATS = 1u << 0, /* formats, sizes, intervals */
	VMS_MEMO_INPUTS = 1u << 1,  /* what can be chosen, and standards */
	VMS_MEMO_CONTROLS =
		1u << 2, /* what controls there are, not their values */
};
#define VMS_MEMO_CLASSES 3
#define VMS_MEMO_ALL     ((1u << VMS_MEMO_CLASSES) - 1)
static_assert(VMS_MEMO_CONTROLS == 1u << (VMS_MEMO_CLASSES - 1),
	      "the last class");

#endif
