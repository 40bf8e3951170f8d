// SPDX-License-Identifier: GPL-2.0
// A monitor with a character device: made of a list of queues, opened by its node.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "host-driver/kapi/sysfs_user.h"
#include "sim/guest.h"
#include "sim/monitor_cdev.h"
#include "sim/monitor_vfio.h"
#include "sim/system.h"
#include "vdev/kernel/vdev_uapi.h"

#define PATH_BYTES 256
#define PAIRS_MAX  1024 /* VDEV_PAIRS_MAX is more */
#define CLASS	   "/sys/class/dsa_vdev"

static struct kernel *host(const struct monitor_dev *d)
{
	return system_host(d->m->sys);
}

/* ---- what an administrator does ---- */

static int put(struct monitor_dev *d, const char *path, const char *text)
{
	int n = ksys_write(host(d), path, text, (u32)strlen(text));

	return n < 0 ? n : 0;
}

/* "wq0.1:exclusive wq0.2:shared" and words about the whole. */
static int make_list(struct monitor_dev *d, const struct guest_vdev_cfg *cfg, bool raw, char *list,
		     size_t size)
{
	size_t at = 0;
	u32 i;

	for (i = 0; i < cfg->nwqs; i++) {
		bool shared = monitor_wq_shared(d, cfg->wqs[i]);

		at += (size_t)snprintf(list + at, size - at, "%s%s:%s", i ? " " : "", cfg->wqs[i],
				       shared ? "shared" : "exclusive");
		if (at >= size)
			return -ENAMETOOLONG;
	}
	at += (size_t)snprintf(list + at, size - at, "%s%s", d->m->sva ? " guest_pasids" : "",
			       raw ? " raw" : "");
	return at < size ? 0 : -ENAMETOOLONG;
}

#define NEWEST 32

/* The devices that were made last: the own one is among them, or somebody made as many since. */
struct newest {
	char name[NEWEST][32];
	u32 n;
};

static int note_name(void *ctx, const char *name, enum ksys_type type)
{
	struct newest *list = ctx;

	(void)type;
	snprintf(list->name[list->n++ % NEWEST], sizeof(list->name[0]), "%s", name);
	return 0;
}

/* 1 it is, 0 it is not, or -ENOMEM. */
static int made_of(struct monitor_dev *d, const char *name, const char *list)
{
	char path[PATH_BYTES], queues[PATH_BYTES];
	int n;

	snprintf(path, sizeof(path), CLASS "/%s/queues", name);
	n = ksys_read(host(d), path, queues, sizeof(queues) - 1);
	queues[n > 0 ? n : 0] = 0;
	queues[strcspn(queues, "\n")] = 0;
	return n == -ENOMEM ? n : !strcmp(queues, list);
}

/* Several may be made of the same shares: any that nobody has open is as good as another. */
static int open_newest(struct monitor_node *n, struct monitor_dev *d, const char *list)
{
	struct newest found = {.n = 0};
	char path[PATH_BYTES];
	u32 i;
	int rc = ksys_list(host(d), CLASS, note_name, &found);

	for (i = found.n; !rc && i && found.n - i < NEWEST; i--) {
		const char *name = found.name[(i - 1) % NEWEST];

		rc = made_of(d, name, list);
		if (rc <= 0)
			continue;
		snprintf(path, sizeof(path), "/dev/dsa/%s", name);
		n->fd = vmm_open(&d->m->vmm, path);
		rc = n->fd == -ENOMEM ? n->fd : 0;
		/* Without a node, as the kernel leaves it when it is short of memory: to be
		 * removed. */
		if (n->fd < 0 && n->fd != -ENOENT)
			continue;
		snprintf(n->name, sizeof(n->name), "%s", name);
		return n->fd < 0 ? -ENODEV : 0;
	}
	return rc ? rc : -ENODEV;
}

