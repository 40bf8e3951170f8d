# SPDX-License-Identifier: GPL-2.0
"""Measured points: one CSV row each, with a closed vocabulary that is checked word by word."""
import csv
import re

COLUMNS = ("id source figure op transfer_bytes batch queue_depth mode wq_type wq_size engines wqs "
           "devices threads src_mem dst_mem page_size metric unit value kind confidence note "
           "conditions").split()

# Without these there is nothing to run; the others may be missing, which is as good as empty.
NEEDED = ("id", "op", "metric", "unit", "value", "conditions")

OPS = set("noop memmove memfill compare compval dualcast crc_gen copy_crc cache_flush cpu_memcpy "
          "cpu_memfill cpu_compare cpu_compval cpu_crc32c cpu_touch cpu_load".split())

UNITS = {
    "throughput": ("MiB/s", "GiB/s", "GB/s"),
    "rate": ("Mops/s",),
    "time_per_op": ("us", "ns"),
    "latency": ("ns", "us", "cycles"),
    "wait_time": ("cycles", "ns"),
    "submit_time": ("cycles", "ns"),
    "total_time": ("s", "ms"),
    "overtaken": ("count",),
    "added_latency": ("ns", "us"),
    "cpu_time": ("ms",),
    "app_time": ("ms",),
    "down_time": ("ms",),
    "threshold": ("bytes", "descriptors", "entries"),
    "ratio": ("ratio",),
    "change": ("percent", "sign"),
}

CELLS = {
    "mode": ("sync", "async", ""),
    "wq_type": ("shared", "dedicated", ""),
    "src_mem": ("local", "remote", "cxl", "gpu", "l1", "llc", ""),
    "dst_mem": ("local", "remote", "cxl", "gpu", "l1", "llc", ""),
    "page_size": ("4096", "2097152", "1073741824", ""),
    "kind": ("text", "figure", ""),
    "confidence": ("high", "medium", "low", ""),
}

# Each key with its words, or with what its value must look like.
NUMBER = re.compile(r"^[0-9]+$")
SIZES = re.compile(r"^(fixed|unknown|(uniform|alt|first|double|range):[0-9]+:[0-9]+"
                   r"|mix:[0-9]+x[0-9]+:[0-9]+x[0-9]+)$")
KEYS = {
    "platform": "spr spr-vm spr6438m emr8558 gnr other",
    "client": "lightdsa hweval framework dsassassin kernel dsa2lm perfmicros dml dto qemu cpu "
              "other",
    "lib": "plain opt direct batcher lean",
    "api": "raw dmaengine",
    "loop": "sync ring burst push first cpu",
    "window": NUMBER,
    "window_unit": "desc batch",
    "waitfor": "last",
    "recycle": NUMBER,
    "retry": "0 1",
    "count": NUMBER,
    "sizes": SIZES,
    "run": NUMBER,
    "split": NUMBER,
    "piece": NUMBER,
    "small": "cpu batch",
    "pattern": "seq random same",
    "pattern_src": "seq random",
    "pattern_dst": "seq random",
    "ws": NUMBER,
    "reuse": "none one slot burst",
    "align": NUMBER,
    "align_exact": "1",
    "offset": NUMBER,
    "alloc": "malloc hugetlb",
    "thp": "unknown",
    "addr": "phys",
    "cache": "cold swept warm dram",
    "cc": "0 1",
    "bof": "0 1",
    "readback": "0 1",
    "fault": "none tlbmiss minor major",
    "fault_on": "src dst",
    "repair": "prs sw pretouch pretouch-all",
    "touch": "read write",
    "record": "hit miss seq",
    "wait": "poll umwait interrupt",
    "load": "none other",
    "groups": NUMBER,
    "wqs_used": NUMBER,
    "assumed": re.compile(r"^[a-z_]+(\+[a-z_]+)*$"),
    "per": "stream op batch split pass client app rule",
    "stat": "mean p50 peak single",
    "usable": "0 1",
    "why": "illegal contradictory other-generation app-level second-hand unit-unknown "
           "conditions-unknown not-a-run",
}

# What a row that is not usable stands for.
WHY = {
    "illegal": "not a valid request",
    "contradictory": "conflicts with better data",
    "other-generation": "another device generation",
    "app-level": "measures an application",
    "second-hand": "quoted at second hand",
    "unit-unknown": "unit can't be converted: the time-stamp rate was not published",
    "conditions-unknown": "size or system not stated",
    "not-a-run": "rule of thumb, default, threshold, constant or quotient of runs",
}


class BadPoints(Exception):
    """The file is not what it should be; the text names file, line and column."""


class _BadRow(Exception):
    """A row that can't be read; the text names line and column."""


