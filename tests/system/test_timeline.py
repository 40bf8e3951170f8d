# SPDX-License-Identifier: GPL-2.0
"""--timeline: a trace that an independent reader of the format accepts, and that agrees with the results."""
import json
import os
import pathlib
import subprocess

import pytest

import perfetto

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("DSASIM_BUILD") or os.environ.get("O") or ROOT / "build")


def run(scenario, out, option="--timeline"):
    done = subprocess.run([(BUILD / "dsasim").resolve(), "run", ROOT / f"traces/scenarios/{scenario}.yaml",
                           "--out", out, "--quiet", option], capture_output=True, text=True, timeout=120,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return (out / "timeline.perfetto-trace").read_bytes(), json.loads((out / "results.json").read_text())


@pytest.fixture(scope="module", name="timeline", params=["latency", "copy-batches", "first-touch"])
def timeline_fixture(request, tmp_path_factory):
    data, results = run(request.param, tmp_path_factory.mktemp(request.param) / "out")
    return perfetto.Trace(data), results


def engine_slices(trace):
    """Outermost slices of the engines' lanes, by (device, engine)."""
    found = {}
    for track in trace.tracks.values():
        names = trace.path(track)
        if len(names) == 3 and names[1].startswith("engine "):
            found.setdefault((names[0], int(names[1].split()[1])), []).extend(
                s for s in track.slices if s[4] == 0)
    return found


def client_slices(trace):
    return [s for t in trace.tracks.values() for s in t.slices if s[2].startswith("unit")]


def test_every_descriptor_is_a_slice_on_its_engine(timeline):
    trace, results = timeline
    found = engine_slices(trace)
    for e in results["engines"]:
        slices = found.get((e["device"], e["engine"]), [])
        assert len(slices) == e["descriptors"] + e["batches"]
        assert sum(s[2] == "batch" for s in slices) == e["batches"]
    names = {s[2] for slices in found.values() for s in slices}
    assert names == {o["name"] for d in results["devices"] for o in d["operations"]}
    total = sum(s[3]["size"] for slices in found.values() for s in slices if s[2] != "batch")
    assert total == sum(o["bytes"] for d in results["devices"] for o in d["operations"])


def test_slices_lie_in_lanes(timeline):
    """Side by side, never across each other; the first lane is the fullest."""
    trace, _ = timeline
    for track in trace.tracks.values():
        last = 0
        for begin, end, _name, _args, depth in sorted(track.slices, key=lambda s: (s[0], s[4])):
            assert begin <= end
            if depth == 0:
                assert begin >= last, track.name
                last = end
    lanes = [t for t in trace.tracks.values() if t.name.startswith("engine 0 lane ")]
    assert len(lanes[0].slices) == max(len(t.slices) for t in lanes)


def test_stream_lies_inside(timeline):
    trace, _ = timeline
    inner = 0
    for track in trace.tracks.values():
        outer = {(s[0], s[1]) for s in track.slices if s[4] == 0}
        for begin, end, name, _args, depth in track.slices:
            if depth:
                inner += 1
                assert name == "stream" and depth == 1
                assert any(b <= begin and end <= e for b, e in outer)
        if inner > 2000:
            break
    assert inner


def test_waiting_for_the_data_path(tmp_path):
    """Where several descriptors stand in line: an argument of the slice, as much as the stage."""
    data, results = run("copy-window", tmp_path / "out")
    slices = [s for found in engine_slices(perfetto.Trace(data)).values() for s in found]
    waits = [s[3].get("arbitrate ns", 0) for s in slices]
    stage = sum(q["stage_ps"]["arbitrate"] for q in results["wqs"]) / 1e3
    assert stage > 0 and sum(waits) == pytest.approx(stage, abs=len(slices))


def test_units_of_the_clients(timeline):
    trace, results = timeline
    units = client_slices(trace)
    assert len(units) == results["totals"]["units"]
    assert sum(s[3]["bytes"] for s in units) == results["totals"]["bytes"]
    mean = sum(s[1] - s[0] for s in units) / len(units)
    assert mean == pytest.approx(results["latency"]["mean_ps"] / 1000, rel=0.01, abs=1)
    names = {n for t in trace.tracks.values() for n in (t.name,) if t.slices}
    for client in results["clients"]:
        assert any(n.startswith(client["name"] + " lane ") for n in names)
    repairs = sum(i[1] == "repair" for t in trace.tracks.values() for i in t.instants)
    assert repairs == results["totals"]["repairs"]


def test_counters(timeline):
    trace, results = timeline
    for q in results["wqs"]:
        tracks = [t for t in trace.tracks.values() if t.name == f"wq{q['wq']} depth"]
        if q["submitted"]:
            values = tracks[0].values
            assert values and values[-1][1] == 0
            assert max(v for _t, v in values) <= q["peak_depth"]
            # The last value of each ns counts: one that differs from the one before.
            assert all(a[1] != b[1] and a[0] < b[0] for a, b in zip(values, values[1:]))
    moved = {}
    for track in trace.tracks.values():
        if track.name.endswith("bandwidth"):
            pairs = zip(track.values, track.values[1:])
            moved[track.name] = sum(v * (b - t) for (t, v), (b, _w) in pairs) // 10**9
    assert moved["write bandwidth"] == pytest.approx(
        sum(d["bytes_written"] for d in results["devices"]), rel=0.001)


def test_a_part_of_the_time(tmp_path):
    whole = perfetto.Trace(run("copy-batches", tmp_path / "whole")[0])
    slices = [s for part in engine_slices(whole).values() for s in part]
    end = max(s[1] for s in slices)
    lo, hi = end // 3, end // 2
    part = perfetto.Trace(run("copy-batches", tmp_path / "part", f"--timeline={lo}ns:{hi}ns")[0])
    inside = [s for s in slices if s[0] > lo and s[1] < hi]
    got = [s for one in engine_slices(part).values() for s in one]
    assert abs(len(got) - len(inside)) <= 4 and inside
    assert all(lo <= s[0] and s[1] <= hi for s in got)
    assert all(lo <= t and t <= hi for track in part.tracks.values() for t, _n, _a in track.instants)


def good_trace():
    """A smallest trace by hand: one process, one track, one slice."""
    def ld(field, data):
        return bytes([field << 3 | 2, len(data)]) + data

    def packet(*parts):
        return ld(1, b"".join(parts))

    sequence = bytes([10 << 3, 1])
    names = packet(sequence, bytes([13 << 3, 3]), ld(12, ld(2, b"\x08\x01" + ld(2, b"move"))))
    process = packet(sequence, b"\xe2\x03\x09" + b"\x08\x01" + ld(3, b"\x08\x01" + b"\x32\x01p"))
    track = packet(sequence, b"\xe2\x03\x07" + b"\x08\x02" + b"\x28\x01" + ld(2, b"t"))
    begin = packet(b"\x40\x05", sequence, bytes([13 << 3, 2]), ld(11, b"\x48\x01\x50\x01\x58\x02"))
    end = packet(b"\x40\x09", sequence, ld(11, b"\x48\x02\x58\x02"))
    return [names, process, track, begin, end]


def test_the_reader_accepts_a_good_trace():
    trace = perfetto.Trace(b"".join(good_trace()))
    assert trace.tracks[2].slices == [[5, 9, "move", {}, 0]]


@pytest.mark.parametrize("spoil", [
    lambda p: p[:4], lambda p: p[:3] + p[4:], lambda p: p[1:], lambda p: p[:1] + p[2:],
    lambda p: p[:3] + [p[4], p[3]], lambda p: p[:4] + [p[4][:-1]],
    lambda p: p[:3] + [p[3], p[4].replace(b"\x40\x09", b"\x40\x04")],
    lambda p: p + [p[2]], lambda p: p + [b"\x0a\x02\x78\x01"], lambda p: p + [b"\x12\x00"],
])
def test_the_reader_finds_what_is_wrong(spoil):
    with pytest.raises(perfetto.Malformed):
        perfetto.Trace(b"".join(spoil(good_trace())))
