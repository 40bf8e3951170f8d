# SPDX-License-Identifier: GPL-2.0
"""Traces played: queues of the recording, hostile and unusual recordings, what is said about them."""
import textwrap

import pytest

from conftest import ROOT

CONFIGS = ROOT / "traces/configs"


@pytest.fixture(name="replay")
def _replay(dsasim):
    """Runs a trace of these lines behind its first one on a scenario that has nothing but queues."""
    def replay(text, *args, config="dto-2swq", top="", **kw):
        body = textwrap.dedent(text).strip()
        records = sum(1 for line in body.splitlines()
                      if not line.startswith(("client", "columns", "default", "region", "#")))
        (dsasim.cwd / "t.trace").write_text(f"dsasim-trace 1\n{body}\nend {records}\n")
        (dsasim.cwd / "t.yaml").write_text(f"name: t\n{top}\naccel_config: [{{file: {CONFIGS / config}.json}}]\n")
        return dsasim.run("t.yaml", "--trace", "t.trace", *args, **kw)
    return replay


def row(at, client="0.0", wq="wq0.0", instr="enqcmd"):
    return f"0 {client} {wq} {instr} memmove 0xc 0x10001000 {0x10200040 + at * 4096:#x} 4096"


HEAD = "default status=0x01\ncolumns think client wq instr op flags src dst size\n"


def test_a_client_uses_the_queues_that_it_named(replay):
    results = replay(HEAD + "\n".join(row(i, wq=f"wq0.{i % 3 == 0:d}") for i in range(30)))
    assert [q["submitted"] for q in results["wqs"]] == [20, 10]
    assert results["clients"][0]["wq"] == "wq0.1 wq0.0"
    # Both modes in one client.
    results = replay(HEAD + "\n".join(row(i, wq=f"wq0.{i % 2}", instr=("enqcmd", "movdir64b")[i % 2]) for i in range(30)),
                     config="mixed-swq-dwq")
    assert [q["submitted"] for q in results["wqs"]] == [15, 15]
    assert not results["notes"]["count"] and results["totals"]["bytes"] == 30 * 4096


def test_a_missing_queue_is_one_line(replay):
    """However many clients it concerns; the others keep theirs."""
    rows = [row(i, client=f"{i}.0", wq=f"wq0.{i % 2 * 5}", instr="movdir64b") for i in range(20)]
    rows += [row(20, client="20.0", wq="wq0.1")]
    results = replay(HEAD + "\n".join(rows), config="dto-1swq")
    assert results["notes"]["first"] == ["trace: the dedicated queue wq0.0 goes to the shared wq0.0 (10 clients)",
                                         "trace: the dedicated queue wq0.5 goes to the shared wq0.0 (10 clients)",
                                         "trace: the shared queue wq0.1 goes to the shared wq0.0 (1 client)"]


def test_processes_with_several_dedicated_queues_take_turns(replay):
    """Each opens all its queues in one order, so none waits for a queue of one that waits for its own."""
    rows = [row(i, client=f"{i % 4}.{i % 2}", wq=f"wq0.{(i * 7 + i // 5) % 4}", instr="movdir64b") for i in range(80)]
    results = replay(HEAD + "\n".join(rows), config="4dwq32")
    assert results["totals"]["units"] == 80 and results["checks"]["passed"]


def test_clients_that_would_wait_for_interrupts_are_one_line(replay):
    results = replay("client * wait=interrupt\n" + HEAD + "\n".join(row(i, client=f"{i}.0") for i in range(7)))
    assert results["notes"]["first"] == ["the driver gives programs no interrupts: 7 clients of the trace that would wait for one poll"]


LOW = "columns think client op flags comp src dst size\n"


@pytest.mark.parametrize("data", ["none", "full", "verify"])
def test_records_at_low_addresses_are_waited_for(replay, data):
    """The lowest page is nobody's: what should be recorded there has no record, and the run says so."""
    rows = [f"0 0.0 memmove 0xc {comp:#x} 0x10001000 0x10200040 4096 status=0x01" for comp in (0x1000, 0x101000, 0x1fffe0, 0)]
    results = replay(LOW + "\n".join(rows), "--data", data)
    assert results["checks"]["passed"]
    assert results["devices"][0]["in_flight_end"] == 0
    assert results["checks"]["mismatches"]["first"] == ["trace line 6, proc0.0: memmove: no record at 0x0, recorded 0x01"]


