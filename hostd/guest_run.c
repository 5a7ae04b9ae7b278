// SPDX-License-Identifier: BSD-3-Clause
/*
 * The guest process: a loop, an asker of the opener, and one guest.
 *
 * It stays, without the device, for as long as somebody holds memory that the guest
 * was given, so that this counts among the guest's connections: or it would come
 * again and again for more.
 */
#include "hostd/guest_run.h"

#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/stats.h"
#include "hostd/exports.h"
#include "hostd/guest.h"
#include "hostd/opener.h"
#include "hostd/slices.h"

static void guest_run_ended(void *data, int error)
{
	(void)error;

	loop_stop(data, 0);
}

/* Nothing is left to say while it waits for memory: it will be killed. */
static void guest_run_revoked(void *data, int signo)
{
	struct guest **guest = data;

	(void)signo;

	if (*guest)
		guest_revoke(*guest);
}

static void guest_run_report(void *data, int signo)
{
	(void)signo;

	stats_log(LOG_LEVEL_INFO, data);
}

/* The opener goes last: a device may still be opened, and it knows who holds what. */
static void wait_for_memory(struct loop *loop, struct guest **guest,
			    const char *who, bool logged)
{
	struct exports *exports = guest_take_exports(*guest);

	if (!exports || exports_empty(exports))
		return;
	guest_destroy(*guest);
	*guest = NULL;
	if (exports_held(exports) && logged)
		log_info("%s: still holds shared buffers", who);
	while (!exports_empty(exports) && loop_run_once(loop, -1) >= 0)
		;
	exports_destroy(exports);
}

int guest_run(int fd, const struct transport_peer *peer,
	      struct device_list *devices, int opener_fd, int shmem_fd,
	      const struct notices *notices, const struct grant *grant)
{
	char who[TRANSPORT_TEXT_LEN];
	struct guest *guest = NULL;
	struct slices *slices = NULL;
	struct opener *opener;
	struct loop *loop;
	int notice;
	int ret;

	ret = loop_create(&loop);
	if (ret < 0)
		goto err;
	ret = loop_signal(loop, GUEST_RUN_REVOKE, guest_run_revoked, &guest);
	if (ret < 0)
		goto err;
	transport_peer_format(peer, who, sizeof(who));
	ret = loop_signal(loop, GUEST_RUN_REPORT, guest_run_report, who);
	if (ret < 0)
		goto err;
	ret = opener_create(opener_fd, &opener);
	if (ret < 0)
		goto err;
	ret = guest_create(loop, fd, peer, devices, opener, guest_run_ended,
			   loop, &guest);
	if (ret < 0)
		goto err;

	if (shmem_fd >= 0)
		ret = slices_create(shmem_fd, &slices);
	if (ret < 0) {
		close(shmem_fd);
		if (notices_new(notices, peer, NOTICE_SERVED))
			log_err("%s: shared memory: %s", who, strerror(-ret));
	}
	guest_set_notices(guest, notices);
	guest_set_grant(guest, grant);
	guest_set_slices(guest, slices);

	ret = loop_run(loop);
	if (ret < 0)
		goto err;
	stats_log(LOG_LEVEL_DEBUG, who);
	notice = (int)guest_notice(guest);
	wait_for_memory(loop, &guest, who,
			notices_new(notices, peer, NOTICE_SERVED));
	return notice;

err:
	if (notices_new(notices, peer, NOTICE_FAILED))
		log_err("cannot serve a guest: %s", strerror(-ret));
	return NOTICE_FAILED;
}
