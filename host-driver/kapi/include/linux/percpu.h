/* SPDX-License-Identifier: GPL-2.0 */
/* Per-CPU data. Fibers are not bound to CPUs, so one copy serves all. */
#ifndef _LINUX_PERCPU_H
#define _LINUX_PERCPU_H

#include <linux/preempt.h>
#include <linux/slab.h>
#include <linux/smp.h>

#define __alloc_percpu(size, align) kzalloc(size, GFP_KERNEL)
#define alloc_percpu(type)	    ((typeof(type) __percpu *)kzalloc(sizeof(type), GFP_KERNEL))
#define alloc_percpu_gfp(type, gfp) ((typeof(type) __percpu *)kzalloc(sizeof(type), gfp))
#define free_percpu(p)		    kfree(p)
#define per_cpu_ptr(p, cpu)	    ((void)(cpu), (p))
#define raw_cpu_ptr(p)		    (p)
#define this_cpu_ptr(p)		    (p)
#define get_cpu_ptr(p)                                                                             \
	({                                                                                         \
		preempt_disable();                                                                 \
		(p);                                                                               \
	})
#define put_cpu_ptr(p)	     ((void)(p), preempt_enable())
#define this_cpu_inc(v)	     ((v)++)
#define this_cpu_dec(v)	     ((v)--)
#define this_cpu_add(v, n)   ((v) += (n))
#define this_cpu_read(v)     (v)
#define this_cpu_write(v, n) ((v) = (n))

#endif
