// SPDX-License-Identifier: GPL-2.0
// What the driver's cmd_status attribute means: error codes of the device's commands, and the
// driver's own.
#include <linux/idxd.h>
#include <stdlib.h>

#include "model/spec/dsa_regs.h"
#include "sim/cmd_status.h"

static const struct {
	unsigned int code;
	const char *text;
} reasons[] = {
	{DSA_CMDERR_UNSUPPORTED, "the device does not have this command"},
	{DSA_CMDERR_WQ_INDEX, "no such queue"},
	{DSA_CMDERR_HW, "hardware error"},
	{DSA_CMDERR_RSVD_OPERAND, "reserved bits of the command"},
	{DSA_CMDERR_HALTED, "the device is halted"},
	{DSA_CMDERR_DEV_NOT_DISABLED, "the device is not disabled"},
	{DSA_CMDERR_DEV_CONFIG, "the device's configuration is not possible"},
	{DSA_CMDERR_DEV_BME, "the device may not master the bus"},
	{DSA_CMDERR_DEV_PRS_ALLOC, "the allocation of page requests is not possible"},
	{DSA_CMDERR_DEV_TOTAL_SIZE, "the queues have more entries together than the device"},
	{DSA_CMDERR_DEV_GRPCFG, "a group has queues but no engines, or engines but no queues"},
	{DSA_CMDERR_DEV_GRPCFG_WQ,
	 "a queue is in two groups, or in none, or has no entries in one"},
	{DSA_CMDERR_DEV_GRPCFG_ENG, "an engine is in two groups"},
	{DSA_CMDERR_DEV_RDBUF, "too few read buffers for the groups' engines"},
	{DSA_CMDERR_DEV_EVL, "the event log is configured wrongly"},
	{DSA_CMDERR_DEV_ATS, "the setting of address translation services is not allowed"},
	{DSA_CMDERR_DEV_PASID, "the PASID of the event log does not fit the device's setting"},
	{DSA_CMDERR_WQ_DEV_NOT_ENABLED, "the device is not enabled"},
	{DSA_CMDERR_WQ_NOT_DISABLED, "the queue is not disabled"},
	{DSA_CMDERR_WQ_SIZE, "the queue has no entries"},
	{DSA_CMDERR_WQ_PRIORITY, "the queue has no priority"},
	{DSA_CMDERR_WQ_MODE, "the device does not have the queue's mode"},
	{DSA_CMDERR_WQ_BOF, "block on fault needs page requests, which are off"},
	{DSA_CMDERR_WQ_PASID, "a shared queue needs a PASID; none can be used while they are off"},
	{DSA_CMDERR_WQ_MAX_BATCH, "the largest batch is beyond the device's"},
	{DSA_CMDERR_WQ_MAX_XFER, "the largest transfer is beyond the device's"},
	{DSA_CMDERR_WQ_PRIV, "privileged mode is not possible"},
	{IDXD_SCMD_DEV_ENABLED, "the device is enabled already"},
	{IDXD_SCMD_DEV_NOT_ENABLED, "the device is not enabled"},
	{IDXD_SCMD_WQ_ENABLED, "the queue is enabled already"},
	{IDXD_SCMD_DEV_DMA_ERR, "DMA is not possible"},
	{IDXD_SCMD_WQ_NO_GRP, "the queue has no group"},
	{IDXD_SCMD_WQ_NO_NAME, "the queue has no name"},
	{IDXD_SCMD_WQ_NO_SVM, "no shared virtual memory"},
	{IDXD_SCMD_WQ_NO_THRESH, "the shared queue has no threshold"},
	{IDXD_SCMD_WQ_PORTAL_ERR, "the queue's portal can't be mapped"},
	{IDXD_SCMD_WQ_RES_ALLOC_ERR, "no memory for the queue"},
	{IDXD_SCMD_CDEV_ERR, "no character device"},
	{IDXD_SCMD_WQ_NO_SWQ_SUPPORT, "the device has no shared queues"},
	{IDXD_SCMD_WQ_NONE_CONFIGURED, "no queue is configured"},
	{IDXD_SCMD_WQ_NO_SIZE, "the queue has no size"},
	{IDXD_SCMD_WQ_NO_PRIV, "the queue is not privileged"},
	{IDXD_SCMD_WQ_IRQ_ERR, "no interrupt for the queue"},
	{IDXD_SCMD_WQ_USER_NO_IOMMU, "programs need an IOMMU with shared virtual memory"},
};

const char *cmd_status_text(const char *value)
{
	unsigned int code = (unsigned int)strtoul(value, NULL, 0), i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].code == code)
			return reasons[i].text;
	return NULL;
}
