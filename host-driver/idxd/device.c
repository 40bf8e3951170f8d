// SPDX-License-Identifier: GPL-2.0
/* Commands: what the driver asks the device to do through CMD and CMDSTS. */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/processor.h>
#include "idxd.h"

/* All ones is what a function that left the bus answers. */
#define IDXD_READ_DEAD 0xffffffffU

void idxd_unmask_errors(struct idxd_device *idxd)
{
	u32 ctrl = idxd_read32(idxd, DSA_REG_GENCTRL);

	ctrl |= DSA_GENCTRL_SWERROR_INT | DSA_GENCTRL_HALT_INT;
	idxd_write32(idxd, DSA_REG_GENCTRL, ctrl);
}

void idxd_mask_errors(struct idxd_device *idxd)
{
	u32 ctrl = idxd_read32(idxd, DSA_REG_GENCTRL);

	ctrl &= ~(DSA_GENCTRL_SWERROR_INT | DSA_GENCTRL_HALT_INT | DSA_GENCTRL_EVL_INT);
	idxd_write32(idxd, DSA_REG_GENCTRL, ctrl);
}

void idxd_set_user_interrupts(struct idxd_device *idxd)
{
	u32 cfg = idxd_read32(idxd, DSA_REG_GENCFG);

	idxd_write32(idxd, DSA_REG_GENCFG, cfg | DSA_GENCFG_USER_INT);
}

static bool idxd_is_halted(struct idxd_device *idxd)
{
	u32 sts = idxd_read32(idxd, DSA_REG_GENSTS);

	return sts == IDXD_READ_DEAD || SPEC_GET(DSA_GENSTS_STATE, sts) == DSA_STATE_HALT;
}

/*
 * Run one command and sleep until vector 0 reports its end. A halt or the
 * removal of the device also ends the wait.
 */
static int idxd_cmd_run(struct idxd_device *idxd, u32 code, u32 operand, u32 *status)
{
	u32 sts;
	int rc = 0;

	mutex_lock(&idxd->cmd_lock);
	/*
	 * Before the flags are looked at: who sets one completes afterwards, so
	 * either the flag is seen here or the wait below ends.
	 */
	reinit_completion(&idxd->cmd_done);
	if (test_bit(IDXD_FLAG_GONE, &idxd->flags)) {
		rc = -ENODEV;
		goto out;
	}
	if (test_bit(IDXD_FLAG_HALTED, &idxd->flags) || idxd_is_halted(idxd)) {
		dev_warn(idxd_pdev(idxd), "device is halted, command %u not sent\n", code);
		*status = DSA_CMDERR_HW;
		rc = -ENXIO;
		goto out;
	}

	idxd_write32(idxd, DSA_REG_CMD,
		     DSA_CMD_INT_REQ | SPEC_PREP(DSA_CMD_CODE, code) |
			     SPEC_PREP(DSA_CMD_OPERAND, operand));
	for (;;) {
		wait_for_completion(&idxd->cmd_done);
		if (test_bit(IDXD_FLAG_GONE, &idxd->flags)) {
			rc = -ENODEV;
			goto out;
		}
		sts = idxd_read32(idxd, DSA_REG_CMDSTS);
		if (sts == IDXD_READ_DEAD || test_bit(IDXD_FLAG_HALTED, &idxd->flags)) {
			*status = DSA_CMDERR_HW;
			rc = -ENXIO;
			goto out;
		}
		/* A stray interrupt: the command is still running. */
		if (!(sts & DSA_CMDSTS_ACTIVE))
			break;
		reinit_completion(&idxd->cmd_done);
		/* The end may have been reported between the read and the line above. */
		if (test_bit(IDXD_FLAG_GONE, &idxd->flags) ||
		    test_bit(IDXD_FLAG_HALTED, &idxd->flags) ||
		    !(idxd_read32(idxd, DSA_REG_CMDSTS) & DSA_CMDSTS_ACTIVE))
			complete(&idxd->cmd_done);
	}
	*status = sts;
out:
	mutex_unlock(&idxd->cmd_lock);
	return rc;
}

/*
 * Run a command without touching the cmd_status attribute: the way for
 * unwinding, which must not hide the first error.
 */
