// SPDX-License-Identifier: BSD-3-Clause
/*
 * queues NODE [mmap]: the queues of any node, buffer by buffer, as vb2 has them.
 *
 * One line per fact, to be compared with those of another node.  Nothing depends
 * on how fast frames come; buffers are an application's memory (USERPTR), or mapped.
 */
#include <stdio.h>
#include <string.h>

#include "tests/lab/queues_parts/lab_queue.h"
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
	{ "mapping",		test_mapping_arguments },
	{ "a mapping",		test_mapping_calls },
	{ "old mappings",	test_mapping_old },
	{ "mapping, streaming",	test_mapping_streams },
	{ "export",		test_export_arguments },
	{ "export, memory",	test_export_memory },
	{ "walk",		test_walk },
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
	if (argc != 2 && (argc != 3 || strcmp(argv[2], "mmap") != 0)) {
		fprintf(stderr, "usage: queues NODE [mmap]\n");
		return 2;
	}
	if (argc == 3)
		lab_memory = V4L2_MEMORY_MMAP;
	setvbuf(stdout, NULL, _IOLBF, 0);
	return facts_run(tests, sizeof(tests) / sizeof(tests[0]), argv[1]);
}
