# SPDX-License-Identifier: GPL-2.0
"""The comparison with silicon as a page: for each experiment a plot, a table, each point's reason."""
import collections
import os

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib import ticker  # noqa: E402

from . import silicon as sil  # noqa: E402

INTRO = """# The model against silicon

Every measured point of `{points}` was turned into a simulation under that point's own conditions
(columns and `conditions`, never prose), and compares in the point's own metric and unit.
This page is written by `make validate`; the constants it rests on stand in `sim/platforms/spr.yaml`
with their sources, the measuring programs' own costs in `sim/whatif/dsasim/clients.py`.

In the plots crosses are silicon and lines with dots are the model; left against the axis that the
experiment swept, right one against the other with a band of ±15 %.

"""

# What silicon itself does from run to run, by experiment, where the sources show it.
SPREAD = {
    "L1S": "A repeat on another day (L1A) differs by up to 1.2 %.",
    "L1R": "A repeat on another day (L1A) differs by up to 7.1 % (512 B).",
    "L3": "Second runs differ by 0.4 % without faults, by up to 5.9 % with them.",
    "L4": "The same cases in L3 differ by up to 12 % (compare with faults repaired by software).",
    "L5": "Neighbouring periods differ by up to 15 % (period 8 against 6 and 12) with readback.",
    "L2single": "Printed with two digits after the point: 1 % at the small sizes.",
    "HDpb": "Small sizes jump between two states from run to run: ±30 %. At 4 KiB with one batch "
            "in flight HD and HS, which differ only in how descriptors are submitted, differ by "
            "40-70 %.",
    "HSpb": "As HDpb.",
    "HHpb": "As HDpb; against HD, HH is slower at 4 KiB with few batches although its caches are "
            "warm and it has more engines.",
    "HDbat": "HD, HS and HH differ by a factor of 2 to 4 at 2 to 64 members.",
    "HSbat": "As HDbat.",
    "HHbat": "As HDbat: HH's 64 members take longer than its 128.",
    "HDwin": "HD and HS agree within 8 % at windows of 1 and 2.",
    "HSwin": "As HDwin.",
    "HHwin": "At 4 KiB and window 1, HH is 24 % above HD and HS.",
    "HDlat": "copy_crc at 4 KiB is reported quicker than a plain copy of the same machine.",
    "HSlat": "As HDlat.",
    "A": "Read off figures: ±1.5 to 2.5 GB/s, ±1.5 us, ±25 ns, ±8 % on the log axis.",
}


def _series_key(point, axis):
    parts = [point.op]
    if axis != "transfer_bytes" and point.cells["transfer_bytes"]:
        parts.append(point.cells["transfer_bytes"] + " B")
    for key in ("align", "readback", "split", "lib", "repair", "fault"):
        word = point.get(key)
        if key == "align" and point.get("align_exact") != "1":
            continue
        if word and word not in ("0", "none", "plain"):
            parts.append(f"{key} {word}")
    if axis != "batch" and point.cells["batch"]:
        parts.append("batch " + point.cells["batch"])
    if axis != "window" and point.get("window") and point.get("loop") not in ("sync",):
        parts.append("window " + point.get("window"))
    if point.get("pattern") == "random":
        parts.append("random")
    return ", ".join(parts)


def _axis(points):
    """The swept quantity: (name, label, function)."""
    def number(point, name):
        if name in ("window", "run"):
            return point.number(name)
        return point.num(name)

    best = None
    for name, label in (("transfer_bytes", "transfer size"), ("window", "units in flight"),
                        ("run", "operations of one size in a row"), ("batch", "batch size")):
        values = {number(p, name) for p in points}
        values.discard(None)
        values.discard(0)
        if len(values) > 1 and (best is None or len(values) > best[3]):
            best = (name, label, lambda p, name=name: number(p, name), len(values))
    return best


