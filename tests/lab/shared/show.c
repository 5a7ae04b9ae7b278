// SPDX-License-Identifier: BSD-3-Clause
/*
 * ioctl(2), and all that came back of it as a fact.
 */
#include "tests/lab/shared/show.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/process.h"

/* Where nothing is, whatever is loaded. */
#define SHOW_ADDRESS 0x10000000ul
#define SHOW_TEXT    (1u << 16)

static unsigned long used;

void *show_memory(size_t len)
{
	void *at = (void *)(SHOW_ADDRESS + used);
	void *got;

	got = mmap(at, len, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (got != at)
		fatal("mmap");
	used += (len + 0x1ffff) & ~0xfffful; /* and a hole behind it */
	return at;
}

void show_fill(void *bytes, size_t len)
{
	memset(bytes, 0xa5, len);
}

/* A word, or how many of it: "a5a5a5a5*12" */
static size_t put_word(char *text, uint32_t word, size_t count)
{
	if (count > 1)
		return (size_t)sprintf(text, " %x*%zu", word, count);
	return (size_t)sprintf(text, " %x", word);
}

static const char *in_words(const void *bytes, size_t len)
{
	static char text[SHOW_TEXT];
	uint32_t words[SHOW_TEXT / 16] = { 0 };
	size_t count = (len + 3) / 4;
	size_t at = 0;
	size_t same;
	size_t i;

	if (count > sizeof(words) / sizeof(words[0]))
		fatal("show: too long");
	memcpy(words, bytes, len);
	text[0] = '\0';
	for (i = 0; i < count; i += same) {
		for (same = 1; i + same < count && words[i + same] == words[i];)
			same++;
		at += put_word(text + at, words[i], same);
	}
	return text;
}

void show_bytes(const char *what, const void *bytes, size_t len)
{
	fact(what, in_words(bytes, len));
}

int show_call(const char *what, int fd, unsigned long cmd, void *arg)
{
	static char text[SHOW_TEXT + 32];
	int ret;

	errno = 0;
	ret = ioctl(fd, cmd, arg);
	snprintf(text, sizeof(text), "%s%s", result_name(ret),
		 in_words(arg, _IOC_SIZE(cmd)));
	fact(what, text);
	return ret;
}

int show_call_of(const char *what, unsigned int number, int fd,
		 unsigned long cmd, void *arg)
{
	char text[64];

	snprintf(text, sizeof(text), "%s %x", what, number);
	return show_call(text, fd, cmd, arg);
}
