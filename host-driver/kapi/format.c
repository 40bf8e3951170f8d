// SPDX-License-Identifier: GPL-2.0
/* The printf family of the kernel (lib/vsprintf.c): numbers, strings, and the pointer formats. */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "host-driver/kapi/kapi.h"

void kapi_fmt_string(struct kapi_fmt_out *o, const char *s, struct kapi_fmt_spec spec)
{
	size_t limit = spec.precision < 0 ? SIZE_MAX : (size_t)spec.precision;
	size_t len = 0;
	int pad;

	if ((unsigned long)s < PAGE_SIZE)
		s = s ? "(efault)" : "(null)";
	while (len < limit && s[len])
		len++;
	pad = spec.width - (int)min(len, (size_t)INT_MAX);
	if (!(spec.flags & KAPI_FMT_LEFT))
		for (; pad > 0; pad--)
			kapi_fmt_putc(o, ' ');
	for (size_t i = 0; i < len; i++)
		kapi_fmt_putc(o, s[i]);
	for (; pad > 0; pad--)
		kapi_fmt_putc(o, ' ');
}

void kapi_fmt_number(struct kapi_fmt_out *o, u64 num, struct kapi_fmt_spec spec)
{
	const char *set = spec.flags & KAPI_FMT_SMALL ? "0123456789abcdef" : "0123456789ABCDEF";
	bool hash = (spec.flags & KAPI_FMT_HASH) && spec.base != 10 && (num || spec.base == 16);
	bool zero =
		(spec.flags & KAPI_FMT_ZERO) && !(spec.flags & KAPI_FMT_LEFT) && spec.precision < 0;
	char tmp[68], sign = 0;
	int n = 0, digits, width = spec.width;

	if (spec.flags & KAPI_FMT_SIGN) {
		if ((s64)num < 0) {
			sign = '-';
			num = -num;
		} else if (spec.flags & KAPI_FMT_PLUS) {
			sign = '+';
		} else if (spec.flags & KAPI_FMT_SPACE) {
			sign = ' ';
		}
	}
	do {
		tmp[n++] = set[num % spec.base];
		num /= spec.base;
	} while (num);
	digits = max(n, spec.precision);
	width -= digits + !!sign + (hash ? (spec.base == 16 ? 2 : 1) : 0);
	if (!zero && !(spec.flags & KAPI_FMT_LEFT))
		for (; width > 0; width--)
			kapi_fmt_putc(o, ' ');
	if (sign)
		kapi_fmt_putc(o, sign);
	if (hash) {
		kapi_fmt_putc(o, '0');
		if (spec.base == 16)
			kapi_fmt_putc(o, spec.flags & KAPI_FMT_SMALL ? 'x' : 'X');
	}
	if (zero)
		for (; width > 0; width--)
			kapi_fmt_putc(o, '0');
	for (int i = digits; i > n; i--)
		kapi_fmt_putc(o, '0');
	while (n)
		kapi_fmt_putc(o, tmp[--n]);
	for (; width > 0; width--)
		kapi_fmt_putc(o, ' ');
}

/* Widths and precisions beyond any use are cut, as the kernel does. */
#define FIELD_MAX_WIDTH	    ((1 << 23) - 1)
#define FIELD_MAX_PRECISION ((1 << 15) - 1)

static const char *parse_flags(const char *fmt, struct kapi_fmt_spec *spec)
{
	for (;; fmt++) {
		switch (*fmt) {
		case '-':
			spec->flags |= KAPI_FMT_LEFT;
			break;
		case '+':
			spec->flags |= KAPI_FMT_PLUS;
			break;
		case ' ':
			spec->flags |= KAPI_FMT_SPACE;
			break;
		case '#':
			spec->flags |= KAPI_FMT_HASH;
			break;
		case '0':
			spec->flags |= KAPI_FMT_ZERO;
			break;
		default:
			return fmt;
		}
	}
}

static const char *parse_int(const char *fmt, int *val)
{
	int v = 0;

	for (; isdigit(*fmt); fmt++)
		if (v <= FIELD_MAX_WIDTH)
			v = v * 10 + (*fmt - '0');
	*val = v;
	return fmt;
}

static const char *parse_qualifier(const char *fmt, struct kapi_fmt_spec *spec)
{
	char q = *fmt;

	if (q != 'h' && q != 'l' && q != 'L' && q != 'z' && q != 't' && q != 'j')
		return fmt;
	fmt++;
	if (*fmt == q && (q == 'l' || q == 'h')) {
		q = q == 'l' ? 'L' : 'H';
		fmt++;
	}
	spec->qualifier = q;
	return fmt;
}

