// SPDX-License-Identifier: GPL-2.0
// The work queues that a kernel's driver has enabled, from its sysfs attributes.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/kapi/sysfs_user.h"
#include "sim/queues.h"

#define DEVICES_MAX 64

static int read_attr(struct kernel *k, const char *dev, const char *attr, char *buf, u32 len)
{
	char path[128];
	int n;

	snprintf(path, sizeof(path), "/sys/bus/dsa/devices/%s/%s", dev, attr);
	n = ksys_read(k, path, buf, len - 1);
	if (n < 0)
		return n;
	buf[n] = 0;
	buf[strcspn(buf, "\n")] = 0;
	return n;
}

static u64 read_number(struct kernel *k, const char *dev, const char *attr)
{
	char buf[32];

	return read_attr(k, dev, attr, buf, sizeof(buf)) > 0 ? strtoull(buf, NULL, 10) : 0;
}

/* False when it is not enabled. */
static bool read_queue(struct kernel *k, u32 d, u32 q, struct system_wq *wq)
{
	char dev[32], buf[64];

	snprintf(dev, sizeof(dev), "wq%u.%u", d, q);
	if (read_attr(k, dev, "state", buf, sizeof(buf)) < 0 || strcmp(buf, "enabled"))
		return false;
	memset(wq, 0, sizeof(*wq));
	wq->device = wq->host_device = d;
	wq->queue = wq->host_queue = q;
	if (read_attr(k, dev, "mode", buf, sizeof(buf)) > 0)
		wq->dedicated = !strcmp(buf, "dedicated");
	if (read_attr(k, dev, "type", buf, sizeof(buf)) > 0) {
		wq->user = !strcmp(buf, "user");
		wq->kernel = !strcmp(buf, "kernel");
		wq->mdev = !strcmp(buf, "mdev");
	}
	wq->block_on_fault = read_number(k, dev, "block_on_fault");
	wq->size = read_number(k, dev, "size");
	wq->group = read_number(k, dev, "group_id");
	wq->threshold = read_number(k, dev, "threshold");
	wq->max_transfer = read_number(k, dev, "max_transfer_size");
	wq->max_batch = read_number(k, dev, "max_batch_size");
	if (read_attr(k, dev, "name", buf, sizeof(buf)) > 0)
		snprintf(wq->name, sizeof(wq->name), "%s", buf);
	return true;
}

int queues_read(struct kernel *k, struct system_wq **list, u32 *n)
{
	struct system_wq *more;
	char dev[16];
	u32 d, q, wqs;

	*list = NULL;
	*n = 0;
	for (d = 0; d < DEVICES_MAX; d++) {
		snprintf(dev, sizeof(dev), "dsa%u", d);
		wqs = read_number(k, dev, "max_work_queues");
		if (!wqs)
			break;
		more = realloc(*list, (*n + wqs) * sizeof(*more));
		if (!more) {
			free(*list);
			*list = NULL;
			*n = 0;
			return -ENOMEM;
		}
		*list = more;
		for (q = 0; q < wqs; q++)
			*n += read_queue(k, d, q, &more[*n]);
	}
	return 0;
}
