# SPDX-License-Identifier: GPL-2.0
"""The tidy table of a sweep: one row a run. Selecting from it, means over seeds, the CSV file."""
import csv
import math
import statistics

from . import point as one
from . import sweep


class Table:
    """Rows of all points, finished or failed."""

    def __init__(self, axes):
        self.axes = axes    # name -> names of its values, in order
        self.rows = []

    @classmethod
    def of(cls, spec, points, store):
        """Read what the store has of @points."""
        axes = {a.name: list(a.values) for a in spec.axes}
        for coords, _ in spec.extra:
            for name, value in coords.items():
                known = axes.setdefault(name, [])
                if value not in known:
                    known.append(value)
        table = cls(axes)
        for number, p in enumerate(points):
            row = {"point": number, "key": p.key, **{a: p.coords.get(a, "") for a in axes}, "seed": p.seed}
            failure, results = store.failure(p.key), store.results(p.key)
            row["status"] = "failed" if failure else "ok" if results else "missing"
            row["message"] = " ".join(failure.split()) if failure else ""
            if results and not failure:
                row.update(one.figures(results))
            table.rows.append(row)
        return table

    def columns(self):
        """Places first, then the metrics as METRICS has them, the rest as they come."""
        head = ["point", "key", *self.axes, "seed", "status", "message"]
        rest = {k: None for row in self.rows for k in row if k not in head}
        first = [k for k in one.METRICS if k in rest]
        return head + first + [k for k in rest if k not in first]

    def write_csv(self, file):
        """One row a run; numbers in full, missing ones empty."""
        columns = self.columns()
        out = csv.writer(file, lineterminator="\n")
        out.writerow(columns)
        for row in self.rows:
            out.writerow([f"{v:.9g}" if isinstance(v, float) else v
                          for v in (row.get(c, "") for c in columns)])

    def select(self, where):
        """Rows that went well and lie at @where (axis -> value or list of values)."""
        for axis, wanted in where.items():
            known = {row.get(axis) for row in self.rows}
            for w in wanted if isinstance(wanted, list) else [wanted]:
                if axis != "seed" and sweep.option(w) not in known:
                    raise sweep.SweepError(f"{axis}: there is no value '{w}' ({', '.join(map(str, self.axes.get(axis, [])))})")
        for row in self.rows:
            if row["status"] == "ok" and all(
                    str(row.get(a)) in [sweep.option(w) for w in (v if isinstance(v, list) else [v])]
                    for a, v in where.items()):
                yield row

    def values(self, metric, where):
        """A metric's values over the rows at @where."""
        rows = list(self.select(where))
        found = [row[metric] for row in rows if isinstance(row.get(metric), (int, float))]
        if rows and not found:
            known = [k for k, v in rows[0].items() if isinstance(v, (int, float))]
            raise sweep.SweepError(f"'{metric}' is no metric (there are {', '.join(known)})")
        return found

    def mean(self, metric, where):
        """Mean over the rows at @where; NaN without any."""
        found = self.values(metric, where)
        return statistics.fmean(found) if found else math.nan

    def curve(self, axis, metric, where, over=None):
        """[(value's name, mean, least, greatest)] along @axis; @over: as multiples of what is there."""
        out = []
        for name in self.axes[axis]:
            here = {**where, axis: name}
            found = self.values(metric, here)
            if not found:
                continue
            base = self.mean(metric, {**here, **over}) if over else 1
            if base and not math.isnan(base):
                out.append((name, statistics.fmean(found) / base, min(found) / base, max(found) / base))
        return out
