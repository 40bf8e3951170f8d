# SPDX-License-Identifier: GPL-2.0
"""Kernel-world objects keep no state in statics.

All simulated kernels run one copy of the driver, so whatever it changes has to hang off a device.
Left are the objects that Linux demands as statics: names, whose state kapi keeps per kernel. The
objects of the build are judged: writable data by symbol, its type from the debug information.
"""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("DSASIM_BUILD") or os.environ.get("O") or ROOT / "build")
ROOMS = ("host-driver/idxd", "host-driver/iommu", "vdev")

# Types that may be writable statics, arrays of them included: registered with the kernel by address
# (pci_driver ... ida), or tables that the kernel's own macros and structures want non-const.
ALLOWED = {
    "struct pci_driver", "struct device_driver", "struct bus_type", "struct class", "struct ida",
    "struct file_operations", "struct mdev_driver", "struct mdev_type", "struct miscdevice",
    "struct device_type", "struct attribute", "struct device_attribute",
    "struct driver_attribute", "struct bus_attribute", "struct mdev_type_attribute",
    "struct bin_attribute", "struct attribute_group", "struct attribute *",
    "const struct attribute_group *", "struct attribute_group *", "struct bin_attribute *",
    "struct mdev_type *", "struct lock_class_key",
    # Our own driver type: a device_driver with the functions of the dsa bus around it.
    "struct idxd_device_driver",
}
# Sections that are only written while the program is loaded, or hold module entry points.
LOADER_SECTIONS = re.compile(r"\.data\.rel\.ro|\.(pre)?init_array|\.fini_array|\.?(kapi_)?initcall|"
                             r"\.?modinfo|__ex|asan_globals|__sancov|__llvm")
SANITIZER = re.compile(r"^(__odr_asan|__asan|___asan|__sancov|\.L)")


def run(*args):
    return subprocess.run(args, capture_output=True, text=True, check=True,
                          env={**os.environ, "LC_ALL": "C"}).stdout


def writable_symbols(obj):
    """Names of the data objects in sections that are writable at run time."""
    writable = set()
    for line in run("readelf", "-SW", str(obj)).splitlines():
        m = re.match(r"\s*\[\s*(\d+)\]\s+(\S+)\s+\S+\s+\S+\s+\S+\s+\S+\s+\S+\s+([A-Za-z]+)\s", line)
        if m and "W" in m[3] and "A" in m[3] and not LOADER_SECTIONS.match(m[2]):
            writable.add(m[1])
    names = set()
    for line in run("readelf", "-sW", str(obj)).splitlines():
        f = line.split()
        if len(f) >= 8 and f[3] in ("OBJECT", "COMMON", "TLS") and \
                (f[6] in writable or f[6] == "COM") and not SANITIZER.match(f[7]):
            names.add(f[7])
    return names


DIE = re.compile(r"^\s*<([0-9a-f]+)><([0-9a-f]+)>: Abbrev Number: \d+ \((DW_TAG_\w+)\)")
ATTR = re.compile(r"^\s*<[0-9a-f]+>\s+(DW_AT_\w+)\s*:\s*(.*)$")


def read_dies(obj):
    dies, die = {}, None
    for line in run("readelf", "--debug-dump=info", "-W", str(obj)).splitlines():
        m = DIE.match(line)
        if m:
            die = {"tag": m[3]}
            dies[m[2]] = die
            continue
        m = ATTR.match(line)
        if m and die is not None:
            key, value = m[1][6:], m[2]
            if key in ("type", "specification", "abstract_origin"):
                die[key] = re.search(r"<0x([0-9a-f]+)>", value)[1]
            elif key == "name":
                # "x", "(string) x", "(indirect string, offset: 0x1): x": as readelf's version likes
                die[key] = re.sub(r"^(\([^)]*\)[:\s]*)*", "", value).strip()
    return dies


