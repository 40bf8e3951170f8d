// SPDX-License-Identifier: GPL-2.0
/* Strings to numbers (lib/kstrtox.c, lib/cmdline.c). */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/string.h>

static const char *strip_base(const char *s, unsigned int *base)
{
	bool hex = s[0] == '0' && tolower(s[1]) == 'x' && isxdigit(s[2]);

	if (*base == 0)
		*base = hex ? 16 : s[0] == '0' ? 8 : 10;
	return *base == 16 && s[0] == '0' && tolower(s[1]) == 'x' ? s + 2 : s;
}

static int digit_of(char c)
{
	if (isdigit(c))
		return c - '0';
	c = tolower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : INT_MAX;
}

/* Digits read, at most @max; *overflow when the value does not fit. */
static size_t parse_digits(const char *s, unsigned int base, size_t max, u64 *val, bool *overflow)
{
	size_t n = 0;

	*val = 0;
	*overflow = false;
	for (; n < max && digit_of(s[n]) < (int)base; n++) {
		unsigned long long next;

		if (check_mul_overflow(*val, (u64)base, &next) ||
		    check_add_overflow(next, (u64)digit_of(s[n]), &next))
			*overflow = true;
		*val = next;
	}
	return n;
}

static int parse_all(const char *s, unsigned int base, u64 *res)
{
	bool overflow;
	size_t n;

	s = strip_base(s, &base);
	n = parse_digits(s, base, SIZE_MAX, res, &overflow);
	if (overflow)
		return -ERANGE;
	if (!n)
		return -EINVAL;
	s += n;
	if (*s == '\n')
		s++;
	return *s ? -EINVAL : 0;
}

int kstrtoull(const char *s, unsigned int base, unsigned long long *res)
{
	u64 val;
	int err;

	if (*s == '+')
		s++;
	err = parse_all(s, base, &val);
	if (!err)
		*res = val;
	return err;
}

int kstrtoll(const char *s, unsigned int base, long long *res)
{
	unsigned long long val;
	int err;

	if (*s != '-') {
		err = kstrtoull(s, base, &val);
		if (err)
			return err;
		if (val > LLONG_MAX)
			return -ERANGE;
		*res = val;
		return 0;
	}
	err = parse_all(s + 1, base, &val);
	if (err)
		return err;
	if (val > (u64)LLONG_MAX + 1)
		return -ERANGE;
	*res = -val;
	return 0;
}

#define KSTRTO(name, type, wide_fn, wide)                                                          \
	int name(const char *s, unsigned int base, type *res)                                      \
	{                                                                                          \
		wide val;                                                                          \
		int err = wide_fn(s, base, &val);                                                  \
                                                                                                   \
		if (err)                                                                           \
			return err;                                                                \
		if (val != (wide)(type)val)                                                        \
			return -ERANGE;                                                            \
		*res = val;                                                                        \
		return 0;                                                                          \
	}
KSTRTO(kstrtoul, unsigned long, kstrtoull, unsigned long long)
KSTRTO(kstrtol, long, kstrtoll, long long)
KSTRTO(kstrtouint, unsigned int, kstrtoull, unsigned long long)
KSTRTO(kstrtoint, int, kstrtoll, long long)
KSTRTO(kstrtou16, u16, kstrtoull, unsigned long long)
KSTRTO(kstrtos16, s16, kstrtoll, long long)
KSTRTO(kstrtou8, u8, kstrtoull, unsigned long long)
KSTRTO(kstrtos8, s8, kstrtoll, long long)

int kstrtobool(const char *s, bool *res)
{
	if (!s)
		return -EINVAL;
	switch (s[0]) {
	case 'y':
	case 'Y':
	case 't':
	case 'T':
	case '1':
		*res = true;
		return 0;
	case 'n':
	case 'N':
	case 'f':
	case 'F':
	case '0':
		*res = false;
		return 0;
	case 'o':
	case 'O':
		if (tolower(s[1]) == 'n') {
			*res = true;
			return 0;
		}
		if (tolower(s[1]) == 'f') {
			*res = false;
			return 0;
		}
		return -EINVAL;
	default:
		return -EINVAL;
	}
}

/* ---- the older helpers
 * --------------------------------------------------------------------------- */

unsigned long long simple_strtoull(const char *s, char **end, unsigned int base)
{
	bool overflow;
	u64 val;

	s = strip_base(s, &base);
	s += parse_digits(s, base, SIZE_MAX, &val, &overflow);
	if (end)
		*end = (char *)s;
	return val;
}

unsigned long simple_strtoul(const char *s, char **end, unsigned int base)
{
	return simple_strtoull(s, end, base);
}

long simple_strtol(const char *s, char **end, unsigned int base)
{
	if (*s == '-')
		return -simple_strtoull(s + 1, end, base);
	return simple_strtoull(s, end, base);
}

unsigned long long memparse(const char *s, char **end)
{
	static const char units[] = "kmgtpe";
	char *p;
	unsigned long long val = simple_strtoull(s, &p, 0);
	const char *unit = *p ? strchr(units, tolower(*p)) : NULL;

	if (unit) {
		val <<= 10 * (unit - units + 1);
		p++;
	}
	if (end)
		*end = p;
	return val;
}
