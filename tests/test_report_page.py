"""The scorecard's page: every row is there once, counted where it belongs, with its figures and its networks."""

from __future__ import annotations

import json
import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qs

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from scipy.stats import binomtest

from replicortex.pipeline.paper import Paper
from replicortex.report.claims import Claim, above
from replicortex.report.intervals import median_over_networks, share_of_networks, weakest
from replicortex.report.network_values import network_values
from replicortex.report.page import About, to_html
from replicortex.report.page.document import KINDS, document, figures_of

ROW = {
    "statement": "One & all.",
    "statistic": "share <of> networks",
    "value": 0.9,
    "low": 0.8,
    "high": 0.95,
    "n": 4,
    "n_of": "networks",
    "threshold": "> 0.5",
    "threshold_low": 0.5,
    "threshold_high": float("nan"),
    "threshold_by": "ours",
    "verdict": "replicated",
    "reason": "all of the interval",
    "detail": "",
    "quantity": "share",
    "experiment": "reference",
    "scale": "laptop",
    "by_construction": False,
    "revises": "",
    "written": "",
    "distance": 0.4,
    "in_intervals": 4.0,
    "n_needed": 1.0,
    "published": float("nan"),
    "reproduced": "no published number",
}
NOTHING = dict.fromkeys(("value", "low", "high"), float("nan"))
ROWS = [
    {"id": "1c", "panel": "1c", **ROW},
    {"id": "2c-1", "panel": "2c, S4", **ROW, "verdict": "not replicated"},
    {"id": "2c-1*", "panel": "2c, S4", **ROW, "revises": "2c-1", "written": "2026-11-30T18:20"},
    {"id": "M1", "panel": "Methods", **ROW, "by_construction": True},
    {"id": "2e-1", "panel": "2e", **ROW, "verdict": "not testable", **NOTHING},
    {"id": "F1", "panel": "force_fig2 a", **ROW, "verdict": "inconclusive"},
]  # fmt: skip


def claim(name: str, **more: str) -> Claim:
    return Claim(name, "", "", lambda tables, rng: None, "", "", above(0.5), "ours", f"Why {name}.", (), **more)


PAPERS = [
    (
        Paper("clusters", "Networks & clusters", "Somebody (2019)", "10.1/x"),
        [
            *map(claim, ("1c", "2c-1", "M1", "2e-1")),
            claim("2c-1*", revises="2c-1", written="2026-11-30T18:20", because="It was flat."),
        ],
    ),
    (Paper("spikes", "Spikes", "Others (2017)"), [claim("F1")]),
]


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


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    found = {name: folder / f"{name}.png" for name in ("fig2", "figS4", "figS9")}
    for path in found.values():
        plt.figure(figsize=(12, 1)).savefig(path)
        plt.close()
    return found


@pytest.fixture
def scorecard():
    return pd.DataFrame(ROWS)


def article(text: str, name: str) -> str:
    """The visible words of a claim."""
    found = re.search(rf'<article id="claim-{re.escape(name)}".*?</article>', text, re.DOTALL)
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", found.group(0)).split()))


def test_panels_name_their_figures():
    assert [figures_of(panel) for panel in ("S2a-f", "2c, 2e", "S12b-e, 8e", "text", "2018: a")] == [
        ("figS2",), ("fig2",), ("figS12", "fig8"), (), ("primer_meta_rl",)]  # fmt: skip


def test_every_row_is_counted_once_with_its_paper_kind_and_verdict(scorecard):
    """The numbers of the overview are those that a reader finds behind them."""
    papers = document(scorecard, PAPERS, {}, None, About())["papers"]
    assert [paper["name"] for paper in papers] == ["clusters", "spikes"]
    spikes_first = document(scorecard[::-1], PAPERS, {}, None, About())["papers"]
    assert [paper["name"] for paper in spikes_first] == [
        "clusters",
        "spikes",
    ]  # most tested rows first
    rows = [row for paper in papers for row in paper["claims"]]
    assert sorted(row["id"] for row in rows) == sorted(scorecard["id"])
    for paper in papers:
        for of_kind in paper["counts"]:
            assert of_kind["n"] == sum(cell["n"] for cell in of_kind["cells"])
            for cell in of_kind["cells"]:
                wanted = {name: value for name, (value,) in parse_qs(cell["query"]).items()}
                assert cell["n"] == sum(all(row[name] == value for name, value in wanted.items()) for row in rows)
    kinds = {row["id"]: row["kind"] for row in rows}
    assert kinds == dict.fromkeys(kinds, KINDS["claims"]) | {
        "M1": KINDS["by construction"],
        "2c-1*": KINDS["revised"],
    }


