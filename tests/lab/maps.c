// SPDX-License-Identifier: BSD-3-Clause
/*
 * maps NODE: mmap() of a node's buffers, in all the ways in which programs pass a
 * file and a mapping on.  Prints what is seen, which must be the same natively and
 * with libguestd-shim.so.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/rights.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#ifdef SYS_mmap2
#define SYS_mapping SYS_mmap2
#define UNIT        4096
#else
#define SYS_mapping SYS_mmap
#define UNIT        1
#endif

#define BUFFERS 4
#define PAGE    ((size_t)4096)
#define THREADS 8
#define ROUNDS  25

static const char *path;
static struct v4l2_buffer buffers[BUFFERS];

static void print(const char *what, const char *result)
{
	printf("%s: %s\n", what, result);
	fflush(stdout);
}

static void print_pointer(const char *what, const void *memory)
{
	print(what, memory == MAP_FAILED ? strerror(errno) : "mapped");
}

static void *map(int fd, unsigned int index)
{
	return mmap(NULL, buffers[index].length, PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, buffers[index].m.offset);
}

static void *map_or_die(int fd, unsigned int index)
{
	void *memory = map(fd, index);

	if (memory == MAP_FAILED)
		fatal("mmap");
	return memory;
}

static int prepare(unsigned int count)
{
	struct v4l2_capability cap;
	int fd = node_open(path, O_CLOEXEC);
	unsigned int i;

	if (ioctl(fd, VIDIOC_QUERYCAP, &cap) < 0)
		fatal("QUERYCAP");
	if (node_buffers(fd, count, V4L2_MEMORY_MMAP) != (int)count)
		fatal("REQBUFS");
	for (i = 0; i < count; i++) {
		buffers[i] = (struct v4l2_buffer){
			.index = i,
			.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
			.memory = V4L2_MEMORY_MMAP,
		};
		if (ioctl(fd, VIDIOC_QUERYBUF, &buffers[i]) < 0)
			fatal("QUERYBUF");
	}
	return fd;
}

/* ---- what is refused --------------------------------------------------------- */

static void refuse(int fd)
{
	size_t len = buffers[0].length;
	off_t offset = buffers[0].m.offset;
	int reader = open(path, O_RDONLY | O_CLOEXEC);
	void *page;

	print_pointer("private",
		      mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, offset));
	print_pointer("for no access",
		      mmap(NULL, len, PROT_NONE, MAP_SHARED, fd, offset));
	print_pointer("no such buffer", mmap(NULL, len, PROT_READ, MAP_SHARED,
					     fd, (off_t)(0x7ff00 * PAGE)));
	print_pointer("a page too long",
		      mmap(NULL, (len + PAGE - 1) / PAGE * PAGE + 1, PROT_READ,
			   MAP_SHARED, fd, offset));
	print_pointer("not from a page on",
		      mmap(NULL, len, PROT_READ, MAP_SHARED, fd, offset + 1));
	print_pointer("of a file for reading",
		      mmap(NULL, len, PROT_READ, MAP_SHARED, reader, offset));
	print_pointer("writable, of that file",
		      mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED,
			   reader, offset));
	page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, offset);
	print_pointer("one page", page);
	munmap(page, PAGE);
	close(reader);
}

/* ---- the same memory, again ---------------------------------------------------- */

/* Two mappings are of one buffer, and of none other. */
static void print_same(const char *what, char *a, char *b)
{
	static char byte;

	a[17] = ++byte;
	print(what, b[17] == byte ? "the same memory" : "other memory");
}

static void map_again(int fd)
{
	char *first = map_or_die(fd, 0);
	char *second = map_or_die(fd, 1);
	int copy = dup(fd);
	char *again = map_or_die(copy, 0);

	print_same("dup", first, again);
	print_same("another buffer", second, again);
	munmap(again, buffers[0].length);
	again = (char *)syscall(SYS_mapping, NULL, buffers[0].length,
				PROT_READ | PROT_WRITE, MAP_SHARED, copy,
				(long)(buffers[0].m.offset / UNIT));
	if (again == MAP_FAILED)
		fatal("syscall");
	print_same("syscall", first, again);
	munmap(again, buffers[0].length);
	munmap(first, buffers[0].length);
	munmap(second, buffers[1].length);
	close(copy);
}

static void wait_for(const char *what, pid_t child)
{
	int status;

	if (!process_ends(child, 20000, &status))
		print(what, "hangs");
	else
		print(what, status ? "failed" : "ended");
}

