# SPDX-License-Identifier: GPL-2.0
"""Plots of a sweep as SVG whose colours a page can set (matplotlib draws them)."""
import io
import math
import re

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt     # noqa: E402  pylint: disable=wrong-import-position
import matplotlib.ticker as ticker  # noqa: E402  pylint: disable=wrong-import-position

from . import point as one          # noqa: E402  pylint: disable=wrong-import-position
from . import sweep                 # noqa: E402  pylint: disable=wrong-import-position

# Eight colours that differ in brightness too, with what they become on a dark page.
COLOURS = [("#0a65c2", "#6cb0ff"), ("#c4432b", "#ff8f85"), ("#1a7f37", "#5fd07a"), ("#8250df", "#c4a3ff"),
           ("#9a6700", "#e3b341"), ("#0b7a86", "#4fc4cf"), ("#bf3989", "#f778ba"), ("#57606a", "#aab4bf")]
MARKS = "osD^vP*X"
TEXT, RULE, PAGE = "#1b1f25", "#d0d7df", "#fffffe"
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "dsasim", "font.family": "sans-serif",
         "font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
         "axes.edgecolor": TEXT, "axes.labelcolor": TEXT, "text.color": TEXT, "xtick.color": TEXT,
         "ytick.color": TEXT, "grid.color": RULE, "grid.linewidth": 0.7, "axes.axisbelow": True,
         "axes.titlesize": 10, "legend.frameon": False, "figure.facecolor": PAGE,
         "axes.facecolor": PAGE, "lines.linewidth": 1.8, "lines.markersize": 5}


def label_of(metric, over):
    """What a metric is, for an axis."""
    if over:
        return f"{metric.rsplit('.', 1)[-1].split('_')[0]} relative to {', '.join(map(str, over.values()))}"
    last = metric.rsplit(".", 1)[-1]
    if metric in one.METRICS:
        return one.METRICS[metric]
    if last in one.METRICS:
        return f"{metric.rsplit('.', 1)[0]}: {one.METRICS[last]}"
    if metric.startswith("use."):
        return f"utilisation of {metric[4:]}"
    if metric.startswith("hits."):
        return f"hit rate of {metric[5:]}"
    if last.endswith("_ns"):
        return f"{metric[:-3].replace('.', ' ')}, ns"
    return metric


def short(name, most=18):
    """A value's name as a tick: paths and long words lose their front."""
    return str(name) if len(str(name)) <= most else "…" + str(name)[1 - most:]


class Panel:
    """One facet of a plot."""

    def __init__(self, ax, table, spec, where):
        self.ax, self.table, self.spec, self.where = ax, table, spec, where
        self.names = table.axes[spec["x"]]
        numbers = [sweep.quantity(n) for n in self.names]
        self.numeric = None not in numbers and spec.get("x_scale") != "names"
        self.at = dict(zip(self.names, numbers if self.numeric else range(len(self.names))))
        self.scale = spec.get("x_scale") or self.guess(numbers)

    def guess(self, numbers):
        """Logarithmic where the values grow by factors."""
        if not self.numeric or len(numbers) < 3 or min(numbers) <= 0:
            return "linear"
        return "log" if max(numbers) / min(numbers) >= 8 else "linear"

    def lines(self):
        """(label, metric, where) of every line of the panel."""
        metrics = self.spec["y"] if isinstance(self.spec["y"], list) else [self.spec["y"]]
        series = self.spec.get("series")
        for metric in metrics:
            for name in self.table.axes[series] if series else [None]:
                if series and not self.visible(series, name):
                    continue
                words = ([short(name, 28)] if series else []) + ([metric] if len(metrics) > 1 else [])
                yield " ".join(words), metric, {**self.where, **({series: name} if series else {})}

    def visible(self, axis, name):
        """Whether the plot's own `where` keeps a value."""
        wanted = self.spec.get("where", {}).get(axis)
        return wanted is None or name in [sweep.option(w) for w in (wanted if isinstance(wanted, list) else [wanted])]

    def draw(self):
        """All lines or groups of bars; returns the labels that a legend needs."""
        lines = list(self.lines())
        bars = self.spec.get("kind") == "bar" or (not self.numeric and self.spec.get("kind") != "line")
        drawn = 0
        for i, (label, metric, where) in enumerate(lines):
            where = {k: v for k, v in {**self.spec.get("where", {}), **where}.items() if k != self.spec["x"]}
            curve = [c for c in self.table.curve(self.spec["x"], metric, where, self.spec.get("over"))
                     if self.visible(self.spec["x"], c[0])]
            if not curve:
                continue
            drawn += 1
            colour = COLOURS[i % len(COLOURS)][0]
            spread = [[max(c[1] - c[2], 0) for c in curve], [max(c[3] - c[1], 0) for c in curve]]
            error = {"yerr": spread, "ecolor": TEXT, "capsize": 2} if any(map(any, spread)) else {}
            xs = [self.at[c[0]] for c in curve]
            if bars:
                width = 0.8 / len(lines)
                xs = [self.names.index(c[0]) - 0.4 + width * (i + 0.5) for c in curve]
                if error:
                    error["error_kw"] = {"ecolor": error.pop("ecolor"), "capsize": error.pop("capsize")}
                self.ax.bar(xs, [c[1] for c in curve], width * 0.92, color=colour, label=label, **error)
            else:
                self.ax.errorbar(xs, [c[1] for c in curve], color=colour, label=label,
                                 marker=MARKS[i % len(MARKS)], **error)
        self.ticks(bars)
        return drawn if lines and lines[0][0] else 0

    def apart(self, names):
        """Those of the names that have room side by side: the ends first, then from the left."""
        logarithmic = self.scale.startswith("log") and self.numeric
        place = {n: math.log(self.at[n]) if logarithmic else self.at[n] for n in names}
        span = max(place.values()) - min(place.values())
        room = self.ax.get_window_extent().width / self.ax.figure.dpi * 0.88
        kept = []
        for name in sorted(names, key=lambda n: (n not in (names[0], names[-1]), place[n])):
            inches = [0.038 * (len(short(name)) + len(short(k)) + 1) for k in kept]
            if all(abs(place[name] - place[k]) * room >= i * span for k, i in zip(kept, inches)):
                kept.append(name)
        return sorted(kept, key=names.index)

    def ticks(self, bars):
        """The values' own names stand at the x axis."""
        names = [n for n in self.names if self.visible(self.spec["x"], n)]
        if bars:
            self.ax.set_xticks([self.names.index(n) for n in names], [short(n) for n in names])
            self.ax.grid(axis="x", visible=False)
        else:
            if self.scale.startswith("log") and self.numeric:
                self.ax.set_xscale("log", base=2)
            names = self.apart(names)
            self.ax.set_xticks([self.at[n] for n in names], [short(n) for n in names])
            self.ax.xaxis.set_minor_locator(ticker.NullLocator())
        if sum(len(short(n)) for n in names[:9]) > 52:
            self.ax.tick_params(axis="x", labelrotation=30)


