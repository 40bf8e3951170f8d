/* SPDX-License-Identifier: GPL-2.0 */
/* From a member to the object that holds it. */
#ifndef _LINUX_CONTAINER_OF_H
#define _LINUX_CONTAINER_OF_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/err.h>

#define typeof_member(T, m) typeof(((T *)0)->m)

#define container_of(ptr, type, member)                                                            \
	({                                                                                         \
		void *__mptr = (void *)(ptr);                                                      \
		_Static_assert(__same_type(*(ptr), ((type *)0)->member) ||                         \
				       __same_type(*(ptr), void),                                  \
			       "pointer type mismatch in container_of()");                         \
		((type *)(__mptr - offsetof(type, member)));                                       \
	})

#define container_of_const(ptr, type, member)                                                      \
	_Generic(ptr, const typeof(*(ptr)) *                                                       \
		 : ((const type *)container_of(ptr, type, member)), default                        \
		 : ((type *)container_of(ptr, type, member)))

#define container_of_safe(ptr, type, member)                                                       \
	({                                                                                         \
		void *__sptr = (void *)(ptr);                                                      \
		IS_ERR_OR_NULL(__sptr) ? ERR_CAST(__sptr) : container_of(ptr, type, member);       \
	})

#endif
