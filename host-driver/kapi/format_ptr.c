// SPDX-License-Identifier: GPL-2.0
/* The %p extensions of the kernel's printf. Output never depends on host addresses. */
#include <linux/bitmap.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/uuid.h>
#include "host-driver/kapi/kapi.h"

#define DIRECT_MAP 0xffff888000000000ull
#define IMAGE_MAP  0xffffffff81000000ull

extern const char __executable_start[] __weak;

static const struct kapi_fmt_spec plain = {.width = -1, .precision = -1};

static void put_hex(struct kapi_fmt_out *o, u64 v, int digits, bool prefix)
{
	struct kapi_fmt_spec spec = {
		.base = 16, .flags = KAPI_FMT_SMALL | KAPI_FMT_ZERO, .precision = -1};

	spec.width = digits + (prefix ? 2 : 0);
	if (prefix)
		spec.flags |= KAPI_FMT_HASH;
	kapi_fmt_number(o, v, spec);
}

static void put_dec(struct kapi_fmt_out *o, u64 v)
{
	kapi_fmt_number(o, v, (struct kapi_fmt_spec){.base = 10, .width = -1, .precision = -1});
}

/* Where @ptr would be in a kernel's address space: the same in every run. 0: nowhere. */
static u64 kernel_address(const void *ptr)
{
	struct kernel *k = kernel_current();
	u64 v = (unsigned long)ptr;

	if (v < PAGE_SIZE || IS_ERR(ptr) || v >> 60 == 0xe)
		return v;
	if (k && kapi_in_ram(k, ptr))
		return DIRECT_MAP + ((const u8 *)ptr - k->cfg.phys_base);
	if (kapi_is_static(ptr))
		return IMAGE_MAP + ((const char *)ptr - __executable_start);
	return 0;
}

static void put_bitmap(struct kapi_fmt_out *o, const unsigned long *map, int nbits)
{
	int chunks = DIV_ROUND_UP(nbits, 32);

	for (int i = chunks - 1; i >= 0; i--) {
		int bits = i == chunks - 1 && nbits % 32 ? nbits % 32 : 32;
		u32 v = map[i / 2] >> (i % 2 * 32) & (u32)GENMASK_ULL(bits - 1, 0);

		put_hex(o, v, DIV_ROUND_UP(bits, 4), false);
		if (i)
			kapi_fmt_putc(o, ',');
	}
}

static void put_bitmap_list(struct kapi_fmt_out *o, const unsigned long *map, unsigned int nbits)
{
	unsigned int begin = find_first_bit(map, nbits), end;
	bool first = true;

	for (; begin < nbits; begin = find_next_bit(map, nbits, end), first = false) {
		end = find_next_zero_bit(map, nbits, begin);
		if (!first)
			kapi_fmt_putc(o, ',');
		put_dec(o, begin);
		if (end - begin > 1) {
			kapi_fmt_putc(o, '-');
			put_dec(o, end - 1);
		}
	}
}

