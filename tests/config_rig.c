// SPDX-License-Identifier: BSD-3-Clause
/*
 * A text of hostd.conf(5), read.
 */
#include "tests/config_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "common/options.h"

struct config_rig config_rig;

int config_rig_setup(void **state)
{
	(void)state;

	memset(&config_rig, 0, sizeof(config_rig));
	config_rig.settings.policy.own_uid = 1000;
	return 0;
}

int config_rig_parse(const char *text)
{
	return config_parse(&config_rig.settings, "f", text, strlen(text),
			    &config_rig.errors);
}

void config_rig_good(const char *text)
{
	if (config_rig_parse(text) != 0)
		fail_msg("%s", config_rig.errors.texts[0]);
}

struct grant config_rig_granted(const char *guest)
{
	enum vms_goaway_reason reason;
	struct policy_rule rule;
	struct grant grant;
	char why[OPTIONS_WHY_LEN];

	assert_int_equal(policy_parse(guest, &rule, why), 0);
	if (!policy_grant(&config_rig.settings.policy, &rule.peer, &grant,
			  &reason))
		fail_msg("%s is not let in", guest);
	return grant;
}
