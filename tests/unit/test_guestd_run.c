// SPDX-License-Identifier: BSD-3-Clause
/*
 * guestd-run: what it sees in programs, and what it says of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guestd/shim/program.h"
#include "tests/shell.h"

static char directory[] = "/tmp/guestd-run.XXXXXX";
static char file[64];

/* ---- programs -------------------------------------------------------------- */

static void write_file(const void *bytes, size_t len, mode_t mode)
{
	int fd = open(file, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0700);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* exit(7) of x86-64 and i386: both have it so. */
static const unsigned char code[] = {
	0xb8, 0x01, 0, 0, 0, /* mov $1, %eax */
	0xbb, 0x07, 0, 0, 0, /* mov $7, %ebx */
	0xcd, 0x80,          /* int $0x80 */
};

struct elf64 {
	Elf64_Ehdr header;
	Elf64_Phdr segments[2];
	unsigned char code[sizeof(code)];
	char loader[64];
};

/* One that can be executed; with a @loader it only looks so. */
static struct elf64 an_elf64(uint16_t machine, const char *loader)
{
	struct elf64 elf = {
		.header = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
				     ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC,
			.e_machine = machine,
			.e_version = EV_CURRENT,
			.e_entry = 0x400000 + offsetof(struct elf64, code),
			.e_phoff = offsetof(struct elf64, segments),
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = loader ? 2 : 1,
		},
		.segments = {
			{ .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
			  .p_vaddr = 0x400000, .p_align = 0x1000,
			  .p_filesz = sizeof(struct elf64),
			  .p_memsz = sizeof(struct elf64) },
			{ .p_type = PT_INTERP,
			  .p_offset = offsetof(struct elf64, loader) },
		},
	};

	memcpy(elf.code, code, sizeof(code));
	if (loader) {
		elf.segments[1].p_filesz = strlen(loader) + 1;
		memcpy(elf.loader, loader, strlen(loader) + 1);
	}
	return elf;
}

static void look(uid_t uid, gid_t gid, struct program *program)
{
	program_look(file, uid, gid, program);
}

static void look_at_elf64(uint16_t machine, const char *loader,
			  struct program *program)
{
	struct elf64 elf = an_elf64(machine, loader);

	write_file(&elf, sizeof(elf), 0755);
	look(getuid(), getgid(), program);
}

/* ---- what it sees ---------------------------------------------------------- */

static void loader_of_an_elf_is_seen(void **state)
{
	struct program program;

	(void)state;
	look_at_elf64(EM_X86_64, "/lib64/ld-linux-x86-64.so.2", &program);
	assert_true(program.is_elf);
	assert_false(program.is_static);
	assert_false(program.is_musl);
	assert_false(program.gains);
	assert_string_equal(program.abi->dirs[0], "lib/x86_64-linux-gnu");
	assert_string_equal(program.path, file);

	look_at_elf64(EM_X86_64, NULL, &program);
	assert_true(program.is_elf);
	assert_true(program.is_static);
	look_at_elf64(EM_X86_64, "/lib/ld-musl-x86_64.so.1", &program);
	assert_true(program.is_musl);
	look_at_elf64(EM_S390, "/lib/ld64.so.1", &program);
	assert_true(program.is_elf);
	assert_null(program.abi);
}

static void elf_of_32_bits_is_seen(void **state)
{
	Elf32_Phdr segment = { .p_type = PT_INTERP };
	char loader[] = "/lib/ld-linux.so.2";
	Elf32_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32,
			     ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = EM_386,
		.e_phoff = sizeof(header),
		.e_phnum = 1,
	};
	char bytes[sizeof(header) + sizeof(segment) + sizeof(loader)];
	struct program program;

	(void)state;
	segment.p_offset = sizeof(header) + sizeof(segment);
	segment.p_filesz = sizeof(loader);
	memcpy(bytes, &header, sizeof(header));
	memcpy(bytes + sizeof(header), &segment, sizeof(segment));
	memcpy(bytes + segment.p_offset, loader, sizeof(loader));
	write_file(bytes, sizeof(bytes), 0755);
	look(getuid(), getgid(), &program);
	assert_true(program.is_elf);
	assert_false(program.is_static);
	assert_string_equal(program.abi->dirs[0], "lib/i386-linux-gnu");

	/* x86-64's machine with 32-bit addresses is x32. */
	header.e_machine = EM_X86_64;
	memcpy(bytes, &header, sizeof(header));
	write_file(bytes, sizeof(bytes), 0755);
	look(getuid(), getgid(), &program);
	assert_true(program.is_elf);
	assert_null(program.abi);
}

