# SPDX-License-Identifier: GPL-2.0
"""What programs do on the host they do in a guest: the same recordings and generators, descriptor by descriptor the
same operations, sizes, statuses and faults, and the same data."""
import collections
import json

import pytest

import perfetto
from conftest import ROOT

CONFIGS = ROOT / "traces/configs"


def seen(dsasim, out):
    """By client: how often each operation, member of a batch, size, status and number of faults at the engines; and in the
    order of their submission what the program saw of each unit."""
    engines, units = collections.defaultdict(collections.Counter), collections.defaultdict(list)
    trace = perfetto.Trace((dsasim.cwd / out / "timeline.perfetto-trace").read_bytes())
    for track in trace.tracks.values():
        names = trace.path(track)
        for begin, _, name, a, depth in track.slices:
            if name.startswith("unit"):
                # "guest/p0" there is "p0" here.
                units[names[1].split("/")[-1]].append((begin, name, sorted(a.items())))
            elif depth == 0 and len(names) == 3 and names[1].startswith("engine "):
                engines[a.get("client")][name, a.get("member"), a["size"], a.get("status", 1), a.get("faults", 0)] += 1
    return engines, {client: [u[1:] for u in sorted(list_)] for client, list_ in units.items()}


def given(dsasim, config):
    """The configuration with its queues given to virtual devices, and their names."""
    devices = json.loads((CONFIGS / f"{config}.json").read_text())
    queues = [q for d in devices for g in d["groups"] for q in g.get("grouped_workqueues", [])]
    for queue in queues:
        queue.update(type="mdev", driver_name="mdev", name="guest")
    (dsasim.cwd / "given.json").write_text(json.dumps(devices))
    return "+".join(q["dev"] for q in queues)


def both(dsasim, config, home, host, guest, data):
    """Runs it on the host and in a guest; compares. Scenarios are YAML, of which JSON is a part."""
    top = {"name": "host", "platform": "spr", "accel_config": [{"file": str(CONFIGS / f"{config}.json")}]}
    (dsasim.cwd / "host.yaml").write_text(json.dumps({**top, **host}))
    vdev = given(dsasim, config)
    guests = {"vdev": vdev, "home": home, "memory": "1 GiB", "sva": "yes", **guest}
    top.update(name="guest", accel_config=[{"file": "given.json"}])
    (dsasim.cwd / "guest.yaml").write_text(json.dumps({**top, **(host if "trace" in host else {}), "guests": guests}))
    results = [dsasim.run(f"{where}.yaml", "--timeline", "--quiet", "--data", data, out=where) for where in ("host", "guest")]
    host, guest = seen(dsasim, "host"), seen(dsasim, "guest")
    assert host[0] == guest[0] and sum(map(len, host[1].values())) == results[0]["totals"]["units"]
    assert host[1] == guest[1]
    for got in results:
        assert got["checks"]["passed"] and not got["checks"]["mismatches"]["count"]
    for key in ("units", "descriptors", "bytes", "errors", "repairs"):
        assert results[0]["totals"][key] == results[1]["totals"][key]
    # Not because nothing of it was in the guest.
    assert results[1]["guests"][0]["steady"]["direct_submission"] > 0
    return results[1]


slow = pytest.mark.slow


@pytest.mark.parametrize("trace, config, home", [
    ("idxd-dsa-test", "mixed-swq-dwq", "kernel-cdev"),
    pytest.param("dml-examples-tests", "mixed-swq-dwq", "vmm", marks=slow),
    pytest.param("dto-memcached", "dto-1swq", "kernel-mdev", marks=slow),
    pytest.param("dto-postgresql", "dto-2swq", "kernel-cdev", marks=slow),
    pytest.param("dpdk-dma-perf-4k-b32", "dpdk-1dwq128", "kernel-mdev", marks=slow),
    pytest.param("dpdk-dmadev-autotest", "dpdk-1dwq128", "vmm", marks=slow),
])
def test_recordings(dsasim, trace, config, home):
    """Every operation of dsa_test and DML, faults wanted among them; servers under DTO; DPDK's batches. The outcome of each
    descriptor is the recorded one, in the guest as on the host, and verified where the recording has data."""
    got = both(dsasim, config, home, {"trace": str(ROOT / f"traces/{trace}.trace.zst")}, {}, "verify")
    assert got["totals"]["units"] >= 1000


# Nothing random: the streams of a guest's clients are others than those of the host's.
GENERATED = {
    # Software touches the page and submits the rest.
    "repairs": {"size": "32 KiB", "batch": 8, "loop": "ring", "window": 16, "cc": "yes", "count": 256, "fault": "minor",
                "fault_on": "dst", "repair": "sw"},
    "compares": {"op": "compare", "size": "3000 B", "think": "2 us", "loop": "sync", "threads": 2, "count": 1000},
    "window": {"op": "copy_crc", "size": "4 KiB", "loop": "ring", "window": 16, "count": 2000, "ws": "1 MiB"},
}


@pytest.mark.parametrize("home", ["kernel-mdev", "kernel-cdev", "vmm"])
@pytest.mark.parametrize("name", GENERATED)
def test_generated(dsasim, name, home):
    """The same program of a scenario, as a process of the host and of a guest."""
    process = {"name": "p", **GENERATED[name]}
    both(dsasim, "swq128-4eng", home, {"processes": [{"wq": "wq0.0", **process}]}, {"processes": [process]}, "full")
