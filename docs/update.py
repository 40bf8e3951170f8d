# SPDX-License-Identifier: GPL-2.0
"""Write the reference tables of docs/scenario-format.md from the program's own key tables.

usage: update.py DSASIM [--check]     --check: change nothing, fail when they are not current
"""
import pathlib
import re
import subprocess
import sys

PAGE = pathlib.Path(__file__).resolve().parent / "scenario-format.md"


def current(program: str) -> str:
    """The page with the tables that the program prints."""
    text = PAGE.read_text()
    for part in ("scenario", "platform"):
        tables = subprocess.run([program, "docs", part], check=True, capture_output=True,
                                text=True).stdout
        text, found = re.subn(rf"(<!-- begin {part}:[^\n]*-->\n).*?(<!-- end {part} -->)",
                              lambda m, t=tables: m[1] + t + "\n" + m[2], text, flags=re.S)
        if found != 1:
            sys.exit(f"{PAGE.name}: no place for the tables of {part}")
    return text


def main() -> None:
    """Update the page, or only compare."""
    text = current(sys.argv[1])
    if "--check" in sys.argv[2:]:
        if text != PAGE.read_text():
            sys.exit(f"{PAGE.name} is not current: run make docs")
    else:
        PAGE.write_text(text)


if __name__ == "__main__":
    main()
