# SPDX-License-Identifier: GPL-2.0
"""docs/embedding.md: its program compiles with its command and runs."""
import os
import pathlib
import re
import shlex
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / (os.environ.get("DSASIM_BUILD") or os.environ.get("O") or "build")


def block(language):
    """The one fenced block of the page in @language."""
    text = (ROOT / "docs/embedding.md").read_text()
    found = re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)
    assert len(found) == 1
    return found[0]


def test_program_of_the_page(tmp_path):
    library = BUILD / "libdsasim.a"
    if not library.exists():
        pytest.skip("libdsasim.a is not built")
    source = tmp_path / "embed.c"
    source.write_text(block("c"))
    words = shlex.split(block("sh"))
    replace = {"embed.c": str(source), "build/libdsasim.a": str(library),
               "embed": str(tmp_path / "embed")}
    assert all(w in words for w in replace)
    flags = shlex.split(os.environ.get("DSASIM_LDFLAGS", ""))
    command = [replace.get(w, w) for w in words] + ["-Wall", "-Wextra", "-Werror"] + flags
    subprocess.run(command, cwd=ROOT, check=True)
    run = subprocess.run([tmp_path / "embed"], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "crc: status 1, value 0xe3069283\n" in run.stdout
    assert re.search(r"^move: status 1 after \d+ ns$", run.stdout, re.M)
