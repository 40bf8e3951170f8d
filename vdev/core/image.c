// SPDX-License-Identifier: GPL-2.0
/* A paused device's state as bytes, and back: versioned, and not trusted when it is read. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/pci_regs.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "vdev_priv.h"

#define VDEV_STATE_MAGIC   0x41534456 /* "VDSA" */
#define VDEV_STATE_VERSION 1
#define VDEV_ENGINES_MAX   63

/* ---- what there is ---- */

struct vdev_image_wq {
	u32 dedicated, block_on_fault, group;
	u32 size, threshold, priority, max_batch;
	u64 max_xfer;
	u32 enabled;
	u32 mode; /* WQCFG dword 2 */
};

struct vdev_image_vector {
	u32 perm;
	u32 entry[4]; /* of the MSI-X table */
	u32 handle_given, handle;
};

struct vdev_image {
	u32 magic, version, bytes, sva;
	u32 pci_device, dsa_version;
	u64 gencap, grpcap; /* as the guest sees them */
	u32 opcap[8];
	u64 dsacap[3];
	u32 nr_wqs, nr_groups;
	u32 engines[VDEV_GROUPS_MAX];
	struct vdev_image_wq wq[VDEV_WQS_MAX];
	u32 gencfg, genctrl, gensts, intcause, cmd, cmdsts, pending;
	u64 swerror[DSA_SWERROR_QWORDS];
	struct vdev_image_vector vector[VDEV_VECTORS_MAX];
	u8 config[VDEV_CONFIG_BYTES];
	u32 nr_stores, nr_kept; /* which follow */
};

/* ---- bytes, little endian, in both directions ---- */

struct vdev_cursor {
	u8 *at;
	size_t left;
	bool save;
	bool overrun;
};

static void vdev_io(struct vdev_cursor *c, void *field, size_t bytes)
{
	if (c->left < bytes) {
		c->overrun = true;
		return;
	}
	if (c->save)
		memcpy(c->at, field, bytes);
	else
		memcpy(field, c->at, bytes);
	c->at += bytes;
	c->left -= bytes;
}

static void vdev_io32(struct vdev_cursor *c, u32 *field)
{
	u8 raw[4];

	put_unaligned_le32(*field, raw);
	vdev_io(c, raw, sizeof(raw));
	*field = get_unaligned_le32(raw);
}

static void vdev_io64(struct vdev_cursor *c, u64 *field)
{
	u8 raw[8];

	put_unaligned_le64(*field, raw);
	vdev_io(c, raw, sizeof(raw));
	*field = get_unaligned_le64(raw);
}

static void vdev_io_facts(struct vdev_cursor *c, struct vdev_image *img)
{
	u32 i;

	vdev_io32(c, &img->magic);
	vdev_io32(c, &img->version);
	vdev_io32(c, &img->bytes);
	vdev_io32(c, &img->sva);
	vdev_io32(c, &img->pci_device);
	vdev_io32(c, &img->dsa_version);
	vdev_io64(c, &img->gencap);
	vdev_io64(c, &img->grpcap);
	for (i = 0; i < ARRAY_SIZE(img->opcap); i++)
		vdev_io32(c, &img->opcap[i]);
	for (i = 0; i < ARRAY_SIZE(img->dsacap); i++)
		vdev_io64(c, &img->dsacap[i]);
	vdev_io32(c, &img->nr_wqs);
	vdev_io32(c, &img->nr_groups);
	for (i = 0; i < ARRAY_SIZE(img->engines); i++)
		vdev_io32(c, &img->engines[i]);
}

static void vdev_io_wq(struct vdev_cursor *c, struct vdev_image_wq *wq)
{
	vdev_io32(c, &wq->dedicated);
	vdev_io32(c, &wq->block_on_fault);
	vdev_io32(c, &wq->group);
	vdev_io32(c, &wq->size);
	vdev_io32(c, &wq->threshold);
	vdev_io32(c, &wq->priority);
	vdev_io32(c, &wq->max_batch);
	vdev_io64(c, &wq->max_xfer);
	vdev_io32(c, &wq->enabled);
	vdev_io32(c, &wq->mode);
}

