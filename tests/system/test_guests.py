# SPDX-License-Identifier: GPL-2.0
"""Guests in scenarios: virtual devices, the clients in them, what the results say of them."""
import csv
import json

import pytest

from conftest import ROOT
from schema import problems

KERNEL = """name: guests
guests:
  - count: 3
    name: vm
    vdev: dsa-1dwq-v1
    defaults: { addr: phys, size: 4 KiB, window: 8, loop: ring, count: 200, ws: 1 MiB }
"""


PROGRAMS = """name: guests
guests:
  count: 3
  name: vm
  vdev: dsa-1swq-v1
  processes: 2
  defaults: { size: 4 KiB, window: 4, loop: ring, count: 200, ws: 1 MiB }
"""


def scenario(dsasim, text, **replaced):
    """Writes a scenario with words replaced."""
    for old, new in replaced.items():
        text = text.replace(old, new)
    (dsasim.cwd / "s.yaml").write_text(text)
    return "s.yaml"


@pytest.mark.san
@pytest.mark.parametrize("wait", ["poll", "interrupt"])
def test_kernel_clients(dsasim, wait):
    """Clients of the guests' kernels work and find what they copied."""
    got = dsasim.run(scenario(dsasim, KERNEL.replace("ws:", f"wait: {wait}, ws:")))
    assert got["checks"]["passed"]
    assert got["totals"]["descriptors"] == 600 and got["totals"]["errors"] == 0
    assert [c["process"] for c in got["clients"]] == ["vm-0/p0", "vm-1/p0", "vm-2/p0"]
    assert {c["wq"] for c in got["clients"]} == {"wq0.0", "wq0.1", "wq0.2"}
    assert [(t["tenant"], t["descriptors"]) for t in got["tenants"]] == [("vm-0", 200), ("vm-1", 200), ("vm-2", 200)]


@pytest.mark.san
@pytest.mark.parametrize("home", ["kernel-mdev", "kernel-cdev", "vmm", "vfio-user"])
@pytest.mark.parametrize("vdev", ["dsa-1swq-v1", "dsa-1dwq-v1"])
def test_programs(dsasim, vdev, home):
    """Programs of guests submit with their own PASIDs and find what they copied, whoever emulates the rest."""
    got = dsasim.run(scenario(dsasim, PROGRAMS.replace("dsa-1swq-v1", vdev)),
                     "--set", f"guests[0].home={home}", "--set", "guests[0].processes[0].copies=1" if "dwq" in vdev else "seed=1")
    each = 200 if "dwq" in vdev else 400
    assert got["checks"]["passed"] and got["totals"]["errors"] == 0
    assert [(t["tenant"], t["descriptors"]) for t in got["tenants"]] == [(f"vm-{i}", each) for i in range(3)]
    assert {c["wq"] for c in got["clients"]} == ({"wq0.0", "wq0.1", "wq0.2"} if "dwq" in vdev else {"wq0.0"})


@pytest.mark.parametrize("text, units", [(KERNEL, 200), (PROGRAMS, 400)], ids=["kernel", "programs"])
def test_no_exits(dsasim, text, units):
    """Of what clients do nothing leaves the guest; starting up does, and every exit has a class."""
    got = dsasim.run(scenario(dsasim, text))
    steady = got["steady_state"]
    # Processes of a guest do not start at the same time: until the last one does is start-up.
    assert 2.5 * units < steady.pop("descriptors") <= 3 * units
    assert steady == {"exits": 0, "submission_exits": 0, "dma_exits": 0, "completion_exits": 0}
    for guest in got["guests"]:
        startup, vdev = guest["startup"], guest["vdevs"][0]
        assert startup["exits"] > 100 and startup["exits"] == sum(
            startup[c] for c in ("config_exits", "trapped_exits", "unclaimed_exits"))
        assert startup["trapped_exits"] == startup["iommu_exits"] + sum(
            vdev["startup"][c] for c in ("reg_read", "reg_write", "command", "msix"))
        assert guest["steady"]["direct_submission"] > 0.8 * units
        assert not any(vdev["steady"].values())
    said = dsasim("run", "s.yaml", "--out", "out").stdout
    assert " descriptors, 0 exits for submission, DMA and completion; 0 exits in all" in said