static void put_uuid(struct kapi_fmt_out *o, const u8 *b, char kind)
{
	static const u8 be[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	static const u8 le[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
	const u8 *order = kind == 'l' || kind == 'L' ? le : be;
	const char *set = isupper(kind) ? "0123456789ABCDEF" : "0123456789abcdef";

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			kapi_fmt_putc(o, '-');
		kapi_fmt_putc(o, set[b[order[i]] >> 4]);
		kapi_fmt_putc(o, set[b[order[i]] & 15]);
	}
}

static void put_hexdump(struct kapi_fmt_out *o, const u8 *b, int len, char sep)
{
	for (int i = 0; i < min(len, 64); i++) {
		if (i && sep)
			kapi_fmt_putc(o, sep);
		put_hex(o, b[i], 2, false);
	}
}

static void put_resource(struct kapi_fmt_out *o, const struct resource *r)
{
	int digits = r->end >> 32 ? 16 : 8;

	kapi_fmt_string(o, r->flags & IORESOURCE_IO ? "[io  " : "[mem ", plain);
	put_hex(o, r->start, digits, true);
	kapi_fmt_putc(o, '-');
	put_hex(o, r->end, digits, true);
	kapi_fmt_putc(o, ']');
}

static const char *const errno_names[] = {
	[EPERM] = "EPERM",	   [ENOENT] = "ENOENT",
	[EINTR] = "EINTR",	   [EIO] = "EIO",
	[ENXIO] = "ENXIO",	   [E2BIG] = "E2BIG",
	[EBADF] = "EBADF",	   [EAGAIN] = "EAGAIN",
	[ENOMEM] = "ENOMEM",	   [EACCES] = "EACCES",
	[EFAULT] = "EFAULT",	   [EBUSY] = "EBUSY",
	[EEXIST] = "EEXIST",	   [ENODEV] = "ENODEV",
	[ENOTDIR] = "ENOTDIR",	   [EINVAL] = "EINVAL",
	[ENFILE] = "ENFILE",	   [ENOTTY] = "ENOTTY",
	[EFBIG] = "EFBIG",	   [ENOSPC] = "ENOSPC",
	[ESPIPE] = "ESPIPE",	   [EROFS] = "EROFS",
	[EPIPE] = "EPIPE",	   [EDOM] = "EDOM",
	[ERANGE] = "ERANGE",	   [ENOSYS] = "ENOSYS",
	[ETIME] = "ETIME",	   [EPROTO] = "EPROTO",
	[EOVERFLOW] = "EOVERFLOW", [EOPNOTSUPP] = "EOPNOTSUPP",
	[ETIMEDOUT] = "ETIMEDOUT", [ECANCELED] = "ECANCELED",
	[ENOTEMPTY] = "ENOTEMPTY",
};

static void put_errno(struct kapi_fmt_out *o, const void *ptr, struct kapi_fmt_spec spec)
{
	long err = -PTR_ERR(ptr);

	if (err > 0 && err < (long)ARRAY_SIZE(errno_names) && errno_names[err]) {
		kapi_fmt_putc(o, '-');
		kapi_fmt_string(o, errno_names[err], spec);
	} else if (err == EPROBE_DEFER) {
		kapi_fmt_string(o, "-EPROBE_DEFER", spec);
	} else if (err == ERESTARTSYS) {
		kapi_fmt_string(o, "-ERESTARTSYS", spec);
	} else {
		spec.base = 10;
		spec.flags |= KAPI_FMT_SIGN;
		kapi_fmt_number(o, -err, spec);
	}
}

static void put_pointer(struct kapi_fmt_out *o, const void *ptr, struct kapi_fmt_spec spec)
{
	if (!ptr)
		kapi_fmt_string(o, "(null)", spec);
	else if (IS_ERR(ptr))
		put_errno(o, ptr, spec);
	else
		kapi_fmt_string(o, "(____ptrval____)", spec);
}

/* %pa, %pap (phys_addr_t), %pad (dma_addr_t), by reference. */
static size_t put_address(struct kapi_fmt_out *o, const char *fmt, const void *ptr)
{
	put_hex(o, *(const u64 *)ptr, 16, true);
	return fmt[1] == 'p' || fmt[1] == 'd' ? 2 : 1;
}

static size_t put_bitmap_kind(struct kapi_fmt_out *o, const char *fmt, const void *ptr, int bits)
{
	if (fmt[1] == 'l') {
		put_bitmap_list(o, ptr, max(bits, 0));
		return 2;
	}
	put_bitmap(o, ptr, max(bits, 0));
	return 1;
}

static size_t put_dump_kind(struct kapi_fmt_out *o, const char *fmt, const void *ptr, int len)
{
	char sep = fmt[1] == 'C' ? ':' : fmt[1] == 'D' ? '-' : fmt[1] == 'N' ? 0 : ' ';

	put_hexdump(o, ptr, len < 0 ? 1 : len, sep);
	return fmt[1] == 'C' || fmt[1] == 'D' || fmt[1] == 'N' ? 2 : 1;
}

size_t kapi_fmt_pointer(struct kapi_fmt_out *o, const char *fmt, const void *ptr,
			struct kapi_fmt_spec spec)
{
	const struct va_format *vf = ptr;

	switch (*fmt) {
	case 'x':
		put_hex(o, kernel_address(ptr), 16, false);
		return 1;
	case 'K':
		put_pointer(o, ptr, spec);
		return 1;
	case 'S':
	case 's':
	case 'B':
		put_hex(o, kernel_address(ptr), 16, true);
		return 1;
	case 'e':
		if (IS_ERR(ptr))
			put_errno(o, ptr, spec);
		else
			put_pointer(o, ptr, spec);
		return 1;
	}
	if (!strchr("abhURrV", *fmt) || !*fmt) {
		put_pointer(o, ptr, spec);
		return 0;
	}
	if ((unsigned long)ptr < PAGE_SIZE || IS_ERR(ptr)) {
		size_t n = 1;

		kapi_fmt_string(o, ptr ? "(efault)" : "(null)", spec);
		while (isalpha(fmt[n]) && n < 2 && *fmt != 'V' && *fmt != 'r' && *fmt != 'R')
			n++;
		return n;
	}
	switch (*fmt) {
	case 'a':
		return put_address(o, fmt, ptr);
	case 'b':
		return put_bitmap_kind(o, fmt, ptr, spec.width);
	case 'h':
		return put_dump_kind(o, fmt, ptr, spec.width);
	case 'U':
		put_uuid(o, ptr, fmt[1]);
		return fmt[1] && strchr("bBlL", fmt[1]) ? 2 : 1;
	case 'V':
		kapi_fmt_va(o, vf->fmt, *vf->va);
		return 1;
	default: /* R, r */
		put_resource(o, ptr);
		return 1;
	}
}
