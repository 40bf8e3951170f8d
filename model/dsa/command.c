// SPDX-License-Identifier: GPL-2.0
// Administrative commands (chapter 4): one at a time, some wait for descriptors.
#include "model/dsa/dsa_priv.h"

#define OPERAND(dsa) SPEC_GET(DSA_CMD_OPERAND, (dsa)->cmd)
#define CODE(dsa)    SPEC_GET(DSA_CMD_CODE, (dsa)->cmd)

static void finish(struct dsa *dsa, u8 error, u16 result)
{
	dsa->cmd_waiting = false;
	dsa->cmdsts = SPEC_PREP(DSA_CMDSTS_ERR, error) | SPEC_PREP(DSA_CMDSTS_RESULT, result);
	if (dsa->cmd & DSA_CMD_INT_REQ)
		dsa_cause(dsa, DSA_INTCAUSE_CMD);
}

static u32 supported(const struct dsa *dsa)
{
	return dsa->cfg.gencap & DSA_GENCAP_CMD_CAP ? dsa->cfg.cmdcap : DSA_CMDCAP_DEFAULT;
}

/* Operand of WQ commands in mask form: the WQs named, as a walk over indexes. */
static bool named(const struct dsa *dsa, u32 wq)
{
	u32 base = SPEC_GET(DSA_CMD_WQ_BASE, dsa->cmd) * 16;

	return wq >= base && wq < base + 16 && (dsa->cmd >> (wq - base) & 1);
}

static bool names_missing_wq(const struct dsa *dsa)
{
	u32 base = SPEC_GET(DSA_CMD_WQ_BASE, dsa->cmd) * 16;
	u32 mask = SPEC_GET(DSA_CMD_WQ_MASK, dsa->cmd);

	return mask && base + (31 - __builtin_clz(mask)) >= dsa->nwqs;
}

static bool all_enabled(const struct dsa *dsa)
{
	u32 i;

	for (i = 0; i < dsa->nwqs; i++)
		if (named(dsa, i) && dsa->wq[i].state != DSA_WQ_STATE_ENABLED)
			return false;
	return true;
}

/* Bits of the operand that each command defines. */
static u32 operand_mask(u32 code)
{
	switch (code) {
	case DSA_CMD_ENABLE_WQ:
		return DSA_CMD_WQ_INDEX;
	case DSA_CMD_DISABLE_WQ:
	case DSA_CMD_DRAIN_WQ:
	case DSA_CMD_ABORT_WQ:
	case DSA_CMD_RESET_WQ:
	case DSA_CMD_DRAIN_PASID:
	case DSA_CMD_ABORT_PASID:
		return DSA_CMD_OPERAND;
	case DSA_CMD_REQUEST_INT_HANDLE:
	case DSA_CMD_RELEASE_INT_HANDLE:
		return DSA_CMD_HANDLE | DSA_CMD_HANDLE_IMS;
	default:
		return 0;
	}
}

