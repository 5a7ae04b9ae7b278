// SPDX-License-Identifier: BSD-3-Clause
/*
 * Any bytes as the host of guestd's node, and as the programs that have it open:
 * calls, signals, answers that were changed or come in another order, events.
 *
 * An input is the kind of node, 0 to 6, plus 7 if memory is copied later, plus 14
 * if one part of it cannot be, plus 28 if files are of profile stream whatever the
 * node is; and a list of steps, whose first byte is its kind:
 *
 *	OPEN, CLOSE	u8 file
 *	IOCTL	u8 file, u8 nr, u8 len, argument; pointers lead to zeroes
 *	READ, WRITE	u8 file, u16 len; from 0x8000 on with O_NONBLOCK
 *	POLL	u8 file, u16 events
 *	SIGNAL	u8 call
 *	CALLER	u8 how the oldest question about a caller is answered
 *	ANSWER	u8 which question, u8 errno, u16 offset, u8 what is added there
 *	EVENT	u8 kind, u8 session, u16 len, bytes of its body
 *	DATA	u8 mapping, u16 len, u8 generation
 *	CLOCK	u32 host's time after the question's, u32 until it answered
 *	TIME	u16 milliseconds
 *	OBJ	u8 what comes, u8 offset, u8 what is added there: memory for the
 *		next answer to MMAP
 *
 * Who looks at callers is replaced by functions here, and time stands still but
 * for TIME.  What must hold: every call is answered once, at the latest when the
 * connection ends, and guestd touches nothing that is gone.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/log.h"
#include "common/wire.h"
#include "guestd/import.h"
#include "tests/fake_front.h"
#include "tests/fuzz_host.h"

#define FILES   3
#define CALLS   24
#define CALLERS 32
#define IO_MAX  2048u

enum step {
	STEP_OPEN,
	STEP_CLOSE,
	STEP_IOCTL,
	STEP_READ,
	STEP_WRITE,
	STEP_POLL,
	STEP_SIGNAL,
	STEP_CALLER,
	STEP_ANSWER,
	STEP_EVENT,
	STEP_DATA,
	STEP_CLOCK,
	STEP_TIME,
	STEP_OBJ,
	STEP_COUNT,
};

struct call {
	struct front_call front;
	struct front_file *file; /* NULL: there is none */
	uint8_t arg[IOCTL_ARG_MAX];
	uint8_t bytes[IO_MAX];
};

static const uint32_t nodes[] = {
	V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING | V4L2_CAP_READWRITE,
	V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_STREAMING | V4L2_CAP_READWRITE,
	V4L2_CAP_VIDEO_M2M_MPLANE | V4L2_CAP_STREAMING,
	V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_STREAMING | V4L2_CAP_READWRITE,
	V4L2_CAP_RADIO | V4L2_CAP_TUNER | V4L2_CAP_RDS_CAPTURE |
		V4L2_CAP_READWRITE,
	V4L2_CAP_VBI_CAPTURE | V4L2_CAP_SLICED_VBI_CAPTURE |
		V4L2_CAP_STREAMING | V4L2_CAP_READWRITE,
	V4L2_CAP_META_OUTPUT | V4L2_CAP_STREAMING,
};
#define NODES (sizeof(nodes) / sizeof(nodes[0]))

static struct front front;
static uint64_t now;
static struct front_file files[FILES];
static struct call calls[CALLS];
static struct caller_question *callers[CALLERS];
static struct v4l2_ext_control controls[8];
static struct v4l2_plane planes[VIDEO_MAX_PLANES];
static uint8_t there[512];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* ---- in place of guestd/caller.c ----------------------------------------- */

static void caller_asked(struct caller_question *question,
			 void (*answer)(void *data, int result), void *data)
{
	unsigned int i = 0;

	while (callers[i])
		must(++i < CALLERS);
	question->answer = answer;
	question->data = data;
	callers[i] = question;
}

void caller_stop(struct caller_question *question)
{
	unsigned int i;

	for (i = 0; i < CALLERS; i++)
		if (callers[i] == question)
			callers[i] = NULL;
}

void caller_nonblock(struct caller_question *question, struct loop *loop,
		     struct memory *memory, const struct memory_caller *caller,
		     int fallback, void (*answer)(void *data, int result),
		     void *data)
{
	(void)loop, (void)memory, (void)caller, (void)fallback;
	question->attempt = 1;
	caller_asked(question, answer, data);
}

void caller_signals(struct caller_question *question, struct loop *loop,
		    struct memory *memory, const struct memory_caller *caller,
		    void (*answer)(void *data, int result), void *data)
{
	(void)loop, (void)memory, (void)caller;
	question->attempt = 0;
	caller_stop(question);
	caller_asked(question, answer, data);
}

/* ---- in place of guestd/import.c ----------------------------------------- */

void import_queue(struct request *request,
		  void (*step)(struct request *request))
{
	unsigned int i;

	request->result = 0;
	for (i = 0; i < request->buffer->plane_count; i++) {
		int fd = memfd_create("fuzz", MFD_CLOEXEC);

		must(fd >= 0);
		must(plane_set_add(&request->planes, fd, VMS_OBJ_MEMFD,
				   &front.device->imported, IMPORT_MAX) == 0);
		queue_give(request->buffer, i, (unsigned int)fd, 4096);
	}
	if (request->payload.arg.buffer.flags & V4L2_BUF_FLAG_KEYFRAME) {
		queue_refuse_import(request->buffer,
				    &request->payload.arg.buffer);
		request->result = -EINVAL;
	}
	step(request);
}

