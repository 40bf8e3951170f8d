/* SPDX-License-Identifier: GPL-2.0 */
/* The driver's objects: device, group, engine, work queue, character device, user context. */
#ifndef IDXD_H
#define IDXD_H

#include <linux/types.h>
#include <linux/bitmap.h>
#include <linux/cdev.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <uapi/linux/idxd.h>
#include <spec/dsa_regs.h>
#include "idxd_vdev.h"

struct idxd_device;
struct idxd_evl;
struct idxd_io;
struct idxd_wq;
struct iommu_sva;
struct mm_struct;

#define IDXD_DRV_NAME "idxd"

#define IDXD_WQ_NAME_MAX	 1024
#define IDXD_DRIVER_NAME_MAX	 128
#define IDXD_WQ_DEFAULT_DEPTH	 16
#define IDXD_WQ_DEFAULT_MAX_XFER (2ULL << 20)
#define IDXD_WQ_DEFAULT_BATCH	 32U
#define IDXD_ENQCMDS_RETRIES	 32
#define IDXD_ENQCMDS_MAX_RETRIES 64
#define IDXD_RESET_TIMEOUT_MS	 10000
#define IDXD_MAX_WARNINGS	 100
#define IDXD_PASID_NONE		 0xffffffffU
#define IDXD_HANDLE_NONE	 0xffffffffU

/* Soft errors newer than the 6.1 user ABI header. */
#define IDXD_STATUS_EVL		0x80120000U
#define IDXD_STATUS_DRIVER_NAME 0x80200000U

enum idxd_type { IDXD_TYPE_DSA, IDXD_TYPE_IAX };

/* What the two device families differ in. */
struct idxd_type_data {
	const char *prefix;
	enum idxd_type type;
	u32 record_size;
	u32 record_align;
};

enum idxd_dev_state { IDXD_DEV_HALTED = -1, IDXD_DEV_DISABLED, IDXD_DEV_ENABLED };

enum idxd_dev_flag {
	IDXD_FLAG_CONFIGURABLE,
	IDXD_FLAG_USER_PASID, /* shared virtual addressing is on */
	IDXD_FLAG_IOPF,
	IDXD_FLAG_HALTED,  /* the hardware refuses commands until reset */
	IDXD_FLAG_GONE,	   /* removed: registers are no longer mapped */
	IDXD_FLAG_CLOSING, /* being disabled: its queues are released and none is enabled */
	IDXD_FLAG_SAFE,	   /* untrusted submissions need no checks (INTEL-SA-01084) */
};

struct idxd_caps {
	u32 version;
	u64 gencap;
	u64 wqcap;
	u64 grpcap;
	u64 engcap;
	u64 iaacap;
	u64 dsacap[3];
	u32 cmdcap;
	DECLARE_BITMAP(opcap, DSA_OPCAP_BITS);
};

struct idxd_offsets {
	u32 grpcfg;
	u32 wqcfg;
	u32 msixperm;
	u32 ims;
	u32 perfmon;
};

struct idxd_group {
	struct idxd_dev dev;
	struct idxd_device *idxd;
	int id;
	int num_engines;
	int num_wqs;
	bool use_rdbuf_limit;
	u8 rdbufs_allowed; /* 0: the device's total */
	u8 rdbufs_reserved;
	u8 desc_limit;
	u8 batch_limit;
	int tc_a; /* -1: the generation's default */
	int tc_b;
	u64 wq_mask[DSA_GRPCFG_WQ_QWORDS]; /* the GRPCFG image */
	u64 engine_mask;
	u64 flags;
};

struct idxd_engine {
	struct idxd_dev dev;
	struct idxd_device *idxd;
	int id;
	struct idxd_group *group;
};

enum idxd_wq_state { IDXD_WQ_DISABLED, IDXD_WQ_ENABLED };
enum idxd_wq_type { IDXD_WQT_NONE, IDXD_WQT_KERNEL, IDXD_WQT_USER, IDXD_WQT_MDEV };

