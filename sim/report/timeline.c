// SPDX-License-Identifier: GPL-2.0
/* The timeline: which tracks there are and what goes onto them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/perfetto.h"
#include "sim/report/report_priv.h"
#include "sim/report/timeline.h"

#define LANES_MAX 4096u
/* Width of a bin of the bandwidth counters. */
#define BIN_PS (10 * PS_PER_US)

/* Names of events by their iid; operations follow behind. */
enum event_name {
	EV_NONE,
	EV_STREAM,
	EV_UNIT,
	EV_UNIT_FAILED,
	EV_NOTE, /* and on, by enum dsa_note */
	EV_CLIENT_RETRY = EV_NOTE + DSA_NOTE_DROP + 1,
	EV_CLIENT_REPAIR,
	EV_VIOLATION,
	EV_OP, /* and on, by opcode */
};
static const char *const event_names[EV_OP] = {
	[EV_STREAM] = "stream",
	[EV_UNIT] = "unit",
	[EV_UNIT_FAILED] = "unit, not successful",
	[EV_NOTE + DSA_NOTE_INTERRUPT] = "interrupt",
	[EV_NOTE + DSA_NOTE_FAULT] = "page request",
	[EV_NOTE + DSA_NOTE_SWERROR] = "software error",
	[EV_NOTE + DSA_NOTE_COMMAND] = "command",
	[EV_NOTE + DSA_NOTE_HALT] = "halt",
	[EV_NOTE + DSA_NOTE_RETRY] = "retry",
	[EV_NOTE + DSA_NOTE_DROP] = "dropped",
	[EV_CLIENT_RETRY] = "retry",
	[EV_CLIENT_REPAIR] = "repair",
	[EV_VIOLATION] = "violation",
};

enum annotation {
	AN_NONE,
	AN_SIZE,
	AN_CLIENT,
	AN_WQ,
	AN_ID,
	AN_MEMBER,
	AN_STATUS,
	AN_FAULTS,
	AN_VALUE,
	AN_BYTES,
	AN_DESCRIPTORS,
	AN_TEXT,
	AN_ARBITRATE,
	AN_COUNT
};
static const char *const annotation_names[AN_COUNT] = {
	[AN_SIZE] = "size",
	[AN_CLIENT] = "client",
	[AN_WQ] = "wq",
	[AN_ID] = "descriptor",
	[AN_MEMBER] = "member",
	[AN_STATUS] = "status",
	[AN_FAULTS] = "faults",
	[AN_VALUE] = "value",
	[AN_BYTES] = "bytes",
	[AN_TEXT] = "text",
	[AN_ARBITRATE] = "arbitrate ns",
	[AN_DESCRIPTORS] = "descriptors",
};

/* Tracks side by side for slices that overlap: a slice goes to the first that is free. */
struct lanes {
	char name[80];
	u64 parent;
	u32 n, cap;
	struct lane {
		u64 track, end;
	} * lane;
};

/* A counter; the last value of each ns counts. */
struct level {
	u64 track;
	u64 ns, value;
	u64 written;
	bool waiting, any;
};

struct tl_device {
	u64 process, events;
	u32 nwqs, nengines;
	struct level *wq;
	struct lanes *engine, *batches;
	struct level read, write;
	u64 bin, bin_read, bin_written; /* the running bin's number and bytes */
	char name[32];
};

struct tl_client {
	u64 track;
	struct lanes lanes;
};

struct tl_process {
	char *name;
	u64 track;
	u32 children;
};

struct timeline {
	struct perfetto pf;
	u64 from, to;
	u64 checks; /* track of violations, 0: none yet */
	u32 ndevices, nclients, nprocesses;
	struct tl_device *device;
	struct tl_client *client;
	u32 clients_cap;
	struct tl_process *process;
};

static void slice(struct timeline *t, u64 from, u64 to, u64 track, u32 name)
{
	perfetto_event(&t->pf, from, TYPE_BEGIN, track, name);
	perfetto_event(&t->pf, to, TYPE_END, track, 0);
}

static bool inside(const struct timeline *t, u64 from, u64 to)
{
	return from >= t->from && to <= t->to;
}

static u64 to_ns(u64 ps)
{
	return ps / PS_PER_NS;
}

