# SPDX-License-Identifier: GPL-2.0
"""dsasim compare: two results side by side, significance over seeds."""
import csv
import pathlib
import random
import shutil
import subprocess
import sys

import pytest

from conftest import PROGRAM, ROOT

sys.path.insert(0, str(ROOT / "sim/whatif"))
from dsasim import compare  # noqa: E402  pylint: disable=wrong-import-position

SCENARIO = """name: c
data: none
processes:
  - { name: p, wq: wq0.0, loop: open, interval: 2 us, arrivals: exp, window: 32, size: 'uniform:256 B:32 KiB', count: 400 }
accel_config: [{ file: %s }]
"""


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compare")
    (folder / "s.yaml").write_text(SCENARIO % (ROOT / "traces/configs/dwq64-2eng.json"))
    for name, sets in (("a", []), ("slow", ["--set", "processes[0].overhead=1 us", "--set", "dsa.write_bandwidth=16 GB/s"])):
        for seed in range(1, 6):
            done = subprocess.run([PROGRAM.resolve(), "run", "s.yaml", "-q", "--out", f"{name}/{seed}", "--seed", str(seed), *sets],
                                  cwd=folder, check=False)
            assert done.returncode == 0
    return folder


def tool(cwd, *args):
    return subprocess.run([sys.executable, ROOT / "sim/whatif/dsasim-compare", *args], cwd=cwd, capture_output=True, text=True,
                          timeout=60, check=False)


def table(text):
    return {r["metric"]: r for r in csv.DictReader(text.splitlines())}


def test_seeds(folder):
    """A slower device is surely slower; two halves of the same runs are not."""
    found = table(tool(folder, "a", "slow", "--csv").stdout)
    assert float(found["mean_ns"]["change"]) > 0.05 and float(found["mean_ns"]["p"]) < 0.01
    assert float(found["mean_ns"]["b"]) > float(found["mean_ns"]["a"])
    (folder / "x").mkdir()
    (folder / "y").mkdir()
    for seed in range(1, 6):
        shutil.copytree(folder / f"a/{seed}", folder / ("x" if seed < 4 else "y") / str(seed))
    found = table(tool(folder, "x", "y", "--csv").stdout)
    assert float(found["mean_ns"]["p"]) > 0.01


def test_one_run_each(folder):
    done = tool(folder, "a/1", "slow/1")
    assert done.returncode == 0 and "at least two seeds" in done.stdout and "limited by" in done.stdout
    same = tool(folder, "a/1", "a/1", "--all", "--csv").stdout
    assert all(float(r["change"] or 0) == 0 for r in table(same).values())


def test_fail_above(folder):
    assert tool(folder, "a", "slow", "--fail-above", "5").returncode == 1
    assert tool(folder, "a", "slow", "--fail-above", "100000").returncode == 0
    assert tool(folder, "slow", "a", "--fail-above", "5").returncode == 0


def test_bad_input(folder):
    (folder / "broken").mkdir(exist_ok=True)
    (folder / "broken/results.json").write_text("{")
    (folder / "other").mkdir(exist_ok=True)
    (folder / "other/results.json").write_text("{}")
    for bad, what in (("nowhere", "no results here"), ("broken", "results.json"), ("other", "no results of dsasim")):
        done = tool(folder, "a", bad)
        assert done.returncode == 2 and what in done.stderr and done.stderr.count("\n") == 1


def test_subcommand(folder, tmp_path):
    """`dsasim compare` finds the script beside itself: in the build folder, elsewhere (O=), installed; else in the path."""
    elsewhere, installed = tmp_path / "o", tmp_path / "usr"
    for arguments in ((f"O={elsewhere}", f"{elsewhere}/dsasim-compare"), (f"PREFIX={installed}", "DESTDIR=", "install-whatif")):
        subprocess.run(["make", "-s", *arguments], cwd=ROOT, check=True, capture_output=True, timeout=120)
    paths = {"PATH": "/usr/bin"}
    alone = tmp_path / "alone"
    programs = [PROGRAM.resolve()]
    for place in (elsewhere, installed / "bin", alone):
        place.mkdir(exist_ok=True)
        programs.append(pathlib.Path(shutil.copy(PROGRAM, place)))
    expected = tool(folder, "a", "slow").stdout
    for program in programs:
        search = {"PATH": f"{ROOT / 'sim/whatif'}:/usr/bin"} if program.parent == alone else paths
        done = subprocess.run([program, "compare", "a", "slow"], cwd=folder, env=search, capture_output=True, text=True,
                              timeout=60, check=False)
        assert done.returncode == 0 and "Welch" in done.stdout, done.stderr
        assert done.stdout == expected
    done = subprocess.run([programs[-1], "compare", "a", "slow"], cwd=folder, env=paths, capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 2 and "neither beside this program nor in the path" in done.stderr


def test_welch_against_known_values():
    """Published example of the t distribution's table, and shuffling as a second opinion."""
    # t(0.975, 10) = 2.228139: both tails 5 %.
    t, freedom = 2.2281388519649385, 10
    assert compare.incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t)) == pytest.approx(0.05, rel=1e-9)
    rng = random.Random(1)
    for shift in (0, 0.5, 1):
        a, b = [rng.gauss(0, 1) for _ in range(12)], [rng.gauss(shift, 1) for _ in range(12)]
        delta, everything = abs(sum(a) - sum(b)), a + b
        hits = 0
        for _ in range(4000):
            rng.shuffle(everything)
            hits += abs(sum(everything[:12]) - sum(everything[12:])) >= delta
        assert compare.welch(a, b) == pytest.approx(hits / 4000, abs=0.03)
    assert compare.welch([1, 1], [1, 1]) == 1 and compare.welch([1, 1], [2, 2]) == 0
    assert compare.welch([1], [2, 3]) is None
