// SPDX-License-Identifier: BSD-3-Clause
/*
 * hooks: the calls that libguestd-shim.so hooks, on files that are no nodes.  Prints
 * what each returns and its errno, which must be the same without the library.
 *
 *	hooks		all of them
 *	hooks time	what an anonymous mmap() and an ioctl() cost: "N N" ns
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifdef SYS_mmap2
#define SYS_mapping SYS_mmap2
#define UNIT        4096
#else
#define SYS_mapping SYS_mmap
#define UNIT        1
#endif

#define PAGE ((size_t)4096)
#define GIB  (1ll << 30)

/* ---- before there is a constructor ------------------------------------------ */

static int early_error;
static long early_pid;
static char early_byte;

static void early(void)
{
	char *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int arg;

	if (memory != MAP_FAILED) {
		early_byte = memory[7] = 'e';
		munmap(memory, PAGE);
	}
	if (ioctl(-1, FIONREAD, &arg) < 0)
		early_error = errno;
	early_pid = syscall(SYS_getpid);
}
__attribute__((section(".preinit_array"),
	       used)) static void (*early_entry)(void) = early;

/* ---- all of them ------------------------------------------------------------ */

static void print(const char *what, long ret)
{
	printf("%s: %ld, %s\n", what, ret,
	       errno ? strerror(errno) : "no error");
	errno = 0;
}

/* The text at the beginning of a mapping, if there is one. */
static void print_map(const char *what, char *memory)
{
	int error = errno;

	if (memory == MAP_FAILED)
		printf("%s: %s\n", what, strerror(error));
	else
		printf("%s: \"%s\", %s\n", what, memory,
		       error ? strerror(error) : "no error");
	if (memory != MAP_FAILED)
		munmap(memory, PAGE);
	errno = 0;
}

static void map_all(int null, int file)
{
	static const long long offsets[] = { 0, 1 * GIB, 3 * GIB, 5 * GIB };
	char name[64];
	size_t i;

	for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		snprintf(name, sizeof(name), "%lld", offsets[i]);
		if (pwrite64(file, name, strlen(name), offsets[i]) < 0)
			perror("pwrite64");
		snprintf(name, sizeof(name), "mmap64 at %lld", offsets[i]);
		print_map(name, mmap64(NULL, PAGE, PROT_READ, MAP_SHARED, file,
				       offsets[i]));
		snprintf(name, sizeof(name), "mmap at %lld", offsets[i]);
		print_map(name, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file,
				     (off_t)offsets[i]));
		snprintf(name, sizeof(name), "syscall at %lld", offsets[i]);
		print_map(name, (char *)syscall(SYS_mapping, NULL, PAGE,
						PROT_READ, MAP_SHARED, file,
						(long)(offsets[i] / UNIT)));
	}
	print_map("mmap at 1",
		  mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 1));
	print_map("syscall of nothing",
		  (char *)syscall(SYS_mapping, NULL, 0, PROT_READ, MAP_SHARED,
				  file, 0));
	print_map("mmap of no file",
		  mmap(NULL, PAGE, PROT_READ, MAP_SHARED, 999, 0));
	print_map("mmap of null",
		  mmap(NULL, PAGE, PROT_READ, MAP_SHARED, null, 0));
	print_map("mmap64 of null",
		  mmap64(NULL, PAGE, PROT_READ, MAP_SHARED, null, 5 * GIB));
	print_map("syscall of null",
		  (char *)syscall(SYS_mapping, NULL, PAGE, PROT_READ,
				  MAP_SHARED, null, 0));
	errno = ENOMSG;
	print_map("mmap of none", mmap(NULL, PAGE, PROT_READ,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	errno = ENOMSG;
	print_map("mmap of none with a file",
		  mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, null,
		       0));
}

static void call_all(int null, int end)
{
	struct v4l2_requestbuffers reqbufs = { .memory = V4L2_MEMORY_MMAP };
	struct v4l2_exportbuffer expbuf = { .index = 0 };
	struct v4l2_capability cap = { .version = 0 };
	int request = (int)VIDIOC_QUERYCAP;
	int bytes = 0;

	print("FIONREAD", ioctl(end, FIONREAD, &bytes));
	print("bytes", bytes);
	print("QUERYCAP of null", ioctl(null, VIDIOC_QUERYCAP, &cap));
	print("QUERYCAP in an int", ioctl(null, (unsigned long)request, &cap));
	print("REQBUFS of null", ioctl(null, VIDIOC_REQBUFS, &reqbufs));
	print("EXPBUF of null", ioctl(null, VIDIOC_EXPBUF, &expbuf));
	print("EXPBUF of nothing", ioctl(null, VIDIOC_EXPBUF, NULL));
	print("EXPBUF of a pipe", ioctl(end, VIDIOC_EXPBUF, &expbuf));
	print("QUERYCAP of no file", ioctl(-1, VIDIOC_QUERYCAP, &cap));
	print("QUERYCAP by syscall",
	      syscall(SYS_ioctl, null, VIDIOC_QUERYCAP, &cap));
	print("EXPBUF by syscall",
	      syscall(SYS_ioctl, end, VIDIOC_EXPBUF, &expbuf));
	print("FIONREAD by syscall", syscall(SYS_ioctl, end, FIONREAD, &bytes));
	print("getpid by syscall", syscall(SYS_getpid) - getpid());
	print("futex by syscall", syscall(SYS_futex, &bytes, 0, 99, NULL));
	print("no such syscall", syscall(99999));
}

/* ---- what they cost ---------------------------------------------------------- */

#define ROUNDS 200000

static double elapsed(const struct timespec *start)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	return (double)(end.tv_sec - start->tv_sec) * 1e9 +
	       (double)(end.tv_nsec - start->tv_nsec);
}

static void time_calls(int end)
{
	struct timespec start;
	double map;
	int bytes;
	int i;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (i = 0; i < ROUNDS; i++)
		munmap(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0),
		       PAGE);
	map = elapsed(&start) / ROUNDS;
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (i = 0; i < ROUNDS; i++)
		ioctl(end, FIONREAD, &bytes);
	printf("%.1f %.1f\n", map, elapsed(&start) / ROUNDS);
}

int main(int argc, char **argv)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int file = memfd_create("file", MFD_CLOEXEC);
	int ends[2];

	if (null < 0 || file < 0 || pipe(ends) < 0 ||
	    write(ends[1], "123", 3) != 3) {
		perror("hooks");
		return 1;
	}
	if (argc > 1 && !strcmp(argv[1], "time")) {
		time_calls(ends[0]);
	} else {
		printf("early: %s, %d, byte %c\n", strerror(early_error),
		       early_pid == getpid(), early_byte);
		printf("dlerror: %s\n", dlerror() ? "one is left" : "none");
		errno = 0;
		map_all(null, file);
		call_all(null, ends[0]);
	}
	close(null);
	close(file);
	return 0;
}
