/* SPDX-License-Identifier: GPL-2.0 */
/* Lives of virtual devices in which every seeded defect shows, and none without one. */
#ifndef TESTS_DEFECT_LIFE_H
#define TESTS_DEFECT_LIFE_H

#include "sim/core/types.h"

struct findings;

/*
 * Each makes a machine of its own whose host has the defects in @seeded, and adds what was found
 * wrong: by checkers of the model, by kernels, by looking.
 */
/* A guest boots, works, tries its registers, and is killed under load; a second one follows. */
void life_of_guests(u64 seeded, struct findings *f);
/* A queue is taken away from a guest that is using it. */
void life_revoked(u64 seeded, struct findings *f);
/* A process that leaves with page requests under way. */
void life_of_process(u64 seeded, struct findings *f);
/* A program of a guest ends while its kernel submits with the program's PASID. */
void life_of_submitter(u64 seeded, struct findings *f);
/* A queue that is asked for twice. */
void life_refused(u64 seeded, struct findings *f);
/* A share of a shared queue, by the functions that a monitor calls. */
void life_of_share(u64 seeded, struct findings *f);
/* A program of a guest on a share, by way of the guest's virtual IOMMU. */
void life_of_program(u64 seeded, struct findings *f);

/* ---- what a shared queue does not keep apart, on two shares of one ---- */
/* Whether an error of one is told to the other, with vdev_cfg.error_broadcast or without. */
bool share_tells_errors(bool broadcast);
/* Whether an Abort of the physical queue loses the other's work without a word. */
bool share_loses_work(void);

#endif
