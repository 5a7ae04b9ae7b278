// SPDX-License-Identifier: BSD-3-Clause
/*
 * links DIR: says "ready", and then "created" and "deleted" of each file that comes and
 * goes in DIR, as inotify(7) says it, and "gone" of DIR itself.
 *
 * So Firefox looks for cameras in /dev/v4l/by-path: it asks for these events, and looks
 * at all devices when there is one.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

static const struct {
	uint32_t mask;
	const char *text;
} events[] = {
	{ IN_CREATE, "created" },
	{ IN_DELETE, "deleted" },
	{ IN_DELETE_SELF, "gone" },
};

#define COUNT (sizeof(events) / sizeof(events[0]))

static void say(uint32_t mask)
{
	size_t i;

	for (i = 0; i < COUNT; i++)
		if (mask & events[i].mask)
			puts(events[i].text);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	_Alignas(struct inotify_event) char buffer[4096];
	int fd = inotify_init();
	ssize_t len;

	if (argc != 2) {
		fprintf(stderr, "usage: links DIR\n");
		return 2;
	}
	if (fd < 0 ||
	    inotify_add_watch(fd, argv[1],
			      IN_CREATE | IN_DELETE | IN_DELETE_SELF) < 0) {
		perror(argv[1]);
		return 1;
	}
	puts("ready");
	fflush(stdout);
	while ((len = read(fd, buffer, sizeof(buffer))) > 0) {
		const char *next = buffer;

		while (next < buffer + len) {
			const struct inotify_event *event =
				(const struct inotify_event *)(const void *)
					next;

			say(event->mask);
			next += sizeof(*event) + event->len;
		}
	}
	return 1;
}
