// SPDX-License-Identifier: GPL-2.0
/* The user's side of a queue: /dev/dsa/wqN.M with address space binding, portal mapping, write(),
 * poll, fault counters. */
#include <linux/capability.h>
#include <linux/cdev.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/iommu.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include "idxd.h"

static DEFINE_IDA(idxd_file_ida);

/* ---- one open: an object below the node's device ---- */

static struct idxd_user_ctx *dev_to_ctx(struct device *dev)
{
	return container_of(to_idxd_dev(dev), struct idxd_user_ctx, dev);
}

static ssize_t cr_faults_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", dev_to_ctx(dev)->cr_faults);
}
static DEVICE_ATTR_RO(cr_faults);

static ssize_t cr_fault_failures_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", dev_to_ctx(dev)->cr_fault_failures);
}
static DEVICE_ATTR_RO(cr_fault_failures);

static ssize_t pid_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", dev_to_ctx(dev)->pid);
}
static DEVICE_ATTR_RO(pid);

static struct attribute *idxd_file_attrs[] = {
	&dev_attr_cr_faults.attr,
	&dev_attr_cr_fault_failures.attr,
	&dev_attr_pid.attr,
	NULL,
};

static const struct attribute_group idxd_file_group = {.attrs = idxd_file_attrs};
static const struct attribute_group *idxd_file_groups[] = {&idxd_file_group, NULL};

static void idxd_file_release(struct device *dev)
{
	struct idxd_user_ctx *ctx = dev_to_ctx(dev);

	if (ctx->id >= 0)
		ida_free(&idxd_file_ida, ctx->id);
	if (ctx->mm)
		mmdrop(ctx->mm);
	put_device(&ctx->wq->dev.conf);
	kfree(ctx);
}

const struct device_type idxd_file_type = {
	.name = "idxd_file",
	.release = idxd_file_release,
	.groups = idxd_file_groups,
};

static struct idxd_user_ctx *idxd_ctx_create(struct idxd_cdev *icdev)
{
	struct idxd_user_ctx *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);

	if (!ctx)
		return NULL;
	INIT_LIST_HEAD(&ctx->node);
	ctx->wq = icdev->wq;
	ctx->cdev = icdev;
	ctx->id = -1;
	ctx->pid = task_tgid_nr(current);
	ctx->pasid = IDXD_PASID_NONE;
	ctx->mm = current->mm;
	if (ctx->mm)
		mmgrab(ctx->mm);
	get_device(&ctx->wq->dev.conf);
	idxd_dev_init(&ctx->dev, IDXD_DEV_FILE, &icdev->dev.conf, &idxd_file_type);
	return ctx;
}

static int idxd_ctx_register(struct idxd_user_ctx *ctx)
{
	int rc = ida_alloc(&idxd_file_ida, GFP_KERNEL);

	if (rc < 0)
		return rc;
	ctx->id = rc;
	rc = dev_set_name(&ctx->dev.conf, "file%d", ctx->id);
	if (!rc)
		rc = device_add(&ctx->dev.conf);
	if (!rc)
		ctx->registered = true;
	return rc;
}

/* ---- PASID of a dedicated queue: changed only while the queue is stopped ---- */

static int idxd_wq_switch_pasid(struct idxd_wq *wq, u32 pasid, bool enable)
{
	int rc = idxd_wq_disable(wq);

	/* On a halted device too: the recovery must not bring back who has left. */
	if (!rc || !enable) {
		mutex_lock(&wq->idxd->cfg_lock);
		idxd_wq_put_pasid(wq, pasid, enable);
		mutex_unlock(&wq->idxd->cfg_lock);
	}
	return rc ? rc : idxd_wq_enable(wq);
}

/* ---- open and release ---- */

static int idxd_ctx_bind(struct idxd_user_ctx *ctx)
{
	struct idxd_wq *wq = ctx->wq;
	struct iommu_sva *sva;
	int rc;

	sva = iommu_sva_bind_device(idxd_pdev(wq->idxd), ctx->mm, NULL);
	if (IS_ERR(sva))
		return PTR_ERR(sva);
	ctx->pasid = iommu_sva_get_pasid(sva);
	if (ctx->pasid == IOMMU_PASID_INVALID || ctx->pasid > DSA_PASID_MAX) {
		rc = -EINVAL;
		goto unbind;
	}
	ctx->sva = sva;
	rc = idxd_ctx_register(ctx);
	if (rc)
		goto unbind;
	if (wq_dedicated(wq)) {
		rc = idxd_wq_switch_pasid(wq, ctx->pasid, true);
		if (rc) {
			dev_err(&wq->dev.conf, "PASID not set: %d\n", rc);
			goto unbind;
		}
	}
	return 0;
unbind:
	ctx->sva = NULL;
	iommu_sva_unbind_device(sva);
	return rc;
}

