# SPDX-License-Identifier: GPL-2.0
"""How long a sweep of 200 points of 100 000 descriptors takes, and how well two processes share it.

usage: sweep.py --program DSASIM     (PYTHONPATH=sim/whatif)
"""
import argparse
import os
import pathlib
import tempfile
import time

from dsasim import sweep, whatif

POINTS = """name: bench
scenario:
  name: bench
  platform: spr
  data: none
  processes:
    - { name: copy, wq: wq0.0, loop: ring, window: 64, count: 100000, reuse: slot, cc: yes }
accel:
  - groups:
      - { engines: 4, wqs: [{ mode: dedicated, size: 64 }] }
grid:
  size: { path: "processes[0].size", values: [256 B, 512 B, 1 KiB, 2 KiB, 4 KiB, 8 KiB, 16 KiB, 32 KiB, 64 KiB, 128 KiB] }
  window: { path: "processes[0].window", values: [8, 16, 32, 64] }
  walkers: { path: iommu.walkers, values: [1, 2, 4, 8, 16] }
"""


def measure(program, folder, jobs):
    """Seconds of the whole sweep, table included."""
    spec = sweep.Sweep(folder / "s.yaml")
    begin = time.monotonic()
    table = whatif.run(spec, folder / f"out{jobs}", program, jobs=jobs)
    with open(folder / f"out{jobs}.csv", "w", encoding="utf-8") as file:
        table.write_csv(file)
    seconds = time.monotonic() - begin
    bad = [r for r in table.rows if r["status"] != "ok"]
    assert len(table.rows) == 200 and not bad, bad[:1]
    assert all(r["descriptors"] == 100000 for r in table.rows)
    return seconds


def main():
    """Both, and what comes of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    program = str(pathlib.Path(parser.parse_args().program).resolve())
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "s.yaml").write_text(POINTS, encoding="utf-8")
        times = {jobs: measure(program, folder, jobs) for jobs in (2, 1)}
        same = (folder / "out1.csv").read_bytes() == (folder / "out2.csv").read_bytes()
    print(f"200 points of 100000 descriptors: {times[1]:.1f} s one at a time, {times[2]:.1f} s two at a time "
          f"on {os.cpu_count()} processors")
    cpu = os.times()
    print(f"processor time of both: {cpu.children_user + cpu.children_system:.1f} s in the runs, "
          f"{cpu.user + cpu.system:.1f} s in the sweep itself (what others leave of the machine decides the rest)")
    print(f"parallel efficiency at two: {times[1] / times[2] / 2:.3f}; results the same: {same}")


if __name__ == "__main__":
    main()
