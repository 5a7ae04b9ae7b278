// SPDX-License-Identifier: BSD-3-Clause
/*
 * Lines and sections of hostd.conf(5), read with inih.
 *
 *	config_next()	the next line, looked at: length, bytes, [section]
 *	inih		name, '=', value, comments
 *	config_pair()	the key's row
 *
 * inih forgives much: it cuts what is too long, says of one wrong line only that
 * there is one, and nothing at all of a section without keys, which here lets a
 * guest in.  So lines pass through config_next() before it sees them, and it
 * sees those with keys alone.
 */
#include "hostd/config.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/options.h"
#include "hostd/config_parts.h"

#define CONFIG_BLANKS " \t\r"
#define CONFIG_BOM    "\xef\xbb\xbf"

/* inih wants room for "\r\n" and the NUL. */
static_assert(CONFIG_LINE_MAX + 3 <= INI_MAX_LINE, "lines that inih cuts");

void config_error(struct config *config, unsigned int line, const char *format,
		  ...)
{
	struct config_errors *errors = config->errors;
	va_list args;
	char *text;
	int len;

	config->broken = true;
	if (errors->count++ >= CONFIG_ERRORS_MAX)
		return;
	text = errors->texts[errors->count - 1];
	len = snprintf(text, CONFIG_ERROR_LEN, "%.255s:%u: ", config->name,
		       line);
	va_start(args, format);
	vsnprintf(text + len, CONFIG_ERROR_LEN - (size_t)len, format, args);
	va_end(args);
}

/* ---- sections -------------------------------------------------------- */

static void config_end_section(struct config *config)
{
	char why[OPTIONS_WHY_LEN] = "";

	if (config->section && config->named &&
	    config->section->end(config, why) < 0)
		config_error(config, config->begun, "[%s]: %s",
			     config->section->name, why);
	config->unlisted |= config->broken;
	config->section = NULL;
}

/* Cut off what is around the name and the argument of a section. */
static char *config_trim(char *text)
{
	size_t len;

	text += strspn(text, CONFIG_BLANKS);
	len = strlen(text);
	while (len && strchr(CONFIG_BLANKS, text[len - 1]))
		text[--len] = '\0';
	return text;
}

static const struct config_section *config_find_section(const char *name)
{
	const struct config_section *section;

	for (section = config_sections; section->name; section++)
		if (strcmp(section->name, name) == 0)
			return section;
	return NULL;
}

/* @text: from behind the bracket */
static void config_begin_section(struct config *config, char *text)
{
	char *end = strchr(text, ']');
	char *name, *argument, *rest;
	char why[OPTIONS_WHY_LEN] = "";

	config_end_section(config);
	config->skipping = true;
	config->begun = config->line;
	config->named = false;
	config->broken = false;
	memset(config->seen, 0, sizeof(config->seen));

	if (!end) {
		config_error(config, config->line, "no ] after [");
		return;
	}
	*end = '\0';
	rest = config_trim(end + 1);
	if (*rest && *rest != ';') {
		config_error(config, config->line,
			     "\"%.64s\" after ]: begin a line for it", rest);
		return;
	}

	name = config_trim(text);
	argument = name + strcspn(name, CONFIG_BLANKS);
	if (*argument)
		*argument++ = '\0';
	argument = config_trim(argument);

	config->section = config_find_section(name);
	if (!config->section) {
		config_error(config, config->line,
			     "no such section: [%.64s]: there are [hostd], "
			     "[device NAME] and [guest GUEST]",
			     name);
		return;
	}
	config->skipping = false;
	if (!config->section->argument != !*argument)
		config_error(config, config->line, "[%s%s%.64s]: say [%s%s%s]",
			     name, *argument ? " " : "", argument, name,
			     *argument ? "" : " ",
			     *argument ? "" : config->section->argument);
	else if (config->section->begin(config, argument, why) < 0)
		config_error(config, config->line, "[%s%s%.110s]: %s", name,
			     *argument ? " " : "", argument, why);
	else
		config->named = true;
}

/* ---- lines ----------------------------------------------------------- */

/* inih had a line, and has called nobody. */
static void config_answered(struct config *config)
{
	if (config->asked)
		config_error(config, config->line,
			     "neither [section] nor KEY = VALUE nor # comment");
	config->asked = false;
}

/* Return: a byte that is no text, or -1 */
static int config_control(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' && text[i] != '\t')
			return (unsigned char)text[i];
	return -1;
}

/*
 * @text, @len: without what surrounds it.
 *
 * Return: is it for inih, in @line, CONFIG_LINE_MAX + 1 bytes?
 */
static bool config_take(struct config *config, const char *text, size_t len,
			char *line)
{
	int control = config_control(text, len);

	if (control >= 0) {
		config_error(config, config->line,
			     "has a byte that is no text: 0x%02x", control);
		return false;
	}
	if (len == 0 || text[0] == '#' || text[0] == ';')
		return false;
	if (len > CONFIG_LINE_MAX) {
		config_error(config, config->line, "longer than %d characters",
			     CONFIG_LINE_MAX);
		return false;
	}
	memcpy(line, text, len);
	line[len] = '\0';

	if (line[0] == '[') {
		config_begin_section(config, line + 1);
		return false;
	}
	if (!config->section && !config->skipping)
		config_error(config, config->line,
			     "before any section: begin with [hostd], "
			     "[device NAME] or [guest GUEST]");
	return config->section;
}

