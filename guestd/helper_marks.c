// SPDX-License-Identifier: BSD-3-Clause
/*
 * Marks on planes that programs have been given.
 */
#include "guestd/helper_marks.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#define MARKS_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static struct helper_marks *marks_map(int fd)
{
	void *bytes = mmap(NULL, sizeof(struct helper_marks),
			   PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (bytes == MAP_FAILED)
		return NULL;
	return bytes;
}

struct helper_marks *helper_marks_create(int *fd)
{
	struct helper_marks *marks = NULL;
	int memfd;

	memfd = memfd_create("usermedia-marks",
			     MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memfd < 0)
		return NULL;
	if (!ftruncate(memfd, sizeof(*marks)) &&
	    !fcntl(memfd, F_ADD_SEALS, MARKS_SEALS))
		marks = marks_map(memfd);
	if (!marks)
		close(memfd);
	else
		*fd = memfd;
	return marks;
}

struct helper_marks *helper_marks_open(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || !(seals & F_SEAL_SHRINK) ||
	    lseek(fd, 0, SEEK_END) != sizeof(struct helper_marks))
		return NULL;
	return marks_map(fd);
}

void helper_marks_close(struct helper_marks *marks)
{
	if (marks)
		munmap(marks, sizeof(*marks));
}

void helper_marks_set(struct helper_marks *marks, uint64_t region)
{
	if (marks)
		atomic_store(&marks->given[region % HELPER_MARKS_COUNT],
			     region);
}

bool helper_marks_has(const struct helper_marks *marks, uint64_t region)
{
	return marks && region &&
	       atomic_load(&marks->given[region % HELPER_MARKS_COUNT]) ==
		       region;
}
