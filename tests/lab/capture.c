// SPDX-License-Identifier: BSD-3-Clause
/*
 * capture [OPTION...] PATH: take frames as an application does, look at each.
 *
 * Every frame of hostd's test pattern carries its tick and a checksum
 * (hostd/frames.h).  So each must be whole, and come once and in order; the
 * number that the driver gives it must be that of the tick; and ticks that are
 * left out are counted as lost, from the first one after STREAMON.  Of another
 * device's frames (--plain) only the driver's number is looked at, from the first
 * that comes, and with --moving at what vivid has drawn (capture_parts/moving.c).
 *
 * It prints one line:
 *
 *	frames=300 lost=0 wrong=0 fps=30.00 interval_ms=41.2@17 cpu_us=812.4
 *
 * the last but one being the longest time between two frames as they came, and
 * behind which frame; the last is of --costs, per frame.  What is wrong with a frame
 * is said on stderr.  Exit status: 1 if a frame was wrong, a call failed, nothing came
 * for a while, or frames were lost and --no-gap given.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lab/capture_parts/capture.h"
#include "tests/lab/shared/process.h"

#define ARGUMENT_MAX 1000000ul

static void on_alarm(int signo)
{
	static const char text[] = "capture: no frame for 20 s\n";

	(void)signo;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(2);
	_exit(1);
}

static int report(const struct capture *capture)
{
	double seconds = (double)(capture->last_ns - capture->first_ns) / 1e9;
	bool few = capture->frames && capture->seen < capture->frames;

	printf("frames=%u lost=%" PRIu64
	       " wrong=%u fps=%.2f interval_ms=%.1f@%u",
	       capture->seen, capture->lost, capture->wrong,
	       seconds > 0 ? (capture->seen - 1) / seconds : 0,
	       (double)capture->interval_ns / 1e6, capture->interval_at);
	if (capture->costs)
		printf(" cpu_us=%.1f",
		       (double)capture->cpu_ns / 1e3 / capture->seen);
	putchar('\n');
	return few || capture->wrong || (capture->no_gap && capture->lost);
}

/* ---- the command line ------------------------------------------------------------ */

static _Noreturn void usage(void)
{
	fputs("usage: capture [OPTION...] PATH\n"
	      "  --read         by read() (the default)\n"
	      "  --user         by USERPTR\n"
	      "  --map          by mmap()\n"
	      "  --file         PATH has frames as a program stored them\n"
	      "  --frames=N     so many; default: until --seconds or the end\n"
	      "  --seconds=N    for so long\n"
	      "  --size=WxH     ask for YUYV frames of this size\n"
	      "  --fps=N        ask for this rate\n"
	      "  --buffers=N    for --user and --map (8)\n"
	      "  --warm=N       so many frames before, which do not count\n"
	      "  --costs=PID,.. print the CPU time of these\n"
	      "  --plain        frames have no stamp\n"
	      "  --moving       as --plain, of vivid's picture that moves "
	      "sideways:\n"
	      "                 each must be whole, and one step on\n"
	      "  --ends         of a picture that never changes: look at its "
	      "ends,\n"
	      "                 and in the end at a whole frame in each "
	      "buffer\n"
	      "  --no-gap       lost frames are a failure\n",
	      stderr);
	exit(2);
}

static unsigned int number(const char *text)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || !value || value > ARGUMENT_MAX)
		usage();
	return (unsigned int)value;
}

static void parse_size(struct capture *capture, char *text)
{
	char *by = strchr(text, 'x');

	if (!by)
		usage();
	*by = 0;
	capture->width = number(text);
	capture->height = number(by + 1);
}

static void parse(struct capture *capture, int argc, char **argv)
{
	static const struct option options[] = {
		{ "read", no_argument, NULL, 'r' },
		{ "user", no_argument, NULL, 'u' },
		{ "map", no_argument, NULL, 'm' },
		{ "file", no_argument, NULL, 'f' },
		{ "frames", required_argument, NULL, 'n' },
		{ "seconds", required_argument, NULL, 't' },
		{ "size", required_argument, NULL, 's' },
		{ "fps", required_argument, NULL, 'p' },
		{ "buffers", required_argument, NULL, 'b' },
		{ "warm", required_argument, NULL, 'w' },
		{ "costs", required_argument, NULL, 'c' },
		{ "plain", no_argument, NULL, 'P' },
		{ "ends", no_argument, NULL, 'e' },
		{ "moving", no_argument, NULL, 'v' },
		{ "no-gap", no_argument, NULL, 'g' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'r':
			capture->method = CAPTURE_READ;
			break;
		case 'u':
			capture->method = CAPTURE_USER;
			break;
		case 'm':
			capture->method = CAPTURE_MAP;
			break;
		case 'f':
			capture->method = CAPTURE_FILE;
			break;
		case 'n':
			capture->frames = number(optarg);
			break;
		case 't':
			capture->seconds = number(optarg);
			break;
		case 's':
			parse_size(capture, optarg);
			break;
		case 'p':
			capture->fps = number(optarg);
			break;
		case 'b':
			capture->buffers = number(optarg);
			break;
		case 'w':
			capture->warm = number(optarg);
			break;
		case 'c':
			capture->costs = optarg;
			break;
		case 'e':
			capture->ends = true;
			break;
		case 'P':
			capture->plain = true;
			break;
		case 'v':
			capture->plain = true;
			capture->moving = true;
			break;
		case 'g':
			capture->no_gap = true;
			break;
		default:
			usage();
		}
	}
	if (optind != argc - 1 || capture->buffers > CAPTURE_BUFFERS_MAX ||
	    (capture->moving && !capture->height))
		usage();
	capture->path = argv[optind];
	if (capture->method == CAPTURE_FILE) {
		if (!capture->width)
			usage();
		capture->len = (size_t)capture->width * capture->height * 2;
	} else if (!capture->frames && !capture->seconds) {
		usage();
	}
}

int main(int argc, char **argv)
{
	struct capture capture = { .buffers = 8, .next = 1 };

	parse(&capture, argc, argv);
	signal(SIGALRM, on_alarm);
	capture.fd = open(capture.path, capture.method == CAPTURE_FILE
						? O_RDONLY | O_CLOEXEC
						: O_RDWR | O_CLOEXEC);
	if (capture.fd < 0)
		fatal(capture.path);
	if (capture.method != CAPTURE_FILE)
		capture_set(&capture);

	capture_take(&capture);
	if (close(capture.fd) < 0)
		fatal("close");
	return report(&capture);
}
