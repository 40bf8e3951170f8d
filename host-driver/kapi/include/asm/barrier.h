/* SPDX-License-Identifier: GPL-2.0 */
/* Memory barriers: one thread runs at a time, so they only stop the compiler. */
#ifndef _ASM_BARRIER_H
#define _ASM_BARRIER_H

#include <linux/compiler.h>

#define mb()	  barrier()
#define rmb()	  barrier()
#define wmb()	  barrier()
#define smp_mb()  barrier()
#define smp_rmb() barrier()
#define smp_wmb() barrier()
#define dma_mb()  barrier()
#define dma_rmb() barrier()
#define dma_wmb() barrier()

#define smp_store_release(p, v)                                                                    \
	do {                                                                                       \
		barrier();                                                                         \
		WRITE_ONCE(*(p), v);                                                               \
	} while (0)
#define smp_load_acquire(p)                                                                        \
	({                                                                                         \
		typeof(*(p)) ___p = READ_ONCE(*(p));                                               \
		barrier();                                                                         \
		___p;                                                                              \
	})
#define smp_store_mb(var, v)                                                                       \
	do {                                                                                       \
		WRITE_ONCE(var, v);                                                                \
		barrier();                                                                         \
	} while (0)

#endif
