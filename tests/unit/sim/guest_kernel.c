// SPDX-License-Identifier: GPL-2.0
// Kernel code of the guest tests: single operations on a kernel queue.
#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/pci.h>
#include <linux/processor.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <spec/dsa_pci.h>
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

u32 gclient_config(u32 off, u32 width)
{
	struct pci_dev *pdev = gclient_function();
	u32 dword;

	pci_read_config_dword(pdev, off & ~3u, &dword);
	pci_dev_put(pdev);
	dword >>= (off & 3) * 8;
	return width == 4 ? dword : dword & ((1u << width * 8) - 1);
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
