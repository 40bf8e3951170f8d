// SPDX-License-Identifier: GPL-2.0
/*
 * Virtual devices as character devices, the form of 2026: a list of queues written to the physical
 * function's `vdev_create` makes /dev/dsa/vdevM.N, its name written to `vdev_remove` takes it away.
 * There is no UUID and no group; one device may be made of several queues of either kind, or hand
 * them out as they are to composition code in a user process.
 */
#include <linux/cdev.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "cdev.h"
#include "door.h"
#include "home.h"
#include "raw.h"

#define VDEV_MINORS 4096

struct vdev_function;

struct vdev_chardev {
	struct device dev;
	struct cdev cdev;
	struct list_head node;
	struct vdev_function *fn;
	u32 id;
	struct vdev_device *d;
	bool is_raw;
	struct mutex lock;	 /* opening, removal */
	struct rw_semaphore sem; /* calls, and their end: @going is set under it; after @lock */
	struct mutex bind_lock;	 /* one VDEV_BIND_VM at a time; after @sem */
	bool opened, bound, going;
	char *queues; /* as they were asked for */
	struct vdev_door door;
	struct vdev_raw raw;
};

/* A physical function's, a resource of it. */
struct vdev_function {
	struct device *pci;
	struct mutex lock;
	struct list_head devices;
	struct ida ids;
	dev_t devt;
};

static char *vdev_devnode(struct device *dev, umode_t *mode)
{
	return kasprintf(GFP_KERNEL, "dsa/%s", dev_name(dev));
}

static struct class vdev_class = {.name = "dsa_vdev", .devnode = vdev_devnode};

/* ---- the file ---- */

static int vdev_chardev_open(struct inode *inode, struct file *f)
{
	struct vdev_chardev *c = container_of(inode->i_cdev, struct vdev_chardev, cdev);
	int rc = 0;

	mutex_lock(&c->lock);
	if (c->going)
		rc = -ENODEV;
	else if (c->opened)
		rc = -EBUSY;
	else
		c->opened = true;
	mutex_unlock(&c->lock);
	if (rc)
		return rc;
	f->private_data = c;
	get_device(&c->dev);
	return 0;
}

static void vdev_chardev_close(struct vdev_chardev *c)
{
	if (c->is_raw)
		vdev_raw_close(&c->raw);
	else
		vdev_door_close(&c->door);
	c->bound = false;
}

/* What it had goes back; the device is as it was made, if it is still there. */
static int vdev_chardev_release(struct inode *inode, struct file *f)
{
	struct vdev_chardev *c = f->private_data;

	mutex_lock(&c->lock);
	if (!c->going)
		vdev_chardev_close(c);
	c->opened = false;
	mutex_unlock(&c->lock);
	put_device(&c->dev);
	return 0;
}

/* A call begins: the device stays until it ends. */
static bool vdev_chardev_enter(struct vdev_chardev *c)
{
	down_read(&c->sem);
	if (!c->going)
		return true;
	up_read(&c->sem);
	return false;
}

static long vdev_bind(struct vdev_chardev *c, struct kvm *kvm)
{
	long rc = -EBUSY;

	mutex_lock(&c->bind_lock);
	if (!c->bound)
		rc = c->is_raw ? vdev_raw_bind(&c->raw, kvm) : vdev_door_open(&c->door, kvm);
	c->bound |= !rc;
	mutex_unlock(&c->bind_lock);
	if (rc)
		return rc;
	return c->is_raw ? c->raw.dma.pasid : c->door.dma.pasid;
}

static long vdev_bind_vm(struct vdev_chardev *c, unsigned long fd)
{
	struct kvm *kvm = fd <= INT_MAX ? guest_dma_get_kvm(fd) : NULL;
	long rc;

	if (!kvm)
		return -EINVAL;
	rc = vdev_bind(c, kvm);
	/* Who uses it has a reference of its own. */
	guest_dma_put_kvm(kvm);
	return rc;
}

static long vdev_chardev_ioctl(struct file *f, unsigned int cmd, unsigned long arg)
{
	struct vdev_chardev *c = f->private_data;
	long rc;

	if (!vdev_chardev_enter(c))
		return -ENODEV;
	if (cmd == VDEV_BIND_VM)
		rc = vdev_bind_vm(c, arg);
	else if (c->is_raw)
		rc = vdev_raw_ioctl(&c->raw, cmd, arg);
	else
		rc = vdev_door_ioctl(&c->door, cmd, arg);
	up_read(&c->sem);
	return rc;
}