int idxd_cmd_quiet(struct idxd_device *idxd, u32 code, u32 operand, u32 *status)
{
	u32 sts = 0;
	int rc = idxd_cmd_run(idxd, code, operand, &sts);

	if (status)
		*status = sts;
	if (rc)
		return rc;
	return SPEC_GET(DSA_CMDSTS_ERR, sts) ? -ENXIO : 0;
}

/*
 * Run a command. @status (may be NULL) receives the whole CMDSTS word.
 * Returns 0, -ENXIO when the device reports an error, -ENODEV when it left.
 */
int idxd_cmd(struct idxd_device *idxd, u32 code, u32 operand, u32 *status)
{
	u32 sts = 0;
	int rc = idxd_cmd_quiet(idxd, code, operand, &sts);

	idxd->cmd_status = SPEC_GET(DSA_CMDSTS_ERR, sts);
	if (status)
		*status = sts;
	return rc;
}

/* Reset before interrupts exist (probe) or where they cannot be trusted (halt, removal). */
int idxd_reset_polled(struct idxd_device *idxd)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(IDXD_RESET_TIMEOUT_MS);
	u32 sts;
	int rc = 0;

	mutex_lock(&idxd->cmd_lock);
	idxd_write32(idxd, DSA_REG_CMD, SPEC_PREP(DSA_CMD_CODE, DSA_CMD_RESET_DEVICE));
	for (;;) {
		sts = idxd_read32(idxd, DSA_REG_CMDSTS);
		if (sts == IDXD_READ_DEAD) {
			rc = -ENODEV;
			break;
		}
		if (!(sts & DSA_CMDSTS_ACTIVE))
			break;
		if (time_after(jiffies, deadline)) {
			rc = -ETIMEDOUT;
			break;
		}
		cpu_relax();
	}
	mutex_unlock(&idxd->cmd_lock);
	if (!rc && SPEC_GET(DSA_CMDSTS_ERR, sts)) {
		dev_err(idxd_pdev(idxd), "device reset failed: status %#x\n", sts);
		rc = -ENXIO;
	}
	return rc;
}

/* Send Enable Device; the caller has written the configuration. */
int idxd_device_enable(struct idxd_device *idxd)
{
	u32 sts = 0;
	int rc;

	if (idxd->state == IDXD_DEV_ENABLED)
		return -ENXIO;
	rc = idxd_cmd(idxd, DSA_CMD_ENABLE_DEVICE, 0, &sts);
	/* The whole word is compared: anything beside the error code is a failure too. */
	if (sts == DSA_CMDERR_DEV_NOT_DISABLED)
		rc = 0;
	else if (!rc && sts != DSA_CMDERR_SUCCESS)
		rc = -ENXIO;
	if (rc)
		return rc;
	idxd->state = IDXD_DEV_ENABLED;
	return 0;
}

int idxd_device_disable(struct idxd_device *idxd)
{
	u32 sts = 0;
	int rc;

	if (idxd->state != IDXD_DEV_ENABLED)
		return 0;
	rc = idxd_cmd(idxd, DSA_CMD_DISABLE_DEVICE, 0, &sts);
	if (rc && sts != DSA_CMDERR_DEV_NOT_ENABLED)
		return rc;
	idxd->state = IDXD_DEV_DISABLED;
	return 0;
}

/* Reset Device with all that the driver loses by it; sleeps. */
void idxd_device_reset(struct idxd_device *idxd)
{
	idxd_cmd_quiet(idxd, DSA_CMD_RESET_DEVICE, 0, NULL);
	mutex_lock(&idxd->cfg_lock);
	idxd_device_clear_config(idxd);
	idxd->perfmon.used = 0;
	if (idxd->state != IDXD_DEV_HALTED)
		idxd->state = IDXD_DEV_DISABLED;
	/* The reset cleared GENCTRL. */
	if (!test_bit(IDXD_FLAG_GONE, &idxd->flags))
		idxd_unmask_errors(idxd);
	mutex_unlock(&idxd->cfg_lock);
}

