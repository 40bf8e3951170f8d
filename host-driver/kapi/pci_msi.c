// SPDX-License-Identifier: GPL-2.0
// MSI-X: the table in the device, its vectors, interrupt remapping. After drivers/pci/msi of
// Linux 6.1.
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/kernel.h>
#include <linux/msi.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include "pcicore.h"

#define MSI_ADDR_BASE	    0xfee00000u
#define MSI_ADDR_DEST_SHIFT 12
#define MSI_ADDR_DEST_MAX   0xff /* more needs remapping */

struct msix_vec {
	struct pci_dev *dev;
	unsigned int irq;
	u16 entry; /* in the table */
	u32 ctrl;  /* last written vector control */
	struct msi_msg msg;
	u32 cookie; /* of the remapping */
};

struct pci_msix {
	void __iomem *base;
	unsigned int size; /* of the table */
	unsigned int nvec;
	struct msix_vec vec[];
};

/* ---- messages ---- */

void msi_set_remap(struct kernel *k, const struct msi_remap_ops *ops, void *ctx)
{
	struct kernel_frame frame;
	struct pcicore *pc;

	kernel_enter(k, &frame);
	pc = pcicore_current();
	if (pc) {
		pc->remap = ops;
		pc->remap_ctx = ctx;
	}
	kernel_leave(&frame);
}

int msi_compose_message(struct device *dev, unsigned int irq, struct msi_msg *msg, u32 *cookie)
{
	u32 vector = kapi_irq_vector(kernel_current(), irq);
	struct pcicore *pc = pcicore_current();

	if (!vector || !pc)
		return vector ? -ENOMEM : -EINVAL;
	*cookie = 0;
	if (pc->remap)
		return pc->remap->alloc(pc->remap_ctx, dev, vector, msg, cookie);
	if (vector >> 8 > MSI_ADDR_DEST_MAX)
		return -ENOSPC;
	msg->address_lo = MSI_ADDR_BASE | (vector >> 8) << MSI_ADDR_DEST_SHIFT;
	msg->address_hi = 0;
	msg->data = vector & 0xff;
	return 0;
}

void msi_release_message(struct device *dev, unsigned int irq, u32 cookie)
{
	struct pcicore *pc = pcicore_current();

	if (pc && pc->remap)
		pc->remap->free(pc->remap_ctx, dev, cookie);
}

int msi_post_message(struct device *dev, u32 cookie, u64 desc, u8 vector)
{
	struct pcicore *pc = pcicore_current();

	if (!pc || !pc->remap || !pc->remap->post)
		return -EOPNOTSUPP;
	return pc->remap->post(pc->remap_ctx, dev, cookie, desc, vector);
}

int msi_alloc_irq(struct device *dev, struct msi_msg *msg, u32 *cookie)
{
	int rc, irq = kapi_irq_alloc(kernel_current(), dev_to_node(dev), NULL, NULL);

	if (irq < 0)
		return irq;
	rc = msi_compose_message(dev, irq, msg, cookie);
	if (!rc)
		return irq;
	kapi_irq_free(kernel_current(), irq);
	return rc;
}

void msi_free_irq(struct device *dev, unsigned int irq, u32 cookie)
{
	msi_release_message(dev, irq, cookie);
	kapi_irq_free(kernel_current(), irq);
}

/* ---- the table ---- */

static void __iomem *entry_addr(struct pci_msix *mx, unsigned int entry)
{
	return mx->base + entry * PCI_MSIX_ENTRY_SIZE;
}

static void write_ctrl(struct msix_vec *v)
{
	if (v->dev->current_state == PCI_D0)
		writel(v->ctrl, entry_addr(v->dev->msix, v->entry) + PCI_MSIX_ENTRY_VECTOR_CTRL);
}

static void msix_mask(unsigned int irq, void *data)
{
	struct msix_vec *v = data;

	v->ctrl |= PCI_MSIX_ENTRY_CTRL_MASKBIT;
	write_ctrl(v);
	/* Flushes the write: after it no message leaves the device. */
	readl(v->dev->msix->base);
}

static void msix_unmask(unsigned int irq, void *data)
{
	struct msix_vec *v = data;

	v->ctrl &= ~PCI_MSIX_ENTRY_CTRL_MASKBIT;
	write_ctrl(v);
}

static const struct kapi_irq_chip msix_chip = {
	.name = "PCI-MSI",
	.mask = msix_mask,
	.unmask = msix_unmask,
};

static void write_msg(struct msix_vec *v)
{
	void __iomem *base = entry_addr(v->dev->msix, v->entry);
	bool unmasked = !(v->ctrl & PCI_MSIX_ENTRY_CTRL_MASKBIT);

	/* An entry must be masked while its message changes (PCIe 5.0, 6.1.4.2). */
	if (unmasked)
		writel(v->ctrl | PCI_MSIX_ENTRY_CTRL_MASKBIT, base + PCI_MSIX_ENTRY_VECTOR_CTRL);
	writel(v->msg.address_lo, base + PCI_MSIX_ENTRY_LOWER_ADDR);
	writel(v->msg.address_hi, base + PCI_MSIX_ENTRY_UPPER_ADDR);
	writel(v->msg.data, base + PCI_MSIX_ENTRY_DATA);
	if (unmasked)
		writel(v->ctrl, base + PCI_MSIX_ENTRY_VECTOR_CTRL);
	readl(base + PCI_MSIX_ENTRY_DATA);
}

