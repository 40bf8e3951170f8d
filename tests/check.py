# SPDX-License-Identifier: GPL-2.0
"""Run every test of the project; the last line has the totals.

usage: check.py [--build DIR] [--quick] [--only NAME...]

A step is one command. Steps that test count their own tests, the others count as one. Two lanes of
steps run side by side; a step's output is shown when it failed, its skips always.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parents[1]
UNIT_TOTAL = re.compile(r"^unit: (\d+) passed, (\d+) failed$", re.M)
# What make says about each file that went well.
QUIET = re.compile(r"^  (CC|AS|LD|AR) .*\n", re.M)
STEP_TIMEOUT = 900


class Step:
    """One command with its counts."""

    def __init__(self, name, command, env=None, count=None, needs=()):
        self.name = name
        self.command = [str(c) for c in command]
        self.env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **(env or {})}
        self.count = count or count_one
        self.needs = needs
        self.passed = self.failed = 0
        self.skips = []
        self.seconds = 0.0
        self.output = ""
        self.done = threading.Event()

    def run(self, steps):
        """Run it, unless a step that it needs has failed."""
        for need in self.needs:
            if need in steps:
                steps[need].done.wait()
        broken = [n for n in self.needs if n in steps and steps[n].failed]
        begin = time.monotonic()
        if broken:
            self.failed, self.output = 1, f"not run: {', '.join(broken)} failed\n"
        else:
            self.output, code = execute(self.command, self.env)
            self.passed, self.failed, self.skips = self.count(self.output, code)
        self.seconds = time.monotonic() - begin
        self.done.set()


def execute(command, env):
    """Output and exit code of a command; one that hangs has failed."""
    try:
        with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                              start_new_session=True) as job:
            try:
                out, _ = job.communicate(timeout=STEP_TIMEOUT)
            except subprocess.TimeoutExpired:
                os.killpg(job.pid, 9)
                out, _ = job.communicate()
                return out.decode(errors="replace") + f"\nstopped after {STEP_TIMEOUT} s\n", 1
            return out.decode(errors="replace"), job.returncode
    except OSError as error:
        return f"{command[0]}: {error.strerror}\n", 1


def count_one(_output, code):
    """A step that is one test."""
    return (0, 1, []) if code else (1, 0, [])


def count_units(output, code):
    """The total line of run_units.py."""
    total = UNIT_TOTAL.search(output)
    if not total:
        return 0, 1, []
    passed, failed = int(total[1]), int(total[2])
    return passed, failed or (1 if code else 0), []


def count_pytest(report):
    """A function that reads pytest's own report."""
    def count(_output, code):
        try:
            cases = list(xml.parse(report).getroot().iter("testcase"))
        except (OSError, xml.ParseError):
            return 0, 1, []
        bad = [c for c in cases if c.find("failure") is not None or c.find("error") is not None]
        skipped = [c for c in cases if c.find("skipped") is not None]
        skips = [f"{c.get('name')}: {c.find('skipped').get('message')}" for c in skipped]
        failed = len(bad) or (1 if code else 0)
        return len(cases) - len(bad) - len(skipped), failed, skips
    return count


def count_headers(output, code):
    """The module needs the kernel's headers: the only thing that may be absent on a machine."""
    if code == 0 and "skipped" in output:
        return 0, 0, [output.strip()]
    return count_one(output, code)


def make(build, *targets, alone=False):
    """A make of the project, with half of the processors: the other lane has the rest."""
    jobs = max(1, (os.cpu_count() or 1) // (1 if alone else 2))
    return ["make", "--no-print-directory", "-k", f"-j{jobs}", f"O={build}", *targets]


def pytest(build, name, *args):
    """A step's command and count for system tests on the program in @build."""
    report = ROOT / build / f"{name}.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short",
               f"--junitxml={report}", *args, "tests/system"]
    return command, count_pytest(report)


def plan(build, quick):
    """The two lanes."""
    san, clang = f"{build}/san", f"{build}/clang"
    here = {"DSASIM_BUILD": str((ROOT / build).resolve()), "O": ""}
    there = {"DSASIM_BUILD": str((ROOT / san).resolve()), "O": "",
             "DSASIM_OTHER": str((ROOT / build / "dsasim").resolve()),
             "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99:"
                             "detect_stack_use_after_return=1",
             "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}
    system, count = pytest(build, "system", *(["-m", "san"] if quick else []))
    one = [
        Step("build", make(build, "all", "build-tests", alone=quick)),
        Step("units", make(build, "units"), count=count_units, needs=["build"]),
        Step("system", system, here, count, needs=["build"]),
    ]
    if quick:
        return [one, [Step("format", [sys.executable, "tests/format.py"])]]
    reduced, count_reduced = pytest(san, "system", "-m", "san")
    # Variables that nobody sets hold a pattern here, so that results that hang on them differ.
    sanitizers = ["SAN=address,undefined", "OPT=-O1 -ftrivial-auto-var-init=pattern"]
    two = [
        Step("format", [sys.executable, "tests/format.py"]),
        Step("clang build", make(clang, "CC=clang", "all", "build-tests", "build-bench")),
        Step("bench build", make(build, "build-bench"), needs=["build"]),
        Step("kernel module", make(build, "kmod-check"), count=count_headers),
        Step("sanitizer build", make(san, *sanitizers, "all", "build-tests")),
        Step("sanitizer units", make(san, *sanitizers, "units"), there, count_units,
             needs=["sanitizer build"]),
        Step("sanitizer system", reduced, there, count_reduced,
             needs=["build", "sanitizer build"]),
    ]
    return [one, two]


def main():
    """Run the lanes, report, total."""
    args = argparse.ArgumentParser()
    args.add_argument("--build", default="build")
    args.add_argument("--quick", action="store_true")
    args.add_argument("--only", nargs="*", help="steps by name")
    args = args.parse_args()
    (ROOT / args.build).mkdir(parents=True, exist_ok=True)
    (ROOT / args.build / "san").mkdir(exist_ok=True)
    lanes = plan(args.build, args.quick)
    steps = {s.name: s for lane in lanes for s in lane if not args.only or s.name in args.only}
    show = threading.Lock()

    def work(lane):
        for step in lane:
            if step.name not in steps:
                continue
            step.run(steps)
            with show:
                print(f"{'FAIL' if step.failed else 'ok  '} {step.name:18} {step.passed:5} passed, "
                      f"{step.failed} failed, {len(step.skips)} skipped {step.seconds:7.1f} s",
                      flush=True)
                for skip in step.skips:
                    print(f"     skipped: {skip}")
                if step.failed:
                    print(QUIET.sub("", step.output)[-20000:], flush=True)

    threads = [threading.Thread(target=work, args=(lane,)) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    passed, failed = (sum(getattr(s, k) for s in steps.values()) for k in ("passed", "failed"))
    skipped = sum(len(s.skips) for s in steps.values())
    if not passed and not failed:
        failed = 1
    sys.stdout.flush()
    totals = f"{passed} passed, {failed} failed, {skipped} skipped"
    (ROOT / args.build / "check-totals").write_text(totals + "\n")
    print(totals, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
