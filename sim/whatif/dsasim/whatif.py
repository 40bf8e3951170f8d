# SPDX-License-Identifier: GPL-2.0
"""dsasim-whatif: run a sweep and show what came of it (docs/sweep-format.md)."""
import argparse
import os
import pathlib
import sys

from . import answers
from . import pool
from . import point as one
from . import sweep
from . import table as tables

DESCRIPTION = """Run a scenario at every point of a sweep and show what came of it: OUT/results.csv (a row for each run)
and OUT/report.html (plots). Points that are done stay in OUT/points: the same command goes on where it was stopped.
Exit codes: 0 good, 1 a point failed, 2 bad input, 130 interrupted."""


def options():
    """The command line."""
    parser = argparse.ArgumentParser(prog="dsasim-whatif", description=DESCRIPTION)
    parser.add_argument("sweep", metavar="SWEEP.yaml")
    parser.add_argument("-o", "--out", help="results go here (default: whatif/NAME)")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1,
                        help="runs at a time (default: all processors)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="run on a Dask cluster: tcp://HOST:PORT")
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", dest="sets",
                        help="override a value at all points")
    parser.add_argument("--seeds", type=int, help="so many seeds, in place of the file's")
    parser.add_argument("--retry", action="store_true", help="run failed points again")
    parser.add_argument("--list", action="store_true", help="show the points, run nothing")
    parser.add_argument("--program", help="the dsasim to run")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress, no summary")
    return parser.parse_args()


def load(args):
    """The sweep with the command line's changes."""
    spec = sweep.Sweep(args.sweep)
    for text in args.sets:
        path, equals, value = text.partition("=")
        if not equals:
            raise sweep.SweepError(f"--set {text}: expected PATH=VALUE")
        spec.base[path] = sweep.yaml.load(value, sweep.Loader) if value else ""
    if args.seeds is not None:
        if args.seeds < 1:
            raise sweep.SweepError(f"--seeds {args.seeds}: at least 1")
        spec.seeds = list(range(1, args.seeds + 1))
    if args.jobs < 1:
        raise sweep.SweepError(f"--jobs {args.jobs}: at least 1")
    return spec


def write(path, text):
    """Whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    with open(partial, "w", encoding="utf-8", newline="") as file:
        text(file) if callable(text) else file.write(text)
    partial.replace(path)


def run(spec, out, program, **how):
    """Run what is left of a sweep in @out; returns its table. @how: jobs, scheduler, quiet, retry."""
    points = spec.points(pool.program_hash(program))
    store = pool.Store(out)
    if how.get("retry"):
        for p in points:
            if store.failure(p.key) is not None:
                store.forget_failure(p.key)
    pool.execute(points, one.prepare(spec, points, out), store,
                 {"program": program, "timeout": spec.timeout, "jobs": how.get("jobs", 1),
                  "scheduler": how.get("scheduler"), "quiet": how.get("quiet", True)})
    return tables.Table.of(spec, points, store)


def show(spec, table, out, quiet):
    """Write CSV and page, say what failed."""
    write(out / "results.csv", table.write_csv)
    try:
        from . import page  # pylint: disable=import-outside-toplevel  # matplotlib takes a second to load
    except ModuleNotFoundError as error:
        raise sweep.SweepError(f"{out}/results.csv is written, report.html is not: this Python has no "
                               f"{error.name} (Debian: python3-{error.name})") from None
    text, wrong = "", []
    try:
        text, wrong = answers.text_of(spec, table)
    except sweep.SweepError as error:
        print(f"dsasim-whatif: {error}", file=sys.stderr)
    write(out / "report.html", page.render(spec, table, text))
    failed = [r for r in table.rows if r["status"] != "ok"]
    for row in failed[:20]:
        print(f"failed: {page.name_of(table, row)}: {row['message']}", file=sys.stderr)
    if len(failed) > 20:
        print(f"failed: and {len(failed) - 20} more (results.csv)", file=sys.stderr)
    for claim in wrong:
        print(f"note: the answer's claim does not hold here: {claim}", file=sys.stderr)
    if not quiet:
        print(f"{len(table.rows)} runs, {len(failed)} failed\nresults: {out}/results.csv {out}/report.html")
    return 1 if failed else 0


def main():
    """The program."""
    args = options()
    pool.on_terminate()
    try:
        spec = load(args)
        if args.list:
            for p in spec.points():
                print(p)
            return 0
        program = args.program or pool.find_program()
        if not program or not os.access(program, os.X_OK):
            raise sweep.SweepError(f"no program {program or 'dsasim'}: build it, or say --program")
        out = pathlib.Path(args.out or f"whatif/{spec.name}")
        table = run(spec, out, str(pathlib.Path(program).resolve()), jobs=args.jobs, scheduler=args.scheduler,
                    quiet=args.quiet, retry=args.retry)
        return show(spec, table, out, args.quiet)
    except sweep.SweepError as error:
        print(f"dsasim-whatif: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"dsasim-whatif: {error.filename or ''}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("dsasim-whatif: interrupted; the same command goes on from here", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
