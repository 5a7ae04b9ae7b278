// SPDX-License-Identifier: BSD-3-Clause
/*
 * The memory helper's end of its socket.
 */
#include "tests/fake_helper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/plane_object.h"
#include "common/rights.h"
#include "tests/fault.h"

static struct fake_helper_region *find_region(struct fake_helper *helper,
					      uint64_t id)
{
	unsigned int i;

	for (i = 0; i < FAKE_HELPER_REGIONS; i++)
		if (helper->regions[i].id == id)
			return &helper->regions[i];
	return NULL;
}

unsigned int fake_helper_region_count(const struct fake_helper *helper)
{
	unsigned int count = 0;
	unsigned int i;

	for (i = 0; i < FAKE_HELPER_REGIONS; i++)
		count += helper->regions[i].id != 0 &&
			 !helper->regions[i].removed;
	return count;
}

static void add_region(struct fake_helper *helper,
		       const struct helper_request *request)
{
	struct fake_helper_region *region = find_region(helper, 0);

	assert_non_null(region);
	assert_true(helper->request_fd >= 0);
	assert_null(find_region(helper, request->region));
	region->id = request->region;
	region->len = request->len;
	region->request = *request;
	region->bytes = mmap(NULL, region->len, PROT_READ | PROT_WRITE,
			     MAP_SHARED, helper->request_fd, 0);
	assert_ptr_not_equal(region->bytes, MAP_FAILED);
	close(helper->request_fd);
	helper->request_fd = -1;
}

static void end_region(struct fake_helper_region *region)
{
	munmap(region->bytes, region->len);
	memset(region, 0, sizeof(*region));
}

static bool is_held(const struct fake_helper *helper, uint64_t region)
{
	unsigned int i;

	for (i = 0; i < helper->held_count; i++)
		if (helper->held[i].region == region)
			return true;
	return false;
}

/* Jobs have what was there when they came: helper_serve.c. */
static void end_removed(struct fake_helper *helper)
{
	struct fake_helper_region *region;
	unsigned int i;

	for (i = 0; i < FAKE_HELPER_REGIONS; i++) {
		region = &helper->regions[i];
		if (region->removed && !is_held(helper, region->id))
			end_region(region);
	}
}

static void remove_region(struct fake_helper *helper, uint64_t id)
{
	struct fake_helper_region *region = find_region(helper, id);

	assert_non_null(region);
	assert_false(region->removed);
	region->removed = true;
	end_removed(helper);
}

/* Jobs that were withdrawn before their turn are not answered. */
static void drop_held(struct fake_helper *helper, uint32_t id)
{
	unsigned int i;

	for (i = 0; i < helper->held_count; i++)
		if (helper->held[i].id == id)
			break;
	if (i == helper->held_count)
		return;
	helper->held_count--;
	memmove(&helper->held[i], &helper->held[i + 1],
		(helper->held_count - i) * sizeof(helper->held[0]));
	end_removed(helper);
}

static bool reachable(const struct fake_helper *helper, uint64_t addr,
		      uint64_t len)
{
	return addr && (!helper->fault || helper->fault < addr ||
			helper->fault >= addr + len);
}

static int32_t copy(struct fake_helper *helper,
		    const struct helper_request *request)
{
	const struct fake_helper_region *region =
		find_region(helper, request->region);
	uint8_t *plane;
	void *bytes = (void *)(uintptr_t)request->addr;

	assert_non_null(region);
	assert_true(request->offset <= region->len);
	assert_true(request->len <= region->len - request->offset);
	plane = (uint8_t *)region->bytes + request->offset;
	if (request->type == HELPER_COPY_OUT &&
	    request->owner.tgid != helper->tgid)
		return -ESRCH;
	if (!reachable(helper, request->addr, request->len))
		return -EFAULT;
	if (request->type == HELPER_COPY_OUT)
		memcpy(bytes, plane, request->len);
	else
		memcpy(plane, bytes, request->len);
	return 0;
}

/* The application is this process. */
static void answer_import(struct fake_helper *helper,
			  const struct helper_request *request)
{
	struct helper_result result = { .id = request->id };
	int fd = (int)request->addr;
	int passed = -1;

	result.result = plane_object_identify(fd, &result.object_kind,
					      &result.object_len);
	if (!result.result && !helper->loses)
		passed = fd;
	assert_int_equal(
		rights_send(helper->fd, &result, sizeof(result), passed, 0),
		sizeof(result));
}