static void tell_names(struct timeline *t)
{
	struct perfetto_name events[EV_OP + DSA_MAX_OPCODES + 2] = {0};
	struct perfetto_name annotations[AN_COUNT] = {0};
	u32 n = 0;

	for (u32 i = 1; i < EV_OP; i++)
		events[n++] = (struct perfetto_name){i, event_names[i]};
	for (u32 op = 0; op < DSA_MAX_OPCODES; op++)
		if (dsa_op_find((u8)op))
			events[n++] = (struct perfetto_name){EV_OP + op, report_op_name((u8)op)};
	events[n] = (struct perfetto_name){EV_OP + DSA_MAX_OPCODES, "unknown operation"};
	for (u32 i = 1; i < AN_COUNT; i++)
		annotations[i - 1] = (struct perfetto_name){i, annotation_names[i]};
	perfetto_names(&t->pf, events, annotations);
}

struct timeline *timeline_new(const char *dir, u64 from, u64 to, int *error)
{
	struct timeline *t = calloc(1, sizeof(*t));

	*error = ENOMEM;
	if (!t)
		return NULL;
	t->pf.file = timeline_file_new(dir, error);
	if (!t->pf.file) {
		free(t);
		return NULL;
	}
	t->from = from;
	t->to = to;
	tell_names(t);
	return t;
}

static void free_lanes(struct lanes *l, u32 n)
{
	for (u32 i = 0; l && i < n; i++)
		free(l[i].lane);
}

void timeline_free(struct timeline *t)
{
	if (!t)
		return;
	timeline_file_free(t->pf.file);
	for (u32 i = 0; i < t->ndevices; i++) {
		struct tl_device *d = &t->device[i];

		free_lanes(d->engine, d->nengines);
		free_lanes(d->batches, d->nengines);
		free(d->engine);
		free(d->batches);
		free(d->wq);
	}
	for (u32 i = 0; i < t->nclients; i++)
		free_lanes(&t->client[i].lanes, 1);
	for (u32 i = 0; i < t->nprocesses; i++)
		free(t->process[i].name);
	free(t->device);
	free(t->client);
	free(t->process);
	free(t);
}

/* ---- Lanes ---- */

/* The lane for a slice [from, to]; 0: too many overlap. */
static u64 lane_for(struct timeline *t, struct lanes *l, u64 from, u64 to)
{
	char name[120];
	u32 i = 0;

	while (i < l->n && l->lane[i].end > from)
		i++;
	if (i == l->n) {
		if (l->n == l->cap) {
			u32 cap = l->cap ? 2 * l->cap : 8;
			struct lane *bigger = reallocarray(l->lane, cap, sizeof(*bigger));

			if (!bigger || l->n == LANES_MAX)
				return 0;
			l->lane = bigger;
			l->cap = cap;
		}
		snprintf(name, sizeof(name), "%s lane %u", l->name, i);
		l->lane[l->n++] =
			(struct lane){.track = perfetto_track(&t->pf, name, l->parent, i)};
	}
	l->lane[i].end = to;
	return l->lane[i].track;
}

/* ---- Counters ---- */

static void level_write(struct timeline *t, struct level *l)
{
	struct perfetto_event e;

	if (!l->waiting || (l->any && l->value == l->written)) {
		l->waiting = false;
		return;
	}
	e = perfetto_open(&t->pf, l->ns, TYPE_COUNTER, l->track, 0, 0);
	e.p = proto_u64(e.p, EVENT_COUNTER, l->value);
	perfetto_close(&t->pf, &e);
	l->written = l->value;
	l->any = true;
	l->waiting = false;
}

static void level_set(struct timeline *t, struct level *l, u64 ns, u64 value)
{
	if (l->waiting && l->ns != ns)
		level_write(t, l);
	l->ns = ns;
	l->value = value;
	l->waiting = true;
}

/* The bandwidth of the bin that @now has left, and of the empty ones behind it. */
static void bandwidth_until(struct timeline *t, struct tl_device *d, u64 now)
{
	u64 bin = now / BIN_PS;

	if (bin == d->bin)
		return;
	level_set(t, &d->read, to_ns(d->bin * BIN_PS), d->bin_read * (PS_PER_S / BIN_PS));
	level_set(t, &d->write, to_ns(d->bin * BIN_PS), d->bin_written * (PS_PER_S / BIN_PS));
	if (bin > d->bin + 1) {
		level_set(t, &d->read, to_ns((d->bin + 1) * BIN_PS), 0);
		level_set(t, &d->write, to_ns((d->bin + 1) * BIN_PS), 0);
	}
	d->bin = bin;
	d->bin_read = d->bin_written = 0;
}

/* ---- Devices ---- */