static u64 integer_arg(struct kapi_fmt_spec *spec, va_list *args)
{
	bool sign = spec->flags & KAPI_FMT_SIGN;

	switch (spec->qualifier) {
	case 'L':
	case 'l':
	case 'z':
	case 't':
	case 'j':
		return va_arg(*args, u64);
	case 'H':
		return sign ? (u64)(signed char)va_arg(*args, int)
			    : (u64)(unsigned char)va_arg(*args, int);
	case 'h':
		return sign ? (u64)(short)va_arg(*args, int)
			    : (u64)(unsigned short)va_arg(*args, int);
	default:
		return sign ? (u64)va_arg(*args, int) : (u64)va_arg(*args, unsigned int);
	}
}

static void put_char(struct kapi_fmt_out *o, char c, struct kapi_fmt_spec spec)
{
	if (!(spec.flags & KAPI_FMT_LEFT))
		while (--spec.width > 0)
			kapi_fmt_putc(o, ' ');
	kapi_fmt_putc(o, c);
	while (--spec.width > 0)
		kapi_fmt_putc(o, ' ');
}

/* One conversion; @fmt is at its letter. Returns what follows, NULL for one that does not exist. */
static const char *convert(struct kapi_fmt_out *o, const char *fmt, struct kapi_fmt_spec spec,
			   va_list *args)
{
	spec.base = 10;
	switch (*fmt) {
	case 'c':
		put_char(o, (char)va_arg(*args, int), spec);
		return fmt + 1;
	case 's':
		kapi_fmt_string(o, va_arg(*args, const char *), spec);
		return fmt + 1;
	case 'p': {
		const void *ptr = va_arg(*args, const void *);

		return fmt + 1 + kapi_fmt_pointer(o, fmt + 1, ptr, spec);
	}
	case '%':
		kapi_fmt_putc(o, '%');
		return fmt + 1;
	case 'd':
	case 'i':
		spec.flags |= KAPI_FMT_SIGN;
		break;
	case 'u':
		break;
	case 'o':
		spec.base = 8;
		break;
	case 'x':
		spec.flags |= KAPI_FMT_SMALL;
		fallthrough;
	case 'X':
		spec.base = 16;
		break;
	default:
		return NULL;
	}
	kapi_fmt_number(o, integer_arg(&spec, args), spec);
	return fmt + 1;
}

static const char *parse_spec(const char *fmt, struct kapi_fmt_spec *spec, va_list *args)
{
	*spec = (struct kapi_fmt_spec){.width = -1, .precision = -1};
	fmt = parse_flags(fmt, spec);
	if (*fmt == '*') {
		spec->width = va_arg(*args, int);
		if (spec->width < 0) {
			spec->flags |= KAPI_FMT_LEFT;
			spec->width = spec->width == INT_MIN ? INT_MAX : -spec->width;
		}
		fmt++;
	} else if (isdigit(*fmt)) {
		fmt = parse_int(fmt, &spec->width);
	}
	spec->width = min(spec->width, FIELD_MAX_WIDTH);
	if (*fmt == '.') {
		fmt++;
		if (*fmt == '*') {
			spec->precision = max(va_arg(*args, int), 0);
			fmt++;
		} else {
			fmt = parse_int(fmt, &spec->precision);
		}
		spec->precision = min(spec->precision, FIELD_MAX_PRECISION);
	}
	return parse_qualifier(fmt, spec);
}

void kapi_fmt_va(struct kapi_fmt_out *o, const char *fmt, va_list args)
{
	va_list ap;

	va_copy(ap, args);
	while (*fmt) {
		struct kapi_fmt_spec spec;

		if (*fmt != '%') {
			kapi_fmt_putc(o, *fmt++);
			continue;
		}
		fmt = parse_spec(fmt + 1, &spec, &ap);
		fmt = convert(o, fmt, spec, &ap);
		/* An unknown conversion leaves no way to find the next argument: stop. */
		if (!fmt)
			break;
	}
	va_end(ap);
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct kapi_fmt_out o = {.buf = buf, .size = size};

	kapi_fmt_va(&o, fmt, args);
	if (size)
		buf[min(o.len, size - 1)] = 0;
	return (int)o.len;
}

int vscnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	size_t len = vsnprintf(buf, size, fmt, args);

	return (int)(len < size ? len : size ? size - 1 : 0);
}

int vsprintf(char *buf, const char *fmt, va_list args)
{
	return vsnprintf(buf, INT_MAX, fmt, args);
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vscnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

int sprintf(char *buf, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsprintf(buf, fmt, args);
	va_end(args);
	return len;
}

char *kvasprintf(gfp_t gfp, const char *fmt, va_list args)
{
	size_t len = vsnprintf(NULL, 0, fmt, args);
	char *p = kmalloc(len + 1, gfp);

	if (p)
		vsnprintf(p, len + 1, fmt, args);
	return p;
}

const char *kvasprintf_const(gfp_t gfp, const char *fmt, va_list args)
{
	return kvasprintf(gfp, fmt, args);
}

char *kasprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *p;

	va_start(args, fmt);
	p = kvasprintf(gfp, fmt, args);
	va_end(args);
	return p;
}
