// SPDX-License-Identifier: GPL-2.0
// Cases: printf, scanf, numbers, strings, bitmaps, UUIDs, sorting.
#include <linux/bitfield.h>
#include <linux/bitmap.h>
#include <linux/bsearch.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uuid.h>
#include "host-driver/kapi/kernel.h"
#include "tests/unit/kapi/prim_world.h"

static bool prints(const char *want, const char *fmt, ...) __printf(2, 3);
static bool prints(const char *want, const char *fmt, ...)
{
	char buf[128];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(buf, sizeof(buf), fmt, args);
	va_end(args);
	return len == (int)strlen(want) && !strcmp(buf, want);
}

/* Formats that the compiler does not know. */
#define PRINTS(want, ...)                                                                          \
	({                                                                                         \
		char __b[160];                                                                     \
		int __n = snprintf(__b, sizeof(__b), __VA_ARGS__);                                 \
		bool __ok = __n == (int)strlen(want) && !strcmp(__b, want);                        \
		if (!__ok)                                                                         \
			kt_mark(t, __b);                                                           \
		__ok;                                                                              \
	})

static void numbers(struct kt *t)
{
	char buf[8];

	KT_CHECK(t, prints("42 -7 007   9|5   |", "%d %i %03u %3u|%-4d|", 42, -7, 7, 9, 5));
	KT_CHECK(t, prints("ff FF 0xff 0377 +5  5", "%x %X %#x %#o %+d % d", 255, 255, 255, 255, 5,
			   5));
	KT_CHECK(t, prints("18446744073709551615 -9223372036854775808", "%llu %lld", ~0ull,
			   LLONG_MIN));
	KT_CHECK(t, prints("0x0000abcd 00012", "%#010x %.5d", 0xabcd, 12));
	KT_CHECK(t, prints("ab|  abc|abc  |a%c", "%.2s|%5s|%-5s|%c%%%c", "abc", "abc", "abc", 'a',
			   'c'));
	KT_CHECK(t, prints("-1 255 -1 65535 12", "%hhd %hhu %hd %hu %zu", (s8)-1, (u8)255, (s16)-1,
			   (u16)65535, (size_t)12));
	KT_CHECK(t, prints("   12|12   |", "%*d|%-*d|", 5, 12, 5, 12));
	KT_CHECK(t, prints("12   |", "%*d|", -5, 12));
	KT_CHECK(t, snprintf(buf, sizeof(buf), "%s", "0123456789") == 10);
	KT_CHECK(t, !strcmp(buf, "0123456"));
	KT_CHECK(t, scnprintf(buf, sizeof(buf), "%s", "0123456789") == 7);
	KT_CHECK(t, scnprintf(buf, 0, "%s", "x") == 0);
	KT_CHECK(t, snprintf(NULL, 0, "%d", 12345) == 5);
	KT_CHECK(t, PRINTS("(null)", "%s", (char *)t->regs[0]));
}

