/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupt messages: what is written where. */
#ifndef _LINUX_MSI_H
#define _LINUX_MSI_H

#include <linux/types.h>

struct device;
struct kernel;

struct msi_msg {
	u32 address_lo;
	u32 address_hi;
	u32 data;
};

/*
 * kapi: interrupt remapping. Without it a message carries destination and vector in the
 * compatibility format (0xfee00000 | destination << 12, data = vector). With it compose() turns
 * (@vector as the interrupt core hands it out, destination << 8 | vector) into a message that
 * reaches it, writing a table entry for @dev; index @nr of @handle tells entries of one allocation
 * apart. May sleep.
 */
struct msi_remap_ops {
	/* 0 and *@cookie (an entry's number), or -errno. */
	int (*alloc)(void *ctx, struct device *dev, u32 vector, struct msi_msg *msg, u32 *cookie);
	void (*free)(void *ctx, struct device *dev, u32 cookie);
	/*
	 * The message is posted as @vector to the descriptor at @desc (physical, 64-byte aligned)
	 * from here on; @desc 0: remapped as at first. -EOPNOTSUPP.
	 */
	int (*post)(void *ctx, struct device *dev, u32 cookie, u64 desc, u8 vector);
};
/* One per kernel, set before devices get vectors; NULL ops: none. */
void msi_set_remap(struct kernel *k, const struct msi_remap_ops *ops, void *ctx);

/*
 * One message for @dev that raises Linux interrupt @irq, for tables that are not MSI-X (IMS). A
 * vector belongs to the interrupt until msi_release_message(). 0 or -errno.
 */
int msi_compose_message(struct device *dev, unsigned int irq, struct msi_msg *msg, u32 *cookie);
void msi_release_message(struct device *dev, unsigned int irq, u32 cookie);
/*
 * What 6.1 does by irq_set_vcpu_affinity(): see msi_remap_ops.post. -EOPNOTSUPP without remapping.
 */
int msi_post_message(struct device *dev, u32 cookie, u64 desc, u8 vector);
/* Both at once: an interrupt number (> 0) of the current kernel and its message; or -errno. */
int msi_alloc_irq(struct device *dev, struct msi_msg *msg, u32 *cookie);
/* The handler must be gone. */
void msi_free_irq(struct device *dev, unsigned int irq, u32 cookie);
/* The MSI message last composed for @irq of a PCI device; zeroes when there is none. */
void get_cached_msi_msg(unsigned int irq, struct msi_msg *msg);

#endif