def test_a_row_that_no_paper_names_is_shown_too(scorecard):
    papers = document(scorecard, PAPERS[:1], {}, None, About())["papers"]
    assert [row["id"] for row in papers[-1]["claims"]] == ["F1"] and papers[-1]["title"] == "Other claims"


def test_every_claim_once_and_every_link_leads_somewhere(scorecard, pictures):
    text = to_html(scorecard, PAPERS, pictures, about=About(captions={"fig2": "Figure 2: a <network>."}))
    page = Page(text)
    assert page.open == []
    assert sorted(each["data-id"] for each in page.of("article")) == sorted(scorecard["id"])
    anchors = {attributes["id"] for _, attributes in page.found if "id" in attributes}
    links = {each["href"].removeprefix("#") for each in page.of("a")}
    assert {link for link in links if "=" not in link} <= anchors
    # each figure is embedded once, smaller than it was, with what it shows as text
    assert all(image["alt"] and image["src"].startswith("data:image/webp;base64,") for image in page.of("img"))
    assert [image["width"] for image in page.of("img")] == ["900"] * 3
    assert "share &lt;of&gt; networks" in text and "One &amp; all." in text and "a &lt;network&gt;." in text
    # headings have no gap, so that they can be walked by a screen reader
    levels = [int(tag[1]) for tag, _ in page.found if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False))


def test_a_row_says_what_a_reader_has_to_know(scorecard):
    scorecard.loc[0, ["low", "high"]] = float("nan")
    text = to_html(scorecard, PAPERS)
    first, revised = article(text, "2c-1"), article(text, "2c-1-")
    for words in ("✗ not replicated", "0.9 [0.8, 0.95] (95 % interval)", "> 0.5, set by us", "Why 2c-1.",
                  "0.4 inside the region that agrees, 4 times half", "about 3 networks; 4 were measured",
                  "2026-11-30 18:20 UTC: ✓ replicated by 2c-1* . It was flat."):  # fmt: skip
        assert words in first
    assert "keeps its verdict: ✗ not replicated" in revised and "revised statistic, counted apart" in revised
    assert "Of 3 decided rows chance would decide at most 0.1 wrongly" in text
    assert "Value 0.9 n" in article(text, "1c")  # two networks have no interval
    assert "Value" not in article(text, "2e-1")  # a row that was not tested has no value
    assert "by construction, counted apart" in article(text, "M1")


def test_a_row_has_three_verdicts(scorecard):
    scorecard.loc[0, ["published", "reproduced"]] = [0.86, "reproduced"]
    verdicts = ["replicated", "replicated", "not replicated", "inconclusive", "not testable"]
    recipes = pd.DataFrame({"id": "1c", "verdict": verdicts})
    page = to_html(scorecard, PAPERS, about=About(recipes=recipes))
    assert "✓ replicated" in article(page, "1c")
    assert "reproduced: the authors give 0.86" in article(page, "1c")
    assert "no published number" in article(page, "F1") and "Robust" not in article(page, "F1")
    low, high = binomtest(2, 3).proportion_ci(0.95, method="wilson")
    share = f"share 0.667 [{low:.3g}, {high:.3g}]; open in 1"
    assert f"holds in 2 of 3 recipes that decide it, {share}" in article(page, "1c")


def test_the_numbers_of_networks_are_in_the_page(scorecard):
    numbers = pd.Series([0.5, 0.25, 1 / 3], index=["seed0", "seed1", "seed2"])
    median = median_over_networks(numbers, (0, 1))
    values = network_values({"1c": weakest({"a": median, "b": share_of_networks(numbers > 0.3)}), "2c-1": median})
    text = to_html(scorecard, PAPERS, values=values)
    data = json.loads(re.search(r'id="data">(.*?)</script>', text).group(1))
    assert data["1c"]["region"] == {"low": 0.5, "high": None, "closed": False} and data["2e-1"]["value"] is None
    assert [(part["name"], part["statistic"], part["bounds"]) for part in data["1c"]["parts"]] == [
        ("a", "median", [0, 1]), ("b", "share", [None, None])]  # fmt: skip
    assert data["1c"]["parts"][1]["groups"] == [{"networks": list(numbers.index), "values": [1, 0, 1]}]
    assert data["2c-1"]["parts"][0]["groups"][0]["values"] == pytest.approx(numbers, rel=1e-8)
    assert data["F1"]["parts"] == []


def test_a_column_that_is_missing_is_named(scorecard):
    with pytest.raises(ValueError, match="reason"):
        to_html(scorecard.drop(columns="reason"), PAPERS)
    with pytest.raises(ValueError, match="bound_low"):
        to_html(scorecard, PAPERS, values=pd.DataFrame({"id": [], "part": [], "statistic": []}))