static void pointers(struct kt *t)
{
	DECLARE_BITMAP(map, 80) = {0x00000001ff0000f1ul, 0x8001};
	uuid_t u = UUID_INIT(0x12345678, 0x9abc, 0xdef0, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd,
			     0xef);
	phys_addr_t pa = 0xfe001000;
	struct resource r = {.start = 0x1000, .end = 0x1fff, .flags = IORESOURCE_MEM};
	u8 bytes[] = {1, 0xab, 0};
	void *p = kmalloc(8, GFP_KERNEL);

	KT_CHECK(t, PRINTS("8001,00000001,ff0000f1", "%*pb", 80, map));
	KT_CHECK(t, PRINTS("0,4-7,24-32,64,79", "%*pbl", 80, map));
	KT_CHECK(t, PRINTS("1", "%*pb", 4, map));
	KT_CHECK(t, PRINTS("", "%*pbl", 3, &t->regs[0]));
	KT_CHECK(t, PRINTS("12345678-9abc-def0-0123-456789abcdef", "%pUb", &u));
	KT_CHECK(t, PRINTS("12345678-9ABC-DEF0-0123-456789ABCDEF", "%pUB", &u));
	KT_CHECK(t, PRINTS("78563412-bc9a-f0de-0123-456789abcdef", "%pUl", &u));
	KT_CHECK(t, PRINTS("0x00000000fe001000", "%pa", &pa));
	KT_CHECK(t, PRINTS("0x00000000fe001000!", "%pad!", &pa));
	KT_CHECK(t, PRINTS("-EINVAL -ENODEV -517x", "%pe %pe %dx", ERR_PTR(-EINVAL),
			   ERR_PTR(-ENODEV), -EPROBE_DEFER));
	KT_CHECK(t, PRINTS("[mem 0x00001000-0x00001fff]", "%pR", &r));
	KT_CHECK(t,
		 PRINTS("01 ab 00 01:ab 01ab00", "%*ph %*phC %*phN", 3, bytes, 2, bytes, 3, bytes));
	/* Addresses say where an object lies in the simulation, never where it is on the host. */
	KT_CHECK(t, PRINTS("(____ptrval____) (null)", "%p %p", p, NULL));
	KT_CHECK(t, PRINTS("ffff888000101000", "%px", (void *)((unsigned long)p & PAGE_MASK)) ||
			    strstr(t->trail, "ffff88800"));
	kfree(p);
}

static bool nested_va(struct kt *t, const char *fmt, ...)
{
	va_list args;
	struct va_format vf = {.fmt = fmt, .va = &args};
	bool ok;

	va_start(args, fmt);
	ok = PRINTS("[7 x] 9", "[%pV] %d", &vf, 9);
	va_end(args);
	return ok;
}

static void nested(struct kt *t)
{
	char *s;

	KT_CHECK(t, nested_va(t, "%d %s", 7, "x"));
	s = kasprintf(GFP_KERNEL, "wq%d.%d", 0, 3);
	KT_CHECK(t, !strcmp(s, "wq0.3"));
	kfree(s);
}

static void parsing(struct kt *t)
{
	unsigned long long ull;
	unsigned long ul;
	long l;
	int i;
	unsigned int u;
	u8 b;
	s8 sb;
	bool flag;
	char *end;

	KT_CHECK(t, !kstrtoul("123\n", 10, &ul) && ul == 123);
	KT_CHECK(t, !kstrtoul("0x1F", 0, &ul) && ul == 31);
	KT_CHECK(t, !kstrtoul("017", 0, &ul) && ul == 15);
	KT_CHECK(t, !kstrtoul("+5", 10, &ul) && ul == 5);
	KT_CHECK(t, kstrtoul("", 10, &ul) == -EINVAL);
	KT_CHECK(t, kstrtoul("\n", 10, &ul) == -EINVAL);
	KT_CHECK(t, kstrtoul(" 1", 10, &ul) == -EINVAL);
	KT_CHECK(t, kstrtoul("1 ", 10, &ul) == -EINVAL);
	KT_CHECK(t, kstrtoul("1\n\n", 10, &ul) == -EINVAL);
	KT_CHECK(t, kstrtoul("-1", 10, &ul) == -EINVAL);
	KT_CHECK(t, kstrtoul("0x", 16, &ul) == -EINVAL);
	KT_CHECK(t, !kstrtoull("18446744073709551615", 10, &ull) && ull == ~0ull);
	KT_CHECK(t, kstrtoull("18446744073709551616", 10, &ull) == -ERANGE);
	KT_CHECK(t, !kstrtol("-9223372036854775808", 10, &l) && l == LONG_MIN);
	KT_CHECK(t, kstrtol("9223372036854775808", 10, &l) == -ERANGE);
	KT_CHECK(t, !kstrtoint("-2147483648", 10, &i) && i == INT_MIN);
	KT_CHECK(t, kstrtoint("2147483648", 10, &i) == -ERANGE);
	KT_CHECK(t, kstrtouint("4294967296", 10, &u) == -ERANGE);
	KT_CHECK(t, !kstrtou8("255", 10, &b) && b == 255);
	KT_CHECK(t, kstrtou8("256", 10, &b) == -ERANGE);
	KT_CHECK(t, !kstrtos8("-128", 10, &sb) && sb == -128);
	KT_CHECK(t, !kstrtobool("on", &flag) && flag);
	KT_CHECK(t, !kstrtobool("0\n", &flag) && !flag);
	KT_CHECK(t, kstrtobool("2", &flag) == -EINVAL);
	KT_CHECK(t, simple_strtoul("12ab", &end, 10) == 12 && *end == 'a');
	KT_CHECK(t, memparse("4k", &end) == 4096 && !*end);
	KT_CHECK(t, memparse("2Gx", &end) == 2ull << 30 && *end == 'x');
}

