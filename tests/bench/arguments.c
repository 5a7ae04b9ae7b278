// SPDX-License-Identifier: BSD-3-Clause
/*
 * The command line of usermedia-bench.
 */
#include "tests/bench/arguments.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Of Linux */
#define PID_MAX (1 << 22)

static int set_name(char *out, const char *name, size_t len, char *why)
{
	if (!len || len >= RESULTS_NAME_LEN) {
		snprintf(why, OPTIONS_WHY_LEN, "a name has 1 to %d characters",
			 RESULTS_NAME_LEN - 1);
		return -EINVAL;
	}
	results_printable(out, RESULTS_NAME_LEN, (const uint8_t *)name, len);
	return 0;
}

/* ---- options --------------------------------------------------------------------- */

/* [NAME=]PATH; without a name it is the last part of the path. */
static int add_node(void *data, const char *value, char *why)
{
	struct arguments *arguments = data;
	struct results *results = &arguments->results;
	struct results_node *node = &results->nodes[results->node_count];
	const char *path = strchr(value, '=');
	const char *slash;
	unsigned int i;
	int ret;

	if (results->node_count == RESULTS_NODES_MAX) {
		snprintf(why, OPTIONS_WHY_LEN, "more than %d nodes",
			 RESULTS_NODES_MAX);
		return -E2BIG;
	}
	if (path && memchr(value, '/', (size_t)(path - value)))
		path = NULL;
	node->path = path ? path + 1 : value;
	slash = strrchr(value, '/');
	slash = slash ? slash + 1 : value;
	ret = path ? set_name(node->name, value, (size_t)(path - value), why)
		   : set_name(node->name, slash, strlen(slash), why);
	if (ret)
		return ret;
	for (i = 0; i < results->node_count; i++) {
		if (strcmp(results->nodes[i].name, node->name) != 0)
			continue;
		snprintf(why, OPTIONS_WHY_LEN,
			 "there is a node of this name: NAME=%s", node->path);
		return -EEXIST;
	}
	results->node_count++;
	return 0;
}

static int set_rounds(void *data, const char *value, char *why)
{
	struct arguments *arguments = data;

	return options_number(value, 1, ARGUMENTS_ROUNDS_MAX,
			      &arguments->results.rounds, why);
}

static int set_calls(void *data, const char *value, char *why)
{
	struct arguments *arguments = data;

	return options_number(value, 1, ARGUMENTS_CALLS_MAX,
			      &arguments->results.calls, why);
}

static int set_frames(void *data, const char *value, char *why)
{
	struct arguments *arguments = data;

	return options_number(value, 1, ARGUMENTS_FRAMES_MAX,
			      &arguments->results.frames, why);
}

static int add_process(void *data, const char *value, char *why)
{
	struct arguments *arguments = data;
	struct results *results = &arguments->results;
	struct results_process *process =
		&results->processes[results->process_count];
	const char *equals = strchr(value, '=');
	unsigned int pid;
	int ret;

	if (results->process_count == RESULTS_PROCESSES_MAX) {
		snprintf(why, OPTIONS_WHY_LEN, "more than %d processes",
			 RESULTS_PROCESSES_MAX - 1);
		return -E2BIG;
	}
	if (!equals) {
		snprintf(why, OPTIONS_WHY_LEN, "not NAME=PID");
		return -EINVAL;
	}
	ret = set_name(process->name, value, (size_t)(equals - value), why);
	if (!ret)
		ret = options_number(equals + 1, 1, PID_MAX, &pid, why);
	if (ret)
		return ret;
	process->pid = (pid_t)pid;
	results->process_count++;
	return 0;
}

static int add_group(void *data, const char *value, char *why)
{
	static const char *const names[] = { "ioctl", "discovery", "stream" };
	struct arguments *arguments = data;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(value, names[i]) != 0)
			continue;
		arguments->groups |= 1u << i;
		return 0;
	}
	snprintf(why, OPTIONS_WHY_LEN, "not ioctl, discovery or stream");
	return -EINVAL;
}

static int set_floors(void *data, const char *value, char *why)
{
	struct arguments *arguments = data;

	(void)value;
	(void)why;
	arguments->floors = true;
	return 0;
}

static int set_json(void *data, const char *value, char *why)
{
	struct arguments *arguments = data;

	(void)why;
	arguments->json = value;
	return 0;
}

static int set_svg(void *data, const char *value, char *why)
{
	struct arguments *arguments = data;

	(void)why;
	arguments->svg = value;
	return 0;
}

static const struct option_desc arguments_table[] = {
	{ "compare", "NODE", "a node, as the words are: [NAME=]PATH",
	  add_node },
	{ "rounds", "N", "measure so often (10)", set_rounds },
	{ "calls", "N", "of each ioctl in a round (50)", set_calls },
	{ "frames", "N", "in a round (30)", set_frames },
	{ "only", "GROUP", "ioctl, discovery or stream; may be repeated",
	  add_group },
	{ "process", "NAME=PID",
	  "what it costs, with the processes below it; may be repeated",
	  add_process },
	{ "floors", NULL, "measure memcpy() and sockets, too", set_floors },
	{ "json", "FILE", "all numbers; -: on stdout, in place of the text",
	  set_json },
	{ "svg", "FILE", "a plot of the ratios", set_svg },
	{ 0 },
};

static const struct options arguments_options = {
	.program = "usermedia-bench",
	.synopsis = "[OPTION...] [NAME=]NODE...",
	.summary = "Measure V4L2 nodes, side by side.",
	.table = arguments_table,
	.word = add_node,
};

enum options_result arguments_parse(int argc, char **argv,
				    struct arguments *arguments)
{
	enum options_result result;

	*arguments = (struct arguments){
		.results = { .rounds = 10,
			     .calls = 50,
			     .frames = 30,
			     .process_count = 1,
			     .processes = { { "itself", getpid() } } },
	};
	result = options_parse(&arguments_options, argc, argv, arguments);
	if (!arguments->groups)
		arguments->groups = ARGUMENTS_IOCTL | ARGUMENTS_DISCOVERY |
				    ARGUMENTS_STREAM;
	if (result == OPTIONS_RUN && !arguments->results.node_count &&
	    !arguments->floors) {
		fputs("usermedia-bench: no node is named "
		      "(usermedia-bench --help)\n",
		      stderr);
		return OPTIONS_USAGE;
	}
	return result;
}
