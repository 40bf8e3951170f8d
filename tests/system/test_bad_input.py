# SPDX-License-Identifier: GPL-2.0
"""Bad input: exit code 2, one clear line on stderr that says where, and nothing left behind."""
import json
import os
import shutil
import subprocess

import pytest

from conftest import PROGRAM, ROOT

pytestmark = pytest.mark.san

SCENARIOS = ROOT / "traces/scenarios"
CONFIG = ROOT / "traces/configs/swq128-4eng.json"

GOOD = f"""name: good
platform: spr
data: none
accel_config:
  - file: {CONFIG}
processes:
  - name: copy
    wq: wq0.0
    size: 4 KiB
    count: 100
"""
TRACE = ("dsasim-trace 1\ncolumns think client wq instr op flags comp src dst size\n"
         "5ns 0.0 wq0.0 enqcmd memmove 0x10c 0x1000 0x2000 0x3000 4096\n"
         "5ns 0.0 wq0.0 enqcmd memmove 0x10c 0x1000 0x2000 0x3000 4096\nend 2\n")


def changed(old, new, text=GOOD):
    assert old in text
    return text.replace(old, new, 1)


@pytest.fixture(name="bad")
def _bad(tmp_path):
    """Runs the program in a directory of its own; it has to refuse and to leave the place as it was."""
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "good.trace").write_text(TRACE)

    def listing():
        return sorted((str(p.relative_to(tmp_path)), p.stat().st_size)
                      for p in tmp_path.rglob("*"))

    def bad(*args, has=(), **kw):
        before = listing()
        done = subprocess.run([str(PROGRAM), *map(str, args)], cwd=tmp_path, text=True, check=False,
                              capture_output=True, timeout=60, **kw)
        assert done.returncode == 2, (done.returncode, done.stdout[-500:], done.stderr[-2000:])
        lines = done.stderr.splitlines()
        assert len(lines) == 1 and lines[0].startswith("dsasim: "), done.stderr[-2000:]
        assert len(lines[0]) < 500 and lines[0].isprintable(), lines[0]
        for word in (has,) if isinstance(has, str) else has:
            assert word in lines[0], lines[0]
        assert listing() == before, "files left behind"
        return done

    bad.dir = tmp_path
    return bad


# ---- scenario files: text, what the line must say -----------------------------------------------