int monitor_node_open(struct monitor_node *n, struct monitor_dev *d,
		      const struct guest_vdev_cfg *cfg, bool raw)
{
	char list[PATH_BYTES], path[PATH_BYTES + 16];
	int rc;

	n->fd = -1;
	n->nwqs = cfg->nwqs;
	if (!cfg->nwqs)
		return -EINVAL;
	rc = make_list(d, cfg, raw, list, sizeof(list));
	if (!rc)
		rc = monitor_wq_function(d, cfg->wqs[0], n->function, sizeof(n->function));
	if (rc)
		return rc;
	snprintf(path, sizeof(path), "%s/vdev_create", n->function);
	rc = put(d, path, list);
	/* No such attribute: no queue of the function is for virtual devices. */
	if (rc)
		return rc == -ENOENT ? -ENODEV : rc;
	rc = open_newest(n, d, list);
	/* It is there, and nobody else would remove it. */
	return rc == -ENOMEM ? open_newest(n, d, list) : rc;
}

void monitor_node_remove(struct monitor_node *n, struct monitor_dev *d)
{
	char path[PATH_BYTES];

	if (!n->name[0])
		return;
	snprintf(path, sizeof(path), "%s/vdev_remove", n->function);
	/* Nobody else would. */
	if (put(d, path, n->name) == -ENOMEM)
		put(d, path, n->name);
}

/* ---- what the monitor does ---- */

s64 monitor_node_bind(struct monitor_node *n, struct monitor_dev *d)
{
	int fd = monitor_vm_fd(d->m);

	return fd < 0 ? fd : vmm_ioctl_val(&d->m->vmm, n->fd, VDEV_BIND_VM, (u64)fd);
}

struct cdev {
	struct monitor_vfio *v; /* first: monitor_vfio_of() */
	struct monitor_node node;
	u32 pair[PAIRS_MAX]; /* guest PASIDs that the device knows, in order */
	u32 nr_pairs;
	u32 want[PAIRS_MAX]; /* those that it had to know when it took over, or to try to */
	u32 nr_want;
};

static int cdev_open(struct monitor_dev *d, const struct guest_vdev_cfg *cfg)
{
	struct cdev *x = calloc(1, sizeof(*x));
	s64 rc;

	if (!x)
		return -ENOMEM;
	x->v = calloc(1, sizeof(*x->v));
	if (!x->v) {
		free(x);
		return -ENOMEM;
	}
	x->v->d = d;
	x->v->group = -1;
	rc = monitor_node_open(&x->node, d, cfg, false);
	x->v->fd = x->node.fd;
	if (!rc)
		rc = monitor_node_bind(&x->node, d);
	if (rc >= 0)
		rc = monitor_vfio_attach(x->v, d, x->node.fd);
	d->door = x;
	if (!rc)
		return 0;
	d->ops->close(d);
	return (int)rc;
}

/* ---- PASIDs: what the monitor's virtual IOMMU knows goes to the device before it is needed ----
 */

static u32 pair_at(const struct cdev *x, u32 guest)
{
	u32 i;

	for (i = 0; i < x->nr_pairs && x->pair[i] < guest; i++)
		;
	return i;
}

static bool has_pair(const struct cdev *x, u32 guest)
{
	u32 i = pair_at(x, guest);

	return i < x->nr_pairs && x->pair[i] == guest;
}

static int install_pair(struct monitor_dev *d, struct vdev_pasid_pair p)
{
	struct cdev *x = d->door;
	u32 i;
	s64 rc;

	if (has_pair(x, p.guest) || x->nr_pairs == PAIRS_MAX)
		return 0;
	rc = vmm_ioctl(&d->m->vmm, x->node.fd, VDEV_MAP_PASID, &p, sizeof(p));
	/* Another processor may have been here meanwhile. */
	if (rc || has_pair(x, p.guest) || x->nr_pairs == PAIRS_MAX)
		return (int)rc;
	i = pair_at(x, p.guest);
	memmove(&x->pair[i + 1], &x->pair[i], (x->nr_pairs - i) * sizeof(x->pair[0]));
	x->pair[i] = p.guest;
	x->nr_pairs++;
	return 0;
}

