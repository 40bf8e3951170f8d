# SPDX-License-Identifier: GPL-2.0
"""Laws that every run obeys, over random configurations: monotony, Little, utilisation, sums, limits."""
import concurrent.futures
import json
import os
import pathlib
import random
import subprocess
import sys

import pytest

import conftest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "sim/whatif"))
from dsasim import sweep  # noqa: E402  pylint: disable=wrong-import-position

CONFIGS = 36
# What rounding at the ends of a run and another interleaving may take away: the law has no more slack.
NOISE = 0.02
# Few units in flight, and bursts that end together, may fall into step on more engines: they then run side by side and end together, and the
# time between record and next submission is hidden by nobody. With two batches of eight 16 KiB fills it costs 10 %.
IN_STEP = 0.15


# Operation -> operands read and written.
MOVES = {"memmove": (1, 1), "memfill": (0, 1), "compare": (2, 0), "crc_gen": (1, 0), "compval": (1, 0),
         "dualcast": (1, 2), "copy_crc": (1, 1)}


def random_config(number):
    """A configuration: (accel layout, scenario); the same for a number every time."""
    rng = random.Random(4711 + number)
    engines = rng.choice([1, 2, 4])
    shared = rng.random() < 0.4
    size = rng.choice(["64 B", "256 B", "1 KiB", "3000 B", "4 KiB", "16 KiB", "64 KiB"])
    batch = rng.choice([0, 0, 8, 32])
    loop = rng.choice(["sync", "ring", "ring", "burst"])
    client = {"name": "load", "wq": "wq0.0", "size": size, "op": rng.choice(list(MOVES)),
              "batch": batch, "loop": loop, "window": 1 if loop == "sync" else rng.choice([2, 8, 32]),
              "threads": rng.choice([1, 1, 2, 4]) if shared else 1, "ws": "16 MiB",
              "count": 1024 if size in ("16 KiB", "64 KiB") else 4096,
              "pattern": rng.choice(["seq", "random"]), "page_size": rng.choice(["4 KiB", "2 MiB"]),
              "cc": rng.choice(["yes", "no"]), "align": rng.choice(["64 B", "64 B", "16 B"])}
    if rng.random() < 0.25:
        # Translations are lost now and then.
        client["protect"] = rng.choice(["20 us", "100 us"])
    if client["op"] == "dualcast":
        # Its destinations have to agree in the low bits of their addresses.
        client.update(align="4 KiB", ws="64 MiB")
    accel = [{"groups": [{"engines": engines, "wqs": [{"mode": "shared" if shared else "dedicated", "size": 64}]}]}]
    scenario = {"name": f"law{number}", "platform": "spr", "data": "none", "processes": [client]}
    return accel, scenario


