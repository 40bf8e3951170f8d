// SPDX-License-Identifier: GPL-2.0
// The machine's assembly and routing: addresses to devices, device requests to IOMMU and memory.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/machine.h"
#include "model/spec/dsa_pci.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/hint.h"

#define FIRST_BUS    0x6a
#define PORTAL_OFF   (MACHINE_DEVICE_BYTES / 2)
#define MEMORY_SPACE 0x2 /* PCICMD */

struct slot {
	struct machine *m;
	struct dsa *dsa;
	struct iommu *iommu; /* NULL: identity */
	u32 iommu_index;
	u16 sid;
	u64 bar0, bar2, bar0_bytes, bar2_bytes; /* decoded; 0 bytes: not decoding */
};

/* An interrupt on its way to a core; recycled. */
struct message {
	struct sim_event ev;
	struct machine *m;
	struct message *next;
	u32 dest;
	u8 vector;
	bool posted, notify;
	u64 descriptor;
};

struct machine {
	struct sim *sim;
	struct mem *mem;
	const struct machine_ops *ops;
	void *ops_ctx;
	u64 message_ps;
	u32 niommus, ndevices;
	struct iommu *iommu[MACHINE_IOMMUS_MAX];
	struct slot slot[MACHINE_DEVICES_MAX];
	struct iommu_ops iommu_ops;
	struct message *free_message, *all[4096];
	u32 nmessages;
};

/* ---- Interrupts ---- */

static void message_arrives(struct sim *sim, struct sim_event *ev)
{
	struct message *msg = (struct message *)ev;
	struct machine *m = msg->m;
	struct message copy = *msg;

	(void)sim;
	msg->next = m->free_message;
	m->free_message = msg;
	if (!m->ops)
		return;
	if (copy.posted) {
		if (m->ops->posted)
			m->ops->posted(m->ops_ctx, copy.descriptor, copy.dest, copy.vector,
				       copy.notify);
	} else if (m->ops->irq) {
		m->ops->irq(m->ops_ctx, copy.dest, copy.vector);
	}
}

static struct message *message_new(struct machine *m)
{
	struct message *msg = m->free_message;

	if (msg) {
		m->free_message = msg->next;
		return msg;
	}
	if (m->nmessages == sizeof(m->all) / sizeof(m->all[0]))
		return NULL;
	msg = calloc(1, sizeof(*msg));
	if (!msg)
		return NULL;
	msg->m = m;
	sim_event_init(&msg->ev, message_arrives);
	m->all[m->nmessages++] = msg;
	return msg;
}

static void send(struct machine *m, u64 when, const struct message *what)
{
	struct message *msg = message_new(m);

	/* With thousands already on their way a level of back pressure is reached: it is lost. */
	if (!msg)
		return;
	msg->dest = what->dest;
	msg->vector = what->vector;
	msg->posted = what->posted;
	msg->notify = what->notify;
	msg->descriptor = what->descriptor;
	sim_at(m->sim, &msg->ev, when + m->message_ps, SIM_PRIO_RESPONSE);
}

/* Not remapped: destination and vector stand in address and data (compatibility format). */
static void deliver_direct(struct machine *m, u64 when, u64 addr, u32 data)
{
	struct message msg = {.dest = (addr >> 12) & 0xff, .vector = data & 0xff};

	send(m, when, &msg);
}

static void bus_msi(void *ctx, u16 sid, u64 addr, u32 data)
{
	struct slot *s = ctx;
	struct machine *m = s->m;
	struct iommu_irq irq;
	struct message msg = {0};

	if (!s->iommu) {
		deliver_direct(m, sim_now(m->sim), addr, data);
		return;
	}
	iommu_interrupt(s->iommu, sim_now(m->sim), sid, addr, data, &irq);
	if (irq.when < sim_now(m->sim))
		irq.when = sim_now(m->sim);
	switch (irq.kind) {
	case IOMMU_IRQ_BLOCKED:
		break;
	case IOMMU_IRQ_DIRECT:
		deliver_direct(m, irq.when, addr, data);
		break;
	case IOMMU_IRQ_REMAPPED:
		msg.dest = irq.dest;
		msg.vector = irq.vector;
		send(m, irq.when, &msg);
		break;
	case IOMMU_IRQ_POSTED:
		msg.dest = irq.dest;
		msg.vector = irq.vector;
		msg.posted = true;
		msg.notify = irq.notify;
		msg.descriptor = irq.posted_pa;
		send(m, irq.when, &msg);
		break;
	}
}