static void broken_elfs_are_survived(void **state)
{
	struct elf64 elf = an_elf64(EM_X86_64, "/lib64/ld-linux-x86-64.so.2");
	struct program program;
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(elf); len += 3) {
		write_file(&elf, len, 0755);
		look(getuid(), getgid(), &program);
	}
	elf.header.e_phoff = UINT64_MAX - 60;
	elf.header.e_phnum = UINT16_MAX;
	write_file(&elf, sizeof(elf), 0755);
	look(getuid(), getgid(), &program);
	assert_true(program.is_static);
	elf = an_elf64(EM_X86_64, "x");
	elf.segments[1].p_filesz = UINT64_MAX;
	write_file(&elf, sizeof(elf), 0755);
	look(getuid(), getgid(), &program);
	assert_true(program.is_static);
}

static void setuid_and_setgid_gain(void **state)
{
	struct elf64 elf = an_elf64(EM_X86_64, "/lib64/ld-linux-x86-64.so.2");
	struct program program;
	uid_t uid = getuid();
	gid_t gid = getgid();

	(void)state;
	write_file(&elf, sizeof(elf), 04755);
	look(uid + 1, gid, &program);
	assert_true(program.gains);
	look(uid, gid, &program);
	assert_false(program.gains);
	write_file(&elf, sizeof(elf), 02755);
	look(uid, gid + 1, &program);
	assert_true(program.gains);
	look(uid, gid, &program);
	assert_false(program.gains);
	write_file(&elf, sizeof(elf), 02745); /* mandatory locks, once */
	look(uid, gid + 1, &program);
	assert_false(program.gains);
}

static void scripts_are_their_interpreters(void **state)
{
	static const struct {
		const char *text;
		const char *interpreter;
	} cases[] = {
		{ "#!/bin/sh\n", "/bin/sh" },
		{ "#! /bin/sh -e\necho\n", "/bin/sh" },
		{ "#!\t/no/such\targ\n", "/no/such" },
		{ "#!/bin/sh", file }, /* the kernel wants an end */
		{ "#!\n", file },
		{ "#", file },
		{ "echo", file },
	};
	struct program program;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_file(cases[i].text, strlen(cases[i].text), 0755);
		look(getuid(), getgid(), &program);
		assert_string_equal(program.path, cases[i].interpreter);
	}
}

static void find_is_execvps(void **state)
{
	char search[200];
	char found[PATH_MAX];

	(void)state;
	write_file("", 0, 0755);
	assert_int_equal(program_find(file, "/nowhere", found), 0);
	assert_string_equal(found, file);
	snprintf(search, sizeof(search), "/nowhere::%s:/bin", directory);
	assert_int_equal(program_find("program", search, found), 0);
	assert_string_equal(found, file);
	assert_int_equal(program_find("sh", NULL, found), 0);
	assert_string_equal(found, "/bin/sh");

	assert_int_equal(program_find("program", "/bin", found), -ENOENT);
	assert_int_equal(program_find("", "/bin", found), -ENOENT);
	assert_int_equal(program_find("/bin", "", found), -EACCES);
	write_file("", 0, 0644);
	assert_int_equal(program_find("program", search, found), -EACCES);
	snprintf(search, sizeof(search), "%s:/bin", directory);
	assert_int_equal(program_find("program", search, found), -EACCES);
}

/* ---- what it says ---------------------------------------------------------- */

/* Runs build/guestd-run with @args, returns its status. */
static int run(const char *args, char *text, size_t len)
{
	char command[300];

	snprintf(command, sizeof(command), "exec build/guestd-run %s", args);
	return shell_run(command, text, len);
}

static void assert_run(const char *args, int status, const char *expected)
{
	char text[600];

	assert_int_equal(run(args, text, sizeof(text)), status);
	assert_string_equal(text, expected);
}

/* "guestd-run: PROGRAM: @why" */
static void assert_warns(int status, const char *why)
{
	char expected[300];

	snprintf(expected, sizeof(expected), "guestd-run: %s: %s\n", file, why);
	assert_run(file, status, expected);
}

static void program_is_run_as_it_is(void **state)
{
	(void)state;
	assert_run("sh -c 'echo \"$0\" \"$1\"; exit 9' -v --", 9, "-v --\n");
	assert_run("-- sh -c 'exit 0'", 0, "");
	assert_run("sh -c 'echo $GUESTD_SHIM_VERBOSE'", 0, "\n");
	assert_run("-v sh -c 'echo $GUESTD_SHIM_VERBOSE'", 0, "1\n");
}

static void library_is_appended(void **state)
{
	char expected[PATH_MAX + 64];
	char here[PATH_MAX];

	(void)state;
	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(expected, sizeof(expected),
		 "%s/build/${LIB}/libguestd-shim.so\n", here);
	unsetenv("LD_PRELOAD");
	assert_run("sh -c 'echo $LD_PRELOAD'", 0, expected);
	snprintf(expected, sizeof(expected),
		 "libc.so.6:%s/build/${LIB}/libguestd-shim.so\n", here);
	setenv("LD_PRELOAD", "libc.so.6", 1);
	assert_run("sh -c 'echo $LD_PRELOAD'", 0, expected);
	unsetenv("LD_PRELOAD");
}

