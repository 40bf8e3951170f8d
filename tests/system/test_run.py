# SPDX-License-Identifier: GPL-2.0
"""`dsasim run`: every scenario and every recorded trace, what a run writes, its options."""
import csv
import json
import os
import pty
import subprocess

import jsonschema
import pytest

from conftest import PROGRAM, ROOT

SCENARIOS = sorted((ROOT / "traces/scenarios").glob("*.yaml"))
TRACES = sorted((ROOT / "traces").glob("*.trace.zst"))
CONFIGS = ROOT / "traces/configs"

# Less work of the same kind: what a scenario shows at full length is for people.
REDUCED = {
    "copy-batches": ["processes[0].count=6400", "processes[0].ws=64 MiB"],
    "copy-window": ["processes[0].count=5000"],
    "first-touch": ["processes[0].count=1024"],
    "guests": ["guests[0].defaults.count=200"],
    "guests-1024": ["guests[0].count=64", "guests[0].defaults.count=50"],
    "guests-fast-path": [f"guests[{i}].defaults.count=2000" for i in range(3)],
    "latency": ["defaults.count=200"],
    "neighbours": ["processes[*].count=500", "processes[1].ws=16 MiB"],
    "two-sockets": ["defaults.count=100", "defaults.ws=16 MiB"],
}
SMALL = ("copy-window", "latency", "nginx")

# The configuration that each program was recorded with; the rest used dto-1swq.
RECORDED_WITH = {
    "dml-examples-tests": "mixed-swq-dwq", "idxd-dsa-test": "mixed-swq-dwq",
    "dpdk-dmadev-autotest": "dpdk-2dwq32", "dto-memcached": "dto-2swq", "dto-numpy": "dto-2swq",
    "dto-zstd-xz": "dto-2swq",
}
# Rows of a trace that may end otherwise than recorded.
OTHERWISE = {}


def scenario(name):
    return ROOT / "traces/scenarios" / f"{name}.yaml"


def reduced(name):
    return [word for value in REDUCED.get(name, []) for word in ("--set", value)]


def config_of(trace):
    name = trace.name.removesuffix(".trace.zst")
    if name.startswith("dpdk-dma-perf"):
        return CONFIGS / "dpdk-1dwq128.json"
    return CONFIGS / f"{RECORDED_WITH.get(name, 'dto-1swq')}.json"


@pytest.fixture(name="schema", scope="session")
def _schema():
    schema = json.loads((ROOT / "docs/results.schema.json").read_text())
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    return validator(schema)


def conserved(results):
    """Every descriptor that went in came out, counted on both sides of the device."""
    for device in results["devices"]:
        came = device["accepted"] + device["fetched"] + device["in_flight_start"]
        assert came == device["completed"] + device["abandoned"] + device["in_flight_end"], device
        assert sum(s["count"] for s in device["statuses"]) <= device["completed"]
        queues = [q for q in results["wqs"] if q["device"] == device["device"]]
        # A queue's figures are those of descriptors that have left the device.
        submitted = sum(q["submitted"] for q in queues)
        assert device["accepted"] - device["in_flight_end"] <= submitted <= device["accepted"]
    assert sum(c["units"] for c in results["clients"]) == results["totals"]["units"]
    assert sum(c["bytes"] for c in results["clients"]) == results["totals"]["bytes"]
    checks = results["checks"]
    assert checks["passed"] and checks["conservation_checked"]
    assert not checks["violations"]["count"] and not checks["corrupt"]["count"]


def test_the_scenarios_are_all_here():
    assert {p.stem for p in SCENARIOS} >= {*REDUCED, "demo"}
    assert len(TRACES) >= 20


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda p: p.stem)
def test_scenario(dsasim, path, schema):
    results = dsasim.run(path, *reduced(path.stem))
    schema.validate(results)
    conserved(results)
    assert results["totals"]["descriptors"] > 0 and results["totals"]["ps"] > 0
    assert not results["checks"]["mismatches"]["count"]
    for table in (dsasim.cwd / "out").glob("*.csv"):
        rows = list(csv.reader(table.open(newline="")))
        assert len(rows) > 1 and {len(r) for r in rows} == {len(rows[0])}, table.name


@pytest.mark.san
@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("data", ["none", "full", "verify"])
def test_scenario_small(dsasim, name, data):
    conserved(dsasim.run(scenario(name), *reduced(name), "--data", data, "--timeline"))


