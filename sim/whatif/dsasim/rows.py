# SPDX-License-Identifier: GPL-2.0
"""From a measured point to a scenario: columns and conditions in, files of dsasim out.

Nothing is read from prose. What can't be simulated raises NotRunnable with the reason.
"""
import json
import os

from . import clients
from .points import WHY

DEVICE_OPS = {"noop": "noop", "memmove": "memmove", "memfill": "memfill", "compare": "compare",
              "compval": "compval", "dualcast": "dualcast", "crc_gen": "crc_gen",
              "copy_crc": "copy_crc", "cache_flush": "cache_flush"}
CPU_OPS = {"cpu_memcpy": "memmove", "cpu_memfill": "memfill", "cpu_compare": "compare",
           "cpu_compval": "compval", "cpu_crc32c": "crc_gen", "cpu_touch": "touch"}

# Platform files of the words; the others are machines that no file describes.
PLATFORMS = {"spr": "spr", "spr-vm": "spr-vm", "spr6438m": "spr6438m", "emr8558": "emr8558"}
NO_PLATFORM = {"gnr": "no platform file: another device generation",
               "other": "no platform file: the machine is not stated"}

NO_RUN = {"added_latency": "compares two software paths, not one run",
          "cpu_time": "measures an application", "app_time": "measures an application",
          "down_time": "measures an application",
          "threshold": "a place on an axis, not one run",
          "ratio": "compares two runs", "change": "compares two runs"}

NO_CLIENT = {"dto": "an application's library, no loop is defined for it",
             "qemu": "an application", "other": "no loop is defined for the client"}

# A pass of a steady loop is shortened to about so much work.
MAX_DESCRIPTORS = 24000
MAX_BYTES = 1 << 28
MIN_UNITS = 60
WS_MAX = 1 << 28  # beyond all caches and translations; page tables of more only take time
TOTAL_ENTRIES = 128
DEVICES_PER_SOCKET = 4


class NotRunnable(Exception):
    """The point can't be simulated; the text says what is missing or wrong."""


class Run:
    """A scenario and how its results answer to the point."""

    def __init__(self):
        self.client = {}       # keys of the scenario's process
        self.platform = "spr"  # name, or keys of a platform that extends one
        self.configs = []      # accel-config objects, one a device
        self.scale = 1.0       # pass as measured / pass as run
        self.bytes_scale = 1.0 # bytes that count / bytes that the device moves
        self.mean_bytes = 0.0  # of a work descriptor
        self.add_ns = 0.0      # inside the measured time, outside the run
        self.last_only = False # the value is that of the last unit alone
        self.notes = []


def _sizes(point):
    """(scenario's size, smallest, largest, mean) of the work descriptors."""
    word = point.get("sizes", "fixed")
    if word == "unknown":
        raise NotRunnable("the sizes are not stated")
    if word == "fixed":
        size = point.num("transfer_bytes")
        if size is None:
            if point.op == "noop":
                return None, 0, 0, 0
            raise NotRunnable("transfer_bytes is empty")
        if size == 0 and point.op != "noop":
            raise NotRunnable("transfer_bytes is 0: not a valid request")
        return (f"{size} B" if size else None), size, size, size
    kind, _, rest = word.partition(":")
    if kind == "mix":
        (na, a), (nb, b) = (map(int, part.split("x")) for part in rest.split(":"))
        if not na + nb or not a or not b:
            raise NotRunnable(f"sizes={word}: nothing to move")
        return f"mix:{na}x{a}B:{nb}x{b}B", min(a, b), max(a, b), (na * a + nb * b) / (na + nb)
    a, b = map(int, rest.split(":"))
    if not a or not b:
        raise NotRunnable(f"sizes={word}: a size of 0")
    if kind == "double":
        size = point.num("transfer_bytes")
        if size is None or size < a or size > b:
            raise NotRunnable("transfer_bytes is not among the sizes")
        return (f"double:{a}B:{size}B" if size > a else f"{size} B"), a, size, size
    if kind in ("uniform", "range") and a > b:
        raise NotRunnable(f"sizes={word}: {a} is above {b}")
    if kind == "range":
        kind = "uniform"
    mean = {"uniform": (a + b) / 2, "alt": (a + b) / 2, "first": b}[kind]
    return f"{kind}:{a}B:{b}B", min(a, b), max(a, b), mean


