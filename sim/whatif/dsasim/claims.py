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

    def before(self, spec, table):
        if not spec.claim or not spec.verdict or not spec.metric:
            raise sweep.SweepError("an experiment of a claim has claim, metric and verdict")
        words, known = answers.Words(table), {}
        for name, text in spec.figures.items():
            known[name] = answers.evaluate(text, words, known)
        verdict = answers.evaluate(spec.verdict, words, known)
        metric = " ".join(spec.metric.split()).format(**known)
        claim = " ".join(spec.claim.split())
        self.rows.append((spec, metric, verdict))
        return f"**Claim**: {claim}\n\n**Verdict**: {verdict}. {metric[:1].upper()}{metric[1:]}.\n"

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
        wrong = [c for c in tree["claims"] if not answers.evaluate(c, words, known)]
        spec = types.SimpleNamespace(**{k: str(v) for k, v in tree.items()})
        verdict = answers.evaluate(spec.verdict, words, known)
        title = self.title(spec)
        metric = " ".join(spec.metric.split()).format(**known)
        self.rows.append((spec, metric, verdict))
        answer = "\n\n".join(" ".join(p.split()) for p in spec.answer.split("\n\n")).format(**known)
        return (f"## {title}\n\n**Claim**: {' '.join(spec.claim.split())}\n\n**Verdict**: {verdict}. "
                f"{metric[:1].upper()}{metric[1:]}.\n\n{answer}\n"), wrong

    def text(self, parts):
        for spec, _, _ in self.rows:
            spec.claim = " ".join(spec.claim.split())
        return HEAD + summary(self.rows) + "\n".join(parts)


if __name__ == "__main__":
    sys.exit(book.main(Claims()))
