// SPDX-License-Identifier: BSD-3-Clause
/*
 * The fake device without buffers.
 *
 * An eventfd is what poll() looks at: of 0 it says OUT, of 1 IN and OUT, of its
 * largest value IN; and each change of it wakes.
 */
#include "tests/fake_device_io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tests/fake_device_ioctls.h"

#define FULL (UINT64_MAX - 1)

static void set(struct fake_file *file, uint64_t value)
{
	uint64_t old;

	if (file->io_value && read(file->io_fd, &old, sizeof(old)) < 0)
		abort();
	if (value && write(file->io_fd, &value, sizeof(value)) < 0)
		abort();
	file->io_value = value;
}

void fake_io_look(struct fake_file *file)
{
	const struct fake_io *io = &fake.io;
	uint64_t value = io->full ? FULL : 0;

	if (!value && (io->len || io->always_ready || fake.gone))
		value = 1;
	if (file->io_fd >= 0 && value != file->io_value)
		set(file, value);
}

int fake_io_fd(struct device_file *base)
{
	struct fake_file *file = (struct fake_file *)base;
	int fd;

	pthread_mutex_lock(&fake.lock);
	if (file->io_fd < 0)
		file->io_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fake_io_look(file);
	fd = file->io_fd;
	pthread_mutex_unlock(&fake.lock);
	return fd;
}

/* With the lock held.  Return: 0, or what the call is to return */
static int io_begin(unsigned int *count)
{
	struct fake_io *io = &fake.io;
	int ret = 0;

	if (io->sleeps) {
		io->sleeps--;
		ret = fake_sleep_now();
	}
	(*count)++;
	if (fake.gone)
		return -ENODEV;
	if (!ret && io->fails) {
		io->fails--;
		ret = io->error;
	}
	return ret;
}

ssize_t fake_read(struct device_file *file, void *bytes, size_t len)
{
	struct fake_io *io = &fake.io;
	ssize_t ret;

	(void)file;
	pthread_mutex_lock(&fake.lock);
	ret = io_begin(&io->reads);
	if (!ret && !io->len)
		ret = -EAGAIN;
	if (!ret) {
		if (len > io->len)
			len = io->len;
		memcpy(bytes, io->bytes, len);
		io->len -= len;
		memmove(io->bytes, io->bytes + len, io->len);
		ret = (ssize_t)len;
	}
	fake_look();
	pthread_mutex_unlock(&fake.lock);
	return ret;
}

ssize_t fake_write(struct device_file *file, const void *bytes, size_t len)
{
	struct fake_io *io = &fake.io;
	ssize_t ret;

	(void)file;
	pthread_mutex_lock(&fake.lock);
	ret = io_begin(&io->writes);
	if (!ret && io->full)
		ret = -EAGAIN;
	if (!ret) {
		if (len > sizeof(io->written))
			len = sizeof(io->written);
		memcpy(io->written, bytes, len);
		io->written_len = len;
		ret = (ssize_t)len;
	}
	pthread_mutex_unlock(&fake.lock);
	return ret;
}

/* ---- what tests tell it -------------------------------------------------------- */

void fake_put(const void *bytes, size_t len)
{
	struct fake_io *io = &fake.io;

	pthread_mutex_lock(&fake.lock);
	assert_true(len <= sizeof(io->bytes) - io->len);
	memcpy(io->bytes + io->len, bytes, len);
	io->len += len;
	fake_look();
	pthread_mutex_unlock(&fake.lock);
}

void fake_full(bool full)
{
	pthread_mutex_lock(&fake.lock);
	fake.io.full = full;
	fake_look();
	pthread_mutex_unlock(&fake.lock);
}

void fake_always_ready(void)
{
	pthread_mutex_lock(&fake.lock);
	fake.io.always_ready = true;
	fake_look();
	pthread_mutex_unlock(&fake.lock);
}

void fake_io_fails(int error, unsigned int count)
{
	pthread_mutex_lock(&fake.lock);
	fake.io.error = error;
	fake.io.fails = count;
	pthread_mutex_unlock(&fake.lock);
}

void fake_io_sleeps(void)
{
	pthread_mutex_lock(&fake.lock);
	fake.io.sleeps++;
	pthread_mutex_unlock(&fake.lock);
}

void fake_wake_pollers(void)
{
	unsigned int i;

	pthread_mutex_lock(&fake.lock);
	for (i = 0; i < fake.file_count; i++) {
		if (fake.files[i]->io_fd < 0)
			continue;
		set(fake.files[i], !fake.files[i]->io_value);
		fake_io_look(fake.files[i]);
	}
	pthread_mutex_unlock(&fake.lock);
}

static unsigned int count(const unsigned int *calls)
{
	unsigned int ret;

	pthread_mutex_lock(&fake.lock);
	ret = *calls;
	pthread_mutex_unlock(&fake.lock);
	return ret;
}

unsigned int fake_reads(void)
{
	return count(&fake.io.reads);
}

unsigned int fake_writes(void)
{
	return count(&fake.io.writes);
}
