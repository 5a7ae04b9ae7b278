// SPDX-License-Identifier: BSD-3-Clause
/*
 * uvc [OPTION...]: a USB camera for the kernel's own uvcvideo.
 *
 *	--mjpeg		its format is MJPEG
 *	--bayer		its format is SBGGR8
 *	--yuyv		its format is YUYV (the default); it has as many as are given
 *	--many		each in as many sizes and at as many rates as large cameras have
 *	--broken=N	the JPEGs of frame N and of the next two are bad
 *	--port=N	plug it into this port of vhci_hcd (0)
 *	--serial=TEXT	its serial number
 *
 * It talks USB/IP with vhci_hcd over a socket, which needs no network and no
 * hardware.  SIGUSR1 pulls it out: the socket closes, as it does when the other host
 * of a real USB/IP device goes away.  SIGUSR2 plugs it in again.  Its end pulls it
 * out, too; and while it is stopped, there are no frames.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <linux/usb/ch9.h>
#include <linux/usb/video.h>

#include "tests/lab/shared/process.h"
#include "tests/lab/uvc_parts/controls.h"
#include "tests/lab/uvc_parts/descriptors.h"
#include "tests/lab/uvc_parts/stream.h"
#include "tests/lab/uvc_parts/usbip.h"

#define EARLY_MAX 32 /* no more URBs are there */

struct options {
	struct formats formats;
	unsigned int port;
	const char *serial;
	uint32_t broken; /* UINT32_MAX: none */
};

static void add_format(struct formats *formats, enum format_kind kind)
{
	if (formats->count < FORMATS_MAX)
		formats->kinds[formats->count++] = kind;
}

static void add_sizes(struct formats *formats, bool many)
{
	static const uint32_t few_intervals[] = { 333333, 666666 };
	static const uint32_t many_intervals[FORMATS_INTERVALS_MAX] = {
		333333, 416666, 500000, 666666, 1000000, 1333333, 2000000,
	};

	formats->sizes = many ? FORMATS_SIZES_MAX : 2;
	formats->intervals = many ? FORMATS_INTERVALS_MAX : 2;
	formats->interval = many ? many_intervals : few_intervals;
}

static void parse_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{ "mjpeg", no_argument, NULL, 'm' },
		{ "bayer", no_argument, NULL, 'a' },
		{ "yuyv", no_argument, NULL, 'y' },
		{ "many", no_argument, NULL, 'n' },
		{ "broken", required_argument, NULL, 'b' },
		{ "port", required_argument, NULL, 'p' },
		{ "serial", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	*options = (struct options){ .serial = "1", .broken = UINT32_MAX };
	add_sizes(&options->formats, false);
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 'm':
			add_format(&options->formats, FORMAT_MJPEG);
			break;
		case 'a':
			add_format(&options->formats, FORMAT_BAYER);
			break;
		case 'y':
			add_format(&options->formats, FORMAT_YUYV);
			break;
		case 'n':
			add_sizes(&options->formats, true);
			break;
		case 'b':
			options->broken = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'p':
			options->port = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 's':
			options->serial = optarg;
			break;
		default:
			exit(2);
		}
	}
	if (!options->formats.count)
		add_format(&options->formats, FORMAT_YUYV);
}

/* ---- control requests -------------------------------------------------------- */

/* Return: bytes at @out, or -EPIPE */
static int standard_in(const struct usb_ctrlrequest *setup, const uint8_t **out)
{
	static const uint8_t zeros[2]; /* status, configuration, setting */

	switch (setup->bRequest) {
	case USB_REQ_GET_DESCRIPTOR:
		return descriptors_get(setup->wValue, out);
	case USB_REQ_GET_STATUS:
		*out = zeros;
		return 2;
	case USB_REQ_GET_INTERFACE:
		*out = zeros;
		return 1;
	default:
		return -EPIPE;
	}
}

static int standard_out(const struct usb_ctrlrequest *setup)
{
	switch (setup->bRequest) {
	case USB_REQ_CLEAR_FEATURE:
		if (setup->bRequestType == USB_RECIP_ENDPOINT &&
		    setup->wIndex == DESCRIPTORS_BULK_IN)
			stream_stop();
		return 0;
	case USB_REQ_SET_CONFIGURATION:
	case USB_REQ_SET_INTERFACE:
		stream_stop();
		return 0;
	default:
		return -EPIPE;
	}
}

static int class_in(const struct usb_ctrlrequest *setup, const uint8_t **out)
{
	uint8_t selector = (uint8_t)(setup->wValue >> 8);
	static uint8_t value[4];

	if ((setup->wIndex & 0xff) == DESCRIPTORS_STREAMING)
		return stream_get(selector, setup->bRequest, out);
	*out = value;
	return controls_get((uint8_t)(setup->wIndex >> 8), selector,
			    setup->bRequest, value);
}

