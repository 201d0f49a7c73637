"""The scorecard's page in a headless Chromium: filters, networks left out, thresholds moved; nothing is fetched."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from browser import CHROMIUM, dom, picture
from PIL import Image
from test_report_page import PAPERS, ROW, ROWS

from replicortex.report.claims import between
from replicortex.report.intervals import (
    Estimate,
    difference_of_groups,
    median_over_networks,
    ratio_of_groups,
    share_of_networks,
    weakest,
)
from replicortex.report.network_values import network_values
from replicortex.report.page import About, runtimes, to_html

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (on Debian: apt install chromium)"),
]
ALL = {row["id"] for row in ROWS}
NUMBERS = pd.Series([0.9, 0.94, 0.86, 0.3, 0.92, 0.88, 0.95, 0.91], index=[f"seed{i}" for i in range(8)])
# a claim's plot, as a script of the page finds it
PLOT = 'const plot = (id) => plots.get(articles.find((article) => article.dataset.id === id)); const p = plot("1c");'


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def profile(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("profile")


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    figures = {name: folder / f"{name}.png" for name in ("fig1", "fig2", "figS5")}
    for path in figures.values():
        plt.figure(figsize=(9, 6)).savefig(path)
        plt.close()
    times = pd.DataFrame([["train", 4, 1.5, 1.6, 900.0, 560.0]], columns=list(runtimes(folder).columns))
    about = About(
        captions={"fig1": "Figure 1: a <network>."},
        methods={"Twenty tasks": ["A paragraph."]},
        configuration="scale: laptop\n" + "long: " + "x" * 400,
        settings={"Scale": "laptop"},
        runtimes=times,
    )
    median = median_over_networks(NUMBERS, (0, 1))
    values = network_values({"1c": median, "2c-1": weakest({"first": median, "second": median})})
    path = folder / "scorecard.html"
    path.write_text(to_html(pd.DataFrame(ROWS), PAPERS, figures, values, about), encoding="utf-8")
    return path


def seen(document: str) -> set[str]:
    """Claims that are not hidden."""
    articles = re.findall(r"<article ([^>]*)>", document)
    return {id_ for each in articles if "hidden" not in each for id_ in re.findall('data-id="([^"]*)"', each)}


def after(page: Path, script: str) -> Path:
    """The same page with its user's actions at the end."""
    acted = page.with_name("acted.html")
    acted.write_text(page.read_text().replace("</body>", f"<script>{{{script}}}</script></body>"))
    return acted


def answer(page: Path, profile: Path, script: str):
    """What a script of the page's own names makes, as JSON."""
    document = dom(after(page, f"document.title = JSON.stringify({script});"), profile)
    title, *_ = re.findall("<title>(.*?)</title>", document, re.DOTALL)
    return json.loads(unescape(title))


def test_a_selection_can_be_linked_to(page, profile):
    wanted = {
        "": ALL,
        "verdict=inconclusive": {"F1"},
        "verdict=not+replicated": {"2c-1"},
        "paper=clusters&kind=claim&verdict=replicated": {"1c"},
        "kind=by+construction": {"M1"},
        "verdict=replicated&text=FLAT": {"2c-1*"},
        "text=nothing+of+the+kind": set(),
        "claim-2c-1": ALL,
    }
    look = """.map((fragment) => {
      history.replaceState(null, "", `#${fragment}`); recall();
      return [articles.filter((article) => !article.hidden).map((article) => article.dataset.id),
        document.getElementById("count").textContent, [...document.querySelectorAll("section.paper[hidden]")].length];
    })"""
    for (fragment, left), (found, count, empty) in zip(
        wanted.items(), answer(page, profile, json.dumps(list(wanted)) + look), strict=True
    ):
        assert set(found) == left, fragment
        assert count == f"{len(left)} of {len(ALL)} rows shown"
        assert empty == ("F1" not in left) + (not left - {"F1"})  # a paper without rows has no heading
    document = dom(page, profile, "verdict=inconclusive")  # as an address
    assert seen(document) == {"F1"}
    assert 'id="filters" role="search" aria-label="Filter the claims">' in document  # no longer hidden


def test_filters_are_used_by_hand_and_taken_back(page, profile):
    choose = (
        "const pick = document.querySelector('select[name=verdict]'); pick.value = 'inconclusive';"
        "pick.dispatchEvent(new Event('input', {bubbles: true}));"
    )
    document = dom(after(page, choose + "document.title = location.hash;"), profile)
    assert seen(document) == {"F1"} and "<title>#verdict=inconclusive</title>" in document
    clear = choose + "document.querySelector('button[type=reset]').click();"
    assert seen(dom(after(page, clear), profile)) == ALL