/* Checks that come before anything happens, in the order of the codes. */
static u8 check(const struct dsa *dsa)
{
	u32 code = CODE(dsa);

	if (code > DSA_CMD_ABORT_PASID && code != DSA_CMD_REQUEST_INT_HANDLE &&
	    code != DSA_CMD_RELEASE_INT_HANDLE)
		return DSA_CMDERR_UNSUPPORTED;
	if (!(supported(dsa) >> code & 1))
		return DSA_CMDERR_UNSUPPORTED;
	if (code == DSA_CMD_ENABLE_WQ && SPEC_GET(DSA_CMD_WQ_INDEX, dsa->cmd) >= dsa->nwqs)
		return DSA_CMDERR_WQ_INDEX;
	if (code >= DSA_CMD_DISABLE_WQ && code <= DSA_CMD_RESET_WQ && names_missing_wq(dsa))
		return DSA_CMDERR_WQ_INDEX;
	if (OPERAND(dsa) & ~operand_mask(code))
		return DSA_CMDERR_RSVD_OPERAND;
	if (dsa->state == DSA_STATE_HALT && code != DSA_CMD_RESET_DEVICE)
		return DSA_CMDERR_HALTED;
	if (dsa->state == DSA_STATE_HALT && dsa->reset_type != DSA_RESET_SOFTWARE)
		return DSA_CMDERR_HW;
	switch (code) {
	case DSA_CMD_ENABLE_DEVICE:
		return dsa->state != DSA_STATE_DISABLED ? DSA_CMDERR_DEV_NOT_DISABLED : 0;
	case DSA_CMD_DISABLE_DEVICE:
		return dsa->state != DSA_STATE_ENABLED ? DSA_CMDERR_DEV_NOT_ENABLED : 0;
	case DSA_CMD_DISABLE_WQ:
	case DSA_CMD_DRAIN_WQ:
	case DSA_CMD_ABORT_WQ:
		return all_enabled(dsa) ? 0 : DSA_CMDERR_WQ_NOT_ENABLED;
	}
	return 0;
}

static bool touches(const struct dsa *dsa, u32 wq)
{
	switch (CODE(dsa)) {
	case DSA_CMD_DISABLE_WQ:
	case DSA_CMD_DRAIN_WQ:
	case DSA_CMD_ABORT_WQ:
	case DSA_CMD_RESET_WQ:
		return named(dsa, wq);
	default:
		return true;
	}
}

static u32 pasid_filter(const struct dsa *dsa)
{
	u32 code = CODE(dsa);

	return code == DSA_CMD_DRAIN_PASID || code == DSA_CMD_ABORT_PASID
		       ? SPEC_GET(DSA_CMD_PASID, dsa->cmd)
		       : IOMMU_NO_PASID;
}

bool dsa_command_pending(const struct dsa *dsa)
{
	u32 i;

	if (CODE(dsa) < DSA_CMD_DISABLE_WQ || CODE(dsa) > DSA_CMD_RESET_WQ)
		return dsa_out_any(dsa, dsa->cmd_seq, NULL, pasid_filter(dsa), NULL);
	for (i = 0; i < dsa->nwqs; i++)
		if (named(dsa, i) &&
		    dsa_out_any(dsa, dsa->cmd_seq, &dsa->wq[i], IOMMU_NO_PASID, NULL))
			return true;
	return false;
}

static void handle_command(struct dsa *dsa)
{
	bool ims = dsa->cmd & DSA_CMD_HANDLE_IMS;
	bool request = CODE(dsa) == DSA_CMD_REQUEST_INT_HANDLE;
	u32 i = SPEC_GET(DSA_CMD_HANDLE, dsa->cmd);
	bool *given;

	if (i >= (ims ? dsa->ims_entries : dsa->cfg.msix_vectors)) {
		finish(dsa, DSA_CMDERR_HANDLE_INVALID, 0);
		return;
	}
	given = ims ? &dsa->ims[i].allocated : &dsa->handle_given[i];
	if (!request && !*given) {
		finish(dsa, DSA_CMDERR_HANDLE_INVALID, 0);
		return;
	}
	*given = request;
	finish(dsa, 0, request ? i : 0);
}

/* The part of a command that happens at once: stop accepting, abandon what has not started. */
static void begin(struct dsa *dsa)
{
	u32 code = CODE(dsa), i;
	bool stop = code == DSA_CMD_DISABLE_DEVICE || code == DSA_CMD_RESET_DEVICE ||
		    code == DSA_CMD_DISABLE_WQ || code == DSA_CMD_RESET_WQ;
	bool abort = code == DSA_CMD_ABORT_ALL || code == DSA_CMD_RESET_DEVICE ||
		     code == DSA_CMD_ABORT_WQ || code == DSA_CMD_RESET_WQ ||
		     code == DSA_CMD_ABORT_PASID;

	if (code == DSA_CMD_DISABLE_DEVICE ||
	    (code == DSA_CMD_RESET_DEVICE && dsa->state == DSA_STATE_ENABLED))
		dsa->state = DSA_STATE_DRAINING;
	for (i = 0; i < dsa->nwqs; i++) {
		struct dsa_wq *wq = &dsa->wq[i];

		if (!touches(dsa, i) || wq->state == DSA_WQ_STATE_DISABLED)
			continue;
		if (stop)
			wq->state = DSA_WQ_STATE_DRAINING;
		if (abort)
			dsa_wq_abandon(wq, pasid_filter(dsa), dsa->cmd_seq);
	}
}