def _size(value):
    """Bytes as a person writes them."""
    for unit, factor in (("MiB", 1 << 20), ("KiB", 1 << 10)):
        if value >= factor and value % factor == 0:
            return f"{value // factor} {unit}"
    return f"{value} B"


def _ticks(axis, values):
    """Plain numbers at a log axis; more of them where it spans little."""
    low, high = min(values), max(values)
    subs = (1, 1.5, 2, 3, 4, 5, 7) if high < 6 * low else (1, 2, 5) if high < 300 * low else (1,)
    axis.set_major_locator(ticker.LogLocator(base=10, subs=subs))
    axis.set_major_formatter(ticker.FuncFormatter(lambda v, _: f"{v:g}"))
    axis.set_minor_locator(ticker.NullLocator())


def _limits(values):
    return min(values) * 0.8, max(values) * 1.25


def _sweep(ax, outcomes, axis, colour_of):
    """Points of one unit along the swept axis: crosses silicon, dots the model."""
    series = collections.OrderedDict()
    for o in outcomes:
        series.setdefault(_series_key(o.point, axis[0] if axis else ""), []).append(o)
    for key, some in series.items():
        if axis:
            some = sorted((o for o in some if axis[2](o.point)), key=lambda o: axis[2](o.point))
            xs = [axis[2](o.point) for o in some]
        else:
            xs = [o.point.id for o in some]
        colour = colour_of(key)
        ax.plot(xs, [o.value for o in some], "-o" if axis else "o", color=colour, lw=1, ms=3,
                label=key)
        ax.plot(xs, [o.point.value for o in some], "x", color=colour, ms=6, mew=1.4)
    ax.set_yscale("log")
    _ticks(ax.yaxis, [v for o in outcomes for v in (o.value, o.point.value)])
    if axis:
        ax.set_xscale("log", base=2)
        at = sorted({axis[2](o.point) for o in outcomes if axis[2](o.point)})
        # Every other one where they stand close.
        at = [x for i, x in enumerate(at) if len(at) < 9 or i % 2 == 0 or x == at[-1]]
        ax.set_xticks(at, [_size(x) if axis[0] == "transfer_bytes" else str(x) for x in at], fontsize=8)
        ax.xaxis.set_minor_locator(ticker.NullLocator())
    else:
        ax.tick_params(axis="x", labelrotation=90, labelsize=6)
    metrics = collections.OrderedDict.fromkeys(o.point.metric.replace("_", " ") for o in outcomes)
    ax.set_ylabel(f"{', '.join(metrics)}, {outcomes[0].point.unit}", fontsize=8)
    if len(series) <= 24:
        wide = max(map(len, series)) > 34
        ax.legend(fontsize=5.5 if wide else 6.5, ncols=2 if len(series) > 6 and not wide else 1, framealpha=0.7)
    return series


def _plot(name, outcomes, path):
    done = [o for o in outcomes if o.value is not None and o.point.value > 0 and o.value > 0]
    axis = _axis([o.point for o in done])
    units = list(collections.OrderedDict.fromkeys(o.point.unit for o in done))
    rows = len(units)
    fig = plt.figure(figsize=(11.5, 3.4 + 1.9 * (rows - 1) + 1.2), layout="constrained")
    grid = fig.add_gridspec(rows, 2, width_ratios=(1.6, 1))
    right = fig.add_subplot(grid[:, 1])
    colours, known = plt.get_cmap("tab20").colors, {}

    def colour_of(key):
        i = known.setdefault(key, len(known))
        return colours[(2 * i + i // 10) % 20]

    for row, unit in enumerate(units):
        left = fig.add_subplot(grid[row, 0])
        some = [o for o in done if o.point.unit == unit]
        # Nothing is swept where all stand at one place.
        here = axis if axis and len({axis[2](o.point) for o in some}) > 1 else None
        series = _sweep(left, some, here, colour_of)
        left.grid(True, which="major", lw=0.3, color="0.8")
        if here and row == rows - 1:
            left.set_xlabel(axis[1])
        for key, members in series.items():
            right.plot([o.point.value for o in members], [o.value for o in members], ".",
                       color=colour_of(key), ms=5)
    low, high = _limits([v for o in done for v in (o.value, o.point.value)])
    right.plot([low, high], [low, high], "-", color="0.5", lw=0.8)
    right.fill_between([low, high], [low * 0.85, high * 0.85], [low * 1.15, high * 1.15],
                       color="0.85", lw=0, zorder=0)
    right.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high),
              xlabel="silicon, " + " / ".join(units), ylabel="model")
    _ticks(right.xaxis, (low, high))
    _ticks(right.yaxis, (low, high))
    right.set_aspect("equal")
    right.grid(True, which="major", lw=0.3, color="0.8")
    fig.suptitle(f"{name}: silicon (crosses) and model (dots)", fontsize=11)
    fig.savefig(path, metadata={"Date": None} if path.endswith("svg") else None)
    plt.close(fig)


