// SPDX-License-Identifier: GPL-2.0
// The kernel's printf, numbers and ids against libc's and against plain models, on random input.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <CUnit/Basic.h>
#include "sim/core/rng.h"

/* As kapi's headers name them for the linker. */
int kapi_snprintf(char *buf, size_t size, const char *fmt, ...);
int kapi_sscanf(const char *buf, const char *fmt, ...);
int kstrtoull(const char *s, unsigned int base, unsigned long long *res);
int kstrtoll(const char *s, unsigned int base, long long *res);
int bitmap_parselist(const char *buf, unsigned long *dst, int nbits);
int bitmap_parse(const char *buf, unsigned int len, unsigned long *dst, int nbits);

static struct sim_rng rng;

static u64 below(u64 n)
{
	return sim_rng_below(&rng, n);
}

static u64 any_value(void)
{
	static const u64 edge[] = {0, 1, 9, 10, 255, 0x7fffffff, 0x80000000, 0xffffffff, ~0ull};

	return below(3) ? sim_rng_u64(&rng) >> below(64) : edge[below(9)];
}

/* %[flags][width][.precision][length]conversion, without the corners where the two differ. */
static void random_spec(char *fmt, u64 *value)
{
	static const char *const lengths[] = {"", "l", "ll", "h", "hh", "z"};
	char conv = "diuxXo"[below(6)];
	char *p = fmt;

	*value = any_value();
	*p++ = '%';
	for (const char *f = "-0+ "; *f; f++)
		/* The kernel signs only what has a sign; 0 and - together is left to libc. */
		if (!below(3) && (*f == '-' || *f == '0' || conv == 'd' || conv == 'i'))
			*p++ = *f;
	if (!below(4) && (conv == 'x' || conv == 'X'))
		*p++ = '#';
	if (below(2))
		p += sprintf(p, "%d", (int)below(30) + 1);
	*p = 0;
	if (!below(3) && !strchr(fmt, '0'))
		p += sprintf(p, ".%d", (int)below(25) + 1);
	p += sprintf(p, "%s%c", lengths[below(6)], conv);
	*p = 0;
	/* 0 has no prefix in libc. */
	if (strchr(fmt, '#'))
		*value |= 1;
}

static void printf_random(void)
{
	for (int i = 0; i < 200000; i++) {
		char fmt[64], want[128], got[128];
		size_t size = below(4) ? sizeof(got) : below(20);
		int n, m;
		u64 v;

		random_spec(fmt, &v);
		memset(want, 'x', sizeof(want));
		memset(got, 'x', sizeof(got));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
		n = snprintf(want, size, fmt, v);
#pragma GCC diagnostic pop
		m = kapi_snprintf(got, size, fmt, v);
		if (n == m && !memcmp(want, got, sizeof(want)))
			continue;
		printf("  %s of %llx: \"%.*s\" (%d), libc \"%.*s\" (%d)\n", fmt, v, 60, got, m, 60,
		       want, n);
		CU_FAIL("formats differ");
		return;
	}
	CU_PASS("");
}

/* Nonsense must neither crash nor write beyond the buffer. */
static void printf_garbage(void)
{
	static const char letters[] = "%%%%dsxpcuohlLzt.*-+ #0123456789abUVeRx";

	for (int i = 0; i < 100000; i++) {
		char fmt[24], buf[64];
		size_t n = below(sizeof(fmt) - 1), size = below(sizeof(buf) - 1);
		int len;

		for (size_t j = 0; j < n; j++) {
			fmt[j] = letters[below(sizeof(letters) - 1)];
			/* What would follow a pointer that is not one, or count a huge width. */
			if (strchr("sV*", fmt[j]) || (j && fmt[j - 1] == 'p' && fmt[j] != 'x'))
				fmt[j] = 'd';
		}
		fmt[n] = 0;
		memset(buf, 0x77, sizeof(buf));
		len = kapi_snprintf(buf, size, fmt, 1ull, 2ull, 3ull, 4ull, 5ull, 6ull, 7ull, 8ull,
				    9ull, 10ull, 11ull, 12ull);
		if (len < 0 || buf[size] != 0x77 || (size && !memchr(buf, 0, size))) {
			printf("  \"%s\", size %zu: %d\n", fmt, size, len);
			CU_FAIL("bad result");
			return;
		}
	}
	CU_PASS("");
}

