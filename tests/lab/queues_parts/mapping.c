// SPDX-License-Identifier: BSD-3-Clause
/*
 * What mmap() takes and refuses, and what can be done with what it has given.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/lab/queues_parts/lab_queue.h"
#include "tests/lab/queues_parts/tests.h"
#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define PAGE    ((size_t)4096)
#define NOWHERE 0x7ffff000 /* no buffer has that offset */

static size_t pages(size_t len)
{
	return (len + PAGE - 1) / PAGE * PAGE;
}

static const char *map_result(const void *map)
{
	return map == MAP_FAILED ? error_name(errno) : "mapped";
}

static void result(const char *what, int ret)
{
	fact(what, result_name(ret));
}

/* A fact, and it is undone. */
static void try_map(const char *what, int fd, size_t len, int prot, int flags,
		    off_t offset)
{
	void *map = mmap(NULL, len, prot, flags, fd, offset);

	fact(what, map_result(map));
	if (map != MAP_FAILED)
		munmap(map, len);
}

/* ---- arguments --------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *name;
	int flags;
} flags_of[] = {
	{ "shared",		MAP_SHARED },
	{ "private",		MAP_PRIVATE },
	{ "validated",		MAP_SHARED_VALIDATE },
	{ "synchronous",	MAP_SHARED_VALIDATE | MAP_SYNC },
	{ "of no kind",		0 },
	{ "filled",		MAP_SHARED | MAP_POPULATE },
	{ "locked",		MAP_SHARED | MAP_LOCKED },
	{ "unreserved",		MAP_SHARED | MAP_NORESERVE },
	{ "growing",		MAP_SHARED | MAP_GROWSDOWN },
	{ "huge",		MAP_SHARED | MAP_HUGETLB },
};
/* clang-format on */

static void try_flags(const char *file, int fd, size_t len, off_t offset)
{
	char what[96];
	size_t i;
	int prot;

	for (i = 0; i < sizeof(flags_of) / sizeof(flags_of[0]); i++) {
		for (prot = PROT_NONE;
		     prot <= (PROT_READ | PROT_WRITE | PROT_EXEC); prot++) {
			snprintf(what, sizeof(what), "%s, %s, access %d", file,
				 flags_of[i].name, prot);
			try_map(what, fd, len, prot, flags_of[i].flags, offset);
		}
	}
}

static void try_lengths(int fd, size_t len, off_t offset)
{
	const size_t lengths[] = {
		1,
		PAGE,
		len,
		pages(len),
		pages(len) + 1,
		pages(len) + PAGE,
		(size_t)1 << 30,
		(size_t)1 << 46,
		(size_t)1 << 47,
		(size_t)-1,
		(size_t)-1 - PAGE,
	};
	char what[32];
	size_t i;

	/* cppcheck knows mmap(), and that it wants more. */
	result("no length", (int)syscall(SYS_mmap, NULL, 0, PROT_READ,
					 MAP_SHARED, fd, offset));
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		snprintf(what, sizeof(what), "length %zx", lengths[i]);
		try_map(what, fd, lengths[i], PROT_READ | PROT_WRITE,
			MAP_SHARED, offset);
	}
}

/* At @place, which a mapping there replaces */
static void try_at(const char *what, char *place, int flags, int fd, size_t len,
		   off_t offset)
{
	char *map = mmap(place, len, PROT_READ | PROT_WRITE, MAP_SHARED | flags,
			 fd, offset);

	fact(what, map == place ? "mapped there" : map_result(map));
	if (map != MAP_FAILED && map != place)
		munmap(map, len);
}

