// SPDX-License-Identifier: BSD-3-Clause
/*
 * Pages that do not come.
 */
#include "tests/lab/shared/pages.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/userfaultfd.h>

#include "tests/lab/shared/process.h"

#define WAIT_MS 5000

void *pages_make(struct pages *pages, size_t len, bool filled)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_zeropage zero = { 0 };
	void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	if (memory == MAP_FAILED || fd < 0)
		fatal("userfaultfd");
	area.range.start = (unsigned long)memory;
	area.range.len = len;
	zero.range = area.range;
	if (ioctl(fd, UFFDIO_API, &api) < 0 ||
	    ioctl(fd, UFFDIO_REGISTER, &area) < 0 ||
	    (filled && ioctl(fd, UFFDIO_ZEROPAGE, &zero) < 0))
		fatal("UFFDIO_REGISTER");
	atomic_store(&pages->uffd, fd);
	while (!atomic_load(&pages->held))
		pause_ms(1);
	return memory;
}

void pages_hold(struct pages *pages, pid_t pid)
{
	long end = now_ms() + WAIT_MS;
	int process = pidfd_open(pid, 0);

	if (process < 0)
		fatal("pidfd_open");
	while (!atomic_load(&pages->uffd) && now_ms() < end)
		pause_ms(1);
	pages->kept = pidfd_getfd(process, atomic_load(&pages->uffd), 0);
	if (pages->kept < 0)
		fatal("pidfd_getfd");
	close(process);
	atomic_store(&pages->held, true);
}

void pages_release(struct pages *pages)
{
	close(pages->kept);
}
