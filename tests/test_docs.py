"""What README and docs point at exists, and what they promise to show is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    broken = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_nothing_is_left_to_fill_in(page: Path) -> None:
    assert "@@" not in page.read_text(encoding="utf-8")


def test_every_figure_has_a_place_in_the_gallery() -> None:
    import replicortex as rx

    gallery = (ROOT / "docs/gallery/README.md").read_text(encoding="utf-8")
    for name in rx.figures.FIGURES:
        assert f"{name}.png" in gallery, name


def test_pictures_in_the_gallery_are_small_enough_for_a_repository() -> None:
    pictures = sorted((ROOT / "docs/gallery").glob("*.png"))
    assert pictures and max(picture.stat().st_size for picture in pictures) < 1_000_000
