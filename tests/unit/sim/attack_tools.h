/* SPDX-License-Identifier: GPL-2.0 */
/* What attacks from the kernel of a guest with a dedicated queue are made of: its own queue, in
 * order and out of order. */
#ifndef TESTS_ATTACK_TOOLS_H
#define TESTS_ATTACK_TOOLS_H

#include "tests/unit/sim/attack.h"

#define FUNCTION (3u << 3)
#define PAGE	 4096ull
#define RECORD	 0 /* places in the attacker's memory */
#define SOURCE	 0x1000
#define TARGET	 0x11000
#define LIST	 0x30000

u64 own_below(struct attacker *a, u64 n);
/* A record at RECORD, cleared; then its status, 0: none came. */
void own_want_record(struct attacker *a, struct dsa_hw_desc *d);
u8 own_wait_record(struct attacker *a);
/* Through the limited page of its own queue; status of the record, 0: none came. */
u8 own_submit(struct attacker *a, struct dsa_hw_desc *d);
u8 own_move(struct attacker *a, u64 to, u64 from, u32 bytes);
/* An interrupt by that handle. */
u8 own_ring(struct attacker *a, u32 handle);
/* It works at all: its own data, by its own queue. */
bool own_works(struct attacker *a);
/* CMDSTS when it is done. */
u32 own_command(struct attacker *a, u32 code, u32 operand);
/* GENSTS's state. */
u32 own_state(struct attacker *a);
/* After what stopped its device: reset, as a driver would; its own one may be doing the same. */
bool own_revive(struct attacker *a);

#endif