static void scanning(struct kt *t)
{
	unsigned int a, b, c, d;
	char name[8], ch;
	int n = 0;
	u8 byte;
	u64 big;

	KT_CHECK(t, sscanf("wq12.3", "wq%u.%u", &a, &b) == 2 && a == 12 && b == 3);
	KT_CHECK(t,
		 sscanf("0000:6a:01.0", "%x:%x:%x.%u", &a, &b, &c, &d) == 4 && b == 0x6a && c == 1);
	KT_CHECK(t, sscanf("abc 7x", "%3s %d%c%n", name, &n, &ch, &n) == 3 && ch == 'x' && n == 6);
	KT_CHECK(t, sscanf("-5", "%d", &n) == 1 && n == -5);
	KT_CHECK(t, sscanf("12 34", "%*d %d", &n) == 1 && n == 34);
	KT_CHECK(t, sscanf("1234", "%2u%2u", &a, &b) == 2 && a == 12 && b == 34);
	KT_CHECK(t, sscanf("ff", "%hhx", &byte) == 1 && byte == 255);
	KT_CHECK(t, sscanf("0xffffffffff", "%llx", &big) == 1 && big == 0xffffffffffull);
	KT_CHECK(t, sscanf("x", "%d", &n) == 0);
	KT_CHECK(t, sscanf("", "%d", &n) == 0);
	KT_CHECK(t, sscanf("wq", "engine%d", &n) == 0);
}

static void strings(struct kt *t)
{
	char buf[8], text[] = "  a b \n";
	static const char *const names[] = {"none", "kernel", "user", NULL};

	KT_CHECK(t, strscpy(buf, "1234567", 8) == 7 && !strcmp(buf, "1234567"));
	KT_CHECK(t, strscpy(buf, "12345678", 8) == -E2BIG && !strcmp(buf, "1234567"));
	KT_CHECK(t, strscpy(buf, "x", 0) == -E2BIG);
	KT_CHECK(t, strscpy_pad(buf, "a", 8) == 1 && !buf[7]);
	KT_CHECK(t, !strcmp(strim(text), "a b"));
	KT_CHECK(t, sysfs_streq("user\n", "user") && sysfs_streq("user", "user\n"));
	KT_CHECK(t, !sysfs_streq("user\n\n", "user") && !sysfs_streq("use", "user"));
	KT_CHECK(t, match_string(names, -1, "user") == 2 && match_string(names, 1, "user") < 0);
	KT_CHECK(t, __sysfs_match_string(names, 3, "kernel\n") == 1);
	KT_CHECK(t, strnchr("abc", 2, 'c') == NULL && *strnchr("abc", 3, 'c') == 'c');
	memset(buf, 5, sizeof(buf));
	KT_CHECK(t, !memchr_inv(buf, 5, sizeof(buf)));
	buf[6] = 4;
	KT_CHECK(t, memchr_inv(buf, 5, sizeof(buf)) == buf + 6);
	KT_CHECK(t, !hex2bin((u8 *)buf, "0aFf", 2) && buf[0] == 10 && (u8)buf[1] == 255);
	KT_CHECK(t, hex2bin((u8 *)buf, "0g", 1) == -EINVAL);
}

