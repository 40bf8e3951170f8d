/* SPDX-License-Identifier: GPL-2.0 */
/* MMU notifiers of Linux 6.1: who shares an address space hears when translations go away. */
#ifndef _LINUX_MMU_NOTIFIER_H
#define _LINUX_MMU_NOTIFIER_H

#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/types.h>

struct mmu_notifier_ops {
	/* The address space goes away; its pages are freed after this returned. May sleep. */
	void (*release)(struct mmu_notifier *mn, struct mm_struct *mm);
	/*
	 * Translations of [start, end) were changed in the tables; after this returned nobody may
	 * use the old ones. May sleep here (in Linux it may not: the wait is a busy one there).
	 */
	void (*invalidate_range)(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long start,
				 unsigned long end);
	/* Frees the object behind a mmu_notifier_put(). */
	void (*free_notifier)(struct mmu_notifier *mn);
};

struct mmu_notifier {
	struct list_head link;
	const struct mmu_notifier_ops *ops;
	struct mm_struct *mm;
	unsigned int users;
	bool dead;
};

/* Registers @mn on @mm and takes a reference on the structure (mmgrab). 0 or -errno. */
int mmu_notifier_register(struct mmu_notifier *mn, struct mm_struct *mm);
/* Ends it: calls ->release if the address space still lives, waits for running callbacks. */
void mmu_notifier_unregister(struct mmu_notifier *mn, struct mm_struct *mm);

#endif
