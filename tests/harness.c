// SPDX-License-Identifier: BSD-3-Clause
/*
 * Both daemons in one process.
 */
#include "tests/harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/clockdomain.h"
#include "common/log.h"
#include "common/options.h"
#include "guestd/hostlink_parts.h"

#define HARNESS_WAIT_S 20 /* sanitizers on a busy machine */
#define HARNESS_QUIET  5  /* rounds in which nothing happens */
#define HARNESS_ROUNDS 100000

struct harness harness;

/* ---- what must be as it was -------------------------------------------- */

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* "7 pipe", in order; what an inode is called is not the same twice. */
static void list_fds(char list[HARNESS_FDS][64])
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	unsigned int count = 0;
	char target[48];
	ssize_t len;

	assert_non_null(dir);
	memset(list, 0, sizeof(harness.fds));
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' ||
		    strtol(entry->d_name, NULL, 10) == dirfd(dir))
			continue;
		assert_true(count < HARNESS_FDS);
		len = readlinkat(dirfd(dir), entry->d_name, target,
				 sizeof(target) - 1);
		target[len > 0 ? len : 0] = '\0';
		target[strcspn(target, ":")] = '\0';
		snprintf(list[count++], 64, "%.8s %s", entry->d_name, target);
	}
	closedir(dir);
	qsort(list, count, 64, by_text);
}

static void check_fds(void)
{
	static char list[HARNESS_FDS][64];
	unsigned int i;

	list_fds(list);
	for (i = 0; i < HARNESS_FDS; i++)
		assert_string_equal(list[i], harness.fds[i]);
}

static void sink(enum log_level level, const char *line)
{
	size_t len = strlen(harness.said);

	if (level < LOG_LEVEL_DEBUG)
		snprintf(harness.said + len, sizeof(harness.said) - len, "%s\n",
			 line);
}

/* ---- time ---------------------------------------------------------------- */

static uint64_t simulated_now(void *data)
{
	(void)data;
	return harness.now;
}

/* Worker threads, timerfds and the opener get a moment of real time. */
static void simulated_advance(void *data, uint64_t deadline)
{
	const struct timespec moment = { .tv_nsec = 100000 };

	(void)data;
	if (harness.now < harness.until)
		harness.now =
			deadline < harness.until ? deadline : harness.until;
	nanosleep(&moment, NULL);
}

/* Does one of hostd's threads work on something that will be answered? */
static bool hostd_works(void)
{
	return harness.guest && harness.device && harness.device->ready &&
	       harness.device->link->outstanding && !fake_sleeping();
}

void harness_settle(void)
{
	unsigned int quiet = 0;
	unsigned int rounds;
	int ran;

	for (rounds = 0; quiet < HARNESS_QUIET; rounds++) {
		if (rounds == HARNESS_ROUNDS)
			fail_msg("it does not come to rest");
		ran = loop_run_once(harness.loop, 1);
		assert_true(ran >= 0);
		quiet = ran || hostd_works() ? 0 : quiet + 1;
	}
}

void harness_pass_ms(unsigned int ms)
{
	harness_settle();
	harness.until = harness.now + ms * LOOP_MS;
	while (harness.now < harness.until)
		assert_true(loop_run_once(harness.loop, 10) >= 0);
	harness_settle();
}

void harness_until(bool (*true_now)(void))
{
	struct timespec start;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while (!true_now()) {
		front_run(&harness.front);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec - start.tv_sec > HARNESS_WAIT_S)
			fail_msg("what is waited for does not happen");
	}
}

static bool sleeping(void)
{
	return fake_sleeping();
}

void harness_asleep(void)
{
	harness_until(sleeping);
}

void harness_expect_said(const char *what)
{
	if (!strstr(harness.said, what))
		fail_msg("\"%s\" is not in:\n%s", what, harness.said);
}

unsigned int harness_times_said(const char *what)
{
	const char *at = harness.said;
	unsigned int times = 0;

	while ((at = strstr(at, what))) {
		at += strlen(what);
		times++;
	}
	return times;
}

/* ---- hostd ----------------------------------------------------------------- */

static void host_ended(void *data, int error)
{
	(void)data;
	harness.ended_with = error;
	guest_destroy(harness.guest);
	harness.guest = NULL;
}

static void host_serve(int fd)
{
	int ret;

	assert_null(harness.guest);
	ret = guest_create(harness.host_loop, fd, &harness.who,
			   &harness.devices, harness.opener, host_ended, NULL,
			   &harness.guest);
	if (ret && harness.scarce) {
		close(fd);
		return;
	}
	assert_int_equal(ret, 0);
	guest_set_grant(harness.guest, &harness.grant);
	guest_set_slices(harness.guest, harness.slices);
}

/* For who connects again. */
static void host_accept(void *data, uint32_t events)
{
	struct transport_peer peer;
	int fd;

	(void)data;
	(void)events;
	if (transport_accept(harness.listener, &harness.address, &fd, &peer))
		return;
	harness.accepts++;
	/* It is not alone in its process then. */
	if (harness.scarce) {
		guest_destroy(harness.guest);
		harness.guest = NULL;
	}
	if (harness.hosting)
		host_serve(harness.splice ? harness.splice(fd) : fd);
	else
		close(fd);
}

static void host_listen(void)
{
	char text[64];

	snprintf(text, sizeof(text), "unix:@usermedia-harness-%d", getpid());
	assert_int_equal(transport_parse(text, &harness.address), 0);
	assert_int_equal(transport_listen(&harness.address, &harness.listener),
			 0);
	assert_int_equal(loop_watch(harness.loop, harness.listener, EPOLLIN,
				    host_accept, NULL, &harness.listening),
			 0);
}

