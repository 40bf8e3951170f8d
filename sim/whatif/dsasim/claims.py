# SPDX-License-Identifier: GPL-2.0
"""Runs the experiments of traces/claims/ and writes docs/claims.md: `make claims`."""
import pathlib
import sys
import types

from . import answers
from . import book
from . import evidence
from . import sweep

HEAD = """# The argument of 2020, measured

In 2020 the kernel lists argued over virtual DSA devices: emulation in the kernel or in user space, memory pinned or faulted in, the
interrupt message store, one interface or two. Each row is a claim somebody made there, the experiment that puts it to the test, what
came out and the verdict. All numbers come from the runs: `make claims` runs the experiments, checks what the texts say and
writes this page. They are answers of a model: of its hardware as far as [silicon.md](silicon.md) goes, of its software as the same driver and
virtual device code does it, of crossings between guest, user space and kernel by the platform's costs, which the experiments halve and double.

"""


def summary(rows):
    """The table at the top: one row a claim."""
    out = ["| | claim | measured | verdict |", "|---|---|---|---|"]
    for number, (spec, metric, verdict) in enumerate(rows, 1):
        anchor = f"{number}-" + "".join(c for c in spec.question.lower().replace(" ", "-") if c.isalnum() or c == "-")
        out.append(f"| [{number}](#{anchor}) | {spec.claim} | {metric} | {verdict} |")
    return "\n".join(out) + "\n\n"


class Claims(book.Book):
    """A book whose sections have a verdict each, and a table of them in front."""
    folder, page, prefix = "traces/claims", "claims.md", "claims"

    def __init__(self):
        super().__init__()
        self.rows = []

    def title(self, spec):
        return f"{len(self.rows) + 1}. {spec.question or spec.name}"

    def judge(self, spec, words, known):
        """The row of a claim; returns what stands below its heading."""
        spec.claim = " ".join(spec.claim.split())
        metric = answers.fill(spec.metric, known)
        verdict = answers.evaluate(spec.verdict, words, known)
        self.rows.append((spec, metric, verdict))
        return f"**Claim**: {spec.claim}\n\n**Verdict**: {verdict}. {metric[:1].upper()}{metric[1:]}.\n"

    def before(self, spec, table):
        if not spec.claim or not spec.verdict or not spec.metric:
            raise sweep.SweepError("an experiment of a claim has claim, metric and verdict")
        words = answers.Words(table)
        return self.judge(spec, words, answers.figures_of(spec, words))

    def other(self, path, program):
        tree = sweep.read_yaml(path)
        if not isinstance(tree, dict) or "evidence" not in tree:
            return None
        if set(tree) != {"question", "evidence", "claim", "claims", "verdict", "metric", "answer"} or \
                tree["evidence"] not in evidence.SOURCES:
            raise sweep.SweepError("evidence: question, claim, claims, verdict, metric and answer belong to it; "
                                   f"sources are {', '.join(evidence.SOURCES)}")
        known = evidence.figures(tree["evidence"], book.ROOT, pathlib.Path(program).parent)
        words = answers.Words(None)
        spec = types.SimpleNamespace(**{k: str(v) for k, v in tree.items()})
        title = self.title(spec)
        text = f"## {title}\n\n{self.judge(spec, words, known)}\n{answers.fill(spec.answer, known)}\n"
        return text, [c for c in tree["claims"] if not answers.evaluate(c, words, known)]

    def text(self, parts):
        return HEAD + summary(self.rows) + "\n".join(parts)


if __name__ == "__main__":
    sys.exit(book.main(Claims()))
