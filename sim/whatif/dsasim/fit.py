# SPDX-License-Identifier: GPL-2.0
"""Fits the constants of a platform file to silicon and says what each of them moves.

    python3 -m dsasim.fit [--seed N] [--scramble X] [--rounds N] [--out docs/fit.md]

A part of the points is held back by the seed and only reported. With --scramble every constant
first leaves its value by a random factor, so that the fit has to find the values again from the
points that it may use: the platform file's own have seen all of them. What each constant moves comes
first: a run with the constant 10 % higher, over all points. Then each constant in turn is moved in
growing or shrinking steps as long as the points that it moves get closer; the ones that a rule of
the hardware or a direct reading fixes are not moved. Nothing is written but the report: the values
belong into the platform file by hand, with their source.
"""
import argparse
import hashlib
import math
import os
import random
import sys

from . import points as pts
from . import runner
from . import silicon as sil

# Path below `platform.`, unit, factor by which it may leave its start, what it stands for.
CONSTANTS = (
    ("dsa.read_bandwidth", "GB/s", 1.2, "read port of the device"),
    ("dsa.write_bandwidth", "GB/s", 1.2, "write port of the device"),
    ("dsa.engine_bandwidth", "GB/s", 1.5, "one engine, bytes of a descriptor"),
    ("dsa.timing.engine_issue", "ns", 1.5, "one engine, start of a descriptor"),
    ("dsa.timing.turnaround", "ns", 2, "reading and writing in one descriptor"),
    ("dsa.timing.write_gap", "ns", 2, "write port between data and record"),
    ("dsa.timing.read_overhead", "ns", 2, "device side of a read's latency"),
    ("dsa.timing.write_overhead", "ns", 3, "device side of a write's latency"),
    ("dsa.timing.read_tail", "ns", 2, "slowest of n lines read"),
    ("dsa.timing.write_tail", "ns", 2, "slowest of n lines written"),
    ("dsa.timing.record_write", "ns", 2, "completion record"),
    ("dsa.timing.batch_fetch", "ns", 3, "reading a batch list"),
    ("dsa.timing.partial_write", "ns", 1.5, "lines cut at 32 bytes"),
    ("dsa.timing.unaligned_write", "ns", 1.5, "lines cut elsewhere"),
    ("dsa.timing.unaligned_latency", "ns", 2, "the same for a lone descriptor"),
    ("dsa.timing.partial_cached", "ns", 2, "lines in the cache, written in part"),
    ("dsa.timing.readback", "ns", 1.5, "destination readback"),
    ("dsa.timing.answer_burst", "KiB", 1.5, "read data that an ENQCMD's answer waits for"),
    ("cpu.movdir64b_gap", "ns", 1.2, "posted submissions of one core"),
    ("cpu.enqcmd_gap", "ns", 1.2, "non-posted submissions of one core"),
    ("cpu.minor_fault", "ns", 1.5, "page fault of a core"),
    ("cpu.prs_service", "us", 1.5, "page request of a device"),
    ("cpu.zero_page_break", "us", 1.5, "repair of a written page"),
    ("cpu.copy.cold_bandwidth", "GB/s", 1.3, "one core copying"),
    ("cpu.loop_copy_bandwidth", "GB/s", 1.3, "one core copying little"),
    ("cpu.string_start", "ns", 2, "a core's copy that starts within a page"),
    ("link.bandwidth", "GB/s", 2, "between sockets"),
    ("io.write_bandwidth", "GB/s", 1.5, "all devices of a socket"),
)

SCALE = {"B": 1 / 1024, "KiB": 1.0, "ps": 1e-3, "ns": 1.0, "us": 1e3, "ms": 1e6, "GB/s": 1.0, "MB/s": 1e-3, "TB/s": 1e3}
MOVED = 0.5   # percent: a point that changes by less is not moved
CLIP = 0.4    # logarithm of the ratio beyond which a point counts no more
ATTEMPTS = 8  # values tried of one constant in one round


def value_in(text, path):
    """The value at a dotted path of a platform as `platform show` prints it: (number, unit)."""
    want, at = path.split("."), []
    for line in text.splitlines():
        body = line.lstrip(" ")
        if body.startswith("- ") or ":" not in body:
            continue
        depth = (len(line) - len(body)) // 2
        key, _, rest = body.partition(":")
        at = at[:depth] + [key]
        if at == want and rest.strip():
            word = rest.strip()
            n = len(word.rstrip("abcdefghijklmnopqrstuvwxyzGKMTB/"))
            return float(word[:n]), word[n:]
    raise KeyError(path)


