# SPDX-License-Identifier: GPL-2.0
"""Clients of `dsasim run`: keys of a client, traces without recordings' luck, limits and notes."""
import textwrap

import pytest

from conftest import ROOT

CONFIGS = ROOT / "traces/configs"


@pytest.fixture(name="play")
def _play(dsasim):
    """Runs one process with these keys; returns the results."""
    def play(keys, *args, config=None, top="", **kw):
        lines = ["name: t", "platform: spr", top]
        if config:
            lines += ["accel_config:", f"  - file: {CONFIGS / config}.json"]
        lines += ["processes:", f"  - {{ name: p, {keys} }}"]
        (dsasim.cwd / "t.yaml").write_text("\n".join(lines) + "\n")
        return dsasim.run("t.yaml", *args, **kw)
    return play


@pytest.fixture(name="replay")
def _replay(dsasim):
    """Runs a trace of these lines behind its first one."""
    def replay(text, *args, **kw):
        body = textwrap.dedent(text).strip()
        records = sum(1 for line in body.splitlines()
                      if not line.startswith(("client", "columns", "default", "region", "#")))
        (dsasim.cwd / "t.trace").write_text(f"dsasim-trace 1\n{body}\nend {records}\n")
        (dsasim.cwd / "t.yaml").write_text("name: t\nplatform: spr\ntrace: t.trace\n")
        return dsasim.run("t.yaml", *args, **kw)
    return replay


def statuses(results):
    found = {}
    for device in results["devices"]:
        for status in device["statuses"]:
            code = int(status["code"], 16)
            found[code] = found.get(code, 0) + status["count"]
    return found


def noted(results, words):
    return [note for note in results["notes"]["first"] if words in note]


LOOPS = ["loop: sync", "loop: ring, window: 8", "loop: burst, window: 8",
         "loop: burst, window: 8, waitfor: last", "loop: open, interval: 1 us, window: 4",
         "loop: ring, window: 16, recycle: 4", "loop: ring, window: 4, batch: 8",
         "loop: ring, window: 4, batch: 8, member_records: no", "wait: umwait",
         "cache: cold", "cache: warm", "record: hit", "record: miss",
         "alloc: malloc, size: 200 B", "reuse: slot, loop: ring, window: 4",
         "piece: 4 KiB, size: 'uniform:1 B:64 KiB', window: 3, loop: ring"]


@pytest.mark.san
@pytest.mark.parametrize("keys", LOOPS)
@pytest.mark.parametrize("config", ["swq128-4eng", "dwq64-2eng"])
def test_every_way_to_submit(play, keys, config):
    """All work is done, in each data mode at the same virtual time."""
    ends = set()
    for data in ("none", "full", "verify"):
        results = play(f"op: memmove, count: 160, {keys}", "--data", data, config=config)
        assert results["checks"]["passed"]
        assert results["totals"]["errors"] == 0
        assert results["totals"]["bytes"] > 0
        ends.add(results["totals"]["ps"])
    assert len(ends) == 1


@pytest.mark.san
@pytest.mark.parametrize("loop", ["sync", "burst, window: 4", "ring, window: 4"])
def test_pieces_of_equal_size(play, loop):
    results = play(f"op: memmove, count: 50, size: 1 MiB, split: 4, loop: {loop}, "
                   "wq: [wq0.0, wq0.1, wq0.2, wq0.3]", config="4dwq32")
    assert results["totals"]["units"] == 50 and results["totals"]["descriptors"] == 200
    assert {q["submitted"] for q in results["wqs"]} == {50}


@pytest.mark.parametrize("op", ["noop", "drain", "memmove", "memfill", "compare", "compval",
                                "dualcast", "crc_gen", "copy_crc", "cache_flush", "delta_create", "delta_apply",
                                "dif_check", "dif_insert", "dif_strip", "dif_update",
                                "memmove:4,memfill:2,compare:1,crc_gen:1"])
def test_every_operation(play, op):
    for keys in ("", ", fault: minor", ", loop: ring, window: 8, reuse: one"):
        results = play(f"op: '{op}', size: 9000 B, count: 100{keys}", "--data", "verify")
        assert results["checks"]["passed"] and results["totals"]["units"] == 100


MIX = ("memmove:2,memfill,compare,compval,delta_create,delta_apply,dualcast,crc_gen,copy_crc,dif_check,dif_insert,dif_strip,"
       "dif_update,cache_flush,noop")


@pytest.mark.san
@pytest.mark.parametrize("keys", ["", "pattern: random", "reuse: slot", "batch: 16, member_records: no", "fault: minor, fault_on: src",
                                  "fault: minor, fault_on: dst", "cc: yes, readback: yes, threads: 3"])
@pytest.mark.parametrize("data", ["none", "full", "verify"])
def test_all_operations_side_by_side(play, keys, data):
    """Sources of deltas and DIF are prepared, whatever else is in flight: nothing ends in an error."""
    results = play(f"op: '{MIX}', size: 'uniform:520 B:40 KiB', align: 1 B, loop: ring, window: 8, count: 600, {keys}",
                   "--data", data)
    assert results["checks"]["passed"] and set(statuses(results)) <= {1, 3}, statuses(results)
    names = {o["name"] for o in results["devices"][0]["operations"]}
    assert {"crdelta", "apdelta", "difcheck"} <= names or len(names) >= 14, names


