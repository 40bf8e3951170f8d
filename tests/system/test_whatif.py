# SPDX-License-Identifier: GPL-2.0
"""dsasim-whatif: points, results, resuming, failures, clusters, the page."""
import csv
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

import browser
from conftest import PROGRAM, ROOT

sys.path.insert(0, str(ROOT / "sim/whatif"))
from dsasim import answers, sweep, table as tables  # noqa: E402  pylint: disable=wrong-import-position

TOOL = ROOT / "sim/whatif/dsasim-whatif"
SWEEP = """name: small
question: Does the window matter?
scenario:
  name: small
  platform: spr
  data: none
  processes:
    - { name: copy, wq: wq0.0, loop: ring, window: 4, count: 300 }
accel:
  - groups:
      - { engines: 1, wqs: [{ mode: dedicated, size: 32 }] }
grid:
  window: { path: defaults.window, values: [1, 4, 16] }
  size: { path: "processes[0].size", values: [1 KiB, 16 KiB] }
  engines:
    one: {}
    two: { "accel[0].groups[0].engines": 2 }
set: { "processes[0].window": 0 }
seeds: 2
plots:
  - { x: window, y: gbps, series: size, facet: engines }
  - { x: size, y: [mean_ns, p99_ns], where: { engines: one, window: 4 }, kind: bar }
figures:
  fast: m('gbps', window=16, size='16 KiB', engines='one')
claims: [fast > 1]
answer: |
  It does: {fast:.1f} GB/s.
""".replace('set: { "processes[0].window": 0 }\n', "").replace("window: 4, count", "count")


def whatif(cwd, *args, timeout=300, **kw):
    return subprocess.run([sys.executable, str(TOOL), *map(str, args), "--program", str(PROGRAM.resolve())], cwd=cwd,
                          capture_output=True, text=True, timeout=timeout, check=False, **kw)


def rows(out):
    with open(out / "results.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module", name="done")
def _done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweep")
    (folder / "s.yaml").write_text(SWEEP)
    ran = whatif(folder, "s.yaml", "-o", "out")
    assert ran.returncode == 0, ran.stderr
    return folder, ran


def test_csv_is_tidy(done):
    """One row a run, every place once, numbers that fit the places."""
    found = rows(done[0] / "out")
    assert len(found) == 3 * 2 * 2 * 2
    assert len({(r["window"], r["size"], r["engines"], r["seed"]) for r in found}) == len(found)
    assert all(r["status"] == "ok" and not r["message"] for r in found)
    assert all(float(r["bytes"]) == 300 * (1024 if r["size"] == "1 KiB" else 16384) for r in found)

    def mean(**at):
        values = [float(r["gbps"]) for r in found if all(r[k] == v for k, v in at.items())]
        return sum(values) / len(values)
    assert mean(window="16", size="16 KiB") > 2 * mean(window="1", size="16 KiB")
    assert mean(window="16", size="16 KiB") > mean(window="16", size="1 KiB")


def test_points_are_those_of_the_program(done):
    """A point's row is what `dsasim run` with the same overrides says."""
    folder = done[0]
    row = next(r for r in rows(folder / "out") if (r["window"], r["size"], r["engines"], r["seed"]) == ("4", "1 KiB", "two", "2"))
    spec = sweep.Sweep(folder / "s.yaml")
    point = next(p for p in spec.points() if str(p) == "window=4, size=1 KiB, engines=two, seed=2")
    (_, tree), = sweep.accel_configs(point.accel)
    assert len(tree[0]["groups"][0]["grouped_engines"]) == 2
    (folder / "a.json").write_text(sweep.json.dumps(tree))
    (folder / "r.yaml").write_text(sweep.json.dumps({**spec.scenario, "accel_config": [{"file": "a.json"}]}))
    sets = [a for path, value in point.sets for a in ("--set", f"{path}={value}")]
    ran = subprocess.run([PROGRAM.resolve(), "run", "r.yaml", "-q", "--out", "one", "--seed", "2", *sets], cwd=folder, check=False)
    assert ran.returncode == 0
    results = sweep.json.loads((folder / "one/results.json").read_text())
    assert float(row["mean_ns"]) == pytest.approx(results["latency"]["mean_ps"] / 1e3)
    assert float(row["span_us"]) == pytest.approx(results["totals"]["ps"] / 1e6)


