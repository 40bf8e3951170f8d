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

struct tclient {
	struct idxd_wq *wq;
	struct device *dev;
	u32 bytes;
	u8 *buf; /* source and destination, one after the other */
	dma_addr_t dma;
	struct idxd_io io[KCLIENT_MAX];
	u32 count, left, before;
	struct completion all;
	struct tclient_sums sums;
};

struct tclient *tclient_open(const char *name, u32 bytes)
{
	struct idxd_wq *wq = idxd_client_get(name);
	struct tclient *c;

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

void tclient_close(struct tclient *c)
{
	dma_free_coherent(c->dev, 2 * c->bytes, c->buf, c->dma);
	idxd_client_put(c->wq);
	kfree(c);
}

/* One submission less to wait for. */
static void tclient_less(struct tclient *c)
{
	if (!--c->left)
		complete(&c->all);
}

static void tclient_done(struct idxd_io *io)
{
	struct tclient *c = io->client;

	if (!io->error)
		c->sums.ok++;
	else if (io->error == -ECANCELED)
		c->sums.canceled++;
	else if (io->error == -ENODEV)
		c->sums.lost++;
	else
		c->sums.failed++;
	tclient_less(c);
}

static struct idxd_io *tclient_io(struct tclient *c, u32 i, bool poll)
{
	c->io[i].done = tclient_done;
	c->io[i].client = c;
	c->io[i].flags = poll ? IDXD_IO_POLLED | IDXD_IO_NOWAIT : 0;
	return &c->io[i];
}

/* One turn of a polling loop. */
static void tclient_turn(struct tclient *c)
{
	idxd_client_poll(c->wq);
	cpu_relax();
}

static void tclient_wait(struct tclient *c, bool poll)
{
	if (!poll) {
		wait_for_completion(&c->all);
		return;
	}
	while (!try_wait_for_completion(&c->all))
		tclient_turn(c);
}

static int tclient_submit(struct tclient *c, u32 i, bool poll)
{
	u32 part = c->bytes / KCLIENT_MAX;
	int rc;

	for (;;) {
		rc = idxd_submit_copy(c->wq, c->dma + c->bytes + i * part, c->dma + i * part, part,
				      tclient_io(c, i, poll));
		if (!poll || rc != -EAGAIN)
			break;
		/* Only polling frees descriptors of a polled queue. */
		tclient_turn(c);
	}
	if (rc) {
		c->sums.refused++;
		tclient_less(c);
	}
	return rc;
}

static void tclient_fill(struct tclient *c, u32 count)
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

static int tclient_result(struct tclient *c)
{
	if (c->sums.ok - c->before == c->count &&
	    memcmp(c->buf, c->buf + c->bytes, c->count * (c->bytes / KCLIENT_MAX)))
		return -EIO;
	return c->sums.ok - c->before;
}

int tclient_copy(struct tclient *c, u32 count, bool poll)
{
	int rc = 0;
	u32 i;

	tclient_fill(c, min_t(u32, count, KCLIENT_MAX));
	for (i = 0; i < c->count; i++) {
		int err = tclient_submit(c, i, poll);

		rc = rc ? rc : err;
	}
	tclient_wait(c, poll);
	return rc ? rc : tclient_result(c);
}

static int tclient_thread(void *arg)
{
	struct tclient *c = arg;
	u32 i;

	for (i = 0; i < c->count; i++)
		tclient_submit(c, i, false);
	return 0;
}

int tclient_start(struct tclient *c, u32 count)
{
	struct task_struct *task;

	tclient_fill(c, min_t(u32, count, KCLIENT_MAX));
	task = kthread_run(tclient_thread, c, "tclient");
	return IS_ERR(task) ? PTR_ERR(task) : 0;
}

int tclient_finish(struct tclient *c)
{
	tclient_wait(c, false);
	return tclient_result(c);
}

void tclient_sums(struct tclient *c, struct tclient_sums *s)
{
	*s = c->sums;
}

u32 tclient_crc(struct tclient *c, u8 fill, u32 len)
{
	struct dsa_completion_record *rec = (void *)c->io[0].record;

	memset(c->buf, fill, len);
	reinit_completion(&c->all);
	c->left = 1;
	if (idxd_submit_crc(c->wq, c->dma, len, 0, tclient_io(c, 0, false)))
		return 0;
	tclient_wait(c, false);
	return c->io[0].error ? 0 : (u32)rec->crc_val;
}

int tclient_bad(struct tclient *c, u8 opcode, u32 len)
{
	struct dsa_hw_desc desc;

	memset(&desc, 0, sizeof(desc));
	desc.opcode = opcode;
	if (opcode)
		return idxd_submit(c->wq, &desc, tclient_io(c, 0, false));
	return idxd_submit_copy(c->wq, c->dma, c->dma, len, tclient_io(c, 0, false));
}
