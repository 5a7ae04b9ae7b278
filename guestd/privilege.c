// SPDX-License-Identifier: BSD-3-Clause
/*
 * What guestd gives up once its node is there.
 */
#include "guestd/privilege.h"

#include <cap-ng.h>
#include <errno.h>
#include <sys/prctl.h>

#include "common/sandbox.h"
#include "guestd/sandbox_loop.h"

static int drop_capabilities(bool bind_service)
{
	capng_clear(CAPNG_SELECT_BOTH);
	/* Somebody who never had it cannot keep it. */
	if (bind_service &&
	    capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_BIND_SERVICE) >= 0) {
		capng_get_caps_process();
		bind_service = capng_have_capability(CAPNG_PERMITTED,
						     CAP_NET_BIND_SERVICE);
		capng_clear(CAPNG_SELECT_BOTH);
		if (bind_service)
			capng_update(CAPNG_ADD,
				     CAPNG_EFFECTIVE | CAPNG_PERMITTED,
				     CAP_NET_BIND_SERVICE);
	}
	/* The bounding set is only root's to change. */
	if (capng_apply(CAPNG_SELECT_BOTH) && capng_apply(CAPNG_SELECT_CAPS))
		return -EPERM;
	return 0;
}

int privilege_drop(enum transport_kind kind)
{
	int ret;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	ret = drop_capabilities(kind == TRANSPORT_VSOCK);
	if (!ret)
		ret = sandbox_hide();
	return ret ? ret : sandbox_loop(kind);
}
