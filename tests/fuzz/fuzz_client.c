// SPDX-License-Identifier: BSD-3-Clause
/*
 * Any bytes as a guest of hostd: commands, contents and cancels for the device
 * core, with a device that does what the input says.
 *
 * An input is a list of steps; the first byte of each is its kind:
 *
 *	COMMAND	u16 len, u16 aux_len, u32 capacity, bytes, aux block
 *	IOCTL	u8 session, u8 nr, u16 len, argument
 *	OTHER	u8 command, u8 session, u32 offset or number of a mapping
 *	DATA	u8 number of a mapping, u16 offset, u16 len, u8 generation
 *	CANCEL	u8 how many commands ago
 *	RUN	u8 rounds of the loop
 *	DEVICE	u8 type, u8 index, u16 used, u8 flags, u8 result
 *	OUTPUT	u8: contents have been sent, congested or not
 *	IO	u32 capacity, u16 len, an IO frame's section
 *	READ	u16 what the device reads or writes next; with 0x8000 an errno
 *	OBJECT	u8 what it is, u8 for how many commands ahead
 *
 * It runs twice: the loop takes the device's buffers, and the worker fetches them.
 * The worker and the opener are replaced by functions here: a job is done at
 * once, but its end comes with the loop, so an input that crashes does so again.
 *
 * What must hold: every command is answered once and within its capacity, lent
 * memory comes back once, nothing stays open or mapped, and no device sees a
 * descriptor that is no memory.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/log.h"
#include "common/wire.h"
#include "hostd/client.h"
#include "hostd/slices.h"
#include "hostd/worker.h"
#include "tests/fuzz_device.h"
#include "tests/fuzz_output.h"

enum step {
	STEP_COMMAND,
	STEP_IOCTL,
	STEP_OTHER,
	STEP_DATA,
	STEP_CANCEL,
	STEP_RUN,
	STEP_DEVICE,
	STEP_OUTPUT,
	STEP_IO,
	STEP_READ,
	STEP_OBJECT,
	STEP_COUNT,
};

#define BYTES_MAX 4096

static struct loop *the_loop;
static unsigned int workers_busy;
static struct client *client;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* ---- in place of the worker and the opener ------------------------------------ */

struct worker {
	const struct worker_ops *ops;
	void *owner;
	void *job;
	bool busy;
};

int worker_create(struct loop *loop, const struct worker_ops *ops, void *owner,
		  struct worker **out)
{
	struct worker *worker = calloc(1, sizeof(*worker));

	(void)loop;
	must(worker != NULL);
	worker->ops = ops;
	worker->owner = owner;
	*out = worker;
	return 0;
}

static void worker_end(void *data)
{
	struct worker *worker = data;

	worker->busy = false;
	workers_busy--;
	worker->ops->done(worker->owner, worker->job);
}

void worker_destroy(struct worker *worker)
{
	if (!worker)
		return;
	loop_undefer(the_loop, worker_end, worker);
	workers_busy -= worker->busy;
	free(worker);
}

int worker_submit(struct worker *worker, void *job)
{
	must(!worker->busy);
	worker->busy = true;
	workers_busy++;
	worker->job = job;
	worker->ops->run(worker->owner, job);
	must(loop_defer(the_loop, worker_end, worker) == 0);
	return 0;
}

bool worker_busy(const struct worker *worker)
{
	return worker->busy;
}

bool worker_any_busy(void)
{
	return workers_busy;
}

void worker_interrupt(struct worker *worker)
{
	must(worker->busy);
}

int opener_open(struct opener *opener, unsigned int device, int *fd)
{
	(void)opener;
	must(device == 0);
	*fd = -1;
	return 0;
}

/* Who holds memory cannot be told, so it counts until the end. */
struct reopener *opener_reopener(struct opener *opener)
{
	(void)opener;
	return NULL;
}

/* ---- input ------------------------------------------------------------------------- */

/* A block of its exact size, which AddressSanitizer guards. */
static uint8_t *take(struct wire_reader *input, size_t *len)
{
	uint8_t *bytes;

	if (*len > input->left)
		*len = input->left;
	if (*len > BYTES_MAX)
		*len = BYTES_MAX;
	bytes = malloc(*len ? *len : 1);
	must(bytes != NULL);
	wire_get_bytes(input, bytes, *len);
	return bytes;
}

