# SPDX-License-Identifier: GPL-2.0
"""Which room may include which: the arrows of docs/architecture.md, read off the sources."""
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# The rooms, longest prefix first when a path is looked up.
ROOMS = (
    "sim/core", "sim/scenario", "sim",
    "model/spec", "model",
    "host-driver/kapi/include", "host-driver/kapi", "host-driver/idxd", "host-driver/iommu",
    "host-driver/hypervisor", "host-driver/process", "host-driver/client", "host-driver/kbuild",
    "vdev/core", "vdev/kernel", "vdev/vmm",
)

# Rooms that a room's files may include besides their own. "bridge:" = only headers that both worlds
# can read, which include nothing but the fixed-size types.
ALLOWED = {
    "sim/core": set(),
    "sim/scenario": {"sim/core", "model/spec"},
    "sim": {"sim/core", "sim/scenario", "model", "model/spec", "bridge:host-driver/kapi",
            "bridge:host-driver/process", "bridge:host-driver/client", "bridge:host-driver/hypervisor", "bridge:vdev/core",
            "bridge:vdev/kernel", "bridge:vdev/vmm", "bridge:host-driver/idxd"},
    "model/spec": set(),
    "model": {"sim/core", "model/spec"},
    "host-driver/kapi/include": set(),
    "host-driver/kapi": {"sim/core", "model/spec", "host-driver/kapi/include"},
    "host-driver/hypervisor": {"sim/core", "model/spec", "host-driver/kapi",
                               "host-driver/kapi/include"},
    "host-driver/process": {"sim/core", "model/spec", "host-driver/kapi",
                            "host-driver/kapi/include"},
    "host-driver/client": {"sim/core", "model/spec", "host-driver/idxd", "host-driver/kapi/include"},
    "host-driver/idxd": {"model/spec", "host-driver/kapi/include"},
    "host-driver/iommu": {"model/spec", "host-driver/kapi/include"},
    "vdev/core": {"model/spec", "host-driver/kapi/include"},
    "vdev/kernel": {"vdev/core", "host-driver/idxd", "model/spec", "host-driver/kapi/include"},
    "vdev/vmm": {"vdev/core", "bridge:vdev/kernel", "host-driver/process", "model/spec", "host-driver/kapi/include"},
    "host-driver/kbuild": {"host-driver/idxd", "vdev/core", "vdev/kernel",
                           "host-driver/kapi/include"},
}

# Worlds: what stands between angle brackets.
KERNEL_ONLY = {"host-driver/idxd", "host-driver/iommu", "vdev/core", "vdev/kernel", "vdev/vmm",
               "host-driver/kbuild"}
KAPI = {"host-driver/kapi", "host-driver/hypervisor", "host-driver/process", "host-driver/client"}
KERNEL_HEADERS = re.compile(r"(linux|asm)/[\w/.-]+\.h|uapi/linux/idxd\.h|spec/\w+\.h")
KAPI_HEADERS = re.compile(r"(linux|asm|asm-generic|uapi)/[\w/.-]+\.h|spec/\w+\.h")
LIBC_HEADERS = re.compile(
    r"(assert|ctype|errno|fcntl|inttypes|limits|math|signal|stdarg|stdbool|stddef|stdint|stdio|"
    r"stdlib|string|strings|time|ucontext|unistd|sys/(mman|stat|types|uio|time|wait|resource))\.h")
# The tools that look into a running program have headers of their own.
TOOL_HEADERS = re.compile(r"(sanitizer/(asan|lsan|common)_interface(_defs)?|valgrind/valgrind)\.h")
MODEL_LIBRARIES = re.compile(r"isa-l/\w+\.h|isa-l\.h|linux/idxd\.h")

INCLUDE = re.compile(r"^\s*#\s*include\b\s*(.*)$", re.M)
OPERAND = re.compile(r'(?:"([^"]+)"|<([^>]+)>)\s*(?:/[/*].*)?$')
COMMENT = re.compile(r"/\*.*?\*/", re.S)
PRIVATE = re.compile(r"(_priv|_int)\.h$")

TYPES = "sim/core/types.h"
# The one header that has two faces: under __KERNEL__ it takes the kernel's types.
TYPES_MAY = {"linux/types.h", "stdbool.h", "stddef.h"}


def room_of(path):
    for room in sorted(ROOMS, key=len, reverse=True):
        if path == room or path.startswith(room + "/"):
            return room
    return None


def includes(text):
    """(quoted, angled) operands; anything else counts as an angled '?'."""
    found = []
    for line in INCLUDE.findall(COMMENT.sub(" ", text)):
        m = OPERAND.match(line.strip())
        found.append((m[1], m[2]) if m else (None, "?" + line))
    return found


