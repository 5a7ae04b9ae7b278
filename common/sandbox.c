// SPDX-License-Identifier: BSD-3-Clause
/*
 * Confinement: from a table to a seccomp filter, by libseccomp.
 */
#include "common/sandbox.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SANDBOX_TREE 2 /* seccomp_attr_set(3): a binary tree, not a long list */

static int sandbox_add(scmp_filter_ctx filter, const struct sandbox_call *row)
{
	uint32_t action = row->error ? SCMP_ACT_ERRNO((unsigned int)row->error)
				     : SCMP_ACT_ALLOW;
	unsigned int count = 0;

	if (row->call < 0)
		return 0;
	while (count < SANDBOX_ARGS_MAX && row->args[count].op)
		count++;
	return seccomp_rule_add_array(filter, action, row->call, count,
				      row->args);
}

static int sandbox_fill(scmp_filter_ctx filter,
			const struct sandbox_call *calls, size_t count,
			unsigned int only)
{
	size_t i;
	int ret;

	ret = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
			       SCMP_ACT_KILL_PROCESS);
	if (!ret)
		ret = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE,
				       SANDBOX_TREE);
	for (i = 0; i < count && !ret; i++)
		if (!calls[i].only || calls[i].only & only)
			ret = sandbox_add(filter, &calls[i]);
	return ret;
}

/* libseccomp's own errors, where there is no seccomp */
static int sandbox_error(int ret)
{
	return ret == -EINVAL || ret == -ECANCELED ? -ENOSYS : ret;
}

/* Valgrind's calls are its own, so there a filter is made and not loaded. */
static int sandbox_use(scmp_filter_ctx filter)
{
#ifdef SANDBOX_UNLOADED
	(void)filter;
	return 0;
#else
	return seccomp_load(filter);
#endif
}

/* seccomp(2): a kernel that takes filters looks for this one, and there is none. */
static int sandbox_look(void)
{
#ifdef SANDBOX_UNLOADED
	/* It knows no seccomp(2); that of Linux 4.14 has all that is asked for. */
	return seccomp_api_set(3);
#else
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) < 0 &&
	    errno != EFAULT)
		return errno == EINVAL ? -ENOSYS : -errno;
	return 0;
#endif
}

/* Of libseccomp alone we would hear that there is no memory, if there is no seccomp. */
static int sandbox_begin(scmp_filter_ctx *out, uint32_t action)
{
	int ret = sandbox_look();

	if (ret)
		return ret;
	*out = seccomp_init(action);
	return *out ? 0 : -ENOMEM;
}

int sandbox_enter(const struct sandbox_call *calls, size_t count,
		  unsigned int only)
{
	scmp_filter_ctx filter;
	int ret;

	ret = sandbox_begin(&filter, SCMP_ACT_KILL_PROCESS);
	if (ret)
		return ret;
	ret = sandbox_fill(filter, calls, count, only);
	if (!ret)
		ret = sandbox_use(filter);
	seccomp_release(filter);
	return sandbox_error(ret);
}

int sandbox_signal_self(void)
{
	const struct scmp_arg_cmp other = {
		.op = SCMP_CMP_NE,
		.datum_a = (scmp_datum_t)getpid(),
	};
	scmp_filter_ctx filter;
	int ret;

	ret = sandbox_begin(&filter, SCMP_ACT_ALLOW);
	if (ret)
		return ret;
	ret = seccomp_rule_add_array(filter, SCMP_ACT_KILL_PROCESS,
				     SCMP_SYS(tgkill), 1, &other);
	if (!ret)
		ret = sandbox_use(filter);
	seccomp_release(filter);
	return sandbox_error(ret);
}

/* ---- made before it is used -------------------------------------------------- */

/* libseccomp 2.5 exports to a file only. */
static int sandbox_export(scmp_filter_ctx context,
			  struct sandbox_filter *filter)
{
	int fd = memfd_create("usermedia-filter", MFD_CLOEXEC);
	struct stat file;
	void *bytes;
	int ret;

	if (fd < 0)
		return -errno;
	ret = seccomp_export_bpf(context, fd);
	if (!ret && fstat(fd, &file) < 0)
		ret = -errno;
	if (ret)
		goto out;
	bytes = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED) {
		ret = -errno;
		goto out;
	}
	filter->bytes = bytes;
	filter->len = (size_t)file.st_size;
out:
	close(fd);
	return ret;
}

int sandbox_make(struct sandbox_filter *filter,
		 const struct sandbox_call *calls, size_t count,
		 unsigned int only)
{
	scmp_filter_ctx context;
	int ret;

	ret = sandbox_begin(&context, SCMP_ACT_KILL_PROCESS);
	if (ret)
		return ret;
	ret = sandbox_fill(context, calls, count, only);
	if (!ret)
		ret = sandbox_export(context, filter);
	seccomp_release(context);
	return ret;
}

int sandbox_load(const struct sandbox_filter *filter)
{
	struct sock_fprog program = {
		.filter = (struct sock_filter *)filter->bytes,
		.len = (unsigned short)(filter->len /
					sizeof(struct sock_filter)),
	};

#ifdef SANDBOX_UNLOADED
	(void)program;
	return 0;
#else
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return errno == EINVAL ? -ENOSYS : -errno;
	return 0;
#endif
}

int sandbox_hide(void)
{
	const struct rlimit none = { 0, 0 };

	if (prctl(PR_SET_DUMPABLE, 0) < 0 || setrlimit(RLIMIT_CORE, &none) < 0)
		return -errno;
	return 0;
}
