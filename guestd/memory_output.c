// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the memory helper's socket has not taken yet.
 *
 * Most requests are one small structure that the socket takes at once; a
 * message is made only of what it does not take, and of what has to be put
 * together first.
 *
 * Too many descriptors of our user may be on their way, others' too (unix(7),
 * ETOOMANYREFS).  Then this one stays here: the helper takes a request without it
 * for one that has found no room.
 */
#include "guestd/memory_output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/rights.h"

static void memory_message_free(struct memory_message *message)
{
	if (message->fd >= 0)
		close(message->fd);
	free(message);
}

void memory_output_init(struct memory_output *output, int fd,
			struct loop_watch *watch)
{
	output->fd = fd;
	output->watch = watch;
	output->first = NULL;
	output->last = &output->first;
}

void memory_output_finish(struct memory_output *output)
{
	struct memory_message *message;

	while ((message = output->first)) {
		output->first = message->next;
		memory_message_free(message);
	}
	output->last = &output->first;
}

void memory_output_break(struct memory_output *output)
{
	shutdown(output->fd, SHUT_RDWR);
}

/* Return: bytes that the socket took, or a negative errno */
static ssize_t output_send(struct memory_output *output, const void *bytes,
			   size_t len, int fd)
{
	ssize_t sent = rights_send(output->fd, bytes, len, fd, 0);

	return sent == -EAGAIN ? 0 : sent;
}

void memory_output_flush(struct memory_output *output)
{
	struct memory_message *message;
	uint32_t events = EPOLLIN;

	while ((message = output->first)) {
		ssize_t sent =
			output_send(output, message->bytes + message->sent,
				    message->len - message->sent, message->fd);

		if (sent == -ETOOMANYREFS) {
			close(message->fd);
			message->fd = -1;
			continue;
		}
		if (sent < 0) {
			memory_output_break(output);
			break;
		}
		if (sent && message->fd >= 0) {
			close(message->fd);
			message->fd = -1;
		}

		message->sent += (size_t)sent;
		if (message->sent < message->len) {
			events |= EPOLLOUT;
			break;
		}

		output->first = message->next;
		if (!output->first)
			output->last = &output->first;
		memory_message_free(message);
	}

	if (loop_watch_set(output->watch, events) < 0)
		memory_output_break(output);
}

void memory_output_queue(struct memory_output *output,
			 struct memory_message *message)
{
	bool busy = output->first;

	message->next = NULL;
	*output->last = message;
	output->last = &message->next;
	if (!busy)
		memory_output_flush(output);
}

struct memory_message *memory_message_create(size_t len)
{
	struct memory_message *message;

	message = malloc(sizeof(*message) + len);
	if (message) {
		message->fd = -1;
		message->sent = 0;
		message->len = len;
	}
	return message;
}

/* Return: 0, or -ENOMEM and nothing of it is kept */
static int output_keep(struct memory_output *output, const void *bytes,
		       size_t len, size_t sent, int fd)
{
	struct memory_message *message = memory_message_create(len);

	if (message && fd >= 0) {
		message->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (message->fd < 0) {
			free(message);
			message = NULL;
		}
	}
	if (!message) {
		if (sent)
			memory_output_break(output);
		return -ENOMEM;
	}

	memcpy(message->bytes, bytes, len);
	message->sent = sent;
	memory_output_queue(output, message);
	return 0;
}

int memory_output_pass(struct memory_output *output, const void *bytes,
		       size_t len, int fd)
{
	ssize_t sent;

	if (output->first)
		return -EAGAIN;
	sent = rights_send(output->fd, bytes, len, fd, 0);
	if (sent < 0)
		return (int)sent;
	/* It goes with the first byte. */
	if ((size_t)sent < len)
		output_keep(output, bytes, len, (size_t)sent, -1);
	return 0;
}

int memory_output_send(struct memory_output *output, const void *bytes,
		       size_t len, int fd)
{
	ssize_t sent = 0;

	if (!output->first) {
		sent = output_send(output, bytes, len, fd);
		if (sent == -ETOOMANYREFS)
			return -ENOMEM;
		if (sent < 0) {
			memory_output_break(output);
			return 0;
		}
		if ((size_t)sent == len)
			return 0;
		if (sent)
			fd = -1;
	}

	return output_keep(output, bytes, len, (size_t)sent, fd);
}
