// SPDX-License-Identifier: GPL-2.0
// Saving configuration space, function level reset. After drivers/pci/pci.c.
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/pci-ats.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "pcicore.h"

#define FLR_WAIT_MS	 100   /* PCIe 5.0, 6.6.2: what a function may take */
#define READY_POLL_MS	 60000 /* PCIE_RESET_READY_POLL_MS */
#define PENDING_ATTEMPTS 4

struct pci_saved_state {
	u32 config_space[16];
	struct pci_cap_saved cap[PCI_SAVED_CAPS];
};

/* Which 16-bit registers of a capability make its state. */
struct saved_regs {
	u16 cap;
	bool extended;
	u8 words;
	u8 place[12];
};

static const struct saved_regs saved_regs[PCI_SAVED_CAPS] = {
	{PCI_CAP_ID_EXP, false, 2, {PCI_EXP_DEVCTL, PCI_EXP_DEVCTL2}},
	{PCI_EXT_CAP_ID_LTR, true, 2, {PCI_LTR_MAX_SNOOP_LAT, PCI_LTR_MAX_NOSNOOP_LAT}},
	{PCI_EXT_CAP_ID_VC, true, 0, {0}}, /* by number of channels: vc_place() */
	{PCI_EXT_CAP_ID_ERR, true, 8, {0x08, 0x0a, 0x0c, 0x0e, 0x14, 0x16, 0x18, 0x1a}},
};

#define VC_SAVED_MAX 7 /* channels beside VC0 that fit: 1 + 2 * 7 words */

/* Register @i of the VC capability: port control, then both halves of each channel's control. */
static int vc_place(int i)
{
	if (i == 0)
		return PCI_VC_PORT_CTRL;
	i--;
	return PCI_VC_RES_CTRL + (i / 2) * PCI_CAP_VC_PER_VC_SIZEOF + (i % 2) * 2;
}

static int vc_words(struct pci_dev *dev, u16 pos)
{
	u32 cap1;

	pci_read_config_dword(dev, pos + PCI_VC_PORT_CAP1, &cap1);
	return 1 + 2 * min_t(int, 1 + (cap1 & PCI_VC_CAP1_EVCC), VC_SAVED_MAX);
}

static u16 cap_pos(struct pci_dev *dev, const struct saved_regs *r)
{
	if (r->extended)
		return pci_find_ext_capability(dev, r->cap);
	return r->cap == PCI_CAP_ID_EXP ? dev->pcie_cap : pci_find_capability(dev, r->cap);
}

static int place_of(const struct saved_regs *r, int i)
{
	return r->words ? r->place[i] : vc_place(i);
}

static void save_caps(struct pci_dev *dev)
{
	int c, i;

	for (c = 0; c < PCI_SAVED_CAPS; c++) {
		const struct saved_regs *r = &saved_regs[c];
		struct pci_cap_saved *s = &dev->saved_cap[c];
		u16 pos = cap_pos(dev, r);

		s->cap = r->cap;
		s->extended = r->extended;
		s->words = 0;
		if (!pos)
			continue;
		s->words = r->words ? r->words : vc_words(dev, pos);
		for (i = 0; i < s->words; i++)
			pci_read_config_word(dev, pos + place_of(r, i), &s->data[i]);
	}
}

static void restore_cap(struct pci_dev *dev, int c)
{
	const struct saved_regs *r = &saved_regs[c];
	struct pci_cap_saved *s = &dev->saved_cap[c];
	u16 pos = s->words ? cap_pos(dev, r) : 0;
	int i;

	for (i = 0; pos && i < s->words; i++)
		pci_write_config_word(dev, pos + place_of(r, i), s->data[i]);
}

int pci_save_state(struct pci_dev *dev)
{
	int i;

	for (i = 0; i < 16; i++)
		pci_read_config_dword(dev, i * 4, &dev->saved_config_space[i]);
	save_caps(dev);
	dev->state_saved = true;
	return 0;
}

/* Registers @start ... @end of the header, last first, each only if it differs. */
static void restore_header(struct pci_dev *dev, int start, int end)
{
	int i;

	for (i = end; i >= start; i--) {
		u32 now;

		pci_read_config_dword(dev, i * 4, &now);
		if (now != dev->saved_config_space[i])
			pci_write_config_dword(dev, i * 4, dev->saved_config_space[i]);
	}
}

void pci_restore_state(struct pci_dev *dev)
{
	if (!dev->state_saved)
		return;
	restore_cap(dev, 1);
	restore_cap(dev, 0);
	pci_restore_pasid_state(dev);
	pci_restore_pri_state(dev);
	pci_restore_ats_state(dev);
	restore_cap(dev, 2);
	restore_cap(dev, 3);
	/* BARs before the command register, or the device would decode somewhere else. */
	restore_header(dev, 10, 15);
	restore_header(dev, 4, 9);
	restore_header(dev, 0, 3);
	pci_msi_restore(dev);
	dev->state_saved = false;
}

