/* SPDX-License-Identifier: GPL-2.0 */
/* One machine: memory, IOMMUs, DSA devices, and the address and interrupt routing between them. */
#ifndef MODEL_MACHINE_H
#define MODEL_MACHINE_H

#include "model/dsa/dsa.h"
#include "model/iommu/iommu.h"
#include "model/memory/memory.h"

#define MACHINE_DEVICES_MAX 64
#define MACHINE_IOMMUS_MAX  64

/* Where firmware puts things. */
#define MACHINE_IOMMU_BASE   0xfed90000ull /* one 4 KiB page each */
#define MACHINE_DEVICE_BASE  0x800000000000ull
#define MACHINE_DEVICE_BYTES 0x1000000ull /* per device: BAR0 at 0, BAR2 at half */

struct machine_device_cfg {
	struct dsa_cfg dsa; /* sid is set by machine_new() */
	u32 iommu;	    /* index, or MACHINE_NO_IOMMU: identity */
};
#define MACHINE_NO_IOMMU (~0u)

struct machine_cfg {
	struct mem_cfg mem;
	u32 niommus, ndevices;
	struct iommu_cfg iommu[MACHINE_IOMMUS_MAX];
	struct machine_device_cfg device[MACHINE_DEVICES_MAX];
	u64 message_ps; /* interrupt message from the IOMMU to the core */
};

/* What the machine tells the software side. */
struct machine_ops {
	/* Interrupt @vector for the processor with APIC ID @dest. */
	void (*irq)(void *ctx, u32 dest, u8 vector);
	/* A posted-interrupt descriptor was updated; @vector is its notification vector. */
	void (*posted)(void *ctx, u64 descriptor_pa, u32 dest, u8 vector, bool notify);
	/* Outcome of a descriptor in data mode none (dsa.h). */
	const struct dsa_payload_hint *(*hint)(void *ctx, const struct dsa_origin *origin,
					       int member, struct dsa_payload_hint *buf);
};

struct machine;

/*
 * Builds a machine. @cfg is only read during the call. 0 or a negative errno with @msg naming what
 * is wrong. @ops (may be NULL) must outlive the machine.
 */
int machine_new(struct sim *sim, const struct machine_cfg *cfg, const struct machine_ops *ops,
		void *ops_ctx, struct machine **out, char *msg, size_t msg_len);
void machine_free(struct machine *m);

struct mem *machine_mem(struct machine *m);
u32 machine_dsa_count(const struct machine *m);
struct dsa *machine_dsa(struct machine *m, u32 i);
/* Requester ID of device @i: its bus, device and function number. */
u16 machine_dsa_sid(const struct machine *m, u32 i);
u32 machine_iommu_count(const struct machine *m);
struct iommu *machine_iommu(struct machine *m, u32 i);
u32 machine_device_iommu(const struct machine *m, u32 i);

/*
 * Configuration space of segment 0; absent functions read all ones. BARs hold the places above from
 * the beginning; what they decode begins with memory space enabled.
 */
u32 machine_cfg_read(struct machine *m, u16 bdf, u32 off, u32 width);
void machine_cfg_write(struct machine *m, u16 bdf, u32 off, u32 width, u32 value);
/* Registers by physical address; unclaimed addresses read all ones. No time passes. */
u64 machine_mmio_read(struct machine *m, u64 pa, u32 width);
void machine_mmio_write(struct machine *m, u64 pa, u32 width, u64 value);
/*
 * A 64-byte write arrives at @pa. A DMWr to anything but a portal is answered with Retry, a posted
 * write to anything else is dropped.
 */
enum dsa_accept machine_write64(struct machine *m, u64 pa, const void *desc, bool dmwr,
				const struct dsa_origin *origin);
/* The device and offset in BAR2 behind a portal's address; false when it is none. */
bool machine_portal(struct machine *m, u64 pa, struct dsa **dsa, u64 *off);

#endif