static void iommu_msi(void *ctx, u64 addr, u32 data)
{
	struct machine *m = ctx;

	deliver_direct(m, sim_now(m->sim), addr, data);
}

/* ---- The device's bus ---- */

static void sim_hot bus_translate(void *ctx, const struct iommu_req *req, struct iommu_reply *reply)
{
	struct slot *s = ctx;

	if (s->iommu) {
		iommu_translate(s->iommu, req, reply);
		return;
	}
	memset(reply, 0, sizeof(*reply));
	reply->pa = req->addr;
	reply->len = req->len;
	reply->first_done = reply->last_done = req->now;
	reply->pages = 1;
	reply->perms = IOMMU_R | IOMMU_W;
	reply->page_shift = 12;
}

static void bus_page_request(void *ctx, const struct iommu_page_req *req,
			     struct iommu_page_reply *reply)
{
	struct slot *s = ctx;

	if (s->iommu) {
		iommu_page_request(s->iommu, req, reply);
		return;
	}
	memset(reply, 0, sizeof(*reply));
	reply->answered = true;
	reply->code = IOMMU_PR_INVALID;
	reply->when = req->now;
}

static enum iommu_stale bus_check(void *ctx, const struct iommu_use *use)
{
	struct slot *s = ctx;

	return s->iommu ? iommu_check(s->iommu, use) : IOMMU_FRESH;
}

static const u64 *bus_epoch(void *ctx)
{
	struct slot *s = ctx;

	return s->iommu ? &((const struct iommu_epochs *)s->iommu)->completed : NULL;
}

static void bus_inv_done(void *ctx, u16 sid, u32 itag)
{
	struct slot *s = ctx;

	if (s->iommu)
		iommu_inv_done(s->iommu, sid, itag);
}

static u8 *sim_hot bus_ram(void *ctx, u64 pa, u64 len)
{
	struct slot *s = ctx;

	return mem_contains(s->m->mem, pa, len) ? mem_ptr(s->m->mem, pa) : NULL;
}

static struct mem_cost sim_hot bus_access(void *ctx, u64 now, u64 pa, u64 bytes, u32 socket,
					  enum mem_dir dir)
{
	struct slot *s = ctx;

	return mem_access(s->m->mem, now, pa, bytes, socket, dir, MEM_AGENT_IO);
}

static void bus_give_back(void *ctx, u64 now, u64 pa, u64 bytes, u32 socket, enum mem_dir dir)
{
	struct slot *s = ctx;

	mem_give_back(s->m->mem, now, pa, bytes, socket, dir);
}

static u64 bus_flush(void *ctx, u64 now, u64 pa, u64 len, bool invalidate)
{
	struct slot *s = ctx;

	return mem_flush(s->m->mem, now, pa, len, invalidate);
}

static bool bus_cached(void *ctx, u64 pa)
{
	struct slot *s = ctx;

	return mem_cached(s->m->mem, pa);
}

static void sim_hot bus_written(void *ctx, u64 pa, u32 len)
{
	struct slot *s = ctx;

	mem_notify_write(s->m->mem, pa, len, sim_now(s->m->sim));
}

static const struct dsa_payload_hint *bus_hint(void *ctx, const struct dsa_origin *origin,
					       int member, struct dsa_payload_hint *buf)
{
	struct slot *s = ctx;
	const struct machine_ops *ops = s->m->ops;

	return ops && ops->hint ? ops->hint(s->m->ops_ctx, origin, member, buf) : NULL;
}