static void vdev_io_registers(struct vdev_cursor *c, struct vdev_image *img)
{
	u32 i, n;

	vdev_io32(c, &img->gencfg);
	vdev_io32(c, &img->genctrl);
	vdev_io32(c, &img->gensts);
	vdev_io32(c, &img->intcause);
	vdev_io32(c, &img->cmd);
	vdev_io32(c, &img->cmdsts);
	vdev_io32(c, &img->pending);
	for (i = 0; i < ARRAY_SIZE(img->swerror); i++)
		vdev_io64(c, &img->swerror[i]);
	for (i = 0; i < ARRAY_SIZE(img->vector); i++) {
		struct vdev_image_vector *vec = &img->vector[i];

		vdev_io32(c, &vec->perm);
		for (n = 0; n < ARRAY_SIZE(vec->entry); n++)
			vdev_io32(c, &vec->entry[n]);
		vdev_io32(c, &vec->handle_given);
		vdev_io32(c, &vec->handle);
	}
}

/* All of fixed size; both directions are this one list. */
static void vdev_io_image(struct vdev_cursor *c, struct vdev_image *img)
{
	u32 i;

	vdev_io_facts(c, img);
	for (i = 0; i < ARRAY_SIZE(img->wq); i++)
		vdev_io_wq(c, &img->wq[i]);
	vdev_io_registers(c, img);
	vdev_io(c, img->config, sizeof(img->config));
	vdev_io32(c, &img->nr_stores);
	vdev_io32(c, &img->nr_kept);
}

static void vdev_io_store(struct vdev_cursor *c, struct vdev_store *s)
{
	vdev_io64(c, &s->writer);
	vdev_io64(c, &s->line);
	vdev_io64(c, &s->bytes);
	vdev_io(c, s->data, sizeof(s->data));
}

static void vdev_io_kept(struct vdev_cursor *c, struct vdev_kept *k)
{
	vdev_io32(c, &k->wq);
	vdev_io(c, k->desc, sizeof(k->desc));
}

/* ---- saving; with v->lock and store_lock held ---- */

static u64 vdev_reg64(const struct vdev *v, u32 off)
{
	return get_unaligned_le64(v->bar0 + off);
}

static void vdev_image_facts(const struct vdev *v, struct vdev_image *img)
{
	u32 i;

	img->magic = VDEV_STATE_MAGIC;
	img->version = VDEV_STATE_VERSION;
	img->sva = v->cfg.sva;
	img->pci_device = v->facts.pci_device;
	img->dsa_version = v->facts.version;
	img->gencap = vdev_reg64(v, DSA_REG_GENCAP);
	img->grpcap = v->facts.grpcap & DSA_GRPCAP_READ_BUFFERS;
	memcpy(img->opcap, v->facts.opcap, sizeof(img->opcap));
	memcpy(img->dsacap, v->facts.dsacap, sizeof(img->dsacap));
	img->nr_wqs = v->nr_wqs;
	img->nr_groups = v->nr_groups;
	for (i = 0; i < v->nr_groups; i++)
		img->engines[i] = v->group[i].engines;
	for (i = 0; i < v->nr_wqs; i++) {
		const struct vdev_wq_facts *f = &v->wq[i].facts;

		img->wq[i] = (struct vdev_image_wq){
			.dedicated = f->dedicated,
			.block_on_fault = f->block_on_fault,
			.group = v->wq[i].group,
			.size = f->size,
			.threshold = f->threshold,
			.priority = f->priority,
			.max_batch = f->max_batch,
			.max_xfer = f->max_xfer,
			.enabled = v->wq[i].enabled || v->wq[i].resumes,
			.mode = vdev_reg(v, vdev_wqcfg(i, DSA_WQCFG_DW_MODE)),
		};
	}
}

static void vdev_image_registers(const struct vdev *v, struct vdev_image *img)
{
	u32 i, n;

	img->gencfg = vdev_reg(v, DSA_REG_GENCFG);
	img->genctrl = vdev_reg(v, DSA_REG_GENCTRL);
	img->gensts = vdev_reg(v, DSA_REG_GENSTS);
	img->intcause = vdev_reg(v, DSA_REG_INTCAUSE);
	img->cmd = vdev_reg(v, DSA_REG_CMD);
	img->cmdsts = vdev_reg(v, DSA_REG_CMDSTS);
	img->pending = vdev_reg(v, VDEV_PBA);
	for (i = 0; i < DSA_SWERROR_QWORDS; i++)
		img->swerror[i] = vdev_reg64(v, DSA_REG_SWERROR + 8 * i);
	for (i = 0; i < v->nr_vectors; i++) {
		struct vdev_image_vector *vec = &img->vector[i];

		vec->perm = vdev_reg(v, vdev_perm(i));
		for (n = 0; n < ARRAY_SIZE(vec->entry); n++)
			vec->entry[n] = vdev_reg(v, VDEV_MSIX + i * PCI_MSIX_ENTRY_SIZE + 4 * n);
		vec->handle_given = v->vector[i].handle_given;
		vec->handle = vec->handle_given ? v->vector[i].handle : 0;
		if (vec->handle_given && v->handles_void)
			vec->handle = VDEV_HANDLE_VOID;
	}
	memcpy(img->config, v->config, sizeof(img->config));
}

