// SPDX-License-Identifier: GPL-2.0
/* Portal pages: which of them go straight through, and what becomes of stores to the others. */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/processor.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "defect.h"
#include "vdev_priv.h"

#define VDEV_DESC_BYTES 64
/* A full queue is offered a descriptor this often, first at once, then after a sleep (2026). */
#define VDEV_RETRIES_MAX  100000
#define VDEV_RETRIES_SPIN 16
#define VDEV_RETRY_US_MIN 10
#define VDEV_RETRY_US_MAX 50

/* A place in the portal BAR: queue, and which of its two pages. */
struct vdev_page {
	u32 wq;
	bool limited;
};

/* The IMS pages behind the first two are never listed, yet always what is mapped. */
static int vdev_find_page(const struct vdev *v, u64 bar_off, struct vdev_page *p)
{
	u64 wq = bar_off / DSA_PORTAL_WQ_STRIDE;
	u64 page = bar_off % DSA_PORTAL_WQ_STRIDE / DSA_PORTAL_SIZE;

	if (wq >= v->nr_wqs || page > 1)
		return -ENOENT;
	p->wq = wq;
	p->limited = page;
	return 0;
}

int vdev_portal(struct vdev *v, u64 bar_off, phys_addr_t *pa)
{
	struct vdev_page p;

	if (vdev_find_page(v, bar_off, &p) || READ_ONCE(v->paused))
		return -ENOENT;
	/* The unlimited page would give a guest the entries that others count on. */
	if (!v->wq[p.wq].facts.dedicated && (!p.limited || !vdev_enabled(v, p.wq)))
		return -ENOENT;
	*pa = v->be->ops->portal(v->be, p.wq, p.limited);
	return *pa ? 0 : -ENOENT;
}

void vdev_portals_changed(struct vdev *v)
{
	if (v->ops->portals)
		v->ops->portals(v->ctx);
}

/* ---- whole descriptors; with store_lock held ---- */

/* What the hardware does not accept either: specification table 9-11. */
static bool vdev_refuses(const struct vdev *v, const struct vdev_page *p, bool posted)
{
	const struct vdev_wq *wq = &v->wq[p->wq];

	if (!vdev_enabled(v, p->wq) && !wq->resumes)
		return true;
	if (wq->facts.dedicated)
		return !posted;
	/*
	 * An emulator that does not know ENQCMD sees only stores, so they are taken for it where
	 * the page always traps (2026).
	 */
	return posted && p->limited;
}

/* Offers a descriptor to the physical queue. -EAGAIN: full. Else it has been dealt with. */
static int vdev_offer(struct vdev *v, u32 wq, const void *desc)
{
	u8 own[VDEV_DESC_BYTES];
	u32 word, host;
	int rc;

	memcpy(own, desc, sizeof(own));
	if (!v->wq[wq].facts.dedicated) {
		word = get_unaligned_le32(own);
		if (vdev_host_pasid(v, SPEC_GET(DSA_DESC0_PASID, word), &host)) {
			v->portal.refused++;
			return 0;
		}
		/* Without privilege, as tagged queues are. */
		put_unaligned_le32(SPEC_PREP(DSA_DESC0_PASID, host), own);
		v->portal.translated++;
	}
	rc = v->be->ops->submit(v->be, wq, own);
	if (rc == -EAGAIN) {
		v->portal.retries++;
		return rc;
	}
	if (rc)
		v->portal.refused++;
	else
		v->portal.forwarded++;
	return 0;
}

/* -EBUSY: as many as the queue has entries are waiting already, or those that do go now. */
static int vdev_keep(struct vdev *v, u32 wq, const void *desc)
{
	struct vdev_kept *k;

	if (vdev_defect(PAUSED_DROPS))
		return 0;
	if (v->resuming || v->wq[wq].kept >= v->wq[wq].facts.size || v->nr_kept >= v->max_kept)
		return -EBUSY;
	k = &v->kept[(v->kept_first + v->nr_kept++) % v->max_kept];
	k->wq = wq;
	memcpy(k->desc, desc, sizeof(k->desc));
	v->wq[wq].kept++;
	v->portal.queued++;
	return 0;
}

static int vdev_place(struct vdev *v, const struct vdev_page *p, const void *desc)
{
	return v->paused ? vdev_keep(v, p->wq, desc) : vdev_offer(v, p->wq, desc);
}

/* ---- pieces; with store_lock held ---- */

static struct vdev_store *vdev_find_store(struct vdev *v, u64 line, u64 writer)
{
	u32 i;

	for (i = 0; i < VDEV_STORES; i++)
		if (v->store[i].bytes && v->store[i].line == line && v->store[i].writer == writer)
			return &v->store[i];
	return NULL;
}

