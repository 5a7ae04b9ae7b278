// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a device answers, as it is sent to be remembered.
 */
#include "hostd/memo_answers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/stats.h"
#include "hostd/memo_tree.h"
#include "hostd/patch.h"
#include "hostd/permit.h"

/* Bytes; twice as many each time there is no room. */
#define ANSWERS_FIRST 4096u
static_assert(ANSWERS_FIRST >= MEMO_ENTRY_MAX, "there is room for one");

void memo_answers_finish(struct memo_answers *answers)
{
	free(answers->bytes);
	memset(answers, 0, sizeof(*answers));
}

static int keep(struct memo_answers *answers, const uint8_t *entry, size_t len)
{
	size_t size = answers->size ? 2 * answers->size : ANSWERS_FIRST;
	uint8_t *bytes;

	if (answers->size - answers->len < len) {
		bytes = realloc(answers->bytes, size);
		if (!bytes)
			return -ENOMEM;
		answers->bytes = bytes;
		answers->size = size;
	}
	memcpy(answers->bytes + answers->len, entry, len);
	answers->len += len;
	return 0;
}

int memo_answers_add(struct memo_answers *answers, const uint8_t *key,
		     size_t key_len, const struct payload *payload, int result)
{
	uint8_t value[MEMO_VALUE_MAX];
	struct memo_entry entry = {
		.class = answers->class,
		.epoch = answers->epoch,
		.key = key,
		.key_len = key_len,
		.value = value,
	};
	uint8_t bytes[MEMO_ENTRY_MAX];
	struct wire_writer writer;
	int ret = 0;

	if (!memo_lasts((uint32_t)-result))
		return 0;
	wire_writer_init(&writer, value, sizeof(value));
	payload_put_response(payload, (uint32_t)-result, &writer,
			     &entry.value_len);
	if (answers->count == VMS_MEMO_ENTRIES_MAX ||
	    answers->content + key_len + entry.value_len > VMS_MEMO_BYTES_MAX)
		return -ENOSPC;
	wire_writer_init(&writer, bytes, sizeof(bytes));
	memo_put(&writer, &entry);
	if (!answers->dropped)
		ret = keep(answers, bytes, writer.len);
	if (ret)
		return ret;
	answers->hash = memo_hash(answers->hash, bytes, writer.len);
	answers->content += key_len + entry.value_len;
	answers->count++;
	return 0;
}

/* ---- asking ------------------------------------------------------------ */

struct asking {
	struct memo_answers *answers;
	struct device_file *file;
	const struct grant *grant;
};

static int ask(void *owner, uint32_t cmd, union payload_arg *arg, int *result)
{
	const struct asking *asking = owner;
	uint8_t key[MEMO_KEY_MAX];
	struct payload payload;
	size_t key_len;

	payload_init(&payload, ioctl_lookup(cmd), arg);
	key_len = memo_key(&payload, key);
	*result = permit_ioctl(asking->grant, &payload);
	if (!*result)
		*result = patch_run(asking->file, &payload, NULL,
				    &asking->grant->controls);
	memcpy(arg->bytes, payload.arg.bytes, ioctl_size(payload.desc));
	/* Somebody wants it to end, see worker_interrupt(). */
	if (*result == -EINTR)
		return *result;
	return memo_answers_add(asking->answers, key, key_len, &payload,
				*result);
}

int memo_answers_ask(struct memo_answers *answers, struct device_file *file,
		     const struct grant *grant)
{
	struct asking asking = {
		.answers = answers,
		.file = file,
		.grant = grant,
	};
	int ret = memo_tree_walk(answers->class, ask, &asking);

	return ret == -ENOSPC ? 0 : ret;
}

/* ---- sending ----------------------------------------------------------- */

/* Bytes of the entry that begins here. */
static size_t entry_len(const uint8_t *bytes, size_t len)
{
	struct wire_reader reader;
	size_t key_len;

	wire_reader_init(&reader, bytes, len);
	key_len = wire_get_u32(&reader);
	return sizeof(struct vms_memo) + wire_pad(key_len) +
	       wire_pad(wire_get_u32(&reader));
}

void memo_answers_send(const struct memo_answers *answers,
		       const struct client_output *output)
{
	size_t from = 0;
	size_t to = 0;
	size_t next;

	while (from < answers->len) {
		while (to < answers->len) {
			next = to + entry_len(answers->bytes + to,
					      answers->len - to);
			if (next - from > VMS_MIN_CTRL)
				break;
			to = next;
		}
		output->ops->memo(output->owner, VMS_MEMO,
				  answers->bytes + from, to - from);
		from = to;
	}
	stats_add(STATS_MEMO_ENTRIES, answers->count);
}
