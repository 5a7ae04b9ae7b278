// SPDX-License-Identifier: BSD-3-Clause
/*
 * guestd --shm: what it may say, and what goes wrong.  A PCI device is for
 * tests/lab/test_ivshmem.sh.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guestd/ivshmem.h"

static void a_pci_device_is_a_directory_in_sysfs(void **state)
{
	char why[OPTIONS_WHY_LEN];
	struct ivshmem shm;

	(void)state;
	assert_int_equal(ivshmem_parse("ivshmem:0000:00:05.0", &shm, why), 0);
	assert_true(shm.pci);
	assert_string_equal(shm.path, "/sys/bus/pci/devices/0000:00:05.0");
	assert_int_equal(ivshmem_parse("ivshmem:00af:1e:1f.7", &shm, why), 0);
}

static void a_file_is_its_path(void **state)
{
	char why[OPTIONS_WHY_LEN];
	struct ivshmem shm;

	(void)state;
	assert_int_equal(ivshmem_parse("file:/dev/shm/x:y", &shm, why), 0);
	assert_false(shm.pci);
	assert_string_equal(shm.path, "/dev/shm/x:y");
}

static void what_is_neither_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"ivshmem",
		"ivshmem:",
		"ivshmem:00:05.0",
		"ivshmem:0000:00:05.00",
		"ivshmem:0000:00:05.",
		"ivshmem:0000:00:05.0/..",
		"ivshmem:0000:00:05.G",
		"ivshmem:0000:00:05.A",
		"ivshmem:../../../etc",
		"0000:00:05.0",
		"/dev/shm/x",
		"file:",
		"file:x",
		"pmem:/dev/pmem0",
	};
	char why[OPTIONS_WHY_LEN];
	struct ivshmem shm;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(ivshmem_parse(texts[i], &shm, why), -EINVAL);
		assert_string_equal(shm.path, "");
		assert_non_null(strstr(why, "ivshmem:0000:00:05.0"));
	}
}

static void a_path_that_is_too_long_is_refused(void **state)
{
	char text[IVSHMEM_PATH_LEN + 8] = "file:/";
	char why[OPTIONS_WHY_LEN];
	struct ivshmem shm;

	(void)state;
	memset(text + 6, 'x', IVSHMEM_PATH_LEN - 1);
	assert_int_equal(ivshmem_parse(text, &shm, why), -EINVAL);
	text[5 + IVSHMEM_PATH_LEN - 1] = '\0';
	assert_int_equal(ivshmem_parse(text, &shm, why), 0);
	assert_int_equal(strlen(shm.path), IVSHMEM_PATH_LEN - 1);
}

static void a_file_is_mapped_and_closed(void **state)
{
	struct ivshmem shm = { .pci = false };
	int fd = memfd_create("shm", MFD_CLOEXEC);
	char why[IVSHMEM_WHY_LEN];
	struct shmem shmem;
	int next;

	(void)state;
	assert_int_equal(ftruncate(fd, (off_t)SHMEM_LEN_MIN), 0);
	snprintf(shm.path, sizeof(shm.path), "/proc/self/fd/%d", fd);
	assert_int_equal(ivshmem_map(&shm, &shmem, why), 0);
	assert_int_equal(pwrite(fd, "x", 1, 5), 1);
	assert_int_equal(shmem.bytes[5], 'x');
	shmem_unmap(&shmem);
	next = dup(fd);
	assert_int_equal(next, fd + 1);
	close(next);
	close(fd);
}

static void what_cannot_be_mapped_has_a_reason(void **state)
{
	static const struct {
		struct ivshmem shm;
		const char *why;
	} rows[] = {
		{ { "/sys/bus/pci/devices/ffff:ff:ff.7", true },
		  "there is no such PCI device" },
		{ { "/dev/null", false }, "64 KiB to 1 TiB" },
		{ { "/no/such/file", false }, "No such file" },
	};
	char why[IVSHMEM_WHY_LEN];
	struct shmem shmem;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(ivshmem_map(&rows[i].shm, &shmem, why) < 0);
		assert_non_null(strstr(why, rows[i].shm.path));
		assert_non_null(strstr(why, rows[i].why));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pci_device_is_a_directory_in_sysfs),
		cmocka_unit_test(a_file_is_its_path),
		cmocka_unit_test(what_is_neither_is_refused),
		cmocka_unit_test(a_path_that_is_too_long_is_refused),
		cmocka_unit_test(a_file_is_mapped_and_closed),
		cmocka_unit_test(what_cannot_be_mapped_has_a_reason),
	};

	return cmocka_run_group_tests_name("ivshmem", tests, NULL, NULL);
}