def test_nothing_runs_twice(done):
    """The same command again: no point is touched; another program's points are others."""
    folder = done[0]
    before = {p.name: p.stat().st_mtime_ns for p in (folder / "out/points").iterdir()}
    text = (folder / "out/results.csv").read_text()
    again = whatif(folder, "s.yaml", "-o", "out")
    assert again.returncode == 0
    assert {p.name: p.stat().st_mtime_ns for p in (folder / "out/points").iterdir()} == before
    assert (folder / "out/results.csv").read_text() == text
    keys = [{p.key for p in sweep.Sweep(folder / "s.yaml").points(program)} for program in ("a", "b")]
    assert not keys[0] & keys[1] and len(keys[0]) == 24


def test_change_runs_what_it_reaches(done, tmp_path):
    """A further value of an axis is new work; what was there stays."""
    shutil.copytree(done[0] / "out", tmp_path / "out")
    before = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "out/points").iterdir()}
    (tmp_path / "s.yaml").write_text(SWEEP.replace("values: [1, 4, 16]", "values: [1, 4, 8, 16]"))
    assert whatif(tmp_path, "s.yaml", "-o", "out").returncode == 0
    after = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "out/points").iterdir()}
    assert len(after) == len(before) + 8
    assert all(after[name] == when for name, when in before.items())


def test_hash_follows_files(tmp_path):
    """A point depends on what its files say, whichever way they are named."""
    (tmp_path / "t.json").write_text("[]")
    (tmp_path / "p.yaml").write_text("extends: spr\nname: p\n")
    (tmp_path / "s.yaml").write_text("platform: p.yaml\naccel_config: [{ file: t.json }]\n")
    (tmp_path / "w.yaml").write_text("scenario: s.yaml\n")

    def key():
        return sweep.Sweep(tmp_path / "w.yaml").points()[0].key
    first = key()
    assert key() == first
    (tmp_path / "t.json").write_text("[ ]")
    second = key()
    (tmp_path / "p.yaml").write_text("extends: spr\nname: q\n")
    assert len({first, second, key()}) == 3


def test_interrupted(tmp_path):
    """^C in the middle: what is done stays, the same command does the rest."""
    (tmp_path / "s.yaml").write_text(SWEEP.replace("count: 300", "count: 60000").replace("seeds: 2", "seeds: 6"))
    with subprocess.Popen([sys.executable, str(TOOL), "s.yaml", "-o", "out", "--program", str(PROGRAM.resolve())], cwd=tmp_path,
                          stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True) as job:
        begin = time.monotonic()
        while time.monotonic() - begin < 60 and len(list(tmp_path.glob("out/points/*.json"))) < 5:
            time.sleep(0.02)
        os.killpg(job.pid, signal.SIGINT)
        _, errors = job.communicate(timeout=60)
        assert job.returncode == 130 and "the same command goes on" in errors
    kept = {p.name: p.stat().st_mtime_ns for p in tmp_path.glob("out/points/*.json")}
    assert 5 <= len(kept) < 72
    assert not list(tmp_path.glob("out/points/*.failed"))
    again = whatif(tmp_path, "s.yaml", "-o", "out")
    assert again.returncode == 0, again.stderr
    after = {p.name: p.stat().st_mtime_ns for p in tmp_path.glob("out/points/*.json")}
    assert len(after) == 72 and all(after[name] == when for name, when in kept.items())


