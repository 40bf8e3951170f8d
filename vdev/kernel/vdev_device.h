/* SPDX-License-Identifier: GPL-2.0 */
/* A virtual device in the host kernel, as a virtual machine monitor uses it. Includes nothing: for
 * both worlds, after their fixed-size types. */
#ifndef VDEV_DEVICE_H
#define VDEV_DEVICE_H

struct device;
struct vdev_cfg;
struct vdev_device;
struct vdev_portal_stats;
struct vdev_traps;

/*
 * All functions run on a thread of the host kernel and may sleep unless said otherwise. Accesses
 * are the guest's, as vdev/core/vdev.h has them: bad ones read all ones and write nothing.
 */

struct vdev_device_ops {
	/* A message that the guest wrote for its vector. Any context, must not sleep. */
	void (*interrupt)(void *ctx, u32 vector, u64 addr, u32 data);
	/* A queue was taken away: no portal page may be mapped any more when it returns. */
	void (*revoked)(void *ctx);
	/* As struct vdev_ops (vdev/core/vdev.h) has them. */
	void (*portals)(void *ctx);
	int (*host_pasid)(void *ctx, u32 pasid, u32 *host);
	int (*guest_pasid)(void *ctx, u32 host, u32 *pasid);
	int (*next_pasid)(void *ctx, u32 *pasid, u32 *host);
};

/*
 * Composes a device of @nr queues ("wq0.1"), each enabled with the driver `mdev`, of one physical
 * device and at most 4 groups. Dedicated ones are its own until vdev_device_close(), and disabled
 * until the guest enables them; of shared ones it has a share, they run on. @cfg is copied (NULL:
 * all zero), @ops and @ctx stay the caller's. -ENODEV: no such queue with that driver, -EBUSY: in
 * use, -EXDEV: of different devices, -ENOSPC: no message store slot or vector left, -EOPNOTSUPP: no
 * message store; else what vdev_create() returns.
 */
int vdev_device_open(const char *const *wqs, u32 nr, const struct vdev_cfg *cfg,
		     const struct vdev_device_ops *ops, void *ctx, struct vdev_device **out);
void vdev_device_close(struct vdev_device *d);

/* The physical function: whose requests with the PASID reach memory. */
struct device *vdev_device_parent(struct vdev_device *d);
/* The PASID that leads to the guest's memory; see vdev_set_pasid(). */
int vdev_device_set_pasid(struct vdev_device *d, u32 pasid);
void vdev_device_clear_pasid(struct vdev_device *d);
/* No queue of it runs any more, and the guest is told that it halted. */
void vdev_device_stop(struct vdev_device *d);
/* See vdev_pasid_gone(). */
void vdev_device_pasid_gone(struct vdev_device *d, u32 pasid, u32 host);

u32 vdev_device_config_read(struct vdev_device *d, u32 off, u32 width);
u64 vdev_device_mmio_read(struct vdev_device *d, u64 off, u32 width);
/* -EAGAIN: not done, for the device has been saved or left. */
int vdev_device_config_write(struct vdev_device *d, u32 off, u32 width, u32 val);
int vdev_device_mmio_write(struct vdev_device *d, u64 off, u32 width, u64 val);
/* Stores to portal pages that trap: vdev_portal_write() and vdev_portal_enqueue(). */
int vdev_device_portal_write(struct vdev_device *d, u64 off, const void *data, u32 bytes,
			     u64 writer);
int vdev_device_portal_enqueue(struct vdev_device *d, u64 off, const void *desc);
/* As the guest's function level reset. */
int vdev_device_reset(struct vdev_device *d);
/* As vdev_renew(). */
void vdev_device_renew(struct vdev_device *d);

/* Where the guest put BAR 0 (registers, trapped) or 2 (portals); @enabled: decoded at all. */
u64 vdev_device_bar(struct vdev_device *d, u32 bar, u64 *bytes, bool *enabled);
/* Host-physical page to map at @off of BAR 2; -ENOENT: none, stores there trap. */
int vdev_device_portal(struct vdev_device *d, u64 off, u64 *pa);
/* Whether there may be one some time: not for the unlimited page of a shared queue. */
bool vdev_device_portal_ever(const struct vdev_device *d, u64 off);

/* Moving a guest: as the functions of vdev/core/vdev.h that they are named after. */
int vdev_device_pause(struct vdev_device *d);
int vdev_device_resume(struct vdev_device *d);
long vdev_device_save(struct vdev_device *d, void *buf, u64 size);
int vdev_device_load(struct vdev_device *d, const void *buf, u64 size);
void vdev_device_leave(struct vdev_device *d);
int vdev_device_revoke_handles(struct vdev_device *d);

/*
 * Posting. The message that the guest wrote for @vector; -ENOENT: none. Any context.
 * vdev_device_post() has completions of @vector (1 and up) go to the posted-interrupt descriptor at
 * @desc as @as, past this device; @desc 0: as at first. -ENOENT, -EOPNOTSUPP: the host cannot.
 */
int vdev_device_message(struct vdev_device *d, u32 vector, u64 *addr, u32 *data);
int vdev_device_post(struct vdev_device *d, u32 vector, u64 desc, u8 as);

/* Any context. */
void vdev_device_traps(const struct vdev_device *d, struct vdev_traps *traps);
void vdev_device_portal_stats(const struct vdev_device *d, struct vdev_portal_stats *st);

#endif
