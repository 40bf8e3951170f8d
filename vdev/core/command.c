// SPDX-License-Identifier: GPL-2.0
/* The command register: what a guest may ask for, and what of it reaches the physical queues. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include "defect.h"
#include "vdev_priv.h"

u32 vdev_error_code(int rc, u32 error)
{
	if (!rc)
		return DSA_CMDERR_SUCCESS;
	return SPEC_GET(DSA_CMDSTS_ERR, error) ?: DSA_CMDERR_HW;
}

static void vdev_show_wq(struct vdev *v, u32 wq, u32 state)
{
	mutex_lock(&v->lock);
	vdev_set_wq_state(v, wq, state);
	mutex_unlock(&v->lock);
}

/* A halt that came meanwhile stays. */
static void vdev_show_state(struct vdev *v, u32 state)
{
	mutex_lock(&v->lock);
	if (vdev_state(v) != DSA_STATE_HALT)
		vdev_set_state(v, state, 0);
	mutex_unlock(&v->lock);
}

/* ---- queues ---- */

static u32 vdev_ask_wq(struct vdev *v, u32 i, enum vdev_wq_op op)
{
	u32 error = 0;
	int rc = v->be->ops->wq_command(v->be, i, op, &error);

	return vdev_error_code(rc, error);
}

static void vdev_set_enabled(struct vdev *v, u32 i, bool enabled)
{
	WRITE_ONCE(v->wq[i].enabled, enabled);
	/* A share has pages only while it is enabled; a dedicated queue refuses by itself. */
	if (!v->wq[i].facts.dedicated && !(vdev_defect(SWQ_PORTAL_LIVE) && !enabled))
		vdev_portals_changed(v);
}

/* What the guest lent a queue that does not run is the guest's again. */
static void vdev_return_pasid(struct vdev *v, u32 i)
{
	if (v->wq[i].own_pasid)
		v->be->ops->wq_clear_pasid(v->be, i);
	v->wq[i].own_pasid = false;
}

static u32 vdev_stop_dedicated(struct vdev *v, u32 i, enum vdev_wq_op op)
{
	u32 code = vdev_ask_wq(v, i, op);

	/* A reset always ends here: what it could not stop has stopped by itself. */
	if (code && op != VDEV_WQ_RESET)
		return code;
	vdev_set_enabled(v, i, false);
	vdev_return_pasid(v, i);
	return code;
}

/* The others go on: the guest loses its pages, and its own work is waited for. */
static u32 vdev_stop_share(struct vdev *v, u32 i, enum vdev_wq_op op)
{
	u32 code;

	vdev_set_enabled(v, i, false);
	code = vdev_drain(v, i);
	if (code && op != VDEV_WQ_RESET)
		vdev_set_enabled(v, i, true);
	return code;
}

u32 vdev_stop_wq(struct vdev *v, u32 i, enum vdev_wq_op op)
{
	u32 code;

	vdev_show_wq(v, i, DSA_WQ_STATE_DRAINING);
	code = v->wq[i].facts.dedicated ? vdev_stop_dedicated(v, i, op) : vdev_stop_share(v, i, op);
	vdev_show_wq(v, i, v->wq[i].enabled ? DSA_WQ_STATE_ENABLED : DSA_WQ_STATE_DISABLED);
	return code;
}

u32 vdev_stop_queues(struct vdev *v, enum vdev_wq_op op)
{
	u32 i, code = 0, refused;

	/* One that refuses keeps no other running. */
	for (i = 0; i < v->nr_wqs; i++) {
		if (!v->wq[i].enabled)
			continue;
		refused = vdev_stop_wq(v, i, op);
		code = code ? code : refused;
	}
	return code;
}

/* An abort of a shared queue would hit the others: it becomes a drain. */
static u32 vdev_drain_or_abort(struct vdev *v, u32 i, enum vdev_wq_op op)
{
	if (op == VDEV_WQ_DRAIN || !v->wq[i].facts.dedicated)
		return vdev_drain(v, i);
	return vdev_ask_wq(v, i, op);
}

static u32 vdev_mode(const struct vdev *v, u32 wq)
{
	return vdev_reg(v, vdev_wqcfg(wq, DSA_WQCFG_DW_MODE));
}