static void install_pairs(struct monitor_dev *d)
{
	struct vdev_pasid_pair p;

	for (p.guest = 1; !vm_pasid_next(d->m->vm, &p.guest, &p.host); p.guest++)
		install_pair(d, p);
}

static void want(struct cdev *x, u32 guest)
{
	u32 i;

	for (i = 0; i < x->nr_want && x->want[i] != guest; i++)
		;
	if (i == x->nr_want && i < PAIRS_MAX)
		x->want[x->nr_want++] = guest;
}

/*
 * The guest uses them there: what it has submitted waits for them. What the virtual IOMMU knows the
 * old device may not have heard of yet; on the way back the machine has forgotten them.
 */
static void cdev_carry(struct monitor_dev *d, struct monitor_dev *to)
{
	struct cdev *from = d->door, *x = to->door;
	u32 i, guest, host;

	monitor_vfio_carry(d, to);
	x->nr_want = 0;
	for (i = 0; i < from->nr_want; i++)
		want(x, from->want[i]);
	for (i = 0; i < from->nr_pairs; i++)
		want(x, from->pair[i]);
	for (guest = 1; !vm_pasid_next(d->m->vm, &guest, &host); guest++)
		want(x, guest);
}

struct pasid_call {
	struct vm *vm;
	struct vdev_pasid_pair p;
};

static s64 look_up(void *arg)
{
	struct pasid_call *c = arg;

	return vm_pasid_lookup(c->vm, c->p.guest, &c->p.host);
}

static int cdev_placed(struct monitor_dev *d)
{
	struct cdev *x = d->door;
	int rc = monitor_vfio_placed(d);
	u32 i;

	for (i = 0; i < x->nr_want && !rc; i++) {
		struct pasid_call c = {d->m->vm, {.guest = x->want[i]}};

		rc = (int)vmm_call(&d->m->vmm, look_up, &c);
		if (!rc)
			rc = install_pair(d, c.p);
		/* The guest has given it up meanwhile. */
		else if (rc == -ENOENT)
			rc = 0;
	}
	return rc;
}

static void cdev_pasid_gone(struct monitor_dev *d, u32 pasid, u32 host)
{
	struct cdev *x = d->door;
	u32 i = pair_at(x, pasid);

	(void)host;
	if (!has_pair(x, pasid))
		return;
	x->nr_pairs--;
	memmove(&x->pair[i], &x->pair[i + 1], (x->nr_pairs - i) * sizeof(x->pair[0]));
	vmm_ioctl_val(&d->m->vmm, x->node.fd, VDEV_UNMAP_PASID, pasid);
}

static int cdev_mmio_write(struct monitor_dev *d, u32 bar, u64 off, u32 width, u64 val)
{
	install_pairs(d);
	return monitor_vfio_mmio_write(d, bar, off, width, val);
}

static int cdev_portal_write(struct monitor_dev *d, u64 off, const void *data, u32 bytes)
{
	install_pairs(d);
	return monitor_vfio_portal_write(d, off, data, bytes);
}

static int cdev_portal_enqueue(struct monitor_dev *d, u64 off, const void *desc)
{
	install_pairs(d);
	return monitor_vfio_portal_enqueue(d, off, desc);
}

static void cdev_close(struct monitor_dev *d)
{
	struct cdev *x = d->door;

	monitor_vfio_close(x->v);
	monitor_node_remove(&x->node, d);
	monitor_vfio_detach(x->v);
	free(x);
}

const struct monitor_ops monitor_cdev_ops = {
	.open = cdev_open,
	.close = cdev_close,
	MONITOR_VFIO_OPS,
	.placed = cdev_placed,
	.carry = cdev_carry,
	.mmio_write = cdev_mmio_write,
	.portal_write = cdev_portal_write,
	.portal_enqueue = cdev_portal_enqueue,
	.pasid_gone = cdev_pasid_gone,
};
