# SPDX-License-Identifier: GPL-2.0
"""Sweep files: what varies over a scenario, and the points that come of it (docs/sweep-format.md)."""
import collections
import copy
import dataclasses
import difflib
import hashlib
import itertools
import json
import pathlib
import re

import yaml

KEYS = {"name", "question", "scenario", "set", "accel", "grid", "points", "seeds", "timeout",
        "plots", "figures", "claims", "answer", "claim", "verdict", "metric"}
PLOT_KEYS = {"title", "x", "y", "series", "facet", "where", "over", "x_scale", "y_scale", "kind", "y_label",
             "x_label", "y_min", "page"}
UNITS = {"ps": 1, "ns": 1e3, "us": 1e6, "ms": 1e9, "s": 1e12,
         "B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
         "B/s": 1, "kB/s": 1e3, "MB/s": 1e6, "GB/s": 1e9, "TB/s": 1e12, "%": 0.01,
         "Hz": 1, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9, "": 1}
QUANTITY = re.compile(r"\s*([0-9.]+(?:[eE][-+]?[0-9]+)?)\s*([A-Za-z/%]*)\s*$")
# Results differ with these as they do with the scenario: raise it when columns change.
FORM = "dsasim-sweep 1"


class SweepError(Exception):
    """The file, or what it asks for, is wrong: one line for the user."""


class Loader(yaml.SafeLoader):
    """YAML as the program reads it: `yes` stays a word, keys stand once."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if not isinstance(key.value, str):
                raise SweepError(f"{key.start_mark.name}:{key.start_mark.line + 1}: a key must be one word")
            if key.value in seen:
                raise SweepError(f"{key.start_mark.name}:{key.start_mark.line + 1}: "
                                 f"'{key.value}' stands twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


Loader.yaml_implicit_resolvers = {
    first: [(tag, exp) for tag, exp in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def quantity(text):
    """The number behind '4 KiB' in base units, or None: '250 ns' is 250000 (ps)."""
    match = QUANTITY.match(str(text))
    if not match or match[2] not in UNITS:
        return None
    try:
        return float(match[1]) * UNITS[match[2]]
    except ValueError:
        return None


@dataclasses.dataclass
class Axis:
    """One thing that varies: names of its values, and what each of them sets."""
    name: str
    values: dict    # name -> {path: value}, in order

    def numbers(self):
        """The values as numbers when all of them are, else None."""
        found = [quantity(v) for v in self.values]
        return None if None in found else found


@dataclasses.dataclass
class Point:
    """One run."""
    coords: dict    # axis -> name of the value
    sets: list      # of (path, value)
    accel: list     # device layouts, None: those of the scenario
    seed: int
    key: str = ""

    def __str__(self):
        return ", ".join([f"{k}={v}" for k, v in self.coords.items()] + [f"seed={self.seed}"])


def bad(path, text):
    """Raise with the file's name in front."""
    raise SweepError(f"{path}: {text}")


def read_yaml(path):
    """A YAML file as Python values."""
    try:
        text = pathlib.Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SweepError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    try:
        loader = Loader(text)
        loader.name = str(path)
        return loader.get_single_data()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark else ""
        raise SweepError(f"{path}{where}: {getattr(error, 'problem', error)}") from None


def option(value):
    """A value as `--set` takes it."""
    if isinstance(value, str):
        return value
    return json.dumps(value)


# ---- accel: layouts of devices in a few lines ------------------------------------------------

STEP = re.compile(r"\.?([A-Za-z_][A-Za-z0-9_]*)|\[(\d+|\*)\]")


def steps(path):
    """'groups[0].wqs[*].size' as ['groups', 0, 'wqs', '*', 'size']."""
    found, at = [], 0
    while at < len(path):
        match = STEP.match(path, at)
        if not match:
            raise SweepError(f"'{path}' is no path")
        found.append(match[1] or (match[2] if match[2] == "*" else int(match[2])))
        at = match.end()
    return found


def assign(tree, path, value, way):
    """Set what @way leads to in @tree."""
    for step in way[:-1]:
        if step == "*":
            for i in range(len(tree)):
                assign(tree, path, value, [i] + way[way.index("*") + 1:])
            return
        try:
            tree = tree[step]
        except (KeyError, IndexError, TypeError):
            raise SweepError(f"'{path}': there is no '{step}'") from None
    if way[-1] == "*":
        tree[:] = [copy.deepcopy(value) for _ in tree]
    elif isinstance(way[-1], str) and isinstance(tree, dict):
        tree[way[-1]] = copy.deepcopy(value)
    elif isinstance(way[-1], int) and isinstance(tree, list) and way[-1] < len(tree):
        tree[way[-1]] = copy.deepcopy(value)
    else:
        raise SweepError(f"'{path}': there is no '{way[-1]}'")


# What a layout's group and queue may say: the attributes of accel-config files, and how many.
GROUP_KEYS = set("engines wqs read_buffers_allowed read_buffers_reserved use_read_buffer_limit tokens_allowed "
                 "tokens_reserved use_token_limit traffic_class_a traffic_class_b desc_progress_limit "
                 "batch_progress_limit".split())
