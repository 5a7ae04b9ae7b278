// SPDX-License-Identifier: BSD-3-Clause
/*
 * The guest process: a loop, an asker of the opener, and one guest.
 */
#include "hostd/guest_run.h"

#include <string.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/stats.h"
#include "hostd/guest.h"
#include "hostd/opener.h"

static void guest_run_ended(void *data, int error)
{
	(void)error;

	loop_stop(data, 0);
}

int guest_run(int fd, const struct transport_peer *peer,
	      struct device_list *devices, int opener_fd,
	      const struct notices *notices, bool share)
{
	char who[TRANSPORT_TEXT_LEN];
	struct opener *opener;
	struct guest *guest;
	struct loop *loop;
	int ret;

	ret = loop_create(&loop);
	if (ret < 0)
		goto err;
	ret = opener_create(opener_fd, &opener);
	if (ret < 0)
		goto err;
	ret = guest_create(loop, fd, peer, devices, opener, guest_run_ended,
			   loop, &guest);
	if (ret < 0)
		goto err;

	guest_set_notices(guest, notices);
	guest_set_share(guest, share);

	ret = loop_run(loop);
	if (ret < 0)
		goto err;
	transport_peer_format(peer, who, sizeof(who));
	stats_log(who);
	return (int)guest_notice(guest);

err:
	if (notices_new(notices, peer, NOTICE_FAILED))
		log_err("cannot serve a guest: %s", strerror(-ret));
	return NOTICE_FAILED;
}