bool timeline_device(struct timeline *t, u32 device, const char *name, u32 nwqs, u32 nengines)
{
	struct tl_device *d = reallocarray(t->device, device + 1, sizeof(*d));
	char text[40];

	if (!d)
		return false;
	t->device = d;
	d += device;
	memset(d, 0, sizeof(*d));
	d->bin = t->from / BIN_PS;
	d->nwqs = nwqs;
	d->nengines = nengines;
	d->wq = calloc(nwqs, sizeof(*d->wq));
	d->engine = calloc(nengines, sizeof(*d->engine));
	d->batches = calloc(nengines, sizeof(*d->batches));
	t->ndevices = device + 1;
	if (!d->wq || !d->engine || !d->batches)
		return false;
	d->process = perfetto_process(&t->pf, name);
	d->events = perfetto_track(&t->pf, "events", d->process, 0);
	d->read.track = perfetto_counter(&t->pf, "read bandwidth", d->process, 1, "B/s");
	d->write.track = perfetto_counter(&t->pf, "write bandwidth", d->process, 2, "B/s");
	for (u32 i = 0; i < nengines; i++) {
		snprintf(text, sizeof(text), "engine %u", i);
		snprintf(d->engine[i].name, sizeof(d->engine[i].name), "%s", text);
		d->engine[i].parent = perfetto_track(&t->pf, text, d->process, 1000 + i);
		snprintf(text, sizeof(text), "engine %u batches", i);
		snprintf(d->batches[i].name, sizeof(d->batches[i].name), "%s", text);
		d->batches[i].parent = d->engine[i].parent;
	}
	return true;
}

/* Annotations of a descriptor's slice. */
static void describe(struct perfetto_event *e, const struct dsa_retired *d)
{
	perfetto_annotate(e, AN_SIZE, d->size);
	perfetto_annotate(e, AN_WQ, d->wq);
	if (d->origin.client)
		perfetto_annotate(e, AN_CLIENT, d->origin.client);
	perfetto_annotate(e, AN_ID, d->id);
	if (d->member >= 0)
		perfetto_annotate(e, AN_MEMBER, (u64)d->member);
	if (d->status != 1)
		perfetto_annotate(e, AN_STATUS, d->status);
	if (d->faults)
		perfetto_annotate(e, AN_FAULTS, d->faults);
}

void timeline_retired(struct timeline *t, u32 device, const struct dsa_retired *d, const u64 *ends)
{
	struct tl_device *dev = &t->device[device];
	u64 from = ends[STAGE_QUEUE], to = ends[STAGE_RECORD], lane, arbitrate;
	bool batch = d->opcode == 1;
	struct perfetto_event e;

	if (!inside(t, from, to) || d->engine >= dev->nengines)
		return;
	bandwidth_until(t, dev, to);
	dev->bin_read += d->bytes_read;
	dev->bin_written += d->bytes_written;
	lane = lane_for(t, batch ? &dev->batches[d->engine] : &dev->engine[d->engine], from, to);
	if (!lane)
		return;
	e = perfetto_open(&t->pf, to_ns(from), TYPE_BEGIN, lane,
			  EV_OP + (dsa_op_find(d->opcode) ? d->opcode : DSA_MAX_OPCODES), 0);
	describe(&e, d);
	arbitrate = to_ns(ends[STAGE_ARBITRATE]) - to_ns(ends[STAGE_TRANSLATE]);
	if (arbitrate)
		perfetto_annotate(&e, AN_ARBITRATE, arbitrate);
	perfetto_close(&t->pf, &e);
	/* What lies before is translation and arbitration, what lies behind is the record. */
	if (to_ns(ends[STAGE_STREAM]) > to_ns(ends[STAGE_ARBITRATE]))
		slice(t, to_ns(ends[STAGE_ARBITRATE]), to_ns(ends[STAGE_STREAM]), lane, EV_STREAM);
	perfetto_event(&t->pf, to_ns(to), TYPE_END, lane, 0);
}

void timeline_depth(struct timeline *t, u32 device, u32 wq, u32 depth, u64 now)
{
	struct tl_device *d = &t->device[device];
	struct level *l = &d->wq[wq];

	if (!inside(t, now, now))
		return;
	/* Only queues in use get a track. */
	if (!l->track) {
		char name[40];

		snprintf(name, sizeof(name), "wq%u depth", wq);
		l->track = perfetto_counter(&t->pf, name, d->process, 10 + wq, NULL);
	}
	level_set(t, l, to_ns(now), depth);
}

