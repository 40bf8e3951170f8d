/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hints to the compiler about what a descriptor passes. Its way through the model is about as long
 * as a processor's first instruction cache is large: it has to lie together, and what is seldom
 * needed apart from it.
 */
#ifndef SIM_CORE_HINT_H
#define SIM_CORE_HINT_H

#ifndef likely
#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#endif

/* On the way of most descriptors. */
#define sim_hot __attribute__((hot))
/* Errors, faults, set-up: whoever calls it is on a way seldom gone. */
#define sim_cold __attribute__((cold, noinline))

#endif
