// SPDX-License-Identifier: GPL-2.0
// What a device says that it can do, and what its driver's attributes must answer for that reason.
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/spec/dsa_regs.h"
#include "tests/unit/sim/guest_kernel.h"
#include "tests/unit/sim/idxd_caps.h"

static void read_tables(struct world_caps *c)
{
	u32 wq = SPEC_GET(DSA_OFFSETS0_WQCFG, c->offsets[0]) * DSA_OFFSET_UNIT;
	u32 grp = SPEC_GET(DSA_OFFSETS0_GRPCFG, c->offsets[0]) * DSA_OFFSET_UNIT;
	u32 stride = 32u << SPEC_GET(DSA_WQCAP_WQCFG_SHIFT, c->wqcap);
	u32 i, n;

	for (i = 0; i < c->nwqs && i < CAPS_WQS; i++) {
		for (n = 0; n < 7; n++)
			c->wqcfg[i][n] = gclient_reg(wq + i * stride + 4 * n, 4);
		c->retries[i] = 32;
	}
	for (i = 0; i < c->ngroups && i < CAPS_GROUPS; i++) {
		c->group_wqs[i] = gclient_reg(grp + i * DSA_GRPCFG_STRIDE + DSA_GRPCFG_WQS, 8);
		c->group_engines[i] =
			gclient_reg(grp + i * DSA_GRPCFG_STRIDE + DSA_GRPCFG_ENGINES, 8);
		c->group_flags[i] = gclient_reg(grp + i * DSA_GRPCFG_STRIDE + DSA_GRPCFG_FLAGS, 8);
	}
}

/* Table and pending bits, which may lie in either order. */
static void read_msix(struct world_caps *c)
{
	u32 at = gclient_config(0x34, 1), table, pba;

	while (at && gclient_config(at, 1) != 0x11)
		at = gclient_config(at + 1, 1);
	if (!at)
		return;
	c->msix_cap = at;
	table = gclient_config(at + 4, 4) & ~7u;
	pba = gclient_config(at + 8, 4) & ~7u;
	c->msix_table = table < pba ? table : pba;
	c->msix_bytes = (table < pba ? pba : table) - c->msix_table + 0x100;
}

void caps_read(struct world_caps *c)
{
	u32 i;

	memset(c, 0, sizeof(*c));
	c->version = gclient_reg(DSA_REG_VERSION, 4);
	c->gencap = gclient_reg(DSA_REG_GENCAP, 8);
	c->wqcap = gclient_reg(DSA_REG_WQCAP, 8);
	c->grpcap = gclient_reg(DSA_REG_GRPCAP, 8);
	c->engcap = gclient_reg(DSA_REG_ENGCAP, 8);
	c->cmdcap = c->gencap & DSA_GENCAP_CMD_CAP ? gclient_reg(DSA_REG_CMDCAP, 4)
						   : DSA_CMDCAP_DEFAULT;
	for (i = 0; i < 2; i++)
		c->offsets[i] = gclient_reg(DSA_REG_OFFSETS + 8 * i, 8);
	for (i = 0; i < 4; i++)
		c->opcap[i] = gclient_reg(DSA_REG_OPCAP + 8 * i, 8);
	c->nwqs = SPEC_GET(DSA_WQCAP_NUM_WQS, c->wqcap);
	c->ngroups = SPEC_GET(DSA_GRPCAP_NUM_GROUPS, c->grpcap);
	c->nengines = SPEC_GET(DSA_ENGCAP_NUM_ENGINES, c->engcap);
	c->fixed = !(c->gencap & DSA_GENCAP_CONFIG);
	read_tables(c);
	read_msix(c);
}

/* ---- paths ---- */

enum object { DEVICE, WQ, GROUP, ENGINE, OTHER };

/* "/sys/bus/dsa/devices/dsa0/wq0.1/size": a queue, 1, "size". */
static enum object parse(const char *path, u32 *index, const char **attr)
{
	static const struct {
		const char *prefix;
		enum object kind;
	} kinds[] = {{"wq0.", WQ}, {"group0.", GROUP}, {"engine0.", ENGINE}};
	const char *slash = strrchr(path, '/'), *at = slash;
	u32 i;

	*index = 0;
	if (strncmp(path, "/sys/bus/dsa/devices/", 21) || strchr(path, '!') || !slash)
		return OTHER;
	*attr = slash + 1;
	while (at > path && at[-1] != '/')
		at--;
	if (!strncmp(at, "dsa0/", 5))
		return DEVICE;
	for (i = 0; i < 3; i++)
		if (!strncmp(at, kinds[i].prefix, strlen(kinds[i].prefix))) {
			*index = atoi(at + strlen(kinds[i].prefix));
			return kinds[i].kind;
		}
	return OTHER;
}

