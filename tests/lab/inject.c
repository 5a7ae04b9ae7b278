// SPDX-License-Identifier: BSD-3-Clause
/*
 * inject PID CALL: have a running process make a system call, as somebody would who
 * has taken it over.
 *
 *	getpid, openat, socket, connect, execve, ptrace, kill, mmap, unshare
 *
 * Its first thread is stopped where it is, its registers are set to the call, and a
 * syscall instruction that it has anyway is run once.  Prints how that went:
 *
 *	openat: 5
 *	openat: EACCES
 *	openat: killed by SIGSYS
 *
 * A process that lives on gets its registers back, and goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/process.h"

#ifdef __x86_64__

#define WORDS      64  /* bytes on its stack for what a call points to */
#define RED_ZONE   128 /* below the stack pointer, which the function may use */
#define PIECE      4096 /* of its code, looked at at once */
#define ERRORS_MAX 4095

/* @bytes: if there are any, argument number @at points to them */
static const struct call {
	const char *name;
	long number;
	unsigned int at;
	const char *bytes;
	size_t len;
	unsigned long args[6];
} calls[] = {
	{ .name = "getpid", .number = SYS_getpid },
	{ .name = "openat",
	  .number = SYS_openat,
	  .at = 1,
	  .bytes = "/",
	  .len = 2,
	  .args = { (unsigned long)AT_FDCWD, 0, O_RDONLY | O_DIRECTORY } },
	{ .name = "socket",
	  .number = SYS_socket,
	  .args = { AF_UNIX, SOCK_STREAM } },
	{ .name = "connect",
	  .number = SYS_connect,
	  .at = 1,
	  .bytes = "\1\0/",
	  .len = 4,
	  .args = { 0, 0, 4 } },
	{ .name = "execve",
	  .number = SYS_execve,
	  .at = 0,
	  .bytes = "/no",
	  .len = 4 },
	{ .name = "ptrace",
	  .number = SYS_ptrace,
	  .args = { PTRACE_ATTACH, 1 } },
	{ .name = "kill", .number = SYS_kill, .args = { 1, 0 } },
	{ .name = "mmap",
	  .number = SYS_mmap,
	  .args = { 0, PIECE, PROT_READ | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, (unsigned long)-1 } },
	{ .name = "unshare", .number = SYS_unshare, .args = { 0x10000000 } },
};

static const struct call *find_call(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(calls[i].name, name) == 0)
			return &calls[i];
	fprintf(stderr, "inject: no such call: %s\n", name);
	exit(2);
}

/* ---- its memory -------------------------------------------------------------- */

static ssize_t peek(pid_t pid, unsigned long at, void *bytes, size_t len)
{
	struct iovec here = { bytes, len };
	struct iovec there = { (void *)at, len };

	return process_vm_readv(pid, &here, 1, &there, 1, 0);
}

/* Return: the address of a syscall instruction between these, or 0 */
static unsigned long find_between(pid_t pid, unsigned long from,
				  unsigned long to)
{
	unsigned char piece[PIECE];
	unsigned long at;
	ssize_t len, i;

	for (at = from; at < to; at += PIECE) {
		len = peek(pid, at, piece, sizeof(piece));
		for (i = 0; i + 1 < len; i++)
			if (piece[i] == 0x0f && piece[i + 1] == 0x05)
				return at + (unsigned long)i;
	}
	return 0;
}

/* FROM-TO r-xp ... */
static bool code_of(const char *line, unsigned long *from, unsigned long *to)
{
	char *end;

	*from = strtoul(line, &end, 16);
	if (*end != '-')
		return false;
	*to = strtoul(end + 1, &end, 16);
	return strncmp(end, " r-x", 4) == 0;
}

static unsigned long find_instruction(pid_t pid)
{
	unsigned long from, to, found = 0;
	char path[40], line[400];
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = fopen(path, "re");
	if (!maps)
		fatal(path);
	while (!found && fgets(line, sizeof(line), maps))
		if (code_of(line, &from, &to))
			found = find_between(pid, from, to);
	fclose(maps);
	if (!found) {
		fprintf(stderr, "inject: no syscall instruction\n");
		exit(1);
	}
	return found;
}

