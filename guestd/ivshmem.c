// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory that this machine has together with hostd's.
 *
 * The device has no registers that are needed, and no driver: its second region is the
 * memory, and sysfs lets root map it.  The descriptor of that is closed at once, and
 * nobody is ever given one: in it are the frames of all programs.
 */
#include "guestd/ivshmem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IVSHMEM_SYSFS  "/sys/bus/pci/devices/"
#define IVSHMEM_VENDOR 0x1af4ul
#define IVSHMEM_DEVICE 0x1110ul
#define IVSHMEM_FORM   "hhhh:hh:hh.h" /* h: a hexadecimal digit */

/* ---- which ----------------------------------------------------------- */

static bool is_pci_address(const char *text)
{
	const char *form = IVSHMEM_FORM;

	for (; *form && *text; form++, text++)
		if (*form == 'h' ? !strchr("0123456789abcdef", *text)
				 : *form != *text)
			return false;
	return !*form && !*text;
}

int ivshmem_parse(const char *text, struct ivshmem *out, char *why)
{
	const char *value = strchr(text, ':');
	int len = 0;

	value = value ? value + 1 : text;
	if (!strncmp(text, "ivshmem:", 8) && is_pci_address(value)) {
		out->pci = true;
		len = snprintf(out->path, sizeof(out->path), IVSHMEM_SYSFS "%s",
			       value);
	} else if (!strncmp(text, "file:", 5) && value[0] == '/') {
		out->pci = false;
		len = snprintf(out->path, sizeof(out->path), "%s", value);
	}
	if (len > 0 && (size_t)len < sizeof(out->path))
		return 0;
	out->path[0] = 0;
	snprintf(
		why, OPTIONS_WHY_LEN,
		"neither a PCI device, ivshmem:0000:00:05.0, as lspci -D shows "
		"it, nor file:/PATH");
	return -EINVAL;
}

/* ---- where ----------------------------------------------------------- */

/* Return: descriptor of a file of the device, or a negative errno */
static int open_entry(const struct ivshmem *ivshmem, const char *name,
		      int flags)
{
	char path[IVSHMEM_PATH_LEN + 16];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", ivshmem->path, name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fd;
}

/* Return: 0; -ENODEV if it says another one; another negative errno */
static int expect_number(const struct ivshmem *ivshmem, const char *name,
			 unsigned long number)
{
	char text[16] = "";
	ssize_t len;
	int fd;

	fd = open_entry(ivshmem, name, O_RDONLY);
	if (fd < 0)
		return fd;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	return len > 0 && strtoul(text, NULL, 16) == number ? 0 : -ENODEV;
}

static int enable(const struct ivshmem *ivshmem)
{
	int fd = open_entry(ivshmem, "enable", O_WRONLY);
	int ret = 0;

	if (fd < 0)
		return fd;
	if (write(fd, "1", 1) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* Return: descriptor of the memory, or a negative errno */
static int open_pci(const struct ivshmem *ivshmem)
{
	char path[IVSHMEM_PATH_LEN + 16];
	int ret;

	ret = expect_number(ivshmem, "vendor", IVSHMEM_VENDOR);
	if (!ret)
		ret = expect_number(ivshmem, "device", IVSHMEM_DEVICE);
	if (!ret)
		ret = enable(ivshmem);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), "%s/resource2", ivshmem->path);
	return shmem_open(path);
}

static const char *cure(const struct ivshmem *ivshmem, int error)
{
	if (!ivshmem->pci)
		return error == -EINVAL ? SHMEM_WANTED : strerror(-error);
	switch (error) {
	case -ENOENT:
		return "there is no such PCI device: see lspci -D -d 1af4:1110";
	case -ENODEV:
	case -EINVAL:
		return "this is no ivshmem-plain device: see lspci -D -d "
		       "1af4:1110";
	case -EACCES:
		return "run guestd as root";
	case -EPERM:
		return "the kernel is locked down (Secure Boot), or guestd is "
		       "not root";
	default:
		return strerror(-error);
	}
}

int ivshmem_map(const struct ivshmem *ivshmem, struct shmem *out, char *why)
{
	int fd = ivshmem->pci ? open_pci(ivshmem) : shmem_open(ivshmem->path);
	int ret = fd;

	if (fd >= 0) {
		ret = shmem_map(fd, out);
		close(fd);
	}
	if (ret < 0)
		snprintf(why, IVSHMEM_WHY_LEN, "%s: %s", ivshmem->path,
			 cure(ivshmem, ret));
	return ret;
}