@pytest.mark.parametrize("repair", ["sw", "pretouch", "pretouch-all"])
@pytest.mark.parametrize("fault", ["minor", "major"])
def test_first_touches_are_repaired(play, repair, fault):
    results = play(f"op: memmove, size: 16 KiB, count: 40, fault: {fault}, repair: {repair}")
    assert results["checks"]["passed"]
    faults = statuses(results).get(3, 0)
    assert (faults == 40 * 4) if repair == "sw" else not faults
    slow = results["totals"]["ps"] > 40 * 4 * 500_000_000
    assert slow == (fault == "major")


def test_share_of_missing_pages(play):
    results = play("op: memmove, count: 400, fault: minor, fault_share: 25 %")
    assert 60 < statuses(results)[3] < 140


@pytest.mark.san
def test_kernel_client(play):
    """A client in the kernel: interrupts take longer than polling."""
    keys = "op: 'memmove:2,memfill:1,crc_gen:1', count: 100, addr: phys"
    poll = play(keys, config="kernel-dwq-swq")
    interrupt = play(keys + ", wait: interrupt", config="kernel-dwq-swq")
    assert poll["totals"]["units"] == interrupt["totals"]["units"] == 100
    assert interrupt["latency"]["p50_ps"] > poll["latency"]["p50_ps"] + 1_000_000


@pytest.mark.parametrize("keys, words", [
    ("wait: interrupt", "needs a kernel queue"),
    ("addr: phys", "no enabled kernel queue"),
    ("addr: phys, wait: umwait", "never by UMWAIT"),
    ("op: dif_check, size: 512 B", "dif_check needs sizes of at least 520 bytes, not 512"),
    ("op: delta_create, size: 'uniform:79 B:4 KiB'", "delta_create needs sizes of at least 80 bytes, not 79"),
    ("op: dif_strip, size: 64 KiB, piece: 4 KiB", "dif_strip is not possible with operations cut into pieces"),
    ("op: 'drain,noop', batch: 4", "a batch can't have drains as members"),
    ("batch: 4, piece: 4 KiB, size: 64 KiB", "members of a batch can't be split"),
    ("window: 1048576, loop: ring, piece: 1 KiB, size: 64 KiB", "too many"),
])
def test_what_cannot_be_played_is_said(dsasim, keys, words):
    (dsasim.cwd / "t.yaml").write_text(
        f"name: t\nplatform: spr\nprocesses:\n  - {{ name: p, {keys} }}\n")
    done = dsasim("run", "t.yaml", "--out", "out")
    assert done.returncode == 2 and words in done.stderr
    assert not (dsasim.cwd / "out").exists()


@pytest.mark.san
def test_lost_descriptors_fail_the_run(play):
    keys = "op: memmove, size: 16 KiB, count: 300, loop: push, wq: wq0.0"
    lost = play(keys, config="4dwq32", code=1)
    assert noted(lost, "were never accepted")
    play(keys, "--set", "checks.max_failed=300", config="4dwq32")


def test_min_ops(play):
    play("op: memmove, count: 10", "--set", "checks.min_ops=10")
    play("op: memmove, count: 10", "--set", "checks.min_ops=11", code=1)


@pytest.mark.san
def test_max_time(play):
    results = play("op: memmove, count: 100000, window: 16, loop: ring", top="max_time: 30 us")
    assert 29_000_000 < results["totals"]["ps"] <= 30_000_000
    assert results["checks"]["passed"] and noted(results, "max_time")


def test_another_process_holds_the_dedicated_queue(dsasim, play):
    assert play("op: memmove, count: 10, threads: 3", config="dwq64-2eng")["totals"]["units"] == 30
    (dsasim.cwd / "t.yaml").write_text(
        (dsasim.cwd / "t.yaml").read_text().replace("threads: 3", "copies: 2"))
    done = dsasim("run", "t.yaml", "--out", "out")
    assert done.returncode == 2 and "Device or resource busy" in done.stderr


# ---- Traces ----

@pytest.mark.san
@pytest.mark.parametrize("data", ["none", "full", "verify"])
def test_records_without_a_column_for_them(replay, data):
    results = replay("""
        default status=0x01
        client 0.0 window=2 loop=ring
        client 0.1 window=2 loop=open
        columns think t client op flags src dst size
        250ns - 0.0 memmove 0xc 0x10001000 0x10200040 4096
        0 - 0.0 memmove 0xc 0x10001000 0x10202040 4096
        0 - 0.0 memmove 0xc 0x10001000 0x10204040 4096
        - 1us 0.1 memmove 0xc 0x20001000 0x20200040 4096
        - 2us 0.1 compare 0xc 0x20001000 0x20200040 4096 result=1 bytes=17
        - 9us 0.1 0x3f 0xc 0x20001000 0x20200040 4096 status=0x10
        - 9us 0.1 memfill 0xc 0x20001000 0x20200040 4294967295 status=0x13
        """, "--data", data)
    assert results["totals"]["units"] == 7
    assert not results["checks"]["mismatches"]["count"]
    assert statuses(results) == {1: 5, 0x10: 1, 0x13: 1}