/* Take fileK from sight. Called with wq->lock held. */
static void idxd_ctx_hide(struct idxd_user_ctx *ctx)
{
	if (!ctx->registered)
		return;
	ctx->registered = false;
	device_del(&ctx->dev.conf);
}

static int idxd_cdev_open(struct inode *inode, struct file *filp)
{
	struct idxd_cdev *icdev = container_of(inode->i_cdev, struct idxd_cdev, cdev);
	struct idxd_wq *wq = icdev->wq;
	struct idxd_user_ctx *ctx;
	int rc = 0;

	ctx = idxd_ctx_create(icdev);
	if (!ctx)
		return -ENOMEM;
	mutex_lock(&wq->lock);
	if (wq->cdev != icdev || wq->state != IDXD_WQ_ENABLED)
		rc = -ENXIO;
	else if (wq_dedicated(wq) && wq->clients)
		rc = -EBUSY;
	else if (idxd_user_pasid(wq->idxd))
		rc = idxd_ctx_bind(ctx);
	if (rc) {
		idxd_ctx_hide(ctx);
		goto out;
	}
	mutex_lock(&wq->ctx_lock);
	list_add_tail(&ctx->node, &wq->contexts);
	mutex_unlock(&wq->ctx_lock);
	wq->clients++;
	ctx->mapping = inode->i_mapping;
	filp->private_data = ctx;
out:
	mutex_unlock(&wq->lock);
	if (rc)
		put_device(&ctx->dev.conf);
	return rc;
}

/* No work of this address space is left in the device when it returns. */
static void idxd_ctx_quiesce(struct idxd_user_ctx *ctx)
{
	struct idxd_wq *wq = ctx->wq;

	if (wq->cdev != ctx->cdev || wq->state != IDXD_WQ_ENABLED)
		return; /* the queue was disabled under the file */
	if (!ctx->sva)
		idxd_wq_command(wq, DSA_CMD_DRAIN_WQ);
	else if (wq_dedicated(wq))
		idxd_wq_switch_pasid(wq, 0, false);
	else
		idxd_cmd(wq->idxd, DSA_CMD_DRAIN_PASID, SPEC_PREP(DSA_CMD_PASID, ctx->pasid), NULL);
}

static int idxd_cdev_release(struct inode *inode, struct file *filp)
{
	struct idxd_user_ctx *ctx = filp->private_data;
	struct idxd_wq *wq = ctx->wq;

	mutex_lock(&wq->lock);
	idxd_ctx_quiesce(ctx);
	/* Records of that work may still wait in the event log. */
	idxd_evl_flush(wq->idxd);
	mutex_lock(&wq->ctx_lock);
	list_del_init(&ctx->node);
	mutex_unlock(&wq->ctx_lock);
	if (ctx->sva)
		iommu_sva_unbind_device(ctx->sva);
	if (wq->cdev == ctx->cdev && wq->clients > 0)
		wq->clients--;
	idxd_ctx_hide(ctx);
	mutex_unlock(&wq->lock);
	put_device(&ctx->dev.conf);
	return 0;
}

/* ---- mapping the portal ---- */

static int idxd_cdev_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct idxd_user_ctx *ctx = filp->private_data;
	struct idxd_wq *wq = ctx->wq;
	unsigned long pfn;

	/* See INTEL-SA-01084: some devices cannot take arbitrary descriptors safely. */
	if (!test_bit(IDXD_FLAG_SAFE, &wq->idxd->flags) && !capable(CAP_SYS_RAWIO))
		return -EPERM;
	if (current->mm != ctx->mm)
		return -EPERM;
	if (vma->vm_end - vma->vm_start > PAGE_SIZE)
		return -EINVAL;
	if (wq->cdev != ctx->cdev)
		return -ENXIO;

	/* A child has another address space, or none, for the device: it opens for itself. */
	vma->vm_flags |= VM_DONTCOPY;
	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	pfn = idxd_vwq_portal(wq, true, false) >> PAGE_SHIFT;
	return io_remap_pfn_range(vma, vma->vm_start, pfn, PAGE_SIZE, vma->vm_page_prot);
}