static void bitmaps(struct kt *t)
{
	DECLARE_BITMAP(a, 100);
	DECLARE_BITMAP(b, 100);
	u32 arr[4] = {0x80000001, 0, 0xf, 0xffffffff};
	unsigned int bit, n = 0;
	char *page = (char *)get_zeroed_page(GFP_KERNEL);

	bitmap_zero(a, 100);
	bitmap_set(a, 62, 5);
	KT_CHECK(t, bitmap_weight(a, 100) == 5 && find_first_bit(a, 100) == 62);
	KT_CHECK(t, find_next_zero_bit(a, 100, 63) == 67 && find_last_bit(a, 100) == 66);
	for_each_set_bit (bit, a, 100)
		n += bit;
	KT_CHECK(t, n == 62 + 63 + 64 + 65 + 66);
	KT_CHECK(t, find_next_bit(a, 100, 67) == 100);
	bitmap_fill(b, 100);
	KT_CHECK(t, bitmap_full(b, 100) && bitmap_weight(b, 100) == 100);
	KT_CHECK(t, bitmap_subset(a, b, 100) && !bitmap_subset(b, a, 100));
	KT_CHECK(t, bitmap_andnot(b, b, a, 100) && bitmap_weight(b, 100) == 95);
	KT_CHECK(t, !bitmap_intersects(a, b, 100) && !bitmap_and(a, a, b, 100));
	bitmap_from_arr32(a, arr, 100);
	KT_CHECK(t, test_bit(0, a) && test_bit(31, a) && test_bit(67, a) && test_bit(99, a));
	KT_CHECK(t, bitmap_weight(a, 100) == 10);
	arr[3] = 0;
	bitmap_to_arr32(arr, a, 100);
	KT_CHECK(t, arr[0] == 0x80000001 && arr[3] == 0xf);
	bitmap_zero(a, 100);
	KT_CHECK(t, bitmap_find_next_zero_area(a, 100, 3, 8, 7) == 8);
	KT_CHECK(t, !test_and_set_bit(70, a) && test_and_set_bit(70, a));
	KT_CHECK(t, test_and_clear_bit(70, a) && bitmap_empty(a, 100));
	KT_CHECK(t, !bitmap_parse("f,00000001\n", 11, a, 100));
	KT_CHECK(t, test_bit(0, a) && test_bit(35, a) && bitmap_weight(a, 100) == 5);
	KT_CHECK(t, bitmap_parse("123456789", 9, a, 100) == -EOVERFLOW);
	KT_CHECK(t, bitmap_parse("10,0,0,0", 8, a, 100) == -EOVERFLOW);
	KT_CHECK(t, bitmap_parse("12x", 3, a, 100) == -EINVAL);
	KT_CHECK(t, bitmap_parse("", 0, a, 100) == 0 && bitmap_empty(a, 100));
	KT_CHECK(t, !bitmap_parselist("0-3,8,90-99:1/4", a, 100));
	bitmap_print_to_pagebuf(true, page, a, 100);
	KT_CHECK(t, !strcmp(page, "0-3,8,90,94,98\n"));
	KT_CHECK(t, bitmap_parselist("5-2", a, 100) == -EINVAL);
	KT_CHECK(t, bitmap_parselist("5-100", a, 100) == -ERANGE);
	KT_CHECK(t, bitmap_parselist("a", a, 100) == -EINVAL);
	free_page((unsigned long)page);
}