def test_a_link_to_what_is_hidden_or_folded_shows_it(page, profile):
    document = dom(after(page, "document.querySelector('a[href=\"#fig2\"]').click();"), profile, "verdict=inconclusive")
    assert re.search(r'<details id="fig2" open', document)
    go = "document.querySelector('a[href=\"#claim-2c-1-\"]').click();"
    assert seen(dom(after(page, go), profile, "verdict=inconclusive")) == ALL


def test_everything_is_there_without_a_script(page, profile):
    plain = page.with_name("plain.html")
    plain.write_text(re.sub(r"<script>.*?</script>", "", page.read_text(), flags=re.DOTALL))
    document = dom(plain, profile, "verdict=inconclusive")
    assert seen(document) == ALL and "rows shown" not in document
    assert re.search(r'<form id="filters"[^>]* hidden', document)


def test_nothing_is_fetched(page):
    text = page.read_text()
    assert not re.search(r'(src|href)="(?!data:image/webp;base64,|#)|url\((?!data:image/webp;base64,)|@import', text)


def test_what_a_reader_changes_is_computed_again_and_never_overwrites_the_verdict(page, profile):
    """By pointer and by keyboard: networks left out, the threshold moved, another statistic, and all taken back."""
    act = """(() => {
      const told = () => p.result.textContent, states = [];
      const press = (target, key) => target.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
      const box = () => p.picture.getBoundingClientRect();
      const at = (name, x, y, target = p.picture) => target.dispatchEvent(new PointerEvent(name,
        {clientX: box().left + x, clientY: box().top + y, bubbles: true, pointerId: 1}));
      p.picture.setPointerCapture = () => {};
      const began = performance.now();
      const lowest = p.points[0];
      at("click", lowest.cx + 3, lowest.cy - 3);
      states.push(told(), performance.now() - began, p.points[0].dot.getAttribute("aria-checked"));
      p.points[1].dot.focus(); press(document.activeElement, " ");
      press(document.activeElement, "ArrowRight");
      states.push(told(), document.activeElement.getAttribute("aria-label"), [...p.out].sort());
      p.reset();
      const handle = p.picture.querySelector(".handle");
      at("pointerdown", p.handles.low.x, 3, handle);
      at("pointermove", p.handles.low.at(0.9), 3);
      at("pointerup", p.handles.low.at(0.9), 3);
      at("click", p.points[0].cx, p.points[0].cy);  // the click that ends a drag chooses no dot
      states.push(told(), p.out.size);
      p.picture.querySelector(".handle").focus(); press(document.activeElement, "ArrowLeft");
      states.push(p.region.low < 0.9, document.activeElement.getAttribute("role"));
      p.inputs.low.value = "0.89"; p.inputs.low.dispatchEvent(new Event("input"));
      p.select.value = "share"; p.select.dispatchEvent(new Event("input"));
      states.push(told(), p.yours, p.article.classList.contains("changed"));
      p.result.querySelector("button").click();
      states.push(told(), p.changed, p.article.dataset.verdict, p.article.querySelector(".verdict").textContent);
      const parts = plot("2c-1"), second = parts.points.length / 2;
      parts.points[second].dot.focus(); press(document.activeElement, " "); press(document.activeElement, "ArrowRight");
      states.push(document.activeElement === parts.points[second + 1].dot, [...parts.out],
        parts.points.filter((point) => point.dot.getAttribute("aria-checked") === "false").length);
      return states;
    })()"""
    found = answer(page, profile, f"(() => {{ {PLOT} return {act}; }})()")
    without, took, checked, two, name, out = found[:6]
    assert "Changed by you: 0.91 [" in without and "without seed3; threshold > 0.5." in without
    assert "✓ replicated (recorded: replicated)" in without and took < 1000 and checked == "false"
    assert "without seed3, seed2" in two and name == "seed5: 0.88" and out == ["0/seed2", "0/seed3"]
    moved, chosen, lower, role = found[6:10]
    assert "0.9 [0.8, 0.95]; threshold > 0.9. ? inconclusive (recorded: replicated)" in moved and chosen == 0
    assert lower and role == "slider"
    share, yours, marked = found[10:13]
    k = int((NUMBERS > 0.89).sum())
    expected = share_of_networks(NUMBERS > 0.89)
    assert "share of networks > 0.89; threshold > 0.5. " in share and marked
    assert (yours["value"], yours["low"], yours["high"]) == pytest.approx((k / 8, expected.low, expected.high))
    assert found[13:15] == ["", False] and found[15] == "replicated" and "✓ replicated" in found[16]
    # with several parts the keyboard stays in its row, and a network is left out of all of them
    assert found[17:] == [True, ["0/seed3"], 2]


