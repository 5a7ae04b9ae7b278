// SPDX-License-Identifier: BSD-3-Clause
/*
 * How a connection begins, as a hostile peer likes it: HELLO to hostd, and to guestd
 * what answers it, which is HELLO_ACK, the list of devices or GOAWAY.
 *
 * The first byte of an input says who is attacked, and what for (enum side); then
 * come steps, whose first byte is its kind:
 *
 *	GREETING  u8 devices behind an ACK, u16 offset, u8 what is added there
 *	GOAWAY	  u8 reason, u32 error
 *	FRAME	  u8 type, u16 flags, u16 slen, u16 len, bytes
 *	RAW	  u16 len, bytes, which need not be a frame
 *	FD	  the next step brings a descriptor: u8 what it is
 *	TIME	  u16 milliseconds
 *
 * What must hold: it is told once how it ended, and in the log in lines of
 * plain text, whatever the peer calls its devices and itself; and all is closed.  Once a
 * connection is established its first bytes are over: that is for other fuzzers.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "common/log.h"
#include "common/rights.h"
#include "common/wire.h"
#include "guestd/hostlink.h"
#include "hostd/guest_state.h"
#include "hostd/opener.h"
#include "hostd/slices.h"
#include "tests/fuzz_device.h"
#include "tests/host_peer.h"
#include "tests/simulated.h"

#define BYTES_MAX   4096
#define DEVICES_MAX 4
#define MARK        0x0123456789abcdefull

/* Bits of the first byte */
enum side {
	SIDE_GUESTD = 1, /* else hostd */
	SIDE_LIST = 2,   /* guestd asks what there is */
	SIDE_FEW = 4,    /* no descriptors, or hostd shares nothing */
	SIDE_SHMEM = 8,  /* both have memory that is the same */
};

enum step {
	STEP_GREETING,
	STEP_GOAWAY,
	STEP_FRAME,
	STEP_RAW,
	STEP_FD,
	STEP_TIME,
	STEP_COUNT,
};

static struct loop *the_loop;
static uint64_t now;
static uint8_t side;
static struct guest_peer peer;
static struct slices *slices; /* NULL: there are none */
static int attached;          /* -1: nothing */
static unsigned int ended;
static bool up;

