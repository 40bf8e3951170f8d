// SPDX-License-Identifier: GPL-2.0
// SWERROR: the first error latches, later ones only count as overflow (2.3, 6.3).
#include "model/dsa/dsa_priv.h"

static u64 identity(const struct dsa_work *w, u8 code)
{
	u64 q = DSA_SWERR0_DESC_VALID | SPEC_PREP(DSA_SWERR0_OPERATION, w->opcode);

	if (w->pasid_valid)
		q |= SPEC_PREP(DSA_SWERR0_PASID, w->pasid);
	if (w->priv)
		q |= DSA_SWERR0_PRIV;
	if (w->batch)
		q |= DSA_SWERR0_BATCH;
	/* Records are written, so their faults are a write's. */
	if (code == DSA_COMP_CRA_XLAT || (w->res.fault && w->res.fault_write))
		q |= DSA_SWERR0_FAULT_WRITE;
	return q;
}

void dsa_error(struct dsa *dsa, const struct dsa_work *w, u8 code, u32 info, u64 addr, s32 wq)
{
	bool has_info =
		info && (dsa->cfg.version >= DSA_VERSION_2 || code == DSA_COMP_INVALID_FLAGS);
	u64 q0, q1 = has_info ? SPEC_PREP(DSA_SWERR1_INFO, info) : 0;
	bool always = code == DSA_SWERR_PCI_CONFIG || code == DSA_SWERR_DWQ_FULL ||
		      code == DSA_SWERR_EVL_WRITE;

	if (!always && dsa_event_log_enabled(dsa)) {
		/* No descriptor that could wait: a full log loses this entry. */
		if (!dsa_event_log(dsa, w, code, info, addr, NULL))
			dsa_error(dsa, NULL, DSA_SWERR_EVL_WRITE, 0, 0, -1);
		return;
	}
	dsa_note(dsa, DSA_NOTE_SWERROR, code);
	if (dsa->swerror[0] & DSA_SWERR0_VALID) {
		dsa->swerror[0] |= DSA_SWERR0_OVERFLOW;
		return;
	}
	q0 = DSA_SWERR0_VALID | SPEC_PREP(DSA_SWERR0_ERROR, code);
	if (wq >= 0)
		q0 |= DSA_SWERR0_WQ_VALID | SPEC_PREP(DSA_SWERR0_WQ_INDEX, wq);
	if (w) {
		q0 |= identity(w, code);
		if (w->batch)
			q1 |= SPEC_PREP(DSA_SWERR1_BATCH_INDEX, w->life.member);
	}
	if (has_info)
		q0 |= DSA_SWERR0_INFO_VALID;
	dsa->swerror[0] = q0;
	dsa->swerror[1] = q1;
	dsa->swerror[2] = addr;
	dsa->swerror[3] = 0;
	if (dsa->genctrl & DSA_GENCTRL_SWERROR_INT)
		dsa_cause(dsa, DSA_INTCAUSE_SWERROR);
	else
		dsa->intcause |= DSA_INTCAUSE_SWERROR;
}
