# SPDX-License-Identifier: GPL-2.0
"""Runs points through the program and reads the results in a point's own metric and unit."""
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import tempfile

from . import rows

MIB, GIB = 1 << 20, 1 << 30


class ProgramMissing(Exception):
    """The simulator's program is not there or does not start."""


class Program:
    """The simulator's program and what its platform files say."""

    def __init__(self, path, timeout=300):
        self.path, self.timeout = path, timeout
        self._platforms = {}

    def platform(self, name):
        """A platform with all its values: the text that `platform show` prints."""
        if name not in self._platforms:
            try:
                done = subprocess.run([self.path, "platform", "show", name], text=True,
                                      capture_output=True, timeout=self.timeout, check=False)
            except OSError as error:
                raise ProgramMissing(f"{self.path}: {error.strerror}") from None
            if done.returncode:
                raise ProgramMissing(f"{self.path} platform show {name}: {done.stderr.strip()}")
            self._platforms[name] = done.stdout
        return self._platforms[name]

    def tsc_hz(self, name):
        value, unit = re.search(r"\btsc: *([0-9.]+) *([kMG]?)Hz", self.platform(name)).groups()
        return float(value) * {"": 1, "k": 1e3, "M": 1e6, "G": 1e9}[unit]

    def touch_ns(self, name):
        value, unit = re.search(r"^  touch: *([0-9.]+) *(ps|ns|us)", self.platform(name),
                                re.M).groups()
        return float(value) * {"ps": 1e-3, "ns": 1, "us": 1e3}[unit]

    def engines(self, name):
        return int(re.search(r"^  engines: *([0-9]+)", self.platform(name), re.M).group(1))

    def larger_platform(self, want):
        """Text of a platform with more devices, or a second socket, made of a known one's parts."""
        text = self.platform(want["extends"])
        out = [f"extends: {want['extends']}", f"name: {want['extends']}-machine"]
        if want["two"]:
            block = re.search(r"^memory:\n((?:[- ].*\n)+)", text, re.M).group(1)
            nodes = [n for n in re.split(r"(?m)^(?=- )", block) if n]
            dram = next(n for n in nodes if "kind: dram" in n)
            other = [n for n in nodes if "kind: dram" not in n]
            cores = re.search(r"cores: *([0-9]+)", text).group(1)
            out.append(f"sockets:\n- {{ cores: {cores}, count: 2 }}")
            out.append("memory:\n" + dram + re.sub(r"socket: *0", "socket: 1", dram)
                       + "".join(other))
        out.append("devices: " + json.dumps(want["devices"]))
        return "\n".join(out) + "\n"


class Outcome:
    """What became of a point: the model's value, or why there is none."""

    def __init__(self, point, value=None, reason=None, kind="run", text=""):
        self.point, self.value, self.reason, self.kind = point, value, reason, kind
        self.text = text

    @property
    def error(self):
        """Percent above the silicon's value; None without a value."""
        if self.value is None or not self.point.value:
            return None
        return 100.0 * (self.value / self.point.value - 1)


def _time(ps, unit, tsc):
    if unit == "cycles":
        return ps * 1e-12 * tsc
    return ps / {"ns": 1e3, "us": 1e6, "ms": 1e9, "s": 1e12}[unit]


def value_of(point, run, results, tsc):
    """The results in the point's metric and unit; None when they don't hold it."""
    total = results["totals"]
    if point.get("per") == "client" and results.get("clients"):
        total = {**total, **{k: v for k, v in results["clients"][0].items() if k in total}}
    ps, descriptors, units = total["ps"], total["descriptors"], max(total["units"], 1)
    latency = results["latency"]
    if not descriptors or not ps:
        return None
    metric = point.metric
    if metric == "throughput":
        factor = {"MiB/s": MIB, "GiB/s": GIB, "GB/s": 1e9}[point.unit]
        # A core that only touches moves nothing; what counts is the extent that it went over.
        moved = descriptors * run.mean_bytes if point.op == "cpu_touch" else total["bytes"]
        return moved * run.bytes_scale / (ps * 1e-12) / factor
    if metric == "rate":
        return descriptors / (ps * 1e-12) / 1e6
    if metric == "total_time":
        return _time(ps * run.scale, point.unit, tsc)
    if metric == "overtaken":
        # Loop first says it in a note.
        found = re.search(r"(\d+) later units were complete", json.dumps(results["notes"]))
        return float(found.group(1)) if found else None
    if metric == "time_per_op":
        count = descriptors / run.client.get("split", 1)
        return _time(ps / count + run.add_ns * 1e3, point.unit, tsc)
    submit = total["time_ps"]["submit"] / units
    if metric == "submit_time":
        return _time(submit, point.unit, tsc)
    if run.last_only:
        ps = latency["max_ps"]
    elif point.get("stat", "mean") == "p50":
        ps = latency["p50_ps"]
    elif point.get("stat") == "peak":
        ps = latency["min_ps"]
    else:
        ps = latency["mean_ps"]
    if point.get("per") == "op" and run.client.get("batch"):
        ps /= run.client["batch"]
    if metric == "wait_time":
        ps -= submit
    return _time(ps + run.add_ns * 1e3, point.unit, tsc)


def run_point(program, point, folder, sets=()):
    """Runs one point in @folder; always an Outcome."""
    if point.bad:
        return Outcome(point, reason=f"can't be read: {point.bad}", kind="failed")
    try:
        word = point.get("platform", "spr")
        base = rows.PLATFORMS.get(word, "spr")
        run = rows.build(point, program.engines(base), program.touch_ns(base))
    except rows.NotRunnable as reason:
        return Outcome(point, reason=str(reason), kind="usable" if point.usable else "excluded")
    tsc = program.tsc_hz(base)
    path = rows.write(run, folder, program.larger_platform)
    out = os.path.join(folder, "out")
    argv = [program.path, "run", path, "--quiet", "--out", out, "--set", "output.csv=no"]
    for value in sets:
        argv += ["--set", value]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=program.timeout,
                              check=False)
    except subprocess.TimeoutExpired:
        return Outcome(point, reason=f"the run took more than {program.timeout} s", kind="failed")
    except OSError as error:
        raise ProgramMissing(f"{program.path}: {error.strerror}") from None
    if done.returncode:
        text = done.stderr.strip().splitlines()
        text = text[-1] if text else f"exit code {done.returncode}"
        return Outcome(point, reason="the program refused: " + text.replace(folder + "/", ""),
                       kind="failed")
    with open(os.path.join(out, "results.json"), encoding="utf-8") as file:
        results = json.load(file)
    value = value_of(point, run, results, tsc)
    if value is None:
        return Outcome(point, reason=f"the results hold no {point.metric}", kind="failed")
    return Outcome(point, value=value, text="; ".join(run.notes))


def run_points(program, points, jobs=None, sets=(), progress=None):
    """Runs all points, some at once; outcomes in the points' order."""
    jobs = jobs or len(os.sched_getaffinity(0))
    outcomes = [None] * len(points)
    base = tempfile.mkdtemp(prefix="dsasim-points-")

    def work(i):
        folder = os.path.join(base, str(i))
        try:
            return run_point(program, points[i], folder, sets)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    try:
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            futures = {pool.submit(work, i): i for i in range(len(points))}
            for done, future in enumerate(concurrent.futures.as_completed(futures), 1):
                outcomes[futures[future]] = future.result()
                if progress:
                    progress(done, len(points))
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return outcomes