static struct device devices[] = {
	{ .ops = &fuzz_device_ops, .name = "cam" },
	{ .ops = &fuzz_device_ops, .name = "second" },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* One line, with nothing in it that a terminal obeys; UTF-8 may be in it */
static void must_be_plain(const char *text)
{
	must(*text);
	for (; *text; text++)
		must((uint8_t)*text >= ' ' && *text != 0x7f);
}

static void sink(enum log_level level, const char *line)
{
	(void)level;
	must_be_plain(line);
}

/* In place of the opener: the device needs none. */
int opener_open(struct opener *opener, unsigned int device, int *fd)
{
	(void)opener;
	must(device < sizeof(devices) / sizeof(devices[0]));
	*fd = -1;
	return 0;
}

struct reopener *opener_reopener(struct opener *opener)
{
	(void)opener;
	return NULL;
}

/* ---- guestd ------------------------------------------------------------------------ */

static void link_ready(void *owner, const struct vms_hello_ack *ack)
{
	(void)owner;
	must(!ended && !up && !ack->status);
	up = true;
}

static void link_refused(void *owner, int error, bool answered, const char *why)
{
	(void)owner;
	(void)answered;
	must(!ended && error < 0 && *why);
	ended++;
}

static void link_lost(void *owner, int error)
{
	(void)owner;
	must(!ended && up && error <= 0);
	ended++;
}

static void link_listing(void *owner, const struct vms_list_entry *entries,
			 unsigned int count)
{
	unsigned int i;

	(void)owner;
	must(!ended && side & SIDE_LIST && count <= VMS_LIST_MAX);
	for (i = 0; i < count; i++) {
		must(memchr(entries[i].name, 0, sizeof(entries[i].name)));
		must(memchr(entries[i].kind, 0, sizeof(entries[i].kind)));
	}
	ended++;
}

static void *link_data(void *owner, uint64_t addr, size_t len,
		       uint32_t generation)
{
	(void)owner, (void)addr, (void)len, (void)generation;
	return NULL;
}

/* Of a connection that is established, which ends at once here */
static void link_buffer(void *owner, uint32_t session_id,
			const struct v4l2_buffer *buffer,
			const struct v4l2_plane *planes)
{
	(void)owner, (void)session_id, (void)buffer, (void)planes;
}

static void link_event(void *owner, uint32_t session_id,
		       const struct v4l2_event *event)
{
	(void)owner, (void)session_id, (void)event;
}

static void link_session_error(void *owner, uint32_t session_id, int error)
{
	(void)owner, (void)session_id, (void)error;
}

static void link_queue_error(void *owner, uint32_t session_id, uint32_t type,
			     int error)
{
	(void)owner, (void)session_id, (void)type, (void)error;
}

static void link_io_ready(void *owner, uint32_t session_id)
{
	(void)owner, (void)session_id;
}

static const struct hostlink_ops link_ops = {
	.ready = link_ready,
	.refused = link_refused,
	.lost = link_lost,
	.buffer = link_buffer,
	.event = link_event,
	.session_error = link_session_error,
	.queue_error = link_queue_error,
	.io_ready = link_io_ready,
	.data = link_data,
};

/* ---- what the peer says ------------------------------------------------------------- */

static void send_bytes(const void *bytes, size_t len)
{
	if (len)
		rights_send(peer.fd, bytes, len, attached, 0);
	if (attached >= 0)
		close(attached);
	attached = -1;
}

static void put_devices(struct wire_writer *writer, unsigned int count)
{
	struct vms_list_entry entry = { .name = "cam\n", .kind = "v4l2" };

	while (count--)
		wire_put_list_entry(writer, &entry);
}

static void step_greeting(struct wire_reader *input)
{
	uint8_t bytes[sizeof(struct vms_header) + BYTES_MAX];
	uint8_t body[BYTES_MAX];
	unsigned int count = wire_get_u8(input) % (DEVICES_MAX + 1);
	size_t offset = wire_get_u16(input);
	uint8_t added = wire_get_u8(input);
	struct vms_header header = { .type = VMS_HELLO };
	struct vms_hello_ack ack = host_peer_ack(V4L2_CAP_VIDEO_CAPTURE);
	struct vms_hello hello = guest_peer_hello();
	struct wire_writer writer;

	wire_writer_init(&writer, body, sizeof(body));
	if (side & SIDE_GUESTD) {
		header.type = VMS_HELLO_ACK;
		header.flags = attached >= 0 ? VMS_FLAG_FD : 0;
		if (side & SIDE_SHMEM)
			ack.features |= VMS_FEATURE_SHMEM;
		wire_put_hello_ack(&writer, &ack);
		put_devices(&writer, count);
	} else {
		if (side & SIDE_SHMEM) {
			hello.features |= VMS_FEATURE_SHMEM;
			hello.shmem_mark = MARK;
			hello.shmem_len = SHMEM_LEN_MIN;
		}
		hello.role = count % 2 ? VMS_ROLE_LIST : VMS_ROLE_CONTROL;
		wire_put_hello(&writer, &hello);
	}
	body[offset % writer.len] += added;
	header.len = header.slen = (uint32_t)writer.len;
	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_header(&writer, &header);
	wire_put_bytes(&writer, body, header.len);
	must(!writer.failed);
	send_bytes(bytes, writer.len);
}

static void step_goaway(struct wire_reader *input)
{
	const struct vms_goaway goaway = {
		.reason = wire_get_u8(input),
		.error = wire_get_u32(input),
	};
	const struct vms_header header = {
		.type = VMS_GOAWAY,
		.len = sizeof(goaway),
		.slen = sizeof(goaway),
	};
	uint8_t bytes[sizeof(header) + sizeof(goaway)];
	struct wire_writer writer;

	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_header(&writer, &header);
	wire_put_goaway(&writer, &goaway);
	send_bytes(bytes, writer.len);
}

static void send_rest(struct wire_reader *input, struct wire_writer *head,
		      size_t len)
{
	uint8_t bytes[BYTES_MAX];
	struct wire_writer writer;
	uint8_t rest[BYTES_MAX];

	if (len > input->left)
		len = input->left;
	if (len > sizeof(rest) - head->len)
		len = sizeof(rest) - head->len;
	wire_get_bytes(input, rest, len);
	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_bytes(&writer, head->start, head->len);
	wire_put_bytes(&writer, rest, len);
	send_bytes(bytes, writer.len);
}

static void step_frame(struct wire_reader *input)
{
	struct vms_header header = { 0 };
	uint8_t bytes[sizeof(header)];
	struct wire_writer writer;

	header.type = wire_get_u8(input);
	header.flags = wire_get_u16(input);
	header.slen = wire_get_u16(input);
	header.len = wire_get_u16(input);
	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_header(&writer, &header);
	send_rest(input, &writer, header.len);
}

static void step_raw(struct wire_reader *input)
{
	size_t len = wire_get_u16(input);
	struct wire_writer nothing;
	uint8_t none[1];

	wire_writer_init(&nothing, none, sizeof(none));
	send_rest(input, &nothing, len);
}

static void step_fd(unsigned int what)
{
	if (attached >= 0)
		close(attached);
	attached = what % 2 ? eventfd(0, EFD_CLOEXEC)
			    : memfd_create("fuzz",
					   MFD_CLOEXEC | MFD_ALLOW_SEALING);
	must(attached >= 0);
	if (what % 4 == 0)
		must(!fcntl(attached, F_ADD_SEALS, F_SEAL_SHRINK));
}

static void run(void)
{
	int rounds;

	for (rounds = 0; rounds < 4; rounds++)
		must(loop_run_once(the_loop, 0) >= 0);
}

/* Return: false when the beginning is over */
static bool step(struct wire_reader *input, const struct guest *guest)
{
	switch ((enum step)(wire_get_u8(input) % STEP_COUNT)) {
	case STEP_GREETING:
		step_greeting(input);
		break;
	case STEP_GOAWAY:
		step_goaway(input);
		break;
	case STEP_FRAME:
		step_frame(input);
		break;
	case STEP_RAW:
		step_raw(input);
		break;
	case STEP_FD:
		step_fd(wire_get_u8(input));
		break;
	case STEP_TIME:
		now += wire_get_u16(input) * LOOP_MS;
		break;
	case STEP_COUNT:
		break;
	}
	run();
	return !ended && !up && !(guest && guest->state == GUEST_SERVING);
}

/* ---- the whole ------------------------------------------------------------------------ */

static void guest_over(void *data, int error)
{
	(void)data;
	must(!ended && error <= 0);
	ended++;
}

static struct guest *serve(int fd)
{
	static const struct transport_peer who = {
		.kind = TRANSPORT_UNIX,
		.uid = 7,
	};
	static struct device_list list;
	struct grant grant;
	struct guest *guest;
	unsigned int i;