/* Specification 4.2, "Enable WQ", for what a guest can get wrong. */
u32 vdev_check_wq(struct vdev *v, u32 i)
{
	bool dedicated = v->wq[i].facts.dedicated, pasid_on;
	u32 mode, code = DSA_CMDERR_SUCCESS;

	mutex_lock(&v->lock);
	mode = vdev_mode(v, i);
	pasid_on = v->cfg.sva && vdev_pasid_on(v);
	/* The guest has the mode that the physical queue has. */
	if (!!(mode & DSA_WQCFG2_DEDICATED) != dedicated)
		code = DSA_CMDERR_WQ_MODE;
	else if (mode & DSA_WQCFG2_PASID_EN ? !pasid_on : !dedicated)
		code = DSA_CMDERR_WQ_PASID;
	else if (dedicated && (mode & DSA_WQCFG2_PRIV) && !vdev_privilege_on(v))
		code = DSA_CMDERR_WQ_PRIV;
	mutex_unlock(&v->lock);
	return code;
}

/*
 * With which PASID the queue's DMA is tagged: the guest's own, or what leads to all of its memory.
 * No privilege, whatever the guest asks for: Linux has no supervisor PASIDs since 6.4.
 */
static u32 vdev_tag_wq(struct vdev *v, u32 i)
{
	struct vdev_wq *wq = &v->wq[i];
	u32 mode = vdev_mode(v, i), host;

	wq->pasid = mode & DSA_WQCFG2_PASID_EN ? SPEC_GET(DSA_WQCFG2_PASID, mode) : 0;
	wq->own_pasid = wq->pasid;
	/* Nothing would say whose memory it is. */
	if (vdev_host_pasid(v, wq->pasid, &host)) {
		wq->own_pasid = false;
		return DSA_CMDERR_WQ_PASID;
	}
	return vdev_error_code(v->be->ops->wq_set_pasid(v->be, i, host), 0);
}

u32 vdev_start_wq(struct vdev *v, u32 i)
{
	u32 code = DSA_CMDERR_SUCCESS;

	if (v->wq[i].facts.dedicated)
		code = vdev_tag_wq(v, i);
	if (!code)
		code = vdev_ask_wq(v, i, VDEV_WQ_ENABLE);
	if (code) {
		vdev_return_pasid(v, i);
		return code;
	}
	vdev_set_enabled(v, i, true);
	vdev_show_wq(v, i, DSA_WQ_STATE_ENABLED);
	return code;
}

static u32 vdev_cmd_enable_wq(struct vdev *v, u32 operand, u32 *result)
{
	u32 i = SPEC_GET(DSA_CMD_WQ_INDEX, operand);

	if (vdev_state(v) != DSA_STATE_ENABLED)
		return DSA_CMDERR_WQ_DEV_NOT_ENABLED;
	if (v->wq[i].enabled)
		return DSA_CMDERR_WQ_NOT_DISABLED;
	return vdev_check_wq(v, i) ?: vdev_start_wq(v, i);
}

/* Of the first sixteen: vdev_wq_missing() refused all others. */
static bool vdev_wq_named(u32 operand, u32 wq)
{
	return operand >> wq & 1;
}

/* Disable, drain and abort want all their queues enabled. */
static u32 vdev_on_queues(struct vdev *v, u32 operand, enum vdev_wq_op op)
{
	u32 i, code = 0;

	for (i = 0; i < v->nr_wqs; i++)
		if (vdev_wq_named(operand, i) && !v->wq[i].enabled)
			return DSA_CMDERR_WQ_NOT_ENABLED;
	for (i = 0; i < v->nr_wqs && !code; i++)
		if (vdev_wq_named(operand, i))
			code = op == VDEV_WQ_DISABLE ? vdev_stop_wq(v, i, op)
						     : vdev_drain_or_abort(v, i, op);
	return code;
}

static u32 vdev_cmd_disable_wq(struct vdev *v, u32 operand, u32 *result)
{
	return vdev_on_queues(v, operand, VDEV_WQ_DISABLE);
}