SCENARIO = {
    "empty": ("", "bad.yaml:1"),
    "only a comment": ("# nothing\n", "bad.yaml:1"),
    "a list": ("- a\n- b\n", "bad.yaml:1"),
    "a word": ("hello\n", "bad.yaml:1"),
    "two documents": (GOOD + "---\n" + GOOD, "bad.yaml:"),
    "no YAML": ("name: [a, b\nplatform: spr\n", "bad.yaml:"),
    "tab": ("name: x\n\tplatform: spr\n", "bad.yaml:2"),
    "anchor to itself": ("name: &a [*a]\n", "bad.yaml:1"),
    "not UTF-8": ("name: \udcff\udcfe\n", "bad.yaml:"),
    "NUL": ("name: a\0b\n", "bad.yaml:"),
    "no name": (changed("name: good\n", ""), ("bad.yaml", "name")),
    "unknown key": (changed("data: none", "dat: none"), ("bad.yaml:3", "dat")),
    "unknown client key": (changed("    count: 100", "    coutn: 100"), ("bad.yaml:10", "coutn")),
    "key twice": (GOOD + "data: full\n", ("bad.yaml:11", "data")),
    "platform unknown": (changed("platform: spr", "platform: xyz"), ("bad.yaml:2", "xyz")),
    "platform file missing": (changed("platform: spr", "platform: no.yaml"), ("bad.yaml:2", "no.yaml")),
    "data mode unknown": (changed("data: none", "data: some"), ("bad.yaml:3", "data", "some")),
    "list for a text": (changed("name: good", "name: [a]"), ("bad.yaml:1", "name")),
    "text for a list": (changed("processes:", "guests: 7\nprocesses:"), ("bad.yaml:6", "guests")),
    "map for a number": (changed("count: 100", "count: {a: 1}"), ("bad.yaml:10", "count")),
    "number with a unit": (changed("count: 100", "count: 100 KiB"), ("bad.yaml:10", "count")),
    "size without a unit": (changed("4 KiB", "4"), ("bad.yaml:9", "size")),
    "size with a time's unit": (changed("4 KiB", "4 ns"), ("bad.yaml:9", "size")),
    "size negative": (changed("4 KiB", "-4 KiB"), ("bad.yaml:9", "size")),
    "size zero": (changed("4 KiB", "0 B"), ("bad.yaml:9", "size")),
    "size beyond 32 bits": (changed("4 KiB", "8 GiB"), ("bad.yaml:9", "size")),
    "size beyond 64 bits": (changed("4 KiB", "99999999999999999999 B"), ("bad.yaml:9", "size")),
    "size range upside down": (changed("4 KiB", "uniform:8 KiB:4 KiB"), ("bad.yaml:9", "size")),
    "size table missing": (changed("4 KiB", "file:no.txt"), ("bad.yaml:9", "no.txt")),
    "operation unknown": (changed("    count", "    op: memcpy\n    count"), ("bad.yaml:10", "memcpy")),
    "weights of nothing": (changed("    count", "    op: memmove:0\n    count"), ("bad.yaml:10", "op")),
    "window zero": (changed("    count", "    window: 0\n    count"), ("bad.yaml:10", "window")),
    "window huge": (changed("    count", "    window: 1e9\n    count"), ("bad.yaml:10", "window")),
    "threads zero": (changed("    count", "    threads: 0\n    count"), ("bad.yaml:10", "threads")),
    "threads too many": (changed("    count", "    threads: 5000\n    count"), ("bad.yaml:10", "threads")),
    "count huge": (changed("count: 100", "count: 9999999999999999"), ("bad.yaml:10", "count")),
    "page size odd": (changed("    count", "    page_size: 5 KiB\n    count"), ("bad.yaml:10", "page_size")),
    "alignment odd": (changed("    count", "    align: 3 B\n    count"), ("bad.yaml:10", "align")),
    "think time without a unit": (changed("    count", "    think: 5\n    count"), ("bad.yaml:10", "think")),
    "think table missing": (changed("    count", "    think: file:no\n    count"), ("bad.yaml:10", "no")),
    "loop unknown": (changed("    count", "    loop: round\n    count"), ("bad.yaml:10", "round")),
    "queue misspelt": (changed("wq0.0", "wq0"), ("wq0",)),
    "queue not there": (changed("wq0.0", "wq0.7"), ("copy", "wq0.7")),
    "device not there": (changed("wq0.0", "wq9.0"), ("copy", "wq9.0")),
    "yes or no": (changed("    count", "    cc: perhaps\n    count"), ("bad.yaml:10", "cc")),
    "nothing to do": ("name: idle\n", "bad.yaml"),
    "trace missing": ("name: x\ntrace: no.trace\n", "no.trace"),
    "accel-config missing": (changed(str(CONFIG), "no.json"), "no.json"),
    "guest's device unknown": (GOOD + "guests:\n  - vdev: dsa-2wq\n", ("guests[0].vdev", "dsa-2wq")),
    "guest's queue misspelt": (GOOD + "guests:\n  - vdev: wq0.0+0.1\n", ("guests[0].vdev", "0.1")),
    "guest's queues of two devices": (GOOD + "guests:\n  - vdev: wq0.0+wq1.0\n",
                                      ("guests[0].vdev", "one device")),
    "guest's queue not there": (GOOD + "guests:\n  - vdev: wq0.7\n    defaults: { addr: phys }\n",
                                ("guests[0].vdev", "wq0.7", "not enabled")),
    "guest's queue of another type": (GOOD + "guests:\n  - vdev: wq0.0\n    defaults: { addr: phys }\n",
                                      ("guests[0].vdev", "wq0.0", "mdev")),
    "no queue for a guest": (GOOD + "guests:\n  - vdev: dsa-1dwq-v1\n    defaults: { addr: phys }\n",
                             ("guests[0].vdev", "no dedicated work queue")),
    "more guests than queues": ("name: x\nguests:\n  - count: 9\n    vdev: dsa-1dwq-v1\n"
                                "    defaults: { addr: phys }\n",
                                ("bad.yaml:4", "guests[0].vdev", "8 work queues", "9 are needed")),
    "guest too small": (GOOD + "guests:\n  - memory: 1 MiB\n", ("guests[0].memory", "16MiB")),
    "guest's node not there": (GOOD + "guests:\n  - node: 9\n", ("guests[0].node", "9")),
    "guest's device not there": (GOOD + "guests:\n  - device: 9\n", ("guests[0].device", "9")),
    "guest on a socket": (GOOD + "guests:\n  - processes: [{ socket: 1 }]\n", ("guests[0]", "socket")),
    "home unknown": (GOOD + "guests:\n  - home: roof\n", ("guests[0].home", "roof")),
    "programs without shared virtual memory": (
        "name: x\nguests:\n  - name: web\n    vdev: dsa-1dwq-v1\n    sva: no\n", ("web", "sva")),
    "two guests of one name": ("name: x\nguests:\n  - name: web\n  - { name: web, vdev: dsa-1dwq-v1 }\n",
                               ("bad.yaml:4", "guests[1].name", "'web' is a guest of guests[0]")),
    "a guest's name with a number": ("name: x\nguests:\n  - { name: web, count: 3 }\n  - name: web-2\n",
                                     ("bad.yaml:4", "guests[1].name", "'web-2' is a guest of guests[0]")),
    "a guest's default name": ("name: x\nguests:\n  - name: guest1-7\n  - count: 8\n",
                               ("guests[1].name", "'guest1-7' is a guest of guests[0]")),
    "a guest's name too long": (f"name: x\nguests:\n  - {{ name: {'w' * 27}, count: 3 }}\n",
                                ("bad.yaml:3", "guests[0].name", "more than 26 bytes")),
    "interrupts without remapping": ("name: x\nguests:\n  - interrupts: none\n",
                                     ("bad.yaml:3", "guests[0]", "interrupt_remapping")),
    "programs in shared memory": ("name: x\nguests:\n  - memory_mode: shared\n", ("bad.yaml:3", "guests[0]", "shared")),
    "guest's arrays too large": ("name: x\nguests:\n  - processes: [ { ws: 2 GiB } ]\n",
                                 ("bad.yaml", "guests[0].processes[0]", "client guest0/p0.0: no memory for its arrays")),
    "guest's kernel on a shared queue": ("name: x\nguests:\n  - vdev: dsa-1swq-v1\n    defaults: { addr: phys }\n",
                                         ("bad.yaml:3", "guests[0].vdev", "sva: yes")),
    "guest paused twice": ("name: x\nguests:\n  - actions: [ { command: pause } ]\n",
                           ("bad.yaml:3", "guests[0]", "actions[0]: pause: Operation already")),
    "no such defect": (changed("data: none", "defects: [vector0-lost, none-such]"), ("bad.yaml:3", "defects")),
    "defects in a map": (changed("data: none", "defects: { a: b }"), ("bad.yaml:3", "defects")),
    "override unknown": (changed("data: none", "overrides: { dsa: { motors: 8 } }"), ("motors",)),
    "override out of range": (changed("data: none", "overrides: { dsa: { engines: 65 } }"), ("engines",)),
}


