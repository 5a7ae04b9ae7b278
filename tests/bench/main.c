// SPDX-License-Identifier: BSD-3-Clause
/*
 * usermedia-bench: measures V4L2 nodes, side by side.
 *
 * Everything is measured in rounds.  In each, one thing is measured of all nodes before
 * the next: what the machine does besides, which changes with time, happens to all of
 * them.
 *
 * Numbers are compared with the first node's (see series.h), and nothing that a node
 * does not do is made up: it is said why.
 *
 * Nothing of guestd or hostd is used.  Nodes are what others have made, and are only
 * read from: nothing is set.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/copies.h"
#include "tests/bench/kernel.h"
#include "tests/bench/measure.h"
#include "tests/bench/report.h"
#include "tests/bench/arguments.h"
#include "tests/bench/stream.h"

static void complain(const char *what, int error)
{
	fprintf(stderr, "usermedia-bench: %s: %s\n", what, strerror(-error));
}

/* What the nodes say of themselves, and how frames can be taken. */
static int look_at_all(struct results *results)
{
	struct target target;
	unsigned int i;

	for (i = 0; i < results->node_count; i++) {
		struct results_node *node = &results->nodes[i];
		enum stream_method method = STREAM_MMAP;
		const char *failed;
		int ret = target_look(node->path, node, &target);

		if (ret) {
			complain(node->path, ret);
			return ret;
		}
		ret = stream_choose(&target, &method, &failed);
		node->method = (int)method;
		if (ret)
			snprintf(node->why, sizeof(node->why), "%s%s%s", failed,
				 ret == -ENOTSUP ? "" : ": ",
				 ret == -ENOTSUP ? "" : strerror(-ret));
		kernel_close(target.fd);
	}
	return 0;
}

static void run(struct arguments *arguments)
{
	struct results *results = &arguments->results;

	for (results->round = 0;
	     results->round < results->rounds && !results->error;
	     results->round++) {
		if (arguments->floors)
			measure_floors(results);
		if (arguments->groups & ARGUMENTS_IOCTL)
			measure_ioctls(results);
		if (arguments->groups & ARGUMENTS_DISCOVERY)
			measure_discovery(results);
		if (arguments->groups & ARGUMENTS_STREAM) {
			measure_streams(results);
			measure_copies(results, COPIES_TRACEFS);
		}
	}
}

static int write_report(const struct results *results, const char *path,
			void (*report)(const struct results *results,
				       FILE *out))
{
	FILE *file = fopen(path, "we");
	int ret = 0;

	if (!file)
		return -errno;
	report(results, file);
	if (ferror(file))
		ret = -EIO;
	if (fclose(file) && !ret)
		ret = -errno;
	return ret;
}

static int report_all(const struct arguments *arguments)
{
	const struct results *results = &arguments->results;
	bool json_only = arguments->json && !strcmp(arguments->json, "-");
	int ret = 0;

	if (json_only)
		report_json(results, stdout);
	else
		report_text(results, stdout);
	if (fflush(stdout) || ferror(stdout)) {
		complain("stdout", -EIO);
		return -EIO;
	}
	if (arguments->json && !json_only) {
		ret = write_report(results, arguments->json, report_json);
		if (ret)
			complain(arguments->json, ret);
	}
	if (!ret && arguments->svg) {
		ret = write_report(results, arguments->svg, report_svg);
		if (ret)
			complain(arguments->svg, ret);
	}
	return ret;
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	int ret = 0;

	switch (arguments_parse(argc, argv, &arguments)) {
	case OPTIONS_EXIT:
		return 0;
	case OPTIONS_USAGE:
		return 2;
	case OPTIONS_RUN:
		break;
	}
	ret = look_at_all(&arguments.results);
	if (!ret) {
		run(&arguments);
		ret = arguments.results.error;
		if (ret)
			complain("results", ret);
	}
	if (!ret)
		ret = report_all(&arguments);
	results_finish(&arguments.results);
	return ret ? 1 : 0;
}