static u32 vdev_cmd_drain_wq(struct vdev *v, u32 operand, u32 *result)
{
	return vdev_on_queues(v, operand, VDEV_WQ_DRAIN);
}

static u32 vdev_cmd_abort_wq(struct vdev *v, u32 operand, u32 *result)
{
	return vdev_on_queues(v, operand, VDEV_WQ_ABORT);
}

static u32 vdev_cmd_reset_wq(struct vdev *v, u32 operand, u32 *result)
{
	u32 i;

	for (i = 0; i < v->nr_wqs; i++) {
		if (!vdev_wq_named(operand, i))
			continue;
		if (v->wq[i].enabled)
			vdev_stop_wq(v, i, VDEV_WQ_RESET);
		mutex_lock(&v->lock);
		vdev_init_mode(v, i);
		mutex_unlock(&v->lock);
	}
	return DSA_CMDERR_SUCCESS;
}

/* ---- the device ---- */

static u32 vdev_cmd_enable_device(struct vdev *v, u32 operand, u32 *result)
{
	u32 code;

	if (vdev_state(v) != DSA_STATE_DISABLED)
		return DSA_CMDERR_DEV_NOT_DISABLED;
	mutex_lock(&v->lock);
	code = vdev_check_functions(v);
	if (!code)
		vdev_set_state(v, DSA_STATE_ENABLED, 0);
	mutex_unlock(&v->lock);
	return code;
}

static u32 vdev_cmd_disable_device(struct vdev *v, u32 operand, u32 *result)
{
	u32 code;

	if (vdev_state(v) != DSA_STATE_ENABLED)
		return DSA_CMDERR_DEV_NOT_ENABLED;
	vdev_show_state(v, DSA_STATE_DRAINING);
	code = vdev_stop_queues(v, VDEV_WQ_DISABLE);
	vdev_show_state(v, code ? DSA_STATE_ENABLED : DSA_STATE_DISABLED);
	return code;
}

static u32 vdev_on_enabled(struct vdev *v, enum vdev_wq_op op)
{
	u32 i, code = 0;

	for (i = 0; i < v->nr_wqs && !code; i++)
		if (v->wq[i].enabled)
			code = vdev_drain_or_abort(v, i, op);
	return code;
}

static u32 vdev_cmd_drain_all(struct vdev *v, u32 operand, u32 *result)
{
	return vdev_on_enabled(v, VDEV_WQ_DRAIN);
}

static u32 vdev_cmd_abort_all(struct vdev *v, u32 operand, u32 *result)
{
	return vdev_on_enabled(v, VDEV_WQ_ABORT);
}

static u32 vdev_cmd_reset_device(struct vdev *v, u32 operand, u32 *result)
{
	vdev_show_state(v, DSA_STATE_DRAINING);
	vdev_stop_queues(v, VDEV_WQ_RESET);
	vdev_drop_handles(v);
	mutex_lock(&v->lock);
	vdev_reset_registers(v);
	mutex_unlock(&v->lock);
	vdev_tag_slots(v);
	return DSA_CMDERR_SUCCESS;
}

static u32 vdev_cmd_drain_pasid(struct vdev *v, u32 operand, u32 *result)
{
	return vdev_pasid_command(v, SPEC_GET(DSA_CMD_PASID, operand), false);
}

static u32 vdev_cmd_abort_pasid(struct vdev *v, u32 operand, u32 *result)
{
	return vdev_pasid_command(v, SPEC_GET(DSA_CMD_PASID, operand), true);
}

/* ---- interrupt handles ---- */

static u32 vdev_cmd_request_handle(struct vdev *v, u32 operand, u32 *result)
{
	u32 i = SPEC_GET(DSA_CMD_HANDLE, operand);
	struct vdev_vector *vec;

	/* The guest has no message store. */
	if (operand & DSA_CMD_HANDLE_IMS)
		return DSA_CMDERR_HANDLE_NONE_LEFT;
	if (!i || i >= v->nr_vectors)
		return DSA_CMDERR_HANDLE_INVALID;
	vec = &v->vector[i];
	if (!v->has_pasid)
		return DSA_CMDERR_HANDLE_NONE_LEFT;
	/* The same vector asked for twice has the same handle. */
	if (!vec->handle_given) {
		if (v->be->ops->ims_request_handle(v->be, vec->slot, &vec->handle))
			return DSA_CMDERR_HANDLE_NONE_LEFT;
		vec->handle_given = true;
	}
	*result = vec->handle;
	return DSA_CMDERR_SUCCESS;
}

