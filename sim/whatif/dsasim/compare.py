# SPDX-License-Identifier: GPL-2.0
"""dsasim compare A B: two results side by side, with significance where each has several seeds (docs/results.md)."""
import argparse
import json
import math
import pathlib
import statistics
import sys

from . import point as one

DESCRIPTION = """Two results side by side: A and B are results directories, or directories of such, one for each seed (or the points/ of a
sweep). With at least two runs on each side a difference gets the p-value of Welch's t-test (two-sided). Exit codes: 0 the two
are read and compared, 1 with --fail-above a metric is worse by more, 2 bad input."""

# Rows of the summary: metric, format, whether more is better (None: neither).
ROWS = [("gbps", "{:.3f}", True), ("mops", "{:.4f}", True), ("mean_ns", "{:.1f}", False), ("p50_ns", "{:.1f}", False),
        ("p90_ns", "{:.1f}", False), ("p99_ns", "{:.1f}", False), ("p999_ns", "{:.1f}", False), ("max_ns", "{:.1f}", False),
        ("core_ns_per_unit", "{:.1f}", False), ("retries_per_unit", "{:.3f}", False), ("page_requests", "{:.0f}", None),
        ("repairs", "{:.0f}", None), ("errors", "{:.0f}", False)]


class Bad(Exception):
    """What was named cannot be compared."""


def load(name):
    """Rows of figures of every run in @name, and the runs' descriptions."""
    path = pathlib.Path(name)
    files = [path] if path.is_file() else [path / "results.json"] if (path / "results.json").is_file() else \
        sorted(path.glob("*/results.json")) + sorted(path.glob("*.json"))
    rows, runs = [], []
    for file in files:
        try:
            results = json.loads(file.read_text(encoding="utf-8"))
            if results.get("format") != "dsasim-results":
                raise ValueError("no results of dsasim")
            rows.append(one.figures(results))
            runs.append(results["run"])
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise Bad(f"{file}: {getattr(error, 'strerror', None) or error}") from None
    if not rows:
        raise Bad(f"{name}: no results here")
    seeds = [r["seed"] for r in runs]
    if len(set(seeds)) != len(seeds):
        raise Bad(f"{name}: several runs of one seed: these are different experiments")
    return rows, runs


# ---- Welch's t-test --------------------------------------------------------------------------

def beta_fraction(a, b, x):
    """The continued fraction of the incomplete beta function (Lentz's method)."""
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    value = d
    for m in range(1, 300):
        for step in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                     -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d = 1 + step * d
            d = 1 / (d if abs(d) > tiny else tiny)
            c = 1 + step / c
            c = c if abs(c) > tiny else tiny
            value *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return value


