/* SPDX-License-Identifier: GPL-2.0 */
/* Switching stacks: what a machine has to provide below sim/core/fiber.c. */
#ifndef SIM_CORE_FIBER_SWITCH_H
#define SIM_CORE_FIBER_SWITCH_H

#if defined(__x86_64__) || defined(__aarch64__)
#define FIBER_SWITCH_NATIVE 1
#else
#define FIBER_SWITCH_NATIVE 0
#endif

#ifndef __ASSEMBLER__

#if FIBER_SWITCH_NATIVE
/*
 * Saves the callee-saved registers on the running stack, its pointer in @save, and continues the
 * stack @load where it was saved. fiber_switch_{x86_64,aarch64}.S.
 */
void fiber_switch(void **save, void *load);
/* First return address of a new stack: calls fiber_main() with the argument placed by
 * fiber_prepare(). */
void fiber_entry(void);
#endif

/* Runs a fiber from its first instruction; never returns. In fiber.c. */
__attribute__((noreturn)) void fiber_main(void *fiber);

#endif
#endif
