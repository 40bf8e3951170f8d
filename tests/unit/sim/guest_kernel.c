// SPDX-License-Identifier: GPL-2.0
// Kernel code of the guest tests: single operations on a kernel queue.
#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/pci.h>
#include <linux/processor.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <spec/dsa_pci.h>
#include <spec/dsa_regs.h>
#include <uapi/linux/idxd.h>
#include "host-driver/idxd/idxd_client.h"
#include "tests/unit/sim/guest_kernel.h"

#define BYTES_MAX 65536

struct gclient {
	struct idxd_wq *wq;
	struct device *dev;
	u8 *buf; /* source, destination */
	dma_addr_t dma;
	struct idxd_io io;
	struct completion done;
};

struct gclient *gclient_open(const char *name)
{
	struct idxd_wq *wq = idxd_client_get(name);
	struct gclient *c;

	if (IS_ERR(wq))
		return NULL;
	c = kzalloc(sizeof(*c), GFP_KERNEL);
	c->wq = wq;
	c->dev = idxd_client_dma_device(wq);
	c->buf = dma_alloc_coherent(c->dev, 2 * BYTES_MAX, &c->dma, GFP_KERNEL);
	init_completion(&c->done);
	return c;
}

void gclient_close(struct gclient *c)
{
	dma_free_coherent(c->dev, 2 * BYTES_MAX, c->buf, c->dma);
	idxd_client_put(c->wq);
	kfree(c);
}

static void gclient_done(struct idxd_io *io)
{
	struct gclient *c = io->client;

	complete(&c->done);
}

static struct idxd_io *gclient_io(struct gclient *c, bool poll)
{
	reinit_completion(&c->done);
	c->io.done = gclient_done;
	c->io.client = c;
	c->io.flags = poll ? IDXD_IO_POLLED : 0;
	return &c->io;
}

static int gclient_wait(struct gclient *c, int rc, bool poll)
{
	if (rc)
		return rc;
	if (!poll)
		wait_for_completion(&c->done);
	while (poll && !try_wait_for_completion(&c->done)) {
		idxd_client_poll(c->wq);
		cpu_relax();
	}
	return c->io.error;
}

int gclient_noop(struct gclient *c, bool poll)
{
	return gclient_wait(c, idxd_submit_noop(c->wq, gclient_io(c, poll)), poll);
}

int gclient_move(struct gclient *c, u32 bytes, u32 seed, bool poll)
{
	u8 *to = c->buf + BYTES_MAX;
	u32 i;
	int rc;

	for (i = 0; i < bytes; i++)
		c->buf[i] = (u8)(seed + i * 7 + (i >> 8));
	memset(to, ~seed, bytes);
	rc = idxd_submit_copy(c->wq, c->dma + BYTES_MAX, c->dma, bytes, gclient_io(c, poll));
	rc = gclient_wait(c, rc, poll);
	if (rc)
		return rc;
	return memcmp(c->buf, to, bytes) ? -EILSEQ : 0;
}

void gclient_record(const struct gclient *c, u8 *record)
{
	memcpy(record, c->io.record, 32);
}

int gclient_read_at(struct gclient *c, u64 src)
{
	int rc = idxd_submit_copy(c->wq, c->dma, src, 64, gclient_io(c, true));

	rc = gclient_wait(c, rc, true);
	return rc && rc != -EIO ? rc : c->io.record[0] & DSA_COMP_STATUS_MASK;
}

static struct pci_dev *gclient_function(void)
{
	return pci_get_device(DSA_PCI_VENDOR, PCI_ANY_ID, NULL);
}

static void gclient_store(u32 wq, u32 page, const struct dsa_hw_desc *desc, u32 count)
{
	struct pci_dev *pdev = gclient_function();
	void __iomem *portal;

	portal = ioremap(pci_resource_start(pdev, DSA_PCI_BAR_PORTAL) + wq * DSA_PORTAL_WQ_STRIDE +
				 page * DSA_PORTAL_SIZE,
			 DSA_PORTAL_SIZE);
	while (count--)
		iosubmit_cmds512(portal, desc, 1);
	iounmap(portal);
	pci_dev_put(pdev);
}

void gclient_flood(struct gclient *c, u32 count)
{
	struct dsa_hw_desc desc = {.opcode = DSA_OPCODE_MEMMOVE,
				   .src_addr = c->dma,
				   .dst_addr = c->dma + BYTES_MAX,
				   .xfer_size = BYTES_MAX};

	gclient_store(0, 1, &desc, count);
}

int gclient_forge(struct gclient *c, u32 handle)
{
	struct dsa_completion_record *rec = (void *)c->buf;
	struct dsa_hw_desc desc = {.opcode = DSA_OPCODE_NOOP,
				   .flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR | IDXD_OP_FLAG_RCI,
				   .completion_addr = c->dma,
				   .int_handle = handle};
	u32 i;

	memset(rec, 0, sizeof(*rec));
	gclient_store(0, 1, &desc, 1);
	for (i = 0; i < 1000 && !READ_ONCE(rec->status); i++)
		cpu_relax();
	return rec->status & DSA_COMP_STATUS_MASK;
}

