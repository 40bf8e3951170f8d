/* SPDX-License-Identifier: GPL-2.0 */
/* A report on an idle device whose observer the test calls itself: synthetic observations. */
#ifndef TESTS_REPORT_WORLD_H
#define TESTS_REPORT_WORLD_H

#include "model/dsa/dsa_priv.h"
#include "sim/report/report_priv.h"
#include "sim/scenario/cfg.h"

struct rep_world {
	struct sim *sim;
	struct dsa *dsa;
	struct report *r;
	u64 ids;
};

/* What one descriptor and its unit did, all ps. */
struct rep_unit {
	u32 client, tag;
	u64 issued;
	u64 stage[STAGE_DEVICE]; /* lengths of submit, queue, translate, arbitrate, stream, record
				  */
	u64 notice;
	u8 opcode, status, wq, engine;
	u32 size;
	u32 faults;
	u64 fault_wait;
};

/* A report "test" on platform "tiny" with results in @dir (NULL: none). */
void rep_new(struct rep_world *w, const char *dir, bool timeline);
void rep_free(struct rep_world *w);
/* A client of queue 0 with a window. */
u32 rep_client(struct rep_world *w, const char *name, u32 window);
/* Moves virtual time (forward or not: nothing is queued). */
void rep_at(struct rep_world *w, u64 ps);
/* So many entries are in the queue now. */
void rep_depth(struct rep_world *w, u32 wq, u32 depth);
/* The device retires the descriptor; books are kept balanced. */
void rep_retire(struct rep_world *w, const struct rep_unit *u);
/* The same, then the client sees it. */
void rep_do(struct rep_world *w, const struct rep_unit *u);
/* A plain 4 KiB move: 60, 100, 300, 400, 140 ns, seen 200 ns later: 1.2 us. */
struct rep_unit rep_move(u32 client, u64 issued);
/* The summary as text, to be freed. */
char *rep_summary(struct rep_world *w);

#endif
