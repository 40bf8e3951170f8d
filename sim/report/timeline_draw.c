// SPDX-License-Identifier: GPL-2.0
/* The timeline's events: which lanes they lie in, what is said of them. */
#include <stdio.h>
#include <stdlib.h>

#include "sim/report/timeline_priv.h"

#define LANES_MAX 4096u

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

void timeline_names(struct timeline *t)
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

/* ---- Lanes ---- */

/* Another one; false: there are too many, or no memory. */
static bool lane_new(struct timeline *t, struct lanes *l)
{
	u32 cap = l->cap ? 2 * l->cap : LANES_TOGETHER;
	char name[120];
	void *more;

	if (l->n == LANES_MAX)
		return false;
	if (l->n == l->cap) {
		more = reallocarray(l->end, cap, sizeof(*l->end));
		if (!more)
			return false;
		l->end = more;
		more = reallocarray(l->first_end, cap / LANES_TOGETHER, sizeof(*l->first_end));
		if (!more)
			return false;
		l->first_end = more;
		more = reallocarray(l->track, cap, sizeof(*l->track));
		if (!more)
			return false;
		l->track = more;
		for (u32 i = l->cap; i < cap; i++)
			l->end[i] = l->first_end[i / LANES_TOGETHER] = SIM_NEVER;
		l->cap = cap;
	}
	snprintf(name, sizeof(name), "%s lane %u", l->name, l->n);
	l->track[l->n] = proto_word(perfetto_track(&t->pf, name, l->parent, l->n));
	l->n++;
	return true;
}

/* The track of the lane for a slice [from, to]; NULL: too many overlap. */
static const struct proto_word *lane_for(struct timeline *t, struct lanes *l, u64 from, u64 to)
{
	u32 n = (l->n + LANES_TOGETHER - 1) / LANES_TOGETHER, k = 0, i;
	u64 *end, first;

	while (k < n && l->first_end[k] > from)
		k++;
	i = k * LANES_TOGETHER;
	if (k < n) {
		while (l->end[i] > from)
			i++;
	} else {
		i = l->n;
		if (!lane_new(t, l))
			return NULL;
		k = i / LANES_TOGETHER;
	}
	end = &l->end[k * LANES_TOGETHER];
	l->end[i] = first = to;
	for (u32 e = 0; e < LANES_TOGETHER; e++)
		first = end[e] < first ? end[e] : first;
	l->first_end[k] = first;
	return &l->track[i];
}

/* ---- Counters ---- */

static void put_counter(struct timeline *t, struct proto_word track, u64 ns, u64 value)
{
	struct perfetto_event e = perfetto_open(&t->pf, ns, TYPE_COUNTER, track, 0, 0);

	e.p = proto_u64(e.p, EVENT_COUNTER, value);
	perfetto_close(&t->pf, &e);
}

void timeline_level_write(struct timeline *t, struct level *l)
{
	struct waiting *w;

	if (!l->waiting || (l->any && l->value == l->written)) {
		l->waiting = false;
		return;
	}
	if (l->late) {
		w = timeline_later(t, WAITING_COUNTER);
		w->counter.track = l->track;
		w->counter.ns = l->ns;
		w->counter.value = l->value;
	} else {
		put_counter(t, l->track, l->ns, l->value);
	}
	l->written = l->value;
	l->any = true;
	l->waiting = false;
}

void timeline_level_set(struct timeline *t, struct level *l, u64 ns, u64 value)
{
	if (l->waiting && l->ns != ns)
		timeline_level_write(t, l);
	l->ns = ns;
	l->value = value;
	l->waiting = true;
}

void timeline_bandwidth(struct timeline *t, struct tl_device *d, u64 now)
{
	u64 bin = now / BIN_PS;

	if (bin == d->bin)
		return;
	timeline_level_set(t, &d->read, to_ns(d->bin * BIN_PS), d->bin_read * (PS_PER_S / BIN_PS));
	timeline_level_set(t, &d->write, to_ns(d->bin * BIN_PS),
			   d->bin_written * (PS_PER_S / BIN_PS));
	if (bin > d->bin + 1) {
		timeline_level_set(t, &d->read, to_ns((d->bin + 1) * BIN_PS), 0);
		timeline_level_set(t, &d->write, to_ns((d->bin + 1) * BIN_PS), 0);
	}
	d->bin = bin;
	d->bin_read = d->bin_written = 0;
}