@pytest.mark.parametrize("data", ["none", "full", "verify"])
@pytest.mark.parametrize("trace", TRACES, ids=lambda p: p.name.removesuffix(".trace.zst"))
def test_trace(dsasim, trace, data):
    """Recorded rows end as recorded, in each data mode; others are a note, no failed check."""
    results = dsasim.run(scenario("demo"), "--trace", trace, "--data", data,
                         "--set", f"accel_config[0].file={config_of(trace)}")
    conserved(results)
    assert results["run"]["trace"] == trace.name and results["run"]["data"] == data
    name = trace.name.removesuffix(".trace.zst")
    assert results["checks"]["mismatches"]["count"] <= OTHERWISE.get(name, 0), \
        results["checks"]["mismatches"]["first"]
    # All queues of the recording were there.
    assert not [note for note in results["notes"]["first"] if "queue" in note]


@pytest.mark.san
@pytest.mark.parametrize("trace", ["dml-examples-tests", "idxd-dsa-test", "dpdk-dmadev-autotest"])
def test_trace_san(dsasim, trace):
    path = ROOT / "traces" / f"{trace}.trace.zst"
    conserved(dsasim.run(scenario("demo"), "--trace", path,
                         "--set", f"accel_config[0].file={config_of(path)}"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda p: p.stem)
def test_a_trace_replaces_any_workload(dsasim, path):
    trace = ROOT / "traces/dto-nginx.trace.zst"
    results = dsasim.run(path, "--trace", trace)
    conserved(results)
    assert results["totals"]["units"] == 16013
    assert {c["process"] for c in results["clients"]} <= {f"proc{i}" for i in range(16)}


@pytest.mark.san
def test_missing_queue_is_said(dsasim):
    """The recording used two dedicated queues, the scenario has one shared one."""
    done = dsasim("run", scenario("demo"), "--trace", ROOT / "traces/dpdk-dmadev-autotest.trace.zst",
                  "--out", "out")
    assert done.returncode == 0
    results = json.loads((dsasim.cwd / "out/results.json").read_text())
    text = "the dedicated queue wq0.0 goes to the shared wq0.0"
    assert any(text in note for note in results["notes"]["first"])
    assert sum(text in line for line in done.stdout.splitlines()) == 1


def test_summary_and_files(dsasim):
    done = dsasim("run", scenario("latency"), *reduced("latency"), "--timeline", "--out", "out")
    assert done.returncode == 0 and not done.stderr
    assert done.stdout.splitlines()[-1] == "results: out/results.json"
    for word in ("throughput", "latency", "conservation", "limited by"):
        assert any(line.startswith(word) for line in done.stdout.splitlines()), word
    written = {p.name for p in (dsasim.cwd / "out").iterdir()}
    assert {"results.json", "clients.csv", "wqs.csv"} <= written
    assert [n for n in written if "timeline" in n or "perfetto" in n or n.endswith("-trace")]


def test_default_directory(dsasim):
    done = dsasim("run", scenario("latency"), *reduced("latency"), "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (dsasim.cwd / "results/latency/results.json").exists()


def test_no_csv(dsasim):
    dsasim.run(scenario("latency"), *reduced("latency"), "--set", "output.csv=no")
    assert not list((dsasim.cwd / "out").glob("*.csv"))
    assert (dsasim.cwd / "out/results.json").exists()


def test_a_later_run_replaces_the_results(dsasim):
    dsasim.run(scenario("latency"), "--set", "defaults.count=10", "--timeline")
    again = dsasim.run(scenario("latency"), "--set", "defaults.count=20", "--set", "output.csv=no")
    assert again["totals"]["units"] == 40
    assert not list((dsasim.cwd / "out").glob("*.tmp*"))


def test_failed_check(dsasim):
    """Exit code 1, one line why, and the results are there to look at."""
    done = dsasim("run", scenario("latency"), "--set", "defaults.count=10",
                  "--set", "checks.min_ops=1000", "--out", "out", "--quiet")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1 and "min_ops: 20 of 1000" in done.stderr
    assert (dsasim.cwd / "out/results.json").exists()


def test_cut_off(dsasim, schema):
    """max_time ends the run with work in flight, which the sums then hold."""
    results = dsasim.run(scenario("copy-window"), "--set", "max_time=400 us")
    schema.validate(results)
    conserved(results)
    assert 0 < results["totals"]["units"] < 50000
    assert results["devices"][0]["in_flight_end"] > 0


@pytest.mark.parametrize("key, value, factor", [
    ("dsa.read_bandwidth", "5 GB/s", 0.4), ("processes[0].window", 1, 0.5), ("processes[0].size", "64 B", 0.2)])
def test_set_changes_the_machine(dsasim, key, value, factor):
    few = ["--set", "processes[0].count=4000"]
    base = dsasim.run(scenario("copy-window"), *few)["totals"]["bytes_per_s"]
    changed = dsasim.run(scenario("copy-window"), *few, "--set", f"{key}={value}")
    assert changed["totals"]["bytes_per_s"] < factor * base


@pytest.mark.parametrize("sets", [
    ["dsa.devtlb.entries_per_role=256"], ["dsa.devtlb.entries_per_role=0"], ["dsa.msix_vectors=64"], ["dsa.groups=64"],
    ["dsa.wqs=128"], ["dsa.engines=24"], ["dsa.ims_slots=16128"], ["dsa.work_in_progress=1024"], ["dsa.perfmon.counters=32"],
    ["dsa.groups=64", "dsa.wqs=128", "dsa.msix_vectors=64", "dsa.ims_slots=16128"]], ids=",".join)
def test_documented_extremes(dsasim, sets):
    """The register tables find room, the driver finds them, work is done."""
    (dsasim.cwd / "s.yaml").write_text("name: s\nprocesses: [{ name: p, size: 64 KiB, count: 20 }]\n")
    results = dsasim.run("s.yaml", *(word for text in sets for word in ("--set", text)))
    assert results["totals"]["units"] == 20 and results["checks"]["passed"]


def test_what_the_device_refuses_has_a_reason(dsasim):
    """Four read buffers an engine are the least."""
    (dsasim.cwd / "s.yaml").write_text("name: s\nprocesses: [{ name: p, count: 2 }]\n")
    done = dsasim("run", "s.yaml", "--out", "no", "--set", "dsa.engines=32")
    assert done.returncode == 2
    assert "ENXIO (No such device or address), cmd_status 0x18: too few read buffers for the groups' engines" in done.stderr


def test_counts_in_a_list_that_is_set(dsasim):
    (dsasim.cwd / "s.yaml").write_text("name: s\nprocesses: [{ name: p, count: 2 }]\n")
    results = dsasim.run("s.yaml", "--set", "devices=[{socket: 0, count: 4}, {socket: 0, engines: 2}]",
                         "--set", "devices[3].engines=1")
    assert [len([e for e in results["engines"] if e["device"] == f"dsa{i}"]) for i in range(5)] == [4, 4, 4, 1, 2]
    done = dsasim("run", "s.yaml", "--out", "no", "--set", "devices=[{socket: 0, count: 65}]")
    assert done.returncode == 2 and "1 to 64 in all" in done.stderr


def test_sets_apply_in_order(dsasim):
    results = dsasim.run(scenario("latency"), "--set", "defaults.count=10", "--set",
                         "defaults.count=30", "--seed", 5, "--set", "processes[0].name=first")
    assert results["totals"]["units"] == 60 and results["run"]["seed"] == 5
    assert results["clients"][0]["process"] == "first"


@pytest.mark.parametrize("profile", ["app", "net", "storage"])
def test_shipped_configuration(dsasim, profile):
    """What Debian's accel-config package ships is applied as it is, trailing comma included."""
    path = f"/etc/accel-config/contrib/configs/{profile}_profile.conf"
    results = dsasim.run(scenario("latency"), "--set", f"accel_config[0].file={path}", "--set",
                         'processes=[{name: core, engine: cpu, count: 10, reuse: one}]')
    assert results["wqs"]


def test_progress_goes_to_a_terminal_only(dsasim):
    """A run of a few seconds shows how far it is, on a terminal, and wipes it at the end."""
    args = [str(PROGRAM), "run", str(scenario("copy-window")), "--set", "processes[0].count=8000000",
            "--set", "output.csv=no", "--out", "out"]
    try:
        main, side = pty.openpty()
    except OSError as error:
        pytest.skip(f"no terminal to be had: {error}")
    seen = b""
    with subprocess.Popen(args, cwd=dsasim.cwd, stdout=subprocess.DEVNULL, stderr=side) as job:
        os.close(side)
        try:
            while chunk := os.read(main, 4096):
                seen += chunk
        except OSError:
            pass
    os.close(main)
    assert job.returncode == 0
    assert b"% of 8.0 M descriptors" in seen and seen.endswith(b"\r\x1b[K")
