/* SPDX-License-Identifier: GPL-2.0 */
/* Strings. libc's functions where the meaning is the same, kapi's own where it is not. */
#ifndef _LINUX_STRING_H
#define _LINUX_STRING_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/stdarg.h>
#include <linux/types.h>

/* These are libc's. */
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *s, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
int strcasecmp(const char *a, const char *b);
int strncasecmp(const char *a, const char *b, size_t n);
char *strcpy(char *dst, const char *src);
char *strncpy(char *dst, const char *src, size_t n);
char *strcat(char *dst, const char *src);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *sub);
char *strpbrk(const char *s, const char *accept);
size_t strspn(const char *s, const char *accept);
size_t strcspn(const char *s, const char *reject);
char *strsep(char **s, const char *delim);

/* The length copied, or -E2BIG when it did not fit; always terminated when @size > 0. */
ssize_t strscpy(char *dst, const char *src, size_t size) __asm__("kapi_strscpy");
ssize_t strscpy_pad(char *dst, const char *src, size_t size) __asm__("kapi_strscpy_pad");
size_t strlcpy(char *dst, const char *src, size_t size) __asm__("kapi_strlcpy");
size_t strlcat(char *dst, const char *src, size_t size) __asm__("kapi_strlcat");
char *strchrnul(const char *s, int c) __asm__("kapi_strchrnul");
char *strnchr(const char *s, size_t n, int c) __asm__("kapi_strnchr");
char *strnstr(const char *s, const char *sub, size_t n) __asm__("kapi_strnstr");
char *skip_spaces(const char *s);
char *strim(char *s);
char *strreplace(char *s, char old, char new);
void *memchr_inv(const void *s, int c, size_t n);
/* Equal, a newline at the end of either not counted (lib/string_helpers.c). */
bool sysfs_streq(const char *a, const char *b);
/* Index of @s in @array (n entries, or up to NULL when n is (size_t)-1), -EINVAL. */
int match_string(const char *const *array, size_t n, const char *s);
int __sysfs_match_string(const char *const *array, size_t n, const char *s);
#define sysfs_match_string(a, s) __sysfs_match_string(a, ARRAY_SIZE(a), s)

static inline __must_check char *strstrip(char *s)
{
	return strim(s);
}

static inline bool strstarts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static inline size_t str_has_prefix(const char *s, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(s, prefix, len) == 0 ? len : 0;
}

static inline void memzero_explicit(void *s, size_t n)
{
	memset(s, 0, n);
	barrier();
}

static inline const char *kbasename(const char *path)
{
	const char *tail = strrchr(path, '/');

	return tail ? tail + 1 : path;
}

#define memset_after(obj, v, member)                                                               \
	memset((u8 *)(obj) + offsetofend(typeof(*(obj)), member), v,                               \
	       sizeof(*(obj)) - offsetofend(typeof(*(obj)), member))

/* Copies in the current kernel's memory (mm/util.c). NULL when memory is out. */
char *kstrdup(const char *s, gfp_t gfp) __malloc;
const char *kstrdup_const(const char *s, gfp_t gfp);
void kfree_const(const void *x);
char *kstrndup(const char *s, size_t max, gfp_t gfp) __malloc;
void *kmemdup(const void *src, size_t len, gfp_t gfp) __malloc;
char *kmemdup_nul(const char *s, size_t len, gfp_t gfp) __malloc;

#endif
