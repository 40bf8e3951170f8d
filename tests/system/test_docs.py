# SPDX-License-Identifier: GPL-2.0
"""The documentation is true: its commands work, what it names exists, its tables are current."""
import functools
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from conftest import BUILD, PROGRAM, ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "traces/README.md"]
SHELL = re.compile(r"^```(?:sh|shell|bash|console)\n(.*?)^```", re.M | re.S)
# Targets that run the tests themselves or take minutes: only their plan is made.
LONG = re.compile(r"^make (check|check-quick|coverage|bench|pictures|kmod)\b")
# Experiments of hundreds of runs: only their points are listed, test_whatif.py runs the like.
SWEEP = re.compile(r"^sim/whatif/dsasim-whatif traces/whatif/")


def commands(page):
    """The lines of a page's shell blocks, continuation lines joined, comments left out."""
    for block in SHELL.findall(page.read_text()):
        for line in block.replace("\\\n", " ").splitlines():
            line = re.sub(r"(^|\s)#.*$", "", line.removeprefix("$ ")).strip()
            if line:
                yield line


@functools.cache
def place(base):
    """A directory that looks like a clone with its build, in which commands may write."""
    for path in ROOT.iterdir():
        if path.name not in (".git", "build", "results"):
            (base / path.name).symlink_to(path)
    (base / "build").symlink_to(BUILD)
    return base


@pytest.fixture(name="clone", scope="module")
def _clone(tmp_path_factory):
    return place(tmp_path_factory.mktemp("clone"))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_commands(clone, page):
    """In order, one place for all pages: a later command may read what an earlier one wrote."""
    program = re.search(r"^```c\n(.*?^int main\(.*?)^```", page.read_text(), re.M | re.S)
    if program:
        (clone / "embed.c").write_text(program[1])
    for line in commands(page):
        run = LONG.sub(r"make -n \1", line) + (" --list" if SWEEP.match(line) else "")
        done = subprocess.run(["bash", "-o", "pipefail", "-c", run], cwd=clone, text=True,
                              capture_output=True, check=False, timeout=300)
        assert done.returncode == 0, f"{line}\n{done.stdout[-1500:]}{done.stderr[-1500:]}"


def test_readme_has_its_commands():
    found = list(commands(ROOT / "README.md"))
    assert found[:2] == ["make demo", "make check"] and len(found) >= 8


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links(page):
    """Links and pictures lead to files."""
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


@pytest.fixture(name="sources", scope="module")
def _sources():
    rooms = ("sim", "model", "host-driver", "vdev")
    return "\n".join(p.read_text() for room in rooms for p in (ROOT / room).rglob("*.[ch]"))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_names(page, sources):
    """Files and functions in backticks exist."""
    text = page.read_text()
    missing = [name for name in re.findall(r"`([a-z_0-9]{3,})\(\)`", text)
               if not re.search(rf"\b{name}\(", sources)]
    for name in re.findall(r"`([\w.-]+(?:/[\w.-]+)+)`", text):
        if name.startswith(("sim/", "model/", "host-driver/", "vdev/", "tests/", "docs/", "traces/",
                            "scripts/")) and name not in NOT_YET and not (ROOT / name).exists():
            missing.append(name)
    assert not missing


# Rooms of the plan that docs/architecture.md names as absent; the list shrinks as they come.
NOT_YET = {"model/cpu", "model/pci", "sim/live"}


def test_absent_rooms_are_absent():
    come = [name for name in NOT_YET if list((ROOT / name).rglob("*.[chy]*"))]
    assert not come, "docs/architecture.md says that they are not there yet"


def test_rooms_are_described():
    """Every folder with sources stands in the list of rooms."""
    text = (ROOT / "docs/architecture.md").read_text()
    rooms = {p.parent.relative_to(ROOT).as_posix() for top in ("sim", "model", "host-driver", "vdev")
             for p in (ROOT / top).rglob("*.c")}
    rooms = {"/".join(r.split("/")[:2]) for r in rooms}
    for room in rooms:
        assert room in text or room.split("/")[0] in ("sim", "vdev") and "/" in room and \
            room.split("/")[0] + "  " in text, room


