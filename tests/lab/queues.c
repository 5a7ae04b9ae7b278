// SPDX-License-Identifier: BSD-3-Clause
/*
 * queues NODE: the queues of any node, buffer by buffer, as vb2 has them.
 *
 * One line per fact, to be compared with those of another node.  Nothing depends
 * on how fast frames come; buffers are an application's memory (USERPTR).
 */
#include <stdio.h>

#include "tests/lab/queues_parts/tests.h"
#include "tests/lab/shared/facts.h"

/* clang-format off */
static const struct facts_test tests[] = {
	{ "no buffers",		test_no_buffers },
	{ "another has them",	test_other_has_buffers },
	{ "another reads",	test_other_reads },
	{ "states",		test_states },
	{ "values",		test_values },
	{ "memory",		test_memory },
	{ "CREATE_BUFS",	test_create },
	{ "two planes",		test_planes },
	{ "waits",		test_waits },
	{ "file I/O",		test_file_io },
	{ "types",		test_types },
	{ "file I/O, sliced",	test_file_io_types },
	{ "codec",		test_codec },
	{ "codec, poll",	test_codec_polls },
	{ "codec, end",		test_codec_end },
	{ "codec, two files",	test_codec_files },
};
/* clang-format on */

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: queues NODE\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	return facts_run(tests, sizeof(tests) / sizeof(tests[0]), argv[1]);
}
