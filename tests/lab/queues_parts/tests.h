/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tests of queues.c: each prints facts of a node that it opens itself.
 */
#ifndef TESTS_LAB_QUEUES_PARTS_TESTS_H
#define TESTS_LAB_QUEUES_PARTS_TESTS_H

/* owners.c: whose the buffers are */
void test_no_buffers(const char *path);
void test_other_has_buffers(const char *path);
void test_other_reads(const char *path);

/* states.c: a buffer's way, and what may be said of it */
void test_states(const char *path);
void test_values(const char *path);
void test_memory(const char *path);
void test_create(const char *path);
void test_planes(const char *path);

/* mapping.c: mmap(), of mapped buffers only */
void test_mapping_arguments(const char *path);
void test_mapping_calls(const char *path);
void test_mapping_old(const char *path);
void test_mapping_streams(const char *path);

/* export.c: dma-bufs of mapped buffers */
void test_export_arguments(const char *path);
void test_export_memory(const char *path);

/* walk.c: all of that, in any order */
void test_walk(const char *path);

/* waits.c: who waits in DQBUF */
void test_waits(const char *path);

/* files.c: read() and write(), and queues of two types */
void test_file_io(const char *path);
void test_file_io_types(const char *path);
void test_types(const char *path);

/* codec.c: two queues in each file */
void test_codec(const char *path);
void test_codec_polls(const char *path);
void test_codec_end(const char *path);
void test_codec_files(const char *path);

#endif