static void second_library_is_appended_if_asked_for(void **state)
{
	char expected[2 * PATH_MAX + 128];
	char here[PATH_MAX];

	(void)state;
	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(expected, sizeof(expected),
		 "%s/build/${LIB}/libguestd-shim.so:"
		 "%s/build/${LIB}/libguestd-udev.so\n",
		 here, here);
	unsetenv("LD_PRELOAD");
	assert_run("-d sh -c 'echo $LD_PRELOAD'", 0, expected);
	assert_run("-vd -- sh -c 'echo $LD_PRELOAD'", 0, expected);
}

static void what_cannot_be_run_is_said(void **state)
{
	(void)state;
	assert_run("no-such-program", 127,
		   "guestd-run: no-such-program: No such file or directory\n");
	assert_run("/etc/passwd", 126,
		   "guestd-run: /etc/passwd: Permission denied\n");
	assert_run("", 125,
		   "guestd-run: no program is named (guestd-run -h)\n");
	write_file("#!/no/such/interpreter\n", 23, 0755);
	assert_warns(127, "No such file or directory");
}

static void interpreter_that_is_a_fifo_is_not_waited_for(void **state)
{
	struct program program;
	char script[100];
	char fifo[80];

	(void)state;
	snprintf(fifo, sizeof(fifo), "%s/fifo", directory);
	snprintf(script, sizeof(script), "#!%s\n", fifo);
	assert_int_equal(mkfifo(fifo, 0755), 0);
	write_file(script, strlen(script), 0755);
	look(getuid(), getgid(), &program);
	assert_string_equal(program.path, fifo);
	assert_false(program.is_elf);
	assert_warns(126, "Permission denied");
	unlink(fifo);
}

/* What follows is /bin/sh's, to which execvp(3) gives what the kernel cannot execute. */
static void assert_run_of_another_machine(void)
{
	char expected[600];
	char command[100];
	char text[600];

	snprintf(
		expected, sizeof(expected),
		"guestd-run: %s: there is no libguestd-shim.so for its kind of "
		"machine code\n"
		"guestd-run: %s: there is no libguestd-udev.so for its kind of "
		"machine code\n",
		file, file);
	snprintf(command, sizeof(command), "-d %s", file);
	run(command, text, sizeof(text));
	assert_int_equal(strncmp(text, expected, strlen(expected)), 0);
	*(strchr(expected, '\n') + 1) = 0;
	run(file, text, sizeof(text));
	assert_int_equal(strncmp(text, expected, strlen(expected)), 0);
	assert_null(strstr(text, "libguestd-udev"));
}

static void what_cannot_be_helped_is_said_and_run(void **state)
{
	struct elf64 elf = an_elf64(EM_X86_64, NULL);
	char script[100];

	(void)state;
#ifndef __x86_64__
	skip();
#endif
	write_file(&elf, sizeof(elf), 0755);
	assert_warns(7, "it is static, so no library can be preloaded");

	/* As the interpreter of a script. */
	snprintf(script, sizeof(script), "%s/other", directory);
	assert_int_equal(rename(file, script), 0);
	snprintf(script, sizeof(script), "#!%s/other\n", directory);
	write_file(script, strlen(script), 0755);
	snprintf(script, sizeof(script),
		 "guestd-run: %s/other: it is static, so no library can be "
		 "preloaded\n",
		 directory);
	assert_run(file, 7, script);
	snprintf(script, sizeof(script), "%s/other", directory);
	unlink(script);

	elf = an_elf64(EM_S390, "/lib/ld64.so.1");
	write_file(&elf, sizeof(elf), 0755);
	assert_run_of_another_machine();
}

static void help_is_there(void **state)
{
	char text[600];

	(void)state;
	assert_int_equal(run("-h", text, sizeof(text)), 0);
	assert_int_equal(strncmp(text, "usage: guestd-run [-dv]", 23), 0);
	assert_int_equal(run("-x sh", text, sizeof(text)), 125);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(file, sizeof(file), "%s/program", directory);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(file);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loader_of_an_elf_is_seen),
		cmocka_unit_test(elf_of_32_bits_is_seen),
		cmocka_unit_test(broken_elfs_are_survived),
		cmocka_unit_test(setuid_and_setgid_gain),
		cmocka_unit_test(scripts_are_their_interpreters),
		cmocka_unit_test(find_is_execvps),
		cmocka_unit_test(program_is_run_as_it_is),
		cmocka_unit_test(library_is_appended),
		cmocka_unit_test(second_library_is_appended_if_asked_for),
		cmocka_unit_test(what_cannot_be_run_is_said),
		cmocka_unit_test(interpreter_that_is_a_fifo_is_not_waited_for),
		cmocka_unit_test(what_cannot_be_helped_is_said_and_run),
		cmocka_unit_test(help_is_there),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