static const struct dsa_bus_ops bus_ops = {
	.translate = bus_translate,
	.page_request = bus_page_request,
	.check = bus_check,
	.epoch = bus_epoch,
	.inv_done = bus_inv_done,
	.ram = bus_ram,
	.access = bus_access,
	.give_back = bus_give_back,
	.flush = bus_flush,
	.cached = bus_cached,
	.written = bus_written,
	.msi = bus_msi,
	.hint = bus_hint,
};

static void dev_invalidate(void *dev, const struct iommu_inv *inv)
{
	struct slot *s = dev;

	dsa_invalidate(s->dsa, inv);
}

static void dev_page_response(void *dev, u32 pasid, bool pasid_valid, u16 prgi, u8 code)
{
	struct slot *s = dev;

	dsa_page_response(s->dsa, pasid_valid ? pasid : IOMMU_NO_PASID, prgi, code);
}

static const struct iommu_dev_ops dev_ops = {
	.ats_invalidate = dev_invalidate,
	.page_response = dev_page_response,
};

/* ---- Routing ---- */

static u64 bar_value(struct dsa *dsa, u32 reg)
{
	u64 lo = dsa_cfg_read(dsa, reg, 4), hi = dsa_cfg_read(dsa, reg + 4, 4);

	return (lo & ~0xfull) | hi << 32;
}

/* What the function decodes now: its BARs, when memory space is enabled. */
static void update_bars(struct slot *s)
{
	bool on = dsa_cfg_read(s->dsa, 4, 2) & MEMORY_SPACE;

	s->bar0 = bar_value(s->dsa, 0x10);
	s->bar2 = bar_value(s->dsa, 0x18);
	s->bar0_bytes = on && s->bar0 ? dsa_bar_bytes(s->dsa, DSA_PCI_BAR_MMIO) : 0;
	s->bar2_bytes = on && s->bar2 ? dsa_bar_bytes(s->dsa, DSA_PCI_BAR_PORTAL) : 0;
}

static struct slot *search_bars(struct machine *m, u64 pa, bool portal, u64 *off)
{
	u64 guess = (pa - MACHINE_DEVICE_BASE) / MACHINE_DEVICE_BYTES;
	u32 i;

	/* Where firmware put it first, then everywhere: software may have moved BARs. */
	for (i = 0; i <= m->ndevices; i++) {
		struct slot *s = &m->slot[i ? i - 1 : guess < m->ndevices ? guess : 0];

		*off = pa - (portal ? s->bar2 : s->bar0);
		if (*off < (portal ? s->bar2_bytes : s->bar0_bytes))
			return s;
	}
	return NULL;
}

static struct slot *find_bar(struct machine *m, u64 pa, bool portal, u64 *off)
{
	struct slot *s = search_bars(m, pa, portal, off);
	u32 i;

	if (s)
		return s;
	/* Somebody may have written to a function's configuration space past this machine. */
	for (i = 0; i < m->ndevices; i++)
		update_bars(&m->slot[i]);
	return search_bars(m, pa, portal, off);
}

static struct slot *find_function(struct machine *m, u16 bdf)
{
	u32 i;

	for (i = 0; i < m->ndevices; i++)
		if (m->slot[i].sid == bdf)
			return &m->slot[i];
	return NULL;
}

u32 machine_cfg_read(struct machine *m, u16 bdf, u32 off, u32 width)
{
	struct slot *s = find_function(m, bdf);

	return s ? dsa_cfg_read(s->dsa, off, width) : width >= 4 ? ~0u : (1u << (8 * width)) - 1;
}

void machine_cfg_write(struct machine *m, u16 bdf, u32 off, u32 width, u32 value)
{
	struct slot *s = find_function(m, bdf);

	if (!s)
		return;
	dsa_cfg_write(s->dsa, off, width, value);
	update_bars(s);
}

