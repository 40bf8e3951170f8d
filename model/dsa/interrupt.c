// SPDX-License-Identifier: GPL-2.0
// Interrupt messages: MSI-X table with pending bits, IMS, causes of vector 0 (2.5, 7).
#include "model/dsa/dsa_priv.h"

#define MSIX_ENABLE 0x8000
#define MSIX_FMASK  0x4000

static u16 msix_control(const struct dsa *dsa)
{
	u16 ctl;

	memcpy(&ctl, dsa->config + DSA_PCI_CAP_MSIX + 2, sizeof(ctl));
	return ctl;
}

static void message(struct dsa *dsa, u64 addr, u32 data, u64 number)
{
	dsa->tot.interrupts++;
	dsa_note(dsa, DSA_NOTE_INTERRUPT, number);
	dsa->bus->msi(dsa->bus_ctx, dsa->cfg.sid, addr, data);
}

/* A function that may not master the bus, or sleeps, sends nothing: messages stay pending. */
static bool can_send(const struct dsa *dsa)
{
	return dsa->bme && !dsa->d3hot;
}

void dsa_msix_fire(struct dsa *dsa, u32 vector)
{
	u16 ctl = msix_control(dsa);

	if (!(ctl & MSIX_ENABLE))
		return;
	if ((ctl & MSIX_FMASK) || (dsa->msix[vector].ctrl & 1) || !can_send(dsa)) {
		dsa->pba |= 1ull << vector;
		return;
	}
	message(dsa, dsa->msix[vector].addr, dsa->msix[vector].data, vector);
}

void dsa_msix_rescan(struct dsa *dsa)
{
	u16 ctl = msix_control(dsa);
	u64 ready;
	u32 v;

	if (!(ctl & MSIX_ENABLE) || (ctl & MSIX_FMASK) || !can_send(dsa))
		return;
	for (ready = dsa->pba; ready; ready &= ready - 1) {
		v = __builtin_ctzll(ready);
		if (dsa->msix[v].ctrl & 1)
			continue;
		dsa->pba &= ~(1ull << v);
		message(dsa, dsa->msix[v].addr, dsa->msix[v].data, v);
	}
}

static bool ims_fire(struct dsa *dsa, u32 i)
{
	struct dsa_ims *e = &dsa->ims[i];

	if (e->ctrl & DSA_IMS_CTRL_IGNORE)
		return false;
	if ((e->ctrl & DSA_IMS_CTRL_MASK) || !can_send(dsa)) {
		e->ctrl |= DSA_IMS_CTRL_PENDING;
		return false;
	}
	message(dsa, e->addr, e->data, i);
	return true;
}

void dsa_ims_rescan(struct dsa *dsa)
{
	u32 i;

	for (i = 0; i < dsa->ims_entries; i++)
		if ((dsa->ims[i].ctrl & DSA_IMS_CTRL_PENDING) &&
		    !(dsa->ims[i].ctrl & DSA_IMS_CTRL_MASK)) {
			dsa->ims[i].ctrl &= ~DSA_IMS_CTRL_PENDING;
			ims_fire(dsa, i);
		}
}

bool dsa_handle_fire(struct dsa *dsa, bool ims, u32 handle)
{
	if (ims)
		return handle < dsa->ims_entries && ims_fire(dsa, handle);
	if (handle >= dsa->cfg.msix_vectors || (dsa->msixperm[handle] & DSA_MSIXPERM_IGNORE))
		return false;
	dsa_msix_fire(dsa, handle);
	return true;
}

void dsa_cause(struct dsa *dsa, u32 cause)
{
	dsa->intcause |= cause;
	/* Whether a set bit sends again is not specified: sending on every event is safe. */
	dsa_msix_fire(dsa, 0);
}

#define IMS_CTRL_RW                                                                                \
	(DSA_IMS_CTRL_MASK | DSA_IMS_CTRL_IGNORE | DSA_IMS_CTRL_PASID_EN | DSA_IMS_CTRL_PASID)

/* An 8-byte write whose address lies outside 0xFEExxxxx is dropped whole (2.5). */
void dsa_ims_write(struct dsa *dsa, u32 off, u32 width, u64 value)
{
	struct dsa_ims *e = &dsa->ims[off / DSA_IMS_STRIDE];
	u32 at = off % DSA_IMS_STRIDE;
	u64 addr;

	if (at < DSA_IMS_DATA) {
		u64 mask = width == 8 ? ~0ull : ((1ull << (width * 8)) - 1) << (at * 8);

		addr = (e->addr & ~mask) | ((value << (at * 8)) & mask);
		if ((addr & DSA_IMS_ADDR_WINDOW) == DSA_IMS_ADDR_BASE)
			e->addr = addr & ~3ull;
		return;
	}
	if (width == 8) {
		dsa_ims_write(dsa, off, 4, (u32)value);
		dsa_ims_write(dsa, off + 4, 4, value >> 32);
		return;
	}
	if (width != 4)
		return;
	if (at == DSA_IMS_DATA) {
		e->data = value;
		return;
	}
	e->ctrl = (value & IMS_CTRL_RW) | (e->ctrl & DSA_IMS_CTRL_PENDING);
	if ((e->ctrl & DSA_IMS_CTRL_PENDING) && !(e->ctrl & DSA_IMS_CTRL_MASK)) {
		e->ctrl &= ~DSA_IMS_CTRL_PENDING;
		ims_fire(dsa, off / DSA_IMS_STRIDE);
	}
}

u64 dsa_ims_read(struct dsa *dsa, u32 off, u32 width)
{
	const struct dsa_ims *e = &dsa->ims[off / DSA_IMS_STRIDE];
	u8 raw[DSA_IMS_STRIDE];
	u64 v = 0;

	memcpy(raw, &e->addr, 8);
	memcpy(raw + DSA_IMS_DATA, &e->data, 4);
	memcpy(raw + DSA_IMS_CTRL, &e->ctrl, 4);
	memcpy(&v, raw + off % DSA_IMS_STRIDE, width);
	return v;
}
