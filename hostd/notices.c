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
#include "hostd/audit.h"
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
	[NOTICE_GRANT] = "let in",
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
 * @strangers:	Accounts of those whom no rule lets in
 * @others:	Things to say in this period for which there was no account
 */
struct notices {
	const struct device_list *devices;
	struct loop_timer *timer;
	struct notice_account accounts[NOTICES_MAX];
	unsigned int account_count;
	unsigned int strangers;
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

static bool notice_is_refusal(unsigned int notice)
{
	return notice == NOTICE_VERSION || notice == NOTICE_NAME ||
	       (notice >= NOTICE_RULE && notice != NOTICE_GRANT);
}

static bool notice_is_strangers(unsigned int notice)
{
	return notice == NOTICE_RULE || notice == NOTICE_PORT;
}

/* How often it may be said in a period */
static unsigned int notice_often(unsigned int notice)
{
	return notice == NOTICE_SERVED || notice == NOTICE_GRANT
		       ? NOTICES_SERVED_MAX
		       : 1;
}

static void notices_audit(const struct notice_account *account,
			  const char *event, const char *device)
{
	struct audit audit;

	audit_begin(&audit, "left-out", &account->peer);
	audit_add(&audit, "of", event);
	if (device)
		audit_add(&audit, "device", device);
	audit_add_number(&audit, "count", account->more);
	audit_log(&audit);
}

/* Not as transport_peer_format(): a port is not who it is. */
static void notices_say(const struct notices *notices,
			const struct notice_account *account)
{
	char who[TRANSPORT_TEXT_LEN];
	const char *device;

	if (account->peer.kind == TRANSPORT_VSOCK)
		snprintf(who, sizeof(who), "cid %" PRIu32, account->peer.cid);
	else
		transport_peer_format(&account->peer, who, sizeof(who));

	if (account->notice == NOTICE_GRANT) {
		notices_audit(account, "grant", NULL);
		return;
	}
	if (account->notice < NOTICE_DEVICE) {
		log_warn("%s: %s: %u more in the last minute", who,
			 notice_texts[account->notice], account->more);
		if (notice_is_refusal(account->notice))
			notices_audit(account, "refuse", NULL);
		return;
	}
	device =
		notices->devices->devices[account->notice - NOTICE_DEVICE].name;
	log_warn("%s: refused: device %s: %u more in the last minute", who,
		 device, account->more);
	notices_audit(account, "refuse", device);
}

/* The last one takes its place. */
static void notices_forget(struct notices *notices,
			   struct notice_account *account)
{
	if (notice_is_strangers(account->notice))
		notices->strangers--;
	*account = notices->accounts[--notices->account_count];
}

static void notices_period(void *data)
{
	struct notices *notices = data;
	unsigned int i = 0;

	while (i < notices->account_count) {
		struct notice_account *account = &notices->accounts[i];
		unsigned int often = notice_often(account->notice);

		if (account->more)
			notices_say(notices, account);
		if (!account->count) {
			notices_forget(notices, account);
			continue;
		}
		account->count = 0;
		account->more = 0;
		account->left = often > 1 ? often : 0;
		i++;
	}
	if (notices->others)
		log_warn("%u more about other guests in the last minute",
			 notices->others);
	notices->others = 0;
	if (notices->account_count)
		loop_timer_set(notices->timer, NOTICES_PERIOD);
}

void notices_set_devices(struct notices *notices,
			 const struct device_list *devices)
{
	unsigned int i = 0;

	while (i < notices->account_count) {
		struct notice_account *account = &notices->accounts[i];

		if (account->notice < NOTICE_DEVICE) {
			i++;
			continue;
		}
		if (account->more)
			notices_say(notices, account);
		notices_forget(notices, account);
	}
	notices->devices = devices;
}

/* Is there an account for one more of these? */
static bool notices_room(const struct notices *notices, unsigned int notice)
{
	if (notice_is_strangers(notice))
		return notices->strangers < NOTICES_STRANGERS;
	return notices->account_count - notices->strangers <
	       NOTICES_MAX - NOTICES_STRANGERS;
}

bool notices_add(struct notices *notices, const struct transport_peer *peer,
		 unsigned int notice)
{
	unsigned int i = notices_find(notices, peer, notice);
	struct notice_account *account = &notices->accounts[i];

	assert(notice < NOTICE_DEVICE + notices->devices->count);

	if (i == notices->account_count) {
		if (!notices_room(notices, notice)) {
			notices->others++;
			return false;
		}
		notices->account_count++;
		notices->strangers += notice_is_strangers(notice);
		*account = (struct notice_account){
			.peer = *peer,
			.notice = notice,
			.left = notice_often(notice),
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
		return notices_room(notices, notice);
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
