// SPDX-License-Identifier: BSD-3-Clause
/*
 * Lines for programs to read.
 */
#include "hostd/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "hostd/policy.h"

#define AUDIT_ESCAPED   4 /* bytes that one may become */
#define AUDIT_VALUE_MAX 512
#define AUDIT_NAMES_LEN 400 /* of devices, with a NUL */

/* What needs no quotes */
static bool audit_plain(const char *value)
{
	return *value && strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz"
				       "0123456789-_./:,@+") == strlen(value);
}

/* Return: bytes that @out got, which has room for AUDIT_ESCAPED and a NUL */
static size_t audit_escape(unsigned char byte, char *out)
{
	if (byte < ' ' || byte > '~' || byte == '"' || byte == '\\')
		return (size_t)snprintf(out, AUDIT_ESCAPED + 1, "\\x%02x",
					byte);
	out[0] = (char)byte;
	return 1;
}

void audit_add(struct audit *audit, const char *key, const char *value)
{
	char text[AUDIT_VALUE_MAX + AUDIT_ESCAPED + 3];
	size_t len = 0;
	int ret;

	if (audit_plain(value) && strlen(value) <= AUDIT_VALUE_MAX) {
		len = strlen(value);
		memcpy(text, value, len);
	} else {
		text[len++] = '"';
		for (; *value && len < AUDIT_VALUE_MAX; value++)
			len += audit_escape((unsigned char)*value, text + len);
		text[len++] = '"';
	}

	ret = snprintf(audit->text + audit->len, AUDIT_LEN - audit->len,
		       " %s=%.*s", key, (int)len, text);
	if (audit->len + (size_t)ret >= AUDIT_LEN)
		audit->text[audit->len] = '\0';
	else
		audit->len += (size_t)ret;
}

void audit_add_number(struct audit *audit, const char *key, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	audit_add(audit, key, text);
}

void audit_add_devices(struct audit *audit, const struct device_list *devices,
		       const struct grant *grant)
{
	char names[AUDIT_NAMES_LEN] = "";
	unsigned int left_out = 0;
	unsigned int i;
	size_t len = 0;

	for (i = 0; i < devices->count; i++) {
		const char *name = devices->devices[i].name;
		size_t room = sizeof(names) - len;

		if (!grant_device(grant, i))
			continue;
		if (left_out || strlen(name) + sizeof(",,+64") > room)
			left_out++;
		else
			len += (size_t)snprintf(names + len, room, "%s%s",
						len ? "," : "", name);
	}
	if (left_out)
		snprintf(names + len, sizeof(names) - len, ",+%u", left_out);
	audit_add(audit, "devices", names);
}

void audit_begin(struct audit *audit, const char *event,
		 const struct transport_peer *peer)
{
	char guest[TRANSPORT_TEXT_LEN];

	audit->len = (size_t)snprintf(audit->text, AUDIT_LEN, "audit:");
	audit_add(audit, "event", event);
	policy_guest_format(peer, guest, sizeof(guest));
	audit_add(audit, "guest", guest);
}

void audit_log(const struct audit *audit)
{
	log_info("%s", audit->text);
}

bool audit_rate_take(struct audit_rate *rate, uint64_t now_ns)
{
	if (!rate->count)
		rate->since_ns = now_ns;
	return rate->count++ < AUDIT_RATE_MAX;
}

unsigned int audit_rate_left_out(const struct audit_rate *rate)
{
	return rate->count > AUDIT_RATE_MAX ? rate->count - AUDIT_RATE_MAX : 0;
}

uint64_t audit_rate_wait(const struct audit_rate *rate, uint64_t now_ns)
{
	uint64_t since = now_ns - rate->since_ns;

	return rate->count && since < AUDIT_PERIOD_NS ? AUDIT_PERIOD_NS - since
						      : 0;
}

void audit_rate_reset(struct audit_rate *rate)
{
	rate->count = 0;
}
