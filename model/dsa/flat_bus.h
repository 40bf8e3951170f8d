/* SPDX-License-Identifier: GPL-2.0 */
/* The least world in which a device works: memory as one flat array, no IOMMU. For embedding and
 * tests. */
#ifndef MODEL_DSA_FLAT_BUS_H
#define MODEL_DSA_FLAT_BUS_H

#include "model/dsa/check.h"
#include "model/dsa/dsa.h"

/*
 * A device created with &dsa_flat_bus as its bus and one of these as its bus_ctx sees @bytes of
 * memory at the addresses @base .. @base + @bytes. With base = (u64)(uintptr_t)ram plain pointers
 * into the array are the addresses of descriptors. What lies outside is answered with an error
 * (status 20 or 21). The caller owns everything; the struct must outlive the device.
 */
struct dsa_flat {
	u8 *ram;
	u64 base, bytes;
	u64 read_latency, write_latency; /* of the memory, ps */
	/* Interrupt messages; may be NULL. */
	void (*msi)(void *ctx, u64 addr, u32 data);
	void *ctx;
	u64 messages; /* sent so far */
};

extern const struct dsa_bus_ops dsa_flat_bus;

/*
 * Performs one descriptor (64 bytes) on @flat at once: check, operation, completion record; no
 * device, no time. @record takes the 32 bytes that hardware would write for it, whether or not the
 * descriptor asks for a record; its address is checked, not used. @caps: what the descriptor is
 * checked against (check.h), NULL: all that the model can do. Operands outside of the array end in
 * a page fault (status 03). A Batch needs a device: status 10. Returns the status.
 */
u8 dsa_flat_execute(const struct dsa_flat *flat, const struct dsa_caps *caps, const void *desc,
		    void *record);

#endif