def cases() -> dict[str, Estimate]:
    """Estimates of every kind, of few and of many networks."""
    found = {}
    for n in (3, 5, 6, 40):
        draw = rng(n)
        one, other = (pd.Series(draw.normal(centre, 0.2, size)) for centre, size in ((1.0, n), (0.7, max(3, n - 1))))
        found[f"median{n}"] = median_over_networks(one, (0, 1.1))
        found[f"share{n}"] = share_of_networks(one > 0.9)
        found[f"difference{n}"] = difference_of_groups(one, other, draw)
        found[f"ratio{n}"] = ratio_of_groups(one.abs(), other.abs(), draw)
        found[f"weakest{n}"] = weakest(
            {"one": median_over_networks(one), "other": difference_of_groups(one, other, draw)}
        )
    found["constant"] = median_over_networks(pd.Series([0.5] * 4))
    found["two"] = median_over_networks(pd.Series([0.5, 0.6]))
    return found


def test_intervals_and_verdicts_are_those_of_python(tmp_path, profile):
    """Medians are exact; the page's bootstrap of the rest differs from Python's as its streams from each other."""
    made = cases()
    again = [cases_of(made, seed) for seed in range(8)]
    region = between(0.4, 1.2)
    rows = pd.DataFrame([{**ROW, "id": name, "panel": "x"} for name in made])
    path = tmp_path / "cases.html"
    path.write_text(to_html(rows, [], values=network_values(made)), encoding="utf-8")
    compute = """Object.fromEntries([...plots.values()].map((p) => {
      const once = () => weakest(p.claim.parts.map((part) =>
        estimated(part, part.groups.map((group) => group.values), "", null, generator(seedOf(p.article.dataset.id)))));
      const found = once(), same = once();
      return [p.article.dataset.id, [found.value, found.low, found.high, Object.is(found.low, same.low),
        verdictOf({low: 0.4, high: 1.2, closed: true}, found)]];
    }))"""
    page = answer(path, profile, compute)
    assert set(page) == set(made)
    for name, (value, low, high, same, verdict) in page.items():
        streams = [each[name] for each in again]
        assert value == pytest.approx(made[name].value, rel=1e-7) and same
        for end, found in (("low", low), ("high", high)):
            ends = np.array([getattr(each, end) for each in streams])
            if np.isnan(ends).all():
                assert found is None  # JSON has no NaN
                continue
            slack = 1e-6 * abs(ends).max() + 0.5 * np.ptp(ends)
            assert ends.min() - slack <= found <= ends.max() + slack, (name, end, found, ends)
        assert verdict in {region.verdict(each) for each in streams}


def cases_of(made: dict[str, Estimate], seed: int) -> dict[str, Estimate]:
    """The same estimates with another stream."""
    make = {
        "median": lambda sample: median_over_networks(*sample.groups, sample.bounds),
        "share": lambda sample: share_of_networks(*sample.groups),
        "difference": lambda sample: difference_of_groups(*sample.groups, rng(seed)),
        "ratio": lambda sample: ratio_of_groups(*sample.groups, rng(seed)),
    }
    parts = {
        name: {part: make[sample.statistic](sample) for part, sample in estimate.samples.items()}
        for name, estimate in made.items()
    }
    return {name: weakest(each) for name, each in parts.items()}


@pytest.mark.parametrize("width", [1280, 360])
def test_it_fits_its_window(page, profile, width, tmp_path):
    # a frame, since a window of Chromium cannot be as narrow as a phone's
    frame = tmp_path / "frame.html"
    measured = (
        "const box = document.querySelector('.wide'); parent.postMessage(Math.max(document.documentElement.scrollWidth,"
        "innerWidth + box.scrollWidth - box.clientWidth), '*');"
    )
    opened = f"document.querySelectorAll('details').forEach((d) => d.open = true); {PLOT} p.toggle(0);"
    inner = after(page, opened + measured)
    frame.write_text(
        f'<body style="margin:0"><iframe src="{inner.as_uri()}" width="{width}" height="900" style="border:0"></iframe>'
        "<script>onmessage = (event) => document.title = 'width ' + event.data;</script></body>"
    )
    found = re.search(r"<title>width (\d+)</title>", dom(frame, profile))
    assert found and int(found.group(1)) <= width
    shot = np.asarray(Image.open(picture(frame, profile, tmp_path / "shot.png", max(width, 500), 900)).convert("L"))
    assert shot.shape[1] >= width and shot[:, :width].std() > 5  # something is drawn