def test_failures_are_kept_and_named(tmp_path):
    (tmp_path / "s.yaml").write_text(SWEEP.replace("values: [1, 4, 16]", "values: [1, 4, 0]").replace("claims: [fast > 1]", "")
                                     .replace("window=16", "window=4"))
    ran = whatif(tmp_path, "s.yaml", "-o", "out")
    assert ran.returncode == 1
    assert "failed: window=0, size=1 KiB, engines=one, seed=1: exit code 2" in ran.stderr
    assert len(list(tmp_path.glob("out/points/*.failed"))) == 8
    found = rows(tmp_path / "out")
    assert [r["status"] for r in found].count("failed") == 8
    assert all("window" in r["message"] and r["gbps"] == "" for r in found if r["status"] == "failed")
    assert 'id="failed"' in (tmp_path / "out/report.html").read_text()
    when = {p.name: p.stat().st_mtime_ns for p in tmp_path.glob("out/points/*.failed")}
    assert whatif(tmp_path, "s.yaml", "-o", "out").returncode == 1
    assert {p.name: p.stat().st_mtime_ns for p in tmp_path.glob("out/points/*.failed")} == when
    assert whatif(tmp_path, "s.yaml", "-o", "out", "--retry").returncode == 1
    assert {p.name: p.stat().st_mtime_ns for p in tmp_path.glob("out/points/*.failed")} != when


@pytest.mark.parametrize("text, what", [
    ("scenario: nowhere.yaml\n", "nowhere.yaml: no such file"),
    ("scenario: {}\nsize: 3\n", "unknown key 'size'"),
    ("scenario: {}\nscenario: {}\n", "'scenario' stands twice"),
    ("scenario: {}\ngrid: { a: [] }\n", "grid.a: a list of values is needed"),
    ("scenario: {}\ngrid: { a: [1, 1] }\n", "grid.a: a value stands twice"),
    ("scenario: {}\nseeds: x\n", "seeds: how many, or a list"),
    ("scenario: {}\nplots: [{ x: a }]\n", "each one has 'x' and 'y'"),
    ("scenario: {}\ngrid: { 'accel[0]': [1] }\n", "there is no 'accel' in the sweep"),
    ("scenario: {}\naccel: [{ groups: [{}] }]\ngrid: { 'accel[0].groups[3].engines': [1] }\n", "there is no '3'"),
    ("scenario: {}\naccel: [{ groups: [{ enginez: 1 }] }]\n", "group 0: unknown key 'enginez'; did you mean 'engines'?"),
    ("scenario: {}\naccel: [{ groups: [{ wqs: [{ sise: 1 }] }] }]\n", "unknown key 'sise'; did you mean 'size'?"),
    ("scenario: {}\naccel: [{ groups: [{ engines: two }] }]\n", "'two' is no whole number"),
    ("{", "s.yaml:"),
    ("[]", "a map is needed"),
])
def test_bad_sweeps(tmp_path, text, what):
    """One line that names what is wrong; nothing is written."""
    (tmp_path / "s.yaml").write_text(text)
    ran = whatif(tmp_path, "s.yaml", "-o", "out")
    assert ran.returncode == 2 and what in ran.stderr and ran.stderr.count("\n") == 1, ran.stderr
    assert not (tmp_path / "out").exists()


def test_answers_hold_no_code(done):
    spec = sweep.Sweep(done[0] / "s.yaml")
    words = answers.Words(tables.Table({a.name: list(a.values) for a in spec.axes}))
    assert answers.evaluate("2 * x + 1", words, {"x": 3}) == 7
    for text in ("__import__('os')", "(1).__class__", "open('x')", "[1]", "lambda: 1", "m.__self__", "x"):
        with pytest.raises(sweep.SweepError):
            answers.evaluate(text, words, {})


def test_page(done):
    """One file: the answer with its number, both plots, no link to anywhere."""
    text = (done[0] / "out/report.html").read_text()
    assert re.search(r"It does: \d+\.\d GB/s", text) and text.count("<figure") == 2 and text.count("<svg") == 2
    bare = re.sub(r'xmlns(:\w+)?="[^"]*"|<metadata>.*?</metadata>', "", text, flags=re.S)
    assert not re.search(r"https?:|url\((?!#)|@import|<script", bare)


