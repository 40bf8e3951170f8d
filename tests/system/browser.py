# SPDX-License-Identifier: GPL-2.0
"""A page in a real browser: its screenshot and its document once everything is drawn."""
import shutil
import struct
import subprocess
import zlib

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
         # Nothing may be asked of anybody: a page that tries gets nothing.
         "--host-resolver-rules=MAP * ~NOTFOUND"]


def _run(page, tmp_path, *args, dark=False):
    profile = tmp_path / f"profile{len(list(tmp_path.glob('profile*')))}"
    command = [BROWSER, *FLAGS, f"--user-data-dir={profile}", f"--blink-settings=preferredColorScheme={0 if dark else 1}",
               "--window-size=1000,2000", *args, page.resolve().as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    shutil.rmtree(profile, ignore_errors=True)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
    return done.stdout.decode()


def document(page, tmp_path):
    """The page as the browser has it."""
    return _run(page, tmp_path, "--dump-dom")


def screenshot(page, tmp_path, dark=False):
    """(width, height, rows of RGB bytes) of the page's top."""
    shot = tmp_path / "shot.png"
    _run(page, tmp_path, f"--screenshot={shot}", dark=dark)
    return pixels(shot.read_bytes())


def pixels(data):
    """A PNG of 8-bit RGB or RGBA, unpacked (filters of the PNG specification, clause 9)."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed, width, height, depth = 8, b"", 0, 0, 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IHDR":
            width, height, bits, colour = struct.unpack(">IIBB", data[at + 8:at + 18])
            assert bits == 8 and colour in (2, 6)
            depth = 3 if colour == 2 else 4
        elif kind == b"IDAT":
            packed += data[at + 8:at + 8 + size]
        at += 12 + size
    raw, rows, before = zlib.decompress(packed), [], bytearray(width * depth)
    for y in range(height):
        line = bytearray(raw[y * (width * depth + 1) + 1:(y + 1) * (width * depth + 1)])
        kind = raw[y * (width * depth + 1)]
        for i, value in enumerate(line):
            left = line[i - depth] if i >= depth else 0
            up, corner = before[i], before[i - depth] if i >= depth else 0
            if kind == 1:
                value += left
            elif kind == 2:
                value += up
            elif kind == 3:
                value += (left + up) // 2
            elif kind == 4:
                guess = left + up - corner
                value += min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
            line[i] = value & 255
        rows.append(line)
        before = line
    return width, height, depth, rows


def colours(shot):
    """How often each colour occurs, on every fourth pixel of every fourth row."""
    width, _, depth, rows = shot
    found = {}
    for row in rows[::4]:
        for x in range(0, width, 4):
            colour = bytes(row[x * depth:x * depth + 3])
            found[colour] = found.get(colour, 0) + 1
    return found
