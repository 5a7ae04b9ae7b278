// SPDX-License-Identifier: BSD-3-Clause
/*
 * Which CLOCK_MONOTONIC this process reads.
 *
 * A kernel that was booted has an id, and each of its time namespaces an inode
 * number.  The two texts are hashed with FNV-1a, which is not meant to resist
 * anybody: a peer that lies here only gets wrong timestamps.
 */
#include "common/clockdomain.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

#define CLOCKDOMAIN_BASIS 0xcbf29ce484222325ull
#define CLOCKDOMAIN_PRIME 0x100000001b3ull

/* Large enough for "time:[4026531834]" and for a UUID. */
#define CLOCKDOMAIN_TEXT_LEN 64

static uint64_t clockdomain_hash(uint64_t hash, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		hash ^= (unsigned char)text[i];
		hash *= CLOCKDOMAIN_PRIME;
	}
	return hash;
}

static uint64_t clockdomain_compute(void)
{
	char boot[CLOCKDOMAIN_TEXT_LEN], space[CLOCKDOMAIN_TEXT_LEN];
	ssize_t boot_len, space_len;
	uint64_t hash;
	int fd;

	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	boot_len = read(fd, boot, sizeof(boot));
	close(fd);

	space_len = readlink("/proc/self/ns/time", space, sizeof(space));
	if (boot_len <= 0 || space_len <= 0)
		return 0;

	hash = clockdomain_hash(CLOCKDOMAIN_BASIS, boot, (size_t)boot_len);
	hash = clockdomain_hash(hash, space, (size_t)space_len);
	return hash ? hash : 1;
}

uint64_t clockdomain(void)
{
	static bool known;
	static uint64_t domain;

	if (!known) {
		domain = clockdomain_compute();
		known = true;
	}
	return domain;
}