def run(folder, accel, scenario, sets, tag):
    """The results of one configuration with @sets."""
    folder.mkdir(exist_ok=True)
    here = folder / tag
    here.mkdir()
    (here / "scenario.yaml").write_text(json.dumps(scenario))
    files = []
    for device, tree in sweep.accel_configs(accel):
        (here / f"{device}.json").write_text(json.dumps(tree))
        files.append({"device": device, "file": str(here / f"{device}.json")})
    command = [str(conftest.PROGRAM), "run", str(here / "scenario.yaml"), "-q", "--out", str(here / "out"),
               "--set", "accel_config=" + json.dumps(files), "--set", "output.csv=no"]
    for path, value in sets.items():
        command += ["--set", f"{path}={value if isinstance(value, str) else json.dumps(value)}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{scenario} {sets}: {done.stderr}"
    return json.loads((here / "out/results.json").read_text())


def rate(results):
    """Throughput in descriptors: the same work in less time."""
    return results["totals"]["descriptors_per_s"]


@pytest.fixture(scope="module", name="runs")
def _runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("laws")

    def one(number):
        accel, scenario = random_config(number)
        return number, accel, scenario, run(folder, accel, scenario, {}, f"base{number}")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return folder, list(pool.map(one, range(CONFIGS)))


PLATFORM = {}


def scaled(factor, *paths):
    """Overrides that make platform values @factor times what they are."""
    if not PLATFORM:
        done = subprocess.run([str(conftest.PROGRAM), "platform", "show", "spr"], capture_output=True, text=True,
                              timeout=60, check=True)
        PLATFORM.update(sweep.yaml.load(done.stdout, sweep.Loader))
    sets = {}
    for path in paths:
        value = PLATFORM
        for step in sweep.steps(path):
            value = value[step]
        amount, unit = sweep.QUANTITY.match(str(value)).groups()
        number = float(amount) * factor
        sets[path] = f"{number:g} {unit}".strip() if unit else str(int(number))
    return sets


READ = ("dsa.read_bandwidth", "dsa.engine_bandwidth")
WRITE = ("dsa.write_bandwidth", "dsa.engine_bandwidth")
CORE = ("cpu.movdir64b_gap", "cpu.movdir64b", "cpu.enqcmd_gap", "cpu.enqcmd_out", "cpu.enqcmd_back",
        "cpu.descriptor_fill", "cpu.batch_fill")


def more_of(accel):
    """Every way to give the machine more: (name, layout, overrides)."""
    group = accel[0]["groups"][0]
    if group["engines"] < 4:
        more = json.loads(json.dumps(accel))
        more[0]["groups"][0]["engines"] *= 2
        yield "engines", more, {}
    wider = json.loads(json.dumps(accel))
    wider[0]["groups"][0]["read_buffers_allowed"] = 192
    yield "read buffers", wider, {"dsa.read_buffers": "192"}
    yield "read bandwidth", accel, scaled(2, *READ)
    yield "write bandwidth", accel, scaled(2, *WRITE)
    yield "memory bandwidth", accel, scaled(2, "memory[0].read_bandwidth", "memory[0].write_bandwidth")
    yield "fabric", accel, scaled(2, "io.read_bandwidth", "io.write_bandwidth")
    yield "walkers", accel, scaled(2, "iommu.walkers")
    yield "work slots", accel, scaled(2, "dsa.work_in_progress")
    yield "queue entries", [{"groups": [{**group, "wqs": [{**group["wqs"][0], "size": 128}]}]}], {}
    yield "IOTLB", accel, scaled(2, "iommu.iotlb_entries")


@pytest.mark.slow
def test_more_is_never_slower(runs):
    """More engines, buffers, bandwidth, walkers, slots or entries never lower throughput beyond noise."""
    folder, bases = runs
    jobs = [(n, name, more, scenario, sets, rate(base)) for n, accel, scenario, base in bases
            for name, more, sets in more_of(accel)]

    def one(job):
        n, name, more, scenario, sets, before = job
        after = rate(run(folder, more, scenario, sets, f"more{n}-{name.replace(' ', '-')}"))
        client = scenario["processes"][0]
        few = client["window"] * client["threads"] <= 8
        return None if after >= before * (1 - (IN_STEP if few else NOISE)) else \
            f"{name}: {before:.0f} -> {after:.0f} ({after / before - 1:.1%}) in configuration {n}: {scenario['processes'][0]} {more}"
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        slower = [text for text in pool.map(one, jobs) if text]
    assert not slower, "\n".join(slower)


def test_littles_law(runs):
    """Occupancy = throughput x latency: for queues (area measured), engines (slots kept) and clients (window)."""
    for number, _, scenario, r in runs[1]:
        ps = r["totals"]["ps"]
        for q in r["wqs"]:
            assert q["mean_depth"] == pytest.approx(q["stage_ps"]["queue"] / ps, rel=2e-3, abs=2e-3), number
        slots = {u["name"]: u for u in r["resources"] if u["name"].endswith(".slots")}
        for e in r["engines"]:
            if not e["descriptors"]:
                continue
            held = slots[f"{e['device']}.engine{e['engine']}.slots"]
            assert e["mean_in_progress"] * ps == pytest.approx(e["descriptors"] * e["mean_ps"], rel=1e-3), number
            assert held["utilisation"] * held["units"] == pytest.approx(e["mean_in_progress"], rel=1e-2, abs=1e-3), number
        client = scenario["processes"][0]
        for c in r["clients"]:
            flight = c["latency"]["mean_ps"] * c["units"] / ps
            assert flight <= client["window"] * (1 + 1e-9), number
            if client["loop"] == "ring" and c["time_ps"]["wait"] > 0.8 * sum(c["time_ps"].values()) \
                    and c["units"] > 20 * client["window"]:
                assert flight > 0.8 * client["window"], f"{number}: a client that waits has a full window"


def test_utilisation(runs):
    """Nothing is busier than always; what a resource carries fits into what it can."""
    for number, _, _, r in runs[1]:
        for u in r["resources"]:
            assert 0 <= u["utilisation"] <= 1, f"{number}: {u}"
            assert u["busy_ps"] <= u["units"] * r["totals"]["ps"] * (1 + 1e-9), f"{number}: {u}"
        for c in r["clients"]:
            # Think time is none here: the thread is always at one of these.
            assert sum(c["time_ps"].values()) <= r["totals"]["ps"] * (1 + 1e-6), f"{number}: {c['time_ps']}"


def test_stage_times_add_up(runs):
    """The stages of the units are their latency, for all and for each client."""
    for number, _, _, r in runs[1]:
        assert sum(s["sum_ps"] for s in r["stages"]["stages"]) == r["stages"]["latency_ps"], number
        assert r["stages"]["units"] == r["totals"]["units"], number
        for c in r["clients"]:
            assert sum(c["stage_ps"].values()) == pytest.approx(c["latency"]["mean_ps"] * c["units"], abs=c["units"])
        least = min(s["each"]["min_ps"] for s in r["stages"]["stages"])
        assert least >= 0 and r["latency"]["min_ps"] >= max(s["each"]["min_ps"] for s in r["stages"]["stages"])


def test_bytes_are_conserved(runs):
    """What clients asked for is what queues, engines and operations moved, and what the ports carried."""
    for number, _, scenario, r in runs[1]:
        client = scenario["processes"][0]
        want = client["count"] * client["threads"]
        assert r["totals"]["descriptors"] == want, number
        total = r["totals"]["bytes"]
        assert total == want * int(sweep.quantity(client["size"])), number
        assert total == sum(q["bytes"] for q in r["wqs"]) == sum(e["bytes"] for e in r["engines"]), number
        assert total == sum(o["bytes"] for d in r["devices"] for o in d["operations"]), number
        assert total == sum(b["bytes"] for b in r["series"]["bins"]), number
        reads, writes = MOVES[client["op"]]
        device = r["devices"][0]
        # Lists and records are extra.
        assert device["bytes_read"] >= reads * total and device["bytes_written"] >= writes * total, number
        lists = 64 * want if client["batch"] else 0
        assert device["bytes_read"] <= reads * total + lists, number
        assert device["bytes_written"] <= writes * total + 32 * (want + r["totals"]["units"]), number


# Resource -> what makes twice of it.
FACTORS = {"issue": (0.5, "dsa.timing.engine_issue"), "slots": (2, "dsa.work_in_progress"),
           "batches": (2, "dsa.batches_in_progress"), "walkers": (2, "iommu.walkers"),
           "partial_writes": (0.5, "dsa.timing.partial_write", "dsa.timing.unaligned_write"),
           "stream": (2, "dsa.engine_bandwidth"), "crc": (2, "dsa.timing.crc_bandwidth")}


def double(results, accel, scenario):
    """(layout, scenario, overrides) with twice of what limited the run, or None: it is not one number."""
    limit = results["limit"]
    sets, more, other = {}, json.loads(json.dumps(accel)), json.loads(json.dumps(scenario))
    client = other["processes"][0]
    name = (limit["resource"] or "").rsplit(".", 1)[-1]
    if limit["kind"] == "window":
        client["window"] *= 2
        if client["loop"] == "sync":
            client["loop"] = "ring"
    elif limit["kind"] == "submission":
        sets = scaled(0.5, *CORE)
    elif name == "read_port":
        sets = scaled(2, *READ)
    elif name == "write_port":
        sets = scaled(2, *WRITE)
    elif name == "read_buffers":
        sets = {"dsa.read_buffers": "192"}
        more[0]["groups"][0]["read_buffers_allowed"] = 192
    elif name in FACTORS:
        sets = scaled(*FACTORS[name])
    else:
        return None
    return more, other, sets


@pytest.mark.slow
def test_doubling_the_limit_helps(runs):
    """Twice of what limited the run raises throughput, or another limit is named."""
    folder, bases = runs
    seen, wrong = {}, []
    for number, accel, scenario, base in bases:
        what = base["limit"]["resource"] or base["limit"]["kind"]
        doubled = double(base, accel, scenario)
        assert doubled, f"{number}: no way is known to have more of {base['limit']}"
        after = run(folder, *doubled, f"double{number}")
        gain = rate(after) / rate(base)
        seen[what] = seen.get(what, 0) + 1
        same = (after["limit"]["kind"], after["limit"]["resource"]) == (base["limit"]["kind"], base["limit"]["resource"])
        if gain < 1.05 and same:
            wrong.append(f"{number}: {base['limit']['text']} -> {after['limit']['text']}: {gain:.3f}; {scenario['processes'][0]} {accel}")
    assert not wrong, "\n".join(wrong)
    assert len(seen) >= 4, f"the configurations meet only {seen}"


def test_percentiles_are_in_order(runs):
    """Least, median, high percentiles, greatest; the mean lies between the ends. In the whole and for each client."""
    for number, _, _, r in runs[1]:
        for latency in (r["latency"], *(c["latency"] for c in r["clients"])):
            order = [latency[f"{k}_ps"] for k in ("min", "p50", "p90", "p99", "p999", "max")]
            # A percentile is a bucket's upper end: 1/64 of its value wide at most.
            assert all(a <= b * (1 + 1 / 64) for a, b in zip(order, order[1:])), f"{number}: {order}"
            assert latency["min_ps"] <= latency["mean_ps"] <= latency["max_ps"], number


def test_equal_clients_get_equal_shares(runs):
    """Threads that do the same on the same queue end up with the same, and at about the same time."""
    met = 0
    for number, _, scenario, r in runs[1]:
        clients = r["clients"]
        if len(clients) < 2:
            continue
        met += 1
        assert len({c["units"] for c in clients}) == 1, number
        ends = [c["last_seen_ps"] - r["run"]["start_ps"] for c in clients]
        assert min(ends) > 0.85 * max(ends), f"{number}: {ends} {scenario['processes'][0]}"
    assert met >= 3


@pytest.mark.slow
def test_faster_parts_lower_latency(runs):
    """Half of every latency on the way of a descriptor never makes the mean latency longer beyond noise."""
    folder, bases = runs
    paths = ("memory[0].read_latency", "memory[0].write_latency", "dsa.timing.read_overhead", "dsa.timing.write_overhead",
             "dsa.timing.read_tail", "dsa.timing.write_tail", "dsa.timing.record_write", "dsa.timing.decode",
             "dsa.timing.batch_fetch", "dsa.devtlb.miss", "iommu.lookup", "iommu.walk_step", "iommu.ats_link")

    def one(base):
        number, accel, scenario, before = base
        after = run(folder, accel, scenario, scaled(0.5, *paths), f"fast{number}")
        ratio = after["latency"]["mean_ps"] / before["latency"]["mean_ps"]
        few = scenario["processes"][0]["window"] * scenario["processes"][0]["threads"] <= 8
        alone = scenario["processes"][0]["loop"] == "sync" and scenario["processes"][0]["threads"] == 1
        if ratio > 1 + (IN_STEP if few else NOISE) or alone and ratio >= 1:
            return f"{number}: {ratio:.3f} {scenario['processes'][0]} {accel}"
        return None
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        slower = [text for text in pool.map(one, bases) if text]
    assert not slower, "\n".join(slower)


@pytest.mark.slow
def test_twice_the_work_takes_twice_the_time(runs):
    """A steady loop is steady: a pass twice as long takes twice the time, but for its ends."""
    folder, bases = runs
    wrong = []
    for number, accel, scenario, before in bases[::3]:
        more = json.loads(json.dumps(scenario))
        more["processes"][0]["count"] *= 2
        after = run(folder, accel, more, {}, f"twice{number}")
        ratio = after["totals"]["ps"] / before["totals"]["ps"]
        if not 1.9 < ratio < 2.1:
            wrong.append(f"{number}: {ratio:.3f} {scenario['processes'][0]} {accel}")
    assert not wrong, "\n".join(wrong)
