# SPDX-License-Identifier: GPL-2.0
"""Write what the program says into the documentation: the reference tables of
docs/scenario-format.md from its key tables, the excerpt of README.md from a run.

usage: update.py DSASIM [--check]     --check: change nothing, fail when they are not current; an
                                      excerpt may be older than the last fit of the model
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]


def replaced(text: str, part: str, new: str) -> str:
    """The text with @new between the marks of @part."""
    text, found = re.subn(rf"(<!-- begin {part}:[^\n]*-->\n).*?(<!-- end {part} -->)",
                          lambda m: m[1] + new + m[2], text, flags=re.S)
    if found != 1:
        sys.exit(f"no place for {part}")
    return text


def formats(program: str, text: str) -> str:
    """The key tables of the file formats."""
    for part in ("scenario", "platform"):
        tables = subprocess.run([program, "docs", part], check=True, capture_output=True,
                                text=True).stdout
        text = replaced(text, part, tables + "\n")
    return text


def excerpt(program: str, text: str) -> str:
    """The beginning and the end of the demonstration's summary."""
    with tempfile.TemporaryDirectory() as out:
        said = subprocess.run([program, "run", "traces/scenarios/demo.yaml", "--out", out],
                              check=True, capture_output=True, text=True, cwd=ROOT).stdout
        said = said.replace(out, "build/results/demo")
    head = said[:said.index("\nclient ")]
    tail = [line for line in said.splitlines() if line.startswith(("limited by", "results:"))]
    return replaced(text, "demo", f"```\n{head}\n...\n" + "\n\n".join(tail) + "\n```\n")


def shape(text: str) -> list[str]:
    """What the lines are about, without figures."""
    return [re.split(r"  |: ", line.strip())[0] for line in text.splitlines()]


PAGES = {"docs/scenario-format.md": formats, "README.md": excerpt}


def main() -> None:
    """Update the pages, or only compare."""
    program = str(pathlib.Path(sys.argv[1]).resolve())
    for name, current in PAGES.items():
        page = ROOT / name
        text = current(program, page.read_text())
        if "--check" in sys.argv[2:]:
            old = page.read_text()
            if text != old and (current is formats or shape(text) != shape(old)):
                sys.exit(f"{name} is not current: run make docs")
        else:
            page.write_text(text)


if __name__ == "__main__":
    main()