	list.count = sizeof(devices) / sizeof(devices[0]);
	for (i = 0; i < list.count; i++)
		list.devices[i] = devices[i];
	must(!guest_create(the_loop, fd, &who, &list, NULL, guest_over, NULL,
			   &guest));
	grant_default(&grant);
	grant.share = !(side & SIDE_FEW);
	guest_set_grant(guest, &grant);
	guest_set_slices(guest, slices);
	return guest;
}

static void share(void)
{
	char path[64];
	int fd;

	if (!(side & SIDE_SHMEM))
		return;
	fd = memfd_create("shmem", MFD_CLOEXEC);
	must(fd >= 0 && !ftruncate(fd, (off_t)SHMEM_LEN_MIN));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	must(!slices_create(shmem_open(path), &slices));
	close(fd);
	shmem_mark(&slices->shmem, MARK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hostlink_config config = {
		.address.kind = TRANSPORT_FD,
		.listing = link_listing,
	};
	struct hostlink *link = NULL;
	struct guest *guest = NULL;
	struct wire_reader input;
	int fd;

	log_set_sink(sink);
	fuzz_device_reset();
	wire_reader_init(&input, data, size);
	side = wire_get_u8(&input);
	now = 1000 * LOOP_MS;
	ended = 0;
	up = false;
	attached = -1;
	must(!loop_create(&the_loop));
	simulated_time_stands(the_loop, &now);
	fd = guest_peer_init_pair(&peer);
	config.list = side & SIDE_LIST;
	config.no_fds = side & SIDE_FEW;
	config.import = true;
	share();
	if (slices)
		config.shmem = &slices->shmem;
	if (side & SIDE_GUESTD)
		must(!hostlink_create(the_loop, fd, &config, &link_ops, NULL,
				      &link));
	else
		guest = serve(fd);
	run();
	while (input.left && !input.failed && step(&input, guest))
		;
	if (attached >= 0)
		close(attached);
	guest_peer_finish(&peer);
	run();
	must(ended == 1);
	hostlink_destroy(link);
	guest_destroy(guest);
	slices_destroy(slices);
	slices = NULL;
	loop_destroy(the_loop);
	fuzz_device_check();
	return 0;
}