/* An unused one, else the oldest: its descriptor will never be whole. NULL: all are waited for. */
static struct vdev_store *vdev_new_store(struct vdev *v, u64 line, u64 writer)
{
	struct vdev_store *s, *found = NULL;
	u32 i;

	for (i = 0; i < VDEV_STORES; i++) {
		s = &v->store[i];
		if (s->busy)
			continue;
		if (!found || !s->bytes || (found->bytes && s->age < found->age))
			found = s;
	}
	if (!found)
		return NULL;
	if (found->bytes)
		v->portal.incomplete++;
	memset(found, 0, sizeof(*found));
	found->line = line;
	found->writer = writer;
	found->age = v->store_age++;
	return found;
}

static u64 vdev_byte_mask(u32 at, u32 bytes)
{
	return (bytes < 64 ? SPEC_BIT(bytes) - 1 : ~0ULL) << at;
}

/* ---- posted stores ---- */

/* One on its way: which may take its time. */
struct vdev_posted {
	struct vdev_page page;
	bool whole; /* with this piece */
	struct vdev_store *store;
	u8 desc[VDEV_DESC_BYTES];
	u32 attempts;
	bool counted; /* as held */
};

/*
 * Adds a piece to what is there. The one that makes it whole is not kept but in @x->desc, until the
 * descriptor has found a place: whoever is told to do the store again finds all the others.
 */
static int vdev_add_piece(struct vdev *v, struct vdev_posted *x, u64 bar_off, const void *data,
			  u32 bytes, u64 writer)
{
	u64 line = bar_off / VDEV_DESC_BYTES, mask;
	u32 at = bar_off % VDEV_DESC_BYTES;
	struct vdev_store *s;

	if (bytes == VDEV_DESC_BYTES) {
		memcpy(x->desc, data, bytes);
		x->whole = true;
		return 0;
	}
	s = vdev_find_store(v, line, writer) ?: vdev_new_store(v, line, writer);
	if (!s)
		return -EBUSY;
	mask = s->bytes | vdev_byte_mask(at, bytes);
	v->portal.pieces++;
	if (~mask) {
		memcpy(s->data + at, data, bytes);
		s->bytes = mask;
		return 0;
	}
	memcpy(x->desc, s->data, sizeof(x->desc));
	memcpy(x->desc + at, data, bytes);
	s->busy = true;
	x->store = s;
	x->whole = true;
	return 0;
}

static void vdev_end_posted(struct vdev *v, struct vdev_posted *x, bool placed)
{
	if (!x->store)
		return;
	x->store->busy = false;
	if (!placed)
		return;
	x->store->bytes = 0;
	v->portal.assembled++;
}

static void vdev_wait_retry(u32 attempt)
{
	if (attempt < VDEV_RETRIES_SPIN)
		cpu_relax();
	else
		usleep_range(VDEV_RETRY_US_MIN, VDEV_RETRY_US_MAX);
}

/* Not now: until the pause is over, or the physical queue has taken something. */
static int vdev_wait_posted(struct vdev *v, struct vdev_posted *x, int why)
{
	int rc = 0;

	if (why == -EBUSY && !x->counted) {
		v->portal.held++;
		x->counted = true;
	}
	mutex_unlock(&v->store_lock);
	if (why == -EBUSY && x->whole)
		rc = vdev_wait_resumed(v);
	else
		vdev_wait_retry(x->attempts++);
	mutex_lock(&v->store_lock);
	return rc;
}

/* A descriptor that is whole: returns when it is in a queue, lost, or to be done again. */
static int vdev_post(struct vdev *v, struct vdev_posted *x)
{
	int rc;

	for (;;) {
		if (v->left)
			return -EAGAIN;
		if (vdev_refuses(v, &x->page, true)) {
			v->portal.refused++;
			return 0;
		}
		rc = vdev_place(v, &x->page, x->desc);
		if (!rc)
			return 0;
		if (rc == -EAGAIN && x->attempts >= VDEV_RETRIES_MAX) {
			v->portal.exhausted++;
			return 0;
		}
		rc = vdev_wait_posted(v, x, rc);
		if (rc)
			return rc;
	}
}

/* One that this device turns away is done where it lives on, and counted there. */
static int vdev_count_portal(struct vdev *v, int rc)
{
	mutex_lock(&v->lock);
	v->traps.count[VDEV_TRAP_PORTAL] += rc != -EAGAIN;
	mutex_unlock(&v->lock);
	return rc;
}

