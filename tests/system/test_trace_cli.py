# SPDX-License-Identifier: GPL-2.0
"""The program's trace, platform and docs commands: results, exit codes, one clear line for each bad input."""
import gzip
import os
import pathlib
import random
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("DSASIM_BUILD") or os.environ.get("O") or ROOT / "build")
PROGRAM = os.environ.get("DSASIM") or str(ROOT / BUILD / "dsasim")

HEAD = "dsasim-trace 1\ncolumns think client wq instr op flags comp src dst size\n"
ROW = "5ns 0.0 wq0.0 enqcmd memmove 0x10c 0x1000 0x2000 0x3000 4096\n"
CSV = ("n,t_ns,emu_ns,proc,thr,wq,instr,enq,parent,op,flags,pasid,comp,src,dst,size,w5,w6,w7,"
       "inth,status,result,bytes\n")
CSV_ROW = "0,0,0,0,0,wq0.0,enqcmd,ok,,03,10c,0,1000,2000,3000,4096,0,0,0,0,01,0,0\n"


def run(*args, cwd=None):
    """Run the program; its output never holds anything but text."""
    return subprocess.run([PROGRAM, *map(str, args)], capture_output=True, text=True, cwd=cwd,
                          timeout=60, check=False)


def fails(*args, message, cwd=None):
    """The program ends with exit code 2 and one line on stderr that has @message."""
    done = run(*args, cwd=cwd)
    assert done.returncode == 2, done
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("dsasim: "), done.stderr
    assert message in lines[0], lines[0]
    return lines[0]


@pytest.fixture(name="trace")
def _trace(tmp_path):
    path = tmp_path / "good.trace"
    path.write_text(HEAD + ROW * 50 + "end 50\n")
    return path


def test_check_good(trace):
    done = run("trace", "check", trace)
    assert done.returncode == 0 and "50 records of 1 client, all good" in done.stdout


BAD_TRACES = [
    ("", ":1: the file is empty"),
    ("hello\n", ":1:1: 'dsasim-trace 1' expected as the first line, not 'hello'"),
    ("dsasim-trace 9\n", ":1:14: version 1 expected, not '9'"),
    ("dsasim-trace 1\n", "ends before the line 'columns'"),
    ("dsasim-trace 1\ncolumns op\nend\n", "at least the columns op and size"),
    ("dsasim-trace 1\nclients 0.0\n", ":2:1: client, region, default or columns"),
    ("dsasim-trace 1\nclient 0.0 window=-1\n", ":2:19: a window of 1 to 1048576"),
    (HEAD + "5ns 0.0 wq0.0 enqcmd memmov 0x10c 0 0 0 1\nend\n",
     ":3:22: an operation expected (memmove, ..., 0x20), not 'memmov'"),
    (HEAD + "5 0.0 wq0.0 enqcmd memmove 0x10c 0 0 0 1\nend\n", ":3:1: a think time"),
    (HEAD + "5ns 0.0 wq0.0 enqcmd memmove 10c 0 0 0 1\nend\n", ":3:30: flags expected"),
    (HEAD + "5ns 0.0 wq0.0 enqcmd memmove 0xfffffffff 0 0 0 1\nend\n", ":3:30: flags expected"),
    (HEAD + "5ns 0.0 wq0.0 enqcmd memmove 0 0 0 0 99999999999\nend\n", ":3:38: a size"),
    (HEAD + "5ns 0.0 wq0.0 enqcmd memmove 0 0 0 0 -1\nend\n", ":3:38: a size"),
    (HEAD + "5ns 0.0 wq0.0 enqcmd memmove 0 0 0\nend\n", "not the end of the line"),
    (HEAD + "5ns 99999999999.0 wq0.0 enqcmd memmove 0 0 0 0 1\nend\n", ":3:5: a client"),
    (HEAD + ROW.replace("\n", " colour=red\n") + "end\n", ":3:62: name=value"),
    (HEAD + "0 0.0 - enqcmd batch 0xc 0 0 0 3\n- - - member noop 0 0 0 0 0\nend\n",
     ":5:1: member 2 of 3 of the batch in line 3 expected"),
    (HEAD + "- - - member noop 0 0 0 0 0\nend\n", "no batch is open"),
    (HEAD + ROW * 3, ":6: the line 'end' is missing: the trace was cut off; the last good line is 5"),
    (HEAD + ROW * 3 + ROW[:30], ":6: the file ends in the middle of a line; the last good line is 5"),
    (HEAD + ROW * 3 + "end 4\n", "3 records, but the last line says 4"),
    (HEAD + "x" * 5000 + "\nend\n", ":3: the line is too long"),
    (HEAD + "5ns 0.0\0 wq0.0\nend\n", ":3:5: a client"),
    ("dsa\0sim\n", ":1:1: 'dsasim-trace 1' expected"),
]