def test_server(dsasim):
    """A server of the vfio-user protocol costs a message for each exit that reaches the monitor, and nothing else."""
    guest = {}
    for home in ("vmm", "vfio-user"):
        guest[home] = dsasim.run(scenario(dsasim, KERNEL), "--set", f"guests[0].home={home}")["guests"][0]
    own, served = guest["vmm"]["startup"], guest["vfio-user"]["startup"]
    assert served["user_exits"] == own["user_exits"] > 50
    assert served["monitor_calls"] == own["monitor_calls"] + 4 * own["user_exits"]
    assert guest["vfio-user"]["steady"] == guest["vmm"]["steady"]


def test_counts_are_explained(dsasim):
    """docs/results.md has every count."""
    page = (ROOT / "docs/results.md").read_text()
    guest = dsasim.run(scenario(dsasim, KERNEL))["guests"][0]
    missing = [c for part in (guest["startup"], guest["vdevs"][0]["startup"]) for c in part if f"`{c}`" not in page]
    assert not missing


def test_core_does_the_work(dsasim):
    """The baseline without a device is the same in a guest."""
    got = dsasim.run(scenario(dsasim, PROGRAMS.replace("size:", "engine: cpu, size:")))
    assert got["totals"]["descriptors"] == 1200 and not any(d["accepted"] for d in got["devices"])


def test_injections(dsasim):
    """Interrupts that the host handles are no part of the fast path, and the results say so."""
    got = dsasim.run(scenario(dsasim, KERNEL.replace("ws:", "wait: interrupt, ws:")))
    assert got["steady_state"]["completion_exits"] == sum(g["steady"]["injections"] for g in got["guests"]) > 0
    assert got["steady_state"]["submission_exits"] == got["steady_state"]["dma_exits"] == 0


def test_files(dsasim):
    """results.json follows its schema; the tables have a row for each guest and device."""
    got = dsasim.run(scenario(dsasim, KERNEL), "--timeline")
    schema_file = json.loads((ROOT / "docs/results.schema.json").read_text())
    assert not list(problems(got, schema_file, schema_file))
    for table in ("guests.csv", "vdevs.csv", "tenants.csv"):
        with open(dsasim.cwd / "out" / table, encoding="utf-8") as file:
            assert len(list(csv.DictReader(file))) == 3
    html = (dsasim.cwd / "out/report.html").read_text()
    assert 'id="guests"' in html and 'id="vdevs"' in html and "0 exits for submission" in html


ACTIONS = KERNEL.replace("count: 3\n", "count: 2\n").replace("count: 200", "count: 2000") + """    actions:
      - { command: drain_wq, every: 10 us }
      - { command: [disable_wq, enable_wq], wq: 7, count: 3 }
"""


def test_actions(dsasim):
    """A guest's commands go to its device past the driver: how long each took, which were refused."""
    got = dsasim.run(scenario(dsasim, ACTIONS))
    assert got["totals"]["descriptors"] == 4000 and got["totals"]["errors"] == 0
    for guest in got["guests"]:
        commands = {c["command"]: c for c in guest["commands"]}
        assert commands["drain_wq"]["took"]["count"] > 1 and not commands["drain_wq"]["errors"]
        # There is no such queue.
        assert commands["enable_wq"]["took"]["count"] == commands["enable_wq"]["errors"] == 3
        assert guest["vdevs"][0]["steady"]["command"] > 1
    schema_file = json.loads((ROOT / "docs/results.schema.json").read_text())
    assert not list(problems(got, schema_file, schema_file))
    assert "drain_wq" in dsasim("run", "s.yaml", "--out", "out").stdout


@pytest.mark.parametrize("old, new, said", [
    ("drain_wq", "drain", "guests[0].actions[0].command': must be a command"),
    ("wq: 7", "vdev: 3", "guests[0].actions[1].vdev': 3, but the guest has 1"),
    ("every: 10 us", "every: 0", "guests[0].actions[0].every'"),
    ("count: 3 }", "cuont: 3 }", "cuont"),
])
def test_bad_actions(dsasim, old, new, said):
    """An action that can't be is an error in the file."""
    (dsasim.cwd / "s.yaml").write_text(ACTIONS.replace(old, new))
    done = dsasim("run", "s.yaml")
    assert done.returncode == 2 and said in done.stderr and "s.yaml:" in done.stderr


