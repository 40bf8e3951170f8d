# SPDX-License-Identifier: GPL-2.0
"""Write the tables of docs/partitioning.md from runs of traces/scenarios/partition*.yaml.

usage: partitioning.py DSASIM [--print]     --print: to the terminal, the page stays as it is
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/partitioning.md"
CONFIGS = ROOT / "traces/configs"

# Partition: configuration, the neighbour's queue, on the host's user queues?
PARTITIONS = {
    "one shared queue": ("shared", "wq0.0", False),
    "dedicated queues, one group": ("dedicated", "wq0.1", False),
    "the same, one engine": ("one-engine", "wq0.1", False),
    "... with priorities 15 and 1": ("priority", "wq0.1", False),
    "groups of 1 and 3 engines": ("groups", "wq0.1", False),
    "... neighbour on 24 read buffers": ("buffers", "wq0.1", False),
    "static slices (SR-IOV style)": ("slices", "wq0.1", False),
    "host processes, shared queue": ("user-shared", "wq0.0", True),
    "host processes, slices": ("user-slices", "wq0.1", True),
}
# What the neighbour does, as keys of a client; None: nothing.
NEIGHBOURS = {
    "alone": None,
    "4 KiB": {"size": "4 KiB", "window": 64, "reuse": "slot"},
    "64 KiB": {"size": "64 KiB", "window": 64, "reuse": "slot"},
    "batches": {"size": "4 KiB", "batch": 64, "window": 8, "reuse": "slot"},
    "page faults": {"size": "64 KiB", "window": 64, "fault": "minor", "repair": "prs", "bof": "yes", "ws": "32 MiB"},
}
STREAM = {"size": "64 KiB", "window": 60, "reuse": "slot"}


def behaviour(keys):
    """The neighbour's client as YAML; idle is one small copy."""
    if keys is None:
        return "{ size: 64 B, reuse: slot, count: 1 }"
    rest = ", ".join(f"{k}: {v}" for k, v in keys.items())
    return "{ loop: ring, count: 0, duration: 5 ms, " + rest + " }"


def run(program, partition, neighbour, out, front=None):
    """Results by tenant: the neighbour does @neighbour, the front end its requests or @front."""
    config, queue, host = PARTITIONS[partition]
    sets = [] if host else [f"guests[1].vdev={queue}"]
    for tenant, does in enumerate((front, behaviour(neighbour))):
        if does and host:
            does = does.replace("{ ", "{ name: %s, wq: %s, " % (("front", "wq0.0"), ("neighbour", queue))[tenant], 1)
            sets.append(f"processes[{tenant}]={does}")
        elif does:
            sets.append(f"guests[{tenant}].defaults={does}")
    command = [program, "run", ROOT / f"traces/scenarios/partition{'-host' if host else ''}.yaml", "--quiet",
               "--out", out, "--set", f"accel_config[0].file={CONFIGS}/partition-{config}.json"]
    for value in sets:
        command += ["--set", value]
    subprocess.run(command, check=True)
    results = json.loads((pathlib.Path(out) / "results.json").read_text())
    return {t["tenant"]: t for t in results["tenants"]}, results


def us(ps):
    """Microseconds with three digits that count."""
    value = ps / 1e6
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def head(first, columns):
    """The first two lines of a table."""
    return ["| " + " | ".join([first, *columns]) + " |", "|---|" + "---|" * len(columns)]


def row(name, cells):
    """One line of a table."""
    return "| " + " | ".join([name, *cells]) + " |"


def tables(program):
    """The three tables as Markdown, and the exits."""
    busy = [n for n in NEIGHBOURS if n != "alone"]
    front = head("front end's requests: p50, p99 in us", NEIGHBOURS)
    other = head("neighbour's GB/s; front end's requests per ms", busy)
    streams = head("two streams of 64 KiB: GB/s", ["first", "second", "p99 of the first, us"])
    exits = {False: 0, True: 0}
    with tempfile.TemporaryDirectory() as out:
        for partition in PARTITIONS:
            latency, rate = [], []
            for name, keys in NEIGHBOURS.items():
                tenants, results = run(program, partition, keys, out)
                one, two = tenants["front"], tenants["neighbour"]
                latency.append(f"{us(one['latency']['p50_ps'])}, {us(one['latency']['p99_ps'])}")
                if name != "alone":
                    rate.append(f"{two['bytes_per_s'] / 1e9:.3g}; {one['units'] / 5:.0f}")
                exits[name == "page faults"] += results["steady_state"]["exits"]
            front.append(row(partition, latency))
            other.append(row(partition, rate))
            tenants, results = run(program, partition, STREAM, out, behaviour(STREAM))
            exits[False] += results["steady_state"]["exits"]
            streams.append(row(partition, [f"{tenants[t]['bytes_per_s'] / 1e9:.3g}" for t in ("front", "neighbour")] +
                               [us(tenants["front"]["latency"]["p99_ps"])]))
    return "\n".join(front + [""] + other + [""] + streams) + f"""

Exits of guests in the steady state: {exits[False]:,} in all runs without page faults together, {exits[True]:,} with them.
"""


def main():
    """Write the page, or print."""
    text = tables(str(pathlib.Path(sys.argv[1]).resolve()))
    if "--print" in sys.argv[2:]:
        print(text, end="")
        return
    page, found = re.subn(r"(<!-- begin tables:[^\n]*-->\n).*?(<!-- end tables -->)", lambda m: m[1] + text + m[2],
                          PAGE.read_text(), flags=re.S)
    if found != 1:
        sys.exit(f"{PAGE}: no place for the tables")
    PAGE.write_text(page)


if __name__ == "__main__":
    main()
