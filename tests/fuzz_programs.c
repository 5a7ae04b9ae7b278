// SPDX-License-Identifier: BSD-3-Clause
/*
 * Programs that have a node open, for fuzzers.
 */
#include "tests/fuzz_programs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define FILES  3
#define CALLS  24
#define IO_MAX 2048u

struct call {
	struct front_call front;
	struct front_file *file; /* NULL: there is none */
	uint8_t arg[IOCTL_ARG_MAX];
	uint8_t bytes[IO_MAX];
};

static struct front *front;
static struct front_file files[FILES];
static struct call calls[CALLS];
static struct v4l2_ext_control controls[8];
static struct v4l2_plane planes[VIDEO_MAX_PLANES];
static uint8_t there[512];
static uint8_t frames[2 * 4096]; /* USERPTR buffers, one for all */

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* ---- calls ------------------------------------------------------------------------ */

static struct front_file *a_file(struct wire_reader *input)
{
	return &files[wire_get_u8(input) % FILES];
}

static bool in_use(const struct front_file *file)
{
	unsigned int i;

	for (i = 0; i < CALLS; i++)
		if (calls[i].file == file && !front_done(&calls[i].front))
			return true;
	return false;
}

static struct call *new_call(struct front_file *file)
{
	unsigned int i;

	for (i = 0; i < CALLS; i++)
		if (!calls[i].file || front_done(&calls[i].front))
			break;
	if (i == CALLS)
		return NULL;
	calls[i].file = file;
	return &calls[i];
}

/* Of a file that is open; NULL if it is not */
static struct call *call_of(struct front_file *file)
{
	return file->session ? new_call(file) : NULL;
}

void fuzz_programs_open(struct wire_reader *input)
{
	struct front_file *file = a_file(input);
	struct call *call =
		file->session || in_use(file) ? NULL : new_call(file);

	if (call)
		front_begin_open(front, &call->front, file, O_RDWR);
}

static void close_file(struct front_file *file)
{
	struct call *call = in_use(file) ? NULL : call_of(file);

	if (call)
		front_begin_close(&call->front, file);
}

void fuzz_programs_close(struct wire_reader *input)
{
	close_file(a_file(input));
}

/* ---- what pointers lead to ----------------------------------------------------------- */

static void point_buffer(struct v4l2_buffer *buffer)
{
	bool user = buffer->memory == V4L2_MEMORY_USERPTR;
	unsigned int i;

	if (V4L2_TYPE_IS_MULTIPLANAR(buffer->type)) {
		for (i = 0; i < VIDEO_MAX_PLANES && user; i++) {
			planes[i].m.userptr = (uintptr_t)frames;
			planes[i].length = sizeof(frames);
		}
		buffer->m.planes = planes;
	} else if (user) {
		buffer->m.userptr = (uintptr_t)frames;
		if (buffer->length > sizeof(frames))
			buffer->length = sizeof(frames);
	}
}

static void point(const struct ioctl_desc *desc, void *bytes)
{
	union payload_arg *arg = bytes;
	unsigned int i;

	switch (desc->nested) {
	case IOCTL_NESTED_PLANES:
		point_buffer(&arg->buffer);
		break;
	case IOCTL_NESTED_CONTROLS:
		arg->controls.count %= 9;
		arg->controls.controls = controls;
		for (i = 0; i < 8; i++) {
			controls[i].id += i * 77;
			controls[i].size = controls[i].id % 200;
			controls[i].ptr = there;
		}
		break;
	case IOCTL_NESTED_EDID:
		arg->edid.blocks %= 3;
		arg->edid.edid = there;
		break;
	case IOCTL_NESTED_NONE:
	case IOCTL_NESTED_WINDOW:
	case IOCTL_NESTED_FBUF:
		break;
	}
}

/* ---- steps -------------------------------------------------------------------------- */

void fuzz_programs_ioctl(struct wire_reader *input)
{
	struct front_file *file = a_file(input);
	const struct ioctl_desc *desc =
		ioctl_lookup_nr(wire_get_u8(input) % IOCTL_NR_MAX);
	size_t len = wire_get_u8(input);
	uint8_t bytes[256] = { 0 };
	struct call *call;

	wire_get_bytes(input, bytes, len < input->left ? len : input->left);
	call = desc ? call_of(file) : NULL;
	if (!call)
		return;
	memset(call->arg, 0, sizeof(call->arg));
	memcpy(call->arg, bytes, len);
	point(desc, call->arg);
	front_begin_ioctl(&call->front, file, desc->cmd, call->arg);
}

static void move_bytes(struct wire_reader *input, bool write)
{
	struct front_file *file = a_file(input);
	uint32_t what = wire_get_u16(input);
	int flags = what & 0x8000 ? O_NONBLOCK : 0;
	size_t len = what % IO_MAX + 1u;
	struct call *call = call_of(file);

	if (!call)
		return;
	if (write)
		front_begin_write(&call->front, file, call->bytes, len, flags);
	else
		front_begin_read(&call->front, file, call->bytes, len, flags);
}

void fuzz_programs_read(struct wire_reader *input)
{
	move_bytes(input, false);
}

void fuzz_programs_write(struct wire_reader *input)
{
	move_bytes(input, true);
}

void fuzz_programs_poll(struct wire_reader *input)
{
	struct front_file *file = a_file(input);
	uint32_t asked = wire_get_u16(input);
	struct call *call;

	if (!file->session)
		return;
	if (!session_poll_asks(file->session, asked)) {
		session_poll(file->session, asked);
		return;
	}
	call = call_of(file);
	if (call)
		front_begin_poll(&call->front, file, asked);
}

void fuzz_programs_signal(struct wire_reader *input)
{
	struct call *call = &calls[wire_get_u8(input) % CALLS];

	if (call->file)
		front_interrupt(&call->front);
}

/* ---- the whole ----------------------------------------------------------------------- */

void fuzz_programs_begin(struct front *node)
{
	front = node;
	memset(files, 0, sizeof(files));
	memset(calls, 0, sizeof(calls));
	memset(controls, 0, sizeof(controls));
}

void fuzz_programs_end(void)
{
	unsigned int i;

	for (i = 0; i < CALLS; i++)
		must(!calls[i].file || front_done(&calls[i].front));
	for (i = 0; i < FILES; i++)
		close_file(&files[i]);
	for (i = 0; i < FILES; i++)
		must(!files[i].session && !in_use(&files[i]));
}

uintptr_t fuzz_programs_memory(void)
{
	return (uintptr_t)there;
}

uintptr_t fuzz_programs_frames(void)
{
	return (uintptr_t)frames;
}