def test_a_row_that_ends_otherwise_is_a_note(replay):
    results = replay("""
        columns think client op src dst size
        0 0.0 memmove 0x10001000 0x10200040 4096 status=0x11
        0 0.0 memmove 0x10001000 0x10200040 4096 status=0x01
        """)
    assert results["checks"]["passed"] and results["checks"]["mismatches"]["count"] == 1
    assert "trace line 3" in results["checks"]["mismatches"]["first"][0]


@pytest.mark.san
def test_an_error_that_nobody_recorded_fails_the_run(replay):
    text = """
        columns think client op flags src dst size
        0 0.0 0x3f 0xc 0x10001000 0x10200040 4096
        """
    replay(text, code=1)
    replay(text, "--set", "checks.max_failed=1")


@pytest.mark.parametrize("data", ["none", "verify"])
def test_recorded_faults_come_again(replay, data):
    """The page that was absent then is absent now, whoever used it before."""
    results = replay("""
        default status=0x01
        columns think client op flags comp src dst size
        0 0.0 memmove 0xc 0x10000000 0x10100000 0x10200000 8192
        0 0.0 memmove 0xc 0x10000000 0x10100000 0x10200800 8192 status=0x83 bytes=2048
        0 0.0 memmove 0xc 0x10000000 0x10100000 0x10200800 8192
        0 0.0 compare 0xc 0x10000000 0x10100000 0x10300000 8192 status=0x03 bytes=4096
        0 0.0 delta_create 0xc 0x10000000 0x10100000 0x10300000 4096 delta=0x10400000 """
                     """delta_max=4096 result=1
        """, "--data", data)
    assert not results["checks"]["mismatches"]["count"], results["checks"]["mismatches"]
    assert statuses(results)[3] == 2


def test_a_list_is_not_written_while_it_is_read(replay):
    """A window that the recording's own memory does not allow."""
    rows = ["client 0.0 window=8 loop=ring", "columns think client op flags comp src dst size"]
    for i in range(40):
        rows.append(f"0 0.0 batch 0xc {0x10000000 + i % 8 * 32:#x} 0x10010000 0 2 "
                    "status=0x1 bytes=2")
        for k in range(2):
            rows.append(f"- - memmove 0xc {0x10001000 + k * 32:#x} "
                        f"{0x11000000 + (i * 2 + k) * 65536:#x} "
                        f"{0x12000000 + (i * 2 + k) * 65536:#x} 65536 status=0x1")
    text = "\n".join(rows).replace("columns think client op", "columns think client instr op")
    text = text.replace("0.0 batch", "0.0 enqcmd batch").replace("- - memmove", "- - member memmove")
    results = replay(text, "--data", "verify")
    assert results["totals"]["descriptors"] == 80
    assert not results["checks"]["mismatches"]["count"] and results["checks"]["passed"]


def test_software_baseline_of_a_trace(dsasim):
    trace = ROOT / "traces/dto-numpy.trace.zst"
    results = dsasim.run(ROOT / "traces/scenarios/demo.yaml", "--trace", trace,
                         "--set", "defaults.engine=cpu")
    assert results["checks"]["passed"]
    assert results["totals"]["time_ps"]["work"] > 0 and not results["totals"]["time_ps"]["submit"]


@pytest.mark.san
def test_traces_beside_other_clients(dsasim):
    """Copies of a recorded program, one thread of another one, and generated work."""
    (dsasim.cwd / "t.yaml").write_text(textwrap.dedent(f"""
        name: t
        platform: spr
        accel_config:
          - file: {CONFIGS}/dto-2swq.json
        processes:
          - {{ name: nginx, trace: {ROOT}/traces/dto-nginx.trace.zst, copies: 2 }}
          - {{ name: numpy, trace: {ROOT}/traces/dto-numpy.trace.zst, trace_thr: 1, wq: wq0.1 }}
          - {{ name: gen, op: memmove, count: 100 }}
        """))
    results = dsasim.run("t.yaml", "--data", "none")
    units = {}
    for client in results["clients"]:
        name = client["process"].split("/")[0]
        units[name] = units.get(name, 0) + client["units"]
    assert units["nginx-0"] == units["nginx-1"] == 16013 and units["gen"] == 100
    assert units["numpy"] > 0 and not results["checks"]["mismatches"]["count"]
    assert {c["wq"] for c in results["clients"] if c["process"].startswith("numpy")} == {"wq0.1"}


@pytest.mark.san
def test_hundreds_of_processes(dsasim):
    """Each opens its queue, works and ends; the dedicated one has one owner at a time."""
    results = dsasim.run(ROOT / "traces/scenarios/dsa-test.yaml", "--data", "none")
    assert len(results["clients"]) > 900
    assert not results["checks"]["mismatches"]["count"]
