# SPDX-License-Identifier: GPL-2.0
"""The comparison with silicon: vocabulary, bad files, exit codes, error bounds, same output."""
import csv
import io
import itertools
import os
import random
import re
import subprocess
import sys

import pytest

from conftest import PROGRAM, ROOT

sys.path.insert(0, str(ROOT / "sim" / "whatif"))

from dsasim import clients, fit, points, rows, runner, silicon  # noqa: E402

CSV = ROOT / "tests" / "silicon" / "silicon.csv"
TINY = dict(points.read(str(CSV))[0].cells)
CONDITIONS = ("platform=spr;client=lightdsa;loop=ring;window=8;window_unit=batch;count=2048;"
              "sizes=fixed;pattern=seq;ws=1048576;reuse=none;align=64;cache=dram;per=stream;"
              "stat=mean;usable=1")


def row(**cells):
    """A valid row with some cells replaced; `cond` adds or replaces conditions."""
    out = {**TINY, "id": "X-1", "transfer_bytes": "4096", "value": "28000",
           "conditions": CONDITIONS}
    cond = dict(part.split("=", 1) for part in CONDITIONS.split(";"))
    for part in cells.pop("cond", "").split(";"):
        if part:
            key, _, word = part.partition("=")
            cond[key] = word
            if word == "-":
                del cond[key]
    out["conditions"] = ";".join(f"{k}={v}" for k, v in cond.items())
    out.update(cells)
    return out


