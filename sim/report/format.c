// SPDX-License-Identifier: GPL-2.0
/* Numbers with units as a person reads them. */
#include <stdio.h>

#include "sim/report/format.h"

/* Digits behind the point that leave four significant ones of @v < 10000. */
static int decimals(double v)
{
	return v < 9.9995 ? 3 : v < 99.995 ? 2 : v < 999.95 ? 1 : 0;
}

static struct text scaled(double v, const char *const *prefix, const char *unit)
{
	struct text t;

	/* What would be printed as 1000 goes to the next prefix. */
	while (v >= 999.95 && prefix[1]) {
		v /= 1000;
		prefix++;
	}
	snprintf(t.s, sizeof(t.s), "%.*f%s%s%s", decimals(v), v, **prefix || *unit ? " " : "",
		 *prefix, unit);
	return t;
}

struct text text_time(u64 ps)
{
	static const char *const units[] = {"ps", "ns", "us", "ms", "s", NULL};
	struct text t;

	if (ps >= 1000)
		return scaled((double)ps, units, "");
	snprintf(t.s, sizeof(t.s), ps ? "%llu ps" : "%llu s", ps);
	return t;
}

static const char *const si[] = {"", "k", "M", "G", "T", "P", "E", NULL};

struct text text_bytes(u64 bytes)
{
	struct text t;

	if (bytes >= 1000)
		return scaled((double)bytes, si, "B");
	snprintf(t.s, sizeof(t.s), "%llu B", bytes);
	return t;
}

struct text text_rate(double per_s, const char *unit)
{
	return scaled(per_s, si, unit);
}

struct text text_count(u64 n)
{
	char digits[24];
	struct text t;
	int len = snprintf(digits, sizeof(digits), "%llu", n), at = 0;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			t.s[at++] = ',';
		t.s[at++] = digits[i];
	}
	t.s[at] = 0;
	return t;
}

struct text text_percent(double share)
{
	struct text t;

	snprintf(t.s, sizeof(t.s), "%.1f %%", share * 100);
	return t;
}