def held_back(point, seed, share):
    """Whether a point is kept out of the fit: by its id and the seed alone."""
    digest = hashlib.sha256(f"{seed}:{point.id}".encode()).digest()
    return int.from_bytes(digest[:4], "big") < share * 2 ** 32


def cost(outcomes):
    """Mean distance of the points; far ones count as at CLIP, so that none of them pulls alone."""
    total = n = 0
    for o in outcomes:
        if o.value and o.point.value > 0 and o.value > 0:
            weight = {"high": 1.0, "medium": 0.3, "low": 0.1}[o.point.confidence]
            total += weight * min(abs(math.log(o.value / o.point.value)), CLIP)
            n += weight
    return total / n if n else 0.0


class Fit:
    """Constants under way and how to run points with them."""

    def __init__(self, program, points, seed, share, jobs, scramble=0.0):
        self.program, self.jobs = program, jobs
        self.fit = [p for p in points if not held_back(p, seed, share)]
        self.held = [p for p in points if held_back(p, seed, share)]
        text = program.platform("spr")
        self.file, self.start, self.now = {}, {}, {}
        rng = random.Random(seed)
        for path, unit, limit, _ in CONSTANTS:
            value, printed = value_in(text, path)
            self.file[path] = value * SCALE[printed] / SCALE[unit]
            away = min(scramble, math.log(limit))
            self.start[path] = self.now[path] = self.file[path] * math.exp(rng.uniform(-away, away))

    def sets(self, changed=()):
        values = {**self.now, **dict(changed)}
        return [f"platform.{path}={values[path]:.6g} {unit}" for path, unit, _, _ in CONSTANTS
                if values[path] != self.file[path]]

    def run(self, points, changed=()):
        return runner.run_points(self.program, points, self.jobs, self.sets(changed))

    def moves(self, base, points):
        """For each constant the points that 10 % more of it moves, and by how much."""
        out = {}
        for path, _, _, _ in CONSTANTS:
            higher = self.run(points, [(path, self.now[path] * 1.1)])
            moved = []
            for a, b in zip(base, higher):
                if a.value and b.value:
                    change = 100.0 * (b.value / a.value - 1)
                    if abs(change) > MOVED:
                        moved.append((a.point, change))
            out[path] = moved
            yield path, moved

    def improve(self, path, limit, points):
        """Moves one constant while its points get closer; True when it went anywhere."""
        if not points:
            return False
        best, at, step = cost(self.run(points)), self.now[path], 1.08
        low, high = self.file[path] / limit, self.file[path] * limit
        moved = False
        for _ in range(ATTEMPTS):
            value = min(max(at * step, low), high)
            if value == at:
                break
            here = cost(self.run(points, [(path, value)]))
            if here < best - 1e-5:
                best, at, moved = here, value, True
                self.now[path] = at
            elif step > 1:
                step = 1 / step  # the other way
            else:
                step = math.sqrt(step)  # and finer
        return moved


def _errors(name, outcomes):
    s = sil.Summary(outcomes)
    return (f"| {name} | {s.run} | {sil.percent(s.median)} | {sil.percent(s.p90)} | "
            f"{sil.percent(s.within(15))} |\n")


def start(scramble):
    """Where the fit came from, and how far what is held back was unseen."""
    if scramble:
        return (f"The fit did not start from the platform file but with every constant off by a random factor of up "
                f"to {100 * (math.exp(scramble) - 1):.0f} %, and found its values from the fitted points alone; *before* is that start. "
                "The file's values themselves were chosen with all points in sight, so *file* has no held-back part in the strict sense, "
                "and neither have the mechanisms.\n\n")
    return ("The fit started from the platform file, whose values were chosen with all points in sight: "
            "what is held back here is held back from the fit only.\n\n")