static struct iommu *find_iommu(struct machine *m, u64 pa, u32 *off)
{
	u64 i = (pa - MACHINE_IOMMU_BASE) / IOMMU_MMIO_SIZE;

	*off = (pa - MACHINE_IOMMU_BASE) % IOMMU_MMIO_SIZE;
	return pa >= MACHINE_IOMMU_BASE && i < m->niommus ? m->iommu[i] : NULL;
}

u64 machine_mmio_read(struct machine *m, u64 pa, u32 width)
{
	struct iommu *iommu;
	struct slot *s;
	u64 off;
	u32 reg;

	iommu = find_iommu(m, pa, &reg);
	if (iommu)
		return iommu_mmio_read(iommu, reg, width);
	s = find_bar(m, pa, false, &off);
	if (s)
		return dsa_mmio_read(s->dsa, off, width);
	if (find_bar(m, pa, true, &off))
		return 0;
	return width >= 8 ? ~0ull : (1ull << (8 * width)) - 1;
}

void machine_mmio_write(struct machine *m, u64 pa, u32 width, u64 value)
{
	struct iommu *iommu;
	struct slot *s;
	u64 off;
	u32 reg;

	iommu = find_iommu(m, pa, &reg);
	if (iommu) {
		iommu_mmio_write(iommu, reg, width, value);
		return;
	}
	s = find_bar(m, pa, false, &off);
	if (s)
		dsa_mmio_write(s->dsa, off, width, value);
	/* Anything but 64 bytes at once is dropped at a portal. */
}

bool machine_portal(struct machine *m, u64 pa, struct dsa **dsa, u64 *off)
{
	struct slot *s = find_bar(m, pa, true, off);

	if (s)
		*dsa = s->dsa;
	return s;
}

enum dsa_accept machine_write64(struct machine *m, u64 pa, const void *desc, bool dmwr,
				const struct dsa_origin *origin)
{
	u64 off;
	struct slot *s = find_bar(m, pa, true, &off);

	if (s)
		return dsa_portal_write(s->dsa, off, desc, dmwr, origin);
	return dmwr ? DSA_RETRY : DSA_DROPPED;
}

/* ---- Assembly ---- */

static int add_iommus(struct machine *m, const struct machine_cfg *cfg, char *msg, size_t msg_len)
{
	u32 i;

	m->iommu_ops.msi = iommu_msi;
	for (i = 0; i < cfg->niommus; i++) {
		struct iommu_cfg c = cfg->iommu[i];
		char name[16];

		snprintf(name, sizeof(name), "iommu%u", i);
		c.name = name;
		c.ops = &m->iommu_ops;
		c.ops_ctx = m;
		if (iommu_cfg_check(&c, msg, msg_len))
			return -EINVAL;
		m->iommu[i] = iommu_new(m->sim, m->mem, &c);
		if (!m->iommu[i])
			return -ENOMEM;
		m->niommus++;
	}
	return 0;
}

/* What firmware does before the kernel runs: addresses, not yet enabled. */
static void assign_bars(struct slot *s, u32 i)
{
	u64 base = MACHINE_DEVICE_BASE + i * MACHINE_DEVICE_BYTES, bar2 = base + PORTAL_OFF;

	dsa_cfg_write(s->dsa, 0x10, 4, (u32)base);
	dsa_cfg_write(s->dsa, 0x14, 4, base >> 32);
	dsa_cfg_write(s->dsa, 0x18, 4, (u32)bar2);
	dsa_cfg_write(s->dsa, 0x1c, 4, bar2 >> 32);
	/* Traffic class 1 on the second virtual channel, as seen on Sapphire Rapids machines. */
	dsa_cfg_write(s->dsa, DSA_PCI_ECAP_VC + 0x14, 4, 0x800000fd);
	dsa_cfg_write(s->dsa, DSA_PCI_ECAP_VC + 0x20, 4, 0x81000002);
	update_bars(s);
}

