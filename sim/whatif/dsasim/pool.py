# SPDX-License-Identifier: GPL-2.0
"""Running a sweep's points: on this machine's processors or on a Dask cluster; what is done is kept."""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

from . import point as one


class Store:
    """Finished points of a sweep, in OUT/points/: KEY.json with results, KEY.failed with a message."""

    def __init__(self, out):
        self.folder = pathlib.Path(out) / "points"
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob("*.partial"):
            left.unlink()

    def _write(self, name, data):
        partial = self.folder / f"{name}.partial"
        partial.write_bytes(data)
        partial.rename(self.folder / name)

    def put(self, key, code, results, messages):
        """Keep an outcome. Checks that fail (1) have results, which stay beside the message."""
        if results:
            self._write(f"{key}.json", results)
        if code:
            self._write(f"{key}.failed", f"exit code {code}\n{messages}".encode())

    def results(self, key):
        """Results of a point, or None."""
        try:
            return json.loads((self.folder / f"{key}.json").read_bytes())
        except (OSError, ValueError):
            return None

    def failure(self, key):
        """Why a point failed, or None."""
        try:
            return (self.folder / f"{key}.failed").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None

    def done(self, key):
        """Whether nothing is left to do for the point."""
        return self.failure(key) is not None or (self.folder / f"{key}.json").exists()

    def forget_failure(self, key):
        """So that it runs again."""
        for suffix in ("failed", "json"):
            (self.folder / f"{key}.{suffix}").unlink(missing_ok=True)


def program_hash(program):
    """Points of another program are other points."""
    return hashlib.sha256(pathlib.Path(program).read_bytes()).hexdigest()


class Progress:
    """A bar with the time that is left; on no terminal a line now and then."""

    def __init__(self, total, done, quiet, out=sys.stderr):
        self.total, self.before, self.count, self.failed = total, done, done, 0
        self.quiet, self.out, self.begin, self.last = quiet, out, time.monotonic(), 0.0
        self.tty = out.isatty()

    def step(self, failed):
        """One more is through."""
        self.count += 1
        self.failed += failed
        self.show()

    def eta(self):
        """Seconds left, None while nothing is known."""
        fresh = self.count - self.before
        if not fresh:
            return None
        return (time.monotonic() - self.begin) / fresh * (self.total - self.count)

    def show(self, last=False):
        """Draw it, ten times a second at most."""
        now = time.monotonic()
        if self.quiet or (not last and now - self.last < (0.1 if self.tty else 10)):
            return
        self.last = now
        left = self.eta()
        text = f"{self.count}/{self.total} points"
        if self.failed:
            text += f", {self.failed} failed"
        if left is not None and self.count < self.total:
            text += f", {left:.0f} s left"
        elif last:
            text += f", {now - self.begin:.1f} s"
        if self.tty:
            full = 30 * self.count // max(self.total, 1)
            self.out.write(f"\r\033[K[{'#' * full}{'.' * (30 - full)}] {text}")
            if last:
                self.out.write("\n")
        else:
            self.out.write(text + "\n")
        self.out.flush()


def run_local(program, work, jobs, timeout, finish):
    """@work: [(key, arguments)]. Threads that wait for processes; ends early on an interrupt."""
    task = one.make_task(timeout)
    stop = threading.Event()

    def guarded(args):
        return None if stop.is_set() else task(program, args)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(guarded, args): key for key, args in work}
        try:
            for future in concurrent.futures.as_completed(futures):
                if future.result() is not None:
                    finish(futures[future], *future.result())
        except BaseException:
            # What runs comes to its end within a point's time; nothing new begins.
            stop.set()
            raise


def run_dask(address, program, work, timeout, finish):
    """The same on a cluster: workers see the same files and the same program."""
    try:
        import distributed  # pylint: disable=import-outside-toplevel
    except ImportError:
        raise one.sweep.SweepError("--scheduler needs Dask.distributed (python3-distributed)") from None
    try:
        client = distributed.Client(address, timeout="10s", set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise one.sweep.SweepError(f"--scheduler {address}: {error}") from None
    with client:
        task = one.make_task(timeout)
        futures = {client.submit(task, program, args, key=f"dsasim-{key}", pure=False): key
                   for key, args in work}
        try:
            for future in distributed.as_completed(list(futures), loop=client.loop):
                try:
                    outcome = future.result()
                except Exception as error:  # pylint: disable=broad-except
                    # A worker that died, or whatever its side raised: this point has failed.
                    outcome = (125, b"", f"worker: {error!r}")
                finish(futures[future], *outcome)
        except BaseException:
            client.cancel(list(futures))
            raise


def find_program():
    """The program beside the script, of the build, or in the path."""
    up = pathlib.Path(__file__).resolve().parents
    # sim/whatif/dsasim/ in the tree, share/dsasim/python/dsasim/ where it is installed.
    for path in (os.environ.get("DSASIM"), up[3] / "build/dsasim", up[4] / "bin/dsasim"):
        if path and os.access(path, os.X_OK) and pathlib.Path(path).is_file():
            return str(pathlib.Path(path).resolve())
    found = subprocess.run(["sh", "-c", "command -v dsasim"], capture_output=True, text=True, check=False)
    return found.stdout.strip() or None


def execute(points, args_of, store, options):
    """Run what is not done. @options: program, jobs, scheduler, timeout, quiet."""
    todo, seen = [], set()
    for p in points:
        if p.key not in seen and not store.done(p.key):
            todo.append((p.key, args_of[p.key]))
        seen.add(p.key)
    progress = Progress(len(seen), len(seen) - len(todo), options["quiet"])

    def finish(key, code, results, messages):
        store.put(key, code, results, messages)
        progress.step(code != 0)

    if todo:
        progress.show()
        try:
            if options["scheduler"]:
                run_dask(options["scheduler"], options["program"], todo, options["timeout"], finish)
            else:
                run_local(options["program"], todo, options["jobs"], options["timeout"], finish)
        finally:
            progress.show(last=True)
    return len(todo)


def on_terminate():
    """SIGTERM ends a sweep as ^C does."""
    def handler(_signal, _frame):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, handler)
