# SPDX-License-Identifier: GPL-2.0
"""One run of a sweep: the program's arguments, the run itself, and the figures of its results."""
import json
import pathlib
import re

from . import sweep

# Figures of every point, in the CSV's order: name, what it is.
METRICS = {
    "gbps": "throughput, GB/s",
    "mops": "work descriptors, million/s",
    "units_per_s": "units (descriptors or batches)/s",
    "mean_ns": "mean latency of a unit, ns",
    "p50_ns": "median latency, ns",
    "p90_ns": "90th percentile of latency, ns",
    "p99_ns": "99th percentile of latency, ns",
    "p999_ns": "99.9th percentile of latency, ns",
    "max_ns": "longest latency, ns",
    "span_us": "measured time, us",
    "descriptors": "work descriptors",
    "bytes": "bytes of payload",
    "errors": "units that failed",
    "retries": "refused ENQCMDs",
    "retries_per_unit": "refused ENQCMDs for each unit",
    "page_requests": "page requests",
    "repairs": "software repairs",
    "protects": "changes of rights (key protect)",
    "protect_ns": "mean time of one, with its invalidations, ns",
    "core_ns_per_unit": "core time for each unit without waiting, ns",
    "interrupt_ns_per_unit": "time of all cores in interrupts for each unit, ns",
    "busy_share": "share of the clients' time that is not waiting",
    "limit": "what limited the run",
    "limit_resource": "the resource that did",
}


def prepare(spec, points, work):
    """Write the files that points need into @work; returns point key -> program arguments."""
    work = pathlib.Path(work)
    work.mkdir(parents=True, exist_ok=True)
    scenario = spec.scenario
    if isinstance(scenario, dict):
        path = work / "scenario.yaml"
        text = json.dumps(absolute(scenario, spec.folder), indent=1)
        write_if_new(path, text)
        scenario = str(path.resolve())
    else:
        scenario = str((spec.folder / scenario).resolve())
    return {p.key: arguments(spec, p, scenario, work / "accel") for p in points}


def absolute(tree, folder):
    """A scenario in place: names of files beside the sweep become names from anywhere."""
    if isinstance(tree, dict):
        return {k: absolute(v, folder) for k, v in tree.items()}
    if isinstance(tree, list):
        return [absolute(v, folder) for v in tree]
    if isinstance(tree, str):
        prefix, name = ("file:", tree[5:]) if tree.startswith("file:") else ("", tree)
        if ("." in name or "/" in name) and (folder / name).is_file():
            return prefix + str((folder / name).resolve())
    return tree


def write_if_new(path, text):
    """Write a file unless it is already so."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def arguments(spec, point, scenario, folder):
    """What stands behind `dsasim`, without --out."""
    args = ["run", scenario, "--quiet"]
    for path, value in point.sets:
        args += ["--set", f"{path}={sweep.option(absolute(value, spec.folder))}"]
    if point.accel is not None:
        files = []
        for device, tree in sweep.accel_configs(point.accel):
            text = json.dumps(tree, indent=1)
            path = folder / f"{sweep.hashlib.sha256(text.encode()).hexdigest()[:16]}.json"
            write_if_new(path, text)
            files.append({"device": device, "file": str(path.resolve())})
        args += ["--set", "accel_config=" + json.dumps(files)]
    return args + ["--set", "output.csv=no", "--set", "output.html=no", "--seed", str(point.seed)]


def make_task(timeout):
    """
    A function that runs the program: (program, arguments) -> (exit code, results.json, messages).
    It stands by itself, so that it travels to workers that do not have this package.
    """
    def task(program, args):
        import os          # pylint: disable=import-outside-toplevel
        import subprocess  # pylint: disable=import-outside-toplevel
        import tempfile    # pylint: disable=import-outside-toplevel
        with tempfile.TemporaryDirectory(prefix="dsasim-") as out:
            try:
                done = subprocess.run([program, *args, "--out", out], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                      timeout=timeout, check=False)
            except subprocess.TimeoutExpired:
                return 124, b"", f"stopped after {timeout:g} s"
            except OSError as error:
                return 127, b"", f"{program}: {error.strerror}"
            try:
                with open(os.path.join(out, "results.json"), "rb") as file:
                    results = file.read()
            except OSError:
                results = b""
            return done.returncode, results, done.stderr.decode(errors="replace")[-2000:]
    return task


# ---- Figures ---------------------------------------------------------------------------------

def _latency(row, prefix, lat):
    for key in ("mean", "p50", "p90", "p99", "p999", "max"):
        row[f"{prefix}{key}_ns"] = lat[f"{key}_ps"] / 1e3


def _entry(client):
    """The name of a process; in guests without the instances' numbers: a thousand guests are one column."""
    name = client["process"]
    return re.sub(r"-\d+(?=/|$)", "", name) if "/" in name else name


