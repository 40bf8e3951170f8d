/* SPDX-License-Identifier: GPL-2.0 */
/* A virtual device in the host kernel, as a virtual machine monitor uses it. Includes nothing: for
 * both worlds, after their fixed-size types. */
#ifndef VDEV_DEVICE_H
#define VDEV_DEVICE_H

struct device;
struct vdev_device;
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
};

/*
 * Composes a device of @nr queues ("wq0.1"), each enabled with the driver `mdev`, of one group.
 * They are its own until vdev_device_close(), and disabled until the guest enables them. @ops and
 * @ctx stay the caller's. -ENODEV: no such queue with that driver, -EBUSY: in use, -EINVAL: cannot
 * go together or bad count, -ENOSPC: no message store slot or vector left, -EOPNOTSUPP: no message
 * store, -ENOMEM.
 */
int vdev_device_open(const char *const *wqs, u32 nr, const struct vdev_device_ops *ops, void *ctx,
		     struct vdev_device **out);
void vdev_device_close(struct vdev_device *d);

/* The physical function: whose requests with the PASID reach memory. */
struct device *vdev_device_parent(struct vdev_device *d);
/* The PASID that leads to the guest's memory; see vdev_set_pasid(). */
int vdev_device_set_pasid(struct vdev_device *d, u32 pasid);
void vdev_device_clear_pasid(struct vdev_device *d);

u32 vdev_device_config_read(struct vdev_device *d, u32 off, u32 width);
void vdev_device_config_write(struct vdev_device *d, u32 off, u32 width, u32 val);
u64 vdev_device_mmio_read(struct vdev_device *d, u64 off, u32 width);
void vdev_device_mmio_write(struct vdev_device *d, u64 off, u32 width, u64 val);

/* Where the guest put BAR 0 (registers, trapped) or 2 (portals); @enabled: decoded at all. */
u64 vdev_device_bar(struct vdev_device *d, u32 bar, u64 *bytes, bool *enabled);
/* Host-physical page to map at @off of BAR 2; -ENOENT: none. */
int vdev_device_portal(struct vdev_device *d, u64 off, u64 *pa);

/* Any context. */
void vdev_device_traps(const struct vdev_device *d, struct vdev_traps *traps);

#endif
