/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What must hold of every kill, and where it did not.
 */
#ifndef TESTS_LAB_KILLS_WRONG_H
#define TESTS_LAB_KILLS_WRONG_H

/** enum rule - What must hold */
enum rule {
	RULE_STARTS,
	RULE_IN_FLIGHT,
	RULE_LATER,
	RULE_ENDS,
	RULE_OTHERS,
	RULE_STALE,
	RULE_OPENS,
	RULE_D_STATE,
	RULE_FLAT,
	RULE_LEFT,
	RULE_COUNT,
};

/** wrong_at() - What is said from here on is of this kill */
void wrong_at(unsigned int number, const char *what);

/** wrong() - A rule was broken: say how, and count it */
__attribute__((format(printf, 2, 3))) void wrong(enum rule rule,
						 const char *format, ...);

/** wrong_report() - "ok RULE" or "not ok RULE" for each.  Return: how many broken */
int wrong_report(void);

#endif
