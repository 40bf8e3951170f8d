// SPDX-License-Identifier: GPL-2.0
/* Sorting and searching arrays (lib/sort.c, lib/bsearch.c). */
#include <linux/bsearch.h>
#include <linux/sort.h>
#include <linux/types.h>

static void swap_bytes(u8 *a, u8 *b, size_t size, swap_func_t swap_func)
{
	if (swap_func) {
		swap_func(a, b, (int)size);
		return;
	}
	while (size--) {
		u8 t = *a;

		*a++ = *b;
		*b++ = t;
	}
}

static void sift_down(u8 *base, size_t root, size_t num, size_t size, cmp_func_t cmp,
		      swap_func_t swap_func)
{
	for (;;) {
		size_t child = 2 * root + 1;

		if (child >= num)
			return;
		if (child + 1 < num && cmp(base + child * size, base + (child + 1) * size) < 0)
			child++;
		if (cmp(base + root * size, base + child * size) >= 0)
			return;
		swap_bytes(base + root * size, base + child * size, size, swap_func);
		root = child;
	}
}

void sort(void *base, size_t num, size_t size, cmp_func_t cmp_func, swap_func_t swap_func)
{
	u8 *b = base;

	if (num < 2 || !size)
		return;
	for (size_t i = num / 2; i--;)
		sift_down(b, i, num, size, cmp_func, swap_func);
	for (size_t n = num - 1; n; n--) {
		swap_bytes(b, b + n * size, size, swap_func);
		sift_down(b, 0, n, size, cmp_func, swap_func);
	}
}

void *bsearch(const void *key, const void *base, size_t num, size_t size, cmp_func_t cmp)
{
	const u8 *b = base;

	while (num) {
		const u8 *mid = b + num / 2 * size;
		int c = cmp(key, mid);

		if (!c)
			return (void *)mid;
		if (c > 0) {
			b = mid + size;
			num--;
		}
		num /= 2;
	}
	return NULL;
}