static ssize_t vdev_chardev_read(struct file *f, char __user *buf, size_t count, loff_t *pos)
{
	struct vdev_chardev *c = f->private_data;
	ssize_t rc;

	if (!vdev_chardev_enter(c))
		return -ENODEV;
	rc = c->is_raw ? vdev_raw_read(&c->raw, buf, count)
		       : vdev_door_read(&c->door, buf, count, pos);
	up_read(&c->sem);
	return rc;
}

static ssize_t vdev_chardev_write(struct file *f, const char __user *buf, size_t count, loff_t *pos)
{
	struct vdev_chardev *c = f->private_data;
	ssize_t rc = -EINVAL;

	if (!vdev_chardev_enter(c))
		return -ENODEV;
	if (!c->is_raw)
		rc = vdev_door_write(&c->door, buf, count, pos);
	up_read(&c->sem);
	return rc;
}

static struct vdev_portal_map *vdev_chardev_map(struct vdev_chardev *c)
{
	return c->is_raw ? &c->raw.portal_map : &c->door.portal_map;
}

static int vdev_chardev_mmap(struct file *f, struct vm_area_struct *vma)
{
	/* Pages appear later, if at all. */
	return vdev_portal_mmap(vdev_chardev_map(f->private_data), vma);
}

static const struct file_operations vdev_chardev_fops = {
	.owner = THIS_MODULE,
	.open = vdev_chardev_open,
	.release = vdev_chardev_release,
	.unlocked_ioctl = vdev_chardev_ioctl,
	.read = vdev_chardev_read,
	.write = vdev_chardev_write,
	.mmap = vdev_chardev_mmap,
};

struct vdev_device *vdev_cdev_device(struct file *file, struct guest_dma **dma)
{
	struct vdev_chardev *c = file->private_data;

	if (file->f_op != &vdev_chardev_fops)
		return NULL;
	*dma = c->is_raw ? &c->raw.dma : &c->door.dma;
	return c->d;
}

/* ---- making one ---- */

struct vdev_list {
	char name[VDEV_WQS_MAX][32];
	bool shared[VDEV_WQS_MAX];
	u32 nr;
	bool any_shared, guest_pasids, raw;
};

/* NAME:shared or NAME:exclusive, or a word about the whole device. */
static int vdev_parse_token(struct vdev_list *l, char *token)
{
	char *kind = strchr(token, ':');

	if (!kind && !strcmp(token, "guest_pasids")) {
		l->guest_pasids = true;
		return 0;
	}
	if (!kind && !strcmp(token, "raw")) {
		l->raw = true;
		return 0;
	}
	if (!kind)
		return -EINVAL;
	*kind++ = 0;
	if (l->nr == VDEV_WQS_MAX || strlen(token) >= sizeof(l->name[0]))
		return -EINVAL;
	if (strcmp(kind, "shared") && strcmp(kind, "exclusive"))
		return -EINVAL;
	l->shared[l->nr] = kind[0] == 's';
	l->any_shared |= l->shared[l->nr];
	strscpy(l->name[l->nr++], token, sizeof(l->name[0]));
	return 0;
}

static int vdev_parse_list(struct vdev_list *l, const char *buf)
{
	char *text = kstrdup(buf, GFP_KERNEL), *rest = text, *token;
	int rc = 0;

	if (!text)
		return -ENOMEM;
	while (!rc && (token = strsep(&rest, ", \t\n")))
		if (*token)
			rc = vdev_parse_token(l, token);
	kfree(text);
	return !rc && !l->nr ? -EINVAL : rc;
}

/* The word must be what the physical queue is, and the queue this function's. */
static int vdev_admit(struct vdev_function *fn, const char *name, bool shared)
{
	struct device *dev = driver_find_device(&vdev_wq_driver.drv, NULL, name, device_match_name);
	struct idxd_wq_info info;
	struct idxd_wq *wq;
	int rc = 0;

	if (!dev)
		return -ENODEV;
	wq = idxd_dev_to_wq(container_of(dev, struct idxd_dev, conf));
	idxd_vwq_info(wq, &info);
	if (&idxd_wq_pci(wq)->dev != fn->pci)
		rc = -EXDEV;
	else if (shared == info.dedicated)
		rc = -EINVAL;
	put_device(dev);
	return rc;
}

