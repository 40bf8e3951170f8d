# SPDX-License-Identifier: GPL-2.0
"""results.json and the tables of a run: schema, sums, determinism, nothing of the host in them."""
import copy
import csv
import json
import os
import pathlib
import subprocess

import pytest

import schema

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("DSASIM_BUILD") or os.environ.get("O") or ROOT / "build")
SCHEMA = json.loads((ROOT / "docs/results.schema.json").read_text())
TABLES = {"clients.csv", "tenants.csv", "wqs.csv", "engines.csv", "devices.csv", "resources.csv", "counters.csv",
          "statuses.csv", "operations.csv", "latency.csv", "series.csv"}


def run(scenario, out, *args):
    return subprocess.run([(BUILD / "dsasim").resolve(), "run", ROOT / f"traces/scenarios/{scenario}.yaml",
                           "--out", out, *args], capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module", name="results",
                params=["latency", "copy-batches", "first-touch", "neighbours"])
def results_fixture(request, tmp_path_factory):
    """(directory, results.json, summary) of one run."""
    out = tmp_path_factory.mktemp(request.param) / "out"
    done = run(request.param, out)
    assert done.returncode == 0, done.stdout + done.stderr
    return out, json.loads((out / "results.json").read_text()), done.stdout


def rows(out, name):
    with open(out / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_schema(results):
    assert not list(schema.problems(results[1], SCHEMA, SCHEMA))


def test_schema_finds_what_is_wrong(results):
    for breaks in (lambda r: r.pop("limit"), lambda r: r["totals"].update(bytes=-1),
                   lambda r: r["totals"].update(bytes="many"), lambda r: r.update(host="x"),
                   lambda r: r["limit"].update(kind="weather"), lambda r: r["clients"][0].pop("units"),
                   lambda r: r["resources"][0].update(utilisation=1.5)):
        broken = copy.deepcopy(results[1])
        breaks(broken)
        assert list(schema.problems(broken, SCHEMA, SCHEMA))


def test_sums(results):
    r = results[1]
    for key in ("units", "descriptors", "bytes", "errors", "retries", "repairs"):
        assert r["totals"][key] == sum(c[key] for c in r["clients"]), key
    assert r["latency"]["count"] == r["totals"]["units"]
    for c in r["clients"]:
        assert c["latency"]["count"] == c["units"]
    assert r["totals"]["ps"] == r["run"]["end_ps"] - r["run"]["start_ps"]
    assert sum(b["units"] for b in r["series"]["bins"]) == r["totals"]["units"]
    assert sum(b["bytes"] for b in r["series"]["bins"]) == r["totals"]["bytes"]
    assert r["latency_cdf"][-1] == {"at_most_ps": r["latency"]["max_ps"], "units": r["totals"]["units"]}


def test_stage_times_add_up_to_latency(results):
    r = results[1]
    stages = r["stages"]
    assert stages["units"] > 0
    assert sum(s["sum_ps"] for s in stages["stages"]) == stages["latency_ps"]
    assert abs(sum(s["share"] for s in stages["stages"]) - 1) < 1e-5
    for c in r["clients"]:
        if not c["core"]:
            assert c["staged"] == c["units"], "every unit of a device finds its stages"
            total = c["latency"]["count"] * c["latency"]["mean_ps"]
            assert sum(c["stage_ps"].values()) == pytest.approx(total, abs=c["units"])


def test_littles_law_for_the_queues(results):
    """Mean depth = rate x time in the queue, where nothing is left over at either end."""
    r = results[1]
    for q in r["wqs"]:
        assert q["mean_depth"] == pytest.approx(q["stage_ps"]["queue"] / r["totals"]["ps"], rel=1e-3, abs=1e-3)


def test_conservation(results):
    r = results[1]
    assert r["checks"]["passed"] and r["checks"]["conservation_checked"]
    for d in r["devices"]:
        assert d["accepted"] + d["fetched"] + d["in_flight_start"] == \
            d["completed"] + d["abandoned"] + d["in_flight_end"]
        assert sum(s["count"] for s in d["statuses"]) == d["completed"] + d["abandoned"]
        assert sum(o["count"] for o in d["operations"]) == d["completed"] + d["abandoned"]
        queues = [q for q in r["wqs"] if q["device"] == d["device"]]
        assert sum(q["submitted"] + q["members"] for q in queues) == d["completed"] + d["abandoned"]


def test_caches_and_resources(results):
    r = results[1]
    assert {c["name"].split(".")[-1] for c in r["caches"]} >= {"devtlb", "iotlb"}
    for c in r["caches"]:
        assert c["hits"] <= c["lookups"]
    shares = [u["utilisation"] for u in r["resources"]]
    assert shares == sorted(shares, reverse=True) and max(shares) <= 1
    if r["limit"]["kind"] == "resource":
        assert r["limit"]["resource"] in {u["name"] for u in r["resources"]}


def test_tables_agree_with_the_json(results):
    out, r, _ = results
    assert {p.name for p in out.iterdir()} == TABLES | {"results.json", "report.html"}
    for table, key, columns in (("clients.csv", "clients", ("units", "bytes", "retries")),
                                ("wqs.csv", "wqs", ("submitted", "members", "peak_depth")),
                                ("engines.csv", "engines", ("descriptors", "devtlb_misses")),
                                ("resources.csv", "resources", ("busy_ps", "wait_ps")),
                                ("counters.csv", "counters", ("value",))):
        lines = rows(out, table)
        assert len(lines) == len(r[key])
        for line, entry in zip(lines, r[key]):
            for column in columns:
                assert int(line[column]) == entry[column], (table, column)


def test_summary_says_it(results):
    _, r, summary = results
    assert f"limited by     {r['limit']['text']}\n" in summary
    assert "throughput " in summary and "latency        mean" in summary and "holds\n" in summary
    assert "\033" not in summary
    for line in summary.splitlines():
        assert line == line.rstrip() and len(line) <= 200


def test_same_bytes_again_and_nothing_of_the_host(results, tmp_path):
    out, r, _ = results
    done = run(r["run"]["name"], tmp_path / "again")
    assert done.returncode == 0
    for path in out.iterdir():
        data = path.read_bytes()
        assert data == (tmp_path / "again" / path.name).read_bytes(), path.name
        for word in (str(ROOT), str(tmp_path), os.uname().nodename):
            assert word.encode() not in data, (path.name, word)


def test_no_room_leaves_nothing(tmp_path):
    """A limit on file sizes stops the writes as a full disk does."""
    # pylint: disable=import-outside-toplevel
    import resource
    import signal

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    out = tmp_path / "made" / "out"
    done = subprocess.run([(BUILD / "dsasim").resolve(), "run", ROOT / "traces/scenarios/latency.yaml",
                           "--out", out, "--quiet", "--timeline"], capture_output=True, text=True,
                          preexec_fn=limit, timeout=120, check=False)
    assert done.returncode == 2
    assert str(out) in done.stderr and "File too large" in done.stderr
    assert not list(tmp_path.iterdir())


def test_bytes_of_refused_work_do_not_count(tmp_path):
    """Sizes that no device takes are descriptors and errors, not throughput, directly and in a batch."""
    trace = tmp_path / "refused.trace"
    move = "memmove 0xc 0x{:x} 0x20000000 0x30000000 {}"
    trace.write_text("dsasim-trace 1\ndefault status=0x01\ncolumns think client wq instr op flags comp src dst size\n"
                     + "1us 0.0 wq0.0 enqcmd " + move.format(0x10000000, 4294967295) + "\n"
                     + "1us 0.0 wq0.0 enqcmd " + move.format(0x10000000, 8192) + "\n"
                     + "1us 0.0 wq0.0 enqcmd batch 0xc 0x10000000 0x10001000 0 2\n"
                     + "- - - member " + move.format(0x10000040, 4294967295) + "\n"
                     + "- - - member " + move.format(0x10000060, 4096) + "\n"
                     # A batch that is refused as a whole: its members never become descriptors.
                     + "1us 0.0 wq0.0 enqcmd batch 0xc 0x10000000 0x10002000 0 1\n"
                     + "- - - member " + move.format(0x10000040, 4096) + "\nend 7\n")
    done = run("demo", tmp_path / "out", "--trace", trace)
    assert done.returncode == 0, done.stdout + done.stderr
    r = json.loads((tmp_path / "out/results.json").read_text())
    assert r["totals"]["bytes"] == 8192 + 4096 and r["totals"]["descriptors"] == 4
    assert sum(w["bytes"] for w in r["wqs"]) == 8192 + 4096
    assert sum(e["bytes"] for e in r["engines"]) == 8192 + 4096
    assert r["totals"]["errors"] == 3 and r["checks"]["passed"]
