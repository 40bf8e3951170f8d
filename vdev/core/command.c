// SPDX-License-Identifier: GPL-2.0
/* The command register: what a guest may ask for, and what of it reaches the physical queues. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include "defect.h"
#include "vdev_priv.h"

/* The code that the guest sees for a refusal by the physical device, or by the host around it. */
static u32 vdev_error_code(int rc, u32 error)
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

static u32 vdev_stop_wq(struct vdev *v, u32 i, enum vdev_wq_op op)
{
	u32 error = 0, code;

	vdev_show_wq(v, i, DSA_WQ_STATE_DRAINING);
	code = vdev_error_code(v->be->ops->wq_command(v->be, i, op, &error), error);
	/* A reset always ends here: what it could not stop has stopped by itself. */
	if (!code || op == VDEV_WQ_RESET)
		v->wq[i].enabled = false;
	vdev_show_wq(v, i, v->wq[i].enabled ? DSA_WQ_STATE_ENABLED : DSA_WQ_STATE_DISABLED);
	return code;
}

u32 vdev_stop_queues(struct vdev *v, enum vdev_wq_op op)
{
	u32 i, code = 0;

	for (i = 0; i < v->nr_wqs; i++)
		if (v->wq[i].enabled)
			code = code ?: vdev_stop_wq(v, i, op);
	return code;
}

static u32 vdev_cmd_enable_wq(struct vdev *v, u32 operand, u32 *result)
{
	u32 i = SPEC_GET(DSA_CMD_WQ_INDEX, operand), error = 0, code;
	int rc;

	if (vdev_state(v) != DSA_STATE_ENABLED)
		return DSA_CMDERR_WQ_DEV_NOT_ENABLED;
	if (v->wq[i].enabled)
		return DSA_CMDERR_WQ_NOT_DISABLED;
	/* Nothing would say whose memory it is. */
	if (!v->has_pasid)
		return DSA_CMDERR_WQ_PASID;
	rc = v->be->ops->wq_set_pasid(v->be, i, v->pasid);
	if (!rc)
		rc = v->be->ops->wq_command(v->be, i, VDEV_WQ_ENABLE, &error);
	code = vdev_error_code(rc, error);
	if (!code) {
		v->wq[i].enabled = true;
		vdev_show_wq(v, i, DSA_WQ_STATE_ENABLED);
	}
	return code;
}

static bool vdev_wq_named(u32 operand, u32 wq)
{
	return !SPEC_GET(DSA_CMD_WQ_BASE, operand) && operand >> wq & 1;
}

/* Disable, drain and abort want all their queues enabled. */
static u32 vdev_on_queues(struct vdev *v, u32 operand, enum vdev_wq_op op)
{
	u32 i, error, code = 0;

	for (i = 0; i < v->nr_wqs; i++)
		if (vdev_wq_named(operand, i) && !v->wq[i].enabled)
			return DSA_CMDERR_WQ_NOT_ENABLED;
	for (i = 0; i < v->nr_wqs && !code; i++) {
		error = 0;
		if (!vdev_wq_named(operand, i))
			continue;
		if (op == VDEV_WQ_DISABLE)
			code = vdev_stop_wq(v, i, op);
		else
			code = vdev_error_code(v->be->ops->wq_command(v->be, i, op, &error), error);
	}
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

	for (i = 0; i < v->nr_wqs; i++)
		if (vdev_wq_named(operand, i) && v->wq[i].enabled)
			vdev_stop_wq(v, i, VDEV_WQ_RESET);
	return DSA_CMDERR_SUCCESS;
}

/* ---- the device ---- */

static u32 vdev_cmd_enable_device(struct vdev *v, u32 operand, u32 *result)
{
	bool master;

	if (vdev_state(v) != DSA_STATE_DISABLED)
		return DSA_CMDERR_DEV_NOT_DISABLED;
	mutex_lock(&v->lock);
	master = vdev_bus_master(v);
	if (master)
		vdev_set_state(v, DSA_STATE_ENABLED, 0);
	mutex_unlock(&v->lock);
	return master ? DSA_CMDERR_SUCCESS : DSA_CMDERR_DEV_BME;
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
	u32 i, error, code = 0;

	for (i = 0; i < v->nr_wqs && !code; i++) {
		error = 0;
		if (v->wq[i].enabled)
			code = vdev_error_code(v->be->ops->wq_command(v->be, i, op, &error), error);
	}
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
	vdev_init_registers(v);
	mutex_unlock(&v->lock);
	return DSA_CMDERR_SUCCESS;
}

/* A guest without PASIDs of its own has no descriptors that carry one. */
static u32 vdev_cmd_pasid(struct vdev *v, u32 operand, u32 *result)
{
	return DSA_CMDERR_SUCCESS;
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

		if (vec->handle_given)
			v->be->ops->ims_release_handle(v->be, vec->handle);
		vec->handle_given = false;
	}
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
	[DSA_CMD_DRAIN_PASID] = {vdev_cmd_pasid, DSA_CMD_OPERAND},
	[DSA_CMD_ABORT_PASID] = {vdev_cmd_pasid, DSA_CMD_OPERAND},
	[DSA_CMD_REQUEST_INT_HANDLE] = {vdev_cmd_request_handle,
					DSA_CMD_HANDLE | DSA_CMD_HANDLE_IMS},
	[DSA_CMD_RELEASE_INT_HANDLE] = {vdev_cmd_release_handle,
					DSA_CMD_HANDLE | DSA_CMD_HANDLE_IMS},
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

	if (code >= ARRAY_SIZE(vdev_cmds) || !vdev_cmds[code].run)
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

/* The guest may look while it runs: another of its processors does not wait for this one. */
void vdev_command(struct vdev *v, u32 cmd)
{
	const u64 busy[4] = {DSA_SWERR0_VALID | SPEC_PREP(DSA_SWERR0_ERROR, DSA_SWERR_CMD_ACTIVE)};
	u32 code, result = 0;

	mutex_lock(&v->lock);
	if (vdev_reg(v, DSA_REG_CMDSTS) & DSA_CMDSTS_ACTIVE) {
		vdev_latch_error(v, busy);
		mutex_unlock(&v->lock);
		return;
	}
	vdev_set_reg(v, DSA_REG_CMD, cmd);
	vdev_set_reg(v, DSA_REG_CMDSTS, DSA_CMDSTS_ACTIVE);
	mutex_unlock(&v->lock);

	mutex_lock(&v->cmd_lock);
	code = vdev_run_command(v, SPEC_GET(DSA_CMD_CODE, cmd), SPEC_GET(DSA_CMD_OPERAND, cmd),
				&result);
	mutex_lock(&v->lock);
	vdev_set_reg(v, DSA_REG_CMDSTS,
		     SPEC_PREP(DSA_CMDSTS_ERR, code) | SPEC_PREP(DSA_CMDSTS_RESULT, result));
	if (cmd & DSA_CMD_INT_REQ)
		vdev_cause(v, DSA_INTCAUSE_CMD);
	mutex_unlock(&v->lock);
	mutex_unlock(&v->cmd_lock);
}
