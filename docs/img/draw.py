# SPDX-License-Identifier: GPL-2.0
"""Draw the pictures of the documentation from runs: `make pictures`.

usage: draw.py DSASIM
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  pylint: disable=wrong-import-position

HERE = pathlib.Path(__file__).resolve().parent
SCENARIO = HERE.parents[1] / "traces/scenarios/copy-window.yaml"
SIZES = [256 << i for i in range(13)]
WAYS = {
    "DSA, 64 in flight": ["processes[0].loop=ring", "processes[0].window=64"],
    "DSA, batches of 32": ["processes[0].loop=ring", "processes[0].window=2",
                           "processes[0].batch=32", "processes[0].reuse=one"],
    "DSA, one at a time": ["processes[0].loop=sync", "processes[0].window=1"],
    "a core, memcpy": ["processes[0].engine=cpu"],
}


def run(program, sets):
    """Totals and latency of a run."""
    with tempfile.TemporaryDirectory() as out:
        words = [w for s in sets for w in ("--set", s)]
        subprocess.run([program, "run", str(SCENARIO), "--quiet", "--out", out, *words], check=True)
        return json.loads((pathlib.Path(out) / "results.json").read_text())


def label(size):
    """A size as people write it."""
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size // unit} {name}"
    return f"{size} B"


def main():
    """One picture: throughput and latency over the transfer size."""
    program = str(pathlib.Path(sys.argv[1]).resolve())
    plt.rcParams.update({"svg.hashsalt": "dsasim", "font.size": 9, "axes.grid": True,
                         "grid.alpha": 0.3, "svg.fonttype": "none"})
    figure, (rate, time) = plt.subplots(1, 2, figsize=(8.4, 3.2), constrained_layout=True)
    for name, sets in WAYS.items():
        runs = [run(program, [*sets, f"processes[0].size={size} B", "processes[0].count=1600",
                              "processes[0].page_size=2 MiB"]) for size in SIZES]
        rate.plot(SIZES, [r["totals"]["bytes_per_s"] / 1e9 for r in runs], ".-", label=name)
        if "in flight" not in name and "batches" not in name:
            time.plot(SIZES, [r["latency"]["p50_ps"] / 1e6 for r in runs], ".-", label=name,
                      color=rate.lines[-1].get_color())
    rate.set(title="throughput", ylabel="GB/s", ylim=0)
    time.set(title="latency, median", ylabel="µs", yscale="log")
    for axis in (rate, time):
        axis.set_xscale("log", base=2)
        axis.set_xticks(SIZES[::3], [label(s) for s in SIZES[::3]])
        axis.set_xlabel("transfer size")
    rate.legend(fontsize=8)
    figure.savefig(HERE / "copy-size.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