static int add_devices(struct machine *m, const struct machine_cfg *cfg, char *msg, size_t msg_len)
{
	const char *why;
	u32 i;
	int err;

	for (i = 0; i < cfg->ndevices; i++) {
		struct slot *s = &m->slot[i];
		struct dsa_cfg c = cfg->device[i].dsa;

		s->m = m;
		s->sid = c.sid = (FIRST_BUS + i) << 8 | 1 << 3;
		s->iommu_index = cfg->device[i].iommu;
		if (s->iommu_index != MACHINE_NO_IOMMU) {
			if (s->iommu_index >= m->niommus) {
				snprintf(msg, msg_len, "devices[%u].iommu: %u: only %u IOMMUs", i,
					 s->iommu_index, m->niommus);
				return -EINVAL;
			}
			s->iommu = m->iommu[s->iommu_index];
		}
		s->dsa = dsa_new(m->sim, &c, &bus_ops, s, &why);
		if (!s->dsa) {
			snprintf(msg, msg_len, "devices[%u]: %s", i, why);
			return -EINVAL;
		}
		m->ndevices++;
		if (s->iommu) {
			err = iommu_attach(s->iommu, s->sid, &dev_ops, s);
			if (err)
				return err;
		}
		assign_bars(s, i);
	}
	return 0;
}

int machine_new(struct sim *sim, const struct machine_cfg *cfg, const struct machine_ops *ops,
		void *ops_ctx, struct machine **out, char *msg, size_t msg_len)
{
	struct machine *m = calloc(1, sizeof(*m));
	int err;

	snprintf(msg, msg_len, "out of memory");
	if (!m)
		return -ENOMEM;
	m->sim = sim;
	m->ops = ops;
	m->ops_ctx = ops_ctx;
	m->message_ps = cfg->message_ps;
	if (cfg->niommus > MACHINE_IOMMUS_MAX || cfg->ndevices > MACHINE_DEVICES_MAX) {
		snprintf(msg, msg_len, "at most %u IOMMUs and %u devices", MACHINE_IOMMUS_MAX,
			 MACHINE_DEVICES_MAX);
		err = -EINVAL;
	} else {
		err = mem_new(sim, &cfg->mem, &m->mem, msg, msg_len);
	}
	if (!err)
		err = add_iommus(m, cfg, msg, msg_len);
	if (!err)
		err = add_devices(m, cfg, msg, msg_len);
	if (err) {
		machine_free(m);
		return err;
	}
	*out = m;
	return 0;
}

void machine_free(struct machine *m)
{
	u32 i;

	if (!m)
		return;
	for (i = 0; i < m->ndevices; i++) {
		if (m->slot[i].iommu)
			iommu_detach(m->slot[i].iommu, m->slot[i].sid);
		dsa_free(m->slot[i].dsa);
	}
	for (i = 0; i < m->niommus; i++)
		iommu_free(m->iommu[i]);
	for (i = 0; i < m->nmessages; i++) {
		sim_cancel(m->sim, &m->all[i]->ev);
		free(m->all[i]);
	}
	mem_free(m->mem);
	free(m);
}

struct mem *machine_mem(struct machine *m)
{
	return m->mem;
}

u32 machine_dsa_count(const struct machine *m)
{
	return m->ndevices;
}

struct dsa *machine_dsa(struct machine *m, u32 i)
{
	return i < m->ndevices ? m->slot[i].dsa : NULL;
}

u16 machine_dsa_sid(const struct machine *m, u32 i)
{
	return m->slot[i].sid;
}

u32 machine_iommu_count(const struct machine *m)
{
	return m->niommus;
}

struct iommu *machine_iommu(struct machine *m, u32 i)
{
	return i < m->niommus ? m->iommu[i] : NULL;
}

u32 machine_device_iommu(const struct machine *m, u32 i)
{
	return m->slot[i].iommu_index;
}