int vdev_portal_write(struct vdev *v, u64 bar_off, const void *data, u32 bytes, u64 writer)
{
	struct vdev_posted x = {};
	int rc = 0;

	if (!bytes || bar_off % VDEV_DESC_BYTES + bytes > VDEV_DESC_BYTES ||
	    bytes > VDEV_DESC_BYTES || bar_off >= vdev_bar_size(v, VDEV_BAR_PORTALS))
		return -EINVAL;
	/* Behind the last page: nobody is there. */
	if (vdev_find_page(v, bar_off, &x.page))
		return vdev_count_portal(v, 0);
	mutex_lock(&v->store_lock);
	while (!v->left && vdev_add_piece(v, &x, bar_off, data, bytes, writer))
		vdev_wait_posted(v, &x, -EBUSY);
	if (v->left) {
		rc = -EAGAIN;
	} else if (x.whole) {
		v->portal.descriptors++;
		rc = vdev_post(v, &x);
		if (rc)
			v->portal.descriptors--;
	}
	vdev_end_posted(v, &x, !rc);
	mutex_unlock(&v->store_lock);
	return vdev_count_portal(v, rc);
}

/* ---- non-posted stores ---- */

int vdev_portal_enqueue(struct vdev *v, u64 bar_off, const void *desc)
{
	struct vdev_page p;
	int rc;

	if (bar_off % VDEV_DESC_BYTES || bar_off >= vdev_bar_size(v, VDEV_BAR_PORTALS))
		return -EINVAL;
	if (vdev_find_page(v, bar_off, &p))
		return vdev_count_portal(v, 1);
	mutex_lock(&v->store_lock);
	if (v->left) {
		rc = -EAGAIN;
	} else if (vdev_refuses(v, &p, false)) {
		v->portal.busy++;
		rc = 1;
	} else {
		rc = vdev_place(v, &p, desc) ? 1 : 0;
		if (rc)
			v->portal.busy++;
		else
			v->portal.descriptors++;
	}
	mutex_unlock(&v->store_lock);
	return vdev_count_portal(v, rc);
}

void vdev_get_portal_stats(const struct vdev *v, struct vdev_portal_stats *st)
{
	*st = v->portal;
}

/* ---- what was kept ---- */

void vdev_forget_stores(struct vdev *v)
{
	u32 i;

	/* One that waits for its turn is its writer's to end. */
	for (i = 0; i < VDEV_STORES; i++)
		if (!v->store[i].busy)
			memset(&v->store[i], 0, sizeof(v->store[i]));
	for (i = 0; i < v->nr_wqs; i++)
		v->wq[i].kept = 0;
}

int vdev_alloc_kept(struct vdev *v, struct vdev_kept **kept, u32 *max)
{
	u32 i, entries = 0;

	for (i = 0; i < v->nr_wqs; i++)
		entries += v->wq[i].facts.size;
	*max = min(entries, (u32)VDEV_KEPT_MAX);
	*kept = kcalloc(*max, sizeof(**kept), GFP_KERNEL);
	return *kept ? 0 : -ENOMEM;
}

/* The oldest one; true: it is in the queue, or gone. */
static bool vdev_submit_oldest(struct vdev *v, u32 attempts)
{
	struct vdev_kept *k = &v->kept[v->kept_first];
	u64 forwarded = v->portal.forwarded;
	int rc = -ENOENT;

	if (vdev_enabled(v, k->wq))
		rc = vdev_offer(v, k->wq, k->desc);
	if (rc == -EAGAIN && attempts < VDEV_RETRIES_MAX)
		return false;
	if (rc == -EAGAIN)
		v->portal.exhausted++;
	else if (rc)
		v->portal.refused++;
	v->portal.resubmitted += v->portal.forwarded - forwarded;
	v->wq[k->wq].kept--;
	v->kept_first = (v->kept_first + 1) % v->max_kept;
	v->nr_kept--;
	return true;
}

void vdev_submit_kept(struct vdev *v)
{
	struct vdev_kept *kept = NULL;
	u32 attempts = 0;
	bool wait;

	mutex_lock(&v->store_lock);
	/* Else a busy guest would never see the end of it. */
	v->resuming = true;
	mutex_unlock(&v->store_lock);
	while (!kept) {
		wait = false;
		mutex_lock(&v->lock);
		mutex_lock(&v->store_lock);
		if (!v->nr_kept) {
			/* What comes from now on comes after them. */
			kept = v->kept;
			v->kept = NULL;
			v->paused = false;
			v->resuming = false;
		}
		mutex_unlock(&v->lock);
		if (!kept) {
			wait = !vdev_submit_oldest(v, attempts);
			attempts = wait ? attempts : 0;
		}
		mutex_unlock(&v->store_lock);
		if (wait)
			vdev_wait_retry(attempts++);
	}
	kfree(kept);
}
