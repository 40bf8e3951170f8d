# SPDX-License-Identifier: GPL-2.0
"""Run CUnit test programs, show the failing ones' output, print one total line."""
import re
import subprocess
import sys

TOTAL = re.compile(r"^\s+(tests|asserts)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)", re.M)


def main() -> int:
    passed = failed = 0
    for program in sys.argv[1:]:
        try:
            run = subprocess.run([program], capture_output=True, text=True, timeout=300,
                                 errors="replace", check=False)
            out, code = run.stdout + run.stderr, run.returncode
        except subprocess.TimeoutExpired:
            out, code = "timed out after 300 s\n", 1
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
