// SPDX-License-Identifier: BSD-3-Clause
#include "tests/plausible_rig.h"

#include <string.h>

const char *plausible_rig_answer(uint32_t cmd, const void *asked, void *got,
				 uint32_t control_type)
{
	const struct plausible_about about = {
		.device_caps = V4L2_CAP_VIDEO_CAPTURE,
		.control_type = control_type,
	};
	const struct ioctl_desc *desc = ioctl_lookup(cmd);
	union payload_arg was;
	union payload_arg arg;
	const char *why;

	memcpy(was.bytes, asked, ioctl_size(desc));
	memcpy(arg.bytes, got, ioctl_size(desc));
	why = plausible_answer(&about, desc, &was, &arg);
	memcpy(got, arg.bytes, ioctl_size(desc));
	return why;
}