static void clear_and_set_ctrl(struct pci_dev *dev, u16 clear, u16 set)
{
	u16 ctrl;

	pci_read_config_word(dev, dev->msix_cap + PCI_MSIX_FLAGS, &ctrl);
	ctrl = (ctrl & ~clear) | set;
	pci_write_config_word(dev, dev->msix_cap + PCI_MSIX_FLAGS, ctrl);
}

int pci_msix_vec_count(struct pci_dev *dev)
{
	u16 control;

	if (!dev->msix_cap)
		return -EINVAL;
	pci_read_config_word(dev, dev->msix_cap + PCI_MSIX_FLAGS, &control);
	return (control & PCI_MSIX_FLAGS_QSIZE) + 1;
}

/* NULL when the table does not lie inside an assigned BAR. */
static void __iomem *map_table(struct pci_dev *dev, unsigned int size)
{
	u32 where;
	u64 off;
	int bir;

	pci_read_config_dword(dev, dev->msix_cap + PCI_MSIX_TABLE, &where);
	bir = where & PCI_MSIX_TABLE_BIR;
	off = where & PCI_MSIX_TABLE_OFFSET;
	if (bir >= PCI_STD_NUM_BARS ||
	    off + size * PCI_MSIX_ENTRY_SIZE > pci_resource_len(dev, bir))
		return NULL;
	return pci_iomap_range(dev, bir, off, size * PCI_MSIX_ENTRY_SIZE);
}

static void pci_intx(struct pci_dev *dev, bool enable)
{
	u16 old, cmd;

	pci_read_config_word(dev, PCI_COMMAND, &old);
	cmd = enable ? old & ~PCI_COMMAND_INTX_DISABLE : old | PCI_COMMAND_INTX_DISABLE;
	if (cmd != old)
		pci_write_config_word(dev, PCI_COMMAND, cmd);
}

/* ---- setting up and taking down ---- */

static void free_vecs(struct pci_dev *dev)
{
	struct pci_msix *mx = dev->msix;
	unsigned int i;

	for (i = 0; i < mx->nvec; i++) {
		msi_release_message(&dev->dev, mx->vec[i].irq, mx->vec[i].cookie);
		kapi_irq_free(kernel_current(), mx->vec[i].irq);
	}
	if (mx->base)
		iounmap(mx->base);
	dev->msix = NULL;
	kfree(mx);
}

/* One vector: interrupt, message, entry in the table. */
static int setup_vec(struct pci_dev *dev, unsigned int i, unsigned int entry)
{
	struct pci_msix *mx = dev->msix;
	struct msix_vec *v = &mx->vec[i];
	int irq, rc;

	irq = kapi_irq_alloc(kernel_current(), dev_to_node(&dev->dev), &msix_chip, v);
	if (irq < 0)
		return irq;
	v->dev = dev;
	v->irq = irq;
	v->entry = entry;
	v->ctrl = readl(entry_addr(mx, entry) + PCI_MSIX_ENTRY_VECTOR_CTRL);
	v->ctrl |= PCI_MSIX_ENTRY_CTRL_MASKBIT;
	rc = msi_compose_message(&dev->dev, irq, &v->msg, &v->cookie);
	if (rc) {
		kapi_irq_free(kernel_current(), irq);
		return rc;
	}
	mx->nvec = i + 1;
	write_msg(v);
	return 0;
}

/* Some interrupts fewer are tried by the caller: -ENOSPC says so. */
static int enable_msix(struct pci_dev *dev, const struct msix_entry *entries, unsigned int nvec,
		       unsigned int size)
{
	struct pci_msix *mx = kzalloc(struct_size(mx, vec, nvec), GFP_KERNEL);
	unsigned int i;
	int rc = 0;

	if (!mx)
		return -ENOMEM;
	dev->msix = mx;
	mx->size = size;
	/* Masked as a whole, but enabled, so that the table may be written. */
	clear_and_set_ctrl(dev, 0, PCI_MSIX_FLAGS_MASKALL | PCI_MSIX_FLAGS_ENABLE);
	dev->msix_enabled = 1;
	mx->base = map_table(dev, size);
	if (!mx->base)
		rc = -ENOMEM;
	for (i = 0; i < nvec && !rc; i++)
		rc = setup_vec(dev, i, entries ? entries[i].entry : i);
	if (rc) {
		clear_and_set_ctrl(dev, PCI_MSIX_FLAGS_MASKALL | PCI_MSIX_FLAGS_ENABLE, 0);
		dev->msix_enabled = 0;
		free_vecs(dev);
		return rc;
	}
	pci_intx(dev, false);
	/* Entries that nobody asked for stay silent. */
	for (i = 0; i < size; i++)
		writel(PCI_MSIX_ENTRY_CTRL_MASKBIT, entry_addr(mx, i) + PCI_MSIX_ENTRY_VECTOR_CTRL);
	clear_and_set_ctrl(dev, PCI_MSIX_FLAGS_MASKALL, 0);
	return 0;
}