@pytest.mark.slow
@pytest.mark.skipif(not browser.BROWSER, reason="no chromium")
def test_page_in_a_browser(done, tmp_path):
    page = done[0] / "out/report.html"
    dom = browser.document(page, tmp_path)
    assert dom.count("<svg") == 2 and 'id="rows"' in dom and "GB/s" in dom
    for dark in (False, True):
        found = browser.colours(browser.screenshot(page, tmp_path, dark=dark))
        ground = max(found, key=found.get)
        assert max(ground) < 64 if dark else min(ground) > 240
        assert sum(n for c, n in found.items() if max(c) - min(c) > 90) > 300, "lines of the plots"


def test_every_experiment_is_well_formed():
    """Eleven questions, each with an answer, claims and a plot; points and figures can be built."""
    files = sorted((ROOT / "traces/whatif").glob("*.yaml"))
    assert len(files) == 11
    for path in files:
        spec = sweep.Sweep(path)
        assert spec.question and spec.answer and spec.claims and spec.plots, path.name
        assert len([p for p in spec.answer.split("\n\n") if p.strip()]) == 2, path.name
        assert len({p.key for p in spec.points()}) == len(spec.points()) > 10


@pytest.mark.slow
def test_dask(done, tmp_path):
    """A scheduler and two workers on loopback: the same table, byte for byte."""
    pytest.importorskip("distributed")
    shutil.copy(done[0] / "s.yaml", tmp_path)
    environment = {**os.environ, "DASK_DISTRIBUTED__SCHEDULER__DASHBOARD__STATUS__TASK_STREAM_LENGTH": "0"}
    contact = tmp_path / "scheduler.json"
    jobs = []

    def start(module, *args):
        log = open(tmp_path / f"{len(jobs)}.log", "wb")  # pylint: disable=consider-using-with
        jobs.append(subprocess.Popen([sys.executable, "-m", module, *args], cwd=tmp_path, env=environment,  # pylint: disable=consider-using-with
                                     stdout=log, stderr=log))
        log.close()
    try:
        start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
              "--scheduler-file", str(contact))
        begin = time.monotonic()
        while not contact.exists():
            assert time.monotonic() - begin < 60 and jobs[0].poll() is None, (tmp_path / "0.log").read_text()
            time.sleep(0.1)
        address = sweep.json.loads(contact.read_text())["address"]
        for _ in range(2):
            start("distributed.cli.dask_worker", address, "--nthreads", "1", "--nworkers", "1", "--no-dashboard",
                  "--host", "127.0.0.1", "--local-directory", str(tmp_path))
        ran = whatif(tmp_path, "s.yaml", "-o", "far", "--scheduler", address)
        assert ran.returncode == 0, ran.stderr
        assert (tmp_path / "far/results.csv").read_text() == (done[0] / "out/results.csv").read_text()
    finally:
        for job in reversed(jobs):
            job.terminate()
        for job in jobs:
            try:
                job.wait(20)
            except subprocess.TimeoutExpired:
                job.kill()
                job.wait()
    assert len(jobs) == 3


def test_no_scheduler(tmp_path):
    pytest.importorskip("distributed")
    (tmp_path / "s.yaml").write_text(SWEEP)
    ran = whatif(tmp_path, "s.yaml", "-o", "out", "--scheduler", "tcp://127.0.0.1:1")
    assert ran.returncode == 2 and "--scheduler tcp://127.0.0.1:1" in ran.stderr


def test_installed(tmp_path):
    """The script finds its package and the program where `make install` puts them."""
    bins, share = tmp_path / "bin", tmp_path / "share/dsasim/python/dsasim"
    bins.mkdir()
    share.mkdir(parents=True)
    shutil.copy(TOOL, bins)
    for path in pathlib.Path(ROOT / "sim/whatif/dsasim").glob("*.py"):
        shutil.copy(path, share)
    shutil.copy(PROGRAM.resolve(), bins / "dsasim")
    (tmp_path / "s.yaml").write_text(SWEEP)
    environment = {k: v for k, v in os.environ.items() if k not in ("DSASIM", "PYTHONPATH")}
    ran = subprocess.run([bins / "dsasim-whatif", "s.yaml", "--seeds", "1", "--set", "processes[0].count=20"], cwd=tmp_path,
                         capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    assert len(rows(tmp_path / "whatif/small")) == 12