/* As fgets(3), for inih. */
static char *config_next(char *out, int size, void *data)
{
	char line[CONFIG_LINE_MAX + 1];
	struct config *config = data;
	const char *text = config->at;
	size_t left = (size_t)(config->end - text);
	const char *newline;
	size_t len;

	config_answered(config);
	if (!left)
		return NULL;

	newline = memchr(text, '\n', left);
	len = newline ? (size_t)(newline - text) : left;
	config->at += newline ? len + 1 : len;
	config->line++;

	while (len && (*text == ' ' || *text == '\t')) {
		text++;
		len--;
	}
	while (len && (text[len - 1] == ' ' || text[len - 1] == '\t' ||
		       text[len - 1] == '\r'))
		len--;

	config->asked = config_take(config, text, len, line);
	snprintf(out, (size_t)size, "%s\n", config->asked ? line : "");
	return out;
}

/* ---- keys ------------------------------------------------------------ */

static void config_no_key(struct config *config, const char *name)
{
	const struct config_key *key;
	char keys[256] = "";
	size_t len = 0;

	for (key = config->section->keys; key->name; key++)
		len += (size_t)snprintf(keys + len, sizeof(keys) - len, "%s%s",
					len ? ", " : "", key->name);
	config_error(config, config->line,
		     "no such key in [%s]: %.64s: there are %s",
		     config->section->name, name, keys);
}

/* From inih; the section is known better here. */
static int config_pair(void *data, const char *section, const char *name,
		       const char *value)
{
	struct config *config = data;
	const struct config_key *key = config->section->keys;
	char why[OPTIONS_WHY_LEN] = "";
	unsigned int *seen;

	(void)section;

	config->asked = false;
	while (key->name && strcmp(key->name, name) != 0)
		key++;
	if (!key->name) {
		config_no_key(config, name);
		return 1;
	}

	seen = &config->seen[key - config->section->keys];
	if (*seen && !key->repeats) {
		config_error(config, config->line,
			     "%s: said in line %u already", name, *seen);
		return 1;
	}
	*seen = config->line;

	if (!*value && !key->empty)
		config_error(config, config->line, "%s: needs a value", name);
	else if (key->set(config, value, why) < 0)
		config_error(config, config->line, "%s = %.110s: %s", name,
			     value, why);
	return 1;
}

/* ---- the whole ------------------------------------------------------- */

int config_parse(struct host_settings *settings, const char *name,
		 const char *text, size_t len, struct config_errors *errors)
{
	size_t bom = strlen(CONFIG_BOM);
	struct config *config;

	errors->count = 0;
	config = calloc(1, sizeof(*config));
	if (!config)
		return -ENOMEM;
	if (len >= bom && memcmp(text, CONFIG_BOM, bom) == 0) {
		text += bom;
		len -= bom;
	}
	config->settings = settings;
	config->errors = errors;
	config->name = name;
	config->at = text;
	config->end = text + len;

	/* What it returns is the number of a line that we have seen, too. */
	(void)ini_parse_stream(config_next, config, config_pair, config);
	config_end_section(config);
	config_finish(config);

	free(config);
	return errors->count ? -EINVAL : 0;
}

/* Return: bytes, or a negative errno; CONFIG_LEN_MAX + 1 if there are more */
static ssize_t config_load(const char *path, char *text)
{
	size_t len = 0;
	ssize_t ret;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	do {
		ret = read(fd, text + len, CONFIG_LEN_MAX + 1 - len);
		if (ret > 0)
			len += (size_t)ret;
		else if (ret < 0 && errno != EINTR)
			ret = -errno;
		else if (ret < 0)
			ret = 1;
	} while (ret > 0 && len <= CONFIG_LEN_MAX);
	close(fd);
	return ret < 0 ? ret : (ssize_t)len;
}

int config_read(struct host_settings *settings, const char *path,
		struct config_errors *errors)
{
	ssize_t len;
	char *text;
	int ret;

	text = malloc(CONFIG_LEN_MAX + 1);
	if (!text)
		return -ENOMEM;

	len = config_load(path, text);
	if (len >= 0 && len <= CONFIG_LEN_MAX) {
		ret = config_parse(settings, path, text, (size_t)len, errors);
		free(text);
		return ret;
	}

	free(text);
	errors->count = 1;
	if (len < 0)
		snprintf(errors->texts[0], CONFIG_ERROR_LEN, "%.255s: %s", path,
			 strerror((int)-len));
	else
		snprintf(errors->texts[0], CONFIG_ERROR_LEN,
			 "%.255s: longer than %u bytes", path, CONFIG_LEN_MAX);
	return -EINVAL;
}