def incomplete_beta(a, b, x):
    """I_x(a, b)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * beta_fraction(a, b, x) / a
    return 1 - front * beta_fraction(b, a, 1 - x) / b


def welch(a, b):
    """Two-sided p-value that the means of two samples are the same; None with fewer than two on a side."""
    if len(a) < 2 or len(b) < 2:
        return None
    va, vb = statistics.variance(a) / len(a), statistics.variance(b) / len(b)
    delta = statistics.fmean(a) - statistics.fmean(b)
    # Runs that do not depend on the seed differ surely or not at all.
    if va + vb <= (1e-12 * max(map(abs, a + b))) ** 2:
        return 1.0 if math.isclose(delta, 0, abs_tol=1e-9 * max(map(abs, a + b), default=0)) else 0.0
    freedom = (va + vb) ** 2 / (va ** 2 / (len(a) - 1) + vb ** 2 / (len(b) - 1))
    t = delta / math.sqrt(va + vb)
    return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))


# ---- Output ----------------------------------------------------------------------------------

def compare(a, b, metrics):
    """[(metric, mean of A, mean of B, change or None, p or None)]; metrics that neither has are left out."""
    out = []
    for metric in metrics:
        left = [r[metric] for r in a if isinstance(r.get(metric), (int, float))]
        right = [r[metric] for r in b if isinstance(r.get(metric), (int, float))]
        if not left and not right:
            continue
        means = [statistics.fmean(v) if v else math.nan for v in (left, right)]
        change = means[1] / means[0] - 1 if left and right and means[0] else None
        out.append((metric, means[0], means[1], change, welch(left, right) if left and right else None))
    return out


def verdict(p):
    """A p-value in words."""
    if p is None:
        return ""
    return "same" if p == 1 else "p < 0.0001" if p < 0.0001 else f"p = {p:.4f}"


def describe(side, name, runs):
    """A line about one side."""
    first = runs[0]
    seeds = ", ".join(str(r["seed"]) for r in runs[:8]) + (", ..." if len(runs) > 8 else "")
    return f"{side}  {name}: {first['name']} on {first['platform']}, {len(runs)} run{'s' * (len(runs) > 1)}, seed{'s' * (len(runs) > 1)} {seeds}"


def limits(rows):
    """What limited the runs of a side."""
    found = [r["limit_resource"] or r["limit"] for r in rows]
    return ", ".join(sorted(set(found)))


def shown(rows, everything):
    """The metrics to show, in order."""
    head = [m for m, _, _ in ROWS]
    if not everything:
        return head
    rest = dict.fromkeys(k for r in rows for k, v in r.items() if k not in head and isinstance(v, (int, float)))
    return head + list(rest)


def main():
    """The program."""
    parser = argparse.ArgumentParser(prog="dsasim compare", description=DESCRIPTION)
    parser.add_argument("a", metavar="A")
    parser.add_argument("b", metavar="B")
    parser.add_argument("--all", action="store_true", help="every metric that differs, not only the main ones")
    parser.add_argument("--csv", action="store_true", help="as CSV")
    parser.add_argument("--fail-above", type=float, metavar="PERCENT",
                        help="exit with 1 when B is worse than A in a main metric by more (and surely, where p is known)")
    args = parser.parse_args()
    try:
        (a, runs_a), (b, runs_b) = load(args.a), load(args.b)
    except Bad as error:
        print(f"dsasim: compare: {error}", file=sys.stderr)
        return 2
    table = compare(a, b, shown(a + b, args.all))
    if args.all:
        main_rows = {m for m, _, _ in ROWS}
        table = [r for r in table if r[0] in main_rows or r[1] != r[2]]
    if args.csv:
        print("metric,a,b,change,p")
        for metric, left, right, change, p in table:
            print(f"{metric},{left:.9g},{right:.9g},{'' if change is None else f'{change:.6f}'},{'' if p is None else f'{p:.6g}'}")
    else:
        print(describe("A", args.a, runs_a))
        print(describe("B", args.b, runs_b))
        several = len(a) > 1 and len(b) > 1
        print(f"\n{'':22}{'A':>14}{'B':>14}{'B to A':>10}" + ("  Welch's t-test" if several else ""))
        forms = {m: f for m, f, _ in ROWS}
        for metric, left, right, change, p in table:
            form = forms.get(metric, "{:.4g}")
            print(f"{metric:22}{form.format(left):>14}{form.format(right):>14}"
                  f"{'' if change is None else f'{change * 100:+.1f} %':>10}  {verdict(p)}".rstrip())
        print(f"\nlimited by            A: {limits(a)}\n                      B: {limits(b)}")
        if not several:
            print("\nno significance: that needs at least two seeds on each side")
    worse = [m for m, more, in ((m, more) for m, _, more in ROWS if more is not None)
             for metric, left, right, change, p in table if metric == m and change is not None and args.fail_above is not None
             and (-change if more else change) * 100 > args.fail_above and (p is None or p < 0.05)]
    for metric in worse:
        print(f"worse by more than {args.fail_above:g} %: {metric}", file=sys.stderr)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
