"""What README and docs point at exists, what they show as code is code, and every page has its place in the site."""

import ast
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent

import pandas as pd
import pytest
import yaml
from documents import FENCED, blocks

import replicortex as rx
from replicortex import pretrained
from replicortex.pipeline.plan import OF_CLAIMS
from replicortex.report import __main__ as documentation
from replicortex.report.claims import INCONCLUSIVE, NOT_REPLICATED, NOT_TESTABLE, NOT_YET, REPLICATED

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]

Documented = ast.Module | ast.ClassDef | ast.FunctionDef

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def prose(page: Path) -> str:
    """A page without its code, in which brackets are no links and # is no heading."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    return re.sub(r"^(?: {4}|\t).*$", "", text, flags=re.M)


def links(page: Path) -> list[tuple[str, str]]:
    """Path and anchor of every link and picture that stays in the repository."""
    text = re.sub(r"`[^`\n]*`", "code", prose(page))
    found = re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", text)
    return [(target, anchor) for target, anchor in found if "://" not in target]


def anchors(page: Path) -> set[str]:
    """The anchors of the headings of a page: letters, digits and hyphens of their text, spaces as hyphens."""
    found: list[str] = []
    for heading in re.findall(r"^#{1,6} +(.+?) *#*$", prose(page), flags=re.M):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).strip().replace(" ", "-")
        found.append(slug if slug not in found else f"{slug}-{found.count(slug)}")
    return set(found)


def documented(node: Documented) -> Iterator[Documented]:
    """A module with its classes and functions."""
    yield node
    for below in node.body:
        if isinstance(below, ast.ClassDef | ast.FunctionDef):
            yield from documented(below)


def foreign(text: str) -> list[str]:
    """What a docstring has of other styles than numpydoc's: sections with a colon, roles, examples without a title."""
    found = re.findall(r"^ *(?:Args|Arguments|Attributes|Parameters|Raises|Returns|Yields):", text, flags=re.M)
    found += re.findall(r":[a-z]+:`[^`]+`", text)
    return found + re.findall(r"^ *>>> .*", re.split(r"^ *Examples\n *-+$", text, flags=re.M)[0], flags=re.M)


def unknown(function: ast.FunctionDef) -> list[str]:
    """Names below Parameters in the docstring of a function that are none of its parameters."""
    section = re.search(r"^Parameters\n-+\n(.*?)(?=\n\n\w.*\n---|\Z)", ast.get_docstring(function) or "", re.S | re.M)
    if section is None:
        return []
    entries = re.findall(r"^(\*{0,2}\w+(?:, \*{0,2}\w+)*)(?= :|$)", section[1], flags=re.M)
    names = [name.lstrip("*") for entry in entries for name in entry.split(", ")]
    return sorted(set(names) - {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)})


def navigation(entry: object) -> Iterator[str]:
    """All pages of a navigation of mkdocs.yml."""
    if isinstance(entry, str):
        yield entry
    else:
        for below in entry.values() if isinstance(entry, dict) else entry:
            yield from navigation(below)


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    targets = [(page.parent / target if target else page, target, anchor) for target, anchor in links(page)]
    assert [target for path, target, _ in targets if not path.exists()] == []
    assert [f"{t}#{a}" for path, t, a in targets if a and path.suffix == ".md" and a not in anchors(path)] == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    text = "# A `b`, c: d!\n\n## Twice\n\n## Twice\n\n[x](gone.md#there) ![y](z.png) `no[t](q)`\n\n    [n](m)\n"
    page.write_text(text)
    assert links(page) == [("gone.md", "there"), ("z.png", "")]
    assert anchors(page) == {"a-b-c-d", "twice", "twice-1"}


@pytest.mark.parametrize("folder", ["src/replicortex", "examples", "benchmarks"])
def test_docstrings_are_numpydoc_and_name_parameters_that_exist(folder: str) -> None:
    wrong = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in documented(ast.parse(path.read_text(encoding="utf-8"))):
            found = foreign(ast.get_docstring(node) or "")
            found += unknown(node) if isinstance(node, ast.FunctionDef) else []
            wrong += [f"{path.name}, {getattr(node, 'name', 'module')}: {each}" for each in found]
    assert wrong == []