static void vdev_save_image(struct vdev *v, struct vdev_cursor *c, struct vdev_image *img)
{
	struct vdev_cursor length;
	u8 *start = c->at;
	u32 i;

	vdev_image_facts(v, img);
	vdev_image_registers(v, img);
	for (i = 0; i < VDEV_STORES; i++)
		img->nr_stores += !!v->store[i].bytes;
	img->nr_kept = v->nr_kept;
	vdev_io_image(c, img);
	for (i = 0; i < VDEV_STORES; i++)
		if (v->store[i].bytes)
			vdev_io_store(c, &v->store[i]);
	for (i = 0; i < v->nr_kept; i++)
		vdev_io_kept(c, &v->kept[(v->kept_first + i) % v->max_kept]);
	if (c->overrun)
		return;
	/* The third word: how much it was. */
	img->bytes = c->at - start;
	length = (struct vdev_cursor){.at = start + 8, .left = 4, .save = true};
	vdev_io32(&length, &img->bytes);
}

long vdev_save(struct vdev *v, void *buf, size_t size)
{
	struct vdev_cursor c = {.at = buf, .left = size, .save = true};
	struct vdev_image *img = kzalloc(sizeof(*img), GFP_KERNEL);
	long rc = -EINVAL;

	if (!img)
		return -ENOMEM;
	mutex_lock(&v->cmd_lock);
	mutex_lock(&v->lock);
	mutex_lock(&v->store_lock);
	if (v->paused) {
		vdev_save_image(v, &c, img);
		rc = c.overrun ? -ENOSPC : (long)img->bytes;
	}
	mutex_unlock(&v->store_lock);
	mutex_unlock(&v->lock);
	/* What would change it now happens where it goes. */
	if (rc > 0)
		vdev_leave(v);
	mutex_unlock(&v->cmd_lock);
	kfree(img);
	return rc;
}

/* ---- whether a state makes sense at all ---- */

static bool vdev_power_of_2(u64 n, u64 max)
{
	return n && !(n & (n - 1)) && n <= max;
}

static bool vdev_sane_wq(const struct vdev_image *img, const struct vdev_image_wq *wq)
{
	u32 state = SPEC_GET(DSA_GENSTS_STATE, img->gensts);

	if (wq->dedicated > 1 || wq->block_on_fault > 1 || wq->enabled > 1 ||
	    wq->group >= img->nr_groups || !wq->size || wq->size > 0xffff ||
	    wq->threshold > 0xffff || wq->priority > 15 ||
	    !vdev_power_of_2(wq->max_xfer, 1ULL << 31) || !vdev_power_of_2(wq->max_batch, 1 << 15))
		return false;
	return !wq->enabled || state == DSA_STATE_ENABLED || state == DSA_STATE_HALT;
}

static bool vdev_sane(const struct vdev_image *img, size_t size)
{
	u32 i, engines = 0, state = SPEC_GET(DSA_GENSTS_STATE, img->gensts);

	if (img->magic != VDEV_STATE_MAGIC || img->version != VDEV_STATE_VERSION ||
	    img->bytes != size || img->sva > 1)
		return false;
	if (!img->nr_wqs || img->nr_wqs > VDEV_WQS_MAX || !img->nr_groups ||
	    img->nr_groups > VDEV_GROUPS_MAX)
		return false;
	for (i = 0; i < img->nr_groups; i++) {
		if (!img->engines[i] || img->engines[i] > VDEV_ENGINES_MAX)
			return false;
		engines += img->engines[i];
	}
	if (engines > VDEV_ENGINES_MAX || state == DSA_STATE_DRAINING ||
	    img->gensts & ~(u32)(DSA_GENSTS_STATE | DSA_GENSTS_RESET_TYPE) ||
	    img->cmdsts & ~(u32)(DSA_CMDSTS_ERR | DSA_CMDSTS_RESULT) ||
	    img->pending >> (img->nr_wqs + 1))
		return false;
	for (i = 0; i < img->nr_wqs; i++)
		if (!vdev_sane_wq(img, &img->wq[i]))
			return false;
	for (i = 0; i <= img->nr_wqs; i++)
		if (img->vector[i].handle_given > (i ? 1 : 0) ||
		    img->vector[i].handle > VDEV_HANDLE_VOID)
			return false;
	return img->nr_stores <= VDEV_STORES && img->nr_kept <= VDEV_KEPT_MAX;
}

