/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupt numbers and what stands behind them. */
#ifndef _LINUX_IRQ_H
#define _LINUX_IRQ_H

#include <linux/interrupt.h>

/*
 * kapi's own: whoever delivers messages (MSI-X, IMS, the IOMMU's own) gets interrupt numbers here
 * and composes messages from their vectors.
 */
struct kapi_irq_chip {
	const char *name;
	/* Hold back and let through at the source; may be NULL. Process context. */
	void (*mask)(unsigned int irq, void *data);
	void (*unmask)(unsigned int irq, void *data);
};

struct kernel;

/*
 * An interrupt number (> 0) of @k, masked, or -ENOSPC, -ENOMEM. A processor of @node will run its
 * handlers (NUMA_NO_NODE: any). @chip may be NULL.
 */
int kapi_irq_alloc(struct kernel *k, int node, const struct kapi_irq_chip *chip, void *data);
/* The handler must be gone; a late message counts as spurious. */
void kapi_irq_free(struct kernel *k, unsigned int irq);
/* destination << 8 | vector (0x30 to 0xef), what kernel_irq() takes. 0: no such interrupt. */
u32 kapi_irq_vector(struct kernel *k, unsigned int irq);
/* The processor that runs its handlers and threads. */
u32 kapi_irq_cpu(struct kernel *k, unsigned int irq);
void *kapi_irq_chip_data(struct kernel *k, unsigned int irq);
/* Times its handler ran. */
u64 kapi_irq_count(struct kernel *k, unsigned int irq);
/* Raises it from inside: an event, as if its message had come. */
void kapi_irq_raise(struct kernel *k, unsigned int irq);

#endif