def test_docstrings_of_another_style_are_found() -> None:
    assert foreign("One.\n\n    Args:\n        x: a number, see :func:`f`.\n") == ["    Args:", ":func:`f`"]
    assert foreign("One.\n\n>>> 1\n1\n\nExamples\n--------\n>>> 2\n2") == [">>> 1"]
    text = "Parameters\n    ----------\n    x, z\n        Numbers.\n    *y : int\n        More.\n    w\n"
    (function,) = ast.parse(f'def f(x, *y):\n    """One.\n\n    {text}"""\n').body
    assert isinstance(function, ast.FunctionDef) and unknown(function) == ["w", "z"]


@each_page
def test_pictures_are_described_in_words(page: Path) -> None:
    assert [words for words in re.findall(r"!\[([^]]*)\]\(", prose(page)) if len(words.split()) < 3] == []


@each_page
def test_code_is_code(page: Path) -> None:
    for number, block in enumerate(blocks(page), start=1):
        if block.language == "python":
            compile(dedent(block.text), f"{page.name}, block {number}", "exec")
        elif block.language == "yaml":
            assert yaml.safe_load(block.text) is not None, f"block {number}"


@each_page
def test_nothing_is_left_to_fill_in(page: Path) -> None:
    assert "@@" not in page.read_text(encoding="utf-8")


def test_every_page_is_in_the_navigation_once() -> None:
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    named = sorted(navigation(site["nav"]))
    written = [page.relative_to(ROOT / "docs").as_posix() for page in PAGES[2:]]
    made = ["index.md", "changelog.md", *(name for name in named if name.startswith("api/"))]  # .ci/pages.py
    assert named == sorted([*written, *made])
    packages = ("tasks", "networks", "training", "analysis", "scorecard", "spiking", "primer", "figures")
    assert {f"api/{name}.md" for name in packages} <= set(made)


def test_the_site_asks_nothing_of_other_machines() -> None:
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    assert site["strict"] is True and site["theme"]["font"] is False
    assert not [name for name in site if name == "extra_javascript"] and "analytics" not in site.get("extra", {})


def test_every_figure_has_a_place_in_the_gallery() -> None:
    gallery = (ROOT / "docs/gallery/README.md").read_text(encoding="utf-8")
    for name in rx.figures.FIGURES:
        assert f"{name}.png" in gallery, name


def test_pictures_in_the_gallery_are_small_enough_for_a_repository() -> None:
    pictures = sorted((ROOT / "docs/gallery").glob("*.png"))
    assert pictures and max(picture.stat().st_size for picture in pictures) < 1_000_000