def test_tables_are_current():
    done = subprocess.run([sys.executable, str(ROOT / "docs/update.py"), str(PROGRAM), "--check"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_dependencies_are_described():
    """One list installs, one page says why: they name the same packages."""
    listed = subprocess.run([str(ROOT / "scripts/install-deps.sh"), "--list", "build", "check", "docs"],
                            capture_output=True, text=True, check=True).stdout.split()
    page = (ROOT / "docs/dependencies.md").read_text()
    missing = [p for p in listed if f"`{p}`" not in page and not p.startswith("linux-headers-")]
    assert not missing
    described = re.findall(r"^\| (`[^|]*) \|", page, re.M)
    named = {n for cell in described for n in re.findall(r"`([\w.*-]+)`", cell)}
    assert {n for n in named if not n.startswith("linux-headers")} <= set(listed)


def test_yaml_samples(dsasim):
    """Whole scenarios that the pages show are taken by the program."""
    found = 0
    for page in PAGES:
        for block in re.findall(r"^```yaml\n(.*?)^```", page.read_text(), re.M | re.S):
            yaml.safe_load(block)
            if not re.search(r"^processes:", block, re.M):
                continue
            found += 1
            block = block.replace("../configs", str(ROOT / "traces/configs"))
            (dsasim.cwd / "sample.yaml").write_text(block)
            done = dsasim("trace", "generate", "sample.yaml", "sample.trace")
            assert done.returncode == 0, f"{page.name}: {done.stderr}"
    assert found


def test_trace_samples(dsasim):
    found = 0
    for page in PAGES:
        for block in re.findall(r"^```\n(dsasim-trace .*?)^```", page.read_text(), re.M | re.S):
            (dsasim.cwd / "sample.trace").write_text(block)
            done = dsasim("trace", "check", "sample.trace")
            assert done.returncode == 0, f"{page.name}: {done.stderr}"
            found += 1
    assert found


# ---- the manual page -----------------------------------------------------------------------------

MAN = ROOT / "docs/dsasim.1"


def test_man_page_renders():
    """As groff and as man see it, without a warning."""
    for command in (["groff", "-man", "-Tutf8", "-wall", "-ww", str(MAN)],
                    ["man", "--warnings", "-E", "UTF-8", "-l", str(MAN)]):
        if not shutil.which(command[0]):
            pytest.skip(f"no {command[0]} here")
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              env={"PATH": "/usr/bin:/bin", "MANPAGER": "cat", "LC_ALL": "C.UTF-8"})
        assert done.returncode == 0 and not done.stderr, done.stderr
        assert "simulate Intel DSA hardware" in done.stdout


@pytest.mark.parametrize("command", [["run"], ["trace"], ["platform"]])
def test_man_page_has_every_option(dsasim, command):
    """What --help lists stands in the manual, and what the manual lists is taken."""
    text = MAN.read_text().replace("\\", "")
    said = dsasim(*command, "--help").stdout
    options = set(re.findall(r"--([a-z]+)", said)) - {"help"}
    assert options and all(f"--{o}" in text for o in options), options


def test_man_page_has_no_other_option(dsasim):
    said = "".join(dsasim(c, "--help").stdout for c in ("run", "trace", "platform"))
    said += subprocess.run([sys.executable, str(ROOT / "sim/whatif/dsasim-compare"), "--help"], capture_output=True, text=True,
                           check=True).stdout
    for option in set(re.findall(r"\\-\\-([a-z]+)", MAN.read_text())):
        assert f"--{option}" in said, option


# ---- make ------------------------------------------------------------------------------------------

def test_install(tmp_path):
    """DESTDIR and PREFIX, and what is installed runs from there."""
    done = subprocess.run(["make", "--no-print-directory", f"O={BUILD}", "install", "PREFIX=/opt/x",
                           f"DESTDIR={tmp_path}"], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    base = tmp_path / "opt/x"
    assert (base / "share/man/man1/dsasim.1").exists()
    # One with a trace, one with distributions.
    for name in ("demo", "many-redis"):
        run = subprocess.run([str(base / "bin/dsasim"), "run", "--out", str(tmp_path / name),
                              str(base / f"share/dsasim/traces/scenarios/{name}.yaml"), "--quiet"],
                             capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr


def test_help_lists_the_targets():
    said = subprocess.run(["make", "-s", f"O={BUILD}", "help"], cwd=ROOT, capture_output=True,
                          text=True, check=True).stdout
    for target in ("demo", "check", "check-quick", "bench", "install", "clean", "kmod", "coverage"):
        assert re.search(rf"^make {target}\b", said, re.M), target


# ---- what no file may say ---------------------------------------------------------------------------

FORBIDDEN = re.compile(r"/home/|/root/|/work" r"/|pypi\.org|crates\.io|npmjs|registry-1\.|debian\.org/debian|"
                       r"proxy\.golang")


def test_no_places_of_a_machine():
    """No absolute path of somebody's machine, no registry's host."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("no git clone here")
    found = []
    for name in listed.stdout.split("\n"):
        path = ROOT / name
        if not name or not path.is_file() or path.suffix in (".zst", ".svg") or name.endswith("test_docs.py"):
            continue
        if FORBIDDEN.search(path.read_text(errors="replace")):
            found.append(name)
    assert not found
