# SPDX-License-Identifier: GPL-2.0
"""Run CUnit test programs, one on each processor; show the failing ones' output, print one total line."""
import concurrent.futures
import os
import re
import subprocess
import sys

TOTAL = re.compile(r"^\s+(tests|asserts)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)", re.M)


def run_one(program: str) -> tuple[str, int]:
    """What it printed, and its exit code."""
    try:
        run = subprocess.run([program], capture_output=True, text=True, timeout=300,
                             errors="replace", check=False)
        return run.stdout + run.stderr, run.returncode
    except subprocess.TimeoutExpired:
        return "timed out after 300 s\n", 1


def main() -> int:
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for program, (out, code) in zip(sys.argv[1:], pool.map(run_one, sys.argv[1:])):
            rows = {m[1]: [int(x) for x in m.groups()[1:]] for m in TOTAL.finditer(out)}
            tests = rows.get("tests", [0, 0, 0, 0])
            bad = tests[3] or (1 if code or not tests[1] else 0)
            passed += tests[2]
            failed += bad
            name = "/".join(program.split("/")[-2:])
            print(f"{'FAIL' if bad else 'ok  '} {name}: {tests[2]} tests")
            if bad:
                print(out)
    print(f"unit: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
