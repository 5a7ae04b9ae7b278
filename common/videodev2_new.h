/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What newer kernels added to videodev2.h and the oldest supported header
 * lacks.  Each entry goes when that header has it.
 */
#ifndef COMMON_VIDEODEV2_NEW_H
#define COMMON_VIDEODEV2_NEW_H

#include <linux/videodev2.h>

#ifndef VIDIOC_REMOVE_BUFS /* 6.10 */
struct v4l2_remove_buffers {
	__u32 index;
	__u32 count;
	__u32 type;
	__u32 reserved[13];
};
#define VIDIOC_REMOVE_BUFS _IOWR('V', 104, struct v4l2_remove_buffers)
#endif

#ifndef V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS /* 6.8 */
#define V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS (1 << 7)
#endif

#ifndef V4L2_BUF_CAP_SUPPORTS_REMOVE_BUFS /* 6.10 */
#define V4L2_BUF_CAP_SUPPORTS_REMOVE_BUFS (1 << 8)
#endif

#ifndef V4L2_CTRL_FLAG_DYNAMIC_ARRAY /* 5.20 */
#define V4L2_CTRL_FLAG_DYNAMIC_ARRAY 0x0800
#endif

#ifndef V4L2_EVENT_CTRL_CH_DIMENSIONS /* 6.0 */
#define V4L2_EVENT_CTRL_CH_DIMENSIONS (1 << 3)
#endif

#endif
