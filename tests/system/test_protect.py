# SPDX-License-Identifier: GPL-2.0
"""Rights taken away while a device works: translations are lost, work is not, and the change waits for it."""
SCENARIO = """
name: protect
platform: spr
data: verify
accel_config: [ { file: one.conf } ]
processes:
  - { name: copy, wq: wq0.0, size: %s, loop: ring, window: 16, pattern: random, ws: %s, count: %d, protect: %s, protect_size: %s }
"""
CONFIG = """[{ "dev": "dsa0", "groups": [{ "dev": "group0.0",
  "grouped_workqueues": [{ "dev": "wq0.0", "mode": "dedicated", "size": 64, "group_id": 0, "priority": 10, "type": "user",
    "name": "app", "driver_name": "user", "max_batch_size": 32, "max_transfer_size": 2097152 }],
  "grouped_engines": [{ "dev": "engine0.0", "group_id": 0 }, { "dev": "engine0.1", "group_id": 0 }] }] }]"""


def results(dsasim, size="4 KiB", ws="512 KiB", count=4000, protect="20 us", part="0"):
    (dsasim.cwd / "one.conf").write_text(CONFIG, encoding="utf-8")
    (dsasim.cwd / "s.yaml").write_text(SCENARIO % (size, ws, count, protect, part), encoding="utf-8")
    return dsasim.run("s.yaml")


def hits(found):
    cache = next(c for c in found["caches"] if c["name"].endswith("iotlb"))
    return cache["hits"] / cache["lookups"]


def test_translations_are_lost_and_work_is_not(dsasim):
    calm, upset = results(dsasim, protect="0"), results(dsasim)
    assert calm["totals"]["protects"] == 0 and upset["totals"]["protects"] > 10
    assert hits(calm) > 0.8 and hits(upset) < hits(calm) / 2
    for found in (calm, upset):
        assert found["totals"]["units"] == 4000 and found["totals"]["errors"] == 0


def test_a_part_loses_less_than_the_whole(dsasim):
    part, whole = results(dsasim, part="16 KiB"), results(dsasim)
    assert hits(part) > hits(whole) + 0.2


def test_the_change_waits_for_what_is_in_flight(dsasim):
    def each(**how):
        totals = results(dsasim, protect="100 us", **how)["totals"]
        return totals["protect_ps"] / totals["protects"]

    assert each(size="64 KiB", ws="4 MiB", count=600) > 2 * each()


def test_memory_of_the_kernel_is_refused(dsasim):
    (dsasim.cwd / "one.conf").write_text(CONFIG.replace('"type": "user"', '"type": "kernel"').replace('"app"', '"dmaengine"').replace('"user",', '"dmaengine",'), encoding="utf-8")
    text = SCENARIO % ("4 KiB", "0", 100, "20 us", "0")
    (dsasim.cwd / "s.yaml").write_text(text.replace("wq: wq0.0,", "wq: wq0.0, addr: phys,"), encoding="utf-8")
    done = dsasim("run", "s.yaml")
    assert done.returncode == 2 and "protect" in done.stderr
