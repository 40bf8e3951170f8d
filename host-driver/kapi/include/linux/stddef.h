/* SPDX-License-Identifier: GPL-2.0 */
/* NULL, offsetof and their relatives. */
#ifndef _LINUX_STDDEF_H
#define _LINUX_STDDEF_H

#undef NULL
#define NULL ((void *)0)

#undef offsetof
#define offsetof(TYPE, MEMBER)	   __builtin_offsetof(TYPE, MEMBER)
#define sizeof_field(TYPE, MEMBER) sizeof((((TYPE *)0)->MEMBER))
#define offsetofend(TYPE, MEMBER)  (offsetof(TYPE, MEMBER) + sizeof_field(TYPE, MEMBER))

/* A group of members that can be named as a whole and one by one. */
#define struct_group(NAME, ...)                                                                    \
	union {                                                                                    \
		struct {                                                                           \
			__VA_ARGS__                                                                \
		};                                                                                 \
		struct {                                                                           \
			__VA_ARGS__                                                                \
		} NAME;                                                                            \
	}

#define DECLARE_FLEX_ARRAY(TYPE, NAME)                                                             \
	struct {                                                                                   \
		struct {                                                                           \
		} __empty_##NAME;                                                                  \
		TYPE NAME[];                                                                       \
	}

#endif
