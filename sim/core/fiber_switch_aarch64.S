/* SPDX-License-Identifier: GPL-2.0 */
/* Stack switch for aarch64 (AAPCS64): x19-x30 and the low halves of v8-v15 belong to the callee. */
#include "sim/core/fiber_switch.h"

#ifdef __aarch64__
	.text

	.globl	fiber_switch
	.type	fiber_switch, %function
	.p2align 4
fiber_switch:
	.cfi_startproc
	sub	sp, sp, #160
	.cfi_adjust_cfa_offset 160
	stp	x19, x20, [sp, #0]
	stp	x21, x22, [sp, #16]
	stp	x23, x24, [sp, #32]
	stp	x25, x26, [sp, #48]
	stp	x27, x28, [sp, #64]
	stp	x29, x30, [sp, #80]
	stp	d8, d9, [sp, #96]
	stp	d10, d11, [sp, #112]
	stp	d12, d13, [sp, #128]
	stp	d14, d15, [sp, #144]
	mov	x9, sp
	str	x9, [x0]
	mov	sp, x1
	ldp	x19, x20, [sp, #0]
	ldp	x21, x22, [sp, #16]
	ldp	x23, x24, [sp, #32]
	ldp	x25, x26, [sp, #48]
	ldp	x27, x28, [sp, #64]
	ldp	x29, x30, [sp, #80]
	ldp	d8, d9, [sp, #96]
	ldp	d10, d11, [sp, #112]
	ldp	d12, d13, [sp, #128]
	ldp	d14, d15, [sp, #144]
	add	sp, sp, #160
	.cfi_adjust_cfa_offset -160
	ret
	.cfi_endproc
	.size	fiber_switch, . - fiber_switch

/* The argument waits in x19. A backtrace ends here. */
	.globl	fiber_entry
	.type	fiber_entry, %function
	.p2align 4
fiber_entry:
	.cfi_startproc
	.cfi_undefined x30
	mov	x29, xzr
	mov	x0, x19
	bl	fiber_main
	brk	#1
	.cfi_endproc
	.size	fiber_entry, . - fiber_entry
#endif

	.section .note.GNU-stack, "", %progbits
