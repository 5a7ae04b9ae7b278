// SPDX-License-Identifier: BSD-3-Clause
/*
 * The lab's USB camera, for programs that pull it out.
 */
#include "tests/lab/shared/uvc.h"

#include <glob.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/lab/shared/process.h"

#define LATE_MS 10000

#define PATH_LEN 256

/* Return: how many paths are like that below the camera's port; the first of them */
static size_t find(const struct uvc *uvc, const char *below, char *first)
{
	char pattern[PATH_LEN];
	glob_t found;
	size_t count = 0;

	snprintf(pattern, sizeof(pattern),
		 "/sys/devices/platform/vhci_hcd.0/usb*/*-%u%s", uvc->port + 1,
		 below);
	if (!glob(pattern, 0, NULL, &found)) {
		snprintf(first, PATH_LEN, "%s", found.gl_pathv[0]);
		count = found.gl_pathc;
	}
	globfree(&found);
	return count;
}

static bool is_there(const struct uvc *uvc)
{
	char path[PATH_LEN];

	return find(uvc, "", path);
}

/* uvcvideo makes the node of metadata last.  They are numbered in that order. */
static bool has_nodes(const struct uvc *uvc, char *first)
{
	return find(uvc, "/*/video4linux/video*", first) == 2;
}

void uvc_quiet(const struct uvc *uvc)
{
	kill(uvc->pid, SIGSTOP);
}

void uvc_pull(const struct uvc *uvc)
{
	long end = now_ms() + LATE_MS;

	kill(uvc->pid, SIGUSR1);
	kill(uvc->pid, SIGCONT);
	while (is_there(uvc) && now_ms() < end)
		pause_ms(5);
	unlink(uvc->link);
}

void uvc_plug(const struct uvc *uvc)
{
	long end = now_ms() + LATE_MS;
	char path[PATH_LEN] = "";
	char node[PATH_LEN];

	kill(uvc->pid, SIGUSR2);
	while (!has_nodes(uvc, path) && now_ms() < end)
		pause_ms(5);
	if (!path[0])
		fatal("no node of the camera");
	snprintf(node, sizeof(node), "/dev/%s", strrchr(path, '/') + 1);
	/* The file appears in a moment, too. */
	while (access(node, F_OK) && now_ms() < end)
		pause_ms(5);
	if (symlink(node, uvc->link) < 0)
		fatal(uvc->link);
}