def report(fit, moved, runs, seed, share, only, scramble):
    """The report's text: values, errors of both parts, what each constant moves."""
    out = ["# The fit\n\n",
           "Written by `make fit` (`python3 -m dsasim.fit`). Seed "
           f"{seed}; {100 * share:.0f} % of the points are held back by it and took no part. "
           f"Points: {only}.\n\n", start(scramble),
           "| points | run | median error | 90 % below | within 15 % |\n|---|---|---|---|---|\n"]
    held = {p.id for p in fit.held}
    for label, outcomes in runs:
        for word in ("high", None):
            name = f"{word} confidence, " if word else "all, "
            some = [o for o in outcomes if not word or o.point.confidence == word]
            out.append(_errors(f"{label}: {name}fitted", [o for o in some
                                                          if o.point.id not in held]))
            out.append(_errors(f"{label}: {name}held back", [o for o in some
                                                             if o.point.id in held]))
    out.append("\n## What each constant moves\n\nTen percent more of it; points that change by "
               f"more than {MOVED} %. The last columns are where the fit started and the value that it took.\n\n"
               "| constant | what it stands for | file | points | median change | experiments | "
               "start | fit |\n|---|---|---|---|---|---|---|---|\n")
    for path, unit, _, what in CONSTANTS:
        changes = [c for _, c in moved[path]]
        names = sorted({p.experiment for p, _ in moved[path]})
        median = sil.quantile(changes, 0.5)
        out.append(f"| `{path}` | {what} | {fit.file[path]:.4g} {unit} | {len(changes)} | "
                   f"{sil.percent(median, True)} | {' '.join(names) or '–'} | "
                   f"{fit.start[path]:.4g} {unit} | {fit.now[path]:.4g} {unit} |\n")
    return "".join(out)


def parse(argv):
    parser = argparse.ArgumentParser(prog="dsasim.fit", description=__doc__.splitlines()[0])
    parser.add_argument("--points", default="tests/silicon/silicon.csv", metavar="FILE")
    parser.add_argument("--program", default="build/dsasim", metavar="FILE")
    parser.add_argument("--seed", type=int, default=1, metavar="N",
                        help="decides what is held back (default: 1)")
    parser.add_argument("--share", type=float, default=0.25, metavar="X",
                        help="part held back, 0 to 0.9 (default: 0.25)")
    parser.add_argument("--scramble", type=float, default=0.0, metavar="X",
                        help="start with each constant off by a factor of up to exp(X) (default: 0)")
    parser.add_argument("--confidence", choices=sil.CONFIDENCES, help="fit only to points of this confidence")
    parser.add_argument("--rounds", type=int, default=1, metavar="N",
                        help="times through the constants; 0: only what they move (default: 1)")
    parser.add_argument("--only", metavar="WORD,...", help="points whose id begins so")
    parser.add_argument("--jobs", type=int, metavar="N")
    parser.add_argument("--out", metavar="FILE.md", help="write the report there, not to stdout")
    args = parser.parse_args(argv)
    if not 0 <= args.scramble <= 1:
        parser.error("--scramble: must be between 0 and 1")
    if not 0 <= args.share <= 0.9:
        parser.error("--share: must be between 0 and 0.9")
    return args


def main(argv=None):
    args = parse(argv)
    try:
        points = [p for p in pts.read(args.points) if p.usable and not p.bad]
        if args.only:
            points = [p for p in points if p.id.startswith(tuple(args.only.split(",")))]
        if not points:
            print("dsasim.fit: no usable point", file=sys.stderr)
            return 2
        fit = Fit(runner.Program(args.program), points, args.seed, args.share, args.jobs, args.scramble)
        runs = [("before", fit.run(points))]
        before = runs[0][1]
        if args.scramble:
            runs.insert(0, ("file", runner.run_points(fit.program, points, args.jobs)))
        base = [o for o in before if o.value is not None and
                (not args.confidence or o.point.confidence == args.confidence)]
        moved = {}
        for path, some in fit.moves(base, [o.point for o in base]):
            moved[path] = some
            print(f"{path}: moves {len(some)} points", file=sys.stderr)
        kept = {p.id for p in fit.fit}
        for _ in range(args.rounds):
            any_moved = False
            for path, unit, limit, _ in CONSTANTS:
                mine = [p for p, _ in moved[path] if p.id in kept]
                if fit.improve(path, limit, mine):
                    any_moved = True
                    print(f"{path}: {fit.start[path]:.4g} -> {fit.now[path]:.4g} {unit}",
                          file=sys.stderr)
            if not any_moved:
                break
        after = fit.run(points) if args.rounds else before
    except (pts.BadPoints, runner.ProgramMissing) as error:
        print(f"dsasim.fit: {error}", file=sys.stderr)
        return 2
    runs.append(("after", after))
    which = "those of " + args.only if args.only else "all that are usable"
    if args.confidence:
        which += f"; fitted to those of {args.confidence} confidence"
    text = report(fit, moved, runs, args.seed, args.share, which, args.scramble)
    if args.out:
        os.makedirs(os.path.dirname(args.out) or ".", exist_ok=True)
        with open(args.out, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