static bool is_there(const struct world_caps *c, enum object kind, u32 index)
{
	return kind == WQ	? index < c->nwqs
	       : kind == GROUP	? index < c->ngroups
	       : kind == ENGINE ? index < c->nengines
				: true;
}

/* Attributes that are there only with what they are about. */
static bool is_hidden(const struct world_caps *c, enum object kind, const char *attr)
{
	if (kind == WQ && !strcmp(attr, "ats_disable"))
		return !(c->wqcap & DSA_WQCAP_ATS_DISABLE);
	if (kind == WQ && !strcmp(attr, "prs_disable"))
		return !(c->wqcap & DSA_WQCAP_PRS_DISABLE);
	if (kind == WQ && !strcmp(attr, "op_config"))
		return !(c->wqcap & DSA_WQCAP_OPCFG);
	if (kind == DEVICE && !strcmp(attr, "event_log_size"))
		return !(c->gencap & DSA_GENCAP_EVL);
	if (kind == GROUP && strstr(attr, "_progress_limit"))
		return !(c->grpcap & DSA_GRPCAP_PROGRESS_LIMIT);
	return false;
}

/* ---- writes ---- */

/* How the driver reads the text before it looks whether it may be changed. */
enum form { TEXT, INT, UINT, U64, ONE, THREE };

static const struct config_attr {
	enum object kind;
	const char *name;
	enum form form;
} config_attrs[] = {
	{WQ, "group_id", INT},
	{WQ, "mode", TEXT},
	{WQ, "size", UINT},
	{WQ, "priority", UINT},
	{WQ, "threshold", UINT},
	{WQ, "block_on_fault", TEXT},
	{WQ, "max_transfer_size", U64},
	{WQ, "max_batch_size", U64},
	{WQ, "ats_disable", TEXT},
	{WQ, "prs_disable", TEXT},
	{WQ, "op_config", TEXT},
	{GROUP, "use_read_buffer_limit", ONE},
	{GROUP, "use_token_limit", ONE},
	{GROUP, "read_buffers_allowed", UINT},
	{GROUP, "tokens_allowed", UINT},
	{GROUP, "read_buffers_reserved", UINT},
	{GROUP, "tokens_reserved", UINT},
	{GROUP, "traffic_class_a", INT},
	{GROUP, "traffic_class_b", INT},
	{GROUP, "desc_progress_limit", THREE},
	{GROUP, "batch_progress_limit", THREE},
	{ENGINE, "group_id", INT},
	{DEVICE, "read_buffer_limit", UINT},
	{DEVICE, "token_limit", UINT},
	{DEVICE, "event_log_size", UINT},
};

static const struct config_attr *config_attr(enum object kind, const char *name)
{
	u32 i;

	for (i = 0; i < sizeof(config_attrs) / sizeof(config_attrs[0]); i++)
		if (config_attrs[i].kind == kind && !strcmp(config_attrs[i].name, name))
			return &config_attrs[i];
	return NULL;
}

/* As kstrtoint() and its family: a number and nothing else but a newline. */
static bool parses(enum form form, const char *text)
{
	unsigned long long val;
	bool minus = *text == '-';
	char *end;

	if (form == TEXT)
		return true;
	text += minus;
	if (!isdigit((unsigned char)*text) || (minus && form != INT))
		return false;
	errno = 0;
	val = strtoull(text, &end, 0);
	end += *end == '\n';
	if (errno || *end)
		return false;
	switch (form) {
	case INT:
		return val <= INT_MAX;
	case UINT:
		return val <= UINT_MAX;
	case ONE:
		return val <= 1;
	case THREE:
		return val <= 3;
	default:
		return true;
	}
}

static bool is_dedicated(const struct world_caps *c, u32 wq)
{
	return c->wqcfg[wq][DSA_WQCFG_DW_MODE] & DSA_WQCFG2_DEDICATED;
}

/* The one attribute of a queue that is the driver's own and depends on the mode. */
static int put_retries(struct world_caps *c, u32 wq, const char *value)
{
	u32 val;

	if (is_dedicated(c, wq))
		return -EOPNOTSUPP;
	if (!parses(UINT, value))
		return -EINVAL;
	val = atoi(value);
	c->retries[wq] = val < 64 ? val : 64;
	return 0;
}

bool caps_hides(const struct world_caps *c, const char *path)
{
	const char *attr;
	u32 index;
	enum object kind = parse(path, &index, &attr);

	return kind != OTHER && (!is_there(c, kind, index) || is_hidden(c, kind, attr));
}

