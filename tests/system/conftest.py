# SPDX-License-Identifier: GPL-2.0
"""What the system tests share: the program under test, running it, reading its results."""
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / (os.environ.get("DSASIM_BUILD") or os.environ.get("O") or "build")
PROGRAM = pathlib.Path(os.environ.get("DSASIM") or BUILD / "dsasim")


def pytest_configure(config):
    """Marks: what the quick check leaves out, and what the sanitizer build runs as well."""
    config.addinivalue_line("markers", "slow: takes more than a few seconds")
    config.addinivalue_line("markers", "san: also run on the sanitizer build")


class Program:
    """The program in a directory."""

    def __init__(self, cwd):
        self.cwd = cwd

    def __call__(self, *args, timeout=300, **kw):
        """Run it; the caller judges the exit code."""
        return subprocess.run([str(PROGRAM), *map(str, args)], cwd=kw.pop("cwd", self.cwd),
                              capture_output=True, text=True, timeout=timeout, check=False, **kw)

    def run(self, scenario, *args, out="out", code=0, **kw):
        """`dsasim run` into @out; returns the results."""
        done = self("run", scenario, "--out", out, *args, **kw)
        assert done.returncode == code, done.stderr[-3000:] + done.stdout[-3000:]
        return json.loads((self.cwd / out / "results.json").read_text())


@pytest.fixture(name="dsasim")
def _dsasim(tmp_path):
    assert PROGRAM.exists(), f"build first: {PROGRAM} is not there"
    return Program(tmp_path)
