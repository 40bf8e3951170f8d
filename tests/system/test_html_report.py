# SPDX-License-Identifier: GPL-2.0
"""report.html of a run: complete, one file, the same bytes every time, legible in a browser."""
import html.parser
import re

import pytest

import browser
from conftest import ROOT

VOID = {"meta", "br", "link", "img", "hr"}


class Balance(html.parser.HTMLParser):
    """Tags that open and close, and what the page refers to."""

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.links, self.ids, self.tags = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.ids += [v for k, v in attrs if k == "id"]
        self.links += [v for k, v in attrs if k in ("src", "href", "xlink:href") and not v.startswith("#")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.ids += [v for k, v in attrs if k == "id"]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append((tag, self.getpos()))


def parse(text):
    page = Balance()
    page.feed(text)
    page.close()
    assert not page.wrong and not page.open, (page.wrong[:3], page.open[:3])
    return page


@pytest.fixture(name="page", params=["neighbours", "first-touch", "latency", "copy-batches"])
def _page(request, dsasim):
    results = dsasim.run(ROOT / f"traces/scenarios/{request.param}.yaml")
    return dsasim.cwd / "out/report.html", results


@pytest.mark.san
def test_parts(page):
    path, results = page
    text = path.read_text()
    parsed = parse(text)
    assert len(set(parsed.ids)) == len(parsed.ids)
    assert {"throughput", "latency", "cdf", "stages", "time", "resources", "tenants", "queues", "limit"} <= set(parsed.ids)
    assert not parsed.links and "script" not in parsed.tags
    # Nothing from elsewhere, not even by way of the style.
    assert not re.search(r"https?:|url\(|@import", text)
    assert not re.search(r"\b(nan|inf)\b", re.sub(r"<style>.*?</style>", "", text, flags=re.S), re.I)
    tenants = re.search(r'<table id="tenants">(.*?)</table>', text, re.S)[1]
    names = {c["tenant"] for c in results["clients"]}
    assert len(re.findall("<tr>", tenants)) == 1 + len(names)
    assert all(f"<td>{n}</td>" in tenants for n in names)
    assert f"{results['totals']['units']:,}" in text


def test_same_bytes(dsasim):
    for out in ("a", "b"):
        dsasim.run(ROOT / "traces/scenarios/many-redis.yaml", out=out)
    assert (dsasim.cwd / "a/report.html").read_bytes() == (dsasim.cwd / "b/report.html").read_bytes()


def test_can_be_left_out(dsasim):
    dsasim.run(ROOT / "traces/scenarios/latency.yaml")
    assert (dsasim.cwd / "out/report.html").exists()
    dsasim.run(ROOT / "traces/scenarios/latency.yaml", "--set", "output.html=no")
    assert not (dsasim.cwd / "out/report.html").exists(), "no report of an earlier run stays"


def test_names_are_text(dsasim):
    name = '<b>&"x'
    (dsasim.cwd / "s.yaml").write_text(f"""name: '{name}'
processes:
  - {{ name: '<i>', engine: cpu, count: 3 }}
""")
    dsasim.run("s.yaml")
    text = (dsasim.cwd / "out/report.html").read_text()
    assert "<b>&" not in text.replace("<b>", "", 0) or "&lt;b&gt;&amp;&quot;x" in text
    assert "&lt;b&gt;&amp;&quot;x" in text and "<td>&lt;i&gt;</td>" in text
    parse(text)


def test_extremes(dsasim):
    """One unit, and no work at all: no plot divides by nothing."""
    for count, extra in ((1, ""), (1000, "duration: 1 ns, ")):
        (dsasim.cwd / "s.yaml").write_text(f"name: s\nprocesses: [{{ name: p, engine: cpu, {extra}count: {count} }}]\n")
        dsasim.run("s.yaml")
        text = (dsasim.cwd / "out/report.html").read_text()
        parse(text)
        assert not re.search(r'"[^"]*\b(nan|inf)', text, re.I)


@pytest.mark.slow
@pytest.mark.skipif(not browser.BROWSER, reason="no chromium")
def test_in_a_browser(dsasim, tmp_path):
    """Drawn, and in the colours of the reader's choice: text stands out in both."""
    dsasim.run(ROOT / "traces/scenarios/neighbours.yaml")
    page = dsasim.cwd / "out/report.html"
    dom = browser.document(page, tmp_path)
    assert dom.count("<svg") == 6 and 'id="limit"' in dom and "</html>" in dom
    light = browser.colours(browser.screenshot(page, tmp_path))
    dark = browser.colours(browser.screenshot(page, tmp_path, dark=True))
    ground = [max(c, key=c.get) for c in (light, dark)]
    assert min(ground[0]) > 240 and max(ground[1]) < 64, "paper and night"
    for found, back in zip((light, dark), ground):
        far = [c for c in found if abs(sum(c) - sum(back)) > 450]
        assert sum(found[c] for c in far) > 200, "text and lines stand out"
        # The plots' own colours are there: blue and what the stages have.
        assert sum(n for c, n in found.items() if max(c) - min(c) > 90) > 1000
