"""The start page in a headless Chromium: filters work, can be linked to, and nothing needs a script or the network."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from browser import CHROMIUM, dom, picture
from PIL import Image
from test_scorecard_page import ROW

import replicortex as rx

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (on Debian: apt install chromium)"),
]
ROWS = [
    {"id": "1c", "panel": "1c", "statement": "All tasks are learnt.", **ROW},
    {"id": "2c-1", "panel": "2c, S4", "statement": "Clusters appear.", **ROW, "verdict": "not replicated"},
    {"id": "2e-1", "panel": "2e", "statement": "Anti tasks fail.", **ROW, "verdict": "inconclusive"},
    {"id": "F1", "panel": "force_fig2 a", "statement": "A sine is put out.", **ROW, "verdict": "inconclusive"},
]
ALL = {row["id"] for row in ROWS}


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
    times = pd.DataFrame([["train", 4, 1.5, 1.6, 900.0, 560.0]], columns=list(rx.scorecard.runtimes(folder).columns))
    about = rx.scorecard.About(
        captions={"fig1": "Figure 1: a <network>."},
        methods={"Twenty tasks": ["A paragraph."]},
        configuration="scale: laptop\n" + "long: " + "x" * 400,
        settings={"Scale": "laptop"},
        runtimes=times,
    )
    path = folder / "scorecard.html"
    path.write_text(rx.scorecard.to_html(pd.DataFrame(ROWS), figures, (), about), encoding="utf-8")
    return path


def seen(document: str) -> set[str]:
    """Claims that are not hidden."""
    articles = re.findall(r"<article ([^>]*)>", document)
    return {re.search('id="claim-([^"]*)"', each).group(1) for each in articles if "hidden" not in each}  # type: ignore


def after(page: Path, script: str) -> Path:
    """The same page with its user's actions at the end."""
    acted = page.with_name("acted.html")
    acted.write_text(page.read_text().replace("</body>", f"<script>{script}</script></body>"))
    return acted


@pytest.mark.parametrize(
    ("fragment", "left"),
    [
        ("", ALL),
        ("verdict=inconclusive", {"2e-1", "F1"}),
        ("verdict=not+replicated", {"2c-1"}),
        ("verdict=inconclusive&text=ANTI", {"2e-1"}),
        ("wing=Spiking+networks+%28Nicola+%26+Clopath+2017%29", {"F1"}),
        ("text=nothing+of+the+kind", set()),
        ("claim-2c-1", ALL),
    ],
)
def test_a_selection_can_be_linked_to(page, profile, fragment, left):
    document = dom(page, profile, fragment)
    assert seen(document) == left
    assert f">{len(left)} of 4 claims shown<" in document
    assert 'id="filters" role="search" aria-label="Filter the claims">' in document  # no longer hidden


def test_filters_are_used_by_hand_and_taken_back(page, profile):
    choose = (
        "const pick = document.querySelector('select[name=verdict]'); pick.value = 'inconclusive';"
        "pick.dispatchEvent(new Event('input', {bubbles: true}));"
    )
    told = "document.title = location.hash;"
    document = dom(after(page, choose + told), profile)
    assert seen(document) == {"2e-1", "F1"} and "<title>#verdict=inconclusive</title>" in document
    clear = choose + "document.querySelector('button[type=reset]').click();"
    assert seen(dom(after(page, clear), profile)) == ALL


def test_a_link_to_what_is_hidden_shows_it(page, profile):
    # Figure 2 stands beside the first claim about it; the link in the second must lead there though filters hide it
    go = "document.querySelector('a[href=\"#fig2\"]').click();"
    assert seen(dom(after(page, go), profile, "verdict=inconclusive")) == ALL


def test_everything_is_there_without_a_script(page, profile):
    plain = page.with_name("plain.html")
    plain.write_text(re.sub(r"<script>.*?</script>", "", page.read_text(), flags=re.DOTALL))
    document = dom(plain, profile, "verdict=inconclusive")
    assert seen(document) == ALL and "claims shown" not in document
    assert re.search(r'<form id="filters"[^>]* hidden', document)


def test_nothing_is_fetched(page):
    text = page.read_text()
    assert not re.search(r'(src|href)="(?!data:image/png;base64,|#)', text) and "url(" not in text


@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_its_window(page, profile, width, tmp_path):
    # a frame, since a window of Chromium cannot be as narrow as a phone's
    frame = tmp_path / "frame.html"
    measured = "parent.postMessage(document.documentElement.scrollWidth, '*');"
    inner = after(page, f"document.querySelectorAll('details').forEach((d) => d.open = true); {measured}")
    frame.write_text(
        f'<body style="margin:0"><iframe src="{inner.as_uri()}" width="{width}" height="900" style="border:0"></iframe>'
        "<script>onmessage = (event) => document.title = 'width ' + event.data;</script></body>"
    )
    found = re.search(r"<title>width (\d+)</title>", dom(frame, profile))
    assert found and int(found.group(1)) <= width
    shot = np.asarray(Image.open(picture(frame, profile, tmp_path / "shot.png", max(width, 500), 900)).convert("L"))
    assert shot.shape[1] >= width and shot[:, :width].std() > 5  # something is drawn