int caps_put_result(struct world_caps *c, const char *path, const char *value, int want)
{
	const struct config_attr *a;
	const char *attr;
	u32 index;
	enum object kind = parse(path, &index, &attr);

	if (kind == OTHER || want == -EACCES)
		return want;
	if (caps_hides(c, path))
		return -ENOENT;
	if (!c->fixed || !*value)
		return want;
	if (kind == WQ && !strcmp(attr, "enqcmds_retries"))
		return put_retries(c, index, value);
	a = config_attr(kind, attr);
	if (!a || !parses(a->form, value))
		return want;
	if (!strcmp(attr, "block_on_fault") && !(c->gencap & DSA_GENCAP_BLOCK_ON_FAULT))
		return -EOPNOTSUPP;
	return -EPERM;
}

/* ---- texts ---- */

static const char *number(char *buf, u32 size, unsigned long long val)
{
	snprintf(buf, size, "%llu", val);
	return buf;
}

static const char *op_cap(const struct world_caps *c, char *buf, u32 size)
{
	u64 first = c->opcap[0];

	/* The first generation's batches are hidden from programs. */
	if (c->version < DSA_VERSION_2)
		first &= ~2ull;
	snprintf(buf, size, "%08x,%08x,%08x,%08x,%08x,%08x,%08x,%08x", (u32)(c->opcap[3] >> 32),
		 (u32)c->opcap[3], (u32)(c->opcap[2] >> 32), (u32)c->opcap[2],
		 (u32)(c->opcap[1] >> 32), (u32)c->opcap[1], (u32)(first >> 32), (u32)first);
	return buf;
}

static const char *device_text(const struct world_caps *c, const char *attr, char *buf, u32 size)
{
	if (!strcmp(attr, "max_groups"))
		return number(buf, size, c->ngroups);
	if (!strcmp(attr, "max_engines"))
		return number(buf, size, c->nengines);
	if (!strcmp(attr, "max_work_queues"))
		return number(buf, size, c->nwqs);
	if (!strcmp(attr, "max_work_queues_size"))
		return number(buf, size, SPEC_GET(DSA_WQCAP_TOTAL_SIZE, c->wqcap));
	if (!strcmp(attr, "max_batch_size"))
		return number(buf, size, 1u << SPEC_GET(DSA_GENCAP_MAX_BATCH_SHIFT, c->gencap));
	if (!strcmp(attr, "max_transfer_size"))
		return number(buf, size, 1ull << SPEC_GET(DSA_GENCAP_MAX_XFER_SHIFT, c->gencap));
	if (!strcmp(attr, "max_read_buffers") || !strcmp(attr, "max_tokens"))
		return number(buf, size, SPEC_GET(DSA_GRPCAP_READ_BUFFERS, c->grpcap));
	if (!strcmp(attr, "configurable"))
		return number(buf, size, !c->fixed);
	if (!strcmp(attr, "pasid_enabled"))
		return number(buf, size, c->pasids);
	if (!strcmp(attr, "op_cap"))
		return op_cap(c, buf, size);
	if (!strcmp(attr, "gen_cap"))
		snprintf(buf, size, "%#llx", (unsigned long long)c->gencap);
	else if (!strcmp(attr, "version"))
		snprintf(buf, size, "%#x", c->version);
	else
		return NULL;
	return buf;
}

/* The group that has bit @index in its mask. */
static const char *group_of(const u64 *masks, u32 index, char *buf, u32 size)
{
	int i, group = -1;

	for (i = 0; i < CAPS_GROUPS; i++)
		if (masks[i] >> index & 1)
			group = i;
	snprintf(buf, size, "%d", group);
	return buf;
}

static const char *wq_text(const struct world_caps *c, u32 wq, const char *attr, char *buf,
			   u32 size)
{
	const u32 *cfg = c->wqcfg[wq];

	if (!strcmp(attr, "group_id"))
		return group_of(c->group_wqs, wq, buf, size);
	if (!strcmp(attr, "mode"))
		return is_dedicated(c, wq) ? "dedicated" : "shared";
	if (!strcmp(attr, "size"))
		return number(buf, size, SPEC_GET(DSA_WQCFG0_SIZE, cfg[DSA_WQCFG_DW_SIZE]));
	if (!strcmp(attr, "priority"))
		return number(buf, size, SPEC_GET(DSA_WQCFG2_PRIORITY, cfg[DSA_WQCFG_DW_MODE]));
	if (!strcmp(attr, "threshold"))
		return number(buf, size,
			      SPEC_GET(DSA_WQCFG1_THRESHOLD, cfg[DSA_WQCFG_DW_THRESHOLD]));
	if (!strcmp(attr, "block_on_fault"))
		return number(buf, size, !!(cfg[DSA_WQCFG_DW_MODE] & DSA_WQCFG2_BOF));
	if (!strcmp(attr, "max_transfer_size"))
		return number(
			buf, size,
			1ull << SPEC_GET(DSA_WQCFG3_MAX_XFER_SHIFT, cfg[DSA_WQCFG_DW_LIMITS]));
	if (!strcmp(attr, "max_batch_size"))
		return number(buf, size,
			      1u << SPEC_GET(DSA_WQCFG3_MAX_BATCH_SHIFT, cfg[DSA_WQCFG_DW_LIMITS]));
	if (!strcmp(attr, "enqcmds_retries"))
		return is_dedicated(c, wq) ? "E95" : number(buf, size, c->retries[wq]);
	return NULL;
}

