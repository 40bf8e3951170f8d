# SPDX-License-Identifier: GPL-2.0
"""Virtual devices that are paused and moved while their guests work: nothing is lost."""
import pytest

from conftest import ROOT

SCENARIO = ROOT / "traces/scenarios/guests-move.yaml"
SHARES = ("wq0.4+wq0.5", "wq1.4+wq1.5")
DEDICATED = ("wq0.0+wq0.1", "wq1.0+wq1.1")


def scenario(dsasim, kind, **replaced):
    """The scenario on queues of a kind, its clients in the kernel where those are dedicated."""
    text = SCENARIO.read_text().replace("../configs", str(ROOT / "traces/configs"))
    text = text.replace("count: 3000", "count: 800")
    for old, new in zip(SHARES, kind):
        text = text.replace(old, new)
    if kind == DEDICATED:
        text = text.replace("  processes: 8\n", "").replace("{ size", "{ addr: phys, size").replace("800", "3000")
    for old, new in replaced.items():
        text = text.replace(old, new)
    (dsasim.cwd / "s.yaml").write_text(text)
    return "s.yaml"


@pytest.mark.san
@pytest.mark.parametrize("home", ["kernel-mdev", "kernel-cdev", "vmm", "vfio-user"])
@pytest.mark.parametrize("kind", [SHARES, DEDICATED], ids=["shares", "dedicated"])
def test_move(dsasim, kind, home):
    """Every descriptor arrives once, with its data, on whatever device it ends; each step's time is told."""
    got = dsasim.run(scenario(dsasim, kind), "--set", f"guests[0].home={home}")
    assert got["checks"]["passed"] and got["totals"]["errors"] == 0
    assert got["totals"]["descriptors"] == (6400 if kind == SHARES else 3000)
    assert {q["device"] for q in got["wqs"] if q["submitted"]} == {"dsa0", "dsa1"}
    commands = {c["command"]: c for c in got["guests"][0]["commands"]}
    assert set(commands) == {"pause", "resume", "revoke_handles", "move"}
    assert all(c["errors"] == 0 and c["took"]["count"] >= 2 for c in commands.values())
    # Stores of programs to a paused device leave the guest, each of them once; none is a fault.
    stores, exits = (got["guests"][0]["vdevs"][0]["steady"]["portal"], got["guests"][0]["steady"]["exits"])
    assert stores <= exits and (kind == DEDICATED or stores > 100)
    assert not got["notes"]["count"]


@pytest.mark.parametrize("kind", [("wq0.4", "wq1.4"), ("wq0.0", "wq1.0")], ids=["share", "dedicated"])
def test_mediated(dsasim, kind):
    """A device of one queue goes from one mediated device's file to another's."""
    two = SHARES if kind[0] == "wq0.4" else DEDICATED
    got = dsasim.run(scenario(dsasim, two, **dict(zip(two, kind))), "--set", "guests[0].home=kernel-mdev")
    assert got["checks"]["passed"] and got["totals"]["errors"] == 0
    assert {q["device"] for q in got["wqs"] if q["submitted"]} == {"dsa0", "dsa1"}
    assert all(c["errors"] == 0 and c["took"]["count"] >= 2 for c in got["guests"][0]["commands"])
    assert got["guests"][0]["steady"]["monitor_calls"] > 0


def test_trapped_stores_stall(dsasim):
    """A posted store that traps holds its processor for as long as the exit takes."""
    text = scenario(dsasim, ("wq0.0", "wq1.0"), **{"processes: 8": "processes: 1", "revoke_handles, move], to: wq1.0": "pause, resume]"})
    got = dsasim.run(text, "--set", "guests[0].home=kernel-mdev")
    assert got["checks"]["passed"] and got["totals"]["errors"] == 0
    traps, client = got["guests"][0]["vdevs"][0]["steady"]["portal"], got["clients"][0]
    assert traps >= 4
    # An exit, the way to the monitor's process and its system call: 1.2 us, 0.53 us, 0.12 us.
    trapped = client["time_ps"]["submit"] - 6000 * client["descriptors"]
    assert 1_850_000 * traps < trapped < 10_000_000 * traps


@pytest.mark.parametrize("change, message", [
    ({", to: wq1.4+wq1.5": ""}, "guests[0].actions[0]': move: to where? ('to')"),
    ({"to: wq1.4+wq1.5": "to: dsa-1swq-v1"}, "must be queues of the host: wq0.1, wq0.1+wq0.2"),
    ({", move]": "]"}, "'to' without move"),
    ({"to: wq1.4+wq1.5": "to: wq1.4+wq0.5"}, "the queues of one virtual device belong to one device"),
    ({"to: wq1.4+wq1.5": "to: wq1.4"}, "guests[0].actions[0].to': guest guest0: the virtual device has 2 work queues, not 1"),
    ({"to: wq1.4+wq1.5": "to: wq5.4+wq5.5"}, "guests[0].actions[0].to': guest guest0: wq5.4 is not enabled on the host"),
], ids=["nowhere", "type", "for nothing", "two devices", "fewer queues", "no such queue"])
def test_refused(dsasim, change, message):
    """What can't be meant is said with its place; nothing runs."""
    done = dsasim("run", scenario(dsasim, SHARES, **change), "--out", "no")
    assert done.returncode == 2 and message in done.stderr
    assert not (dsasim.cwd / "no").exists()


def test_cannot(dsasim):
    """A place of another kind: the run ends with what the device said."""
    done = dsasim("run", scenario(dsasim, SHARES, **{"to: wq1.4+wq1.5": "to: wq1.0+wq1.1"}), "--out", "no")
    assert done.returncode != 0 and "actions[0]: move: Operation not supported" in done.stderr


def test_taken(dsasim):
    """A dedicated queue that another guest has: each move there is refused, counted, and the guest goes on."""
    head = SCENARIO.read_text().split("guests:\n", maxsplit=1)[0].replace("../configs", str(ROOT / "traces/configs"))
    (dsasim.cwd / "s.yaml").write_text(head + """guests:
  - { vdev: wq0.0, processes: 1, actions: [ { command: move, to: wq1.0 } ] }
  - { vdev: wq1.0, processes: 1 }
""")
    got = dsasim.run("s.yaml")
    assert got["totals"]["errors"] == 0 and got["checks"]["passed"]
    moves = [c for c in got["guests"][0]["commands"] if c["command"] == "move"]
    assert moves and moves[0]["errors"] == moves[0]["took"]["count"] > 0