enum idxd_wq_flag {
	IDXD_WQ_DEDICATED,
	IDXD_WQ_BOF,
	IDXD_WQ_ATS_DISABLE,
	IDXD_WQ_PRS_DISABLE,
};

/* A kernel submission in the pool of its work queue. */
struct idxd_desc {
	struct list_head node; /* free, pending or resubmit list */
	struct idxd_wq *wq;
	struct dsa_hw_desc *hw;
	void *record;
	dma_addr_t record_dma;
	struct idxd_io *io; /* NULL: the driver's own drain */
};

/* The kernel submission side of a work queue; exists while a kernel client owns the queue. */
struct idxd_wq_pool {
	spinlock_t lock;	     /* the lists, counters and gate below */
	wait_queue_head_t gate_wait; /* gate opened, submitter left or descriptor freed */
	bool closed;		     /* being torn down: no submission at all */
	bool gated;		     /* handle revoked: submitters wait */
	bool alive;		     /* pollers may look at the descriptors */
	u32 submitters;
	u32 pollers;
	u32 num_descs;
	struct list_head free;
	struct list_head pending;
	struct list_head resubmit;
	struct idxd_desc *descs;
	struct dsa_hw_desc *hw;
	void *records;
	dma_addr_t records_dma;
	size_t records_size;
	struct work_struct resubmit_work;
	struct completion drained;
};

struct idxd_wq {
	struct idxd_dev dev;
	struct idxd_device *idxd;
	int id;
	struct mutex lock; /* state changes, clients; taken before the device's cfg_lock */
	enum idxd_wq_state state;
	enum idxd_wq_type type;
	unsigned long flags;
	struct idxd_group *group;
	u32 size;
	u32 threshold;
	u32 priority;
	u64 max_xfer;
	u32 max_batch;
	u32 enqcmds_retries;
	DECLARE_BITMAP(opcfg, DSA_OPCAP_BITS);
	char name[IDXD_WQ_NAME_MAX + 1];
	char driver_name[IDXD_DRIVER_NAME_MAX + 1];
	u32 wqcfg[DSA_WQCFG_DWORDS]; /* shadow of the registers */
	int clients;
	int stale_clients; /* counted for an earlier owner of the queue and not given back yet */
	void __iomem *portal;
	u32 portal_slot;

	/* interrupt of a kernel queue */
	int vector;	/* -1: none */
	u32 int_handle; /* IDXD_HANDLE_NONE: none */
	struct idxd_wq_pool pool;

	/* user queue */
	struct idxd_cdev *cdev;
	struct list_head contexts; /* under ctx_lock */
	struct mutex ctx_lock;
	wait_queue_head_t err_queue;

	/* listeners of errors, under the device's notify_lock */
	struct list_head listeners;
};

struct idxd_cdev {
	struct cdev cdev;
	struct idxd_dev dev;
	struct idxd_wq *wq;
};

/* One open of a work queue's node. */
struct idxd_user_ctx {
	struct idxd_dev dev; /* fileK, used only with a PASID */
	struct list_head node;
	struct idxd_wq *wq;
	struct idxd_cdev *cdev; /* tells a later node of the same queue apart; not followed */
	struct address_space *mapping; /* of the open node; the file keeps it */
	struct mm_struct *mm;
	struct iommu_sva *sva;
	u32 pasid;
	int id;
	int pid;
	bool registered;
	u64 cr_faults;
	u64 cr_fault_failures;
};

struct idxd_perfmon {
	bool present;
	u32 num_counters;
	u32 width;
	u32 num_categories;
	unsigned long used; /* counters running */
	struct mutex lock;
};

struct idxd_ims {
	u32 num_slots;
	unsigned long *used;
	struct mutex lock;
};

struct idxd_device {
	struct idxd_dev dev;
	const struct idxd_type_data *data;
	struct pci_dev *pdev;
	int id;
	enum idxd_dev_state state;
	unsigned long flags;
	u32 cmd_status; /* last failure, as the cmd_status attribute shows it */

