/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers with units as text: "250 ns", "31.4 GB/s", "64 KiB", "2 GHz". */
#ifndef SIM_SCENARIO_UNITS_H
#define SIM_SCENARIO_UNITS_H

#include "sim/core/types.h"

enum unit_kind {
	UNIT_NONE,  /* plain number */
	UNIT_TIME,  /* -> ps */
	UNIT_SIZE,  /* -> bytes */
	UNIT_RATE,  /* -> bytes per second */
	UNIT_FREQ,  /* -> Hz */
	UNIT_SHARE, /* "3 %" or 0.03 -> parts per million */
};

enum unit_error {
	UNIT_OK,
	UNIT_NOT_A_NUMBER,
	UNIT_MISSING, /* a number where a unit is needed */
	UNIT_UNKNOWN, /* not a unit of this kind */
	UNIT_TOO_LARGE,
};

/*
 * Parses @len bytes of @text: digits with an optional fraction, optional blanks, a unit. 0 needs
 * none. Exact where the result is a whole number, else rounded to the nearest.
 */
enum unit_error unit_parse(enum unit_kind kind, const char *text, size_t len, u64 *value);
/* The units of a kind for a message: "ps, ns, us, ms or s". */
const char *unit_names(enum unit_kind kind);
/* Writes the shortest exact form ("1.25us", "64KiB") of at most 32 bytes; returns its length. */
int unit_format(enum unit_kind kind, u64 value, char *buf);

#endif