static void do_job(struct fake_helper *helper,
		   const struct helper_request *request)
{
	struct helper_result result = { .id = request->id };

	switch (request->type) {
	case HELPER_PROBE:
		if (!reachable(helper, request->addr, request->len))
			result.result = -EFAULT;
		break;
	case HELPER_COPY_OUT:
	case HELPER_COPY_IN:
		result.result = copy(helper, request);
		break;
	case HELPER_IMPORT:
		answer_import(helper, request);
		return;
	case HELPER_NONBLOCK:
		result.result = helper->nonblock;
		break;
	case HELPER_SIGNALS:
		result.result = helper->signals;
		break;
	case HELPER_SYNC:
	case HELPER_CLOSE:
		break;
	default:
		fail_msg("the helper is asked for %u", request->type);
	}
	if (!result.result && (request->type == HELPER_PROBE ||
			       request->type == HELPER_COPY_IN)) {
		result.identity.tgid = helper->tgid;
		result.identity.start_time = 1;
	}
	assert_int_equal(
		send(helper->fd, &result, sizeof(result), MSG_NOSIGNAL),
		sizeof(result));
}

void fake_helper_answer(struct fake_helper *helper)
{
	struct helper_request request;

	while (!helper->silent && helper->held_count) {
		request = helper->held[0];
		do_job(helper, &request);
		drop_held(helper, request.id);
	}
}

static void take_marks(struct fake_helper *helper)
{
	assert_null(helper->marks);
	helper->marks = helper_marks_open(helper->request_fd);
	assert_non_null(helper->marks);
	close(helper->request_fd);
	helper->request_fd = -1;
}

static void take_request(struct fake_helper *helper)
{
	const struct helper_request *request = &helper->request;

	assert_true(request->type < HELPER_TYPE_COUNT);
	helper->asked[request->type]++;
	switch (request->type) {
	case HELPER_NODE:
	case HELPER_FILE_CLOSED:
	case HELPER_CLOSED:
		return;
	case HELPER_MARKS:
		take_marks(helper);
		return;
	case HELPER_OWNER:
		helper->owned = *request;
		return;
	case HELPER_ATTACH:
		helper->attached = *request;
		return;
	case HELPER_REGION_ADD:
		add_region(helper, request);
		return;
	case HELPER_REGION_REMOVE:
		remove_region(helper, request->region);
		return;
	case HELPER_CLOSE:
		assert_true(helper->request_fd >= 0);
		close(helper->request_fd);
		helper->request_fd = -1;
		break;
	case HELPER_WITHDRAW:
		drop_held(helper, request->id);
		return;
	default:
		break;
	}
	assert_true(helper->held_count < FAKE_HELPER_HELD);
	helper->held[helper->held_count++] = *request;
	fake_helper_answer(helper);
}

static ssize_t receive(struct fake_helper *helper)
{
	int fd = -1;
	ssize_t got = rights_receive(
		helper->fd, (uint8_t *)&helper->request + helper->request_len,
		sizeof(helper->request) - helper->request_len, &fd,
		MSG_DONTWAIT);

	if (fd >= 0)
		helper->request_fd = fd;
	return got;
}

static void readable(void *data, uint32_t events)
{
	struct fake_helper *helper = data;
	ssize_t got;

	(void)events;
	fault_spare(true);
	while ((got = receive(helper)) > 0) {
		helper->request_len += (size_t)got;
		if (helper->request_len < sizeof(helper->request))
			continue;
		helper->request_len = 0;
		take_request(helper);
	}
	if (got == 0)
		loop_watch_set(helper->watch, 0);
	fault_spare(false);
}

int fake_helper_start(struct fake_helper *helper, struct loop *loop)
{
	int fds[2];

	memset(helper, 0, sizeof(*helper));
	helper->request_fd = -1;
	helper->tgid = getpid();
	assert_int_equal(socketpair(AF_UNIX,
				    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
				    0, fds),
			 0);
	helper->fd = fds[0];
	assert_int_equal(loop_watch(loop, helper->fd, EPOLLIN, readable, helper,
				    &helper->watch),
			 0);
	return fds[1];
}

void fake_helper_finish(struct fake_helper *helper)
{
	unsigned int i;

	loop_watch_remove(helper->watch);
	close(helper->fd);
	helper_marks_close(helper->marks);
	if (helper->request_fd >= 0)
		close(helper->request_fd);
	for (i = 0; i < FAKE_HELPER_REGIONS; i++)
		if (helper->regions[i].id)
			end_region(&helper->regions[i]);
}
