// SPDX-License-Identifier: GPL-2.0
/* The timeline: which tracks there are and what goes onto them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/timeline_priv.h"

static bool inside(const struct timeline *t, u64 from, u64 to)
{
	return from >= t->from && to <= t->to;
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
	timeline_names(t);
	return t;
}

static void free_lanes(struct lanes *l, u32 n)
{
	for (u32 i = 0; l && i < n; i++) {
		free(l[i].end);
		free(l[i].first_end);
		free(l[i].track);
	}
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
	d->events = proto_word(perfetto_track(&t->pf, "events", d->process, 0));
	d->read.track =
		proto_word(perfetto_counter(&t->pf, "read bandwidth", d->process, 1, "B/s"));
	d->write.track =
		proto_word(perfetto_counter(&t->pf, "write bandwidth", d->process, 2, "B/s"));
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

void timeline_retired(struct timeline *t, u32 device, const struct dsa_retired *r)
{
	u64 end[STAGE_DEVICE], last = r->t[DSA_STAGE_ISSUED];
	struct descriptor *d;

	/* Ends of stages that never were fall together with the stage before. */
	for (u32 s = 0; s < STAGE_DEVICE; s++)
		end[s] = last = r->t[s + 1] > last ? r->t[s + 1] : last;
	if (!inside(t, end[STAGE_QUEUE], last) || r->engine >= t->device[device].nengines)
		return;
	d = &timeline_later(t, WAITING_DESCRIPTOR)->descriptor;
	for (u32 s = 0; s < STAGE_DEVICE; s++)
		d->ends[s] = end[s];
	d->id = r->id;
	d->bytes_read = r->bytes_read;
	d->bytes_written = r->bytes_written;
	d->device = device;
	d->client = r->origin.client;
	d->size = r->size;
	d->faults = r->faults;
	d->member = r->member;
	d->opcode = r->opcode;
	d->status = r->status;
	d->wq = r->wq;
	d->engine = r->engine;
}

void timeline_depth(struct timeline *t, u32 device, u32 wq, u32 depth, u64 now)
{
	struct tl_device *d = &t->device[device];
	struct level *l = &d->wq[wq];

	if (!inside(t, now, now))
		return;
	/* Only queues in use get a track. */
	if (!l->track.len) {
		char name[40];

		timeline_settle(t);
		snprintf(name, sizeof(name), "wq%u depth", wq);
		l->late = true;
		l->track = proto_word(perfetto_counter(&t->pf, name, d->process, 10 + wq, NULL));
	}
	timeline_level_set(t, l, to_ns(now), depth);
}

void timeline_note(struct timeline *t, u32 device, enum dsa_note note, u64 value, u64 now)
{
	struct perfetto_event e;

	if (!inside(t, now, now))
		return;
	timeline_settle(t);
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
	struct tl_process *p;
	struct tl_client *c;

	timeline_settle(t);
	p = process_of(t, process);
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
	c->lanes.parent = perfetto_track(&t->pf, name, p->track, p->children++);
	c->track = proto_word(c->lanes.parent);
	snprintf(c->lanes.name, sizeof(c->lanes.name), "%.70s", name);
	return true;
}

void timeline_unit(struct timeline *t, u32 client, u64 issued, u64 seen, u64 bytes, u32 descriptors,
		   u8 status)
{
	if (inside(t, issued, seen))
		timeline_later(t, WAITING_UNIT)->unit = (struct unit){.issued = issued,
								      .seen = seen,
								      .bytes = bytes,
								      .client = client,
								      .descriptors = descriptors,
								      .status = status};
}

void timeline_client_instant(struct timeline *t, u32 client, bool repair, u64 now)
{
	struct perfetto_event e;

	if (!inside(t, now, now))
		return;
	timeline_settle(t);
	e = perfetto_open(&t->pf, to_ns(now), TYPE_INSTANT, t->client[client - 1].track,
			  repair ? EV_CLIENT_REPAIR : EV_CLIENT_RETRY, 0);
	perfetto_close(&t->pf, &e);
}

void timeline_violation(struct timeline *t, const char *text, u64 now)
{
	size_t len = strnlen(text, PERFETTO_TEXT_MAX);
	struct perfetto_event e;

	if (!inside(t, now, now))
		return;
	timeline_settle(t);
	if (!t->checks.len)
		t->checks = proto_word(
			perfetto_track(&t->pf, "checks", perfetto_process(&t->pf, "checks"), 0));
	e = perfetto_open(&t->pf, to_ns(now), TYPE_INSTANT, t->checks, EV_VIOLATION, len);
	perfetto_annotate_text(&e, AN_TEXT, text, len);
	perfetto_close(&t->pf, &e);
}

int timeline_end(struct timeline *t)
{
	timeline_settle(t);
	for (u32 i = 0; i < t->ndevices; i++) {
		struct tl_device *d = &t->device[i];

		for (u32 q = 0; q < d->nwqs; q++)
			timeline_level_write(t, &d->wq[q]);
		timeline_settle(t);
		timeline_bandwidth(t, d, (d->bin + 2) * BIN_PS);
		timeline_level_write(t, &d->read);
		timeline_level_write(t, &d->write);
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