/* What kstrtoull must give, by libc. */
static int model_strtoull(const char *s, unsigned int base, unsigned long long *res)
{
	char *end;
	size_t n = strlen(s);

	if (*s == '+')
		s++, n--;
	if (!n || *s == '-' || *s == '+' || *s == ' ' || *s == '\n')
		return -EINVAL;
	/* "0x" without a digit behind it: libc reads the 0 and stops. */
	errno = 0;
	*res = strtoull(s, &end, (int)base);
	if (end == s)
		return -EINVAL;
	if (errno == ERANGE)
		return -ERANGE;
	if (*end == '\n')
		end++;
	return *end ? -EINVAL : 0;
}

static void numbers_random(void)
{
	static const unsigned int bases[] = {0, 8, 10, 16};
	static const char letters[] = "0123456789afx+-\n 9";

	for (int i = 0; i < 300000; i++) {
		unsigned int base = bases[below(4)];
		unsigned long long want = 0, got = 0;
		char s[32];
		size_t n = below(i % 2 ? 6 : 24);
		int a, b;

		for (size_t j = 0; j < n; j++)
			s[j] = letters[i % 3 ? below(10) : below(sizeof(letters) - 1)];
		s[n] = 0;
		a = model_strtoull(s, base, &want);
		b = kstrtoull(s, base, &got);
		/* A number too long with rubbish behind it: either complaint is right. */
		if (a == b || (a && b && strspn(s, "+0123456789abcdefx") != n)) {
			if (a || want == got)
				continue;
		}
		printf("  \"%s\" base %u: %d %llu, libc %d %llu\n", s, base, b, got, a, want);
		CU_FAIL("numbers differ");
		return;
	}
	CU_PASS("");
}

static void lists_round_trip(void)
{
	for (int i = 0; i < 3000; i++) {
		unsigned long map[4] = {0}, back[4];
		int nbits = (int)below(255) + 1;
		char text[1200];

		for (int j = 0; j < (int)below(60); j++) {
			int bit = (int)below((u64)nbits);

			map[bit / 64] |= 1ul << (bit % 64);
		}
		kapi_snprintf(text, sizeof(text), "%*pbl\n", nbits, map);
		CU_ASSERT_EQUAL_FATAL(bitmap_parselist(text, back, nbits), 0);
		CU_ASSERT_FALSE_FATAL(memcmp(map, back, ((size_t)nbits + 63) / 64 * 8));
		kapi_snprintf(text, sizeof(text), "%*pb\n", nbits, map);
		CU_ASSERT_EQUAL_FATAL(bitmap_parse(text, (unsigned int)strlen(text), back, nbits),
				      0);
		CU_ASSERT_FALSE_FATAL(memcmp(map, back, ((size_t)nbits + 63) / 64 * 8));
	}
}

/* Text from outside ends in an error or a bitmap, never in a write beyond it. */
static void lists_garbage(void)
{
	static const char letters[] = "0123456789,-:/ \nxf";

	for (int i = 0; i < 100000; i++) {
		unsigned long map[3] = {0, 0, 0x5a5a};
		char text[20];
		size_t n = below(sizeof(text) - 1);

		for (size_t j = 0; j < n; j++)
			text[j] = letters[below(sizeof(letters) - 1)];
		text[n] = 0;
		bitmap_parselist(text, map, 100);
		bitmap_parse(text, (unsigned int)n, map, 100);
		CU_ASSERT_TRUE_FATAL(map[2] == 0x5a5a && !(map[1] >> 36));
	}
}

static void scanf_garbage(void)
{
	static const char letters[] = "0123456789-x%. \tab";

	for (int i = 0; i < 50000; i++) {
		char text[24], word[16];
		size_t n = below(sizeof(text) - 1);
		unsigned int a = 0, b = 0;
		int ret;

		for (size_t j = 0; j < n; j++)
			text[j] = letters[below(sizeof(letters) - 1)];
		text[n] = 0;
		ret = kapi_sscanf(text, "%u.%x %15s", &a, &b, word);
		CU_ASSERT_TRUE_FATAL(ret >= 0 && ret <= 3);
		if (ret == 3)
			CU_ASSERT_TRUE_FATAL(strlen(word) < sizeof(word));
	}
}

int main(void)
{
	unsigned int failed;
	CU_pSuite s;

	sim_rng_init(&rng, 5, "text");
	CU_initialize_registry();
	s = CU_add_suite("text", NULL, NULL);
	CU_add_test(s, "printf agrees with libc", printf_random);
	CU_add_test(s, "printf of nonsense", printf_garbage);
	CU_add_test(s, "kstrtoull agrees with libc", numbers_random);
	CU_add_test(s, "bitmaps: printed and parsed back", lists_round_trip);
	CU_add_test(s, "bitmaps: nonsense", lists_garbage);
	CU_add_test(s, "sscanf: nonsense", scanf_garbage);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed ? 1 : 0;
}