static bool entries_ok(const struct msix_entry *entries, int nvec, int size)
{
	int i, j;

	for (i = 0; entries && i < nvec; i++) {
		if (entries[i].entry >= size)
			return false;
		for (j = 0; j < i; j++)
			if (entries[i].entry == entries[j].entry)
				return false;
	}
	return true;
}

int pci_enable_msix_range(struct pci_dev *dev, struct msix_entry *entries, int minvec, int maxvec)
{
	int size = pci_msix_vec_count(dev);
	int nvec, i, rc;

	if (maxvec < minvec)
		return -ERANGE;
	if (WARN_ON_ONCE(dev->msix_enabled) || minvec < 1 || size < 0)
		return -EINVAL;
	if (!pci_is_enabled(dev))
		return -EINVAL;
	nvec = min(maxvec, size);
	if (nvec < minvec)
		return -ENOSPC;
	if (!entries_ok(entries, nvec, size))
		return -EINVAL;
	for (;;) {
		rc = enable_msix(dev, entries, nvec, size);
		if (rc != -ENOSPC)
			break;
		if (nvec == minvec)
			return -ENOSPC;
		nvec = max(minvec, nvec / 2);
	}
	if (rc)
		return rc;
	for (i = 0; entries && i < nvec; i++)
		entries[i].vector = dev->msix->vec[i].irq;
	return nvec;
}

void pci_disable_msix(struct pci_dev *dev)
{
	struct pci_msix *mx = dev->msix;
	unsigned int i;

	if (!dev->msix_enabled)
		return;
	for (i = 0; i < mx->nvec; i++)
		msix_mask(mx->vec[i].irq, &mx->vec[i]);
	clear_and_set_ctrl(dev, PCI_MSIX_FLAGS_ENABLE, 0);
	pci_intx(dev, true);
	dev->msix_enabled = 0;
	free_vecs(dev);
}

/* A reset cleared the table: written again from what the kernel knows. */
void pci_msi_restore(struct pci_dev *dev)
{
	struct pci_msix *mx = dev->msix;
	unsigned int i;

	if (!dev->msix_enabled)
		return;
	clear_and_set_ctrl(dev, 0, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
	for (i = 0; i < mx->nvec; i++) {
		write_msg(&mx->vec[i]);
		write_ctrl(&mx->vec[i]);
	}
	clear_and_set_ctrl(dev, PCI_MSIX_FLAGS_MASKALL, 0);
}

int pci_alloc_irq_vectors_affinity(struct pci_dev *dev, unsigned int min_vecs,
				   unsigned int max_vecs, unsigned int flags,
				   struct irq_affinity *affd)
{
	int rc = -ENOSPC;

	if (flags & PCI_IRQ_MSIX) {
		rc = pci_enable_msix_range(dev, NULL, min_vecs, max_vecs);
		if (rc > 0)
			return rc;
	}
	if (flags & PCI_IRQ_LEGACY && min_vecs == 1 && dev->irq) {
		pci_intx(dev, true);
		return 1;
	}
	return rc;
}

void pci_free_irq_vectors(struct pci_dev *dev)
{
	pci_disable_msix(dev);
}

int pci_irq_vector(struct pci_dev *dev, unsigned int nr)
{
	if (!dev->msix_enabled)
		return nr == 0 && dev->irq ? (int)dev->irq : -EINVAL;
	return nr < dev->msix->nvec ? (int)dev->msix->vec[nr].irq : -EINVAL;
}

void get_cached_msi_msg(unsigned int irq, struct msi_msg *msg)
{
	struct pci_dev *dev = NULL;
	unsigned int i;

	*msg = (struct msi_msg){0};
	for_each_pci_dev(dev) for (i = 0; dev->msix && i < dev->msix->nvec;
				   i++) if (dev->msix->vec[i].irq == irq) *msg =
		dev->msix->vec[i].msg;
}

int pci_request_irq(struct pci_dev *dev, unsigned int nr, irq_handler_t handler,
		    irq_handler_t thread_fn, void *dev_id, const char *fmt, ...)
{
	unsigned long flags = handler ? IRQF_SHARED : IRQF_SHARED | IRQF_ONESHOT;
	va_list ap;
	char *name;
	int rc;

	va_start(ap, fmt);
	name = kvasprintf(GFP_KERNEL, fmt, ap);
	va_end(ap);
	if (!name)
		return -ENOMEM;
	rc = request_threaded_irq(pci_irq_vector(dev, nr), handler, thread_fn, flags, name, dev_id);
	if (rc)
		kfree(name);
	return rc;
}

void pci_free_irq(struct pci_dev *dev, unsigned int nr, void *dev_id)
{
	kfree(free_irq(pci_irq_vector(dev, nr), dev_id));
}
