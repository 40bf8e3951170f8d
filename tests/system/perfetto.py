# SPDX-License-Identifier: GPL-2.0
"""An independent reader of Perfetto traces: protocol-buffer wire format and the few messages that a timeline
consists of. Every byte is accounted for; an unknown field is an error."""
import dataclasses

BEGIN, END, INSTANT, COUNTER = 1, 2, 3, 4
STATE_CLEARED, NEEDS_STATE = 1, 2


class Malformed(Exception):
    """The bytes are not what the format wants."""


def varint(data, at):
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Malformed("cut or overlong varint")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if byte == 0 and shift:
                raise Malformed("varint with needless bytes")
            return value, at
        shift += 7


def fields(data):
    """(number, value) of a message; values are int or bytes."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        number, wire = tag >> 3, tag & 7
        if number == 0:
            raise Malformed("field 0")
        if wire == 0:
            value, at = varint(data, at)
        elif wire == 2:
            length, at = varint(data, at)
            if at + length > len(data):
                raise Malformed("a message reaches over its end")
            value, at = data[at:at + length], at + length
        else:
            raise Malformed(f"wire type {wire}")
        yield number, value


def message(data, known, repeated=()):
    """A message as a dict by the names in @known; unknown and doubled fields are errors."""
    out = {name: [] for name in repeated}
    for number, value in fields(data):
        if number not in known:
            raise Malformed(f"unknown field {number}")
        name, kind = known[number]
        if isinstance(value, int) != (kind is int):
            raise Malformed(f"field {name} has another wire type")
        value = value.decode() if kind is str else value
        if name in repeated:
            out[name].append(value)
        elif name in out:
            raise Malformed(f"field {name} twice")
        else:
            out[name] = value
    return out


PACKET = {8: ("timestamp", int), 10: ("sequence", int), 11: ("event", bytes), 12: ("interned", bytes),
          13: ("flags", int), 60: ("track", bytes)}
EVENT = {4: ("annotations", bytes), 9: ("type", int), 10: ("name_iid", int), 11: ("track", int),
         30: ("counter", int)}
ANNOTATION = {1: ("name_iid", int), 3: ("uint", int), 6: ("text", str)}
INTERNED = {2: ("events", bytes), 3: ("annotations", bytes)}
NAME = {1: ("iid", int), 2: ("name", str)}
TRACK = {1: ("uuid", int), 2: ("name", str), 3: ("process", bytes), 5: ("parent", int), 8: ("counter", bytes),
         11: ("ordering", int), 12: ("rank", int)}
PROCESS = {1: ("pid", int), 6: ("name", str)}
COUNTER_TRACK = {3: ("unit", int), 6: ("unit_name", str)}


@dataclasses.dataclass
class Track:
    """A track with what is on it. Slices: [begin, end, name, annotations, depth]."""
    uuid: int
    name: str
    parent: int
    process: bool
    counter: bool
    slices: list = dataclasses.field(default_factory=list)
    instants: list = dataclasses.field(default_factory=list)
    values: list = dataclasses.field(default_factory=list)
    open: list = dataclasses.field(default_factory=list)
    last: int = 0


class Trace:
    """A parsed trace: tracks by uuid; Malformed when anything is out of order."""

    def __init__(self, data):
        self.tracks = {}
        self.event_names, self.annotation_names = {}, {}
        self.valid = False
        self.packets = 0
        for number, packet in fields(data):
            if number != 1 or isinstance(packet, int):
                raise Malformed("a trace consists of packets")
            self.packets += 1
            self.packet(message(packet, PACKET))
        left = [t.name for t in self.tracks.values() if t.open]
        if left:
            raise Malformed(f"slices without an end on {left}")

    def packet(self, p):
        if p.get("sequence") != 1:
            raise Malformed("packet without its sequence")
        if p.get("flags", 0) & STATE_CLEARED:
            self.valid = True
            self.event_names, self.annotation_names = {}, {}
        if p.get("flags", 0) & NEEDS_STATE and not self.valid:
            raise Malformed("state needed before there is any")
        if "interned" in p:
            interned = message(p["interned"], INTERNED, ("events", "annotations"))
            for kind, table in (("events", self.event_names), ("annotations", self.annotation_names)):
                for raw in interned[kind]:
                    entry = message(raw, NAME)
                    if entry["iid"] in table or not entry["iid"]:
                        raise Malformed("iid given twice")
                    table[entry["iid"]] = entry["name"]
        if "track" in p:
            self.track(message(p["track"], TRACK))
        if "event" in p:
            if "timestamp" not in p:
                raise Malformed("event without a time")
            self.event(p["timestamp"], p.get("flags", 0), message(p["event"], EVENT, ("annotations",)))

    def track(self, t):
        if not t.get("uuid") or t["uuid"] in self.tracks:
            raise Malformed("uuid missing or given twice")
        if "parent" in t and t["parent"] not in self.tracks:
            raise Malformed("parent not known yet")
        name = t.get("name")
        if "process" in t:
            process = message(t["process"], PROCESS)
            if not process["pid"] or "parent" in t:
                raise Malformed("bad process")
            name = process["name"]
        if "counter" in t:
            message(t["counter"], COUNTER_TRACK)
        if not name:
            raise Malformed("track without a name")
        self.tracks[t["uuid"]] = Track(t["uuid"], name, t.get("parent", 0), "process" in t, "counter" in t)

    def event(self, time, flags, e):
        track = self.tracks.get(e.get("track"))
        if track is None or track.process:
            raise Malformed("event on no track")
        if time < track.last:
            raise Malformed(f"time runs backwards on {track.name}")
        track.last = time
        name, args = None, {}
        if "name_iid" in e or e["annotations"]:
            if not flags & NEEDS_STATE:
                raise Malformed("interned names used without saying so")
            name = self.event_names[e["name_iid"]]
        for raw in e["annotations"]:
            a = message(raw, ANNOTATION)
            args[self.annotation_names[a["name_iid"]]] = a.get("uint", a.get("text"))
        if track.counter != (e["type"] == COUNTER):
            raise Malformed("counters and slices on one track")
        if e["type"] == BEGIN:
            if not name:
                raise Malformed("slice without a name")
            track.open.append([time, None, name, args, len(track.open)])
        elif e["type"] == END:
            if not track.open:
                raise Malformed(f"end without a begin on {track.name}")
            piece = track.open.pop()
            piece[1] = time
            track.slices.append(piece)
        elif e["type"] == INSTANT:
            track.instants.append((time, name, args))
        elif e["type"] == COUNTER:
            track.values.append((time, e["counter"]))
        else:
            raise Malformed(f"event type {e['type']}")

    def path(self, track):
        """Names from the process down."""
        names = []
        while track:
            names.insert(0, track.name)
            track = self.tracks.get(track.parent)
        return names


def load(path):
    with open(path, "rb") as file:
        return Trace(file.read())
