// SPDX-License-Identifier: BSD-3-Clause
/*
 * A connection in which bytes take their time.
 */
#include "tests/delay_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK 65536

int delay_line_start(struct delay_line *line, int host,
		     uint64_t (*delay)(enum delay_direction direction))
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX,
				    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
				    0, fds),
			 0);
	memset(line, 0, sizeof(*line));
	line->delay = delay;
	line->ways[DELAY_TO_HOST].from = fds[1];
	line->ways[DELAY_TO_HOST].to = host;
	line->ways[DELAY_TO_GUEST].from = host;
	line->ways[DELAY_TO_GUEST].to = fds[1];
	return fds[0];
}

static struct delay_packet *first(struct delay_way *way)
{
	return &way->packets[way->first];
}

static void drop_first(struct delay_way *way)
{
	free(first(way)->bytes);
	way->first = (way->first + 1) % DELAY_LINE_PACKETS;
	way->count--;
}

void delay_line_finish(struct delay_line *line)
{
	unsigned int i;

	if (!line->delay)
		return;
	for (i = 0; i < DELAY_DIRECTIONS; i++) {
		while (line->ways[i].count)
			drop_first(&line->ways[i]);
		close(line->ways[i].to);
	}
	line->delay = NULL;
}

static bool take(struct delay_line *line, enum delay_direction direction,
		 uint64_t now)
{
	struct delay_way *way = &line->ways[direction];
	struct delay_packet *packet;
	static uint8_t bytes[CHUNK];
	ssize_t len;

	len = read(way->from, bytes, sizeof(bytes));
	if (len <= 0)
		return false;
	packet =
		&way->packets[(way->first + way->count++) % DELAY_LINE_PACKETS];
	packet->due = now + line->delay(direction);
	if (packet->due < way->last_due)
		packet->due = way->last_due;
	way->last_due = packet->due;
	packet->len = (size_t)len;
	packet->bytes = malloc(packet->len);
	assert_non_null(packet->bytes);
	memcpy(packet->bytes, bytes, packet->len);
	return true;
}

/* Who does not read may get it later. */
static bool deliver(struct delay_way *way, uint64_t now)
{
	struct delay_packet *packet = first(way);
	ssize_t len;

	if (!way->count || packet->due > now)
		return false;
	len = send(way->to, packet->bytes, packet->len, MSG_NOSIGNAL);
	if (len < 0)
		return false;
	packet->len -= (size_t)len;
	memmove(packet->bytes, packet->bytes + len, packet->len);
	if (!packet->len)
		drop_first(way);
	return true;
}

bool delay_line_run(struct delay_line *line, uint64_t now)
{
	bool any = false;
	unsigned int i;

	for (i = 0; line->delay && i < DELAY_DIRECTIONS; i++) {
		while (line->ways[i].count < DELAY_LINE_PACKETS &&
		       take(line, i, now))
			any = true;
		while (deliver(&line->ways[i], now))
			any = true;
	}
	return any;
}

uint64_t delay_line_due(const struct delay_line *line, uint64_t now)
{
	uint64_t due = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < DELAY_DIRECTIONS; i++) {
		const struct delay_way *way = &line->ways[i];
		uint64_t next = way->packets[way->first].due;

		if (way->count && next > now && next < due)
			due = next;
	}
	return due;
}