def type_name(dies, ref):
    """A type in C's words, without typedefs of structures and without array bounds."""
    if ref is None:
        return "void"
    die = dies[ref]
    tag, inner = die["tag"][7:], die.get("type")
    if tag == "array_type":
        return type_name(dies, inner)
    if tag == "const_type":
        name = type_name(dies, inner)
        return name + "const" if name.endswith("*") else f"const {name}"
    if tag in ("volatile_type", "restrict_type", "atomic_type"):
        return f"{tag[:-5]} {type_name(dies, inner)}"
    if tag == "pointer_type":
        return f"{type_name(dies, inner)} *"
    if tag in ("structure_type", "union_type", "enumeration_type"):
        word = {"structure_type": "struct", "union_type": "union"}.get(tag, "enum")
        return f"{word} {die.get('name', '(unnamed)')}"
    if tag == "subroutine_type":
        return "function"
    return die.get("name", tag)


def variable_types(obj):
    """Type of every variable of the object by name; a name may stand for several."""
    dies, types = read_dies(obj), {}
    for die in dies.values():
        if die["tag"] != "DW_TAG_variable":
            continue
        declared = dies.get(die.get("specification") or die.get("abstract_origin"), {})
        name, ref = die.get("name") or declared.get("name"), die.get("type") or declared.get("type")
        if name:
            types.setdefault(name, set()).add(type_name(dies, ref))
    return types


def state_in(obj):
    """Complaints about one object file."""
    names = writable_symbols(obj)
    types = variable_types(obj) if names else {}
    for name in sorted(names):
        # Statics inside functions get a number: name.0
        kinds = types.get(name) or types.get(re.sub(r"\.\d+$", "", name.split(".", 1)[-1])) or \
            types.get(re.sub(r"\.\d+$", "", name)) or {"of unknown type"}
        if not kinds <= ALLOWED:
            yield f"{obj.name}: {name}: {', '.join(sorted(kinds))}"


def kernel_sources():
    return sorted(p.relative_to(ROOT) for room in ROOMS for p in (ROOT / room).rglob("*.c"))


def test_no_state_in_statics():
    objects = [BUILD / "obj" / p.with_suffix(".o") for p in kernel_sources()]
    assert objects
    missing = [p.name for p in objects if not p.exists()]
    assert not missing, f"build first, not under {BUILD}/obj: {missing}"
    found = [complaint for obj in objects for complaint in state_in(obj)]
    assert not found, "\nwritable statics in kernel-world code:\n" + "\n".join(found)


DEFECTS = """
struct pci_driver { const char *name; int (*probe)(void); };
struct ida { int x; };
struct attribute { const char *name; };
struct list_head { struct list_head *next, *prev; };
extern int elsewhere(void *);
static struct pci_driver good_driver = { "x", 0 };
struct ida good_ida;
static struct attribute good_attr = { "a" };
static struct attribute *good_table[] = { &good_attr, 0 };
static const int good_constant[] = { 1, 2, 3 };
static struct attribute *const good_pointer = &good_attr;
static int bad_counter;
int bad_global = 5;
static struct list_head bad_list = { &bad_list, &bad_list };
static const char *bad_name = "x";
static struct ida *bad_pointer;
int use(int i)
{
	static long bad_inner;

	bad_pointer = &good_ida;
	bad_name = good_driver.name;
	return elsewhere(&good_driver) + elsewhere(good_table) + elsewhere(&bad_list) +
	       elsewhere(&bad_name) + elsewhere(&bad_pointer) + good_constant[i] + bad_counter++ +
	       (int)bad_inner++ + elsewhere((void *)&good_pointer);
}
"""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_seeded_statics_are_found(tmp_path, compiler):
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler} here")
    source = tmp_path / "defects.c"
    source.write_text(DEFECTS)
    run(compiler, "-g", "-O2", "-c", str(source), "-o", str(tmp_path / "defects.o"))
    found = {re.search(r"bad_\w+|good_\w+", c)[0] for c in state_in(tmp_path / "defects.o")}
    assert found == {"bad_counter", "bad_global", "bad_list", "bad_name", "bad_pointer",
                     "bad_inner"}
