"""Figure files: both formats, the same bytes every time, and a registry that plans without plotting."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import matplotlib
import pytest
from fake_tables import make_tables
from PIL import Image

from replicortex.figures import FIGURES, Setting, draw, save
from replicortex.pipeline import papers
from replicortex.pipeline.paper import function_named
from replicortex.report import style
from replicortex.report.captions import captions
from replicortex.report.figures import PAGES

SETTING = Setting(scale="laptop", experiment="reference", schedule="fast", units=64)


@pytest.mark.parametrize("name", ["figS4", "figS5"])
def test_a_redraw_gives_identical_bytes(name: str, tmp_path: Path) -> None:
    first = save(draw(name, make_tables(), SETTING), tmp_path / "one" / f"{name}.pdf")
    with matplotlib.rc_context({"font.size": 20, "axes.facecolor": "red", "savefig.dpi": 30}):
        second = save(draw(name, make_tables(), SETTING), tmp_path / "two" / f"{name}.pdf")
    assert [path.name for path in first] == [f"{name}.pdf", f"{name}.png"]
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes()
    assert first[0].read_bytes().startswith(b"%PDF")
    with Image.open(first[1]) as image:
        assert image.width == pytest.approx(180 / 25.4 * 200, abs=2)


def test_files_carry_no_date(tmp_path: Path) -> None:
    pdf, png = save(draw("figS4", make_tables(), SETTING), tmp_path / "figS4.pdf")
    assert b"CreationDate" not in pdf.read_bytes()
    with Image.open(png) as image:
        assert "Software" not in image.info


def test_a_drawing_that_breaks_off_leaves_the_figure_that_was_there(tmp_path: Path, monkeypatch) -> None:
    figure = draw("figS4", make_tables(), SETTING)
    before = {path: path.read_bytes() for path in save(figure, tmp_path / "figS4.pdf")}
    drawn = figure.savefig

    def breaks_off(path: Path, **options: object) -> None:
        drawn(path, **{**options, "dpi": 20})
        if options["format"] == "png":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(figure, "savefig", breaks_off)
    with pytest.raises(OSError, match="No space"):
        save(figure, tmp_path / "figS4.pdf", {"scale": "smoke"})
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_jobs_that_read_tables_load_neither_torch_nor_seaborn() -> None:
    modules = [f"replicortex.papers.yang2019.figures.{name}" for name in ("fig1", "fig5", "figs6")]
    modules += [f"replicortex.analysis.measure.{name}" for name in ("ftv", "recordings")]
    modules += ["replicortex.report.footers", "replicortex.pipeline.steps"]
    heavy = "{'torch', 'seaborn', 'scipy.stats', 'sklearn', 'matplotlib.pyplot'}"
    code = f"import sys; import {', '.join(modules)}; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


def test_colours_read_from_seaborn_are_its_own() -> None:
    seaborn = pytest.importorskip("seaborn")
    assert [*style.shades(5)] == [tuple(colour) for colour in seaborn.color_palette("mako_r", 7)[1:6]]
    assert (style.SEQUENTIAL([0.0, 0.3, 1.0]) == seaborn.color_palette("rocket_r", as_cmap=True)([0.0, 0.3, 1.0])).all()


def test_registry_plans_without_plotting_libraries() -> None:
    code = (
        "import sys; from replicortex.figures import FIGURES; "
        "heavy = {'matplotlib', 'seaborn', 'pandas', 'torch', 'sklearn'} & set(sys.modules); "
        "print(len(FIGURES), sorted(heavy))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split(maxsplit=1) == [str(len(FIGURES)), "[]\n"]


@pytest.mark.parametrize("name", FIGURES)
def test_entries_agree_with_the_drawing_functions_of_their_paper(name: str) -> None:
    entry = FIGURES[name]
    paper = next(paper for paper in papers().values() if entry in paper.figures)
    assert callable(function_named(entry.function)) and f".{paper.name}." in entry.function
    assert len(entry.every) == len(entry.shows) + len(entry.optional) > 0
    assert {need.experiment for need in entry.needs} <= set(entry.every)
    assert entry.read(()) == dict(entry.shows) and entry.read(entry.every) == entry.every


def test_captions_name_every_figure() -> None:
    told = captions([*FIGURES.values(), *PAGES.values()])
    assert set(told) == {*FIGURES, *PAGES}
    assert all(text.startswith("Figure ") and len(text) > 20 for text in told.values())
