# SPDX-License-Identifier: GPL-2.0
"""report.html of a sweep: plots and tables in one file, without scripts and links."""
import html

from . import plot
from . import sweep

SHOWN = 400     # rows of the table; the CSV has all

STYLE = """:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#57606a;--rule:#d0d7de;--soft:#f3f5f8;--warn:#b42318;LIGHT}
@media (prefers-color-scheme:dark){:root{--bg:#14181d;--fg:#e6edf3;--dim:#9aa6b2;--rule:#39424d;--soft:#1d232a;--warn:#ff8f85;DARK}}
body{margin:0 auto;max-width:1040px;padding:24px 20px;background:var(--bg);color:var(--fg);font:15px/1.45 system-ui,sans-serif}
h1{font-size:26px;margin:0 0 4px}h2{font-size:18px;margin:30px 0 8px}.dim{color:var(--dim)}.warn{color:var(--warn)}
figure{margin:8px 0}svg{display:block;max-width:100%;height:auto}svg text{font-family:system-ui,sans-serif!important}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:12.5px}
th,td{text-align:right;padding:3px 8px;border-bottom:1px solid var(--rule);white-space:nowrap;font-variant-numeric:tabular-nums}
th{color:var(--dim)}td.t,th.t{text-align:left}
@media print{:root{--bg:#fff;--fg:#000;--dim:#444;--rule:#bbb;--soft:#f3f5f8;--warn:#b42318;LIGHT}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}body{max-width:none;padding:0}figure,tr{break-inside:avoid}h2{break-after:avoid}}
"""


def style():
    """The page's style with the plots' colours."""
    light = ";".join(f"--c{i}:{c[0]}" for i, c in enumerate(plot.COLOURS))
    dark = ";".join(f"--c{i}:{c[1]}" for i, c in enumerate(plot.COLOURS))
    return STYLE.replace("LIGHT", light).replace("DARK", dark)


def cell(value):
    """A table's cell; texts to the left."""
    if isinstance(value, float):
        return f"<td>{value:.6g}</td>"
    kind = "" if isinstance(value, int) else " class=\"t\""
    return f"<td{kind}>{html.escape(str(value))}</td>"


def tables(rows, columns):
    """Rows as a table."""
    yield "<div class=\"wide\"><table id=\"rows\"><tr>" + \
        "".join(f"<th>{html.escape(c)}</th>" for c in columns) + "</tr>"
    for row in rows[:SHOWN]:
        yield "<tr>" + "".join(cell(row.get(c, "")) for c in columns) + "</tr>"
    yield "</table></div>"
    if len(rows) > SHOWN:
        yield f"<p class=\"dim\">and {len(rows) - SHOWN} more in results.csv</p>"


def shown_columns(table, plots):
    """Axes, what the plots show, and the figures everybody asks for."""
    wanted = [*table.axes, "seed", "status"]
    for p in plots:
        wanted += p["y"] if isinstance(p["y"], list) else [p["y"]]
    wanted += ["gbps", "mops", "mean_ns", "p99_ns", "retries_per_unit", "limit", "limit_resource"]
    return list(dict.fromkeys(wanted))


def render(spec, table, text=""):
    """The page as text."""
    failed = [r for r in table.rows if r["status"] != "ok"]
    out = ["<!doctype html>", "<html lang=\"en\"><head><meta charset=\"utf-8\">"
           "<meta name=\"viewport\" content=\"width=device-width\">",
           f"<title>{html.escape(spec.name)} - dsasim what-if</title><style>{style()}</style></head><body>",
           f"<h1>{html.escape(spec.name)}</h1>"]
    if spec.question:
        out.append(f"<p><b>{html.escape(spec.question)}</b></p>")
    out += [f"<p>{html.escape(p)}</p>" for p in text.split("\n\n") if p.strip()]
    out.append(f"<p class=\"dim\" id=\"count\">{len(table.rows)} runs, {len(failed)} failed; "
               f"{len(spec.seeds)} seed{'s' * (len(spec.seeds) > 1)} a point</p>")
    for number, p in enumerate(plots_of(spec, table)):
        out.append(f"<h2>{html.escape(p.get('title') or title_of(p))}</h2><figure id=\"plot{number}\">")
        try:
            out.append(plot.themed(plot.draw(table, p)))
        except sweep.SweepError as error:
            out.append(f"<p class=\"warn\">{html.escape(str(error))}</p>")
        out.append("</figure>")
    if failed:
        out.append("<h2>Failed</h2><ul id=\"failed\">")
        out += [f"<li class=\"warn\">{html.escape(name_of(table, r))}: {html.escape(r['message'] or r['status'])}</li>"
                for r in failed[:50]]
        out.append("</ul>")
    out.append("<h2>Runs</h2>")
    out += tables(table.rows, shown_columns(table, spec.plots))
    out.append("</body></html>\n")
    return "\n".join(out)


def name_of(table, row):
    """A run's place in words."""
    return ", ".join(f"{a}={row[a]}" for a in [*table.axes, "seed"])


def title_of(p):
    """A plot that has no title."""
    ys = p["y"] if isinstance(p["y"], str) else ", ".join(p["y"])
    return f"{ys} by {p['x']}"


def plots_of(spec, table):
    """Those of the file; else throughput and latency along the first axis."""
    if spec.plots or not table.axes:
        return spec.plots
    axes = list(table.axes)
    rest = {"series": axes[1]} if len(axes) > 1 else {}
    if len(axes) > 2:
        rest["facet"] = axes[2]
    return [{"x": axes[0], "y": y, **rest} for y in ("gbps", "mean_ns")]
