# SPDX-License-Identifier: GPL-2.0
"""docs/embedding.md: its programs compile with its command and run."""
import os
import pathlib
import re
import shlex
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / (os.environ.get("DSASIM_BUILD") or os.environ.get("O") or "build")


def blocks(language):
    """The fenced blocks of the page in @language."""
    text = (ROOT / "docs/embedding.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


PROGRAMS = [[r"crc: status 1, value 0xe3069283", r"version 0x100, command error 0", r"move: status 1 after \d+ ns"],
            [r"configured: 0", r"interrupt: 0x42 to 0xfee01000", r"partial: status 0x83, 8192 bytes, fault address in the hole",
             r"retry after 5"],
            [r"configured: 0", r"move: status 0x1, equal, after \d+ ns", r"absent: status 0x3, 2048 bytes, fault address 0x7f0000003000"]]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_programs_of_the_page(tmp_path, number, compiler):
    library = BUILD / "libdsasim.a"
    if not library.exists() or not shutil.which(compiler):
        pytest.skip("libdsasim.a is not built, or there is no such compiler")
    programs, (command,) = blocks("c"), blocks("sh")
    assert len(programs) == len(PROGRAMS)
    source = tmp_path / "embed.c"
    source.write_text(programs[number])
    words = shlex.split(command)
    replace = {"cc": compiler, "embed.c": str(source), "build/libdsasim.a": str(library), "embed": str(tmp_path / "embed")}
    assert all(w in words for w in replace)
    flags = shlex.split(os.environ.get("DSASIM_LDFLAGS", ""))
    if flags and compiler != "gcc":
        pytest.skip("the library is built with gcc's sanitizers")
    subprocess.run([replace.get(w, w) for w in words] + ["-Wall", "-Wextra", "-Werror"] + flags, cwd=ROOT, check=True)
    run = subprocess.run([tmp_path / "embed"], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    for line, expected in zip(run.stdout.splitlines(), PROGRAMS[number], strict=True):
        assert re.fullmatch(expected, line), run.stdout
