# SPDX-License-Identifier: GPL-2.0
"""A sweep's answer: a text whose numbers come from the results, and the claims that it stands on."""
import ast
import math

from . import sweep

ALLOWED = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.Call, ast.keyword, ast.Name,
           ast.Load, ast.Constant, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.USub, ast.Lt, ast.LtE, ast.Gt,
           ast.GtE, ast.Eq, ast.NotEq, ast.And, ast.Or, ast.Not, ast.Dict, ast.IfExp)


class Words:
    """What figures are made of. Coordinates are keywords: m('gbps', engines=4, size='4 KiB')."""

    def __init__(self, table):
        self.table = table

    def _where(self, coords):
        names = {"".join(c if c.isalnum() else "_" for c in a): a for a in self.table.axes}
        for key in coords:
            if key not in names and key != "seed":
                raise sweep.SweepError(f"'{key}' is no axis ({', '.join(names)})")
        return {names.get(k, k): v for k, v in coords.items()}

    def m(self, metric, **coords):
        """Mean of a metric."""
        value = self.table.mean(metric, self._where(coords))
        if math.isnan(value):
            raise sweep.SweepError(f"no run at {coords}")
        return value

    def _along(self, axis, metric, over, coords):
        where = self._where(coords)
        base = self._where(over) if over else None
        return self.table.curve(next(iter(self._where({axis: ""}))), metric, where, base)

    def first(self, axis, metric, at_least=None, at_most=None, over=None, **coords):
        """The first value along an axis where a metric passes a mark; 'none' if it never does."""
        for name, value, _, _ in self._along(axis, metric, over, coords):
            if (at_least is None or value >= at_least) and (at_most is None or value <= at_most):
                return name
        return "none"

    def best(self, axis, metric, least=False, over=None, **coords):
        """The value along an axis where a metric is greatest (or least)."""
        curve = self._along(axis, metric, over, coords)
        return (min if least else max)(curve, key=lambda c: c[1])[0]

    def top(self, axis, metric, over=None, **coords):
        """The greatest value of a metric along an axis."""
        return max(c[1] for c in self._along(axis, metric, over, coords))

    def low(self, axis, metric, over=None, **coords):
        """The least value of a metric along an axis."""
        return min(c[1] for c in self._along(axis, metric, over, coords))

    def limit(self, **coords):
        """What most of the runs there name as their limit: the resource, else the kind."""
        found = [r["limit_resource"].rsplit(".", 1)[-1] or r["limit"]
                 for r in self.table.select(self._where(coords))]
        return max(sorted(set(found)), key=found.count) if found else "none"


def evaluate(text, words, known):
    """The value of an expression of figures, numbers and the words above: nothing else."""
    try:
        tree = ast.parse(str(text).strip(), mode="eval")
    except SyntaxError as error:
        raise sweep.SweepError(f"'{text}': {error.msg}") from None
    names = {n: getattr(words, n) for n in ("m", "first", "best", "top", "low", "limit")}
    names.update({"min": min, "max": max, "abs": abs, "round": round, "bytes_of": sweep.quantity, **known})
    for node in ast.walk(tree):
        if not isinstance(node, ALLOWED) or (isinstance(node, ast.Name) and node.id not in names) or \
                (isinstance(node, ast.Call) and not isinstance(node.func, ast.Name)):
            raise sweep.SweepError(f"'{text}': {getattr(node, 'id', type(node).__name__)} is not possible here")
    try:
        # Only nodes of the list above, only names of the table above.
        return eval(compile(tree, "figure", "eval"), {"__builtins__": {}}, names)  # pylint: disable=eval-used
    except (TypeError, ValueError, ZeroDivisionError) as error:
        raise sweep.SweepError(f"'{text}': {error}") from None


def figures_of(spec, words):
    """All figures of a sweep by name, each may use those before it."""
    known = {}
    for name, text in spec.figures.items():
        known[name] = evaluate(text, words, known)
    return known


def fill(text, known):
    """A text with its numbers, each paragraph one line."""
    try:
        return "\n\n".join(" ".join(p.split()) for p in text.split("\n\n")).format(**known)
    except (KeyError, IndexError, ValueError) as error:
        raise sweep.SweepError(f"answer: {error!r}") from None


def text_of(spec, table):
    """(the answer with its numbers, claims that do not hold)."""
    if not spec.answer:
        return "", []
    words = Words(table)
    known = figures_of(spec, words)
    return fill(spec.answer, known), [c for c in spec.claims if not evaluate(c, words, known)]