/* ---- submission through write() ---- */

/* Check and send a descriptor, which may be changed. Called with wq->lock held. */
static int idxd_submit_user(struct idxd_user_ctx *ctx, struct dsa_hw_desc *desc)
{
	struct idxd_wq *wq = ctx->wq;

	/*
	 * What the advisory is about: members of a batch cannot be checked here,
	 * and a misaligned record address confuses the engine.
	 */
	if (idxd_is_dsa(wq->idxd) && desc->opcode == DSA_OPCODE_BATCH &&
	    !test_bit(IDXD_FLAG_SAFE, &wq->idxd->flags))
		return -EINVAL;
	if (!IS_ALIGNED(desc->completion_addr, wq->idxd->data->record_align))
		return -EINVAL;
	if (wq_dedicated(wq)) {
		iosubmit_cmds512(idxd_next_slot(wq), desc, 1);
		return 0;
	}
	desc->pasid = ctx->pasid;
	desc->rsvd = 0;
	desc->priv = 0;
	return idxd_enqcmds(wq, idxd_next_slot(wq), desc);
}

static ssize_t idxd_cdev_write(struct file *filp, const char __user *buf, size_t len, loff_t *pos)
{
	struct idxd_user_ctx *ctx = filp->private_data;
	struct idxd_wq *wq = ctx->wq;
	size_t count = len / sizeof(struct dsa_hw_desc), i;
	struct dsa_hw_desc desc;
	ssize_t written = 0;
	int rc = 0;

	if (current->mm != ctx->mm)
		return -EPERM;
	if (!ctx->sva && !capable(CAP_SYS_RAWIO))
		return -EPERM;
	if (len && !count)
		return -EINVAL;
	for (i = 0; i < count; i++) {
		/* The process decides how long its memory takes to read: not under the lock. */
		if (copy_from_user(&desc, buf + written, sizeof(desc))) {
			rc = -EFAULT;
			break;
		}
		/* Not held over the whole run: closing the queue must get its turn. */
		mutex_lock(&wq->lock);
		if (wq->cdev == ctx->cdev && wq->state == IDXD_WQ_ENABLED && wq->portal)
			rc = idxd_submit_user(ctx, &desc);
		else
			rc = -ENXIO;
		mutex_unlock(&wq->lock);
		if (rc)
			break;
		written += sizeof(struct dsa_hw_desc);
	}
	return written ? written : rc;
}

static __poll_t idxd_cdev_poll(struct file *filp, struct poll_table_struct *wait)
{
	struct idxd_user_ctx *ctx = filp->private_data;
	struct idxd_wq *wq = ctx->wq;

	poll_wait(filp, &wq->err_queue, wait);
	if ((wq->idxd->sw_err[0] & DSA_SWERR0_VALID) ||
	    test_bit(IDXD_FLAG_HALTED, &wq->idxd->flags))
		return EPOLLIN | EPOLLRDNORM;
	return 0;
}

static const struct file_operations idxd_cdev_fops = {
	.owner = THIS_MODULE,
	.open = idxd_cdev_open,
	.release = idxd_cdev_release,
	.write = idxd_cdev_write,
	.mmap = idxd_cdev_mmap,
	.poll = idxd_cdev_poll,
	.llseek = no_llseek,
};

/* ---- the node ---- */

static void idxd_cdev_dev_release(struct device *dev)
{
	struct idxd_cdev *icdev = container_of(to_idxd_dev(dev), struct idxd_cdev, dev);

	put_device(&icdev->wq->dev.conf);
	kfree(icdev);
}

static const struct device_type idxd_cdev_type = {
	.name = "idxd_cdev",
	.release = idxd_cdev_dev_release,
};