static const char *members(u64 mask, const char *kind, char *buf, u32 size)
{
	u32 i, n = 0;

	*buf = 0;
	for (i = 0; i < 64; i++)
		if (mask >> i & 1)
			n += snprintf(buf + n, size - n, "%s%s0.%u", n ? " " : "", kind, i);
	return buf;
}

/* What is fixed is what the tables said from the beginning; read buffers are the host's affair. */
static const char *fixed_text(const struct world_caps *c, enum object kind, u32 index,
			      const char *attr, char *buf, u32 size)
{
	if (kind == WQ)
		return wq_text(c, index, attr, buf, size);
	if (kind == ENGINE && !strcmp(attr, "group_id"))
		return group_of(c->group_engines, index, buf, size);
	if (kind == GROUP && !strcmp(attr, "work_queues"))
		return members(c->group_wqs[index], "wq", buf, size);
	if (kind == GROUP && !strcmp(attr, "engines"))
		return members(c->group_engines[index], "engine", buf, size);
	if (kind == GROUP && !strcmp(attr, "traffic_class_a"))
		return number(buf, size, SPEC_GET(DSA_GRPFLAGS_TC_A, c->group_flags[index]));
	if (kind == GROUP && !strcmp(attr, "traffic_class_b"))
		return number(buf, size, SPEC_GET(DSA_GRPFLAGS_TC_B, c->group_flags[index]));
	if ((kind == GROUP || kind == DEVICE) && config_attr(kind, attr))
		return "0";
	return NULL;
}

const char *caps_text(const struct world_caps *c, const char *path, char *buf, u32 size)
{
	const char *attr, *text = NULL;
	u32 index;
	enum object kind = parse(path, &index, &attr);

	if (kind == OTHER)
		return NULL;
	if (caps_hides(c, path))
		return "E2";
	if (kind == DEVICE)
		text = device_text(c, attr, buf, size);
	if (kind == WQ && !strcmp(attr, "occupancy") && !(c->wqcap & DSA_WQCAP_OCCUPANCY))
		text = "E95";
	if (!text && c->fixed)
		text = fixed_text(c, kind, index, attr, buf, size);
	return text;
}

/* ---- needs ---- */

static const char *missing_queues(const struct world_caps *c, const char *queues)
{
	u32 n = 0;

	for (; *queues; queues++) {
		bool dedicated = *queues == 'd';
		u64 mode = dedicated ? DSA_WQCAP_DEDICATED_MODE : DSA_WQCAP_SHARED_MODE;

		if (*queues != 'd' && *queues != 's')
			continue;
		if (n == c->nwqs)
			return "WQCAP: fewer queues";
		if (!(c->wqcap & mode))
			return dedicated ? "WQCAP: no dedicated mode" : "WQCAP: no shared mode";
		if (c->fixed && is_dedicated(c, n) != dedicated)
			return "WQCFG: fixed in the other mode";
		n++;
	}
	return NULL;
}

const char *caps_missing(const struct world_caps *c, u32 needs, const char *queues)
{
	bool handles = c->cmdcap & SPEC_BIT(DSA_CMD_REQUEST_INT_HANDLE);

	if (needs & NEED_PROBE_FAILS && c->probed)
		return "WQCFG: usable as it is";
	if (needs & NEED_CONFIG && c->fixed)
		return "GENCAP: fixed configuration";
	if (needs & NEED_EVENT_LOG && !(c->gencap & DSA_GENCAP_EVL))
		return "GENCAP: no event log";
	if (needs & NEED_IMS && !SPEC_GET(DSA_OFFSETS0_IMS, c->offsets[0]))
		return "OFFSETS: no interrupt message store";
	if (needs & NEED_OPCFG && !(c->wqcap & DSA_WQCAP_OPCFG))
		return "WQCAP: no operations by queue";
	if (needs & NEED_HANDLES && !handles)
		return "CMDCAP: no interrupt handles";
	if (needs & NEED_NO_HANDLES && handles)
		return "CMDCAP: interrupt handles";
	if (needs & NEED_PASIDS && !c->pasids)
		return "no PASID capability";
	if (needs & NEED_NO_PASIDS && c->pasids)
		return "PASID capability";
	return missing_queues(c, queues ? queues : "");
}