/* ---- whether these queues can take its place ---- */

static bool vdev_fits_wq(const struct vdev_wq_facts *own, const struct vdev_image_wq *wq)
{
	/* A guest counts the entries of a dedicated queue; a shared one says when it is full. */
	return own->dedicated == wq->dedicated && own->block_on_fault == wq->block_on_fault &&
	       (!own->dedicated || wq->size <= own->size) && wq->max_xfer <= own->max_xfer &&
	       wq->max_batch <= own->max_batch;
}

static bool vdev_fits(const struct vdev *v, const struct vdev_image *img)
{
	u64 gencap = vdev_reg64(v, DSA_REG_GENCAP);
	const u64 sizes = DSA_GENCAP_MAX_XFER_SHIFT | DSA_GENCAP_MAX_BATCH_SHIFT;
	u32 i;

	if (img->sva != v->cfg.sva || img->pci_device != v->facts.pci_device ||
	    img->dsa_version != v->facts.version || img->nr_wqs != v->nr_wqs)
		return false;
	if (img->gencap & ~gencap & ~sizes ||
	    SPEC_GET(DSA_GENCAP_MAX_XFER_SHIFT, img->gencap) >
		    SPEC_GET(DSA_GENCAP_MAX_XFER_SHIFT, gencap) ||
	    SPEC_GET(DSA_GENCAP_MAX_BATCH_SHIFT, img->gencap) >
		    SPEC_GET(DSA_GENCAP_MAX_BATCH_SHIFT, gencap))
		return false;
	for (i = 0; i < ARRAY_SIZE(img->opcap); i++)
		if (img->opcap[i] & ~v->facts.opcap[i])
			return false;
	if (memcmp(img->dsacap, v->facts.dsacap, sizeof(img->dsacap)))
		return false;
	for (i = 0; i < v->nr_wqs; i++)
		if (!vdev_fits_wq(&v->wq[i].facts, &img->wq[i]))
			return false;
	return true;
}

/* ---- loading ---- */

/* From now on the guest sees what it has seen. */
static void vdev_take_facts(struct vdev *v, const struct vdev_image *img)
{
	u32 i;

	v->facts.gencap = img->gencap;
	v->facts.grpcap = img->grpcap;
	memcpy(v->facts.opcap, img->opcap, sizeof(img->opcap));
	v->nr_groups = img->nr_groups;
	for (i = 0; i < img->nr_groups; i++)
		v->group[i].engines = img->engines[i];
	for (i = 0; i < v->nr_wqs; i++) {
		struct vdev_wq_facts *f = &v->wq[i].facts;

		v->wq[i].group = img->wq[i].group;
		f->size = img->wq[i].size;
		f->threshold = img->wq[i].threshold;
		f->priority = img->wq[i].priority;
		f->max_batch = img->wq[i].max_batch;
		f->max_xfer = img->wq[i].max_xfer;
	}
}

/* With v->lock held. As the guest's own writes, while all is disabled; then what it cannot write.
 */