static int vdev_compose(struct vdev_chardev *c, const struct vdev_list *l)
{
	/* Descriptors of a share carry a PASID of the guest's. */
	struct vdev_cfg cfg = {.sva = l->any_shared || l->guest_pasids};
	const char *names[VDEV_WQS_MAX];
	int rc = 0;
	u32 i;

	for (i = 0; i < l->nr && !rc; i++) {
		names[i] = l->name[i];
		rc = vdev_admit(c->fn, names[i], l->shared[i]);
	}
	if (rc)
		return rc;
	c->is_raw = l->raw;
	if (l->raw) {
		vdev_raw_init(&c->raw);
		rc = vdev_device_open_raw(names, l->nr, &vdev_raw_events, &vdev_raw_device_ops,
					  &c->raw, &c->raw.d);
		c->d = c->raw.d;
		if (!rc)
			vdev_raw_set_device(&c->raw);
		return rc;
	}
	vdev_door_init(&c->door);
	c->door.explicit_pairs = true;
	rc = vdev_device_open(names, l->nr, &cfg, &vdev_door_device_ops, &c->door, &c->d);
	if (!rc)
		vdev_door_set_device(&c->door, c->d, l->nr);
	return rc;
}

static void vdev_chardev_free(struct device *dev)
{
	struct vdev_chardev *c = container_of(dev, struct vdev_chardev, dev);

	if (c->d)
		vdev_device_close(c->d);
	kfree(c->queues);
	kfree(c);
}

static int vdev_function_id(struct vdev_chardev *c)
{
	struct idxd_device_info info;

	idxd_device_get_info(idxd_wq_to_device(c->d->queue[0].wq), &info);
	return info.id;
}

static ssize_t queues_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", container_of(dev, struct vdev_chardev, dev)->queues);
}
static DEVICE_ATTR_RO(queues);

static struct attribute *vdev_chardev_attrs[] = {&dev_attr_queues.attr, NULL};
ATTRIBUTE_GROUPS(vdev_chardev);

static int vdev_make(struct vdev_function *fn, const struct vdev_list *l, const char *text)
{
	struct vdev_chardev *c = kzalloc(sizeof(*c), GFP_KERNEL);
	int rc;

	if (!c)
		return -ENOMEM;
	rc = ida_alloc_max(&fn->ids, VDEV_MINORS - 1, GFP_KERNEL);
	if (rc < 0) {
		kfree(c);
		return rc;
	}
	c->id = rc;
	c->fn = fn;
	mutex_init(&c->lock);
	mutex_init(&c->bind_lock);
	device_initialize(&c->dev);
	c->dev.parent = fn->pci;
	c->dev.class = &vdev_class;
	c->dev.release = vdev_chardev_free;
	c->dev.groups = vdev_chardev_groups;
	init_rwsem(&c->sem);
	c->dev.devt = fn->devt + c->id;
	c->queues = kstrndup(text, strcspn(text, "\n"), GFP_KERNEL);
	rc = c->queues ? vdev_compose(c, l) : -ENOMEM;
	if (!rc)
		rc = dev_set_name(&c->dev, "vdev%d.%u", vdev_function_id(c), c->id);
	cdev_init(&c->cdev, &vdev_chardev_fops);
	if (!rc)
		rc = cdev_device_add(&c->cdev, &c->dev);
	if (rc) {
		ida_free(&fn->ids, c->id);
		put_device(&c->dev);
		return rc;
	}
	list_add_tail(&c->node, &fn->devices);
	return 0;
}

/* Takes it from whoever has it open: portals, then calls under way, then all the rest. */
static void vdev_take_back(struct vdev_chardev *c)
{
	vdev_portal_revoke(vdev_chardev_map(c));
	/* Accesses that wait for a paused device do not any more. */
	if (!c->is_raw)
		vdev_device_leave(c->d);
	down_write(&c->sem);
	c->going = true;
	up_write(&c->sem);
	vdev_chardev_close(c);
}