	void __iomem *regs;
	resource_size_t regs_len;
	resource_size_t portal_base;
	struct idxd_caps hw;
	struct idxd_offsets offs;
	u64 max_xfer;
	u32 max_batch;
	u32 max_wqs;
	u32 max_wq_entries;
	u32 max_groups;
	u32 max_engines;
	u32 max_rdbufs;
	u32 free_rdbufs;
	u32 rdbuf_limit;
	u32 wqcfg_stride;
	u32 wqcfg_dwords;
	u32 system_pasid; /* IDXD_PASID_NONE: kernel work goes by requester ID */
	struct idxd_group **groups;
	struct idxd_engine **engines;
	struct idxd_wq **wqs;

	struct mutex cfg_lock; /* configuration attributes and registers */
	struct mutex cmd_lock; /* one command at a time */
	struct completion cmd_done;

	int num_vectors;
	int misc_irq;
	u64 sw_err[DSA_SWERROR_QWORDS]; /* the last one; under notify_lock */
	struct workqueue_struct *work_queue;
	struct work_struct reinit_work;
	u32 reset_type; /* what the halt asked for */
	struct work_struct revoke_work;
	struct mutex notify_lock; /* sw_err, the queues' listeners */

	struct idxd_evl *evl;
	u32 evl_entries; /* size to use at the next enable */
	struct idxd_perfmon perfmon;
	struct idxd_ims ims;
	dev_t devt;   /* first of max_wqs character device numbers */
	u32 warnings; /* printed so far of the kind that a device can cause at will */
	bool restore; /* the device was enabled when the reset began */
};

/* ---- objects ---- */

static inline struct idxd_dev *to_idxd_dev(struct device *dev)
{
	return container_of(dev, struct idxd_dev, conf);
}

static inline struct idxd_device *dev_to_idxd(struct device *dev)
{
	return container_of(to_idxd_dev(dev), struct idxd_device, dev);
}

static inline struct idxd_group *dev_to_group(struct device *dev)
{
	return container_of(to_idxd_dev(dev), struct idxd_group, dev);
}

static inline struct idxd_engine *dev_to_engine(struct device *dev)
{
	return container_of(to_idxd_dev(dev), struct idxd_engine, dev);
}

static inline struct idxd_wq *dev_to_wq(struct device *dev)
{
	return container_of(to_idxd_dev(dev), struct idxd_wq, dev);
}

static inline bool idxd_is_dsa(const struct idxd_device *idxd)
{
	return idxd->data->type == IDXD_TYPE_DSA;
}

/* Halted, and asks for more than the driver can do. */
static inline bool idxd_is_dead(const struct idxd_device *idxd)
{
	return idxd->state == IDXD_DEV_HALTED && idxd->reset_type > DSA_RESET_FLR;
}

static inline bool idxd_configurable(const struct idxd_device *idxd)
{
	return test_bit(IDXD_FLAG_CONFIGURABLE, &idxd->flags);
}

static inline bool idxd_user_pasid(const struct idxd_device *idxd)
{
	return test_bit(IDXD_FLAG_USER_PASID, &idxd->flags);
}

static inline bool idxd_has_system_pasid(const struct idxd_device *idxd)
{
	return idxd->system_pasid != IDXD_PASID_NONE;
}

/* pasid.c: gives the kernel's own work a PASID; -EOPNOTSUPP where the kernel can't. */
int idxd_enable_system_pasid(struct idxd_device *idxd);
void idxd_disable_system_pasid(struct idxd_device *idxd);

/* A holder of the queue goes. Called with wq->lock held. */
static inline void idxd_wq_uncount(struct idxd_wq *wq)
{
	if (wq->stale_clients > 0)
		wq->stale_clients--;
	else if (wq->clients > 0)
		wq->clients--;
}

static inline bool idxd_cmd_supported(const struct idxd_device *idxd, u32 code)
{
	return idxd->hw.cmdcap & (1U << code);
}

