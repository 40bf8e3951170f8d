# SPDX-License-Identifier: GPL-2.0
"""What the programs behind the measurements cost the core, beside what the platform file states.

These belong to the measuring program, not to the machine: they go into a run as `overhead` (before
each submission, seen by throughput) or are added to a measured time (`timed`: work between the two
time stamps that is no part of the operation). Times in nanoseconds.
"""

# (client, lib) -> costs; a missing lib is "".
#   unit     each unit (descriptor, batch or split set) before its submission
#   member   each member of a batch
#   timed    inside the time that a loop of single waits measures
#   cpu      inside the time measured of a core's own operation
COSTS = {
    # Members pass through a library call that checks and appends: batches of 64 to 512 bytes with
    # 4 engines run at 27-45 ns a member whatever the operation (L1S, L1R).
    ("lightdsa", ""): {"member": 29.7, "sync": 130},
    # Two serialising time stamps and a fence: medians of single operations stand some 430 ns above
    # the round trips of its own loop with window 1 (HHlat against HHwin, at 64 B and 4 KiB alike).
    ("hweval", ""): {"timed": 430, "cpu": 24, "member": 6},
    # 20-50 ns a call are stated with the results; the batcher's path was measured 180-300 ns above
    # the direct one (FB against FA).
    ("framework", "direct"): {"unit": 35, "timed": 35},
    ("framework", "batcher"): {"unit": 35, "timed": 250, "member": 30},
    ("framework", "lean"): {"unit": 20, "timed": 20, "member": 25},
    # Kernel: 4 KiB pages cost 256 ns a descriptor on one queue and 256 ns a piece on 4 or 8 (A,
    # Fig 4), of which the write itself is 6 ns. The dmaengine calls add 88 ns (A, text).
    ("kernel", ""): {"unit": 225, "sync": 225},
    ("kernel", "dmaengine"): {"unit": 313, "sync": 313},
    ("dsa2lm", ""): {"unit": 225, "sync": 225},
}

# Programs that set the cache-control flag wherever the operation has it, unless a row says how.
CACHE_CONTROL = ("hweval", "framework")


def cost(point, what):
    """One cost of the point's client, in ns; 0 when none is known."""
    client = point.get("client", "")
    lib = point.get("lib") or point.get("api") or ""
    for key in ((client, lib), (client, "")):
        if key in COSTS:
            return COSTS[key].get(what, 0)
    return 0