static void command(const void *bytes, size_t len, const void *aux,
		    size_t aux_len, uint32_t capacity)
{
	const struct client_request request = {
		.tag = fuzz_output_ask(capacity, false),
		.bytes = bytes,
		.len = len,
		.aux = aux,
		.aux_len = aux_len,
		.capacity = capacity,
		.nonblock = capacity & 1,
	};

	if (request.tag)
		client_command(client, &request);
}

static void step_command(struct wire_reader *input)
{
	size_t len = wire_get_u16(input);
	size_t aux_len = wire_get_u16(input);
	uint32_t capacity = wire_get_u32(input);
	uint8_t *bytes = take(input, &len);
	uint8_t *aux = take(input, &aux_len);

	command(bytes, len, aux_len ? aux : NULL, aux_len, capacity);
	free(bytes);
	free(aux);
}

static void step_ioctl(struct wire_reader *input)
{
	struct virtio_media_cmd_ioctl head = { .cmd = VIRTIO_MEDIA_CMD_IOCTL };
	uint8_t *bytes;
	uint8_t *arg;
	size_t len;

	head.session_id = wire_get_u8(input);
	head.code = wire_get_u8(input);
	len = wire_get_u16(input);
	arg = take(input, &len);
	bytes = malloc(sizeof(head) + len);
	must(bytes != NULL);
	memcpy(bytes, &head, sizeof(head));
	memcpy(bytes + sizeof(head), arg, len);
	command(bytes, sizeof(head) + len, NULL, 0, VMS_MAX_CTRL);
	free(bytes);
	free(arg);
}

static void step_io(struct wire_reader *input)
{
	uint32_t capacity = wire_get_u32(input);
	size_t len = wire_get_u16(input);
	uint8_t *bytes = take(input, &len);
	uint32_t tag = fuzz_output_ask(capacity, true);

	if (tag)
		client_io(client, tag, bytes, len, capacity);
	free(bytes);
}

static void step_read(struct wire_reader *input)
{
	int what = wire_get_u16(input);

	fuzz_device_readable(what & 0x8000 ? -(what & 0xfff) - 1 : what);
}

/* Memory; of another kind than is said, too short, not sealed; none */
static int an_object(unsigned int what)
{
	int fd;

	if (what == 3)
		return eventfd(0, EFD_CLOEXEC);
	fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	must(fd >= 0);
	must(ftruncate(fd, what == 1 ? 1 : BYTES_MAX) == 0);
	if (what != 2)
		must(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0);
	return fd;
}

static void step_object(struct wire_reader *input)
{
	unsigned int what = wire_get_u8(input);
	uint32_t tag = fuzz_output_asked() + 1 + wire_get_u8(input) % 8;
	enum vms_obj_kind kind = what & 0x80 ? VMS_OBJ_DMABUF : VMS_OBJ_MEMFD;
	int fd = an_object(what & 3);

	must(fd >= 0);
	if (client_object(client, tag, fd, kind))
		close(fd);
}

static void step_other(struct wire_reader *input)
{
	uint8_t bytes[24];
	struct wire_writer writer;
	uint32_t cmd = wire_get_u8(input) % 6;
	uint32_t session = wire_get_u8(input);
	uint32_t offset = wire_get_u32(input);

	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_u32(&writer, cmd);
	wire_put_u32(&writer, 0);
	if (cmd == VIRTIO_MEDIA_CMD_MUNMAP) {
		wire_put_u64(&writer, fuzz_output_mapping(offset));
	} else {
		wire_put_u32(&writer, session);
		wire_put_u32(&writer, 0);
		wire_put_u32(&writer, offset);
	}
	command(bytes, writer.len, NULL, 0, 64);
}

static void step_data(struct wire_reader *input)
{
	uint64_t addr = fuzz_output_mapping(wire_get_u8(input));
	uint32_t offset = wire_get_u16(input);
	size_t len = wire_get_u16(input);
	uint32_t generation = wire_get_u8(input);
	void *bytes;

	if (!len)
		return;
	bytes = client_data_begin(client, addr + offset, len, generation);
	if (bytes)
		memset(bytes, 0x5a, len);
}

