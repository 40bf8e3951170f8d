# SPDX-License-Identifier: GPL-2.0
"""Figures of claims that no single run settles: of the code itself, and of what tests found."""
import pathlib
import re
import subprocess

# What of the virtual device code runs with the host kernel's rights, in each of its homes.
HOMES = {
    "kernel": ["core", "kernel"],
    "vmm": ["kernel/raw", "kernel/driver", "kernel/ims_irq", "kernel/vdev_file", "kernel/portal_map"],
}
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
JUMP = re.compile(r"\tj(?!mp)[a-z]+\b")


def _files(root, names):
    for name in names:
        at = root / "vdev" / name
        yield from sorted(at.glob("*.c")) if at.is_dir() else [at.with_suffix(".c")]


def lines(path):
    """Lines of a C file that are neither empty nor comment."""
    return sum(1 for line in COMMENT.sub("", path.read_text(encoding="utf-8")).splitlines() if line.strip())


def branches(build, root, path):
    """Conditional jumps in what the compiler made of a file."""
    made = (build / "obj" / path.relative_to(root)).with_suffix(".o")
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", str(made)], capture_output=True, text=True,
                          check=True).stdout
    return len(JUMP.findall(text))


def code(root, build):
    """Size of the part that a guest's writes can reach with the kernel's rights."""
    out = {}
    for home, names in HOMES.items():
        files = list(_files(root, names))
        out[f"{home}_lines"] = sum(lines(f) for f in files)
        out[f"{home}_branches"] = sum(branches(build, root, f) for f in files)
    core = list(_files(root, ["core"]))
    out["core_lines"] = sum(lines(f) for f in core)
    out["core_branches"] = sum(branches(build, root, f) for f in core)
    out["config_lines"] = lines(root / "vdev/core/config.c")
    return out


def _rows(path):
    rows = [[c.strip() for c in line.strip().strip("|").split("|")] for line in path.read_text(encoding="utf-8").splitlines()
            if line.startswith("| ")]
    return [r for r in rows if not set("".join(r)) <= set("-: ")][1:]


def attacks(root, _build):
    """What stopped the attacks of docs/isolation.md."""
    rows = _rows(root / "docs/isolation.md")
    out = {"attacks": len(rows), "none": sum(r[4] == "none" for r in rows),
           "nobody": sum("nobody" in r[2] for r in rows)}
    for word in ("device", "IOMMU", "VDCM", "hypervisor", "processor", "host driver"):
        out[word.replace(" ", "_")] = sum(word in r[2] for r in rows)
    return out


def defects(root, _build):
    """What caught the defects of docs/defects.md."""
    rows = _rows(root / "docs/defects.md")
    core = (root / "vdev/core").glob("*.c")
    kernel = [*(root / "vdev/kernel").glob("*.c"), *(root / "host-driver").glob("*/*.c")]

    def seeded(files):
        text = "".join(f.read_text(encoding="utf-8") for f in files)
        return len(set(re.findall(r"(?:vdev_defect|seeded_defect|DEFECT)_?\(?\s*(?:DEFECT_)?([A-Z0-9_]{4,})", text)))
    caught = [r for r in rows if not r[2].startswith("(")]
    return {"defects": len(rows), "caught": len(caught),
            "in_core": seeded(core), "in_kernel": seeded(kernel)}


SOURCES = {"code": code, "attacks": attacks, "defects": defects, "none": lambda root, build: {}}


def figures(source, root, build):
    """The figures of one source."""
    return SOURCES[source](pathlib.Path(root), pathlib.Path(build))
