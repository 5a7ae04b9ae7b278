// SPDX-License-Identifier: BSD-3-Clause
/*
 * Any bytes as a packet of an application's shim, to a helper with two open files
 * that have buffers: nobody gets anything but what is theirs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "common/log.h"
#include "guestd/helper_ask.h"
#include "guestd/helper_table.h"

#define PAGE 4096u

static const uint8_t tokens[][SHIM_TOKEN_LEN] = {
	"AAAAAAAAAAAAAAA",
	"BBBBBBBBBBBBBBB",
};

/* Region 1 and 2 are the first file's, 3 is the second's. */
static const struct helper_request regions[] = {
	{
		.region = 1,
		.file = 1,
		.buf_type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.len = 100,
	},
	{
		.region = 2,
		.file = 1,
		.buf_type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
		.offset = PAGE,
		.len = 2 * PAGE,
	},
	{
		.region = 3,
		.file = 2,
		.buf_type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.offset = 3 * PAGE,
		.len = 3 * PAGE,
	},
};
#define REGIONS (sizeof(regions) / sizeof(regions[0]))

static struct helper_table *table;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void end(void)
{
	helper_table_destroy(table);
}

static void begin(void)
{
	struct helper_request request = { .type = HELPER_ATTACH, .count = 1 };
	unsigned int i;
	uint8_t number;
	int fd;

	log_open("fuzz", LOG_LEVEL_ERR);
	must(!helper_table_create(&table) && !atexit(end));
	for (i = 0; i < 2; i++) {
		request.file = i + 1;
		memcpy(request.token, tokens[i], sizeof(request.token));
		must(helper_table_attach(table, &request));
	}
	for (i = 0; i < REGIONS; i++) {
		fd = memfd_create("plane", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		must(fd >= 0 && !ftruncate(fd, 3 * PAGE));
		number = (uint8_t)i;
		must(pwrite(fd, &number, 1, 0) == 1);
		must(helper_table_add(table, &regions[i], fd));
		close(fd);
	}
}

/* Return: of the region that came */
static const struct helper_request *region_of(const struct shim_ask *ask,
					      int fd, uint64_t len)
{
	const struct helper_request *region;
	uint8_t number = REGIONS;

	must(pread(fd, &number, 1, 0) == 1 && number < REGIONS);
	region = &regions[number];
	must(!memcmp(ask->token, tokens[region->file - 1], SHIM_TOKEN_LEN));
	must(len >= region->len && len < region->len + PAGE && !(len % PAGE));
	return region;
}

static void must_map(const struct shim_ask *ask, int fd, uint64_t len)
{
	const struct helper_request *region = region_of(ask, fd, len);

	must(ask->offset == region->offset);
	must(ask->len && ask->len <= len);
	must(ask->flags & MAP_SHARED);
	must(ask->prot &
	     (V4L2_TYPE_IS_OUTPUT(region->buf_type) ? PROT_WRITE : PROT_READ));
}

static void must_export(const struct shim_ask *ask, int fd, uint64_t len)
{
	const struct helper_request *region = region_of(ask, fd, len);

	must(ask->type == region->buf_type && ask->index == region->index &&
	     ask->plane == region->plane);
	must(!(ask->flags & ~(uint32_t)(O_CLOEXEC | O_ACCMODE)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shim_ask ask;
	uint64_t len;
	int fd, ret;

	if (!table)
		begin();
	if (helper_ask_parse(data, size, &ask))
		return 0;
	must(size == sizeof(ask) && !memcmp(data, &ask, size));

	ret = ask.kind == SHIM_MAP
		      ? helper_table_map(table, &ask, &fd, &len)
		      : helper_table_export(table, &ask, true, &fd, &len);
	must(!ret || ret == -EACCES || ret == -EINVAL);
	if (ret)
		return 0;
	if (ask.kind == SHIM_MAP)
		must_map(&ask, fd, len);
	else
		must_export(&ask, fd, len);
	close(fd);
	return 0;
}
