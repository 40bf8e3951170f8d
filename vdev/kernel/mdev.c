// SPDX-License-Identifier: GPL-2.0
/* Virtual devices as mediated devices: types dsa-1dwq-v1 and dsa-1swq-v1, creation by UUID, a VFIO
 * device each. */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/vfio.h>
#include "door.h"
#include "home.h"
#include "mdev.h"
#include "mdev_queue.h"

struct vdev_mdev {
	struct vfio_device vfio; /* the first member: vfio_alloc_device() */
	struct vdev_door door;
};

static struct vdev_mdev *to_mdev(struct vfio_device *vfio)
{
	return container_of(vfio, struct vdev_mdev, vfio);
}

/* ---- types ---- */

struct vdev_mdev_type {
	struct mdev_type type;
	bool shared;
};

/* A physical device's part, a resource of its PCI function. */
struct vdev_mdev_parent {
	struct mdev_parent parent;
	struct vdev_mdev_type type[2];
	struct mdev_type *types[2];
	bool registered;
};

static bool vdev_type_shared(struct mdev_type *type)
{
	return container_of(type, struct vdev_mdev_type, type)->shared;
}

static unsigned int vdev_get_available(struct mdev_type *type)
{
	return vdev_count_queues(type->parent->dev, vdev_type_shared(type));
}

static ssize_t vdev_show_description(struct mdev_type *type, char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  vdev_type_shared(type) ? "DSA with a share of one shared work queue"
						 : "DSA with one dedicated work queue");
}

/* ---- the VFIO device ---- */

static struct file *vdev_vfio_set_state(struct vfio_device *vfio, enum vfio_device_mig_state state)
{
	return vdev_door_set_state(&to_mdev(vfio)->door, state);
}

static int vdev_vfio_get_state(struct vfio_device *vfio, enum vfio_device_mig_state *state)
{
	*state = vdev_door_state(&to_mdev(vfio)->door);
	return 0;
}

static const struct vfio_migration_ops vdev_vfio_mig_ops = {
	.migration_set_state = vdev_vfio_set_state,
	.migration_get_state = vdev_vfio_get_state,
};

static int vdev_vfio_init(struct vfio_device *vfio)
{
	vdev_door_init(&to_mdev(vfio)->door);
	to_mdev(vfio)->door.dma.vfio = vfio;
	vfio->migration_flags = VFIO_MIGRATION_STOP_COPY;
	vfio->mig_ops = &vdev_vfio_mig_ops;
	return 0;
}

static void vdev_vfio_release(struct vfio_device *vfio)
{
	vfio_free_device(vfio);
}

static int vdev_vfio_open(struct vfio_device *vfio)
{
	return vdev_door_open(&to_mdev(vfio)->door, vfio->kvm);
}

static void vdev_vfio_close(struct vfio_device *vfio)
{
	vdev_door_close(&to_mdev(vfio)->door);
}

static ssize_t vdev_vfio_read(struct vfio_device *vfio, char __user *buf, size_t count, loff_t *pos)
{
	return vdev_door_read(&to_mdev(vfio)->door, buf, count, pos);
}

static ssize_t vdev_vfio_write(struct vfio_device *vfio, const char __user *buf, size_t count,
			       loff_t *pos)
{
	return vdev_door_write(&to_mdev(vfio)->door, buf, count, pos);
}

static long vdev_vfio_ioctl(struct vfio_device *vfio, unsigned int cmd, unsigned long arg)
{
	return vdev_door_ioctl(&to_mdev(vfio)->door, cmd, arg);
}

static int vdev_vfio_mmap(struct vfio_device *vfio, struct vm_area_struct *vma)
{
	return vdev_door_mmap(&to_mdev(vfio)->door, vma);
}

static void vdev_vfio_request(struct vfio_device *vfio, unsigned int count)
{
	vdev_door_request(&to_mdev(vfio)->door);
}

/* All of the guest's memory is one, as far as the device is concerned. */
static void vdev_vfio_dma_unmap(struct vfio_device *vfio, u64 iova, u64 length)
{
	vdev_door_unmapped(&to_mdev(vfio)->door);
}

static const struct vfio_device_ops vdev_vfio_ops = {
	.name = "vdev-mdev",
	.init = vdev_vfio_init,
	.release = vdev_vfio_release,
	.open_device = vdev_vfio_open,
	.close_device = vdev_vfio_close,
	.read = vdev_vfio_read,
	.write = vdev_vfio_write,
	.ioctl = vdev_vfio_ioctl,
	.mmap = vdev_vfio_mmap,
	.request = vdev_vfio_request,
	.dma_unmap = vdev_vfio_dma_unmap,
};