static void try_places(int fd, size_t len, off_t offset)
{
	int prot = PROT_READ | PROT_WRITE;
	char *room = mmap(NULL, len + 2 * PAGE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	try_map("offset + 1", fd, len, prot, MAP_SHARED, offset + 1);
	try_map("offset of none", fd, len, prot, MAP_SHARED, NOWHERE);
	try_map("offset of 2^40", fd, len, prot, MAP_SHARED, (off_t)1 << 40);
	try_map("negative offset", fd, len, prot, MAP_SHARED, -(off_t)PAGE);
	try_at("an odd place", room + 8, MAP_FIXED, fd, len, offset);
	try_at("the first page", NULL, MAP_FIXED, fd, PAGE, offset);
	try_at("a place that is taken", room, MAP_FIXED_NOREPLACE, fd, len,
	       offset);
	try_at("a fixed place", room + PAGE, MAP_FIXED, fd, len, offset);
	munmap(room, len + 2 * PAGE);
}

static off_t first_offset(const struct lab_queue *queue)
{
	return queue->offset[0][0];
}

/* A file that is open for one thing only, with buffers of its own */
static void try_file(const char *file, const char *path, int flags)
{
	int fd = open(path, flags | O_NONBLOCK);
	struct lab_buffer buffer;
	uint32_t type = lab_type(fd, false);

	if (lab_reqbufs(fd, type, 2) < 1)
		fatal("REQBUFS");
	lab_room(&buffer, type, 0);
	if (lab_call(fd, VIDIOC_QUERYBUF, &buffer.v4l2))
		fatal("QUERYBUF");
	try_flags(file, fd, PAGE,
		  V4L2_TYPE_IS_MULTIPLANAR(type) ? buffer.planes[0].m.mem_offset
						 : buffer.v4l2.m.offset);
	close(fd);
}

void test_mapping_arguments(const char *path)
{
	struct lab_queue queue;
	int fd = node_open(path, O_NONBLOCK);

	if (lab_memory != V4L2_MEMORY_MMAP)
		return;
	lab_queue_init(&queue, fd, lab_type(fd, false), 2);
	try_flags("both", fd, queue.length[0], first_offset(&queue));
	try_lengths(fd, queue.length[0], first_offset(&queue));
	try_places(fd, queue.length[0], first_offset(&queue));
	lab_queue_finish(&queue);
	close(fd);
	try_file("for reading", path, O_RDONLY);
	try_file("for writing", path, O_WRONLY);
}

/* ---- a mapping ------------------------------------------------------------------ */

/* From its VmFlags in smaps: what of it is in a core dump, and in a child */
static void try_smaps(const void *map)
{
	char begin[32];
	char line[512];
	bool found = false;
	FILE *file = fopen("/proc/self/smaps", "re");

	if (!file) {
		fact("smaps", error_name(errno));
		return;
	}
	snprintf(begin, sizeof(begin), "%lx-", (unsigned long)map);
	while (fgets(line, sizeof(line), file)) {
		found = found || !strncmp(line, begin, strlen(begin));
		if (!found || strncmp(line, "VmFlags:", 8) != 0)
			continue;
		fact("in a core dump", strstr(line, " dd") ? "no" : "yes");
		fact("in a child", strstr(line, " dc") ? "no" : "yes");
		fact("may be written", strstr(line, " mw") ? "yes" : "no");
		break;
	}
	fclose(file);
}

static void try_calls(char *map, size_t len)
{
	unsigned char resident[4];
	int ends[2];

	result("mlock", mlock(map, len));
	result("munlock", munlock(map, len));
	result("mincore", mincore(map, PAGE, resident));
	result("MADV_WILLNEED", madvise(map, len, MADV_WILLNEED));
	result("MADV_DONTFORK", madvise(map, len, MADV_DONTFORK));
	result("MADV_DOFORK", madvise(map, len, MADV_DOFORK));
	result("msync of nothing to do", msync(map, len, MS_ASYNC));
	result("for reading", mprotect(map, len, PROT_READ));
	result("for nothing", mprotect(map, len, PROT_NONE));
	result("to be executed", mprotect(map, len, PROT_READ | PROT_EXEC));
	result("as it was", mprotect(map, len, PROT_READ | PROT_WRITE));
	if (pipe2(ends, O_CLOEXEC))
		fatal("pipe");
	result("write from it", write(ends[1], map, 1) == 1 ? 0 : -1);
	result("read into it", read(ends[0], map, 1) == 1 ? 0 : -1);
	close(ends[0]);
	close(ends[1]);
	result("MREMAP_MAYMOVE, of the same length",
	       mremap(map, len, len, MREMAP_MAYMOVE) == map ? 0 : -1);
	map[0] = 'm';
}

/* Moved, then cut at its end. */
static void try_move(char *map, size_t len)
{
	char *room =
		mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *moved =
		mremap(map, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, room);

	fact("moved", moved == room ? "yes" : error_name(errno));
	fact("what is in it", moved[0] == 'm' ? "as before" : "another");
	if (len > PAGE) {
		moved[len - PAGE - 1] = 'n';
		moved = mremap(moved, len, len - PAGE, 0);
		fact("without its end", moved == room ? "yes" : "no");
		len -= PAGE;
	}
	fact("what is left", moved[len - 1] == 'n' ? "as before" : "another");
	munmap(moved, len);
}

void test_mapping_calls(const char *path)
{
	struct lab_queue queue;
	int fd = node_open(path, O_NONBLOCK);
	size_t len;
	char *map;

	if (lab_memory != V4L2_MEMORY_MMAP)
		return;
	lab_queue_init(&queue, fd, lab_type(fd, false), 2);
	len = pages(queue.length[0]);
	map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   first_offset(&queue));
	if (map == MAP_FAILED)
		fatal("mmap");
	try_smaps(map);
	try_calls(map, len);
	try_move(map, len);
	lab_queue_finish(&queue);
	close(fd);
}