def _summary_row(name, outcomes):
    s = sil.Summary(outcomes)
    return (f"| {name} | {s.rows} | {s.run} | {sil.percent(s.median)} | {sil.percent(s.p90)} | "
            f"{sil.percent(s.worst)} | {sil.percent(s.within(15))} | "
            f"{sil.percent(s.bias, True)} |\n")


def _cell(text):
    return str(text).replace("|", "\\|")


def write(outcomes, path, points_name, extension="svg"):
    """Writes the page and its plots (img/silicon-*.svg beside it)."""
    plt.rcParams["svg.hashsalt"] = "dsasim"
    plt.rcParams["font.family"] = "DejaVu Sans"
    plt.rcParams["svg.fonttype"] = "path"
    img = os.path.join(os.path.dirname(path) or ".", "img")
    os.makedirs(img, exist_ok=True)
    head = ("| | rows | run | median error | 90 % below | worst | within 15 % | bias |\n"
            "|---|---|---|---|---|---|---|---|\n")
    groups = sil.by_experiment(outcomes)
    out = [INTRO.format(points=points_name), "## Summary\n\n", head]
    for word in sil.CONFIDENCES:
        out.append(_summary_row(word + " confidence",
                                [o for o in outcomes if o.point.confidence == word]))
    out.append(_summary_row("all", outcomes))
    out.append("\nErrors are absolute, in percent of silicon's value; bias is the median with "
               "its sign.\n\n" + head.replace("| |", "| experiment |", 1))
    for name, some in groups.items():
        if any(o.point.usable for o in some):
            out.append(_summary_row(f"[{name}](#{name.lower()})", some))
    left_out = collections.OrderedDict()
    for o in outcomes:
        if o.value is None:
            left_out.setdefault(o.reason, []).append(o.point.id)
    out.append("\n## Left out\n\n| rows | why | which |\n|---|---|---|\n")
    for reason, ids in left_out.items():
        out.append(f"| {len(ids)} | {_cell(reason)} | {_cell(' '.join(ids))} |\n")
    for name, some in groups.items():
        if not any(o.value is not None for o in some):
            continue
        file = f"silicon-{name.lower()}.{extension}"
        _plot(name, some, os.path.join(img, file))
        source = some[0].point.cells["source"]
        out.append(f"\n## {name}\n\n{source}. {SPREAD.get(name, '')}\n\n![{name}](img/{file})\n\n"
                   "| point | conditions | confidence | silicon | model | unit | error |\n"
                   "|---|---|---|---|---|---|---|\n")
        for o in some:
            p = o.point
            shown = sil.percent(o.error, True) if o.value is not None else _cell(o.reason)
            note = f" ({_cell(o.text)})" if o.text else ""
            out.append(f"| {p.id} | {_cell(sil.conditions_of(p))}{note} | {p.confidence} | "
                       f"{sil.number(p.value)} | {sil.number(o.value)} | {p.unit} | {shown} |\n")
    with open(path, "w", encoding="utf-8") as file:
        file.write("".join(out))
