// SPDX-License-Identifier: GPL-2.0
/* How a request that meets a fault ends (tables 15 and 30): answer, reason, record. */
#include "model/iommu/xlat.h"

/* Legacy mode has its own, coarser reasons. */
static u8 legacy_reason(const struct xlat *x, u8 fault)
{
	switch (fault) {
	case VTD_FR_SS_ACC:
	case VTD_FR_SS_TOP:
		return VTD_FR_L_TABLE;
	case VTD_FR_SS_RSVD:
		return VTD_FR_L_PTE_RSVD;
	case VTD_FR_SS_WIDTH:
	case VTD_FR_HAW:
		return VTD_FR_L_WIDTH;
	case VTD_FR_SS_P:
		return x->req->access & IOMMU_W ? VTD_FR_L_WRITE : VTD_FR_L_READ;
	case VTD_FR_WRITE:
		return VTD_FR_L_WRITE;
	case VTD_FR_READ:
		return VTD_FR_L_READ;
	case VTD_FR_MSI_OUT:
		return VTD_FR_L_MSI_OUT;
	default:
		return fault;
	}
}

/* Table 30: what a translation request gets; untranslated and translated requests are blocked (UR).
 */
static enum iommu_status answer_for(u8 fault, bool *record)
{
	*record = true;
	switch (fault) {
	case VTD_FR_ROOT_ACC:
	case VTD_FR_ROOT_RSVD:
	case VTD_FR_CTX_ACC:
	case VTD_FR_CTX_RSVD:
	case VTD_FR_CTX_INV:
	case VTD_FR_PDE_ACC:
	case VTD_FR_PDE_RSVD:
	case VTD_FR_PE_ACC:
	case VTD_FR_PE_RSVD:
	case VTD_FR_PE_INV:
	case VTD_FR_SS_ACC:
	case VTD_FR_SS_RSVD:
	case VTD_FR_SS_TOP:
	case VTD_FR_SS_AD_SNOOP:
	case VTD_FR_SS_AD_FAIL:
	case VTD_FR_MSI_OUT:
	case VTD_FR_L_ROOT_ACC:
	case VTD_FR_L_CTX_ACC:
	case VTD_FR_L_ROOT_RSVD:
	case VTD_FR_L_CTX_RSVD:
	case VTD_FR_L_CTX_INV:
	case VTD_FR_L_TABLE:
	case VTD_FR_L_PTE_RSVD:
	case VTD_FR_L_MSI_OUT:
		return IOMMU_ABORT;
	case VTD_FR_FS_AD_FAIL:
		return IOMMU_NO_ACCESS;
	case VTD_FR_PDE_P:
	case VTD_FR_PE_P:
	case VTD_FR_SRE:
	case VTD_FR_FS_ACC:
	case VTD_FR_FS_P:
	case VTD_FR_FS_RSVD:
	case VTD_FR_FS_TOP:
	case VTD_FR_FS_WIDTH:
	case VTD_FR_SS_TOP_READ:
	case VTD_FR_SS_TABLE_READ:
	case VTD_FR_SS_TABLE_WRITE:
	case VTD_FR_SS_P:
	case VTD_FR_CANONICAL:
	case VTD_FR_USER:
	case VTD_FR_HAW:
	case VTD_FR_SS_WIDTH:
	case VTD_FR_WRITE:
	case VTD_FR_READ:
	case VTD_FR_FS_AD_SNOOP:
	case VTD_FR_L_WIDTH:
	case VTD_FR_L_WRITE:
	case VTD_FR_L_READ:
		*record = false;
		return IOMMU_NO_ACCESS;
	default:
		return IOMMU_UNSUPPORTED;
	}
}

void xlat_fail(struct xlat *x, u8 fault)
{
	const struct iommu_req *req = x->req;
	struct iommu_reply *r = x->reply;
	struct iommu *u = x->u;
	enum iommu_status status;
	bool record;

	if (u->ttm == VTD_TTM_LEGACY)
		fault = legacy_reason(x, fault);
	status = answer_for(fault, &record);
	if (req->at != IOMMU_TRANSLATION) {
		status = IOMMU_UNSUPPORTED;
		record = true;
	}
	r->status = (u8)status;
	r->fault = fault;
	r->len = 0;
	r->perms = 0;
	u->count.faults++;
	if (status == IOMMU_NO_ACCESS)
		u->count.no_access++;
	page_done(x, false, x->extra_reads_ps + x->w.ps);
	if (record)
		record_fault(u, &(struct fault_info){
					.addr = req->addr,
					.pasid = req->pasid,
					.sid = req->sid,
					.reason = fault,
					.at = req->at,
					.read = !(req->access & IOMMU_W),
					.priv = req->priv,
					.exec = req->exec,
					.fpd = x->l.fpd,
				});
}
