# SPDX-License-Identifier: GPL-2.0
"""The book of claims: each experiment has its row, runs, and its text stands on what comes out."""
import pathlib
import subprocess
import sys

import pytest

from conftest import PROGRAM, ROOT

sys.path.insert(0, str(ROOT / "sim/whatif"))
from dsasim import answers, evidence, sweep, whatif  # noqa: E402  pylint: disable=wrong-import-position

FILES = sorted((ROOT / "traces/claims").glob("*.yaml"))
SWEEPS = [f for f in FILES if "evidence:" not in f.read_text()]


@pytest.mark.parametrize("path", SWEEPS, ids=lambda p: p.stem)
def test_claim_holds(path, tmp_path):
    """What the page says of an experiment is what the program says today."""
    spec = sweep.Sweep(path)
    table = whatif.run(spec, tmp_path, str(pathlib.Path(PROGRAM).resolve()), jobs=2)
    assert all(r["status"] == "ok" for r in table.rows), [r["message"] for r in table.rows]
    text, wrong = answers.text_of(spec, table)
    assert not wrong
    paragraph = text.split("\n\n", maxsplit=1)[0]
    assert paragraph in (ROOT / "docs/claims.md").read_text(), "make claims"


def test_rows():
    """Every file of the folder has its row and its section."""
    text = (ROOT / "docs/claims.md").read_text()
    assert text.count("\n## ") == len(FILES)
    assert sum(line.startswith("| [") for line in text.splitlines()) == len(FILES)


@pytest.mark.parametrize("source", ["attacks", "defects"])
def test_evidence(source):
    """Evidence that is no run comes from pages that other tests hold current."""
    found = evidence.figures(source, ROOT, PROGRAM.parent)
    assert found and all(isinstance(v, int) for v in found.values())
    assert found.get("attacks", 99) > 20 and found.get("caught", 99) > 10


def test_bad(tmp_path):
    """An evidence file that lacks a key is an error that names them."""
    (tmp_path / "x.yaml").write_text("evidence: code\nquestion: what?\n")
    code = ("from dsasim import claims, sweep\nimport sys\n"
            "try:\n claims.Claims().other(sys.argv[1], 'build/dsasim')\nexcept sweep.SweepError as e:\n print(e)\n")
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "x.yaml")], capture_output=True, text=True,
                          check=False, env={"PYTHONPATH": str(ROOT / "sim/whatif"), "PATH": "/usr/bin:/bin"})
    assert "verdict" in done.stdout, done.stderr
