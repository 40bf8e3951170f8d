# SPDX-License-Identifier: GPL-2.0
"""Guests in scenarios: virtual devices, the clients in them, what the results say of them."""
import pytest

KERNEL = """name: guests
guests:
  - count: 3
    name: vm
    vdev: dsa-1dwq-v1
    defaults: { addr: phys, size: 4 KiB, window: 8, loop: ring, count: 200, ws: 1 MiB }
"""


def scenario(dsasim, text, **replaced):
    """Writes a scenario with words replaced."""
    for old, new in replaced.items():
        text = text.replace(old, new)
    (dsasim.cwd / "s.yaml").write_text(text)
    return "s.yaml"


@pytest.mark.parametrize("wait", ["poll", "interrupt"])
def test_kernel_clients(dsasim, wait):
    """Clients of the guests' kernels work and find what they copied."""
    got = dsasim.run(scenario(dsasim, KERNEL.replace("ws:", f"wait: {wait}, ws:")))
    assert got["checks"]["passed"]
    assert got["totals"]["descriptors"] == 600 and got["totals"]["errors"] == 0
    assert [c["process"] for c in got["clients"]] == ["vm-0/p0", "vm-1/p0", "vm-2/p0"]
    assert {c["wq"] for c in got["clients"]} == {"wq0.0", "wq0.1", "wq0.2"}