def write(path, *some):
    """A file of points."""
    text = io.StringIO()
    writer = csv.DictWriter(text, points.COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(some)
    path.write_text(text.getvalue())
    return path


def point(**cells):
    cells = row(**cells)
    cond = dict(part.split("=", 1) for part in cells["conditions"].split(";"))
    return points.Point(cells, cond, 2)


def tool(*args, cwd=ROOT, module="silicon"):
    """The tool as a user starts it."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "sim" / "whatif")}
    return subprocess.run([sys.executable, "-m", f"dsasim.{module}", "--program", str(PROGRAM),
                           *map(str, args)], cwd=cwd, env=env, capture_output=True, text=True,
                          timeout=600, check=False)


# ---- reading ----

def test_all_rows_are_read():
    some = points.read(str(CSV))
    assert len(some) == 882
    assert sum(p.usable for p in some) == 757


@pytest.mark.parametrize("cells, names", [
    ({"op": "memcpy2"}, ("column op", "memcpy2")),
    ({"transfer_bytes": "4k"}, ("column transfer_bytes", "4k")),
    ({"transfer_bytes": "9" * 40}, ("column transfer_bytes",)),
    ({"engines": "-1"}, ("column engines",)),
    ({"metric": "speed"}, ("column metric", "speed")),
    ({"unit": "MB/s"}, ("column unit", "MB/s")),
    ({"value": "fast"}, ("column value", "fast")),
    ({"value": "nan"}, ("column value",)),
    ({"value": "inf"}, ("column value",)),
    ({"confidence": "sure"}, ("column confidence",)),
    ({"src_mem": "moon"}, ("column src_mem", "moon")),
    ({"cond": "colour=red"}, ("column conditions", "colour")),
    ({"cond": "loop=spiral"}, ("column conditions", "spiral")),
    ({"cond": "window=many"}, ("column conditions", "window")),
    ({"cond": "sizes=uniform:1"}, ("column conditions", "sizes")),
    ({"conditions": "loop"}, ("column conditions", "loop")),
    ({"conditions": "loop=sync;loop=ring"}, ("column conditions", "twice")),
    ({"id": ""}, ("column id",)),
])
def test_a_bad_cell_is_named(tmp_path, cells, names):
    """The row is named and counted, the others run; a file with no other row is bad input."""
    path = write(tmp_path / "bad.csv", row(id="A-1"), row(**{"id": "A-2", **cells}))
    done = tool("--points", path)
    assert done.returncode == 0 and done.stderr == ""
    assert "can't be read: line 3:" in done.stdout
    assert "2 rows: 1 run, 0 not usable, 1 usable but not run" in done.stdout
    for name in names:
        assert name in done.stdout
    done = tool("--points", write(tmp_path / "bad.csv", row(**{"id": "A-2", **cells})))
    assert done.returncode == 2 and "line 2" in done.stderr


@pytest.mark.parametrize("text, names", [
    ("", "empty"),
    ("id,op\n", "column 'metric' is missing"),
    (",".join(points.COLUMNS) + ",op\n", "column 'op' stands twice"),
    (",".join(points.COLUMNS) + "\n", "no rows"),
    (",".join(points.COLUMNS) + "\na,b\n", "line 2: 2 cells"),
    (",".join(points.COLUMNS) + '\n"a', ":2:"),
])
def test_a_bad_file_is_named(tmp_path, text, names):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    done = tool("--points", path)
    assert done.returncode == 2
    assert str(path) in done.stderr and names in done.stderr


def test_no_file_and_no_program(tmp_path):
    assert tool("--points", tmp_path / "none.csv").returncode == 2
    path = write(tmp_path / "one.csv", row())
    done = tool("--points", path, "--program", tmp_path / "none")
    assert done.returncode == 2 and "none" in done.stderr
    path.write_bytes(b"\xff\xfe\x00")
    assert tool("--points", path).returncode == 2


def test_an_id_stands_once(tmp_path):
    done = tool("--points", write(tmp_path / "twice.csv", row(), row()))
    assert done.returncode == 0 and "line 2 already" in done.stdout


def test_columns_may_be_more_or_fewer(tmp_path):
    """What only describes may be missing; columns that nobody knows are not looked at; a byte-order mark neither."""
    path = write(tmp_path / "one.csv", row())
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    few = [c for c in points.COLUMNS if c not in ("source", "figure", "kind", "note", "queue_depth")]
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        out = csv.DictWriter(file, [*few, "weather"], extrasaction="ignore")
        out.writeheader()
        out.writerows({**r, "weather": "fine"} for r in rows)
    done = tool("--points", path)
    assert done.returncode == 0 and "1 rows: 1 run" in done.stdout, done.stderr


def test_random_rows_run_or_are_named(tmp_path):
    """Any combination of the vocabulary: each row is run, or named with a reason; none is lost."""
    rng = random.Random(5)
    words = list(_words())
    rows = []
    for i in range(60):
        cells = {"id": f"R-{i}"}
        conditions = {}
        for _, more in rng.sample(words, 4):
            more = dict(more)
            key, eq, word = more.pop("cond", "").partition("=")
            if eq and key not in ("usable", "why", "fault"):
                conditions[key] = word
            cells.update(more)
        cells["cond"] = ";".join(f"{k}={w}" for k, w in conditions.items())
        rows.append(row(**cells))
    done = tool("--points", write(tmp_path / "any.csv", *rows))
    assert done.returncode == 0, done.stderr
    assert re.search(r"^60 rows: \d+ run", done.stdout, re.M) and "Traceback" not in done.stderr
    named = re.findall(r"R-\d+", done.stdout)
    run = int(re.search(r"^60 rows: (\d+) run", done.stdout, re.M)[1])
    assert run > 10 and len(set(named)) == 60 - run


# ---- every word ----

def _words():
    """One point for each word of each key, operation, metric, memory: (name, cells)."""
    for key, words in points.KEYS.items():
        if isinstance(words, str):
            for word in words.split():
                yield f"{key}={word}", {"cond": f"{key}={word}"}
    for key, words in {
            "sizes": ("fixed", "unknown", "uniform:64:4096", "alt:16384:512",
                      "first:1048576:4096", "double:4096:65536", "range:8:64",
                      "mix:10x4096:2x65536"),
            "run": ("3",), "split": ("2", "4"), "piece": ("1024",), "recycle": ("4",),
            "offset": ("1365",), "groups": ("2",), "wqs_used": ("1",), "align": ("1", "16"),
            "window": ("1", "5"), "count": ("1", "100"), "ws": ("65536",),
            "assumed": ("engines+wq_size",)}.items():
        for word in words:
            extra = {"transfer_bytes": "16384"} if word.startswith("double") else {}
            yield f"{key}={word}", {"cond": f"{key}={word}", **extra}
    for op in sorted(points.OPS):
        yield f"op={op}", {"op": op}
    for metric, units in points.UNITS.items():
        for unit in units:
            yield f"{metric} in {unit}", {"metric": metric, "unit": unit}
    for side, word in itertools.product(("src_mem", "dst_mem"), points.CELLS["src_mem"]):
        yield f"{side}={word}", {side: word}
    for page in points.CELLS["page_size"]:
        yield f"page_size={page}", {"page_size": page}
    for kind in points.CELLS["wq_type"]:
        yield f"wq_type={kind}", {"wq_type": kind}
    for devices in (1, 2, 4, 8):
        yield f"devices={devices}", {"devices": str(devices), "wqs": str(devices)}


@pytest.mark.parametrize("name, cells", list(_words()))
def test_every_word_makes_a_run_or_a_reason(name, cells):
    """No word ends in a traceback: there is a scenario, or a sentence that says why not."""
    try:
        run = rows.build(point(**cells))
    except rows.NotRunnable as reason:
        assert len(str(reason)) > 10
        return
    assert run.client["count"] > 0
    assert run.platform


def test_every_word_runs(tmp_path):
    """The scenarios are valid and give a value in the row's own unit, or the program says why."""
    some = [row(id=f"W-{i}", **cells) for i, (_, cells) in enumerate(_words())]
    path = write(tmp_path / "words.csv", *some)
    outcomes = runner.run_points(runner.Program(str(PROGRAM)), points.read(str(path)))
    bad = [(o.point.id, o.reason, o.point.cond) for o in outcomes
           if o.kind == "failed" and "can't" not in o.reason and "no " not in o.reason]
    assert not bad
    ran = [o for o in outcomes if o.value is not None]
    assert len(ran) > len(some) // 2


def test_later_units_that_overtake_are_counted(tmp_path):
    """A long copy first, then short ones on four engines: some are seen complete before it."""
    path = write(tmp_path / "first.csv",
                 row(metric="overtaken", unit="count", value="20", transfer_bytes="", batch="",
                     cond="loop=first;window=64;window_unit=desc;count=65;sizes=first:1048576:4096"),
                 row(id="X-2", metric="overtaken", unit="count", value="20", transfer_bytes="",
                     batch="", engines="1",
                     cond="loop=first;window=64;window_unit=desc;count=65;sizes=first:1048576:4096"))
    four, one = runner.run_points(runner.Program(str(PROGRAM)), points.read(str(path)))
    assert 10 < four.value <= 64
    assert one.value < four.value


def test_prose_is_not_read():
    """What stands in note, source or figure changes nothing."""
    plain = rows.build(point())
    loud = rows.build(point(note="sync, batch 7, 1 engine, page size 2 MiB", source="?",
                            figure="random 64 B"))
    assert plain.__dict__ == loud.__dict__


def test_left_out_rows_are_named_and_counted(tmp_path):
    path = write(tmp_path / "some.csv", row(id="A-1"),
                 row(id="A-2", cond="usable=0;why=illegal"), row(id="A-3", cond="platform=gnr"),
                 row(id="A-4", transfer_bytes=""))
    done = tool("--points", path)
    assert done.returncode == 0
    assert "4 rows: 1 run, 1 not usable, 2 usable but not run" in done.stdout
    for text in ("illegal", "A-2", "another device generation", "A-3", "transfer_bytes is empty",
                 "A-4"):
        assert text in done.stdout


# ---- exit codes ----

def test_exit_code_follows_the_bound(tmp_path):
    path = write(tmp_path / "far.csv", row(value="14000"))
    assert tool("--points", path).returncode == 0
    assert tool("--points", path, "--max-median", 500).returncode == 0
    done = tool("--points", path, "--max-median", 5)
    assert done.returncode == 1 and "too much" in done.stdout
    medium = write(tmp_path / "medium.csv", row(value="14000", confidence="medium"))
    assert tool("--points", medium, "--max-median", 5).returncode == 0
    lost = write(tmp_path / "lost.csv", row(cond="platform=gnr"))
    assert tool("--points", lost, "--max-median", 5).returncode == 1
    assert tool("--points", path, "--max-median", "-1").returncode == 2


def test_lines_of_one_unit_convert():
    """The same time in every unit of it."""
    results = {"totals": {"ps": 2_000_000_000, "descriptors": 1000, "units": 1000,
                          "bytes": 4096000, "time_ps": {"submit": 100_000_000}},
               "latency": {"p50_ps": 1_000_000, "mean_ps": 1_100_000, "max_ps": 0, "min_ps": 0}}
    run = rows.Run()

    def value(metric, unit, **cond):
        return runner.value_of(point(metric=metric, unit=unit,
                                     cond=";".join(f"{k}={v}" for k, v in cond.items())), run,
                               results, 2e9)

    assert value("throughput", "GB/s") == pytest.approx(2.048)
    assert value("throughput", "MiB/s") == pytest.approx(2.048e9 / 2 ** 20)
    assert value("rate", "Mops/s") == pytest.approx(0.5)
    assert value("time_per_op", "us") == pytest.approx(2)
    assert value("latency", "ns", stat="p50") == pytest.approx(1000)
    assert value("latency", "cycles") == pytest.approx(2200)
    assert value("wait_time", "ns") == pytest.approx(1000)
    assert value("submit_time", "ns") == pytest.approx(100)
    assert value("total_time", "ms") == pytest.approx(2)


# ---- the model against silicon ----

@pytest.mark.slow
@pytest.mark.parametrize("names, median, share", [
    ("L2single", 7, 85), ("L2sg64", 4, 95), ("L2batch", 4, 90), ("L3", 5, 85), ("L4", 5, 85),
    ("L5", 5, 85), ("L1S", 4, 80), ("L1R", 4, 80), ("A-0", 15, 65),
])
def test_experiments_stay_within_their_bounds(names, median, share):
    some = [p for p in points.read(str(CSV)) if p.id.startswith(names) and p.usable]
    s = silicon.Summary(runner.run_points(runner.Program(str(PROGRAM)), some))
    assert s.run == len(some)
    assert s.median <= median
    assert s.within(15) >= share


def test_output_is_the_same_each_time():
    args = ("--only", "HDwin,L2single-00", "--all", "--max-median", 30)
    first, second = tool(*args), tool(*args, "--jobs", 1)
    assert first.returncode == second.returncode == 0
    assert first.stdout == second.stdout


def test_page_with_plots(tmp_path):
    pytest.importorskip("matplotlib")
    for name in ("one", "two"):
        done = tool("--only", "HDwin,DT", "--out", tmp_path / name / "silicon.md")
        assert done.returncode == 0, done.stderr
    page = (tmp_path / "one" / "silicon.md").read_text()
    assert "| HDwin-001 |" in page and "unit-unknown" in page
    plot = tmp_path / "one" / "img" / "silicon-hdwin.svg"
    assert plot.read_bytes() == (tmp_path / "two" / "img" / "silicon-hdwin.svg").read_bytes()
    assert page == (tmp_path / "two" / "silicon.md").read_text()
    done = tool("--only", "HDwin-001", "--out", "/proc/none/silicon.md")
    assert done.returncode == 2


# ---- overlays and the fit ----

def test_overlays_change_no_device_constant():
    """Other machines differ in engines, queue size, clock and what a core pays, nothing else."""
    program = runner.Program(str(PROGRAM))

    def device(name):
        text = program.platform(name)
        return text[text.index("\niommu:"):].replace(name, "spr")

    for name in set(rows.PLATFORMS.values()) - {"spr"}:
        assert device(name) == device("spr")


def test_fit_holds_back_a_part_by_its_seed():
    some = points.read(str(CSV))
    held = [p.id for p in some if fit.held_back(p, 1, 0.25)]
    assert 0.18 < len(held) / len(some) < 0.32
    assert held == [p.id for p in some if fit.held_back(p, 1, 0.25)]
    assert held != [p.id for p in some if fit.held_back(p, 2, 0.25)]


def test_fit_constants_are_keys_of_the_platform():
    text = runner.Program(str(PROGRAM)).platform("spr")
    for path, unit, limit, _ in fit.CONSTANTS:
        value, printed = fit.value_in(text, path)
        assert value > 0 and printed in fit.SCALE and unit in fit.SCALE and limit > 1


@pytest.mark.slow
def test_fit_moves_a_constant_towards_the_points(monkeypatch):
    """From a wrong submission gap the fit finds its way back with the points that it moves."""
    some = [p for p in points.read(str(CSV)) if p.id.startswith("HDwin") and p.op == "memmove"]
    one = fit.Fit(runner.Program(str(PROGRAM)), some, 1, 0.25, None)
    path = "cpu.movdir64b_gap"
    right = one.now[path]
    one.now[path] = right * 1.3
    before = fit.cost(one.run(one.fit))
    one.improve(path, 1.5, one.fit)
    assert fit.cost(one.run(one.fit)) < before
    assert abs(one.now[path] / right - 1) < 0.15


def test_clients_are_words():
    for client, lib in clients.COSTS:
        assert client in points.KEYS["client"].split()
        assert not lib or lib in (points.KEYS["lib"] + " " + points.KEYS["api"]).split()