void harness_have_shmem(size_t len)
{
	char path[64];
	int fd;

	harness.shmem_fd = memfd_create("shmem", MFD_CLOEXEC);
	assert_true(harness.shmem_fd >= 0);
	assert_int_equal(ftruncate(harness.shmem_fd, (off_t)len), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", harness.shmem_fd);
	fd = shmem_open(path);
	assert_true(fd >= 0);
	assert_int_equal(slices_create(fd, &harness.slices), 0);
	assert_int_equal(shmem_map(harness.shmem_fd, &harness.shmem), 0);
	harness.config.link.shmem = &harness.shmem;
}

static void finish_shmem(void)
{
	if (!harness.slices)
		return;
	slices_destroy(harness.slices);
	shmem_unmap(&harness.shmem);
	close(harness.shmem_fd);
}

static void start_opener(void)
{
	int fds[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	harness.opener_process = fork();
	assert_true(harness.opener_process >= 0);
	if (harness.opener_process == 0) {
		close(fds[0]);
		_exit(opener_run(fds[1], &harness.devices, &harness.grant,
				 &harness.who));
	}
	close(fds[1]);
	assert_int_equal(opener_create(fds[0], &harness.opener), 0);
}

void harness_host_leaves(void)
{
	harness.hosting = false;
	guest_destroy(harness.guest);
	harness.guest = NULL;
	harness_settle();
}

void harness_host_returns(void)
{
	harness.hosting = true;
	harness_pass_ms(1000);
}

/* ---- guestd ------------------------------------------------------------------ */

static void on_up(void *owner, const struct vms_hello_ack *ack)
{
	(void)owner;
	(void)ack;
	harness.ups++;
}

static void on_fatal(void *owner, const char *why)
{
	(void)owner;
	harness.fatals++;
	snprintf(harness.fatal, sizeof(harness.fatal), "%s", why);
}

static const struct guest_device_ops device_ops = {
	.up = on_up,
	.fatal = on_fatal,
};

static void on_lost(void *data)
{
	(void)data;
	fail_msg("memory.c has lost its helper");
}

void harness_attach(int fd, enum profile_choice choice)
{
	harness.config.link.address = harness.address;
	harness.config.userptr = true;
	assert_int_equal(guest_device_attach(harness.loop, fd, harness.memory,
					     &harness.config, &device_ops, NULL,
					     &harness.device),
			 0);
	harness.front.loop = harness.loop;
	harness.front.device = harness.device;
	harness.front.choice = choice;
}

void harness_begin(const char *device)
{
	harness.config.link.address = harness.address;
	snprintf(harness.config.link.device, sizeof(harness.config.link.device),
		 "%s", device);
	assert_int_equal(guest_device_create(harness.loop, harness.memory,
					     &harness.config, &device_ops, NULL,
					     &harness.device),
			 0);
	harness.front.loop = harness.loop;
	harness.front.device = harness.device;
}

static bool is_up(void)
{
	return harness.ups || harness.fatals;
}

int harness_host(void)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX,
				    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
				    0, fds),
			 0);
	harness.front.loop = harness.loop;
	harness.hosting = true;
	host_serve(fds[1]);
	return fds[0];
}

void harness_connect(const char *device, enum profile_choice choice)
{
	int fd = harness_host();

	snprintf(harness.config.link.device, sizeof(harness.config.link.device),
		 "%s", device);
	harness_attach(fd, choice);
	harness_until(is_up);
	assert_int_equal(harness.fatals, 0);
}

void harness_open(struct front_file *file)
{
	assert_int_equal(front_open(&harness.front, file, O_RDWR), 0);
}

void harness_open_fake(struct front_file *file)
{
	harness_connect("fake", PROFILE_CHOICE_STREAM);
	harness_open(file);
}

/* ---- both ---------------------------------------------------------------------- */

static void add_devices(void)
{
	struct device *device = &harness.devices.devices[1];
	char why[OPTIONS_WHY_LEN];

	assert_int_equal(
		device_list_add(&harness.devices, "pattern:64x48,fps=200", why),
		0);
	*device = (struct device){ .ops = &fake_device_ops, .name = "fake" };
	harness.devices.count = 2;
}

int harness_setup(void **state)
{
	const struct loop_clock clock = {
		.now = simulated_now,
		.advance = simulated_advance,
	};
	int fd;

	(void)state;
	memset(&harness, 0, sizeof(harness));
	list_fds(harness.fds);
	log_set_sink(sink);
	harness.who.kind = TRANSPORT_UNIX;
	harness.who.uid = 7;
	grant_default(&harness.grant);
	harness.now = 1000000 * LOOP_MS;
	fake_device_init();
	add_devices();
	start_opener();
	assert_int_equal(loop_create(&harness.loop), 0);
	loop_set_clock(harness.loop, &clock);
	harness.host_loop = harness.loop;
	harness.config.link.clock_domain = clockdomain();
	harness.config.link.import = true;
	host_listen();
	fd = fake_helper_start(&harness.helper, harness.loop);
	assert_int_equal(
		memory_create(harness.loop, fd, on_lost, NULL, &harness.memory),
		0);
	return 0;
}

int harness_teardown(void **state)
{
	int status;

	(void)state;
	guest_device_destroy(harness.device);
	guest_destroy(harness.guest);
	memory_destroy(harness.memory);
	fake_helper_finish(&harness.helper);
	loop_watch_remove(harness.listening);
	close(harness.listener);
	loop_destroy(harness.loop);
	fake_device_finish();
	finish_shmem();
	opener_destroy(harness.opener);
	assert_int_equal(waitpid(harness.opener_process, &status, 0),
			 harness.opener_process);
	assert_int_equal(status, 0);
	log_set_sink(NULL);
	check_fds();
	return 0;
}