static int class_out(const struct usb_ctrlrequest *setup,
		     const struct usbip_request *request)
{
	uint8_t selector = (uint8_t)(setup->wValue >> 8);

	if (setup->bRequest != UVC_SET_CUR)
		return -EPIPE;
	if ((setup->wIndex & 0xff) == DESCRIPTORS_STREAMING)
		return stream_set(selector, request->data, request->len);
	return controls_set((uint8_t)(setup->wIndex >> 8), selector,
			    request->data, request->len);
}

static void control(int fd, const struct usbip_request *request)
{
	const struct usb_ctrlrequest *setup = &request->setup;
	bool class = (setup->bRequestType & USB_TYPE_MASK) == USB_TYPE_CLASS;
	const uint8_t *data = NULL;
	int ret;

	if (request->in) {
		ret = class ? class_in(setup, &data)
			    : standard_in(setup, &data);
		if (ret > (int)request->len)
			ret = (int)request->len;
	} else {
		ret = class ? class_out(setup, request) : standard_out(setup);
		if (!ret)
			ret = (int)request->len;
	}
	if (ret < 0)
		usbip_complete(fd, request->seqnum, ret, NULL, 0);
	else
		usbip_complete(fd, request->seqnum, 0, data, (size_t)ret);
}

/* ---- the device -------------------------------------------------------------- */

/*
 * vhci_hcd's thread sends all that is submitted, then all that is not wanted any more.
 * Of a URB for which both come in between it sends the end first.  The answer to that
 * has to wait for the URB: before it was sent, vhci_recv_ret_unlink() does not find it,
 * and nobody ends it any more; and once it was found, it must not be completed, or
 * vhci_recv_ret_submit() pulls the device out.
 */
static struct {
	uint32_t last; /* URB, in the order of their numbers */
	struct {
		uint32_t urb;
		uint32_t request;
	} ended[EARLY_MAX];
	size_t count;
} early;

static void end_urb(int fd, const struct usbip_request *request)
{
	bool pending = stream_unlink(request->unlink);

	if (pending || (int32_t)(request->unlink - early.last) <= 0) {
		usbip_unlinked(fd, request->seqnum, pending);
		return;
	}
	if (early.count == EARLY_MAX)
		fatal("more URBs that end early than uvcvideo has");
	early.ended[early.count].urb = request->unlink;
	early.ended[early.count++].request = request->seqnum;
}

static bool ended_early(int fd, uint32_t seqnum)
{
	size_t i;

	early.last = seqnum;
	for (i = 0; i < early.count; i++) {
		if (early.ended[i].urb != seqnum)
			continue;
		usbip_unlinked(fd, early.ended[i].request, true);
		early.ended[i] = early.ended[--early.count];
		return true;
	}
	return false;
}

static void serve(int fd, const struct usbip_request *request)
{
	if (request->unlink)
		end_urb(fd, request);
	else if (ended_early(fd, request->seqnum))
		return;
	else if (request->endpoint == 0)
		control(fd, request);
	else
		stream_submit(request->seqnum, request->len);
}

/* @fd: -1 while it is out */
struct device {
	const struct options *options;
	int fd;
	int signals;
};

static void plug(struct device *device)
{
	early.count = 0;
	device->fd = usbip_attach(device->options->port);
	stream_init(&device->options->formats, device->fd,
		    device->options->broken);
}

static void take_signal(struct device *device)
{
	struct signalfd_siginfo info;

	if (read(device->signals, &info, sizeof(info)) != sizeof(info))
		fatal("signalfd");
	if (info.ssi_signo == SIGUSR2 && device->fd < 0) {
		plug(device);
	} else if (info.ssi_signo == SIGUSR1 && device->fd >= 0) {
		stream_stop();
		close(device->fd);
		device->fd = -1;
	}
}

/* Return: whether there is more */
static bool run(struct device *device)
{
	static struct usbip_request request;
	struct pollfd fds[] = {
		{ .fd = device->signals, .events = POLLIN },
		{ .fd = device->fd, .events = POLLIN },
	};

	if (poll(fds, 2, stream_run()) < 0)
		fatal("poll");
	/* It is pulled out without another frame. */
	if (fds[0].revents) {
		take_signal(device);
	} else if (fds[1].revents) {
		if (!usbip_receive(device->fd, &request))
			return false;
		serve(device->fd, &request);
	}
	return true;
}

int main(int argc, char **argv)
{
	struct options options;
	struct device device = { .options = &options };
	sigset_t signals;

	parse_options(argc, argv, &options);
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGUSR2);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	device.signals = signalfd(-1, &signals, SFD_CLOEXEC);
	if (device.signals < 0)
		fatal("signalfd");
	descriptors_init(&options.formats, options.serial);
	plug(&device);
	while (run(&device))
		;
	return 0;
}