static inline bool wq_dedicated(const struct idxd_wq *wq)
{
	return test_bit(IDXD_WQ_DEDICATED, &wq->flags);
}

static inline bool wq_shared_supported(const struct idxd_wq *wq)
{
	return (wq->idxd->hw.wqcap & DSA_WQCAP_SHARED_MODE) && idxd_user_pasid(wq->idxd);
}

/* A device must not flood the log. */
static inline bool idxd_may_warn(struct idxd_device *idxd)
{
	if (idxd->warnings >= IDXD_MAX_WARNINGS)
		return false;
	idxd->warnings++;
	return true;
}

static inline struct device *idxd_pdev(struct idxd_device *idxd)
{
	return &idxd->pdev->dev;
}

/* ---- registers ---- */

static inline u32 idxd_read32(struct idxd_device *idxd, u32 off)
{
	return readl(idxd->regs + off);
}

static inline u64 idxd_read64(struct idxd_device *idxd, u32 off)
{
	return readq(idxd->regs + off);
}

static inline void idxd_write32(struct idxd_device *idxd, u32 off, u32 val)
{
	writel(val, idxd->regs + off);
}

static inline void idxd_write64(struct idxd_device *idxd, u32 off, u64 val)
{
	writeq(val, idxd->regs + off);
}

/* ---- bus.c ---- */
extern struct bus_type dsa_bus;

int idxd_bus_register(void);
void idxd_bus_unregister(void);
void idxd_dev_init(struct idxd_dev *dev, enum idxd_dev_kind kind, struct device *parent,
		   const struct device_type *type);
int idxd_dev_add(struct idxd_dev *dev);
int idxd_device_bind(struct idxd_dev *dev);
void idxd_device_unbind(struct idxd_dev *dev);
int idxd_wq_attach(struct idxd_wq *wq, enum idxd_wq_type type);
void idxd_wq_detach(struct idxd_wq *wq);
bool idxd_wq_driver_matches(struct idxd_wq *wq, struct device_driver *drv);

/* ---- device.c: commands ---- */
int idxd_cmd(struct idxd_device *idxd, u32 code, u32 operand, u32 *status);
int idxd_cmd_quiet(struct idxd_device *idxd, u32 code, u32 operand, u32 *status);
int idxd_reset_polled(struct idxd_device *idxd);
int idxd_device_enable(struct idxd_device *idxd);
int idxd_device_disable(struct idxd_device *idxd);
void idxd_device_reset(struct idxd_device *idxd);
int idxd_wq_enable(struct idxd_wq *wq);
int idxd_wq_disable(struct idxd_wq *wq);
int idxd_wq_command(struct idxd_wq *wq, u32 code);
void idxd_wq_put_pasid(struct idxd_wq *wq, u32 pasid, bool enable);
void idxd_wq_restore_pasid(struct idxd_wq *wq);
int idxd_request_handle(struct idxd_device *idxd, u32 index, bool ims, u32 *handle);
int idxd_release_handle(struct idxd_device *idxd, u32 handle, bool ims);
void idxd_unmask_errors(struct idxd_device *idxd);
void idxd_mask_errors(struct idxd_device *idxd);
void idxd_set_user_interrupts(struct idxd_device *idxd);

/* ---- config.c: from attributes to registers and back ---- */
int idxd_device_config(struct idxd_device *idxd);
int idxd_device_load_config(struct idxd_device *idxd);
void idxd_device_clear_config(struct idxd_device *idxd);
void idxd_wq_write_config(struct idxd_wq *wq);
void idxd_wq_clear_config(struct idxd_wq *wq);
void idxd_wq_defaults(struct idxd_wq *wq);
void idxd_group_defaults(struct idxd_group *group);
void idxd_update_free_rdbufs(struct idxd_device *idxd);
u32 idxd_wqcfg_off(const struct idxd_wq *wq, u32 dword);

