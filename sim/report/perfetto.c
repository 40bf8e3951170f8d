// SPDX-License-Identifier: GPL-2.0
/* Packets of Perfetto's binary trace format that are not written all the time: names, tracks. */
#include <string.h>

#include "sim/report/perfetto.h"

enum { INTERNED_EVENT_NAME = 2, INTERNED_ANNOTATION_NAME = 3 };
enum { NAME_IID = 1, NAME_TEXT = 2 };
enum {
	TRACK_UUID = 1,
	TRACK_NAME = 2,
	TRACK_PROCESS = 3,
	TRACK_PARENT = 5,
	TRACK_COUNTER = 8,
	TRACK_ORDERING = 11,
	TRACK_RANK = 12,
};
enum { ORDERING_EXPLICIT = 3 };
enum { PROCESS_PID = 1, PROCESS_NAME = 6 };
enum { COUNTER_UNIT = 3, COUNTER_UNIT_NAME = 6 };
enum { UNIT_COUNT = 2 };

#define NAMES_BYTES 6000u

static u8 *packet_open(struct perfetto *pf, size_t texts)
{
	return proto_open(timeline_room(pf->file, PERFETTO_PACKET_BYTES + texts), TRACE_PACKET);
}

static void packet_close(struct perfetto *pf, u8 *body, u8 *end)
{
	timeline_put(pf->file, proto_close(body, end));
}

static u8 *intern(u8 *p, u32 kind, const struct perfetto_name *list)
{
	for (; list->name; list++) {
		u8 *n = p = proto_open(p, kind);

		p = proto_u64(p, NAME_IID, list->iid);
		p = proto_text(p, NAME_TEXT, list->name, strlen(list->name));
		p = proto_close(n, p);
	}
	return p;
}

void perfetto_names(struct perfetto *pf, const struct perfetto_name *events,
		    const struct perfetto_name *annotations)
{
	u8 *packet = packet_open(pf, NAMES_BYTES), *p = packet, *in;

	p = proto_u64(p, PACKET_SEQUENCE, PERFETTO_SEQUENCE);
	p = proto_u64(p, PACKET_FLAGS, FLAG_CLEARED | FLAG_NEEDS_STATE);
	in = p = proto_open(p, PACKET_INTERNED);
	p = intern(p, INTERNED_EVENT_NAME, events);
	p = intern(p, INTERNED_ANNOTATION_NAME, annotations);
	packet_close(pf, packet, proto_close(in, p));
}

u64 perfetto_process(struct perfetto *pf, const char *name)
{
	u64 uuid = ++pf->tracks;
	size_t len = strnlen(name, PERFETTO_TEXT_MAX);
	u8 *packet = packet_open(pf, len), *p = packet, *track, *process;

	p = proto_u64(p, PACKET_SEQUENCE, PERFETTO_SEQUENCE);
	track = p = proto_open(p, PACKET_DESCRIPTOR);
	p = proto_u64(p, TRACK_UUID, uuid);
	process = p = proto_open(p, TRACK_PROCESS);
	p = proto_u64(p, PROCESS_PID, ++pf->pids);
	p = proto_text(p, PROCESS_NAME, name, len);
	p = proto_close(process, p);
	p = proto_u64(p, TRACK_ORDERING, ORDERING_EXPLICIT);
	packet_close(pf, packet, proto_close(track, p));
	return uuid;
}

static u64 any_track(struct perfetto *pf, const char *name, u64 parent, u32 rank, bool counter,
		     const char *unit)
{
	u64 uuid = ++pf->tracks;
	size_t len = strnlen(name, PERFETTO_TEXT_MAX);
	u8 *packet = packet_open(pf, len), *p = packet, *track, *c;

	p = proto_u64(p, PACKET_SEQUENCE, PERFETTO_SEQUENCE);
	track = p = proto_open(p, PACKET_DESCRIPTOR);
	p = proto_u64(p, TRACK_UUID, uuid);
	p = proto_text(p, TRACK_NAME, name, len);
	p = proto_u64(p, TRACK_PARENT, parent);
	p = proto_u64(p, TRACK_ORDERING, ORDERING_EXPLICIT);
	p = proto_u64(p, TRACK_RANK, rank);
	if (counter) {
		c = p = proto_open(p, TRACK_COUNTER);
		if (unit)
			p = proto_text(p, COUNTER_UNIT_NAME, unit, strlen(unit));
		else
			p = proto_u64(p, COUNTER_UNIT, UNIT_COUNT);
		p = proto_close(c, p);
	}
	packet_close(pf, packet, proto_close(track, p));
	return uuid;
}

u64 perfetto_track(struct perfetto *pf, const char *name, u64 parent, u32 rank)
{
	return any_track(pf, name, parent, rank, false, NULL);
}

u64 perfetto_counter(struct perfetto *pf, const char *name, u64 parent, u32 rank, const char *unit)
{
	return any_track(pf, name, parent, rank, true, unit);
}