struct vdev_door *vdev_mdev_door(struct vfio_device *vfio)
{
	return vfio->ops == &vdev_vfio_ops ? &to_mdev(vfio)->door : NULL;
}

/* ---- instances ---- */

/* Somebody may take the queue between the choice and the claim: chosen again then. */
static int vdev_mdev_compose(struct vdev_mdev *m, struct mdev_device *mdev)
{
	bool shared = vdev_type_shared(mdev->type);
	/* A share carries its PASID in every descriptor: the guest needs PASIDs of its own. */
	struct vdev_cfg cfg = {.sva = shared};
	bool pasids;
	struct vdev_device *d;
	const char *wq;
	char name[32];
	int rc, tries = 8;

	do {
		rc = vdev_choose_queue(mdev->type->parent->dev, shared, &mdev->uuid, name,
				       sizeof(name), &pasids);
		if (rc)
			return rc;
		cfg.sva = shared || pasids;
		wq = name;
		rc = vdev_device_open(&wq, 1, &cfg, &vdev_door_device_ops, &m->door, &d);
	} while ((rc == -EBUSY || rc == -ENODEV) && --tries);
	if (!rc)
		vdev_door_set_device(&m->door, d, 1);
	return rc;
}

static int vdev_mdev_probe(struct mdev_device *mdev)
{
	struct vdev_mdev *m = vfio_alloc_device(vdev_mdev, vfio, &mdev->dev, &vdev_vfio_ops);
	int rc;

	if (IS_ERR(m))
		return PTR_ERR(m);
	rc = vdev_mdev_compose(m, mdev);
	if (rc)
		goto put;
	dev_set_drvdata(&mdev->dev, m);
	rc = vfio_register_emulated_iommu_dev(&m->vfio);
	if (!rc)
		return 0;
	vdev_device_close(m->door.d);
put:
	vfio_put_device(&m->vfio);
	return rc;
}

static void vdev_mdev_remove(struct mdev_device *mdev)
{
	struct vdev_mdev *m = dev_get_drvdata(&mdev->dev);

	vfio_unregister_group_dev(&m->vfio);
	vdev_device_close(m->door.d);
	vfio_put_device(&m->vfio);
}

static struct mdev_driver vdev_mdev_driver = {
	.device_api = VFIO_DEVICE_API_PCI_STRING,
	.probe = vdev_mdev_probe,
	.remove = vdev_mdev_remove,
	.get_available = vdev_get_available,
	.show_description = vdev_show_description,
	.driver = {.name = "vdev_mdev", .owner = THIS_MODULE},
};

/* ---- parents ---- */

static void vdev_parent_release(struct device *dev, void *res)
{
	struct vdev_mdev_parent *p = res;

	if (p->registered)
		mdev_unregister_parent(&p->parent);
}

static void vdev_parent_init(struct vdev_mdev_parent *p)
{
	static const char *const names[] = {"dsa-1dwq-v1", "dsa-1swq-v1"};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(p->type); i++) {
		p->type[i].type.sysfs_name = names[i];
		p->type[i].type.pretty_name = names[i];
		p->type[i].shared = i;
		p->types[i] = &p->type[i].type;
	}
}

int vdev_mdev_offer(struct device *pci)
{
	struct vdev_mdev_parent *new, *p;
	int rc;

	if (devres_find(pci, vdev_parent_release, NULL, NULL))
		return 0;
	new = devres_alloc(vdev_parent_release, sizeof(*new), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	/* Another queue of the device may have been bound meanwhile: one of the two goes on. */
	p = devres_get(pci, new, NULL, NULL);
	if (p != new)
		return 0;
	vdev_parent_init(p);
	rc = mdev_register_parent(&p->parent, pci, &vdev_mdev_driver, p->types,
				  ARRAY_SIZE(p->types));
	p->registered = !rc;
	if (rc)
		devres_destroy(pci, vdev_parent_release, NULL, NULL);
	return rc;
}

int vdev_mdev_init(void)
{
	return mdev_register_driver(&vdev_mdev_driver);
}

static int vdev_drop_parent(struct device *dev, void *data)
{
	devres_release(dev, vdev_parent_release, NULL, NULL);
	return 0;
}

void vdev_mdev_exit(void)
{
	if (bus_for_each_dev(&pci_bus_type, NULL, NULL, vdev_drop_parent))
		WARN_ON(1);
	mdev_unregister_driver(&vdev_mdev_driver);
}