def _engines_config(device, engines, groups):
    out = []
    for group in range(groups):
        out.append([{"dev": f"engine{device}.{group * engines + e}", "group_id": group}
                    for e in range(engines)])
    return out


def _in_kernel(point):
    """Physical addresses: a queue of the kernel, as far as the player's kernel client goes."""
    wanted = point.get("addr") == "phys" or point.get("wait") == "interrupt"
    return wanted and point.op not in CPU_OPS and not point.num("batch") and \
        (point.num("wqs") or 1) == 1 and (point.num("devices") or 1) == 1 and \
        "small" not in point.cond and (point.num("transfer_bytes") or 0) <= 4 << 20 and \
        point.number("split", 1) == 1 and "piece" not in point.cond and \
        point.get("sizes", "fixed") == "fixed" and point.get("loop") != "first" and \
        point.get("fault", "none") == "none"


def _config(device, point, wqs, size, engines, groups, mode, max_engines):
    """One device's accel-config object."""
    if groups * engines > max_engines:
        raise NotRunnable(f"{groups} groups of {engines} engines: the device has {max_engines}")
    if wqs > 8 or wqs * size > TOTAL_ENTRIES:
        raise NotRunnable(f"{wqs} queues of {size} entries: the device has 8 queues and "
                          f"{TOTAL_ENTRIES} entries")
    kernel = _in_kernel(point)
    lanes = _engines_config(device, engines, groups)
    wq_objects = [[] for _ in range(groups)]
    for q in range(wqs):
        wq_objects[q % groups].append({
            "dev": f"wq{device}.{q}", "mode": mode, "size": size, "group_id": q % groups,
            "priority": 10, "block_on_fault": int(point.get("bof", "0")),
            "type": "kernel" if kernel else "user",
            "name": "dmaengine" if kernel else f"q{device}-{q}",
            "driver_name": "dmaengine" if kernel else "user", "max_batch_size": 1024,
            "max_transfer_size": 1 << 31,
            **({"threshold": size} if mode == "shared" else {})})
    return [{"dev": f"dsa{device}",
             "groups": [{"dev": f"group{device}.{g}", "grouped_workqueues": wq_objects[g],
                         "grouped_engines": lanes[g]} for g in range(groups)]}]


def _queues(run, point, max_engines):
    devices = point.num("devices") or 1
    if devices > 2 * DEVICES_PER_SOCKET:
        raise NotRunnable(f"{devices} devices: two sockets have {2 * DEVICES_PER_SOCKET}")
    split = point.number("split", 1)
    groups = point.number("groups", 1)
    total = max(point.num("wqs") or 0, devices, split)
    if total % devices:
        raise NotRunnable(f"{total} queues on {devices} devices: can't be dealt out evenly")
    per_device = total // devices
    groups = max(groups, 1)
    if per_device < groups:
        per_device = groups
        total = per_device * devices
    engines = point.num("engines")
    if engines is None:
        engines = max_engines // groups
    if not engines:
        raise NotRunnable("no engine")
    size = point.num("wq_size") or TOTAL_ENTRIES // per_device
    mode = point.cells["wq_type"] or "shared"
    for device in range(devices):
        run.configs.append(_config(device, point, per_device, size, engines, groups, mode,
                                   max_engines))
    used = point.number("wqs_used", total)
    if not 1 <= used <= total:
        raise NotRunnable(f"wqs_used={used}: {total} queues are configured")
    # Device by device, so that the pieces of a set go to different devices.
    names = [f"wq{d}.{q}" for q in range(per_device) for d in range(devices)][:used]
    if split > 1:
        if used < split:
            raise NotRunnable(f"split={split}: only {used} queues get work")
        names = names[:split]
    run.client["wq"] = names if len(names) > 1 else names[0]
    return mode, size, len(names)


