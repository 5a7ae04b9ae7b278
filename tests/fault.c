// SPDX-License-Identifier: BSD-3-Clause
/*
 * Calls to libc that fail.
 */
#include "tests/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/rights.h"

#define NAME_LEN 16 /* PR_SET_NAME */

/**
 * struct fault - What is to fail
 * @armed:	Kinds
 * @only:	fault_only(), if @chosen
 * @watched:	fault_watch()
 * @kept:	Of that process
 *
 * Processes that were forked have the same one; any of their threads may call.
 */
static struct fault {
	atomic_uint armed;
	atomic_uint seen;
	atomic_uint hits;
	unsigned int first;
	unsigned int limit;
	const char *_Atomic name;
	bool chosen;
	char only[NAME_LEN];
	_Atomic pid_t watched;
	atomic_int kept;
} * fault;

static pid_t self;
static _Thread_local bool is_spared;
static _Thread_local char own_name[NAME_LEN];

static void begin_child(void)
{
	self = getpid();
	is_spared = false;
}

__attribute__((constructor)) static void begin(void)
{
	fault = mmap(NULL, sizeof(*fault), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fault == MAP_FAILED)
		abort();
	fault->name = "";
	self = getpid();
	pthread_atfork(NULL, NULL, begin_child);
}

void fault_arm(unsigned int kinds, unsigned int at, unsigned int count)
{
	atomic_store(&fault->armed, 0);
	fault->first = at;
	fault->limit = count;
	atomic_store(&fault->seen, 0);
	atomic_store(&fault->hits, 0);
	atomic_store(&fault->armed, kinds);
}

unsigned int fault_disarm(void)
{
	atomic_store(&fault->armed, 0);
	return fault_hits();
}

unsigned int fault_hits(void)
{
	return atomic_load(&fault->hits);
}

const char *fault_name(void)
{
	return atomic_load(&fault->name);
}

void fault_spare(bool spared)
{
	is_spared = spared;
}

void fault_only(const char *name)
{
	fault->chosen = name;
	snprintf(fault->only, sizeof(fault->only), "%s", name ? name : "");
}

void fault_watch(pid_t process)
{
	atomic_store(&fault->watched, process);
	atomic_store(&fault->kept, 0);
}

int fault_kept(void)
{
	return atomic_load(&fault->kept);
}

static void keep(int more)
{
	if (atomic_load(&fault->watched) == self)
		atomic_fetch_add(&fault->kept, more);
}

static bool fails(enum fault_kind kind, const char *who, int error)
{
	unsigned int number;

	if (is_spared || !(atomic_load(&fault->armed) & kind) ||
	    (fault->chosen && strcmp(own_name, fault->only) != 0))
		return false;
	number = atomic_fetch_add(&fault->seen, 1) + 1;
	if (number < fault->first ||
	    (fault->limit && number - fault->first >= fault->limit))
		return false;
	atomic_store(&fault->name, who);
	atomic_fetch_add(&fault->hits, 1);
	errno = error;
	return true;
}

/* Named as objcopy has named what is called. */
void *fault_malloc(size_t size);
void *fault_calloc(size_t count, size_t size);
void *fault_realloc(void *old, size_t size);
void fault_free(void *bytes);
void *fault_mmap(void *addr, size_t len, int prot, int flags, int fd,
		 off_t offset);
int fault_munmap(void *addr, size_t len);
int fault_memfd_create(const char *what, unsigned int flags);
int fault_ftruncate(int fd, off_t len);
int fault_socket(int domain, int type, int protocol);
int fault_socketpair(int domain, int type, int protocol, int fds[2]);
int fault_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags);
int fault_epoll_create1(int flags);
int fault_epoll_ctl(int epoll, int op, int fd, struct epoll_event *event);
int fault_eventfd(unsigned int value, int flags);
int fault_timerfd_create(int clock, int flags);
int fault_signalfd(int fd, const sigset_t *set, int flags);
int fault_pipe2(int fds[2], int flags);
int fault_open(const char *path, int flags, ...);
int fault_openat(int directory, const char *path, int flags, ...);
int fault_fcntl(int fd, int cmd, ...);
ssize_t fault_recvmsg(int fd, struct msghdr *msg, int flags);
int fault_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			 void *(*fn)(void *), void *arg);
pid_t fault_fork(void);
int fault_prctl(int option, ...);
long fault_syscall(long number, ...);

/* ---- memory ------------------------------------------------------------- */

void *fault_malloc(size_t size)
{
	void *bytes =
		fails(FAULT_MEMORY, "malloc", ENOMEM) ? NULL : malloc(size);

	keep(bytes != NULL);
	return bytes;
}

void *fault_calloc(size_t count, size_t size)
{
	void *bytes = fails(FAULT_MEMORY, "calloc", ENOMEM)
			      ? NULL
			      : calloc(count, size);

	keep(bytes != NULL);
	return bytes;
}

void *fault_realloc(void *old, size_t size)
{
	void *bytes = fails(FAULT_MEMORY, "realloc", ENOMEM)
			      ? NULL
			      : realloc(old, size);

	keep(bytes && !old);
	return bytes;
}

void fault_free(void *bytes)
{
	keep(bytes ? -1 : 0);
	free(bytes);
}

void *fault_mmap(void *addr, size_t len, int prot, int flags, int fd,
		 off_t offset)
{
	void *bytes = fails(FAULT_MEMORY, "mmap", ENOMEM)
			      ? MAP_FAILED
			      : mmap(addr, len, prot, flags, fd, offset);

	keep(bytes != MAP_FAILED);
	return bytes;
}