static u32 vdev_cmd_release_handle(struct vdev *v, u32 operand, u32 *result)
{
	u32 i, handle = SPEC_GET(DSA_CMD_HANDLE, operand);

	if (operand & DSA_CMD_HANDLE_IMS)
		return DSA_CMDERR_HANDLE_INVALID;
	for (i = 1; i < v->nr_vectors; i++) {
		struct vdev_vector *vec = &v->vector[i];

		if (!vec->handle_given || vec->handle != handle)
			continue;
		v->be->ops->ims_release_handle(v->be, handle);
		vec->handle_given = false;
		return DSA_CMDERR_SUCCESS;
	}
	return vdev_defect(RELEASE_LIES) ? DSA_CMDERR_SUCCESS : DSA_CMDERR_HANDLE_INVALID;
}

void vdev_drop_handles(struct vdev *v)
{
	u32 i;

	for (i = 1; i < v->nr_vectors; i++) {
		struct vdev_vector *vec = &v->vector[i];

		/* One that came with a state is the old place's: here it may be anybody's. */
		if (vec->handle_given && !v->loaded)
			v->be->ops->ims_release_handle(v->be, vec->handle);
		vec->handle_given = false;
	}
}

/*
 * The guest has its new handles: what it submitted with the old ones ends before this does, and
 * each vector is raised once so that its driver looks for what had no interrupt (tree of 2022).
 */
static u32 vdev_cmd_revoked_processed(struct vdev *v, u32 operand, u32 *result)
{
	u32 i, code = 0;

	if (!vdev_defect(REVOKED_EARLY))
		code = vdev_on_enabled(v, VDEV_WQ_DRAIN);
	for (i = 1; i < v->nr_vectors; i++)
		vdev_raise(v, i);
	return code;
}

/* ---- dispatch ---- */

struct vdev_cmd {
	u32 (*run)(struct vdev *v, u32 operand, u32 *result);
	u32 operand; /* bits that it defines */
};

static const struct vdev_cmd vdev_cmds[] = {
	[DSA_CMD_ENABLE_DEVICE] = {vdev_cmd_enable_device, 0},
	[DSA_CMD_DISABLE_DEVICE] = {vdev_cmd_disable_device, 0},
	[DSA_CMD_DRAIN_ALL] = {vdev_cmd_drain_all, 0},
	[DSA_CMD_ABORT_ALL] = {vdev_cmd_abort_all, 0},
	[DSA_CMD_RESET_DEVICE] = {vdev_cmd_reset_device, 0},
	[DSA_CMD_ENABLE_WQ] = {vdev_cmd_enable_wq, DSA_CMD_WQ_INDEX},
	[DSA_CMD_DISABLE_WQ] = {vdev_cmd_disable_wq, DSA_CMD_OPERAND},
	[DSA_CMD_DRAIN_WQ] = {vdev_cmd_drain_wq, DSA_CMD_OPERAND},
	[DSA_CMD_ABORT_WQ] = {vdev_cmd_abort_wq, DSA_CMD_OPERAND},
	[DSA_CMD_RESET_WQ] = {vdev_cmd_reset_wq, DSA_CMD_OPERAND},
	[DSA_CMD_DRAIN_PASID] = {vdev_cmd_drain_pasid, DSA_CMD_PASID},
	[DSA_CMD_ABORT_PASID] = {vdev_cmd_abort_pasid, DSA_CMD_PASID},
	[DSA_CMD_REQUEST_INT_HANDLE] = {vdev_cmd_request_handle,
					DSA_CMD_HANDLE | DSA_CMD_HANDLE_IMS},
	[DSA_CMD_RELEASE_INT_HANDLE] = {vdev_cmd_release_handle,
					DSA_CMD_HANDLE | DSA_CMD_HANDLE_IMS},
	[DSA_CMD_REVOKED_PROCESSED] = {vdev_cmd_revoked_processed, 0},
};