@pytest.mark.parametrize("text,message", BAD_TRACES, ids=range(len(BAD_TRACES)))
def test_bad_trace(tmp_path, text, message):
    path = tmp_path / "bad.trace"
    path.write_text(text)
    assert str(path) in fails("trace", "check", path, message=message)
    fails("trace", "info", path, message=message)
    fails("trace", "convert", path, tmp_path / "out.trace", message=message)
    assert not list(tmp_path.glob("out*"))


def test_check_names_many(tmp_path):
    path = tmp_path / "bad.trace"
    path.write_text(HEAD + (ROW + ROW.replace("memmove", "mov")) * 30 + "end 60\n")
    done = run("trace", "check", path)
    lines = done.stderr.splitlines()
    assert done.returncode == 2 and len(lines) == 21
    assert lines[0].endswith(":4:22: an operation expected (memmove, ..., 0x20), not 'mov'")
    assert "more errors may follow" in lines[20]


@pytest.mark.parametrize("name", ["a.trace.gz", "a.trace.zst", "a.trace"])
def test_cut_file(tmp_path, trace, name):
    """Cut anywhere, packed or not: an error, and the last good line where there is one."""
    packed = tmp_path / name
    assert run("trace", "convert", trace, packed).returncode == 0
    assert run("trace", "check", packed).returncode == 0
    data = packed.read_bytes()
    rng = random.Random(1)
    for size in [len(data) - 1, len(data) - 5, *(rng.randrange(len(data)) for _ in range(12))]:
        (tmp_path / "cut").write_bytes(data[:size])
        fails("trace", "check", tmp_path / "cut", message="cut")