/* ---- irq.c ---- */
int idxd_setup_interrupts(struct idxd_device *idxd);
void idxd_cleanup_interrupts(struct idxd_device *idxd);
int idxd_wq_request_irq(struct idxd_wq *wq);
void idxd_wq_free_irq(struct idxd_wq *wq);
void idxd_set_msix_perm(struct idxd_device *idxd, u32 vector, u32 pasid, bool enable);
void idxd_device_restore(struct idxd_device *idxd);
void idxd_mark_halted(struct idxd_device *idxd);

/* ---- submit.c ---- */
int idxd_pool_create(struct idxd_wq *wq);
void idxd_pool_close(struct idxd_wq *wq);
void idxd_pool_destroy(struct idxd_wq *wq);
int idxd_pool_complete(struct idxd_wq *wq);
int idxd_pool_poll(struct idxd_wq *wq);
void idxd_pool_shut_gate(struct idxd_wq *wq);
void idxd_pool_gate(struct idxd_wq *wq);
void idxd_pool_ungate(struct idxd_wq *wq);
int idxd_pool_drain_interrupts(struct idxd_wq *wq);
void idxd_pool_fail_pending(struct idxd_wq *wq);
int idxd_enqcmds(struct idxd_wq *wq, void __iomem *portal, const void *desc);
void __iomem *idxd_next_slot(struct idxd_wq *wq);

/* ---- cdev.c ---- */
int idxd_cdev_register(struct idxd_device *idxd);
void idxd_cdev_unregister(struct idxd_device *idxd);
int idxd_wq_add_cdev(struct idxd_wq *wq);
void idxd_wq_del_cdev(struct idxd_wq *wq);
void idxd_wq_drop_contexts(struct idxd_wq *wq);
int idxd_user_copy_record(struct idxd_wq *wq, u32 pasid, u64 addr, const void *record, u32 len);
void idxd_user_count_fault(struct idxd_wq *wq, u32 pasid, bool failed);
extern const struct device_type idxd_file_type;

/* ---- evl.c ---- */
int idxd_evl_alloc(struct idxd_device *idxd);
void idxd_evl_free_log(struct idxd_device *idxd);
void idxd_evl_free(struct idxd_device *idxd);
int idxd_evl_start(struct idxd_device *idxd);
void idxd_evl_stop(struct idxd_device *idxd);
void idxd_evl_process(struct idxd_device *idxd);
void idxd_evl_flush(struct idxd_device *idxd);
static inline bool idxd_evl_supported(const struct idxd_device *idxd)
{
	return idxd->hw.version >= DSA_VERSION_2 && SPEC_GET(DSA_GENCAP_EVL, idxd->hw.gencap);
}

/* ---- perfmon.c ---- */
void idxd_perfmon_init(struct idxd_device *idxd);
void idxd_perfmon_overflow(struct idxd_device *idxd);

/* ---- ims.c ---- */
int idxd_ims_init(struct idxd_device *idxd);
void idxd_ims_exit(struct idxd_device *idxd);
void idxd_ims_reset(struct idxd_device *idxd);

/* ---- vdev.c ---- */
void idxd_notify_swerror(struct idxd_device *idxd);
void idxd_notify_halt(struct idxd_device *idxd);
void idxd_notify_restored(struct idxd_wq *wq);
void idxd_notify_handles(struct idxd_device *idxd);

/* ---- objects.c ---- */
int idxd_alloc_objects(struct idxd_device *idxd);
void idxd_free_objects(struct idxd_device *idxd);
int idxd_add_devices(struct idxd_device *idxd);
void idxd_del_devices(struct idxd_device *idxd);

/* ---- init.c ---- */
void idxd_device_release(struct device *dev);

/* ---- sysfs_*.c ---- */
extern const struct device_type dsa_device_type;
extern const struct device_type iax_device_type;
extern const struct device_type idxd_group_type;
extern const struct device_type idxd_engine_type;
extern const struct device_type idxd_wq_type;
ssize_t idxd_emit_bitmap(char *buf, const unsigned long *map);

#endif
