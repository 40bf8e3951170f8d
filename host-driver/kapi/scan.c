// SPDX-License-Identifier: GPL-2.0
/* sscanf of the kernel (lib/vsprintf.c): integers, strings, characters, %n. */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/string.h>

struct scan_spec {
	char qualifier; /* h, H (hh), l, L (ll), z or 0 */
	int width;	/* -1: none */
	bool discard;
};

static const char *scan_parse(const char *fmt, struct scan_spec *spec)
{
	*spec = (struct scan_spec){.width = -1};
	if (*fmt == '*') {
		spec->discard = true;
		fmt++;
	}
	if (isdigit(*fmt)) {
		spec->width = 0;
		for (; isdigit(*fmt); fmt++)
			spec->width = min(spec->width * 10 + (*fmt - '0'), SHRT_MAX + 0);
	}
	if (*fmt == 'h' || *fmt == 'l' || *fmt == 'z' || *fmt == 'L') {
		spec->qualifier = *fmt++;
		if (*fmt == spec->qualifier && *fmt != 'z') {
			spec->qualifier = *fmt == 'h' ? 'H' : 'L';
			fmt++;
		}
	}
	return fmt;
}

static void store(void *p, char qualifier, u64 val)
{
	switch (qualifier) {
	case 'H':
		*(u8 *)p = val;
		break;
	case 'h':
		*(u16 *)p = val;
		break;
	case 'l':
	case 'L':
	case 'z':
		*(u64 *)p = val;
		break;
	default:
		*(u32 *)p = val;
	}
}

/* A number within @width characters at *@str; false when there is none. */
static bool scan_number(const char **str, char conv, int width, u64 *val)
{
	unsigned int base = conv == 'x' || conv == 'X' ? 16
			    : conv == 'o'	       ? 8
			    : conv == 'i'	       ? 0
						       : 10;
	char digits[32], *end;
	bool negative;
	int n;

	n = width < 0 ? (int)sizeof(digits) - 1 : min(width, (int)sizeof(digits) - 1);
	strscpy(digits, *str, n + 1);
	negative = (conv == 'd' || conv == 'i') && digits[0] == '-';
	if (!isxdigit(digits[negative]))
		return false;
	if (base == 10 && !isdigit(digits[negative]))
		return false;
	*val = simple_strtoull(digits + negative, &end, base);
	if (end == digits + negative)
		return false;
	if (negative)
		*val = -*val;
	*str += end - digits;
	return true;
}

static const char *scan_string(const char *str, char *dst, int width)
{
	str = skip_spaces(str);
	for (; width-- && *str && !isspace(*str); str++)
		if (dst)
			*dst++ = *str;
	if (dst)
		*dst = 0;
	return str;
}

int vsscanf(const char *buf, const char *fmt, va_list args)
{
	const char *str = buf;
	struct scan_spec spec;
	int num = 0;

	while (*fmt) {
		u64 val;

		if (isspace(*fmt)) {
			fmt = skip_spaces(fmt);
			str = skip_spaces(str);
			continue;
		}
		if (*fmt != '%' || fmt[1] == '%') {
			fmt += *fmt == '%';
			if (*fmt++ != *str++)
				break;
			continue;
		}
		fmt = scan_parse(fmt + 1, &spec);
		if (*fmt == 'n') {
			*va_arg(args, int *) = str - buf;
			fmt++;
			continue;
		}
		if (!*str)
			break;
		switch (*fmt) {
		case 'c': {
			char *s = spec.discard ? NULL : va_arg(args, char *);

			for (int n = max(spec.width, 1); n-- && *str; str++)
				if (s)
					*s++ = *str;
			break;
		}
		case 's':
			str = scan_string(str, spec.discard ? NULL : va_arg(args, char *),
					  spec.width < 0 ? INT_MAX : spec.width);
			break;
		default:
			if (!*fmt || !strchr("diouxX", *fmt))
				return num;
			str = skip_spaces(str);
			if (!scan_number(&str, *fmt, spec.width, &val))
				return num;
			if (!spec.discard)
				store(va_arg(args, void *), spec.qualifier, val);
		}
		fmt++;
		num += !spec.discard;
	}
	return num;
}

int sscanf(const char *buf, const char *fmt, ...)
{
	va_list args;
	int num;

	va_start(args, fmt);
	num = vsscanf(buf, fmt, args);
	va_end(args);
	return num;
}
