# SPDX-License-Identifier: GPL-2.0
"""Comparison with silicon: every measured point as a simulation, and how far off it is.

    python3 -m dsasim.silicon [--points FILE] [--max-median PCT] [--out docs/silicon.md]

Exit code 0; 1 when the median absolute error over high-confidence rows is above --max-median, or
when there are such rows and none could be run; 2 for a file without a row that can be read. A row
that can't be read or run is named and counted.
"""
import argparse
import collections
import os
import sys

from . import points as pts
from . import runner

CONFIDENCES = ("high", "medium", "low")


def quantile(values, q):
    """Quantile by linear interpolation; None of nothing."""
    if not values:
        return None
    values = sorted(values)
    at = q * (len(values) - 1)
    low = int(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (at - low)


class Summary:
    """Errors of a set of outcomes."""

    def __init__(self, outcomes):
        self.errors = [o.error for o in outcomes if o.error is not None]
        self.absolute = [abs(e) for e in self.errors]
        self.run, self.rows = len(self.errors), len(outcomes)
        self.median = quantile(self.absolute, 0.5)
        self.p90 = quantile(self.absolute, 0.9)
        self.worst = max(self.absolute, default=None)
        self.bias = quantile(self.errors, 0.5)

    def within(self, percent):
        """Share of the points off by at most so many percent; None of nothing."""
        if not self.absolute:
            return None
        return 100.0 * sum(e <= percent for e in self.absolute) / len(self.absolute)


def by_experiment(outcomes):
    """Outcomes of each experiment, in the order of the file."""
    groups = collections.OrderedDict()
    for outcome in outcomes:
        groups.setdefault(outcome.point.experiment, []).append(outcome)
    return groups


def number(value):
    """A value as a person reads it: four digits that matter."""
    if value is None:
        return "–"
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:.0f}"
    return f"{value:.4g}"


def percent(value, sign=False):
    if value is None:
        return "–"
    return f"{value:+.1f} %" if sign else f"{value:.1f} %"


def conditions_of(point):
    """The conditions that tell points of one experiment apart, in few words."""
    cells = point.cells
    parts = [point.op]
    if cells["transfer_bytes"]:
        parts.append(cells["transfer_bytes"] + " B")
    elif point.get("sizes"):
        parts.append(point.get("sizes"))
    if cells["batch"]:
        parts.append("batch " + cells["batch"])
    if point.get("window"):
        parts.append("window " + point.get("window"))
    for key in ("align", "run", "split", "fault", "repair"):
        word = point.get(key)
        if word and word not in ("none", "1") or (key in ("run", "align") and word):
            parts.append(f"{key} {word}")
    for key in ("readback", "bof"):
        if point.get(key) == "1":
            parts.append(key)
    return ", ".join(parts)


def table(outcomes, file):
    """One line an experiment, then one for each confidence and for all."""
    print(f"{'experiment':12} {'rows':>5} {'run':>5} {'median':>8} {'90 %':>8} {'worst':>8} "
          f"{'in 15 %':>8} {'bias':>8}", file=file)

    def line(name, some):
        s = Summary(some)
        print(f"{name:12} {s.rows:5d} {s.run:5d} {percent(s.median):>8} {percent(s.p90):>8} "
              f"{percent(s.worst):>8} {percent(s.within(15)):>8} {percent(s.bias, True):>8}",
              file=file)

    for name, some in by_experiment(outcomes).items():
        if any(o.point.usable for o in some):
            line(name, some)
    for word in CONFIDENCES:
        line(word, [o for o in outcomes if o.point.confidence == word])
    line("all", outcomes)


def print_points(outcomes, file):
    for o in outcomes:
        if o.error is None:
            continue
        p = o.point
        print(f"{p.id:14} {conditions_of(p):62.62} {p.confidence:6} {number(p.value):>9} "
              f"{number(o.value):>9} {p.unit:6} {percent(o.error, True):>9}", file=file)