static void step_device(struct wire_reader *input)
{
	uint32_t type = wire_get_u8(input);
	uint32_t index = wire_get_u8(input);
	uint32_t used = wire_get_u16(input);
	uint32_t flags = (uint32_t)wire_get_u8(input) << 16 |
			 (type & 0x80 ? V4L2_BUF_FLAG_ERROR : 0);

	fuzz_device_finish(type & 0x0f, index, used, flags);
	fuzz_device_answer(-(int)wire_get_u8(input));
	fuzz_device_event();
}

static void step_output(struct wire_reader *input)
{
	uint8_t what = wire_get_u8(input);
	bool congested = what & 2;

	if (what & 1)
		fuzz_output_sent(what / 4);
	fuzz_output_congest(congested);
	if (!congested)
		client_drained(client);
}

static void run(unsigned int rounds)
{
	while (rounds--)
		must(loop_run_once(the_loop, 0) >= 0);
}

static void step(struct wire_reader *input)
{
	uint8_t back;

	switch ((enum step)(wire_get_u8(input) % STEP_COUNT)) {
	case STEP_COMMAND:
		step_command(input);
		break;
	case STEP_IOCTL:
		step_ioctl(input);
		break;
	case STEP_OTHER:
		step_other(input);
		break;
	case STEP_DATA:
		step_data(input);
		break;
	case STEP_CANCEL:
		back = wire_get_u8(input);
		client_cancel(client, fuzz_output_asked() - back);
		break;
	case STEP_RUN:
		run(wire_get_u8(input) % 8 + 1u);
		break;
	case STEP_DEVICE:
		step_device(input);
		break;
	case STEP_OUTPUT:
		step_output(input);
		break;
	case STEP_IO:
		step_io(input);
		break;
	case STEP_READ:
		step_read(input);
		break;
	case STEP_OBJECT:
		step_object(input);
		break;
	case STEP_COUNT:
		break;
	}
}

/* A session answers one command in two rounds at most. */
static void finish(void)
{
	run(2 * fuzz_output_asked() + 8);
	fuzz_output_check_answers();
	client_destroy(client);
	fuzz_output_check_lent();
	loop_destroy(the_loop);
	fuzz_device_check();
}

static void no_log(enum log_level level, const char *line)
{
	(void)level;
	(void)line;
}

/* @slices: memory that the guest has, too; NULL: it may get that of the device */
static void replay(struct device *device, const uint8_t *data, size_t size,
		   struct slices *slices)
{
	struct v4l2_capability capability;
	struct wire_reader input;
	struct grant grant;
	uint64_t features;
	int lowest = dup(STDERR_FILENO);

	must(lowest >= 0);
	close(lowest);
	fuzz_device_reset();
	fuzz_output_reset();
	must(loop_create(&the_loop) == 0);
	grant_default(&grant);
	must(client_create(the_loop, device, 0, NULL, &grant, &fuzz_output_ops,
			   NULL, &client) == 0);
	must(client_probe(client, &capability, &features) == 0);
	if (slices)
		features = (VMS_FEATURES & ~VMS_FEATURE_SHM_FD) |
			   VMS_FEATURE_SHMEM;
	else
		features = VMS_FEATURES;
	must(client_set_features(client, features, slices) == 0);
	wire_reader_init(&input, data, size);
	while (input.left && !input.failed)
		step(&input);
	finish();
	must(dup(STDERR_FILENO) == lowest);
	close(lowest);
}

/* Too few for all buffers that an input may make */
static struct slices *make_slices(void)
{
	int fd = memfd_create("shmem", MFD_CLOEXEC);
	struct slices *slices;
	char path[64];

	must(fd >= 0 && !ftruncate(fd, (off_t)SHMEM_LEN_MIN));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	must(!slices_create(shmem_open(path), &slices));
	close(fd);
	slices->len = SHMEM_LEN_MIN;
	return slices;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct device_ops slow_ops = fuzz_device_ops;
	struct device fast = { .ops = &fuzz_device_ops, .name = "fuzz" };
	struct device slow = { .ops = &slow_ops, .name = "fuzz" };
	struct slices *slices;

	log_set_sink(no_log);
	slow_ops.collect_sleeps = true;
	replay(&fast, data, size, NULL);
	replay(&slow, data, size, NULL);
	slices = make_slices();
	replay(&fast, data, size, slices);
	must(LIST_EMPTY(&slices->all));
	slices_destroy(slices);
	return 0;
}