def draw(table, spec):
    """One plot as SVG text. Raises SweepError for what the table does not have."""
    if spec["x"] not in table.axes:
        raise sweep.SweepError(f"plot x: '{spec['x']}' is no axis ({', '.join(table.axes)})")
    facet = spec.get("facet")
    where = spec.get("where", {})
    keep = where.get(facet) if facet else None
    facets = [n for n in table.axes[facet] if keep is None or n in map(sweep.option, keep)] if facet else [None]
    columns = min(len(facets), 3)
    rows = math.ceil(len(facets) / columns)
    with plt.rc_context(STYLE):
        width, height = (6.6, 3.6) if len(facets) == 1 else (3.5 * columns + 0.6, 3.0 * rows + 0.5)
        fig, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False, sharey=True,
                                 layout="constrained")
        labels = 0
        for i, ax in enumerate(axes.flat):
            if i >= len(facets):
                ax.set_visible(False)
                continue
            name = facets[i]
            panel = Panel(ax, table, spec, {facet: name} if facet else {})
            labels = max(labels, panel.draw())
            if facet:
                ax.set_title(f"{facet}: {short(name, 28)}")
            if spec.get("over"):
                ax.axhline(1, color=TEXT, linewidth=0.8, linestyle=":")
            if i >= len(facets) - columns:
                ax.set_xlabel(spec.get("x_label", spec["x"]))
            if i % columns == 0:
                metric = spec["y"] if isinstance(spec["y"], str) else spec["y"][0]
                ax.set_ylabel(spec.get("y_label", label_of(metric, spec.get("over"))))
        # The panels share their y axis.
        if spec.get("y_scale") == "log":
            axes.flat[0].set_yscale("log")
        else:
            axes.flat[0].set_ylim(bottom=spec.get("y_min", 0))
        if labels > 1 or (labels and spec.get("series")):
            handles, names = axes.flat[0].get_legend_handles_labels()
            fig.legend(handles, names, loc="outside upper center" if hasattr(fig, "get_layout_engine") and
                       matplotlib.__version_info__ >= (3, 7) else "upper center",
                       ncols=min(labels, 4 if max(map(len, names)) > 16 else 6),
                       title=spec.get("series"), fontsize=9, title_fontsize=9,
                       **({} if matplotlib.__version_info__ >= (3, 7) else {"bbox_to_anchor": (0.5, 0.0)}))
        out = io.StringIO()
        fig.savefig(out, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None})
        plt.close(fig)
    svg = out.getvalue()
    return svg[svg.index("<svg"):]


def themed(svg):
    """The same with a page's variables in place of colours."""
    svg = svg.replace(TEXT, "var(--fg)").replace(RULE, "var(--rule)").replace(PAGE, "var(--bg)")
    for i, (light, _) in enumerate(COLOURS):
        svg = svg.replace(light, f"var(--c{i})")
    # In points as it comes: the page's width decides.
    return re.sub(r'<svg ([^>]*?)height="[^"]*"([^>]*?)width="([0-9.]+)pt"', r'<svg \1\2 style="width:\3pt"', svg, count=1)
