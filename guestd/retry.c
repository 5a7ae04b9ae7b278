// SPDX-License-Identifier: BSD-3-Clause
/*
 * Unrestricted ioctls: what the kernel has brought and what it must bring.
 */
#include "guestd/retry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void retry_finish(struct retry *retry)
{
	free(retry->asked);
	free(retry->back);
	memset(retry, 0, sizeof(*retry));
}

/* Return: the first of @added new entries, or NULL */
static struct iovec *grow(struct iovec **list, unsigned int *count,
			  unsigned int added)
{
	struct iovec *grown;

	grown = realloc(*list, (*count + added) * sizeof(grown[0]));
	if (!grown)
		return NULL;
	*list = grown;
	*count += added;
	return grown + *count - added;
}

static int ask(struct retry *retry, const struct payload_extent *extents,
	       unsigned int count)
{
	struct iovec *iov = grow(&retry->asked, &retry->asked_count, count);
	unsigned int i;

	if (!iov)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		iov[i].iov_base = (void *)(uintptr_t)extents[i].addr;
		iov[i].iov_len = extents[i].len;
	}
	return 0;
}

int retry_argument(struct retry *retry, void *addr, size_t len)
{
	struct payload_extent extent = { .addr = (uintptr_t)addr, .len = len };

	return ask(retry, &extent, 1);
}

int retry_take(struct retry *retry, const struct payload_extent *extents,
	       unsigned int count)
{
	unsigned int i;
	int ret;

	ret = ask(retry, extents, count);
	if (ret || retry->in_at == retry->in_len)
		return ret;
	for (i = 0; i < count; i++) {
		if (retry->in_len - retry->in_at < extents[i].len)
			return -EFAULT;
		memcpy(extents[i].bytes, retry->in + retry->in_at,
		       extents[i].len);
		retry->in_at += extents[i].len;
	}
	return 1;
}

int retry_give(struct retry *retry, const struct payload_extent *extents,
	       unsigned int count)
{
	struct iovec *iov = grow(&retry->back, &retry->back_count, count);
	unsigned int i;

	if (!iov)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		iov[i].iov_base = extents[i].bytes;
		iov[i].iov_len = extents[i].len;
	}
	return 1;
}