/* @even_open: else -EBUSY. */
static int vdev_unmake(struct vdev_chardev *c, bool even_open)
{
	mutex_lock(&c->lock);
	if (c->opened && !even_open) {
		mutex_unlock(&c->lock);
		return -EBUSY;
	}
	if (c->opened)
		vdev_take_back(c);
	c->going = true;
	vdev_device_close(c->d);
	c->d = NULL;
	mutex_unlock(&c->lock);
	list_del(&c->node);
	cdev_device_del(&c->cdev, &c->dev);
	ida_free(&c->fn->ids, c->id);
	put_device(&c->dev);
	return 0;
}

/* ---- attributes of the function ---- */

static void vdev_function_release(struct device *dev, void *res);

static struct vdev_function *vdev_function_of(struct device *pci)
{
	return devres_find(pci, vdev_function_release, NULL, NULL);
}

static ssize_t vdev_create_store(struct device *dev, struct device_attribute *attr, const char *buf,
				 size_t count)
{
	struct vdev_function *fn = vdev_function_of(dev);
	struct vdev_list *l = kzalloc(sizeof(*l), GFP_KERNEL);
	int rc = l ? vdev_parse_list(l, buf) : -ENOMEM;

	if (!rc) {
		mutex_lock(&fn->lock);
		rc = vdev_make(fn, l, buf);
		mutex_unlock(&fn->lock);
	}
	kfree(l);
	return rc ? rc : count;
}
static DEVICE_ATTR_WO(vdev_create);

static ssize_t vdev_remove_store(struct device *dev, struct device_attribute *attr, const char *buf,
				 size_t count)
{
	struct vdev_function *fn = vdev_function_of(dev);
	struct vdev_chardev *c;
	int rc = -ENODEV;

	mutex_lock(&fn->lock);
	list_for_each_entry (c, &fn->devices, node)
		if (sysfs_streq(buf, dev_name(&c->dev))) {
			rc = vdev_unmake(c, false);
			break;
		}
	mutex_unlock(&fn->lock);
	return rc ? rc : count;
}
static DEVICE_ATTR_WO(vdev_remove);

static struct attribute *vdev_function_attrs[] = {&dev_attr_vdev_create.attr,
						  &dev_attr_vdev_remove.attr, NULL};
static const struct attribute_group vdev_function_group = {.attrs = vdev_function_attrs};

static void vdev_function_release(struct device *dev, void *res)
{
	struct vdev_function *fn = res;
	struct vdev_chardev *c, *next;

	if (!fn->pci)
		return;
	device_remove_group(dev, &vdev_function_group);
	mutex_lock(&fn->lock);
	list_for_each_entry_safe (c, next, &fn->devices, node)
		vdev_unmake(c, true);
	mutex_unlock(&fn->lock);
	unregister_chrdev_region(fn->devt, VDEV_MINORS);
	ida_destroy(&fn->ids);
}

int vdev_cdev_offer(struct device *pci)
{
	struct vdev_function *new, *fn;
	int rc;

	if (vdev_function_of(pci))
		return 0;
	new = devres_alloc(vdev_function_release, sizeof(*new), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	mutex_init(&new->lock);
	INIT_LIST_HEAD(&new->devices);
	ida_init(&new->ids);
	fn = devres_get(pci, new, NULL, NULL);
	if (fn != new)
		return 0;
	rc = alloc_chrdev_region(&fn->devt, 0, VDEV_MINORS, "dsa_vdev");
	if (!rc) {
		rc = device_add_group(pci, &vdev_function_group);
		if (rc)
			unregister_chrdev_region(fn->devt, VDEV_MINORS);
	}
	if (rc)
		devres_destroy(pci, vdev_function_release, NULL, NULL);
	else
		fn->pci = pci;
	return rc;
}

int vdev_cdev_init(void)
{
	return class_register(&vdev_class);
}

static int vdev_drop_function(struct device *dev, void *data)
{
	devres_release(dev, vdev_function_release, NULL, NULL);
	return 0;
}

void vdev_cdev_exit(void)
{
	if (bus_for_each_dev(&pci_bus_type, NULL, NULL, vdev_drop_function))
		WARN_ON(1);
	class_unregister(&vdev_class);
}