def _processes(row, results):
    """Throughput, latency and refusals of each process by name."""
    groups = {}
    for client in results["clients"]:
        groups.setdefault(_entry(client), []).append(client)
    for name, clients in groups.items():
        units = sum(c["units"] for c in clients)
        row[f"{name}.gbps"] = sum(c["bytes_per_s"] for c in clients) / 1e9
        row[f"{name}.mean_ns"] = sum(c["latency"]["mean_ps"] * c["units"] for c in clients) / max(units, 1) / 1e3
        # Exact for one client; of several the worst one's.
        row[f"{name}.p99_ns"] = max(c["latency"]["p99_ps"] for c in clients) / 1e3
        row[f"{name}.retries_per_unit"] = sum(c["retries"] for c in clients) / max(units, 1)
        busy = sum(v for c in clients for k, v in c["time_ps"].items() if k != "wait")
        row[f"{name}.core_ns_per_unit"] = busy / max(units, 1) / 1e3
        # What the process itself got through while it was at work.
        last = max(c["last_seen_ps"] for c in clients) - results["run"]["start_ps"]
        row[f"{name}.own_gbps"] = sum(c["bytes"] for c in clients) / max(last, 1) * 1e3


def _guests(row, results):
    """Exits at start-up (mean of the guests) and in the steady state (their sum), commands, tenants."""
    guests = results["guests"]
    if not guests:
        return
    for phase in ("startup", "steady"):
        for key in guests[0][phase]:
            total = sum(g[phase][key] for g in guests)
            row[f"{phase}.{key}"] = total / len(guests) if phase == "startup" else total
        for key in guests[0]["vdevs"][0][phase] if guests[0]["vdevs"] else []:
            total = sum(v[phase][key] for g in guests for v in g["vdevs"])
            row[f"{phase}.vdev.{key}"] = total / len(guests) if phase == "startup" else total
    row["steady.descriptors"] = results["steady_state"]["descriptors"]
    for key in ("submission", "dma", "completion"):
        row[f"steady.{key}_exits"] = results["steady_state"][f"{key}_exits"]
    row["exits_per_million"] = row["steady.exits"] * 1e6 / max(row["steady.descriptors"], 1)
    life = row["startup.exits"] * len(guests) + row["steady.exits"]
    row["life_exits_per_million"] = life * 1e6 / max(row["steady.descriptors"], 1)
    for guest in guests:
        for command in guest["commands"]:
            if not command["took"]["count"]:
                continue
            name = f"{guest['name']}.{command['command']}"
            row[f"{name}.count"] = command["took"]["count"]
            row[f"{name}.errors"] = command["errors"]
            for key in ("mean", "p50", "p99", "max"):
                row[f"{name}.{key}_us"] = command["took"][f"{key}_ps"] / 1e6
    for tenant in results["tenants"]:
        name = tenant["tenant"]
        row[f"{name}.gbps"] = tenant["bytes_per_s"] / 1e9
        row[f"{name}.mean_ns"] = tenant["latency"]["mean_ps"] / 1e3
        row[f"{name}.p99_ns"] = tenant["latency"]["p99_ps"] / 1e3
        row[f"{name}.errors"] = tenant["errors"]


def figures(results):
    """The row of one run's results: all metrics by name."""
    totals = results["totals"]
    row = {"gbps": totals["bytes_per_s"] / 1e9, "mops": totals["descriptors_per_s"] / 1e6,
           "units_per_s": totals["units_per_s"]}
    _latency(row, "", results["latency"])
    units = max(totals["units"], 1)
    times = totals["time_ps"]
    busy = sum(v for k, v in times.items() if k != "wait")
    row.update(span_us=totals["ps"] / 1e6, descriptors=totals["descriptors"], bytes=totals["bytes"],
               errors=totals["errors"], retries=totals["retries"],
               retries_per_unit=totals["retries"] / units, page_requests=totals["page_requests"],
               repairs=totals["repairs"], protects=totals["protects"],
               protect_ns=totals["protect_ps"] / max(totals["protects"], 1) / 1e3, core_ns_per_unit=busy / units / 1e3,
               busy_share=busy / max(sum(times.values()), 1), limit=results["limit"]["kind"],
               limit_resource=results["limit"]["resource"] or "")
    for stage in results["stages"]["stages"]:
        row[f"stage.{stage['name']}_ns"] = stage["sum_ps"] / max(results["stages"]["units"], 1) / 1e3
    for key, value in times.items():
        row[f"time.{key}_ns"] = value / units / 1e3
    row["interrupt_ns_per_unit"] = sum(r["busy_ps"] for r in results["resources"]
                                       if r["name"].endswith(".interrupts")) / units / 1e3
    use = {}
    for resource in results["resources"]:
        name = resource["name"].rsplit(".", 1)[-1] if resource["requests"] else ""
        use[name] = max(use.get(name, 0), resource["utilisation"])
    caches = {}
    for cache in results["caches"]:
        sums = caches.setdefault(cache["name"].rsplit(".", 1)[-1], [0, 0])
        sums[0] += cache["hits"]
        sums[1] += cache["lookups"]
    row.update({f"use.{k}": v for k, v in sorted(use.items()) if k})
    row.update({f"hits.{k}": v[0] / v[1] for k, v in sorted(caches.items()) if v[1]})
    _processes(row, results)
    _guests(row, results)
    return row
