// SPDX-License-Identifier: BSD-3-Clause
/*
 * Answers that come before somebody asks.
 *
 * What is remembered is the host's answer and is looked at as one, when it is given:
 * a lie stays a lie.
 */
#include <errno.h>

#include "common/stats.h"
#include "guestd/hostlink_parts.h"

int hostlink_memo_take(struct hostlink *link, const struct channel_frame *frame)
{
	struct wire_reader reader;
	struct memo_entry entry;

	wire_reader_init(&reader, frame->section, frame->header.slen);
	while (reader.left) {
		if (memo_get(&reader, &entry))
			return -EPROTO;
		if (memo_learn(link->memo, &entry))
			stats_add(STATS_MEMO_ENTRIES, 1);
	}
	return 0;
}

int hostlink_memo_expire(struct hostlink *link,
			 const struct channel_frame *frame)
{
	struct vms_memo_inval inval;

	if (memo_get_inval(frame->section, frame->header.slen, &inval))
		return -EPROTO;
	memo_expire(link->memo, &inval);
	stats_add(STATS_MEMO_INVALS, 1);
	return 0;
}

void hostlink_unlearn(struct hostlink *link, uint32_t classes)
{
	if (link->memo)
		memo_forget(link->memo, classes);
}

bool hostlink_recall(struct hostlink *link, struct hostlink_call *call,
		     struct payload *payload, int *error)
{
	uint8_t key[MEMO_KEY_MAX];
	const void *value;
	size_t key_len;
	size_t len;

	if (!link->memo || link->over || !payload->desc->memo)
		return false;
	if (!memo_holds(link->memo, payload->desc->memo)) {
		stats_add(STATS_MEMO_MISSES, 1);
		return false;
	}
	key_len = memo_key(payload, key);
	if (!key_len)
		return false;
	len = memo_find(link->memo, key, key_len, &value);
	stats_add(len ? STATS_MEMO_HITS : STATS_MEMO_MISSES, 1);
	if (!len)
		return false;
	call->payload = payload;
	*error = hostlink_get_ioctl(link, call, value, len, NULL, 0);
	return true;
}