/* Processors keep to lines of their own, as drivers do: what is written in pieces is not atomic. */
static void gclient_store_pieces(const struct dsa_hw_desc *desc, u32 line)
{
	struct pci_dev *pdev = gclient_function();
	void __iomem *portal =
		ioremap(pci_resource_start(pdev, DSA_PCI_BAR_PORTAL), DSA_PORTAL_SIZE);
	u64 words[8];
	u32 i;

	memcpy(words, desc, sizeof(words));
	for (i = 0; i < 8; i++)
		writeq(words[i], portal + line % 64 * 64 + 8 * i);
	iounmap(portal);
	pci_dev_put(pdev);
}

int gclient_posted_move(struct gclient *c, u32 bytes, u32 seed, u32 before, bool pieces)
{
	u8 *to = c->buf + BYTES_MAX;
	struct dsa_completion_record *rec = (void *)(c->buf + BYTES_MAX - 64);
	/* Those without record go where nobody looks. */
	struct dsa_hw_desc desc = {.opcode = DSA_OPCODE_MEMMOVE,
				   .src_addr = c->dma,
				   .dst_addr = c->dma + 32768,
				   .xfer_size = 28672};
	u32 i;

	for (i = 0; i < bytes; i++)
		c->buf[i] = (u8)(seed + i * 7);
	memset(to, ~seed, bytes);
	memset(rec, 0, sizeof(*rec));
	for (i = 0; i <= before; i++) {
		if (i == before)
			desc = (struct dsa_hw_desc){.opcode = DSA_OPCODE_MEMMOVE,
						    .flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR,
						    .src_addr = c->dma,
						    .dst_addr = c->dma + BYTES_MAX,
						    .xfer_size = bytes,
						    .completion_addr = c->dma + BYTES_MAX - 64};
		if (pieces)
			gclient_store_pieces(&desc, seed);
		else
			gclient_store(0, 0, &desc, 1);
	}
	for (i = 0; i < 100000 && !READ_ONCE(rec->status); i++)
		cpu_relax();
	if (rec->status != DSA_COMP_SUCCESS)
		return rec->status ? rec->status : -ETIMEDOUT;
	return memcmp(c->buf, to, bytes) ? -EILSEQ : 0;
}

void gclient_raw_submit(u32 wq, u32 page)
{
	struct dsa_hw_desc desc = {.opcode = DSA_OPCODE_NOOP};

	gclient_store(wq, page, &desc, 1);
}

u32 gclient_config(u32 off, u32 width)
{
	struct pci_dev *pdev = gclient_function();
	u32 dword = 0;
	u16 word;
	u8 byte;

	if (width == 1) {
		pci_read_config_byte(pdev, off, &byte);
		dword = byte;
	} else if (width == 2) {
		pci_read_config_word(pdev, off, &word);
		dword = word;
	} else {
		pci_read_config_dword(pdev, off, &dword);
	}
	pci_dev_put(pdev);
	return dword;
}

void gclient_config_write(u32 off, u32 width, u32 val)
{
	struct pci_dev *pdev = gclient_function();

	if (width == 1)
		pci_write_config_byte(pdev, off, val);
	else if (width == 2)
		pci_write_config_word(pdev, off, val);
	else
		pci_write_config_dword(pdev, off, val);
	pci_dev_put(pdev);
}

static void __iomem *gclient_regs(struct pci_dev *pdev)
{
	return ioremap(pci_resource_start(pdev, DSA_PCI_BAR_MMIO),
		       pci_resource_len(pdev, DSA_PCI_BAR_MMIO));
}

u64 gclient_reg(u32 off, u32 width)
{
	struct pci_dev *pdev = gclient_function();
	void __iomem *at = gclient_regs(pdev) + off;
	u64 val;

	val = width == 1 ? readb(at) : width == 2 ? readw(at) : width == 4 ? readl(at) : readq(at);
	pci_dev_put(pdev);
	return val;
}

void gclient_reg_write(u32 off, u32 width, u64 val)
{
	struct pci_dev *pdev = gclient_function();
	void __iomem *at = gclient_regs(pdev) + off;

	if (width == 1)
		writeb(val, at);
	else if (width == 2)
		writew(val, at);
	else if (width == 4)
		writel(val, at);
	else
		writeq(val, at);
	pci_dev_put(pdev);
}

void gclient_repair(void)
{
	struct pci_dev *pdev = gclient_function();
	u64 regs = pci_resource_start(pdev, DSA_PCI_BAR_MMIO);
	u64 portals = pci_resource_start(pdev, DSA_PCI_BAR_PORTAL);

	pci_write_config_word(pdev, PCI_COMMAND, 0);
	pci_write_config_dword(pdev, PCI_BASE_ADDRESS_0, lower_32_bits(regs));
	pci_write_config_dword(pdev, PCI_BASE_ADDRESS_1, upper_32_bits(regs));
	pci_write_config_dword(pdev, PCI_BASE_ADDRESS_2, lower_32_bits(portals));
	pci_write_config_dword(pdev, PCI_BASE_ADDRESS_3, upper_32_bits(portals));
	pci_write_config_word(pdev, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	pci_dev_put(pdev);
}