int fault_munmap(void *addr, size_t len)
{
	keep(-1);
	return munmap(addr, len);
}

int fault_ftruncate(int fd, off_t len)
{
	return fails(FAULT_MEMORY, "ftruncate", ENOSPC) ? -1
							: ftruncate(fd, len);
}

/* ep_insert(): of a user there may be fs.epoll.max_user_watches */
int fault_epoll_ctl(int epoll, int op, int fd, struct epoll_event *event)
{
	return op == EPOLL_CTL_ADD && fails(FAULT_MEMORY, "epoll_ctl", ENOSPC)
		       ? -1
		       : epoll_ctl(epoll, op, fd, event);
}

/* ---- descriptors ---------------------------------------------------------- */

int fault_memfd_create(const char *what, unsigned int flags)
{
	return fails(FAULT_FILES, "memfd_create", EMFILE)
		       ? -1
		       : memfd_create(what, flags);
}

int fault_socket(int domain, int type, int protocol)
{
	return fails(FAULT_FILES, "socket", EMFILE)
		       ? -1
		       : socket(domain, type, protocol);
}

int fault_socketpair(int domain, int type, int protocol, int fds[2])
{
	return fails(FAULT_FILES, "socketpair", EMFILE)
		       ? -1
		       : socketpair(domain, type, protocol, fds);
}

int fault_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
	return fails(FAULT_FILES, "accept4", EMFILE)
		       ? -1
		       : accept4(fd, address, len, flags);
}

int fault_epoll_create1(int flags)
{
	return fails(FAULT_FILES, "epoll_create1", EMFILE)
		       ? -1
		       : epoll_create1(flags);
}

int fault_eventfd(unsigned int value, int flags)
{
	return fails(FAULT_FILES, "eventfd", EMFILE) ? -1
						     : eventfd(value, flags);
}

int fault_timerfd_create(int clock, int flags)
{
	return fails(FAULT_FILES, "timerfd_create", EMFILE)
		       ? -1
		       : timerfd_create(clock, flags);
}

int fault_signalfd(int fd, const sigset_t *set, int flags)
{
	return fails(FAULT_FILES, "signalfd", EMFILE)
		       ? -1
		       : signalfd(fd, set, flags);
}

int fault_pipe2(int fds[2], int flags)
{
	return fails(FAULT_FILES, "pipe2", EMFILE) ? -1 : pipe2(fds, flags);
}

int fault_open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list list;

	if (flags & O_CREAT) {
		va_start(list, flags);
		mode = va_arg(list, mode_t);
		va_end(list);
	}
	return fails(FAULT_FILES, "open", EMFILE) ? -1
						  : open(path, flags, mode);
}

int fault_openat(int directory, const char *path, int flags, ...)
{
	/* Nothing is made by them. */
	return fails(FAULT_FILES, "openat", EMFILE)
		       ? -1
		       : openat(directory, path, flags);
}

int fault_fcntl(int fd, int cmd, ...)
{
	va_list list;
	long arg;

	va_start(list, cmd);
	arg = va_arg(list, long);
	va_end(list);
	if (cmd == F_DUPFD_CLOEXEC && fails(FAULT_FILES, "fcntl", EMFILE))
		return -1;
	return fcntl(fd, cmd, arg);
}

static bool has_rights(const struct msghdr *msg)
{
	const struct cmsghdr *cmsg = NULL;

	if (msg->msg_controllen)
		cmsg = CMSG_FIRSTHDR(msg);
	return cmsg && cmsg->cmsg_level == SOL_SOCKET &&
	       cmsg->cmsg_type == SCM_RIGHTS;
}

/* scm_detach_fds(): what has no number is dropped, and MSG_CTRUNC says so. */
ssize_t fault_recvmsg(int fd, struct msghdr *msg, int flags)
{
	ssize_t ret = recvmsg(fd, msg, flags);
	int passed;

	if (ret < 0 || !has_rights(msg) || !fails(FAULT_FILES, "recvmsg", 0))
		return ret;
	passed = rights_take(msg);
	if (passed >= 0)
		close(passed);
	msg->msg_controllen = 0;
	msg->msg_flags |= MSG_CTRUNC;
	return ret;
}

/* Of those that we have, two want a descriptor. */
long fault_syscall(long number, ...)
{
	long args[6];
	va_list list;
	size_t i;

	va_start(list, number);
	for (i = 0; i < sizeof(args) / sizeof(args[0]); i++)
		args[i] = va_arg(list, long);
	va_end(list);
	if ((number == SYS_pidfd_open || number == SYS_pidfd_getfd) &&
	    fails(FAULT_FILES, "pidfd", EMFILE))
		return -1;
	return syscall(number, args[0], args[1], args[2], args[3], args[4],
		       args[5]);
}

/* ---- threads and processes ---------------------------------------------------- */

int fault_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			 void *(*fn)(void *), void *arg)
{
	return fails(FAULT_THREADS, "pthread_create", EAGAIN)
		       ? EAGAIN
		       : pthread_create(thread, attr, fn, arg);
}

pid_t fault_fork(void)
{
	return fails(FAULT_THREADS, "fork", EAGAIN) ? -1 : fork();
}

int fault_prctl(int option, ...)
{
	unsigned long args[4];
	va_list list;
	size_t i;

	va_start(list, option);
	for (i = 0; i < sizeof(args) / sizeof(args[0]); i++)
		args[i] = va_arg(list, unsigned long);
	va_end(list);
	if (option == PR_SET_NAME)
		strncpy(own_name, (const char *)(uintptr_t)args[0], /* NOLINT */
			sizeof(own_name) - 1);
	return prctl(option, args[0], args[1], args[2], args[3]);
}