@pytest.mark.parametrize("flags", [0, 4])
def test_work_without_a_record_is_done_all_the_same(replay, flags):
    """The run goes on until the device is through."""
    results = replay(LOW + "\n".join(f"0 0.0 memmove {flags:#x} 0x10000020 0x10001000 0x10200000 65536" for _ in range(10)))
    assert results["checks"]["passed"] and results["totals"]["units"] == 10
    assert results["devices"][0]["completed"] == 10
    assert results["devices"][0]["in_flight_end"] == 0


def test_room_that_never_comes(replay):
    """Records that are not aligned are never written: who waits for the queue's entries waits for ever, and is named."""
    rows = [f"0 0.0 movdir64b memmove 0xc {0x10000001 + i * 32:#x} 0x10102000 0x10103000 4096 status=0x01" for i in range(32)]
    rows += [f"9us 0.1 movdir64b memmove 0xc {0x10001000 + i * 32:#x} 0x10102000 0x10103000 4096 status=0x01" for i in range(4)]
    results = replay("client 0.0 window=32 loop=ring\ncolumns think client instr op flags comp src dst size\n" + "\n".join(rows),
                     config="4dwq32", code=1)
    first, second = results["checks"]["violations"]["first"]
    assert "trace line 4, client proc0.0" in first
    assert second == ("completion never comes: client proc0.1 waits for room in the dedicated queue wq0.0, whose 32 entries "
                      "others hold")


def test_virtual_time_has_an_end(replay, dsasim):
    """Times whose sum no longer fits are bad input, not a crash."""
    (dsasim.cwd / "s.yaml").write_text("name: t\n")
    (dsasim.cwd / "x.trace").write_text("dsasim-trace 1\n" + LOW.replace("comp ", "") + "3600000s 0.0 memmove 0xc 0x10001000 0x10200000 64\n" * 3
                                        + "end\n")
    done = dsasim("run", "s.yaml", "--trace", "x.trace", "--out", "out")
    assert done.returncode == 2 and "more than 2500 hours of virtual time" in done.stderr


def test_members_that_share_a_record_are_not_judged(replay):
    """Whose record it is in the end nobody knows."""
    rows = ["0 0.0 enqcmd batch 0xc 0x10000020 0x10400000 0 8 status=0x01 bytes=8"]
    for i in range(8):
        rows.append(f"- - member crc_gen 0xc 0x10000040 {0x11000000 + i * 65536:#x} 0 {4096 << i % 3} status=0x01")
    results = replay("columns think client instr op flags comp src dst size\n" + "\n".join(rows), "--data", "verify")
    assert results["checks"]["passed"] and not results["checks"]["corrupt"]["count"]
    assert "the effect of 0 operations; of 8 others" in results["notes"]["first"][0]


@pytest.mark.parametrize("data", ["none", "full"])
def test_cache_flush_empties_caches(replay, data):
    """What was written into the cache is read from there until it is flushed; a flush itself moves no operand."""
    rows = ["0 0.0 memmove 0x10c 0x10000000 0x10200000 65536", "0 0.0 crc_gen 0xc 0x10200000 0 65536",
            "0 0.0 cache_flush 0xc 0 0x10200000 65536", "0 0.0 crc_gen 0xc 0x10200000 0 65536"]
    results = replay("default status=0x01\ncolumns think client op flags src dst size\n" + "\n".join(rows), "--data", data)
    counts = {c["name"]: c["value"] for c in results["counters"] if c["instance"] == "mem"}
    assert (counts["llc_hit_bytes"], counts["llc_writeback_bytes"]) == (2 * 65536, 65536)
    assert results["devices"][0]["bytes_written"] == 65536 and results["devices"][0]["bytes_read"] == 3 * 65536