/* Make /dev/dsa/wqN.M. Called with wq->lock held, the queue enabled. */
int idxd_wq_add_cdev(struct idxd_wq *wq)
{
	struct idxd_device *idxd = wq->idxd;
	struct idxd_cdev *icdev = kzalloc(sizeof(*icdev), GFP_KERNEL);
	int rc;

	if (!icdev)
		return -ENOMEM;
	icdev->wq = wq;
	get_device(&wq->dev.conf);
	idxd_dev_init(&icdev->dev, IDXD_DEV_CDEV, &wq->dev.conf, &idxd_cdev_type);
	icdev->dev.conf.devt = MKDEV(MAJOR(idxd->devt), MINOR(idxd->devt) + wq->id);
	rc = dev_set_name(&icdev->dev.conf, "%s/wq%d.%d", idxd->data->prefix, idxd->id, wq->id);
	if (rc)
		goto put;
	cdev_init(&icdev->cdev, &idxd_cdev_fops);
	icdev->cdev.owner = THIS_MODULE;
	wq->cdev = icdev;
	rc = cdev_device_add(&icdev->cdev, &icdev->dev.conf);
	if (rc)
		goto clear;
	return 0;
clear:
	wq->cdev = NULL;
put:
	put_device(&icdev->dev.conf);
	return rc;
}

void idxd_wq_del_cdev(struct idxd_wq *wq)
{
	struct idxd_cdev *icdev = wq->cdev;
	struct idxd_user_ctx *ctx;

	if (!icdev)
		return;
	wq->cdev = NULL;
	/* The lock is not needed to read a list that changes only under wq->lock. */
	list_for_each_entry (ctx, &wq->contexts, node) {
		idxd_ctx_hide(ctx);
		/* Who has the portal mapped may not reach the queue's next owner through it. */
		unmap_mapping_range(ctx->mapping, 0, 0, 1);
	}
	wake_up_interruptible(&wq->err_queue);
	cdev_device_del(&icdev->cdev, &icdev->dev.conf);
	put_device(&icdev->dev.conf);
}

/*
 * The queue is stopped for good: files that are still open lose their address
 * space's binding, so that the function can go away. Called with wq->lock held.
 */
void idxd_wq_drop_contexts(struct idxd_wq *wq)
{
	struct idxd_user_ctx *ctx, *next;

	list_for_each_entry_safe (ctx, next, &wq->contexts, node) {
		mutex_lock(&wq->ctx_lock);
		list_del_init(&ctx->node);
		mutex_unlock(&wq->ctx_lock);
		if (ctx->sva)
			iommu_sva_unbind_device(ctx->sva);
		ctx->sva = NULL;
		ctx->pasid = IDXD_PASID_NONE;
	}
}

int idxd_cdev_register(struct idxd_device *idxd)
{
	return alloc_chrdev_region(&idxd->devt, 0, idxd->max_wqs, idxd->data->prefix);
}

void idxd_cdev_unregister(struct idxd_device *idxd)
{
	unregister_chrdev_region(idxd->devt, idxd->max_wqs);
}

/* ---- records that the device could not write ---- */

/* The open of @pasid, with its address space held; NULL when it is gone. */
static struct mm_struct *idxd_user_mm(struct idxd_wq *wq, u32 pasid)
{
	struct idxd_user_ctx *ctx;
	struct mm_struct *mm = NULL;

	mutex_lock(&wq->ctx_lock);
	list_for_each_entry (ctx, &wq->contexts, node) {
		if (ctx->pasid != pasid)
			continue;
		if (ctx->mm && mmget_not_zero(ctx->mm))
			mm = ctx->mm;
		break;
	}
	mutex_unlock(&wq->ctx_lock);
	return mm;
}

/*
 * Write a completion record into the memory of the process with @pasid, its
 * status byte last. Runs in a kernel thread. Returns 0, -ESRCH no such open,
 * -EFAULT the address is bad.
 */
int idxd_user_copy_record(struct idxd_wq *wq, u32 pasid, u64 addr, const void *record, u32 len)
{
	struct mm_struct *mm = idxd_user_mm(wq, pasid);
	char __user *dst = (char __user *)(unsigned long)addr;
	int rc = 0;

	if (!mm)
		return -ESRCH;
	kthread_use_mm(mm);
	if (copy_to_user(dst + 1, record + 1, len - 1)) {
		rc = -EFAULT;
	} else {
		wmb();
		if (copy_to_user(dst, record, 1))
			rc = -EFAULT;
	}
	kthread_unuse_mm(mm);
	mmput(mm);
	return rc;
}

void idxd_user_count_fault(struct idxd_wq *wq, u32 pasid, bool failed)
{
	struct idxd_user_ctx *ctx;

	mutex_lock(&wq->ctx_lock);
	list_for_each_entry (ctx, &wq->contexts, node) {
		if (ctx->pasid != pasid)
			continue;
		ctx->cr_faults++;
		if (failed)
			ctx->cr_fault_failures++;
		break;
	}
	mutex_unlock(&wq->ctx_lock);
}