/* A WQ command in mask form: Disable, Drain, Abort, Reset. */
int idxd_wq_command(struct idxd_wq *wq, u32 code)
{
	u32 operand = SPEC_PREP(DSA_CMD_WQ_BASE, wq->id >> 4) |
		      SPEC_PREP(DSA_CMD_WQ_MASK, 1U << (wq->id & 15));

	return idxd_cmd(wq->idxd, code, operand, NULL);
}

int idxd_wq_enable(struct idxd_wq *wq)
{
	u32 sts = 0;
	int rc;

	if (wq->state == IDXD_WQ_ENABLED)
		return 0;
	rc = idxd_cmd(wq->idxd, DSA_CMD_ENABLE_WQ, SPEC_PREP(DSA_CMD_WQ_INDEX, wq->id), &sts);
	if (sts == DSA_CMDERR_WQ_NOT_DISABLED)
		rc = 0;
	else if (!rc && sts != DSA_CMDERR_SUCCESS)
		rc = -ENXIO;
	if (rc) {
		dev_dbg(&wq->dev.conf, "enable failed: status %#x\n", sts);
		return rc;
	}
	wq->state = IDXD_WQ_ENABLED;
	return 0;
}

/*
 * Stop the queue. Disable WQ would not wait for translations in flight, so
 * drain, reset, and put back what the reset took (it keeps only the size).
 */
int idxd_wq_disable(struct idxd_wq *wq)
{
	int rc;

	if (wq->state != IDXD_WQ_ENABLED)
		return 0;
	idxd_wq_command(wq, DSA_CMD_DRAIN_WQ);
	rc = idxd_wq_command(wq, DSA_CMD_RESET_WQ);
	if (rc)
		return rc;
	wq->state = IDXD_WQ_DISABLED;
	/* A fixed queue keeps all but its PASID, which its next owner writes. */
	if (!idxd_configurable(wq->idxd))
		return 0;
	mutex_lock(&wq->idxd->cfg_lock);
	idxd_wq_write_config(wq);
	mutex_unlock(&wq->idxd->cfg_lock);
	return 0;
}

/* Write PASID and PASID enable of a disabled queue, in the shadow and in the register. */
void idxd_wq_put_pasid(struct idxd_wq *wq, u32 pasid, bool enable)
{
	u32 *mode = &wq->wqcfg[DSA_WQCFG_DW_MODE];

	*mode = SPEC_SET(DSA_WQCFG2_PASID, *mode, pasid);
	*mode = SPEC_SET(DSA_WQCFG2_PASID_EN, *mode, enable);
	idxd_write32(wq->idxd, idxd_wqcfg_off(wq, DSA_WQCFG_DW_MODE), *mode);
}

/* The same from the shadow, after a reset that took it. */
void idxd_wq_restore_pasid(struct idxd_wq *wq)
{
	idxd_write32(wq->idxd, idxd_wqcfg_off(wq, DSA_WQCFG_DW_MODE), wq->wqcfg[DSA_WQCFG_DW_MODE]);
}

/*
 * The handle that stands for entry @index of the MSI-X or IMS table. Without
 * the command the index is the handle.
 */
int idxd_request_handle(struct idxd_device *idxd, u32 index, bool ims, u32 *handle)
{
	u32 operand, sts = 0;
	int rc;

	if (!idxd_cmd_supported(idxd, DSA_CMD_REQUEST_INT_HANDLE)) {
		*handle = index;
		return 0;
	}
	operand = SPEC_PREP(DSA_CMD_HANDLE, index) | (ims ? DSA_CMD_HANDLE_IMS : 0);
	rc = idxd_cmd(idxd, DSA_CMD_REQUEST_INT_HANDLE, operand, &sts);
	if (rc)
		return rc;
	*handle = SPEC_GET(DSA_CMDSTS_RESULT, sts);
	return 0;
}

int idxd_release_handle(struct idxd_device *idxd, u32 handle, bool ims)
{
	u32 operand = SPEC_PREP(DSA_CMD_HANDLE, handle) | (ims ? DSA_CMD_HANDLE_IMS : 0);

	if (!idxd_cmd_supported(idxd, DSA_CMD_RELEASE_INT_HANDLE))
		return 0;
	return idxd_cmd_quiet(idxd, DSA_CMD_RELEASE_INT_HANDLE, operand, NULL);
}
