# SPDX-License-Identifier: GPL-2.0
"""Runs the experiments of a folder and writes a page about them: `make whatif` (docs/what-if.md)."""
import argparse
import os
import pathlib
import sys

from . import answers
from . import page
from . import plot
from . import pool
from . import sweep
from . import whatif

ROOT = pathlib.Path(__file__).resolve().parents[3]

HEAD = """# What if?

Questions that architects and driver developers ask, each with an experiment that answers it. All numbers come from the runs:
`make whatif` runs the experiments, checks what the texts claim and writes this page. They are answers about the model on
the platform `spr` unless the text says otherwise, and as good as the model is there ([silicon.md](silicon.md)).

A question of your own: copy the nearest experiment, change it, run `dsasim-whatif FILE.yaml`
([sweep-format.md](sweep-format.md)).

"""


class Book:
    """A folder of experiments, and the page that comes of them."""
    folder, page, prefix = "traces/whatif", "what-if.md", "whatif"

    def title(self, spec):
        """Heading of an experiment's section."""
        return spec.question or spec.name

    def before(self, _spec, _table):
        """What stands between heading and plots."""
        return ""

    def other(self, _path, _program):
        """A file of the folder that is no sweep: its section, or None."""

    def text(self, parts):
        """The whole page."""
        return HEAD + "\n".join(parts)

    def section(self, spec, table, images, docs):
        """One experiment as Markdown; writes its plots. Returns (text, claims that do not hold)."""
        text, wrong = answers.text_of(spec, table)
        out = [f"## {self.title(spec)}\n"]
        before = self.before(spec, table)
        out += [before] if before else []
        pictures = [p for p in spec.plots if p.get("page") == "book"] or page.plots_of(spec, table)[:1]
        for i, picture in enumerate(pictures):
            name = f"{self.prefix}-{spec.path.stem}{'-' + str(i + 1) if i else ''}.svg"
            svg = plot.draw(table, picture)
            whatif.write(images / name, svg if svg.endswith("\n") else svg + "\n")
            title = picture.get("title") or page.title_of(picture)
            out.append(f"*{title}*\n\n![{title}]({os.path.relpath(images / name, docs)})\n")
        out.append(text + "\n")
        out.append(f"```sh\nsim/whatif/dsasim-whatif {self.folder}/{spec.path.name}   # {len(table.rows)} runs\n```\n")
        return "\n".join(out), wrong


def main(the_book):
    """Run all experiments in the order of their names."""
    parser = argparse.ArgumentParser(prog=f"dsasim.{the_book.prefix}", description=__doc__)
    parser.add_argument("--program", default=pool.find_program())
    parser.add_argument("--out", default=f"build/{the_book.prefix}")
    parser.add_argument("--docs", default=str(ROOT / "docs"))
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1)
    args = parser.parse_args()
    docs = pathlib.Path(args.docs)
    images = docs / "img"
    images.mkdir(parents=True, exist_ok=True)
    parts, bad = [], []
    try:
        for path in sorted((ROOT / the_book.folder).glob("*.yaml")):
            other = the_book.other(path, args.program)
            if other:
                parts.append(other[0])
                bad += [f"{path.name}: claim does not hold: {c}" for c in other[1]]
                continue
            spec = sweep.Sweep(path)
            print(f"{path.name}: {spec.question}", flush=True)
            out = pathlib.Path(args.out) / path.stem
            table = whatif.run(spec, out, str(pathlib.Path(args.program).resolve()), jobs=args.jobs, quiet=True)
            bad += [f"{path.name}: failed: {page.name_of(table, r)}: {r['message']}"
                    for r in table.rows if r["status"] != "ok"]
            whatif.write(out / "results.csv", table.write_csv)
            try:
                text, wrong = the_book.section(spec, table, images, docs)
                shown = answers.text_of(spec, table)[0]
            except sweep.SweepError as error:
                bad.append(f"{path.name}: no answer: {error}")
                continue
            whatif.write(out / "report.html", page.render(spec, table, shown))
            parts.append(text)
            bad += [f"{path.name}: claim does not hold: {c}" for c in wrong]
    except sweep.SweepError as error:
        print(f"{the_book.prefix}: {path.name}: {error}", file=sys.stderr)
        return 2
    if not bad:
        whatif.write(docs / the_book.page, the_book.text(parts))
    for line in bad:
        print(f"{the_book.prefix}: {line}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(Book()))