static void answer_caller(unsigned int i, int result)
{
	struct caller_question *question = callers[i];

	/* A signal is looked for again and again. */
	if (question->attempt)
		callers[i] = NULL;
	question->answer(question->data, result);
}

static void step_caller(int result)
{
	unsigned int i = 0;

	while (i < CALLERS && !callers[i])
		i++;
	if (i < CALLERS)
		answer_caller(i, result);
}

static void run(unsigned int rounds)
{
	while (rounds--) {
		must(loop_run_once(front.loop, 0) >= 0);
		fuzz_host_take();
	}
}

/* ---- programs ----------------------------------------------------------------- */

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

static void step_open(struct front_file *file)
{
	struct call *call =
		file->session || in_use(file) ? NULL : new_call(file);

	if (call)
		front_begin_open(&front, &call->front, file, O_RDWR);
}

static void step_close(struct front_file *file)
{
	struct call *call = in_use(file) ? NULL : call_of(file);

	if (call)
		front_begin_close(&call->front, file);
}

static void point(const struct ioctl_desc *desc, void *bytes)
{
	union payload_arg *arg = bytes;
	unsigned int i;

	switch (desc->nested) {
	case IOCTL_NESTED_PLANES:
		if (V4L2_TYPE_IS_MULTIPLANAR(arg->buffer.type))
			arg->buffer.m.planes = planes;
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

static void step_ioctl(struct wire_reader *input, struct front_file *file)
{
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

static void step_bytes(struct wire_reader *input, struct front_file *file,
		       bool write)
{
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

static void step_poll(struct wire_reader *input, struct front_file *file)
{
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

/* ---- the whole ------------------------------------------------------------------ */

static void step(struct wire_reader *input)
{
	unsigned int kind = wire_get_u8(input) % STEP_COUNT;
	struct call *call;

	switch ((enum step)kind) {
	case STEP_OPEN:
		step_open(a_file(input));
		break;
	case STEP_CLOSE:
		step_close(a_file(input));
		break;
	case STEP_IOCTL:
		step_ioctl(input, a_file(input));
		break;
	case STEP_READ:
	case STEP_WRITE:
		step_bytes(input, a_file(input), kind == STEP_WRITE);
		break;
	case STEP_POLL:
		step_poll(input, a_file(input));
		break;
	case STEP_SIGNAL:
		call = &calls[wire_get_u8(input) % CALLS];
		if (call->file)
			front_interrupt(&call->front);
		break;
	case STEP_CALLER:
		step_caller(wire_get_u8(input) % 3);
		break;
	case STEP_ANSWER:
		fuzz_host_answer(input);
		break;
	case STEP_EVENT:
		fuzz_host_event(input);
		break;
	case STEP_DATA:
		fuzz_host_data(input);
		break;
	case STEP_CLOCK:
		fuzz_host_clock(input);
		break;
	case STEP_TIME:
		now += wire_get_u16(input) * LOOP_MS;
		break;
	case STEP_OBJ:
		fuzz_host_obj(input);
		return;
	case STEP_COUNT:
		break;
	}
	run(3);
}

static uint64_t the_time(void *data)
{
	(void)data;
	return now;
}

static void stand_still(void *data, uint64_t deadline)
{
	(void)data;
	(void)deadline;
}

static void is_up(void *owner, const struct vms_hello_ack *ack)
{
	(void)owner;
	(void)ack;
}

static void is_over(void *owner, const char *why)
{
	(void)owner;
	(void)why;
}

static void begin(unsigned int kind)
{
	static const struct loop_clock simulated = {
		.now = the_time,
		.advance = stand_still,
	};
	static const struct guest_device_ops ops = { is_up, is_over };
	static const struct guest_device_config config = {
		.link.address.kind = TRANSPORT_FD,
		.link.import = true,
	};

	memset(files, 0, sizeof(files));
	memset(calls, 0, sizeof(calls));
	memset(callers, 0, sizeof(callers));
	memset(controls, 0, sizeof(controls));
	memset(&front, 0, sizeof(front));
	now = 1000 * LOOP_MS;
	front.memory = kind / NODES & 1 ? FRONT_LATER : FRONT_NOW;
	front.fault = kind / NODES & 2 ? (uintptr_t)there : 0;
	front.choice =
		kind / NODES & 4 ? PROFILE_CHOICE_STREAM : PROFILE_CHOICE_AUTO;
	must(loop_create(&front.loop) == 0);
	loop_set_clock(front.loop, &simulated);
	must(guest_device_attach(front.loop,
				 fuzz_host_begin(nodes[kind % NODES]), NULL,
				 &config, &ops, NULL, &front.device) == 0);
	run(6);
	must(front.device->ready);
}

/* The host goes, and then the programs do. */
static void finish(void)
{
	unsigned int i;

	fuzz_host_end();
	for (i = 0; i < CALLERS; i++)
		if (callers[i] && callers[i]->attempt)
			answer_caller(i, 0);
	for (i = 0; i < 8; i++)
		must(loop_run_once(front.loop, 0) >= 0);
	for (i = 0; i < CALLS; i++)
		must(!calls[i].file || front_done(&calls[i].front));
	for (i = 0; i < FILES; i++)
		step_close(&files[i]);
	for (i = 0; i < FILES; i++)
		must(!files[i].session && !in_use(&files[i]));
	must(!front.device->members && !front.device->window.count);
	must(!front.device->imported);
	guest_device_destroy(front.device);
	loop_destroy(front.loop);
}

static void no_log(enum log_level level, const char *line)
{
	(void)level;
	(void)line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_reader input;

	log_set_sink(no_log);
	wire_reader_init(&input, data, size);
	begin(wire_get_u8(&input));
	while (input.left && !input.failed)
		step(&input);
	finish();
	return 0;
}