void dsa_command_drained(struct dsa *dsa)
{
	u32 code = CODE(dsa), i;

	/* Halted meanwhile: only what leads out of it still takes effect. */
	if (dsa->state == DSA_STATE_HALT && code != DSA_CMD_RESET_DEVICE) {
		finish(dsa, DSA_CMDERR_HALTED, 0);
		return;
	}
	if (dsa->state == DSA_STATE_HALT && dsa->reset_type != DSA_RESET_SOFTWARE) {
		finish(dsa, DSA_CMDERR_HW, 0);
		return;
	}
	for (i = 0; i < dsa->nwqs; i++) {
		struct dsa_wq *wq = &dsa->wq[i];

		if (!touches(dsa, i))
			continue;
		if (code == DSA_CMD_DISABLE_DEVICE || code == DSA_CMD_DISABLE_WQ)
			wq->state = DSA_WQ_STATE_DISABLED;
		if (code == DSA_CMD_RESET_WQ) {
			wq->state = DSA_WQ_STATE_DISABLED;
			dsa_wqcfg_reset(wq, true);
		}
	}
	if (code == DSA_CMD_DISABLE_DEVICE) {
		dsa->state = DSA_STATE_DISABLED;
		dsa->log_on = false;
	}
	if (code == DSA_CMD_RESET_DEVICE)
		dsa_regs_reset(dsa, false);
	finish(dsa, 0, 0);
}

static void execute(struct sim *sim, struct sim_event *ev)
{
	struct dsa *dsa = dsa_of(ev, struct dsa, cmd_ev);
	u8 error = check(dsa);

	if (error) {
		finish(dsa, error, 0);
		return;
	}
	switch (CODE(dsa)) {
	case DSA_CMD_ENABLE_DEVICE:
		finish(dsa, dsa_enable_device(dsa), 0);
		return;
	case DSA_CMD_ENABLE_WQ:
		finish(dsa, dsa_enable_wq(dsa, SPEC_GET(DSA_CMD_WQ_INDEX, dsa->cmd)), 0);
		return;
	case DSA_CMD_REQUEST_INT_HANDLE:
	case DSA_CMD_RELEASE_INT_HANDLE:
		handle_command(dsa);
		return;
	}
	dsa->cmd_seq = dsa->seq + 1;
	begin(dsa);
	dsa->cmd_waiting = true;
	if (!dsa_command_pending(dsa))
		dsa_command_drained(dsa);
}

void dsa_command_write(struct dsa *dsa, u32 value)
{
	dsa_note(dsa, DSA_NOTE_COMMAND, value);
	if (dsa->cmdsts & DSA_CMDSTS_ACTIVE) {
		dsa_error(dsa, NULL, DSA_SWERR_CMD_ACTIVE, 0, 0, -1);
		return;
	}
	dsa->cmd = value;
	dsa->cmdsts = DSA_CMDSTS_ACTIVE;
	dsa->cmd_ev.fire = execute;
	sim_after(dsa->sim, &dsa->cmd_ev, dsa->cfg.timing.command, SIM_PRIO_COMPLETE);
}

void dsa_command_reset(struct dsa *dsa)
{
	sim_cancel(dsa->sim, &dsa->cmd_ev);
	dsa->cmd_waiting = false;
	dsa->cmdsts = 0;
	dsa->cmd = 0;
}
