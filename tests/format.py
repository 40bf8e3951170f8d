# SPDX-License-Identifier: GPL-2.0
"""The C sources follow .clang-format. With --fix they are made to.

Debian 12's clang-format decides; another version would quarrel about details.
"""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
ROOMS = ("sim", "model", "host-driver", "vdev", "tests")


def main():
    """Name the files that differ."""
    files = sorted(str(p.relative_to(ROOT)) for room in ROOMS for p in (ROOT / room).rglob("*")
                   if p.suffix in (".c", ".h") and p.is_file())
    if "--fix" in sys.argv[1:]:
        return subprocess.run(["clang-format", "-i", *files], cwd=ROOT, check=False).returncode
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", *files], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    bad = sorted({line.split(":")[0] for line in done.stderr.splitlines()
                  if "[-Wclang-format" in line})
    if done.returncode and not bad:
        print(done.stderr)
        return 1
    print(f"{len(files) - len(bad)} of {len(files)} files formatted; {' '.join(bad)}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