def verdicts_by_page() -> dict[str, str]:
    """Row of the scorecard -> its verdict in the table of the page that reports its number."""
    found: dict[str, str] = {}
    words = "|".join(sorted(rx.scorecard.VERDICTS, key=len, reverse=True))
    for name in ("docs/multitask.md", "docs/pairs.md", "docs/vectors.md", "docs/learning.md", "docs/schedules.md"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            row = re.match(rf"\| ([\w*-]+) \|.*\| (?:\W )?({words})[^|]*\|$", line)
            if row:
                assert row[1] not in found, f"{row[1]} twice"
                found[row[1]] = row[2]
    return found


def test_the_list_of_verdicts_says_what_the_pages_say() -> None:
    card = pd.read_csv(ROOT / documentation.LISTED, keep_default_na=False)
    assert list(card["id"]) == documentation.of_paper("yang2019") and len(card) > 75
    listed = dict(zip(card["id"], card["verdict"], strict=True))
    reported = verdicts_by_page()
    told_twice = listed.keys() & reported.keys()
    assert {row: listed[row] for row in told_twice} == {row: reported[row] for row in told_twice}
    assert {listed[row] for row in set(listed) - set(reported)} == {"not testable", "not testable yet"}, "no number"
    text = (ROOT / documentation.PAGE).read_text(encoding="utf-8")
    assert {part[2] for part in documentation.PART.finditer(text)} == {claim.paper for claim in rx.scorecard.CLAIMS}
    assert documentation.written(text, card) == text, "run python -m replicortex.report"


def counts_of_pages(paper: str, pages: tuple[str, ...]) -> str:
    """The counts of a paper whose verdicts are listed in its pages; a claim without one there is not judged yet."""
    claims = {claim.id: claim for claim in rx.scorecard.CLAIMS if claim.paper == paper}
    words = "|".join(sorted(rx.scorecard.VERDICTS, key=len, reverse=True))
    text = "\n".join((ROOT / page).read_text(encoding="utf-8") for page in pages)
    found = dict(re.findall(rf"^\| ([\w-]+) \|.*\| ({words})[^|]*\|$", text, flags=re.M))
    assert set(found) - set(claims) == set()
    counted = [found.get(name, NOT_YET) for name, claim in claims.items() if not claim.by_construction]
    apart = sum(claim.by_construction for claim in claims.values())
    verdicts = [word for word in (REPLICATED, NOT_REPLICATED, INCONCLUSIVE, NOT_TESTABLE, NOT_YET) if word in counted]
    told = ", ".join(f"{counted.count(word)} {word}" for word in verdicts)
    return f"{len(counted)} claims: {told}" + (f"; {apart} more holds by construction" if apart else "")


def test_the_readme_counts_what_is_listed() -> None:
    card = pd.read_csv(ROOT / documentation.LISTED, keep_default_na=False)
    text = (ROOT / documentation.README).read_text(encoding="utf-8")
    assert documentation.SENTENCE.findall(text) == [documentation.sentence(card)]
    others = {"nicola2017": ("docs/force.md",), "primer": ("docs/primer.md", "docs/fixed_points.md"),
              "fullforce2018": ("docs/full_force.md",), "newton2025": ("docs/newton2025.md",)}  # fmt: skip
    for paper, pages in others.items():
        assert f"| {counts_of_pages(paper, pages)} |" in text, paper
    findings = " ".join((ROOT / "docs/findings.md").read_text(encoding="utf-8").split())
    for total, replicated, rest in re.findall(r"\| (\d+) claims: (\d+) replicated(?=([^|]*))", text):
        assert f"Of {total} claims {replicated} replicated" in findings, rest
        inconclusive = re.findall(r"(\d+) inconclusive", rest)
        told = {"1": "one is inconclusive"}
        assert all(told.get(n, f"{n} are inconclusive") in findings for n in inconclusive[:1]), rest


def test_the_page_of_twenty_tasks_counts_its_table() -> None:
    card = pd.read_csv(ROOT / documentation.LISTED, keep_default_na=False)
    text = (ROOT / "docs/multitask.md").read_text(encoding="utf-8").partition("**On fresh networks.**")[0]
    shown = re.findall(r"^\| ([\w-]+) \|.*\| (?:\W )?([a-z ]+\w)(?: \(by construction\))? \|$", text, flags=re.M)
    apart = set(card.loc[card["by_construction"], "id"])
    verdicts = [verdict for row, verdict in shown if row in set(card["id"]) - apart]
    counts = [len(verdicts), verdicts.count("replicated"), verdicts.count("inconclusive")]
    told = re.search(r"Of the other (\d+) claims (\d+) replicated and (\d+) are\s+inconclusive", text)
    assert told and [int(number) for number in told.groups()] == counts


@pytest.fixture(scope="module")
def reference() -> pretrained.Shipped:
    """The shipped reference networks."""
    return pretrained.available("laptop", ROOT / "pretrained")["reference"]


def test_findings_in_the_readme_are_those_of_the_shipped_tables(reference: pretrained.Shipped) -> None:
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    clusters = pretrained.table(reference, "cluster_number").to_pandas().query("kind == 'task'")["k"]
    assert f"{clusters.min()} to {clusters.max()} clusters (median {clusters.median():.0f}" in text
    history = pretrained.table(reference, "history").to_pandas()
    last = history[history["trials"] == history.groupby("network")["trials"].transform("max")]
    assert f"reaches {last.groupby('network')['performance'].min().median():.3f}" in text
    soap = pretrained.available("laptop", ROOT / "pretrained")["other_optimiser"]
    under_soap = pretrained.table(soap, "cluster_number").to_pandas().query("kind == 'task'")["k"]
    assert (
        list(under_soap) == [2] * 5 and "Five networks trained with SOAP" in text and "have two clusters each" in text
    )


def test_the_python_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    (block,) = [block for block in blocks(ROOT / "README.md") if block.language == "python"]
    exec(compile(block.text, "README.md", "exec"), {})
    (value,) = re.findall(r"fraction correct: ([\d.]+)", block.text)
    assert float(capsys.readouterr().out) == float(value)


def unknown_words(text: str) -> list[str]:
    """Targets, figures and modules that a page's commands name and that there are not."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    known = {*re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.M)[0].split(), ""}
    drawn = {*rx.figures.FIGURES, *OF_CLAIMS}
    wrong = [name for name in re.findall(r"python -m (replicortex[\w.]*\w)", text) if not find_spec(name)]
    for command in re.findall(r"(?:^ {4}|`)make ([^`#\n&]*)", text, flags=re.M):
        for word in re.sub(r"<[^>]*>", "<>", command).replace('"', "").split():
            value = (
                word.rpartition("=")[2] if word.startswith(("TARGETS=", "FILE=", "FILES=")) else word.partition("=")[0]
            )
            is_known = Path(value).stem in drawn if value.startswith("figures/") else value.islower() and value in known
            if (
                not is_known
                and "<" not in word
                and "..." not in word
                and not re.search(rf"^{value} \?=", makefile, re.M)
            ):
                wrong.append(word)
    return wrong


@each_page
def test_commands_name_what_there_is(page: Path) -> None:
    assert unknown_words(page.read_text(encoding="utf-8")) == []


def test_a_command_that_is_none_is_found() -> None:
    text = "`make al` `make SCAL=smoke figures/fig22.pdf`\n\n    make plan TARGETS=figures/fig1.pdf CORES=2  # x\n"
    assert unknown_words(text + "python -m replicortex.explian") == [
        "replicortex.explian",
        "al",
        "SCAL=smoke",
        "figures/fig22.pdf",
    ]


def test_listed_verdicts_are_those_of_the_shipped_tables(reference: pretrained.Shipped) -> None:
    """Of rows on small tables; the large ones take seconds to read."""
    small = set("group_lesions group_tuning group_connections context_groups parallelism squares composite".split())
    chosen = [c for c in rx.scorecard.CLAIMS if c.experiment == "reference" and small.issuperset(c.needs) and c.needs]
    tables = {name: pretrained.table(reference, name).to_pandas() for name in {*small, "history"}}
    card = rx.scorecard.evaluate(tables, scale="laptop", claims=[claim for claim in chosen if not claim.written])
    listed = pd.read_csv(ROOT / documentation.LISTED, keep_default_na=False).set_index("id")["verdict"]
    assert len(card) >= 12
    # where networks of later seeds are shipped as well, this says so
    assert dict(zip(card["id"], card["verdict"], strict=True)) == dict(listed[card["id"]])


def test_the_changelog_keeps_its_form() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = re.findall(r"^## (.*)$", text, flags=re.M)
    assert releases[0] == "Unreleased"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d", release) for release in releases[1:])
    kinds = re.findall(r"^### (.*)$", text, flags=re.M)
    assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_citation_is_valid_and_names_the_papers() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["cff-version"] == "1.2.0" and cited["type"] == "software" and cited["message"]
    assert cited["title"] == "replicortex" and cited["authors"] == [{"name": "The replicortex developers"}]
    assert cited["version"] == rx.__version__ and cited["license"] == "MIT"
    for paper in cited["references"]:
        assert paper["type"] in ("article", "software", "book") and paper["title"] and paper["authors"]
        assert all(set(who) in ({"given-names", "family-names"}, {"name"}) for who in paper["authors"])
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {paper["doi"] for paper in cited["references"]} >= set(re.findall(r"https://doi\.org/([^)\s]+)", readme))


def test_one_licence_is_named_everywhere() -> None:
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License\n")
    assert 'license = "MIT"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "MIT licence" in (ROOT / "README.md").read_text(encoding="utf-8")