WQ_KEYS = set("count mode size priority threshold block_on_fault type name driver_name max_batch_size "
              "max_transfer_size ats_disable prs_disable op_config".split())


def check_keys(tree, known, where):
    """Unknown keys of a layout are refused: accel-config's own reader passes over them."""
    if not isinstance(tree, dict):
        raise SweepError(f"{where}: a map is needed")
    for key in tree:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            raise SweepError(f"{where}: unknown key '{key}'" + (f"; did you mean '{near[0]}'?" if near else ""))


def how_many(tree, key, where):
    """A count of a layout: 1 where nothing is said."""
    value = tree.get(key, 1)
    if isinstance(value, bool) or not str(value).isdigit():
        raise SweepError(f"{where}: {key}: '{value}' is no whole number")
    return int(value)


def wq_attributes(wq, device, index, group):
    """One queue of a layout in accel-config's words."""
    out = {"dev": f"wq{device}.{index}", "mode": "dedicated", "size": 16, "group_id": group, "priority": 10,
           "block_on_fault": 0, "type": "user", "name": "app", "driver_name": "user",
           "max_batch_size": 1024, "max_transfer_size": 1 << 31}
    out.update(wq)
    if out["mode"] == "shared":
        out.setdefault("threshold", out["size"])
    return out


def accel_configs(accel):
    """(device, accel-config tree) of every device of the layout."""
    device = 0
    for entry in accel:
        if not isinstance(entry, dict) or set(entry) - {"count", "groups"} or "groups" not in entry:
            raise SweepError("accel: each entry is a map with 'groups' and maybe 'count'")
        for _ in range(how_many(entry, "count", "accel")):
            groups, engine, queue = [], 0, 0
            for g, group in enumerate(entry["groups"]):
                where = f"accel: group {g}"
                check_keys(group, GROUP_KEYS, where)
                rest = {k: v for k, v in group.items() if k not in ("engines", "wqs")}
                wqs = []
                for w in group.get("wqs", []):
                    check_keys(w, WQ_KEYS, f"{where}: queue")
                    wqs += [{k: v for k, v in w.items() if k != "count"}] * how_many(w, "count", f"{where}: queue")
                engines = range(engine, engine + how_many(group, "engines", where))
                groups.append({
                    "dev": f"group{device}.{g}", **rest,
                    "grouped_workqueues": [wq_attributes(w, device, queue + i, g) for i, w in enumerate(wqs)],
                    "grouped_engines": [{"dev": f"engine{device}.{e}", "group_id": g} for e in engines]})
                engine, queue = engines.stop, queue + len(wqs)
            yield device, [{"dev": f"dsa{device}", "groups": groups}]
            device += 1


# ---- The file --------------------------------------------------------------------------------