struct pci_saved_state *pci_store_saved_state(struct pci_dev *dev)
{
	struct pci_saved_state *s;

	if (!dev->state_saved)
		return NULL;
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (s) {
		memcpy(s->config_space, dev->saved_config_space, sizeof(s->config_space));
		memcpy(s->cap, dev->saved_cap, sizeof(s->cap));
	}
	return s;
}

int pci_load_saved_state(struct pci_dev *dev, struct pci_saved_state *s)
{
	dev->state_saved = false;
	if (!s)
		return 0;
	memcpy(dev->saved_config_space, s->config_space, sizeof(s->config_space));
	memcpy(dev->saved_cap, s->cap, sizeof(s->cap));
	dev->state_saved = true;
	return 0;
}

/* ---- reset ---- */

int pci_wait_for_pending_transaction(struct pci_dev *dev)
{
	int i;

	if (!dev->pcie_cap)
		return 1;
	for (i = 0; i < PENDING_ATTEMPTS; i++) {
		u16 status;

		if (i)
			msleep((1 << (i - 1)) * 100);
		pci_read_config_word(dev, dev->pcie_cap + PCI_EXP_DEVSTA, &status);
		if (!(status & PCI_EXP_DEVSTA_TRPND))
			return 1;
	}
	return 0;
}

/* Until configuration reads stop returning all ones. */
static int wait_ready(struct pci_dev *dev)
{
	u32 delay = 1;
	u32 id;

	pci_read_config_dword(dev, PCI_COMMAND, &id);
	while (id == ~0u) {
		if (delay > READY_POLL_MS) {
			pci_warn(dev, "not ready %ums after FLR; giving up\n", delay - 1);
			return -ENOTTY;
		}
		msleep(delay);
		delay *= 2;
		pci_read_config_dword(dev, PCI_COMMAND, &id);
	}
	return 0;
}

bool pcie_has_flr(struct pci_dev *dev)
{
	return dev->pcie_cap && dev->devcap & PCI_EXP_DEVCAP_FLR;
}

int pcie_flr(struct pci_dev *dev)
{
	if (!pci_wait_for_pending_transaction(dev))
		pci_err(dev, "timed out waiting for pending transaction; performing function level "
			     "reset anyway\n");
	pcie_capability_set_word(dev, PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_BCR_FLR);
	msleep(FLR_WAIT_MS);
	return wait_ready(dev);
}

int pcie_reset_flr(struct pci_dev *dev, bool probe)
{
	if (!pcie_has_flr(dev))
		return -ENOTTY;
	return probe ? 0 : pcie_flr(dev);
}

int __pci_reset_function_locked(struct pci_dev *dev)
{
	return pcie_reset_flr(dev, false);
}

static const struct pci_error_handlers *handlers(struct pci_dev *dev)
{
	return dev->driver ? dev->driver->err_handler : NULL;
}

static void save_and_disable(struct pci_dev *dev)
{
	const struct pci_error_handlers *h = handlers(dev);

	if (h && h->reset_prepare)
		h->reset_prepare(dev);
	pci_set_power_state(dev, PCI_D0);
	pci_save_state(dev);
	/* No DMA and no interrupts while the function is in pieces. */
	pci_write_config_word(dev, PCI_COMMAND, PCI_COMMAND_INTX_DISABLE);
}

static void restore_after_reset(struct pci_dev *dev)
{
	const struct pci_error_handlers *h = handlers(dev);

	pci_restore_state(dev);
	if (h && h->reset_done)
		h->reset_done(dev);
}

int pci_reset_function_locked(struct pci_dev *dev)
{
	int rc;

	if (!pcie_has_flr(dev))
		return -ENOTTY;
	save_and_disable(dev);
	rc = __pci_reset_function_locked(dev);
	restore_after_reset(dev);
	return rc;
}

int pci_reset_function(struct pci_dev *dev)
{
	int rc;

	if (!pcie_has_flr(dev))
		return -ENOTTY;
	pci_dev_lock(dev);
	rc = pci_reset_function_locked(dev);
	pci_dev_unlock(dev);
	return rc;
}

int pci_try_reset_function(struct pci_dev *dev)
{
	int rc;

	if (!pcie_has_flr(dev))
		return -ENOTTY;
	if (!device_trylock(&dev->dev))
		return -EAGAIN;
	rc = pci_reset_function_locked(dev);
	pci_dev_unlock(dev);
	return rc;
}

bool pci_device_is_present(struct pci_dev *dev)
{
	return pci_raw_read(dev->bus, dev->devfn, PCI_VENDOR_ID, 2) == dev->vendor;
}