/* ---- and buffers that are gone ----------------------------------------------------- */

static void try_offset(const char *what, const struct lab_queue *queue, int fd)
{
	try_map(what, fd, queue->length[0], PROT_READ | PROT_WRITE, MAP_SHARED,
		first_offset(queue));
}

/* As a number, for the memory that is behind it */
static void set(const struct lab_queue *queue, unsigned int index,
		uint8_t value)
{
	memset(lab_plane(queue, index, queue->planes - 1), value,
	       queue->length[queue->planes - 1]);
}

static bool has(const struct lab_queue *queue, unsigned int index,
		uint8_t value)
{
	const uint8_t *bytes = lab_plane(queue, index, queue->planes - 1);
	size_t i;

	for (i = 0; i < queue->length[queue->planes - 1]; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

void test_mapping_old(const char *path)
{
	struct lab_queue old, queue;
	int fd = node_open(path, O_NONBLOCK);
	uint32_t type = lab_type(fd, false);
	unsigned int i;

	if (lab_memory != V4L2_MEMORY_MMAP)
		return;
	lab_queue_init(&old, fd, type, 3);
	fact("new memory", has(&old, 0, 0) ? "all 0" : "not 0");
	for (i = 0; i < old.count; i++)
		set(&old, i, (uint8_t)(i + 1));
	result("REQBUFS of none, mapped", lab_reqbufs(fd, type, 0));
	try_offset("mmap of none", &old, fd);
	lab_queue_init(&queue, fd, type, 3);
	lab_query(&queue, "QUERYBUF of the new", 0);
	fact("new memory", has(&queue, 0, 0) ? "all 0" : "not 0");
	set(&queue, 0, 77);
	for (i = 0; i < old.count; i++)
		fact("old memory",
		     has(&old, i, (uint8_t)(i + 1)) ? "as it was" : "another");
	result("REQBUFS of two, mapped", lab_reqbufs(fd, type, 2) < 0 ? -1 : 0);
	fact("the memory of before",
	     has(&queue, 0, 77) ? "as it was" : "another");
	lab_memory = V4L2_MEMORY_USERPTR;
	result("REQBUFS of other memory",
	       lab_reqbufs(fd, type, 2) < 0 ? -1 : 0);
	try_offset("mmap of other memory", &queue, fd);
	lab_memory = V4L2_MEMORY_MMAP;
	result("REQBUFS of none", lab_reqbufs(fd, type, 0));
	munmap(old.memory, old.slot * LAB_QUEUE_BUFFERS * old.planes);
	close(fd);
}

/* ---- while it streams ---------------------------------------------------------------- */

/* What another process has mapped is the same, and ends with it. */
static void try_child(const struct lab_queue *queue)
{
	pid_t child = fork_child();
	int status;

	if (!child) {
		set(queue, 1, 99);
		_exit(has(queue, 1, 99) ? 0 : 1);
	}
	if (!process_ends(child, 10000, &status))
		fatal("a child");
	result("a child", status);
	fact("what it has written", has(queue, 1, 99) ? "is there" : "is not");
}

void test_mapping_streams(const char *path)
{
	struct lab_queue queue;
	int fd = node_open(path, O_NONBLOCK);
	int copy;

	if (lab_memory != V4L2_MEMORY_MMAP)
		return;
	lab_queue_init(&queue, fd, lab_type(fd, false), 3);
	try_child(&queue);
	/* When an output has shown a picture is its own matter. */
	if (!V4L2_TYPE_IS_OUTPUT(queue.type))
		lab_enqueue(&queue, "QBUF", 0);
	try_offset("mmap of a buffer that is queued", &queue, fd);
	lab_stream(&queue, "STREAMON", true);
	if (!V4L2_TYPE_IS_OUTPUT(queue.type) && !lab_is_m2m(fd))
		lab_wait_done(&queue, 1);
	try_offset("mmap, streaming", &queue, fd);
	result("REQBUFS of none, streaming", lab_reqbufs(fd, queue.type, 0));
	lab_stream(&queue, "STREAMOFF", false);
	/* A copy of the descriptor is the same file. */
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	close(fd);
	queue.fd = copy;
	lab_query(&queue, "QUERYBUF of a copy", 0);
	try_offset("mmap of a copy", &queue, copy);
	lab_queue_finish(&queue);
	close(copy);
}