def _memory(run, point, base):
    """Nodes of the operands; a platform of its own where more than one socket takes part."""
    devices = point.num("devices") or 1
    src, dst = point.cells["src_mem"], point.cells["dst_mem"]
    if "gpu" in (src, dst):
        raise NotRunnable("no platform file describes the memory of a GPU")
    two = "remote" in (src, dst) or devices > DEVICES_PER_SOCKET
    run.platform = base
    if two or devices > 1:
        sockets = [min(devices, DEVICES_PER_SOCKET)]
        if two:
            sockets.append(devices - sockets[0])
        run.platform = {
            "extends": base, "two": two,
            "devices": [{"socket": s, "count": n} for s, n in enumerate(sockets) if n]}
    # Node 0 is the DRAM beside the device; 1 the next socket's where there is one, then CXL.
    node = {"local": 0, "remote": 1, "cxl": 2 if two else 1}
    for key, word in (("src_node", src), ("dst_node", dst)):
        if word in node and (word != "local" or two):
            run.client[key] = node[word]
    if src in ("l1", "llc") or dst in ("l1", "llc"):
        run.client["cache"] = "warm"


def _loop(run, point, mode, size):
    """Loop, window and batch; returns descriptors of a unit."""
    c = run.client
    loop = point.get("loop")
    if loop is None:
        loop = "sync" if point.cells["mode"] == "sync" else None
        if point.cells["mode"] == "async" and (point.num("queue_depth") or point.number("window", 0)) > 1:
            loop = "ring"
    if loop is None:
        raise NotRunnable("the loop is not stated")
    if loop == "cpu":
        raise NotRunnable("loop=cpu is a core's own loop, the operation is a device's")
    batch = point.num("batch") or 0
    if batch == 1:
        raise NotRunnable("a batch of 1 descriptor is not a valid request")
    window = point.number("window", point.num("queue_depth") or 1)
    if loop in ("sync", "push"):
        window = 1
    if batch and point.get("window_unit", "desc") == "desc" and loop in ("ring", "burst"):
        # The client counts operations; what waits in its software is no unit of the device.
        window = max(1, window // batch)
    if mode == "dedicated" and loop in ("ring", "first") and window > size:
        window = size
    if window < 1:
        raise NotRunnable("window=0: nothing is ever submitted")
    c["loop"] = loop
    if loop in ("ring", "burst", "first"):
        c["window"] = window
        c["window_unit"] = "batch" if batch else "desc"
    if loop == "push" or loop == "first":
        c["window"] = max(window, 1)
    if batch:
        c["batch"] = batch
    if "recycle" in point.cond:
        c["recycle"] = point.number("recycle")
    if point.get("waitfor") == "last":
        c["waitfor"] = "last"
    if point.get("retry") == "0":
        c["retry"] = "no"
    return loop, max(batch, 1), window


def _count(run, point, loop, per_unit, window, size, largest):
    """Work descriptors of a pass as run, and how much longer the measured one is."""
    asked = point.number("count")
    sizes = point.get("sizes", "fixed")
    if loop == "first":
        run.client["count"] = asked or window * per_unit
        run.client["window"] = max(run.client.get("window", 1), -(-run.client["count"] // per_unit))
        run.client["warmup"] = 0
        return
    if sizes.startswith("double:"):
        a = int(sizes.split(":")[1])
        steps, at = 1, a
        while at < largest:
            at, steps = at * 2, steps + 1
        run.client["count"] = steps
        run.client["warmup"] = 0
        run.last_only = True
        return
    if sizes.startswith("mix:"):
        (na, _), (nb, _) = (map(int, part.split("x")) for part in sizes.split(":")[1:])
        full = asked or na + nb
        count = max(1, min(full, MAX_DESCRIPTORS) // (na + nb)) * (na + nb)
    else:
        full = asked or 0
        count = max(1, min(MAX_DESCRIPTORS, int(MAX_BYTES / max(size, 1))))
        if point.get("fault", "none") in ("minor", "major"):
            # Each page costs events of its own; the loop is steady after a few windows.
            count = min(count, max(4 * per_unit, int((64 << 20) / max(size, 1))))
        if loop == "sync" or loop == "cpu":
            count = min(count, 1500 * per_unit)
        if loop == "push":
            count = min(count, 2000)
        else:
            units = max(MIN_UNITS if size * per_unit < 1 << 20 else 6, 4 * window)
            count = max(count, min(units * per_unit, 400000))
        if sizes.startswith("alt:"):
            count = max(count, 20 * point.number("run", 1))
        if loop == "burst":
            unit = window * per_unit
            count = max(count // unit, 2) * unit
        elif per_unit > 1:
            count = max(count // per_unit, 2) * per_unit
        if full:
            count = min(count, full)
    run.client["count"] = count
    run.scale = full / count if full else 1.0
    # Passes run into one another, so a warm-up would leave its last units to the measured one.
    # A shortened pass is long enough for cold translations not to count.
    run.client["warmup"] = 0


def _buffers(run, point, size, largest):
    c = run.client
    for key in ("pattern", "pattern_src", "pattern_dst", "reuse"):
        if key in point.cond:
            c[key] = point.get(key)
    if point.op == "noop":
        return
    c.setdefault("reuse", "none")
    align = point.number("align")
    if align is None:
        align = 16 if point.get("alloc") == "malloc" else 4096
    if align < 1 or align & (align - 1) or align > 1 << 30:
        raise NotRunnable(f"align={align}: not a power of two up to 1 GiB")
    c["align"] = f"{align} B"
    if point.get("align_exact") == "1" and "offset" not in point.cond:
        c["align_exact"] = "yes"
    if "offset" in point.cond:
        if point.number("offset") > 4095:
            raise NotRunnable("offset is beyond a page")
        c["offset"] = f"{point.number('offset')} B"
    if point.get("alloc") == "malloc":
        c["alloc"] = "malloc"
    page = point.num("page_size") or 4096
    if point.get("alloc") == "hugetlb" and page == 4096:
        page = 2 << 20
    if page != 4096:
        c["page_size"] = f"{page} B"
    if "ws" in point.cond and c["reuse"] == "none":
        need = c["count"] * (largest + 2 * align + 4096 * ("offset" in point.cond))
        # First touches happen once: there the array is as long as what the pass moves over.
        most = need if point.get("fault") in ("minor", "major") else WS_MAX
        ws = min(point.number("ws"), max(most, largest + 2 * align))
        if c.get("pattern", "seq") == "seq" and "pattern_src" not in point.cond:
            ws = min(ws, need)
        if ws < largest:
            raise NotRunnable(f"ws={point.number('ws')}: smaller than one operand")
        c["ws"] = f"{ws} B"
    if _in_kernel(point):
        c["addr"] = "phys"
        if point.get("addr") != "phys":
            run.notes.append("a kernel's queue: programs get no interrupts from the driver")
    elif point.get("addr") == "phys":
        # Large pages come nearest to no translation where the kernel's client can't do the work.
        c["page_size"] = f"{2 << 20} B"
        run.notes.append("virtual addresses in 2 MiB pages in place of physical ones")
    if "cache" in point.cond:
        c["cache"] = point.get("cache")
        if c["cache"] == "swept":
            # A pass that touched one line of each page left 1/64 of the arrays in the caches.
            c["cache"] = "dram"
    for key in ("cc", "bof", "readback"):
        by_client = key == "cc" and point.get("client") in clients.CACHE_CONTROL and \
            point.op in ("memmove", "memfill", "dualcast")
        if point.get(key, "1" if by_client else "0") == "1":
            c[key] = "yes"


def _faults(run, point):
    c = run.client
    fault = point.get("fault", "none")
    if fault == "none" and "repair" not in point.cond:
        return
    if fault != "none":
        c["fault"] = fault
    for key in ("fault_on", "repair"):
        if key in point.cond:
            c[key] = point.get(key)


def _aligned_by_software(run, point, size):
    """lib=opt: the core copies head and tail, the device gets the destination's whole lines."""
    c = run.client
    offset = point.number("offset", point.number("align", 64)) % 64
    if point.op not in ("memmove", "memfill") or not offset or not size:
        return 0
    head = 64 - offset
    whole = (size - head) // 64 * 64
    if whole <= 0:
        raise NotRunnable("lib=opt: the core copies all of it, nothing is left for the device")
    c["size"] = f"{whole} B"
    # From the next line on, each at its own line: the core has copied head and tail.
    base = point.number("offset")
    if base is not None:
        c["offset"] = f"{(base + head) % 4096} B"
    c["align"] = "64 B"
    c.pop("align_exact", None)
    run.bytes_scale = size / whole
    return head


def build(point, engines_of_device=4, touch_ns=100.0):
    """The run of a point, or NotRunnable. @touch_ns: a core's first access to a cold line."""
    if not point.usable:
        why = point.get("why", "")
        raise NotRunnable(f"{why}: {WHY[why]}" if why else "marked as not usable")
    if point.metric in NO_RUN:
        raise NotRunnable(NO_RUN[point.metric])
    word = point.get("platform", "spr")
    if word in NO_PLATFORM:
        raise NotRunnable(NO_PLATFORM[word])
    if point.get("client") in NO_CLIENT:
        raise NotRunnable(NO_CLIENT[point.get("client")])
    if point.get("load") == "other":
        raise NotRunnable("another client's load is not stated")
    if point.op == "cpu_load":
        raise NotRunnable("a latency of the platform, no run")
    if not point.op:
        raise NotRunnable("the operation is not stated")

    run = Run()
    c = run.client
    cpu = point.op in CPU_OPS
    if point.metric == "overtaken" and (cpu or point.get("loop") != "first"):
        raise NotRunnable("overtaken units are counted by loop=first of a device")
    c["name"] = "p"
    c["op"] = CPU_OPS[point.op] if cpu else DEVICE_OPS[point.op]
    text, smallest, largest, mean = _sizes(point)
    run.mean_bytes = mean
    if text:
        c["size"] = text
    if "run" in point.cond:
        c["run"] = max(1, point.number("run"))
    if point.num("threads"):
        c["threads"] = point.num("threads")
    if cpu:
        c["engine"] = "cpu"
        loop, per_unit, window = "cpu", 1, 1
        c["loop"] = "sync"
        if "touch" in point.cond:
            c["touch"] = point.get("touch")
    else:
        mode, entries, _ = _queues(run, point, engines_of_device)
        loop, per_unit, window = _loop(run, point, mode, entries)
    _memory(run, point, PLATFORMS[word])
    _count(run, point, loop, per_unit, window, mean, largest)
    _buffers(run, point, mean, largest)
    _faults(run, point)
    for key in ("split", "piece"):
        if point.number(key, 1) > 1 and not cpu:
            c[key] = point.number(key) if key == "split" else f"{point.number(key)} B"
    if "small" in point.cond and not cpu:
        c["small"] = point.get("small")
        if point.get("small") == "batch" and "batch" not in c:
            c["batch"] = 32
    if "record" in point.cond:
        c["record"] = point.get("record")
    if "wait" in point.cond:
        c["wait"] = point.get("wait")
        if c["wait"] == "interrupt" and not cpu and not _in_kernel(point):
            raise NotRunnable("interrupts go to the kernel's clients, which have single operands of one queue")

    overhead = clients.cost(point, "sync" if loop == "sync" else "unit") + per_unit * clients.cost(point, "member") * (
        per_unit > 1)
    if point.get("lib") == "opt" and not cpu:
        if _aligned_by_software(run, point, largest if smallest == largest else 0):
            # The head's line comes from memory, whether random or first of its page.
            overhead += per_unit * touch_ns
    if overhead and not cpu:
        c["overhead"] = f"{overhead:g} ns"
    if point.metric in ("latency", "wait_time"):
        run.add_ns = clients.cost(point, "cpu" if cpu else "timed") if loop in ("sync", "cpu") \
            else 0
        if per_unit > 1:
            run.add_ns = 0
    return run


def write(run, folder, platform_text):
    """Writes scenario, configurations and platform into @folder; returns the scenario's path."""
    os.makedirs(folder, exist_ok=True)
    scenario = {"name": "point", "data": "none"}
    if isinstance(run.platform, dict):
        path = os.path.join(folder, "platform.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(platform_text(run.platform))
        scenario["platform"] = "platform.yaml"
    else:
        scenario["platform"] = run.platform
    if run.configs:
        scenario["accel_config"] = []
        for i, config in enumerate(run.configs):
            with open(os.path.join(folder, f"dsa{i}.conf"), "w", encoding="utf-8") as file:
                json.dump(config, file)
            scenario["accel_config"].append({"file": f"dsa{i}.conf"})
    if run.client.get("loop") == "push" or run.client.get("retry") == "no":
        # What finds the queue full is dropped; the row counts on it.
        scenario["checks"] = {"max_failed": 10 ** 12}
    scenario["processes"] = [run.client]
    path = os.path.join(folder, "point.yaml")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(scenario, file)  # JSON is YAML
    return path