void timeline_note(struct timeline *t, u32 device, enum dsa_note note, u64 value, u64 now)
{
	struct perfetto_event e;

	if (!inside(t, now, now))
		return;
	e = perfetto_open(&t->pf, to_ns(now), TYPE_INSTANT, t->device[device].events,
			  EV_NOTE + note, 0);
	perfetto_annotate(&e, AN_VALUE, value);
	perfetto_close(&t->pf, &e);
}

/* ---- Clients ---- */

static struct tl_process *process_of(struct timeline *t, const char *name)
{
	struct tl_process *p;

	for (u32 i = t->nprocesses; i-- > 0;)
		if (!strcmp(t->process[i].name, name))
			return &t->process[i];
	p = reallocarray(t->process, t->nprocesses + 1, sizeof(*p));
	if (!p)
		return NULL;
	t->process = p;
	p += t->nprocesses;
	*p = (struct tl_process){.name = strdup(name)};
	if (!p->name)
		return NULL;
	p->track = perfetto_process(&t->pf, *name ? name : "clients");
	t->nprocesses++;
	return p;
}

bool timeline_client(struct timeline *t, u32 client, const char *name, const char *process)
{
	struct tl_process *p = process_of(t, process);
	struct tl_client *c;

	if (!p)
		return false;
	if (client > t->clients_cap) {
		u32 cap = t->clients_cap ? 2 * t->clients_cap : 16;

		c = reallocarray(t->client, cap, sizeof(*c));
		if (!c)
			return false;
		t->client = c;
		t->clients_cap = cap;
	}
	c = &t->client[client - 1];
	memset(c, 0, sizeof(*c));
	t->nclients = client;
	c->track = perfetto_track(&t->pf, name, p->track, p->children++);
	c->lanes.parent = c->track;
	snprintf(c->lanes.name, sizeof(c->lanes.name), "%.70s", name);
	return true;
}

void timeline_unit(struct timeline *t, u32 client, u64 issued, u64 seen, u64 bytes, u32 descriptors,
		   u8 status)
{
	bool good = status == 1 || status == 2;
	struct perfetto_event e;
	u64 lane;

	if (!inside(t, issued, seen))
		return;
	lane = lane_for(t, &t->client[client - 1].lanes, issued, seen);
	if (!lane)
		return;
	e = perfetto_open(&t->pf, to_ns(issued), TYPE_BEGIN, lane, good ? EV_UNIT : EV_UNIT_FAILED,
			  0);
	perfetto_annotate(&e, AN_BYTES, bytes);
	if (descriptors != 1)
		perfetto_annotate(&e, AN_DESCRIPTORS, descriptors);
	if (!good)
		perfetto_annotate(&e, AN_STATUS, status);
	perfetto_close(&t->pf, &e);
	perfetto_event(&t->pf, to_ns(seen), TYPE_END, lane, 0);
}

void timeline_client_instant(struct timeline *t, u32 client, bool repair, u64 now)
{
	if (inside(t, now, now))
		perfetto_event(&t->pf, to_ns(now), TYPE_INSTANT, t->client[client - 1].track,
			       repair ? EV_CLIENT_REPAIR : EV_CLIENT_RETRY);
}

void timeline_violation(struct timeline *t, const char *text, u64 now)
{
	size_t len = strnlen(text, PERFETTO_TEXT_MAX);
	struct perfetto_event e;

	if (!inside(t, now, now))
		return;
	if (!t->checks)
		t->checks = perfetto_track(&t->pf, "checks", perfetto_process(&t->pf, "checks"), 0);
	e = perfetto_open(&t->pf, to_ns(now), TYPE_INSTANT, t->checks, EV_VIOLATION, len);
	perfetto_annotate_text(&e, AN_TEXT, text, len);
	perfetto_close(&t->pf, &e);
}

int timeline_end(struct timeline *t)
{
	for (u32 i = 0; i < t->ndevices; i++) {
		struct tl_device *d = &t->device[i];

		for (u32 q = 0; q < d->nwqs; q++)
			level_write(t, &d->wq[q]);
		bandwidth_until(t, d, (d->bin + 2) * BIN_PS);
		level_write(t, &d->read);
		level_write(t, &d->write);
	}
	/* Nothing comes after the end. */
	t->from = SIM_NEVER;
	t->to = 0;
	return timeline_flush(t->pf.file);
}

int timeline_link(struct timeline *t, const char *path)
{
	int rc = timeline_flush(t->pf.file);

	return rc ? rc : timeline_file_link(t->pf.file, path);
}
