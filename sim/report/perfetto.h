/* SPDX-License-Identifier: GPL-2.0 */
/* Packets of Perfetto's binary trace format: names, tracks, events. */
#ifndef SIM_REPORT_PERFETTO_H
#define SIM_REPORT_PERFETTO_H

#include "sim/report/proto.h"
#include "sim/report/timeline_file.h"

/* Field numbers of Perfetto's public trace schema (trace_packet.proto, track_event.proto, ...). */
enum { TRACE_PACKET = 1 };
enum {
	PACKET_TIMESTAMP = 8,
	PACKET_SEQUENCE = 10,
	PACKET_EVENT = 11,
	PACKET_INTERNED = 12,
	PACKET_FLAGS = 13,
	PACKET_DESCRIPTOR = 60,
};
enum { FLAG_CLEARED = 1, FLAG_NEEDS_STATE = 2 };
enum {
	EVENT_ANNOTATION = 4,
	EVENT_TYPE = 9,
	EVENT_NAME_IID = 10,
	EVENT_TRACK = 11,
	EVENT_COUNTER = 30,
};
enum { TYPE_BEGIN = 1, TYPE_END = 2, TYPE_INSTANT = 3, TYPE_COUNTER = 4 };
enum { ANNOTATION_NAME_IID = 1, ANNOTATION_UINT = 3, ANNOTATION_TEXT = 6 };

/* All packets are of one sequence: names need to be told once. */
#define PERFETTO_SEQUENCE 1
/* Longer names and texts are cut. */
#define PERFETTO_TEXT_MAX 1000u
/* Room for one packet without texts, for one without annotations too. */
#define PERFETTO_PACKET_BYTES 512u
#define PERFETTO_SHORT_BYTES  48u

struct perfetto {
	struct timeline_file *file;
	u64 tracks; /* given out so far: a track's number is its uuid */
	u32 pids;
};

/* A name and the number by which events mean it. */
struct perfetto_name {
	u32 iid;
	const char *name;
};
/* The first packet: names of events and of annotations, both lists end with name NULL. */
void perfetto_names(struct perfetto *pf, const struct perfetto_name *events,
		    const struct perfetto_name *annotations);
/* A process of that name; returns its track, on which nothing but other tracks may be put. */
u64 perfetto_process(struct perfetto *pf, const char *name);
/* A track for slices and instants below @parent, ordered by @rank. */
u64 perfetto_track(struct perfetto *pf, const char *name, u64 parent, u32 rank);
/* A counter; @unit NULL: a plain count. */
u64 perfetto_counter(struct perfetto *pf, const char *name, u64 parent, u32 rank, const char *unit);

/* A packet with an event being written. */
struct perfetto_event {
	u8 *packet, *body, *p;
};

/*
 * Begins an event at @p; @ns, @track: as varints; @name: iid or 0 for none. Annotations may follow,
 * then perfetto_end() says where it ended.
 */
static inline struct perfetto_event perfetto_begin(u8 *p, struct proto_word ns, u32 type,
						   struct proto_word track, u32 name)
{
	struct perfetto_event e;

	e.packet = p = proto_open(p, TRACE_PACKET);
	p = proto_put_word(proto_tag(p, PACKET_TIMESTAMP, PROTO_VARINT), ns);
	p = proto_u64(p, PACKET_SEQUENCE, PERFETTO_SEQUENCE);
	if (name)
		p = proto_u64(p, PACKET_FLAGS, FLAG_NEEDS_STATE);
	e.body = p = proto_open(p, PACKET_EVENT);
	p = proto_u64(p, EVENT_TYPE, type);
	if (name)
		p = proto_u64(p, EVENT_NAME_IID, name);
	e.p = proto_put_word(proto_tag(p, EVENT_TRACK, PROTO_VARINT), track);
	return e;
}

static inline u8 *perfetto_end(const struct perfetto_event *e)
{
	return proto_close(e->packet, proto_close(e->body, e->p));
}

/* An event without annotations, which is short: at most PERFETTO_SHORT_BYTES. */
static inline u8 *perfetto_short(u8 *p, struct proto_word ns, u32 type, struct proto_word track,
				 u32 name)
{
	struct perfetto_event e = perfetto_begin(p, ns, type, track, name);

	e.body[-1] = (u8)(e.p - e.body);
	e.packet[-1] = (u8)(e.p - e.packet);
	return e.p;
}

/* The same in the file, with at most @texts bytes of text, until perfetto_close(). */
static inline struct perfetto_event perfetto_open(struct perfetto *pf, u64 ns, u32 type,
						  struct proto_word track, u32 name, size_t texts)
{
	return perfetto_begin(timeline_room(pf->file, PERFETTO_PACKET_BYTES + texts),
			      proto_word(ns), type, track, name);
}

static inline void perfetto_close(struct perfetto *pf, struct perfetto_event *e)
{
	timeline_put(pf->file, perfetto_end(e));
}

/* An annotation of an event that has a name. */
static inline void perfetto_annotate(struct perfetto_event *e, u32 name, u64 value)
{
	u8 *a = e->p = proto_open(e->p, EVENT_ANNOTATION);

	e->p = proto_u64(e->p, ANNOTATION_NAME_IID, name);
	e->p = proto_u64(e->p, ANNOTATION_UINT, value);
	a[-1] = (u8)(e->p - a); /* short */
}

static inline void perfetto_annotate_text(struct perfetto_event *e, u32 name, const char *text,
					  size_t len)
{
	u8 *a = e->p = proto_open(e->p, EVENT_ANNOTATION);

	e->p = proto_u64(e->p, ANNOTATION_NAME_IID, name);
	e->p = proto_text(e->p, ANNOTATION_TEXT, text, len);
	e->p = proto_close(a, e->p);
}

#endif