@pytest.mark.parametrize("name", SCENARIO)
def test_scenario(bad, name):
    text, has = SCENARIO[name]
    (bad.dir / "bad.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))
    bad("run", "bad.yaml", "--out", "out", has=has)


# ---- options -------------------------------------------------------------------------------------

OPTIONS = {
    "no scenario": ([], "scenario"),
    "two scenarios": (["good.yaml", "good.yaml"], "scenario"),
    "unknown option": (["good.yaml", "--nope"], "--nope"),
    "option without its value": (["good.yaml", "--out"], "--out"),
    "value for a flag": (["good.yaml", "--quiet=yes"], "--quiet"),
    "scenario missing": (["no.yaml"], "no.yaml: No such file"),
    "scenario a directory": (["."], "directory"),
    "scenario a trace": (["good.trace"], "good.trace"),
    "scenario a device": (["/dev/zero"], "/dev/zero"),
    "set without a value": (["good.yaml", "--set", "data"], "path=value"),
    "set of nothing": (["good.yaml", "--set", "=1"], "=1"),
    "set of an unknown key": (["good.yaml", "--set", "foo.bar=1"], "foo.bar"),
    "set of an unknown platform key": (["good.yaml", "--set", "dsa.motors=1"], "motors"),
    "set out of range": (["good.yaml", "--set", "dsa.engines=65"], "dsa.engines"),
    "set of the wrong unit": (["good.yaml", "--set", "dsa.read_bandwidth=5 ns"], "read_bandwidth"),
    "set beyond a list": (["good.yaml", "--set", "processes[4].count=1"], "processes[4]"),
    "set of a bad index": (["good.yaml", "--set", "processes[x].count=1"], "processes[x]"),
    "set of broken YAML": (["good.yaml", "--set", "processes={"], "processes={"),
    "set makes the machine absurd": (["good.yaml", "--set", "dsa.wq_entries=0x10000"], "wq_entries"),
    "seed a word": (["good.yaml", "--seed", "x"], "seed"),
    "seed negative": (["good.yaml", "--seed", "-1"], "seed"),
    "seed too large": (["good.yaml", "--seed", "99999999999999999999"], "seed"),
    "data mode": (["good.yaml", "--data", "some"], "--data some"),
    "timeline a word": (["good.yaml", "--timeline=x"], "--timeline=x"),
    "timeline without units": (["good.yaml", "--timeline=1:2"], "--timeline=1:2"),
    "timeline backwards": (["good.yaml", "--timeline=2us:1us"], "before it begins"),
    "trace missing": (["good.yaml", "--trace", "no.trace"], "no.trace: No such file"),
    "trace a directory": (["good.yaml", "--trace", "."], "directory"),
    "trace a scenario": (["good.yaml", "--trace", "good.yaml"], "good.yaml:1:1"),
    "trace a device": (["good.yaml", "--trace", "/dev/null"], "/dev/null"),
    "configuration missing": (["good.yaml", "--set", "accel_config[0].file=no"], "no: No such file"),
    "configuration a directory": (["good.yaml", "--set", "accel_config[0].file=."], "directory"),
    "configuration empty": (["good.yaml", "--set", "accel_config[0].file=/dev/null"], "/dev/null"),
    "configuration a scenario": (["good.yaml", "--set", "accel_config[0].file=good.yaml"],
                                 "good.yaml:1"),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_options(bad, name):
    args, has = OPTIONS[name]
    bad("run", *args, *(["--out", "out"] if "--out" not in args else []), has=has)


@pytest.mark.parametrize("args, has", [
    (["nothing"], "'nothing' is no command"),
    (["platform", "show", "none"], "none"),
    (["platform", "show", "no.yaml"], "no.yaml"),
    (["trace", "info", "no"], "no: No such file"),
    (["trace", "check", "."], "directory"),
    (["trace", "convert", "no", "out"], "no: No such file"),
    (["trace", "convert", "good.trace", "no/out"], "no/out: No such file"),
    (["trace", "generate", "no.yaml", "out"], "no.yaml: No such file"),
    (["trace", "generate", "good.yaml", "."], "directory"),
])
def test_other_commands(bad, args, has):
    bad(*args, has=has)


# ---- accel-config --------------------------------------------------------------------------------

def configuration(**change):
    """The good one with a value of device, queue, group or engine changed."""
    config = json.loads(CONFIG.read_text())
    device = config[0]
    places = {"device": device, "group": device["groups"][0],
              "wq": device["groups"][0]["grouped_workqueues"][0],
              "engine": device["groups"][0]["grouped_engines"][0]}
    for where, values in change.items():
        places[where].update(values)
    return json.dumps(config)


# Text, and the words of the refusal: attribute and errno as accel-config would have them.
CONFIGS = {
    "broken off": (configuration()[:200], "bad.json:1"),
    "no list": ('{"dev": "dsa0"}', "bad.json"),
    "numbers": ("[1, 2]", "bad.json"),
    "device of another kind": (configuration(device={"dev": "iax1"}), "no DSA device"),
    "device not there": (configuration(device={"dev": "dsa7"}), "dsa7"),
    "device misspelt": (configuration(device={"dev": "dsa"}), "dev"),
    "device unnamed": (configuration(device={"dev": None}), "dev"),
    "queue not there": (configuration(wq={"dev": "wq0.9"}), "wq0.9"),
    "engine not there": (configuration(engine={"dev": "engine0.9"}), "engine0.9"),
    "group misspelt": (configuration(group={"dev": "group0"}), "group0"),
    "size zero": (configuration(wq={"size": 0}), ("threshold", "EINVAL")),
    "size beyond the device": (configuration(wq={"size": 129}), ("size", "EINVAL")),
    "size text": (configuration(wq={"size": "many"}), "size"),
    "size negative": (configuration(wq={"size": -1}), "size"),
    "threshold above size": (configuration(wq={"threshold": 129}), ("threshold", "EINVAL")),
    "priority 0": (configuration(wq={"priority": 0}), ("enabling wq0.0", "ENXIO")),
    "priority 16": (configuration(wq={"priority": 16}), ("priority", "EINVAL")),
    "mode": (configuration(wq={"mode": "public"}), ("mode", "public")),
    "mode of two lines": (configuration(wq={"mode": "a\nb\x1b[31m"}), "mode"),
    "type": (configuration(wq={"type": "guest"}), ("type", "guest")),
    "transfer size": (configuration(wq={"max_transfer_size": 1 << 40}), ("max_transfer_size", "EINVAL")),
    "transfer size zero": (configuration(wq={"max_transfer_size": 0}), ("max_transfer_size", "EINVAL")),
    "batch size": (configuration(wq={"max_batch_size": 1 << 20}), ("max_batch_size", "EINVAL")),
    "group of the queue": (configuration(wq={"group_id": 9}), "group_id"),
    "block on fault": (configuration(wq={"block_on_fault": 2}), "block_on_fault"),
    "read buffers": (configuration(group={"read_buffers_reserved": 9999}),
                     ("read_buffers_reserved", "EINVAL")),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_configuration(bad, name):
    text, has = CONFIGS[name]
    (bad.dir / "bad.json").write_text(text)
    line = bad("run", "good.yaml", "--set", "accel_config[0].file=bad.json", "--out", "out",
               has=has).stderr
    assert "bad.json" in line


# ---- traces that break off -----------------------------------------------------------------------

TRACES = {
    "cut in a line": (TRACE[:-60], "bad.trace"),
    "cut between lines": (TRACE[:TRACE.rindex("end")], "bad.trace"),
    "wrong number": (changed("end 2", "end 3", TRACE), "bad.trace:5"),
    "bad second record": (changed("0x3000 4096\nend", "0x3000 4q\nend", TRACE), "bad.trace:4"),
    "no records' columns": ("dsasim-trace 1\nend\n", "bad.trace:2"),
    "empty": ("", "bad.trace:1"),
    "only zeros": ("\0" * 5000, "bad.trace:1"),
    "long line": (changed("4096\nend", "4096 " + "x" * 100000 + "\nend", TRACE), "bad.trace:4"),
}


@pytest.mark.parametrize("name", TRACES)
def test_trace(bad, name):
    text, has = TRACES[name]
    (bad.dir / "bad.trace").write_text(text)
    bad("run", "good.yaml", "--trace", "bad.trace", "--out", "out", has=has)


@pytest.mark.parametrize("keep", [0.02, 0.5, 0.98])
@pytest.mark.parametrize("pack", ["zst", "gz"])
def test_packed_trace_cut(bad, keep, pack):
    """Broken off wherever it may be: the run ends without results, however far it came."""
    data = (ROOT / "traces/dto-nginx.trace.zst").read_bytes()
    if pack == "gz":
        subprocess.run([str(PROGRAM), "trace", "convert", str(ROOT / "traces/dto-nginx.trace.zst"),
                        "whole.gz"], cwd=bad.dir, check=True, capture_output=True)
        data = (bad.dir / "whole.gz").read_bytes()
    (bad.dir / "cut").write_bytes(data[:int(len(data) * keep)])
    bad("run", "good.yaml", "--trace", "cut", "--out", "out", has="cut")
    bad("trace", "convert", "cut", "out.trace", has="cut")


def test_packed_trace_damaged(bad):
    data = bytearray((ROOT / "traces/dto-nginx.trace.zst").read_bytes())
    for i in range(len(data) // 2, len(data) // 2 + 64):
        data[i] ^= 0x5a
    (bad.dir / "bent.zst").write_bytes(data)
    bad("run", "good.yaml", "--trace", "bent.zst", "--out", "out", has="bent.zst")


# ---- output --------------------------------------------------------------------------------------

@pytest.mark.parametrize("out, has", [
    ("/dev/null", "Not a directory"), ("/dev/null/x", "Not a directory"),
    ("good.yaml", "Not a directory"), ("good.yaml/x", "Not a directory"),
    ("x" * 300, "File name too long"), ("", "empty")])
def test_output_place(bad, out, has):
    bad("run", "good.yaml", "--out", out, has=has)


def test_output_forbidden(bad):
    """Root gives up what lets it write everywhere."""
    (bad.dir / "locked").mkdir(mode=0o500)
    drop = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] * (os.geteuid() == 0)
    done = subprocess.run([*drop, str(PROGRAM), "run", "good.yaml", "--out", "locked/out"],
                          cwd=bad.dir, text=True, capture_output=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stderr == "dsasim: locked/out: Permission denied\n"


def test_output_is_said_before_the_run(bad):
    """Not behind a run of hours."""
    bad("run", "good.yaml", "--set", "processes[0].count=1000000000000",
        "--set", "processes[0].ws=1 MiB", "--out", "good.yaml/x",
        has="good.yaml/x")


def limited(size):
    """A shell that ends writing to files behind @size blocks of 512 bytes with EFBIG."""
    return ["sh", "-c", f"trap '' XFSZ; ulimit -f {size}; exec \"$@\"", "sh"]


@pytest.mark.parametrize("args, size", [
    (["run", "good.yaml", "--out", "out", "--quiet"], 4),
    (["run", "good.yaml", "--out", "new/out", "--quiet", "--timeline"], 60),
    (["trace", "generate", "good.yaml", "out.trace"], 1),
    (["trace", "convert", "good.trace", "out.trace"], 0),
])
def test_no_room_in_files(bad, args, size):
    """The disk's end, as a limit on files shows it to everyone."""
    before = sorted(bad.dir.rglob("*"))
    done = subprocess.run([*limited(size), str(PROGRAM), *args], cwd=bad.dir, text=True,
                          capture_output=True, check=False, timeout=60)
    assert done.returncode == 2, done
    assert len(done.stderr.splitlines()) == 1 and "File too large" in done.stderr
    assert sorted(bad.dir.rglob("*")) == before


def test_earlier_results_survive(bad):
    """A run that fails while writing leaves what an earlier one wrote."""
    args = ["run", "good.yaml", "--out", "out", "--quiet"]
    subprocess.run([str(PROGRAM), *args], cwd=bad.dir, check=True)
    before = {p.name: p.read_bytes() for p in (bad.dir / "out").iterdir()}
    done = subprocess.run([*limited(4), str(PROGRAM), *args, "--seed", "2"], cwd=bad.dir, text=True,
                          capture_output=True, check=False, timeout=60)
    assert done.returncode == 2
    assert {p.name: p.read_bytes() for p in (bad.dir / "out").iterdir()} == before


@pytest.mark.parametrize("args", [
    ["trace", "convert", "good.trace", "/dev/full"], ["trace", "generate", "good.yaml", "/dev/full"]])
def test_full_device(bad, args):
    bad(*args, has="No space left")


@pytest.mark.parametrize("args", [
    ["--help"], ["platform", "show", "spr"], ["platform", "list"], ["trace", "info", "good.trace"],
    ["trace", "check", "good.trace"]])
def test_full_standard_output(bad, args):
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([str(PROGRAM), *args], cwd=bad.dir, text=True, stdout=full,
                              stderr=subprocess.PIPE, check=False, timeout=60)
    assert done.returncode == 2 and "standard output: No space left" in done.stderr


def test_real_full_disk(bad):
    """The same on a file system that is full, where the tests may mount one."""
    if not shutil.which("unshare"):
        pytest.skip("no unshare here to mount a small file system with")
    user = [] if os.geteuid() == 0 else ["-r"]
    (bad.dir / "small").mkdir()
    script = ('mount -t tmpfs -o size=16k none small || exit 77\n'
              '"$0" run good.yaml --out small/x --quiet; echo "$?" $(ls -A small)')
    done = subprocess.run(["unshare", "-m", *user, "sh", "-c", script, str(PROGRAM)], cwd=bad.dir,
                          text=True, capture_output=True, check=False, timeout=60)
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("mounting is not allowed here")
    assert done.stdout.split() == ["2"]
    assert len(done.stderr.splitlines()) == 1 and "No space left" in done.stderr


# ---- what devices refuse is data, not an error ---------------------------------------------------

def test_hostile_descriptors(dsasim):
    """Reserved bits, bad alignment, zero and absurd sizes: the device's answers, a run like any."""
    rows = ["memmove 0x10c 0x10101000 0x10102000 0x10103000 0 status=0x13",
            "memmove 0x10c 0x10101000 0x10102000 0x10103000 4294967295 status=0x13",
            "0x1f 0x10c 0x10101000 0x10102000 0x10103000 4096 status=0x10",
            "memmove 0xfff10c 0x10101000 0x10102000 0x10103000 4096 status=0x11",
            "memmove 0x10c 0x10101000 0x10102000 0x10102001 4096 status=0x01",
            "memmove 0x10c 0x10101000 0x10102000 0x10103000 4096 rsvd=0xffff status=0x12",
            "memmove 0x10c 0x10101000 0xffffffffffffff00 0x10103000 4096"]
    rows = [f"5ns 0.0 wq0.0 enqcmd {row}" for row in rows]
    (dsasim.cwd / "x.trace").write_text(TRACE[:TRACE.index("5ns")] + "\n".join(rows) + "\nend\n")
    (dsasim.cwd / "good.yaml").write_text(GOOD)
    results = dsasim.run("good.yaml", "--trace", "x.trace", "--set", "max_time=1 s", "--data", "full")
    assert results["checks"]["passed"]
    assert results["totals"]["errors"] >= 6
    assert not results["checks"]["mismatches"]["count"], results["checks"]["mismatches"]["first"]


def test_completion_that_cannot_come(dsasim):
    """A record that is not aligned is never written: the program that waits for it hangs."""
    row = "5ns 0.0 wq0.0 enqcmd memmove 0x10c 0x10101001 0x10102000 0x10103000 4096\n"
    (dsasim.cwd / "x.trace").write_text(TRACE[:TRACE.index("5ns")] + row + "end\n")
    (dsasim.cwd / "good.yaml").write_text(GOOD)
    done = dsasim("run", "good.yaml", "--trace", "x.trace", "--out", "out", timeout=60)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "dsasim: check completion: client proc0.0 waits for a completion that never comes (1 of 1 units outstanding)"]
    checks = json.loads((dsasim.cwd / "out/results.json").read_text())["checks"]
    assert not checks["passed"] and not checks["conservation"]["count"]
    (said,) = checks["violations"]["first"]
    assert said.startswith("completion never comes: trace line 3, client proc0.0, tag 0: memmove of 4096 bytes with flags 0x10c, "
                           "record at 0x10101001: issued ")