static void arithmetic(struct kt *t)
{
	u64 rem;

	KT_CHECK(t, roundup_pow_of_two(33) == 64 && rounddown_pow_of_two(33) == 32);
	KT_CHECK(t, ilog2(4096) == 12 && order_base_2(5) == 3 && !is_power_of_2(0));
	KT_CHECK(t, min(3, 4) == 3 && max_t(u8, 255, (u8)256) == 255 && clamp(7, 1, 5) == 5);
	KT_CHECK(t, FIELD_GET(GENMASK(15, 8), 0xabcd) == 0xab);
	KT_CHECK(t, FIELD_PREP(GENMASK_ULL(39, 32), 0x5aull) == 0x5a00000000ull);
	KT_CHECK(t, DIV_ROUND_UP(10, 4) == 3 && round_up(10, 8) == 16 && round_down(10, 8) == 8);
	KT_CHECK(t, div64_u64_rem(10, 3, &rem) == 3 && rem == 1);
	KT_CHECK(t, upper_32_bits(0x123456789aull) == 0x12);
	KT_CHECK(t, get_order(1) == 0 && get_order(4097) == 1 && get_order(1 << 21) == 9);
	KT_CHECK(t, sign_extend64(0x80, 7) == -128);
}

static void uuids(struct kt *t)
{
	uuid_t a, b;
	guid_t g;

	KT_CHECK(t, !uuid_parse("83b8f4f2-509f-382f-3c1e-e6bfe0fa1001", &a));
	KT_CHECK(t, a.b[0] == 0x83 && a.b[15] == 0x01);
	KT_CHECK(t, !guid_parse("83b8f4f2-509f-382f-3c1e-e6bfe0fa1001", &g) && g.b[0] == 0xf2);
	KT_CHECK(t, uuid_parse("83b8f4f2-509f-382f-3c1e-e6bfe0fa100", &b) == -EINVAL);
	KT_CHECK(t, uuid_parse("83b8f4f2x509f-382f-3c1e-e6bfe0fa1001", &b) == -EINVAL);
	uuid_gen(&a);
	uuid_gen(&b);
	KT_CHECK(t, !uuid_equal(&a, &b) && !uuid_is_null(&a));
	KT_CHECK(t, a.b[6] >> 4 == 4 && a.b[8] >> 6 == 2);
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void sorting(struct kt *t)
{
	int v[100], key;
	bool ok = true;

	for (int i = 0; i < 100; i++)
		v[i] = get_random_u32() % 1000;
	sort(v, 100, sizeof(v[0]), compare, NULL);
	for (int i = 1; i < 100; i++)
		ok = ok && v[i - 1] <= v[i];
	KT_CHECK(t, ok);
	key = v[37];
	KT_CHECK(t, *(int *)bsearch(&key, v, 100, sizeof(v[0]), compare) == key);
	key = 1000;
	KT_CHECK(t, !bsearch(&key, v, 100, sizeof(v[0]), compare));
}

static void logging(struct kt *t)
{
	char buf[512];

	pr_info("hello %d\n", 1);
	pr_err("bad");
	pr_cont(" thing\n");
	for (int i = 0; i < 3; i++)
		pr_warn_once("once\n");
	for (int i = 0; i < 50; i++)
		pr_warn_ratelimited("r%d\n", i);
	KT_CHECK(t, kernel_log_read(t->k, buf, sizeof(buf)) < sizeof(buf));
	KT_CHECK(t, strstr(buf, "[    0.000000] hello 1\n") == buf);
	KT_CHECK(t, strstr(buf, "bad thing\n") && strstr(buf, "once\n") == strstr(buf, "once"));
	KT_CHECK(t, strstr(buf, "r9\n") && !strstr(buf, "r10\n"));
}

const struct kt_case kt_text_cases[] = {
	{"printf: numbers and strings", numbers},
	{"printf: pointer formats", pointers},
	{"printf: nested, allocated", nested},
	{"kstrto*, memparse", parsing},
	{"sscanf", scanning},
	{"strings", strings},
	{"bitmaps: operations, parsing, printing", bitmaps},
	{"arithmetic", arithmetic},
	{"UUIDs", uuids},
	{"sort and bsearch", sorting},
	{"the log: levels, continuation, once, rate limit", logging},
	{NULL, NULL},
};
