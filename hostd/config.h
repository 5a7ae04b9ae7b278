/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hostd.conf(5): the file that says what the command line can, and what each
 * guest may.
 */
#ifndef HOSTD_CONFIG_H
#define HOSTD_CONFIG_H

#include <stddef.h>

#include "hostd/settings.h"

#define CONFIG_LEN_MAX    (256u << 10) /* bytes of a file */
#define CONFIG_LINE_MAX   190          /* characters of a line */
#define CONFIG_ERRORS_MAX 20           /* that are kept */
#define CONFIG_ERROR_LEN  640

/**
 * struct config_errors - What is wrong with a file
 * @count:	All of them; more than CONFIG_ERRORS_MAX have no text
 * @texts:	"FILE:LINE: what: what would be right"
 */
struct config_errors {
	unsigned int count;
	char texts[CONFIG_ERRORS_MAX][CONFIG_ERROR_LEN];
};

/**
 * config_parse() - Add what a text says to @settings
 * @name:	Of the file, for errors and rules
 * @text:	Any @len bytes
 * @errors:	Gets every error
 *
 * Return: 0; -EINVAL if there are errors, -ENOMEM; then @settings has a part of it
 */
int config_parse(struct host_settings *settings, const char *name,
		 const char *text, size_t len, struct config_errors *errors);

/**
 * config_read() - Add what a file says to @settings
 *
 * Return: as config_parse(); if the file cannot be read, -EINVAL with that as the
 * only error
 */
int config_read(struct host_settings *settings, const char *path,
		struct config_errors *errors);

#endif