static void vdev_take_registers(struct vdev *v, const struct vdev_image *img)
{
	u32 i, n;

	vdev_load_config(v, img->config);
	vdev_write_registers(v, DSA_REG_GENCFG, 4, img->gencfg);
	vdev_write_registers(v, DSA_REG_GENCTRL, 4, img->genctrl);
	for (i = 0; i < v->nr_wqs; i++)
		vdev_write_registers(v, vdev_wqcfg(i, DSA_WQCFG_DW_MODE), 4, img->wq[i].mode);
	for (i = 0; i < v->nr_vectors; i++) {
		const struct vdev_image_vector *vec = &img->vector[i];

		vdev_write_perm(v, vdev_perm(i), vec->perm, ~0u);
		for (n = 0; n < ARRAY_SIZE(vec->entry); n++)
			vdev_write_msix(v, VDEV_MSIX + i * PCI_MSIX_ENTRY_SIZE + 4 * n,
					vec->entry[n], ~0u);
		v->vector[i].handle_given = vec->handle_given;
		v->vector[i].handle = vec->handle;
	}
	vdev_set_reg(v, VDEV_PBA, img->pending);
	vdev_set_reg(v, DSA_REG_INTCAUSE, img->intcause);
	vdev_set_reg(v, DSA_REG_CMD, img->cmd);
	vdev_set_reg(v, DSA_REG_CMDSTS, img->cmdsts);
	for (i = 0; i < DSA_SWERROR_QWORDS; i++)
		vdev_set_reg64(v, DSA_REG_SWERROR + 8 * i, img->swerror[i]);
	vdev_set_reg(v, DSA_REG_GENSTS, img->gensts);
	for (i = 0; i < v->nr_wqs; i++) {
		if (!img->wq[i].enabled)
			continue;
		vdev_set_wq_state(v, i, DSA_WQ_STATE_ENABLED);
		/* A halted device's queues come back with its reset. */
		v->wq[i].resumes = vdev_state(v) == DSA_STATE_ENABLED;
	}
}

/* With v->store_lock held. */
static int vdev_take_stores(struct vdev *v, const struct vdev_image *img, struct vdev_cursor *c,
			    struct vdev_kept *kept)
{
	u32 i;

	for (i = 0; i < img->nr_stores; i++) {
		vdev_io_store(c, &v->store[i]);
		v->store[i].age = v->store_age++;
		/* One that is whole would have been a descriptor. */
		if (!~v->store[i].bytes)
			return -EINVAL;
	}
	for (i = 0; i < img->nr_kept; i++) {
		vdev_io_kept(c, &kept[i]);
		if (kept[i].wq >= v->nr_wqs || !img->wq[kept[i].wq].enabled ||
		    ++v->wq[kept[i].wq].kept > img->wq[kept[i].wq].size)
			return -EINVAL;
	}
	return c->overrun || c->left ? -EINVAL : 0;
}

static bool vdev_unused(const struct vdev *v)
{
	u32 i;

	for (i = 0; i < v->nr_wqs; i++)
		if (v->wq[i].enabled)
			return false;
	return !v->paused && !v->left && vdev_state(v) == DSA_STATE_DISABLED;
}

/* With all locks held. */
static int vdev_load_image(struct vdev *v, struct vdev_cursor *c, const struct vdev_image *img)
{
	struct vdev_kept *kept;
	u32 entries = 0, i;
	int rc;

	for (i = 0; i < v->nr_wqs; i++)
		entries += img->wq[i].size;
	entries = min_t(u32, entries, VDEV_KEPT_MAX);
	if (img->nr_kept > entries)
		return -EINVAL;
	kept = kcalloc(entries, sizeof(*kept), GFP_KERNEL);
	if (!kept)
		return -ENOMEM;
	rc = vdev_take_stores(v, img, c, kept);
	if (rc) {
		vdev_forget_stores(v);
		kfree(kept);
		return rc;
	}
	vdev_take_facts(v, img);
	vdev_init_config(v);
	vdev_init_msix(v);
	vdev_init_registers(v);
	vdev_take_registers(v, img);
	vdev_begin_pause(v, kept, entries);
	v->nr_kept = img->nr_kept;
	v->loaded = true;
	return 0;
}

int vdev_load(struct vdev *v, const void *buf, size_t size)
{
	struct vdev_cursor c = {.at = (u8 *)buf, .left = size};
	struct vdev_image *img = kzalloc(sizeof(*img), GFP_KERNEL);
	int rc = -EINVAL;

	if (!img)
		return -ENOMEM;
	vdev_io_image(&c, img);
	mutex_lock(&v->cmd_lock);
	mutex_lock(&v->lock);
	mutex_lock(&v->store_lock);
	if (!c.overrun && vdev_sane(img, size) && vdev_unused(v))
		rc = !v->ops->portals || !vdev_fits(v, img) ? -EOPNOTSUPP
							    : vdev_load_image(v, &c, img);
	mutex_unlock(&v->store_lock);
	mutex_unlock(&v->lock);
	mutex_unlock(&v->cmd_lock);
	kfree(img);
	return rc;
}