/* Whether a WQ operand names a queue that is not there. */
static bool vdev_wq_missing(const struct vdev *v, u32 code, u32 operand)
{
	u32 mask = SPEC_GET(DSA_CMD_WQ_MASK, operand);

	if (code == DSA_CMD_ENABLE_WQ)
		return SPEC_GET(DSA_CMD_WQ_INDEX, operand) >= v->nr_wqs;
	if (code < DSA_CMD_DISABLE_WQ || code > DSA_CMD_RESET_WQ || !mask)
		return false;
	return SPEC_GET(DSA_CMD_WQ_BASE, operand) || mask >> v->nr_wqs;
}

static u32 vdev_run_command(struct vdev *v, u32 code, u32 operand, u32 *result)
{
	u32 reset_type = SPEC_GET(DSA_GENSTS_RESET_TYPE, vdev_reg(v, DSA_REG_GENSTS));

	if (code >= ARRAY_SIZE(vdev_cmds) || !(vdev_reg(v, DSA_REG_CMDCAP) >> code & 1))
		return DSA_CMDERR_UNSUPPORTED;
	if (vdev_wq_missing(v, code, operand))
		return DSA_CMDERR_WQ_INDEX;
	if (operand & ~vdev_cmds[code].operand)
		return DSA_CMDERR_RSVD_OPERAND;
	if (vdev_state(v) == DSA_STATE_HALT) {
		if (code != DSA_CMD_RESET_DEVICE)
			return DSA_CMDERR_HALTED;
		if (reset_type != DSA_RESET_SOFTWARE)
			return DSA_CMDERR_HW;
	}
	return vdev_cmds[code].run(v, operand, result);
}

/*
 * Marks the command active, unless another one is. While the device is paused commands wait: they
 * would need the physical device. True: it is to be run.
 */
static int vdev_accept_command(struct vdev *v, u32 cmd, bool *run, u64 *resets)
{
	const u64 busy[4] = {DSA_SWERR0_VALID | SPEC_PREP(DSA_SWERR0_ERROR, DSA_SWERR_CMD_ACTIVE)};
	int rc = 0;

	*run = false;
	for (;;) {
		mutex_lock(&v->lock);
		if (!v->paused)
			break;
		mutex_unlock(&v->lock);
		rc = vdev_wait_resumed(v);
		if (rc)
			return rc;
	}
	if (v->left) {
		rc = -EAGAIN;
	} else if (vdev_reg(v, DSA_REG_CMDSTS) & DSA_CMDSTS_ACTIVE) {
		vdev_latch_error(v, busy);
	} else {
		vdev_set_reg(v, DSA_REG_CMD, cmd);
		vdev_set_reg(v, DSA_REG_CMDSTS, DSA_CMDSTS_ACTIVE);
		*resets = v->resets;
		*run = true;
	}
	mutex_unlock(&v->lock);
	return rc;
}

/* The guest may look while it runs: another of its processors does not wait for this one. */
int vdev_command(struct vdev *v, u32 cmd)
{
	u32 code, result = 0;
	u64 resets;
	bool run;
	int rc = vdev_accept_command(v, cmd, &run, &resets);

	if (rc || !run)
		return rc;
	mutex_lock(&v->cmd_lock);
	/* The reset of another processor was faster: CMD and CMDSTS are not this one's any more. */
	if (v->resets != resets) {
		mutex_unlock(&v->cmd_lock);
		return 0;
	}
	code = vdev_run_command(v, SPEC_GET(DSA_CMD_CODE, cmd), SPEC_GET(DSA_CMD_OPERAND, cmd),
				&result);
	mutex_lock(&v->lock);
	vdev_set_reg(v, DSA_REG_CMDSTS,
		     SPEC_PREP(DSA_CMDSTS_ERR, code) | SPEC_PREP(DSA_CMDSTS_RESULT, result));
	if (cmd & DSA_CMD_INT_REQ)
		vdev_cause(v, DSA_INTCAUSE_CMD);
	mutex_unlock(&v->lock);
	mutex_unlock(&v->cmd_lock);
	/* Who pauses waits for it. */
	wake_up_all(&v->wait);
	return 0;
}
