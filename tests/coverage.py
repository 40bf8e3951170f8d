# SPDX-License-Identifier: GPL-2.0
"""Line coverage of the unit and system tests, by room: `make coverage`.

usage: coverage.py [--build DIR]    details by file in DIR/coverage.csv
"""
import argparse
import collections
import csv
import gzip
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]


def room(path):
    """The folder that a file is counted under."""
    parts = path.split("/")
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]


def collect(build):
    """Lines and lines that ran of every source file of the project; an object more than once adds up."""
    lines = collections.defaultdict(dict)
    notes = sorted(p for p in (build / "obj").rglob("*.gcno") if "tests" not in p.parts)
    work = build / "gcov"
    work.mkdir(exist_ok=True)
    for i in range(0, len(notes), 64):
        for old in work.iterdir():
            old.unlink()
        subprocess.run(["gcov", "--json-format", "--preserve-paths", *map(str, notes[i:i + 64])],
                       cwd=work, capture_output=True, check=True)
        for path in sorted(work.glob("*.json.gz")):
            data = json.loads(gzip.open(path).read())
            for entry in data["files"]:
                name = os.path.relpath(os.path.join(data["current_working_directory"], entry["file"]),
                                       ROOT)
                if name.startswith(("..", "build")):
                    continue
                seen = lines[name]
                for line in entry["lines"]:
                    number = line["line_number"]
                    seen[number] = seen.get(number, 0) + line["count"]
    return lines


def main():
    """Build, run, report."""
    args = argparse.ArgumentParser()
    args.add_argument("--build", default="build/coverage")
    args = args.parse_args()
    build = (ROOT / args.build).resolve()
    make = ["make", "--no-print-directory", "-s", f"-j{os.cpu_count()}", f"O={args.build}", "OPT=-O0",
            "CFLAGS=--coverage", "LDFLAGS=--coverage"]
    for old in build.rglob("*.gcda"):
        old.unlink()
    subprocess.run([*make, "all", "build-tests"], cwd=ROOT, check=True)
    code = subprocess.run([*make, "units"], cwd=ROOT, check=False).returncode
    env = {**os.environ, "DSASIM_BUILD": str(build), "O": ""}
    # Counting writes files where a test allows none, and wants a library where one links by hand.
    left_out = "not no_room_in_files and not earlier_results_survive and not embedding"
    code |= subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k",
                            left_out, "tests/system"], cwd=ROOT, env=env, check=False).returncode
    rooms = collections.defaultdict(lambda: [0, 0])
    with open(build / "coverage.csv", "w", newline="", encoding="ascii") as out:
        table = csv.writer(out)
        table.writerow(["file", "lines", "run"])
        for name, lines in sorted(collect(build).items()):
            ran = sum(1 for count in lines.values() if count)
            table.writerow([name, len(lines), ran])
            for key in (room(name), "total"):
                rooms[key][0] += len(lines)
                rooms[key][1] += ran
    for name in sorted(rooms, key=lambda n: (n == "total", n)):
        total, ran = rooms[name]
        print(f"{name:24} {ran:6} of {total:6} lines  {100 * ran / total if total else 0:5.1f} %")
    print(f"by file: {args.build}/coverage.csv")
    return 1 if code else 0


if __name__ == "__main__":
    sys.exit(main())