def test_posted(dsasim):
    """Posted interrupts reach the guest without the host."""
    got = dsasim.run(scenario(dsasim, KERNEL.replace("ws:", "wait: interrupt, ws:")),
                     "--set", "guests[0].interrupts=posted")
    assert got["steady_state"]["exits"] == got["steady_state"]["completion_exits"] == 0
    assert all(g["steady"]["posted"] > 0 for g in got["guests"])


@pytest.mark.san
def test_memory_on_demand(dsasim):
    """Pages come when the device asks for them; each once, then the guest is left alone."""
    got = dsasim.run(scenario(dsasim, PROGRAMS), "--set", "guests[0].memory_mode=demand",
                     "--set", "guests[0].defaults.bof=yes")
    assert got["checks"]["passed"] and got["totals"]["errors"] == 0
    for guest in got["guests"]:
        assert guest["startup"]["pin_ps"] == 0 and guest["startup"]["ept_violations"] > 0
        # 2 processes, source and destination of at most 200 pages each, records
        assert 0 < guest["steady"]["device_faults"] <= 2 * (2 * 200 + 8)
    refused = dsasim("run", "s.yaml", "--set", "guests[0].memory_mode=demand", "--out", "no")
    assert refused.returncode == 2 and "bof" in refused.stderr


@pytest.mark.parametrize("client, sva, runs", [("kernel", "auto", True), ("kernel", "yes", False), ("programs", "auto", False)])
def test_queues_that_do_not_wait(dsasim, client, sva, runs):
    """Memory on demand needs queues that block on faults only where a device may meet an absent page: with sva."""
    text = KERNEL if client == "kernel" else PROGRAMS.replace("swq", "dwq").replace("processes: 2", "processes: 1")
    text += f"accel_config:\n  - file: {ROOT}/traces/configs/guests-dwq.json\n"
    words = ["--set", "guests[0].memory_mode=demand", "--set", f"guests[0].sva={sva}",
             "--set", "guests[0].defaults.bof=" + ("no" if runs else "yes")]
    if runs:
        got = dsasim.run(scenario(dsasim, text), *words)
        assert got["checks"]["passed"] and got["totals"]["descriptors"] == 600 and got["totals"]["errors"] == 0
    else:
        done = dsasim("run", scenario(dsasim, text), *words, "--out", "no")
        assert done.returncode == 2 and "memory on demand, but wq0.0 does not block on faults" in done.stderr


@pytest.mark.parametrize("sets, said", [
    (("overrides={ dsa: { ims_slots: 256 } }", "guests[0].count=300", "guests[0].memory=16 MiB"),
     ("guests[0].vdev", "vm-256", "all 256 slots of dsa0's interrupt message store")),
    (("memory[*].size=4 GiB", "guests[0].count=9", "guests[0].memory=1 GiB"), ("vm-", "memory node")),
], ids=["message store", "memory"])
def test_exhausted(dsasim, sets, said):
    """What runs out first is named, and nothing is written."""
    words = [word for value in sets for word in ("--set", value)]
    done = dsasim("run", scenario(dsasim, PROGRAMS), *words, "--set", "guests[0].defaults.bof=yes", "--out", "none")
    assert done.returncode == 2 and all(word in done.stderr for word in said), done.stderr
    assert not (dsasim.cwd / "none").exists()


def test_trace(dsasim):
    """A trace's processes are dealt out to the guests and end as recorded."""
    got = dsasim.run(scenario(dsasim, PROGRAMS), "--trace", ROOT / "traces/dto-nginx.trace.zst")
    assert got["checks"]["passed"] and got["checks"]["mismatches"]["count"] == 0
    assert {t["tenant"] for t in got["tenants"]} == {"vm-0", "vm-1", "vm-2"}


def test_leftovers(dsasim):
    """What guests leave at the host when their plug is pulled fails the run: here a queue that carries their PASID."""
    text = KERNEL + "defects: [queue-keeps-pasid]\n"
    done = dsasim("run", scenario(dsasim, text), "--out", "out")
    assert done.returncode == 1, done.stderr
    said = [line for line in done.stderr.splitlines() if "check leftovers: queue wq0." in line]
    assert len(said) == 3 and all("still carries PASID" in line for line in said), done.stderr
    done = dsasim("run", scenario(dsasim, text + "checks: { checkers: no }\n"), "--out", "out")
    assert done.returncode == 0, done.stderr