static void poke(pid_t pid, unsigned long at, const void *bytes, size_t len)
{
	char copy[WORDS] = { 0 };
	struct iovec here = { copy, sizeof(copy) };
	struct iovec there = { (void *)at, sizeof(copy) };

	memcpy(copy, bytes, len);
	if (process_vm_writev(pid, &here, 1, &there, 1, 0) != sizeof(copy))
		fatal("writing to its stack");
}

/* ---- its registers ------------------------------------------------------------- */

static void set_call(struct user_regs_struct *regs, const struct call *call,
		     unsigned long words)
{
	unsigned long args[6];

	memcpy(args, call->args, sizeof(args));
	if (call->bytes)
		args[call->at] = words;
	regs->rax = (unsigned long)call->number;
	/* It was in no call: none is to be restarted. */
	regs->orig_rax = (unsigned long)-1;
	regs->rdi = args[0];
	regs->rsi = args[1];
	regs->rdx = args[2];
	regs->r10 = args[3];
	regs->r8 = args[4];
	regs->r9 = args[5];
}

static void attach(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, 0, 0) < 0 ||
	    ptrace(PTRACE_INTERRUPT, pid, 0, 0) < 0)
		fatal("ptrace");
	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		fatal("waitpid");
}

/* Is there a SIGSYS on its way to it? */
static bool is_doomed(pid_t pid)
{
	static const char key[] = "SigPnd:";
	char path[40], line[200];
	unsigned long pending = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	status = fopen(path, "re");
	if (!status)
		fatal(path);
	while (fgets(line, sizeof(line), status))
		if (strncmp(line, key, sizeof(key) - 1) == 0)
			pending = strtoul(line + sizeof(key) - 1, NULL, 16);
	fclose(status);
	return pending & 1ul << (SIGSYS - 1);
}

static int resume(pid_t pid, enum __ptrace_request how)
{
	int status;

	if (ptrace(how, pid, 0, 0) < 0)
		fatal("ptrace");
	if (waitpid(pid, &status, __WALL) != pid)
		fatal("waitpid");
	return status;
}

/*
 * Some kernels tell of the step before the signal that ends it.
 *
 * Return: what waitpid(2) says after the instruction
 */
static int step(pid_t pid)
{
	int status = resume(pid, PTRACE_SINGLESTEP);

	if (WIFSTOPPED(status) && is_doomed(pid))
		status = resume(pid, PTRACE_CONT);
	return status;
}

static void say(const struct call *call, long result)
{
	if (result < 0 && result >= -ERRORS_MAX)
		printf("%s: %s\n", call->name, error_name((int)-result));
	else
		printf("%s: %ld\n", call->name, result);
}

int main(int argc, char **argv)
{
	struct user_regs_struct before, regs;
	const struct call *call;
	int status;
	pid_t pid;

	if (argc != 3) {
		fprintf(stderr, "usage: inject PID CALL\n");
		return 2;
	}
	pid = (pid_t)strtol(argv[1], NULL, 10);
	call = find_call(argv[2]);

	attach(pid);
	if (ptrace(PTRACE_GETREGS, pid, 0, &before) < 0)
		fatal("PTRACE_GETREGS");
	regs = before;
	regs.rip = find_instruction(pid);
	regs.rsp = (before.rsp - RED_ZONE - WORDS) & ~15ul;
	if (call->bytes)
		poke(pid, regs.rsp, call->bytes, call->len);
	set_call(&regs, call, regs.rsp);
	if (ptrace(PTRACE_SETREGS, pid, 0, &regs) < 0)
		fatal("PTRACE_SETREGS");

	status = step(pid);
	if (WIFSIGNALED(status)) {
		printf("%s: killed by %s\n", call->name,
		       WTERMSIG(status) == SIGSYS ? "SIGSYS"
						  : "another signal");
		return 0;
	}
	if (WIFEXITED(status)) {
		printf("%s: it exited with %d\n", call->name,
		       WEXITSTATUS(status));
		return 1;
	}
	if (ptrace(PTRACE_GETREGS, pid, 0, &regs) < 0)
		fatal("PTRACE_GETREGS");
	say(call, (long)regs.rax);
	if (ptrace(PTRACE_SETREGS, pid, 0, &before) < 0 ||
	    ptrace(PTRACE_DETACH, pid, 0, 0) < 0)
		fatal("detaching");
	return 0;
}

#else

int main(void)
{
	fprintf(stderr, "inject: for x86_64 only\n");
	return 1;
}

#endif