class Tree:
    """The sources by path from the root; tests add files of their own."""

    def __init__(self, files):
        self.files = files

    def resolve(self, path, quoted, angled):
        """The project file that an include names, or None for one from elsewhere."""
        if quoted:
            here = (ROOT / path).parent / quoted
            near = pathlib.PurePosixPath(str(here.resolve())).as_posix()
            near = near[len(str(ROOT)) + 1:]
            return near if near in self.files else quoted
        for base in ("host-driver/kapi/include", "model"):
            if f"{base}/{angled}" in self.files and \
                    room_of(path) not in ("sim", "sim/core", "sim/scenario", "model", "model/spec"):
                return f"{base}/{angled}"
        return None

    def is_bridge(self, path):
        return all(self.resolve(path, q, a) == TYPES for q, a in includes(self.files[path]))

    def violations(self, path):
        room = room_of(path)
        for quoted, angled in includes(self.files[path]):
            name = quoted or angled
            target = self.resolve(path, quoted, angled)
            if target is None:
                why = self.bad_external(room, path, angled)
            else:
                why = self.bad_arrow(room, target)
            if why:
                yield f"{path}: {name}: {why}"

    def bad_arrow(self, room, target):
        if target not in self.files:
            return "no such file in the tree"
        other = room_of(target)
        if other == room:
            return None
        if PRIVATE.search(target):
            return f"private to {other}"
        if target == TYPES:
            return None if room not in KERNEL_ONLY and room != "model/spec" else \
                "kernel code takes its types from <linux/types.h>"
        if other in ALLOWED[room]:
            return None
        if f"bridge:{other}" in ALLOWED[room]:
            return None if self.is_bridge(target) else \
                f"both worlds read it, so it may include only {TYPES}"
        return f"{room} does not know {other}"

    @staticmethod
    def bad_external(room, path, name):
        if room == "model/spec":
            return "constants include nothing"
        if path == TYPES and name in TYPES_MAY:
            return None
        if room in KERNEL_ONLY:
            return None if KERNEL_HEADERS.fullmatch(name) else "kernel code: kernel headers only"
        if room in KAPI or room == "host-driver/kapi/include":
            return None if KAPI_HEADERS.fullmatch(name) else "kernel headers only"
        if LIBC_HEADERS.fullmatch(name):
            return None
        if room == "sim/core":
            return None if TOOL_HEADERS.fullmatch(name) else "sim/core knows libc only"
        if room == "model":
            return None if MODEL_LIBRARIES.fullmatch(name) else "not a library of the model"
        if name.startswith(("linux/", "asm/")) and name not in ("linux/idxd.h", "linux/vfio.h"):
            return "kernel headers do not belong into the libc world"
        return None


def load():
    files = {}
    for top in ("sim", "model", "host-driver", "vdev"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in (".c", ".h", ".S") and path.is_file():
                files[path.relative_to(ROOT).as_posix()] = path.read_text(encoding="utf-8")
    return files


@pytest.fixture(scope="module", name="tree")
def tree_fixture():
    return Tree(load())


def test_every_source_has_a_room(tree):
    assert not [p for p in tree.files if room_of(p) is None]
    seen = {room_of(p) for p in tree.files}
    assert {"sim/core", "model", "host-driver/kapi", "host-driver/idxd"} <= seen


def test_arrows(tree):
    found = [v for path in tree.files for v in tree.violations(path)]
    assert not found, "\n" + "\n".join(found)


def test_core_headers_are_for_both_worlds(tree):
    """kapi includes them: nothing but each other, so that no libc header comes along."""
    bad = [f"{p}: {q or a}" for p, text in tree.files.items()
           if room_of(p) == "sim/core" and p.endswith(".h") and p != TYPES
           for q, a in includes(text) if not (q or "").startswith("sim/core/")]
    assert not bad, "\n" + "\n".join(bad)


@pytest.mark.parametrize("path, text", [
    ("sim/core/x.c", '#include "model/spec/dsa_regs.h"\n'),
    ("sim/core/x.c", "#include <yaml.h>\n"),
    ("model/dsa/x.c", '#include "sim/scenario/platform.h"\n'),
    ("model/dsa/x.c", '#include "host-driver/kapi/bus.h"\n'),
    ("model/dsa/x.c", "#include <json-c/json.h>\n"),
    ("model/dsa/x.c", '#include "sim/core/sim_priv.h"\n'),
    ("model/spec/x.h", '#include "sim/core/types.h"\n'),
    ("model/spec/x.h", "#include <stdint.h>\n"),
    ("sim/scenario/x.c", '#include "model/dsa/dsa.h"\n'),
    ("sim/report/x.c", "#include <linux/list.h>\n"),
    ("sim/report/x.c", '#include "host-driver/idxd/idxd.h"\n'),
    ("host-driver/idxd/x.c", "#include <stdio.h>\n"),
    ("host-driver/idxd/x.c", '#include "sim/core/types.h"\n'),
    ("host-driver/idxd/x.c", '#include "../kapi/kernel.h"\n'),
    ("host-driver/idxd/x.c", '#  include "../../model/dsa/dsa.h"\n'),
    ("host-driver/idxd/x.c", "#include <uapi/linux/vfio.h>\n"),
    ("host-driver/iommu/x.c", '#include "../idxd/idxd.h"\n'),
    ("host-driver/kapi/x.c", "#include <stdlib.h>\n"),
    ("host-driver/kapi/x.c", '#include "model/dsa/dsa.h"\n'),
    ("vdev/core/x.c", '#include "../../host-driver/idxd/idxd.h"\n'),
    ("vdev/vmm/x.c", '#include "../../host-driver/idxd/idxd.h"\n'),
    ("vdev/kernel/x.c", "#include SOME_MACRO\n"),
    ("host-driver/idxd/x.c", '#include "not_there.h"\n'),
])
def test_a_wrong_arrow_is_found(tree, path, text):
    assert list(Tree({**tree.files, path: text}).violations(path))


@pytest.mark.parametrize("path, text", [
    ("model/dsa/x.c", '#include <string.h>\n#include "sim/core/event.h"\n'),
    ("host-driver/idxd/x.c", '#include <linux/pci.h> /* why */\n#include <uapi/linux/idxd.h>\n'
                             '#include <spec/dsa_regs.h>\n#include "idxd.h"\n'),
    ("host-driver/kapi/x.c", '#include <linux/slab.h>\n#include "sim/core/fiber.h"\n'),
    ("host-driver/idxd/x.c", '/*\n#include <stdio.h>\n*/\n'),
    ("sim/report/x.c", '#include "host-driver/kapi/bus.h"\n#include <json-c/json.h>\n'),
])
def test_a_right_arrow_passes(tree, path, text):
    assert not list(Tree({**tree.files, path: text}).violations(path))
