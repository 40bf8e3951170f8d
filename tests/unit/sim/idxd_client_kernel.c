// SPDX-License-Identifier: GPL-2.0
// A kernel client of a work queue, for the driver tests.
#include <linux/completion.h>
#include <linux/processor.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <uapi/linux/idxd.h>
#include "host-driver/idxd/idxd_client.h"
#include "tests/unit/sim/idxd_client_kernel.h"

#define KCLIENT_MAX 64

struct kclient {
	struct idxd_wq *wq;
	struct device *dev;
	u32 bytes;
	u8 *buf; /* source and destination, one after the other */
	dma_addr_t dma;
	struct idxd_io io[KCLIENT_MAX];
	u32 count, left, before;
	struct completion all;
	struct kclient_sums sums;
};

struct kclient *kclient_open(const char *name, u32 bytes)
{
	struct idxd_wq *wq = idxd_client_get(name);
	struct kclient *c;

	if (IS_ERR(wq))
		return NULL;
	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		goto put;
	c->wq = wq;
	c->dev = idxd_client_dma_device(wq);
	c->bytes = bytes;
	c->buf = dma_alloc_coherent(c->dev, 2 * bytes, &c->dma, GFP_KERNEL);
	init_completion(&c->all);
	if (c->buf)
		return c;
	kfree(c);
put:
	idxd_client_put(wq);
	return NULL;
}

void kclient_close(struct kclient *c)
{
	dma_free_coherent(c->dev, 2 * c->bytes, c->buf, c->dma);
	idxd_client_put(c->wq);
	kfree(c);
}

/* One submission less to wait for. */
static void kclient_less(struct kclient *c)
{
	if (!--c->left)
		complete(&c->all);
}

static void kclient_done(struct idxd_io *io)
{
	struct kclient *c = io->client;

	if (!io->error)
		c->sums.ok++;
	else if (io->error == -ECANCELED)
		c->sums.canceled++;
	else if (io->error == -ENODEV)
		c->sums.lost++;
	else
		c->sums.failed++;
	kclient_less(c);
}

static struct idxd_io *kclient_io(struct kclient *c, u32 i, bool poll)
{
	c->io[i].done = kclient_done;
	c->io[i].client = c;
	c->io[i].flags = poll ? IDXD_IO_POLLED | IDXD_IO_NOWAIT : 0;
	return &c->io[i];
}

/* One turn of a polling loop. */
static void kclient_turn(struct kclient *c)
{
	idxd_client_poll(c->wq);
	cpu_relax();
}

static void kclient_wait(struct kclient *c, bool poll)
{
	if (!poll) {
		wait_for_completion(&c->all);
		return;
	}
	while (!try_wait_for_completion(&c->all))
		kclient_turn(c);
}

static int kclient_submit(struct kclient *c, u32 i, bool poll)
{
	u32 part = c->bytes / KCLIENT_MAX;
	int rc;

	for (;;) {
		rc = idxd_submit_copy(c->wq, c->dma + c->bytes + i * part, c->dma + i * part, part,
				      kclient_io(c, i, poll));
		if (!poll || rc != -EAGAIN)
			break;
		/* Only polling frees descriptors of a polled queue. */
		kclient_turn(c);
	}
	if (rc) {
		c->sums.refused++;
		kclient_less(c);
	}
	return rc;
}

static void kclient_fill(struct kclient *c, u32 count)
{
	u32 i;

	for (i = 0; i < c->bytes; i++)
		c->buf[i] = (u8)(i * 7 + count);
	memset(c->buf + c->bytes, 0, c->bytes);
	reinit_completion(&c->all);
	c->left = count;
	c->count = count;
	c->before = c->sums.ok;
}

static int kclient_result(struct kclient *c)
{
	if (c->sums.ok - c->before == c->count &&
	    memcmp(c->buf, c->buf + c->bytes, c->count * (c->bytes / KCLIENT_MAX)))
		return -EIO;
	return c->sums.ok - c->before;
}

int kclient_copy(struct kclient *c, u32 count, bool poll)
{
	int rc = 0;
	u32 i;

	kclient_fill(c, min_t(u32, count, KCLIENT_MAX));
	for (i = 0; i < c->count; i++) {
		int err = kclient_submit(c, i, poll);

		rc = rc ? rc : err;
	}
	kclient_wait(c, poll);
	return rc ? rc : kclient_result(c);
}

static int kclient_thread(void *arg)
{
	struct kclient *c = arg;
	u32 i;

	for (i = 0; i < c->count; i++)
		kclient_submit(c, i, false);
	return 0;
}

int kclient_start(struct kclient *c, u32 count)
{
	struct task_struct *task;

	kclient_fill(c, min_t(u32, count, KCLIENT_MAX));
	task = kthread_run(kclient_thread, c, "kclient");
	return IS_ERR(task) ? PTR_ERR(task) : 0;
}

int kclient_finish(struct kclient *c)
{
	kclient_wait(c, false);
	return kclient_result(c);
}

void kclient_sums(struct kclient *c, struct kclient_sums *s)
{
	*s = c->sums;
}

u32 kclient_crc(struct kclient *c, u8 fill, u32 len)
{
	struct dsa_completion_record *rec = (void *)c->io[0].record;

	memset(c->buf, fill, len);
	reinit_completion(&c->all);
	c->left = 1;
	if (idxd_submit_crc(c->wq, c->dma, len, 0, kclient_io(c, 0, false)))
		return 0;
	kclient_wait(c, false);
	return c->io[0].error ? 0 : (u32)rec->crc_val;
}

int kclient_bad(struct kclient *c, u8 opcode, u32 len)
{
	struct dsa_hw_desc desc;

	memset(&desc, 0, sizeof(desc));
	desc.opcode = opcode;
	if (opcode)
		return idxd_submit(c->wq, &desc, kclient_io(c, 0, false));
	return idxd_submit_copy(c->wq, c->dma, c->dma, len, kclient_io(c, 0, false));
}