/* ---- What waits ---- */

/* Annotations of a descriptor's slice. */
static void describe(struct perfetto_event *e, const struct descriptor *d)
{
	perfetto_annotate(e, AN_SIZE, d->size);
	perfetto_annotate(e, AN_WQ, d->wq);
	if (d->client)
		perfetto_annotate(e, AN_CLIENT, d->client);
	perfetto_annotate(e, AN_ID, d->id);
	if (d->member >= 0)
		perfetto_annotate(e, AN_MEMBER, (u64)d->member);
	if (d->status != 1)
		perfetto_annotate(e, AN_STATUS, d->status);
	if (d->faults)
		perfetto_annotate(e, AN_FAULTS, d->faults);
}

static inline void draw_descriptor(struct timeline *t, const struct descriptor *d)
{
	struct tl_device *dev = &t->device[d->device];
	u64 from = d->ends[STAGE_QUEUE], to = d->ends[STAGE_RECORD];
	u64 translated = to_ns(d->ends[STAGE_TRANSLATE]), granted = to_ns(d->ends[STAGE_ARBITRATE]);
	u64 streamed = to_ns(d->ends[STAGE_STREAM]);
	bool batch = d->opcode == 1;
	const struct proto_word *lane;
	struct perfetto_event e;
	u8 *p;

	timeline_bandwidth(t, dev, to);
	dev->bin_read += d->bytes_read;
	dev->bin_written += d->bytes_written;
	lane = lane_for(t, batch ? &dev->batches[d->engine] : &dev->engine[d->engine], from, to);
	if (!lane)
		return;
	p = timeline_room(t->pf.file, PERFETTO_PACKET_BYTES + 3 * PERFETTO_SHORT_BYTES);
	e = perfetto_begin(p, proto_word(to_ns(from)), TYPE_BEGIN, *lane,
			   EV_OP + (dsa_op_find(d->opcode) ? d->opcode : DSA_MAX_OPCODES));
	describe(&e, d);
	if (granted != translated)
		perfetto_annotate(&e, AN_ARBITRATE, granted - translated);
	p = perfetto_end(&e);
	/* What lies before is translation and arbitration, what lies behind is the record. */
	if (streamed > granted) {
		p = perfetto_short(p, proto_word(granted), TYPE_BEGIN, *lane, EV_STREAM);
		p = perfetto_short(p, proto_word(streamed), TYPE_END, *lane, 0);
	}
	p = perfetto_short(p, proto_word(to_ns(to)), TYPE_END, *lane, 0);
	timeline_put(t->pf.file, p);
}

static inline void draw_unit(struct timeline *t, const struct unit *u)
{
	bool good = report_plain_status(u->status);
	const struct proto_word *lane;
	struct perfetto_event e;
	u8 *p;

	lane = lane_for(t, &t->client[u->client - 1].lanes, u->issued, u->seen);
	if (!lane)
		return;
	p = timeline_room(t->pf.file, PERFETTO_PACKET_BYTES + PERFETTO_SHORT_BYTES);
	e = perfetto_begin(p, proto_word(to_ns(u->issued)), TYPE_BEGIN, *lane,
			   good ? EV_UNIT : EV_UNIT_FAILED);
	perfetto_annotate(&e, AN_BYTES, u->bytes);
	if (u->descriptors != 1)
		perfetto_annotate(&e, AN_DESCRIPTORS, u->descriptors);
	if (!good)
		perfetto_annotate(&e, AN_STATUS, u->status);
	p = perfetto_short(perfetto_end(&e), proto_word(to_ns(u->seen)), TYPE_END, *lane, 0);
	timeline_put(t->pf.file, p);
}

void timeline_settle(struct timeline *t)
{
	for (u32 i = 0; i < t->nwaiting; i++) {
		const struct waiting *w = &t->waiting[i];

		if (w->kind == WAITING_DESCRIPTOR)
			draw_descriptor(t, &w->descriptor);
		else if (w->kind == WAITING_UNIT)
			draw_unit(t, &w->unit);
		else
			put_counter(t, w->counter.track, w->counter.ns, w->counter.value);
	}
	t->nwaiting = 0;
}
