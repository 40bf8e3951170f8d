/* SPDX-License-Identifier: GPL-2.0 */
/* What the virtual device composition code needs of the host driver: its own queue driver,
 * commands, PASIDs, handles, IMS, portals. */
#ifndef IDXD_VDEV_H
#define IDXD_VDEV_H

#include <linux/types.h>
#include <linux/device.h>
#include <linux/list.h>

struct idxd_device;
struct idxd_wq;

/* ---- the dsa bus ---- */

/* Every object with a place on the dsa bus starts with one of these. */
enum idxd_dev_kind {
	IDXD_DEV_NONE,
	IDXD_DEV_DSA,
	IDXD_DEV_IAX,
	IDXD_DEV_GROUP,
	IDXD_DEV_ENGINE,
	IDXD_DEV_WQ,
	IDXD_DEV_CDEV,
	IDXD_DEV_FILE,
};

struct idxd_dev {
	struct device conf;
	enum idxd_dev_kind kind;
	bool ready; /* may be bound: set once registration is over, so that nothing binds by itself
		     */
};

/* A driver of the dsa bus; appears as drivers/NAME with bind and unbind. */
struct idxd_device_driver {
	const enum idxd_dev_kind *kinds;    /* ends with IDXD_DEV_NONE */
	int (*probe)(struct idxd_dev *dev); /* 0 or negative errno, which bind returns */
	void (*remove)(struct idxd_dev *dev);
	struct device_driver drv;
};

int idxd_dsa_driver_register(struct idxd_device_driver *drv);
void idxd_dsa_driver_unregister(struct idxd_device_driver *drv);

struct idxd_wq *idxd_dev_to_wq(struct idxd_dev *dev);
struct idxd_device *idxd_wq_to_device(struct idxd_wq *wq);
struct device *idxd_wq_conf(struct idxd_wq *wq);
/* The PCI function: for address translation and DMA. */
struct pci_dev *idxd_wq_pci(struct idxd_wq *wq);

/* ---- what a virtual device is composed of ---- */

struct idxd_wq_info {
	int id;
	int group; /* -1: none */
	u32 group_engines;
	bool enabled;
	bool dedicated;
	bool block_on_fault;
	u32 size;
	u32 threshold;
	u32 priority;
	u64 max_xfer;
	u32 max_batch;
	u32 opcfg[8]; /* 256 bits, opcode 0 in bit 0 of word 0 */
	int clients;
};

struct idxd_device_info {
	int id;
	bool is_dsa;
	u16 pci_device;
	u32 version;
	u64 gencap;
	u64 wqcap;
	u64 grpcap;
	u64 engcap;
	u32 cmdcap; /* bit n: command code n; 1..12 when the register is absent */
	u32 opcap[8];
	u64 dsacap[3];
	u32 ims_slots; /* 0: no IMS */
};

void idxd_vwq_info(struct idxd_wq *wq, struct idxd_wq_info *info);
void idxd_device_get_info(struct idxd_device *idxd, struct idxd_device_info *info);

/* ---- a queue given to virtual devices ---- */

/*
 * Enable the queue for virtual devices; for the probe of a queue driver.
 * Checks that the device is enabled (-ENXIO), type mdev and driver_name (-ENODEV), group,
 * name and threshold (-EINVAL); cmd_status has the reason.
 */
int idxd_vwq_bind(struct idxd_wq *wq);
/* Drain, reset and forget: for the remove of a queue driver. */
void idxd_vwq_unbind(struct idxd_wq *wq);

/* Count users: the clients attribute. A dedicated queue takes one: -EBUSY. -ENXIO when not bound.
 */
int idxd_vwq_get(struct idxd_wq *wq);
void idxd_vwq_put(struct idxd_wq *wq);

/*
 * Physical commands on the queue. All sleep until the device is done; -ENXIO
 * when it reports an error, with the code in *@cmdsts (may be NULL).
 */
int idxd_vwq_enable(struct idxd_wq *wq, u32 *cmdsts);
int idxd_vwq_disable(struct idxd_wq *wq, u32 *cmdsts); /* Disable WQ: waits for its descriptors */
int idxd_vwq_drain(struct idxd_wq *wq, u32 *cmdsts);
int idxd_vwq_abort(struct idxd_wq *wq, u32 *cmdsts);
/* Abort, disable, and put the host's configuration back. */
int idxd_vwq_reset(struct idxd_wq *wq, u32 *cmdsts);
int idxd_vwq_drain_pasid(struct idxd_wq *wq, u32 pasid, u32 *cmdsts);
int idxd_vwq_abort_pasid(struct idxd_wq *wq, u32 pasid, u32 *cmdsts);

/* PASID and privilege of a dedicated queue's descriptors; -EBUSY unless it is disabled. */
int idxd_vwq_set_pasid(struct idxd_wq *wq, u32 pasid, bool priv);
int idxd_vwq_clear_pasid(struct idxd_wq *wq);

/* Physical address of one of the queue's four portal pages. */
phys_addr_t idxd_vwq_portal(struct idxd_wq *wq, bool limited, bool ims);

/* ---- errors ---- */

/* Called in the misc interrupt thread: not for long, and not to listen or unlisten. */
struct idxd_wq_listener {
	struct list_head node;
	/* SWERROR names this queue, or names none. */
	void (*swerror)(struct idxd_wq_listener *listener, const u64 err[4]);
	/*
	 * The device stopped: nothing under way will complete. @reset_type: what brings it back,
	 * DSA_RESET_*; beyond a function level reset the driver does not try.
	 */
	void (*halted)(struct idxd_wq_listener *listener, u32 reset_type);
	/* Interrupt handles of before mean nothing any more. In a worker; no commands. */
	void (*handles_void)(struct idxd_wq_listener *listener);
	/* It was reset and the queue runs again; IMS slots are masked and empty. In a worker, may
	 * sleep. */
	void (*restored)(struct idxd_wq_listener *listener);
};

void idxd_vwq_listen(struct idxd_wq *wq, struct idxd_wq_listener *listener);
void idxd_vwq_unlisten(struct idxd_wq *wq, struct idxd_wq_listener *listener);

/* ---- interrupt message store ---- */

/* Allocate a slot, masked and without PASID. -EOPNOTSUPP no IMS, -ENOSPC none free. */
int idxd_ims_alloc(struct idxd_device *idxd);
/* Mask the slot, clear its PASID, and give it back. */
void idxd_ims_free(struct idxd_device *idxd, u32 slot);
/* The message a slot sends. -EINVAL: bad slot, or an address outside 0xfee00000..0xfeefffff. */
int idxd_ims_write_msg(struct idxd_device *idxd, u32 slot, u64 addr, u32 data);
/* Mask or unmask; the write has reached the device on return. */
int idxd_ims_mask(struct idxd_device *idxd, u32 slot, bool mask);
/* Only descriptors of this PASID may use the slot; with @enable false only those without. */
int idxd_ims_set_pasid(struct idxd_device *idxd, u32 slot, u32 pasid, bool enable);
/* The handle that descriptors name the slot by. */
int idxd_ims_request_handle(struct idxd_device *idxd, u32 slot, u32 *handle);
int idxd_ims_release_handle(struct idxd_device *idxd, u32 handle);

#endif
