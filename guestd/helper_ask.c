// SPDX-License-Identifier: BSD-3-Clause
/*
 * What an application's shim asks of the memory helper.
 *
 * The helper and the shim are programs of one machine and one build, so the
 * structure travels as it is; but anybody may have sent it.
 */
#include "guestd/helper_ask.h"

#include <errno.h>
#include <string.h>

int helper_ask_parse(const void *bytes, size_t len, struct shim_ask *out)
{
	struct shim_ask ask;

	if (len != sizeof(ask))
		return -EPROTO;
	memcpy(&ask, bytes, sizeof(ask));
	if (ask.magic != SHIM_MAGIC || ask.reserved)
		return -EPROTO;

	switch (ask.kind) {
	case SHIM_MAP:
		if (ask.type || ask.index || ask.plane)
			return -EPROTO;
		break;
	case SHIM_EXPORT:
		if (ask.offset || ask.len || ask.prot)
			return -EPROTO;
		break;
	default:
		return -EPROTO;
	}
	*out = ask;
	return 0;
}