def test_damaged_file(tmp_path, trace):
    packed = tmp_path / "a.trace.zst"
    run("trace", "convert", trace, packed)
    data = bytearray(packed.read_bytes())
    data[len(data) // 2] ^= 0x55
    (tmp_path / "b").write_bytes(data)
    assert run("trace", "check", tmp_path / "b").returncode == 2
    data = bytearray(gzip.compress(trace.read_bytes()))
    data[-6] ^= 1
    (tmp_path / "b").write_bytes(data)
    fails("trace", "check", tmp_path / "b", message="the gzip data is damaged")


def test_repack_keeps_every_line(tmp_path, trace):
    trace.write_text("dsasim-trace 1\n# a comment\nclient 0.0 window=2 loop=ring\n\n"
                     + HEAD.split("\n", 1)[1] + ROW * 5 + "end\n")
    for name in ("b.zst", "c.gz", "d"):
        assert run("trace", "convert", trace, tmp_path / name).returncode == 0
        trace, text = tmp_path / name, trace.read_text() if name == "b.zst" else text
    assert trace.read_text() == text


BAD_RECORDINGS = [
    (CSV + "1,2,3\n", "in.csv:2: 3 columns, but the first line names 23"),
    (CSV + CSV_ROW.replace("4096", "many"), "in.csv:2: column 'size': 'many' is not possible"),
    (CSV + CSV_ROW.replace("enqcmd", "store"), "column 'instr': 'store'"),
    (CSV + CSV_ROW + CSV_ROW[:20], "in.csv:3: the file ends in the middle of a line"),
    (CSV + CSV_ROW.replace(",03,", ",01,"), "0 of its 4096 members"),
    (CSV.replace(",comp", ",kompp") + CSV_ROW, "in.csv:1: no column 'comp': not a capture"),
    (CSV[20:] + CSV_ROW, "in.csv:1: no column"),
    ("a,b,c\n1,2,3\n", "'dsasim-trace 1' expected"),
    (CSV + CSV_ROW.replace(",ok,", ",no,"), "column 'enq': 'no' is neither ok nor full"),
]


@pytest.mark.parametrize("text,message", BAD_RECORDINGS, ids=range(len(BAD_RECORDINGS)))
def test_bad_recording(tmp_path, text, message):
    (tmp_path / "in.csv").write_text(text)
    fails("trace", "convert", "in.csv", "out.trace", message=message, cwd=tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["in.csv"]


def test_convert(tmp_path):
    (tmp_path / "in.csv").write_text(CSV + CSV_ROW * 3)
    done = run("trace", "convert", "in.csv", "out.trace", "--origin", "mine", cwd=tmp_path)
    assert done.returncode == 0 and "3 records" in done.stdout
    text = (tmp_path / "out.trace").read_text().splitlines()
    assert text[1] == "# mine"
    assert text[3] == "client 0.0 window=1 loop=sync records=3"
    assert text[-1] == "end 3"
    done = run("trace", "convert", "in.csv", "-", "--window", "8", "--records", 2, cwd=tmp_path)
    assert "client 0.0 window=8 loop=ring records=2" in done.stdout and "2 records" in done.stderr


def test_a_recording_is_no_trace_yet(tmp_path):
    """Who forgets to convert is told to, by every command that takes a trace."""
    (tmp_path / "in.csv").write_text(CSV + CSV_ROW * 3)
    for args in (("trace", "check", "in.csv"), ("trace", "info", "in.csv"),
                 ("run", ROOT / "traces/scenarios/demo.yaml", "--trace", "in.csv")):
        fails(*args, message="in.csv:1: a recording (CSV), not a trace: 'dsasim trace convert' makes one of it", cwd=tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["in.csv"]


def test_what_is_read_twice_must_be_a_file(tmp_path, trace):
    os.mkfifo(tmp_path / "pipe")
    for args in (("trace", "convert", "pipe", "out"), ("trace", "convert", "-", "out"),
                 ("run", ROOT / "traces/scenarios/demo.yaml", "--trace", "pipe")):
        fails(*args, message=f"{'-' if '-' in args else 'pipe'}: is read twice, it must be a file", cwd=tmp_path)
    done = subprocess.run([PROGRAM, "trace", "check", "/dev/stdin"], input=trace.read_bytes(), capture_output=True, check=False)
    assert done.returncode == 0


def test_refused_submissions_are_no_work(tmp_path):
    """Only what the queue took; the thread did not think while it tried again. Empty fields are 0."""
    taken = dict(zip(CSV.strip().split(","), CSV_ROW.strip().split(",")))
    rows = []
    for at, emu, enq in ((0, 500, "full"), (1000, 500, "ok"), (3000, 200, "full"), (3300, 200, "full"), (3600, 500, "ok")):
        rows.append({**taken, "n": len(rows), "t_ns": at, "emu_ns": emu, "enq": enq})
        if enq == "full":
            rows[-1].update(status="", result="", bytes="", inth="")
    (tmp_path / "in.csv").write_text(CSV + "".join(",".join(map(str, row.values())) + "\n" for row in rows))
    done = run("trace", "convert", "in.csv", "out.trace", cwd=tmp_path)
    assert done.returncode == 0 and "2 records" in done.stdout and "3 refused submissions left out" in done.stdout, done
    records = [line for line in (tmp_path / "out.trace").read_text().splitlines() if "memmove" in line]
    # 2600 between the two that were taken, of which 500 + 2 * 200 in the recorder and 3 * 100 for being caught.
    assert [line.split()[0] for line in records] == ["0ns", "1400ns"]


def test_rows_out_of_order_and_any_clock(tmp_path):
    """Clients begin relative to the earliest of them, wherever its row is; times may count from anywhere."""
    base = 1_763_844_000_000_000_000
    rows = [CSV_ROW.split(",") for _ in range(3)]
    for number, fields in enumerate(rows):
        fields[0], fields[1], fields[3] = str(number), str(base + (5000, 1000, 9000)[number]), str(number)
    (tmp_path / "in.csv").write_text(CSV + "".join(",".join(fields) for fields in rows))
    assert run("trace", "convert", "in.csv", "out.trace", cwd=tmp_path).returncode == 0
    clients = [line for line in (tmp_path / "out.trace").read_text().splitlines() if line.startswith("client")]
    assert ["start=4000ns" in clients[0], "start" in clients[1], "start=8000ns" in clients[2]] == [True, False, True], clients
    rows[2][1] = str(base + 4 * 10**15)
    (tmp_path / "in.csv").write_text(CSV + "".join(",".join(fields) for fields in rows))
    fails("trace", "convert", "in.csv", "o2.trace", message="thread 2.0 begins more than a thousand hours behind the first", cwd=tmp_path)


OUTPUTS = ["/dev/full", "/nonexistent/x.trace", "/proc/x.trace", "."]


@pytest.mark.parametrize("out", OUTPUTS)
def test_output_that_fails(tmp_path, trace, out):
    """Disk full and impossible places: a message that names the file, nothing left."""
    (tmp_path / "in.csv").write_text(CSV + CSV_ROW)
    (tmp_path / "s.yaml").write_text("name: s\nprocesses: [{count: 3}]\n")
    before = sorted(p.name for p in tmp_path.iterdir())
    for args in (["convert", trace], ["convert", "in.csv"], ["generate", "s.yaml"]):
        fails("trace", *args, out, message=out, cwd=tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_disk_that_fills(tmp_path):
    """A limit on the size of files stands for the full disk: nothing half-written stays."""
    (tmp_path / "s.yaml").write_text("name: s\nprocesses: [{count: 200000}]\n")
    done = subprocess.run(["/bin/sh", "-c", f"trap '' XFSZ; ulimit -f 8; exec '{PROGRAM}' "
                           "trace generate s.yaml out.trace"], capture_output=True, text=True,
                          cwd=tmp_path, check=False)
    assert done.returncode == 2 and done.stderr == "dsasim: out.trace: File too large\n"
    assert [p.name for p in tmp_path.iterdir()] == ["s.yaml"]


USAGE = [
    ["trace"], ["trace", "check"], ["trace", "look", "x"], ["trace", "check", "a", "b"],
    ["trace", "--frobnicate"], ["trace", "convert", "x"], ["platform"], ["platform", "show"],
    ["platform", "list", "x"], ["trace", "generate", "a", "b", "--seed"], ["docs"],
]


@pytest.mark.parametrize("args", USAGE, ids=" ".join)
def test_usage(args):
    done = run(*args)
    assert done.returncode == 2 and done.stderr and not done.stdout


BAD_ARGUMENTS = [
    (["trace", "check", "/nonexistent"], "/nonexistent: No such file or directory"),
    (["trace", "info", "/"], "/: Is a directory"),
    (["trace", "convert", "x", "y", "--window", "0"], "--window '0': a number from 1 to"),
    (["trace", "convert", "x", "y", "--records", "4k"], "--records '4k': a number from 1 to"),
    (["trace", "convert", "x", "y", "--start", "soon"], "--start 'soon'"),
    (["trace", "convert", "-", "y"], "it must be a file"),
    (["platform", "show", "none"], "platform 'none': no such platform"),
    (["platform", "show", "spr", "--set", "dsa.engines"], "must be path=value"),
    (["platform", "show", "spr", "--set", "dsa.engines=9 ns"], "'9 ns' is not a whole number"),
    (["platform", "show", "spr", "--set", "cpu.puase=9 ns"], "did you mean 'pause'?"),
    (["trace", "generate", "/nonexistent.yaml", "y"], "/nonexistent.yaml: No such file"),
]


@pytest.mark.parametrize("args,message", BAD_ARGUMENTS, ids=range(len(BAD_ARGUMENTS)))
def test_bad_argument(tmp_path, args, message):
    fails(*args, message=message, cwd=tmp_path)
    assert not list(tmp_path.iterdir())


def test_generated_deltas_and_dif_end_well(tmp_path):
    """A generated trace with every operation, played: each row ends as it says."""
    (tmp_path / "s.yaml").write_text(
        "name: s\nprocesses:\n  - { name: p, op: 'delta_create,delta_apply,dif_check,dif_insert,dif_strip,dif_update,memmove',"
        " size: 'uniform:520 B:20 KiB', count: 300, window: 4, loop: ring }\n")
    assert run("trace", "generate", "s.yaml", "t.trace", cwd=tmp_path).returncode == 0
    for data in ("none", "full", "verify"):
        done = run("run", "s.yaml", "--trace", "t.trace", "--data", data, "--out", "out", cwd=tmp_path)
        assert done.returncode == 0 and "otherwise than recorded" not in done.stdout, done


BAD_SCENARIOS = [
    ("", "s.yaml:1: the file is empty"),
    ("name: [\n", "s.yaml:2: "),
    ("name: s\nprocesses:\n  - op: memmov\n", "s.yaml:3: key 'processes[0].op': 'memmov' is no"),
    ("name: s\nprocesses:\n  - size: 4 parsec\n", "s.yaml:3: key 'processes[0].size'"),
    ("name: s\nprocesses:\n  - siez: 4 KiB\n", "unknown key; did you mean 'size'?"),
    ("name: s\nname: t\n", "s.yaml:2: key 'name' again (first in line 1)"),
    ("name: s\nprocesses:\n  - count: 0\n    duration: 1 ms\n    ws: 1 MiB\n", "count must be given"),
    ("name: s\nprocesses:\n  - engine: cpu\n", "only clients of the device make a trace"),
    ("name: s\nprocesses:\n  - loop: push\n", "a trace has loops sync, ring, burst, open"),
    ("name: s\nprocesses:\n  - op: dif_check\n    size: 512 B\n    count: 5\n", "needs sizes of at least 520 bytes"),
    ("name: s\nprocesses:\n  - size: 4 GiB\n", "s.yaml:3: key 'processes[0].size': sizes go"),
    ("name: s\nprocesses:\n  - size: 1 GiB\n    count: 1000000000\n", "more than 1 PiB"),
    ("name: s\nprocesses:\n  - size: 1 GiB\n    count: 900000\n", "too much memory"),
]


@pytest.mark.parametrize("text,message", BAD_SCENARIOS, ids=range(len(BAD_SCENARIOS)))
def test_bad_scenario(tmp_path, text, message):
    (tmp_path / "s.yaml").write_text(text)
    fails("trace", "generate", "s.yaml", "out.trace", message=message, cwd=tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["s.yaml"]


def test_generate(tmp_path):
    """The same seed gives the same trace, another seed another one."""
    (tmp_path / "s.yaml").write_text(
        "name: s\nprocesses:\n"
        "  - { threads: 3, batch: 8, loop: ring, window: 4, size: 'uniform:1 B:1 MiB', count: 500 }\n"
        "  - { op: 'memmove:5,memfill:3,compare:1,compval:1,dualcast:1,crc_gen:1,copy_crc:1,"
        "cache_flush:1,noop:1', size: 4 KiB, think: 'exp:1 us' }\n")
    for name, args in (("a", []), ("b", []), ("c", ["--seed", "2"]),
                       ("d", ["--set", "processes[0].batch=0"])):
        assert run("trace", "generate", "s.yaml", name, *args, cwd=tmp_path).returncode == 0
        assert run("trace", "check", name, cwd=tmp_path).returncode == 0
    a, b, c, d = ((tmp_path / n).read_text() for n in "abcd")
    assert a == b and a != c and " batch " in a and " batch " not in d
    info = run("trace", "info", "a", cwd=tmp_path).stdout
    assert "2689 records" not in info and "clients      4" in info


def test_open_loop(tmp_path):
    (tmp_path / "s.yaml").write_text(
        "name: s\nprocesses:\n  - { threads: 2, loop: open, window: 64, interval: 1 us, "
        "arrivals: exp, count: 100 }\n")
    assert run("trace", "generate", "s.yaml", "a", cwd=tmp_path).returncode == 0
    text = (tmp_path / "a").read_text()
    assert "columns t client" in text and "loop=open" in text
    assert run("trace", "check", "a", cwd=tmp_path).returncode == 0


def test_samples():
    """Every sample trace is good, small, and says where it comes from."""
    samples = sorted((ROOT / "traces").glob("*.trace.zst"))
    names = [line.split()[0] for line in (ROOT / "traces/samples.txt").read_text().splitlines()
             if not line.startswith("#")]
    assert sorted(f"{n}.trace.zst" for n in names) == [p.name for p in samples]
    assert sum(p.stat().st_size for p in samples) < 3 << 20
    for path in samples:
        done = run("trace", "check", path)
        assert done.returncode == 0, done.stderr
        text = subprocess.run(["zstd", "-dcq", path], capture_output=True, text=True,
                              check=True).stdout
        assert text.splitlines()[1].startswith("# recorded: ")


def test_platforms():
    done = run("platform", "list")
    files = sorted(p.stem for p in (ROOT / "sim/platforms").glob("*.yaml"))
    assert done.returncode == 0
    assert sorted(line.split()[0] for line in done.stdout.splitlines()) == files
    for name in files:
        assert run("platform", "show", name).returncode == 0
        path = ROOT / "sim/platforms" / f"{name}.yaml"
        assert run("platform", "show", path).stdout == run("platform", "show", name).stdout


def test_platform_sources():
    """Each number of the fitted platform has its source beside it."""
    for line in (ROOT / "sim/platforms/spr.yaml").read_text().splitlines():
        code = line.split("#")[0].rstrip()
        if code.endswith(("name: spr", "ways: 15", "width: 48", "socket: 0", "enqcmd_back: 94 ns")):
            continue
        if ":" in code and not code.endswith(":") and "description" not in code and "kind" not in code:
            assert "# " in line and len(line.split("# ")[1]) > 0, line


def test_docs_current():
    subprocess.run([sys.executable, ROOT / "docs/update.py", PROGRAM, "--check"], check=True)


def test_help():
    for command in ("trace", "platform"):
        done = run(command, "--help")
        assert done.returncode == 0 and done.stdout.startswith(f"usage: dsasim {command}")
        assert not done.stderr
