// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the log says about guests that come again and again.
 *
 * There is one period for all, and a timer only while there is an account.  An
 * account to which nothing was added in a period is forgotten at its end, so
 * that the next time is a first one again.
 */
#include "hostd/notices.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "hostd/policy.h"

static const char *const notice_texts[] = {
	[NOTICE_SERVED] = "connected",
	[NOTICE_FAILED] = "process failed",
	[NOTICE_LIE] = "broke the protocol",
	[NOTICE_TIMEOUT] = "no HELLO",
	[NOTICE_VERSION] = "refused: no common version",
	[NOTICE_NAME] = "refused: no such device",
	[NOTICE_KILLED] = "process ended by a signal",
	[NOTICE_RULE] = "refused: no rule",
	[NOTICE_PORT] = "refused: source port is not below 1024",
	[NOTICE_LIMIT] = "refused: too many connections",
	[NOTICE_START] = "refused: cannot start its processes",
};
static_assert(sizeof(notice_texts) / sizeof(notice_texts[0]) == NOTICE_DEVICE,
	      "a notice without a text");

/**
 * struct notice_account - One notice of one guest
 * @left:	How often it may be said before the period is over
 * @count:	How often there was something to say in this period
 * @more:	Not said, of these
 */
struct notice_account {
	struct transport_peer peer;
	unsigned int notice;
	unsigned int left;
	unsigned int count;
	unsigned int more;
};

/**
 * struct notices - All accounts
 * @others:	Things to say in this period for which there was no account
 */
struct notices {
	const struct device_list *devices;
	struct loop_timer *timer;
	struct notice_account accounts[NOTICES_MAX];
	unsigned int account_count;
	unsigned int others;
};

static unsigned int notices_find(const struct notices *notices,
				 const struct transport_peer *peer,
				 unsigned int notice)
{
	unsigned int i;

	for (i = 0; i < notices->account_count; i++) {
		const struct notice_account *account = &notices->accounts[i];

		if (account->notice == notice &&
		    policy_same_guest(&account->peer, peer))
			break;
	}
	return i;
}

/* Not as transport_peer_format(): a port is not who it is. */
static void notices_say(const struct notices *notices,
			const struct notice_account *account)
{
	char who[TRANSPORT_TEXT_LEN];
	unsigned int device;

	if (account->peer.kind == TRANSPORT_VSOCK)
		snprintf(who, sizeof(who), "cid %" PRIu32, account->peer.cid);
	else
		transport_peer_format(&account->peer, who, sizeof(who));

	if (account->notice < NOTICE_DEVICE) {
		log_warn("%s: %s: %u more in the last minute", who,
			 notice_texts[account->notice], account->more);
		return;
	}
	device = account->notice - NOTICE_DEVICE;
	log_warn("%s: refused: device %s: %u more in the last minute", who,
		 notices->devices->devices[device].name, account->more);
}

static void notices_period(void *data)
{
	struct notices *notices = data;
	unsigned int i = 0;

	while (i < notices->account_count) {
		struct notice_account *account = &notices->accounts[i];

		if (account->more)
			notices_say(notices, account);
		if (!account->count) {
			*account = notices->accounts[--notices->account_count];
			continue;
		}
		account->count = 0;
		account->more = 0;
		account->left = account->notice == NOTICE_SERVED
					? NOTICES_SERVED_MAX
					: 0;
		i++;
	}
	if (notices->others)
		log_warn("%u more about other guests in the last minute",
			 notices->others);
	notices->others = 0;
	if (notices->account_count)
		loop_timer_set(notices->timer, NOTICES_PERIOD);
}

bool notices_add(struct notices *notices, const struct transport_peer *peer,
		 unsigned int notice)
{
	unsigned int i = notices_find(notices, peer, notice);
	struct notice_account *account = &notices->accounts[i];

	assert(notice < NOTICE_DEVICE + notices->devices->count);

	if (i == NOTICES_MAX) {
		notices->others++;
		return false;
	}
	if (i == notices->account_count) {
		notices->account_count++;
		*account = (struct notice_account){
			.peer = *peer,
			.notice = notice,
			.left = notice == NOTICE_SERVED ? NOTICES_SERVED_MAX
							: 1,
		};
		if (!loop_timer_armed(notices->timer))
			loop_timer_set(notices->timer, NOTICES_PERIOD);
	}

	account->count++;
	if (account->left) {
		account->left--;
		return true;
	}
	account->more++;
	return false;
}

bool notices_new(const struct notices *notices,
		 const struct transport_peer *peer, unsigned int notice)
{
	unsigned int i;

	if (!notices)
		return true;
	i = notices_find(notices, peer, notice);
	if (i == notices->account_count)
		return i < NOTICES_MAX;
	return notices->accounts[i].left > 0;
}

int notices_create(struct loop *loop, const struct device_list *devices,
		   struct notices **out)
{
	struct notices *notices;
	int ret;

	notices = calloc(1, sizeof(*notices));
	if (!notices)
		return -ENOMEM;
	notices->devices = devices;
	ret = loop_timer(loop, notices_period, notices, &notices->timer);
	if (ret < 0) {
		free(notices);
		return ret;
	}
	*out = notices;
	return 0;
}

void notices_destroy(struct notices *notices)
{
	if (!notices)
		return;

	loop_timer_destroy(notices->timer);
	free(notices);
}