static void map_in_child(int fd)
{
	char *memory = map_or_die(fd, 2);
	pid_t child;

	memory[5] = 'p';
	memory[6] = 0;
	child = fork_child();
	if (!child) {
		char *again = map_or_die(fd, 2);

		memory[6] = 'c';
		_exit(again[5] == 'p' && again[6] == 'c' ? 0 : 1);
	}
	wait_for("child", child);
	print("what the child wrote", memory[6] == 'c' ? "is there" : "is not");
	munmap(memory, buffers[2].length);
}

/* ---- passed on ------------------------------------------------------------------- */

static void pass(int peer, int fd)
{
	if (rights_send(peer, buffers, sizeof(buffers), fd, 0) < 0)
		fatal("sendmsg");
}

static int receive(int peer)
{
	int fd;

	if (rights_receive(peer, buffers, sizeof(buffers), &fd, 0) < 0 ||
	    fd < 0)
		fatal("recvmsg");
	return fd;
}

/* To a process that was there before the file was opened. */
static void map_passed(void)
{
	int ends[2];
	char *memory;
	pid_t child;
	int fd;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		fatal("socketpair");
	child = fork_child();
	if (!child) {
		close(ends[0]);
		fd = receive(ends[1]);
		memory = map_or_die(fd, 1);
		_exit(memory[9] == 's' ? 0 : 1);
	}
	close(ends[1]);
	fd = prepare(BUFFERS);
	memory = map_or_die(fd, 1);
	memory[9] = 's';
	pass(ends[0], fd);
	wait_for("receiver", child);
	munmap(memory, buffers[1].length);
	close(ends[0]);
	close(fd);
}

/* ---- at once --------------------------------------------------------------------- */

static void *map_often(void *argument)
{
	int fd = *(int *)argument;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		unsigned int index = i % BUFFERS;
		char *memory = map(fd, index);

		if (memory == MAP_FAILED)
			return (void *)1;
		memory[100 + index] = (char)index;
		munmap(memory, buffers[index].length);
	}
	return NULL;
}

static void map_in_threads(int fd)
{
	pthread_t threads[THREADS];
	unsigned int failed = 0;
	unsigned int i;
	void *result;

	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, map_often, &fd))
			fatal("pthread_create");
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &result);
		failed += result != NULL;
	}
	print("threads", failed ? "failed" : "mapped");
}

static int handler_fd;
static volatile sig_atomic_t handled;
static volatile sig_atomic_t refused;

static void on_alarm(int number)
{
	void *memory = map(handler_fd, 0);

	(void)number;
	if (memory == MAP_FAILED)
		refused = 1;
	else
		munmap(memory, buffers[0].length);
	handled = handled + 1;
}

/* Inside malloc(), among other places. */
static void map_in_handler(int fd)
{
	struct sigaction action = { .sa_handler = on_alarm };
	uint64_t end = now_ns() + 10000000000ull;

	handler_fd = fd;
	sigaction(SIGUSR1, &action, NULL);
	while (handled < 10 && now_ns() < end) {
		volatile char *memory = malloc(300000);

		if (memory)
			memory[7] = 'm';
		free((void *)memory);
		raise(SIGUSR1);
	}
	print("handler", refused ? "failed" : "mapped");
}

static void map_two_files(int fd)
{
	char *memory = map_or_die(fd, 0);
	int other = node_open(path, O_CLOEXEC);

	/* vb2 has one owner of a queue. */
	print("REQBUFS of another file",
	      node_buffers(other, 2, V4L2_MEMORY_MMAP) < 0 ? strerror(errno)
							   : "done");
	close(other);
	munmap(memory, buffers[0].length);
}

static void map_after_the_end(int fd)
{
	int mapped;

	mapped = node_buffers(fd, 0, V4L2_MEMORY_MMAP);
	print("REQBUFS of 0", mapped < 0 ? strerror(errno) : "done");
	print_pointer("a buffer that was", map(fd, 0));
}

int main(int argc, char **argv)
{
	int fd;

	if (argc != 2) {
		fputs("usage: maps NODE\n", stderr);
		return 2;
	}
	path = argv[1];
	fd = prepare(BUFFERS);
	map_again(fd);
	map_in_child(fd);
	map_in_threads(fd);
	map_in_handler(fd);
	map_two_files(fd);
	refuse(fd);
	close(fd);
	fd = prepare(2);
	map_after_the_end(fd);
	close(fd);
	map_passed();
	return 0;
}