class Sweep:
    """A sweep file: its points, and what is to be shown of them."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.folder = self.path.resolve().parent
        tree = read_yaml(path)
        if not isinstance(tree, dict):
            bad(path, "a map is needed")
        for key in tree:
            if key not in KEYS:
                bad(path, f"unknown key '{key}' (known: {', '.join(sorted(KEYS))})")
        self.name = str(tree.get("name") or self.path.stem)
        self.question = str(tree.get("question") or "")
        self.answer = str(tree.get("answer") or "")
        self.figures = tree.get("figures") or {}
        self.claims = tree.get("claims") or []
        # Of an experiment that settles somebody's claim (claims.py): who says what, and the rule.
        self.claim, self.metric, self.verdict = (str(tree.get(k) or "") for k in ("claim", "metric", "verdict"))
        self.timeout = quantity(tree.get("timeout", "600 s"))
        if self.timeout is None:
            bad(path, f"timeout: '{tree['timeout']}' is no time")
        self.timeout /= 1e12
        self.scenario = tree.get("scenario")
        if not isinstance(self.scenario, (str, dict)):
            bad(path, "scenario: a file, or a scenario in place")
        if isinstance(self.scenario, str) and not (self.folder / self.scenario).is_file():
            bad(path, f"scenario: {self.scenario}: no such file")
        self.base = self._sets(tree.get("set") or {}, "set")
        self.accel = tree.get("accel")
        self.axes = [self._axis(name, spec) for name, spec in (tree.get("grid") or {}).items()]
        self.extra = self._extra(tree.get("points") or [])
        self.seeds = self._seeds(tree.get("seeds", 1))
        self.plots = [self._plot(p) for p in tree.get("plots") or []]

    def _sets(self, tree, where):
        if not isinstance(tree, dict):
            bad(self.path, f"{where}: a map of paths and values is needed")
        return {str(k): v for k, v in tree.items()}

    def _axis(self, name, spec):
        """Three forms: [values] of the path that is the name; {path(s), values}; {value: {sets}}."""
        paths = None
        if isinstance(spec, dict) and "values" in spec:
            paths = spec.get("path", name)
            paths = [paths] if isinstance(paths, str) else paths
            if set(spec) - {"path", "values"} or not isinstance(paths, list):
                bad(self.path, f"grid.{name}: 'path' and 'values' are its keys")
            spec = spec["values"]
        elif isinstance(spec, list):
            paths = [name]
        if paths is not None:
            if not isinstance(spec, list) or not spec:
                bad(self.path, f"grid.{name}: a list of values is needed")
            values = {option(v): {p: v for p in paths} for v in spec}
            if len(values) != len(spec):
                bad(self.path, f"grid.{name}: a value stands twice")
            return Axis(name, values)
        if not isinstance(spec, dict) or not spec:
            bad(self.path, f"grid.{name}: a list of values, or a map of names and what they set")
        return Axis(name, {str(k): self._sets(v or {}, f"grid.{name}.{k}") for k, v in spec.items()})

    def _extra(self, points):
        """Points beside the grid: maps with the names of their place and what they set."""
        out = []
        for i, spec in enumerate(points):
            if not isinstance(spec, dict) or set(spec) - {"at", "set"}:
                bad(self.path, f"points[{i}]: 'at' and 'set' are its keys")
            at = {str(k): option(v) for k, v in (spec.get("at") or {"point": str(i)}).items()}
            out.append((at, self._sets(spec.get("set") or {}, f"points[{i}].set")))
        return out

    def _seeds(self, spec):
        if isinstance(spec, int):
            spec = list(range(1, spec + 1))
        if not isinstance(spec, list) or not spec or not all(isinstance(s, int) and s >= 0 for s in spec):
            bad(self.path, "seeds: how many, or a list of them")
        return spec

    def _plot(self, spec):
        if not isinstance(spec, dict) or "x" not in spec or "y" not in spec:
            bad(self.path, "plots: each one has 'x' and 'y'")
        for key in set(spec) - PLOT_KEYS:
            bad(self.path, f"plots: unknown key '{key}' (known: {', '.join(sorted(PLOT_KEYS))})")
        axes = {a.name for a in self.axes} | {k for at, _ in self.extra for k in at}
        for key in ("x", "series", "facet"):
            if key in spec and spec[key] not in axes | {"seed"} and key != "x":
                bad(self.path, f"plots: {key}: '{spec[key]}' is no axis ({', '.join(sorted(axes))})")
        return spec

    # ---- Points ----

    def _point(self, coords, sets, seed):
        accel = copy.deepcopy(self.accel)
        merged = {**self.base, **sets}
        plain = []
        for path, value in merged.items():
            if path == "accel":
                accel = copy.deepcopy(value)
            elif re.match(r"accel[.\[]", path):
                if accel is None:
                    bad(self.path, f"{path}: there is no 'accel' in the sweep")
                try:
                    assign({"accel": accel}, path, value, steps(path))
                except SweepError as error:
                    bad(self.path, error)
            else:
                plain.append((path, value))
        return Point(coords, plain, accel, seed)

    def points(self, program=""):
        """All points in the order of the file, seeds innermost. @program: its hash."""
        out = []
        combos = itertools.product(*[a.values.items() for a in self.axes]) if self.axes else []
        for combo in combos:
            coords = {a.name: name for a, (name, _) in zip(self.axes, combo)}
            sets = {}
            for _, values in combo:
                sets.update(values)
            out.append((coords, sets))
        out += self.extra
        if not out:
            out = [({}, {})]
        points = [self._point(coords, sets, seed) for coords, sets in out for seed in self.seeds]
        inputs = self.inputs(points)
        for point in points:
            # A layout that can't be is found before anything runs.
            collections.deque(accel_configs(point.accel or []), maxlen=0)
            point.key = content_hash([inputs, program], point)
        return points

    def inputs(self, points):
        """What all points share: the scenario's text and the contents of the files it leads to."""
        if isinstance(self.scenario, str):
            files = closure(self.folder / self.scenario)
        else:
            files = {}
            for name in strings(self.scenario):
                files.update(closure(self.folder / name))
        for point in points:
            for _, value in point.sets:
                for name in strings(value):
                    files.update(closure(self.folder / name))
        sums = sorted(hashlib.sha256(data).hexdigest() for data in files.values())
        inline = self.scenario if isinstance(self.scenario, dict) else ""
        return json.dumps([FORM, inline, sums])


def strings(tree):
    """All texts in a tree that may name a file."""
    if isinstance(tree, dict):
        for value in tree.values():
            yield from strings(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from strings(value)
    elif isinstance(tree, str):
        yield tree[5:] if tree.startswith("file:") else tree


def closure(path, seen=None):
    """A file and what it names, path -> contents; nothing when there is no such file."""
    seen = {} if seen is None else seen
    try:
        if path in seen or not path.is_file():
            return seen
        seen[path] = path.read_bytes()
    except (OSError, ValueError):
        return seen
    if path.suffix in (".yaml", ".yml"):
        try:
            tree = yaml.load(seen[path], Loader)
        except (yaml.YAMLError, SweepError, UnicodeDecodeError):
            return seen
        for name in strings(tree):
            closure(path.parent / name, seen)
    return seen


def content_hash(inputs, point):
    """What a point's results depend on."""
    what = json.dumps([inputs, sorted(point.sets), point.accel, point.seed], sort_keys=True)
    return hashlib.sha256(what.encode()).hexdigest()[:20]
