/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers with units as a person reads them. */
#ifndef SIM_REPORT_FORMAT_H
#define SIM_REPORT_FORMAT_H

#include "sim/core/types.h"

/* A text by value, so that several fit into one printf(). */
struct text {
	char s[40];
};

/* "1.28 us": four significant digits at most, always with a unit. */
struct text text_time(u64 ps);
struct text text_bytes(u64 bytes);		       /* "409.6 MB", decimal as rates are */
struct text text_rate(double per_s, const char *unit); /* "29.81 GB/s" for unit "B/s" */
struct text text_count(u64 n);			       /* "100,000" */
struct text text_percent(double share);		       /* "56.1 %" */

#endif
