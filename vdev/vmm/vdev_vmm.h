/* SPDX-License-Identifier: GPL-2.0 */
/* A virtual device composed in a user process, a virtual machine monitor's: the same code as in the
 * host kernel, with the rights of the process. Includes nothing: for both worlds, after their
 * fixed-size types. */
#ifndef VDEV_VMM_H
#define VDEV_VMM_H

struct vdev_cfg;
struct vdev_portal_stats;
struct vdev_raw_event;
struct vdev_traps;
struct vdev_vmm;

/*
 * What the process does for it. The device's file is a character device made with `raw`
 * (vdev/kernel/vdev_uapi.h) and bound to a machine. All may sleep unless said otherwise.
 */
struct vdev_vmm_ops {
	/* ioctl(2) of the file: with @bytes at @arg, copied in and out, or a plain value. */
	long (*ioctl)(void *ctx, u32 cmd, void *arg, u32 bytes);
	long (*ioctl_value)(void *ctx, u32 cmd, u64 val);
	/* The descriptor of an eventfd whose signals become vdev_vmm_completion(@vector). */
	int (*eventfd)(void *ctx, u32 vector);
	/* As struct vdev_ops (vdev/core/vdev.h) has them. */
	void (*interrupt)(void *ctx, u32 vector, u64 addr, u32 data);
	void (*portals)(void *ctx);
	int (*host_pasid)(void *ctx, u32 pasid, u32 *host);
	int (*guest_pasid)(void *ctx, u32 host, u32 *pasid);
	int (*next_pasid)(void *ctx, u32 *pasid, u32 *host);
};

/* What vdev_create() returns, and VDEV_RAW_FACTS. */
int vdev_vmm_open(const struct vdev_cfg *cfg, const struct vdev_vmm_ops *ops, void *ctx,
		  struct vdev_vmm **out);
void vdev_vmm_close(struct vdev_vmm *m);

/* The rest as the functions of vdev/core/vdev.h that they are named after. */
int vdev_vmm_set_pasid(struct vdev_vmm *m, u32 pasid);
void vdev_vmm_pasid_gone(struct vdev_vmm *m, u32 pasid, u32 host);
u32 vdev_vmm_config_read(struct vdev_vmm *m, u32 off, u32 width);
int vdev_vmm_config_write(struct vdev_vmm *m, u32 off, u32 width, u32 val);
u64 vdev_vmm_mmio_read(struct vdev_vmm *m, u64 off, u32 width);
int vdev_vmm_mmio_write(struct vdev_vmm *m, u64 off, u32 width, u64 val);
int vdev_vmm_portal_write(struct vdev_vmm *m, u64 off, const void *data, u32 bytes, u64 writer);
int vdev_vmm_portal_enqueue(struct vdev_vmm *m, u64 off, const void *desc);
u64 vdev_vmm_bar(struct vdev_vmm *m, u32 bar, u64 *bytes, bool *enabled);
/* Where in the file the page at @off of the portal BAR is; -ENOENT: none, stores there trap. */
int vdev_vmm_portal(struct vdev_vmm *m, u64 off, u64 *file_off);
int vdev_vmm_message(struct vdev_vmm *m, u32 vector, u64 *addr, u32 *data);
int vdev_vmm_pause(struct vdev_vmm *m);
int vdev_vmm_resume(struct vdev_vmm *m);
long vdev_vmm_save(struct vdev_vmm *m, void *buf, u64 size);
int vdev_vmm_load(struct vdev_vmm *m, const void *buf, u64 size);
void vdev_vmm_renew(struct vdev_vmm *m);
int vdev_vmm_revoke_handles(struct vdev_vmm *m);
void vdev_vmm_leave(struct vdev_vmm *m);

/* An eventfd of ->eventfd() was signalled. Any context, does not sleep. */
void vdev_vmm_completion(struct vdev_vmm *m, u32 vector);
/* What was read from the file. */
void vdev_vmm_event(struct vdev_vmm *m, const struct vdev_raw_event *ev);

/* Any context. */
void vdev_vmm_traps(const struct vdev_vmm *m, struct vdev_traps *traps);
void vdev_vmm_portal_stats(const struct vdev_vmm *m, struct vdev_portal_stats *st);

#endif