class Point:
    """One row: its cells, its conditions, and the numbers that runs are built from."""

    def __init__(self, cells, cond, line, bad=""):
        self.cells, self.cond, self.line = cells, cond, line
        self.bad = bad  # why it can't be read
        self.id, self.op = cells["id"], cells["op"]
        self.metric, self.unit = cells["metric"], cells["unit"]
        self.value = 0.0 if bad else float(cells["value"])
        self.confidence = cells["confidence"]

    def num(self, column):
        """A cell as a number; None when it is not stated."""
        return int(self.cells[column]) if self.cells[column] else None

    def get(self, key, default=None):
        return self.cond.get(key, default)

    def number(self, key, default=None):
        return int(self.cond[key]) if key in self.cond else default

    @property
    def usable(self):
        return self.cond.get("usable", "1") == "1"

    @property
    def experiment(self):
        """The code before the number: L1S-017 is of L1S."""
        return re.sub(r"[-_ ]?[0-9]+$", "", self.id) or self.id


def _conditions(text, fail):
    cond = {}
    for part in text.split(";"):
        if not part.strip():
            continue
        key, eq, word = part.strip().partition("=")
        if not eq:
            fail(f"'{part}' is not key=value")
        if key in cond:
            fail(f"key '{key}' stands twice")
        allowed = KEYS.get(key)
        if allowed is None:
            fail(f"unknown key '{key}'")
        if isinstance(allowed, str):
            if word not in allowed.split():
                fail(f"{key}={word}: expected one of {allowed.replace(' ', ', ')}")
        elif not allowed.match(word):
            fail(f"{key}={word}: not of the right form")
        elif allowed is NUMBER and len(word) > 15:
            fail(f"{key}={word}: too large")
        cond[key] = word
    return cond


def _check_cells(cells, fail):
    if cells["op"] not in OPS and cells["op"]:
        fail("op", f"unknown operation '{cells['op']}'")
    for name in ("transfer_bytes", "batch", "queue_depth", "wq_size", "engines", "wqs", "devices",
                 "threads"):
        if cells[name] and not (NUMBER.match(cells[name]) and len(cells[name]) <= 15):
            fail(name, f"'{cells[name]}' is no whole number")
    for name, words in CELLS.items():
        if cells[name] not in words:
            fail(name, f"'{cells[name]}' is not one of {', '.join(w for w in words if w)}")
    if cells["metric"] not in UNITS:
        fail("metric", f"unknown metric '{cells['metric']}'")
    if cells["unit"] not in UNITS[cells["metric"]]:
        fail("unit", f"'{cells['unit']}' is no unit of {cells['metric']} "
                     f"({', '.join(UNITS[cells['metric']])})")
    try:
        value = float(cells["value"])
    except ValueError:
        value = float("nan")
    if value != value or value in (float("inf"), float("-inf")):
        fail("value", f"'{cells['value']}' is no number")


def _point(row, head, line, seen):
    """The point of one row; one that only says what is wrong with it when it can't be read."""
    cells = dict.fromkeys(COLUMNS, "")
    cells.update((h, c.strip()) for h, c in zip(head, row))

    def fail(column, text):
        raise _BadRow(f"line {line}: column {column}: {text}")

    try:
        if len(row) != len(head):
            raise _BadRow(f"line {line}: {len(row)} cells, the header has {len(head)}")
        if not cells["id"]:
            fail("id", "empty")
        if cells["id"] in seen:
            fail("id", f"'{cells['id']}' stands in line {seen[cells['id']]} already")
        seen[cells["id"]] = line
        _check_cells(cells, fail)
        return Point(cells, _conditions(cells["conditions"], lambda t: fail("conditions", t)), line)
    except _BadRow as error:
        if not cells["id"] or seen.get(cells["id"]) != line:
            cells["id"] = f"line-{line}"
        if cells["confidence"] not in CELLS["confidence"]:
            cells["confidence"] = ""
        return Point(cells, {}, line, str(error))


def _header(row, path):
    head = [h.strip() for h in row]
    for name in NEEDED:
        if name not in head:
            raise BadPoints(f"{path}:1: column '{name}' is missing")
    for name in COLUMNS:
        if head.count(name) > 1:
            raise BadPoints(f"{path}:1: column '{name}' stands twice")
    return head


def read(path):
    """All rows of a file, unreadable ones with what is `bad`; BadPoints when there is nothing to read."""
    points, seen = [], {}
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            first = next(reader, None)
            if first is None:
                raise BadPoints(f"{path}: empty file")
            head = _header(first, path)
            points = [_point(row, head, reader.line_num, seen) for row in reader if any(row)]
    except OSError as error:
        raise BadPoints(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadPoints(f"{path}: not UTF-8 text") from None
    except csv.Error as error:
        raise BadPoints(f"{path}:{reader.line_num}: {error}") from None
    if not points:
        raise BadPoints(f"{path}: no rows")
    return points