def print_left_out(outcomes, file):
    """Rows without a value: all of them named, with why, and counted."""
    groups = collections.OrderedDict()
    for o in outcomes:
        if o.value is None:
            groups.setdefault((o.kind, o.reason), []).append(o.point.id)
    for (kind, reason), ids in groups.items():
        word = "left out" if kind == "excluded" else "can't run"
        print(f"{word}: {len(ids)} rows: {reason}\n    {' '.join(ids)}", file=file)
    counts = collections.Counter(o.kind for o in outcomes)
    print(f"{len(outcomes)} rows: {counts['run']} run, {counts['excluded']} not usable, "
          f"{counts['usable'] + counts['failed']} usable but not run", file=file)


def verdict(outcomes, limit):
    """(exit code, line) for --max-median."""
    high = [o for o in outcomes if o.point.confidence == "high" and o.point.usable]
    s = Summary(high)
    if limit is None:
        return 0, ""
    if not high:
        return 0, "no usable row of high confidence: the bound was not checked"
    if s.median is None:
        return 1, "none of the rows of high confidence could be run"
    text = (f"median absolute error over {s.run} rows of high confidence: {s.median:.2f} %, "
            f"allowed {limit:g} %")
    return (1, text + ": too much") if s.median > limit else (0, text)


def parse(argv):
    parser = argparse.ArgumentParser(prog="dsasim.silicon", description=__doc__.splitlines()[0])
    parser.add_argument("--points", default="tests/silicon/silicon.csv", metavar="FILE",
                        help="measured points (default: %(default)s)")
    parser.add_argument("--max-median", type=float, metavar="PCT",
                        help="largest allowed median absolute error of high-confidence rows")
    parser.add_argument("--program", default="build/dsasim", metavar="FILE",
                        help="the simulator (default: %(default)s)")
    parser.add_argument("--out", metavar="FILE.md", help="write the comparison with plots")
    parser.add_argument("--only", metavar="WORD,...", help="rows whose id begins with one of these")
    parser.add_argument("--set", action="append", default=[], metavar="path=value",
                        help="override a value of every run (platform.… for the platform)")
    parser.add_argument("--jobs", type=int, metavar="N", help="runs at once (default: processors)")
    parser.add_argument("--all", action="store_true", help="print every point, not only totals")
    args = parser.parse_args(argv)
    if args.max_median is not None and not args.max_median >= 0:
        parser.error("--max-median: must be 0 or more")
    if args.jobs is not None and args.jobs < 1:
        parser.error("--jobs: must be 1 or more")
    return args


def main(argv=None):
    args = parse(argv)
    try:
        points = pts.read(args.points)
    except pts.BadPoints as error:
        print(f"dsasim.silicon: {error}", file=sys.stderr)
        return 2
    if all(p.bad for p in points):
        print(f"dsasim.silicon: {args.points}: no row can be read: {points[0].bad}", file=sys.stderr)
        return 2
    if args.only:
        points = [p for p in points if p.id.startswith(tuple(args.only.split(",")))]
        if not points:
            print(f"dsasim.silicon: --only {args.only}: no such row", file=sys.stderr)
            return 2
    progress = None
    if sys.stderr.isatty():
        def progress(done, total):
            print(f"\r{done} of {total} rows ", end="" if done < total else "\n",
                  file=sys.stderr, flush=True)
    try:
        outcomes = runner.run_points(runner.Program(args.program), points, args.jobs, args.set,
                                     progress)
    except runner.ProgramMissing as error:
        print(f"dsasim.silicon: {error}", file=sys.stderr)
        return 2
    if args.all:
        print_points(outcomes, sys.stdout)
    print_left_out(outcomes, sys.stdout)
    table(outcomes, sys.stdout)
    code, text = verdict(outcomes, args.max_median)
    if text:
        print(text)
    if args.out:
        from . import silicon_doc
        try:
            silicon_doc.write(outcomes, args.out, os.path.basename(args.points))
        except OSError as error:
            print(f"dsasim.silicon: {error.filename}: {error.strerror}", file=sys.stderr)
            return 2
    return code


if __name__ == "__main__":
    sys.exit(main())
