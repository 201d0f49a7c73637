"""The scorecard's page: every row is there, once, with its figure."""

from __future__ import annotations

from html.parser import HTMLParser

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import replicortex as rx
from replicortex.figures import FIGURES
from replicortex.scorecard.page import figures_of, wing

ROW = {
    "statistic": "share <of> networks",
    "value": 0.9,
    "low": 0.8,
    "high": 0.95,
    "n": 4,
    "n_of": "networks",
    "threshold": "> 0.5",
    "threshold_by": "ours",
    "verdict": "replicated",
    "reason": "all of the interval",
    "detail": "",
    "scale": "laptop",
    "by_construction": False,
    "revises": "",
    "written": "",
    "distance": 0.4,
    "in_intervals": 4.0,
    "n_needed": 1.0,
}


class Page(HTMLParser):
    """Tags that were not closed, and the attributes of all of a kind."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def of(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture
def scorecard():
    rows = [
        {"id": "1c", "panel": "1c", "statement": "One & all.", **ROW},
        {"id": "2c-1", "panel": "2c, S4", "statement": "Clusters.", **ROW, "verdict": "not replicated"},
        {"id": "2e-1", "panel": "2e", "statement": "Anti.", **ROW, "verdict": "not testable", "value": float("nan")},
    ]
    return pd.DataFrame(rows)


def test_numbers_and_their_lack_read_as_they_are_meant(scorecard):
    """One network settles nothing, a row that was not tested has no value, and two networks have no interval."""
    scorecard.loc[1, ["low", "high"]] = float("nan")
    text = rx.scorecard.to_html(scorecard, {}, rx.scorecard.CLAIMS)
    assert text.count("decided from about 3 networks on") == len(scorecard)
    assert text.count("<dt>Value</dt>") == 2 and "<dd>0.9</dd>" in text
    assert text.count("(95 % interval)") == 1


def test_panels_name_their_figures():
    assert figures_of("S2a-f") == ("figS2",)
    assert figures_of("2c, 2e") == ("fig2",)
    assert figures_of("S12b-e, 8e") == ("figS12", "fig8")
    assert figures_of("text") == ()


def test_every_row_stands_with_its_own_body_of_work_and_figures_that_exist():
    rows = {claim.id: (wing(claim.panel), figures_of(claim.panel)) for claim in rx.scorecard.CLAIMS}
    primer = {name for name in rows if name[:2] in ("PR", "PC", "FP", "MR")}
    assert {name for name, (body, _) in rows.items() if body == "Primer"} == primer
    assert {figure for _, figures in rows.values() for figure in figures} <= set(FIGURES)


def test_every_claim_once_beside_its_figure(scorecard, tmp_path):
    pictures = {}
    for name in ("fig2", "figS4"):
        pictures[name] = tmp_path / f"{name}.png"
        plt.figure(figsize=(1, 1)).savefig(pictures[name])
        plt.close()
    text = rx.scorecard.to_html(scorecard, pictures, rx.scorecard.CLAIMS)
    page = Page(text)
    assert page.open == []
    assert [article["id"] for article in page.of("article")] == ["claim-1c", "claim-2c-1", "claim-2e-1"]
    anchors = {attributes["id"] for _, attributes in page.found if "id" in attributes}
    assert {a["href"].removeprefix("#") for a in page.of("a")} <= anchors
    # a figure is embedded where it is first needed, linked from there on; every picture says what it is
    assert [figure["id"] for figure in page.of("figure")] == ["fig2", "figS4"]
    assert all(image["alt"] and image["src"].startswith("data:image/png;base64,") for image in page.of("img"))
    assert "share &lt;of&gt; networks" in text and "One &amp; all." in text
    why = next(claim.why for claim in rx.scorecard.CLAIMS if claim.id == "1c")
    assert why[:30].replace("'", "&#x27;") in text
    for verdict in ("replicated", "not replicated", "not testable"):
        assert f" {verdict}</p>" in text


def test_a_column_that_is_missing_is_named(scorecard):
    with pytest.raises(ValueError, match="reason"):
        rx.scorecard.to_html(scorecard.drop(columns="reason"), {})
