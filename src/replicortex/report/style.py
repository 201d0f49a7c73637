"""How every figure looks: sizes, type, colours, page furniture and reproducible files.

Pages are laid out in inches from the top left corner, at print size (180 mm, a journal's two columns), with
type of 6 points or more. Colours can be told apart with the common colour-vision deficiencies (the palette of
Okabe & Ito for categories, perceptually uniform maps for magnitudes).
"""

from __future__ import annotations

import ast
import json
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ParamSpec

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Colormap, LinearSegmentedColormap, ListedColormap
from matplotlib.figure import Figure

from replicortex.atomic import atomic_write
from replicortex.report.checks import Tables, stopped
from replicortex.report.shown import broken_off, built, population
from replicortex.shown import short_repr
from replicortex.tasks import RULE_SETS, TASKS

WIDTH = 7.09  # inches: 180 mm
HEADER = 0.30  # inches kept free at the top for title and warnings
FOOTER = 0.24  # inches kept free at the bottom
_BETWEEN = "  |  "  # the parts of a footer
_LETTERS = 150  # in a line of the footer, at most
_LINES = 6  # of a footer: of more experiments those alike share one
FOOTER_LINE = 0.1  # inches: each line of the footer after the first
SMALL = 6.0  # points: the smallest type used
_WARNING = "#B00020"
SMOKE_MARK = "SMOKE SCALE - numbers are meaningless"

RC: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so every machine sets the same type
    "font.size": 6.5,
    "axes.labelsize": 6.5,
    "axes.titlesize": 6.5,
    "axes.titlepad": 3.0,
    "axes.labelpad": 2.0,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "0.15",
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.size": 2.0,
    "ytick.major.size": 2.0,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.size": 1.2,
    "ytick.minor.size": 1.2,
    "xtick.major.pad": 1.5,
    "ytick.major.pad": 1.5,
    "legend.fontsize": SMALL,
    "legend.title_fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 1.4,
    "legend.borderaxespad": 0.2,
    "legend.labelspacing": 0.3,
    "lines.linewidth": 1.0,
    "lines.solid_capstyle": "round",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "pdf.fonttype": 42,
    "image.composite_image": False,
}

TASK_ORDER: tuple[str, ...] = tuple(RULE_SETS["all"].tasks)
TITLES: dict[str, str] = {name: TASKS[name].title for name in TASK_ORDER}
FAMILY: dict[str, str] = {name: TASKS[name].family for name in TASK_ORDER}
FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(FAMILY.values()))
FAMILY_COLOUR: dict[str, str] = dict(
    zip(FAMILIES, ("#009E73", "#D55E00", "#0072B2", "#56B4E9", "#CC79A7"), strict=True)
)
EXAMPLE = "#000000"  # the example network
OTHERS = "0.68"  # the other networks of the population
CONTROL = "#E69F00"  # rotated control
ACCENT = "#0072B2"
Colour = str | tuple[float, float, float]


def _from_light(name: str) -> Colormap:
    """A colour map of seaborn, light colours first, read from its file.

    Importing seaborn loads scipy.stats and pyplot, which takes longer than to draw a figure.
    """
    found = find_spec("seaborn")
    assert found is not None and found.origin is not None, "seaborn is installed with this package"
    text = Path(found.origin).with_name("cm.py").read_text(encoding="utf-8")
    _, _, colours = text.partition(f"_{name}_lut = ")
    return ListedColormap(ast.literal_eval(colours.partition("\n]")[0] + "]")[::-1], f"{name}_r")


def _of_mako(n: int) -> list[Colour]:
    """`n` evenly spaced colours, from light to dark."""
    return [tuple(colour) for colour in _from_light("mako")(np.linspace(0, 1, n + 2)[1:-1])[:, :3].tolist()]


SEQUENTIAL: Colormap = _from_light("rocket")
ACTIVITY: Colormap = LinearSegmentedColormap.from_list(
    "activity",
    [
        (0.0, "#ffffff"),
        (0.1, "#f2faf7"),
        *zip((0.3, 0.5, 0.7, 0.85, 1.0), _of_mako(6)[1:], strict=True),
    ],
)
DIVERGING: Colormap = matplotlib.colormaps["RdBu_r"]
CYCLIC: Colormap = matplotlib.colormaps["twilight_shifted"]
_CLUSTER = (
    "#332288",
    "#DDCC77",
    "#117733",
    "#CC6677",
    "#88CCEE",
    "#882255",
    "#44AA99",
    "#999933",
    "#AA4499",
    "#6699CC",
)
MARKERS = "os^D"

P = ParamSpec("P")


@short_repr
@dataclass(frozen=True)
class Setting:
    """What a figure was made from, beyond its tables; printed in the footer.

    Attributes
    ----------
    scale
        "smoke", "laptop" or "paper".
    experiment
        Name of the network population, e.g. "reference".
    schedule
        Name of the training schedule, e.g. "fast".
    units
        Recurrent units per network; text such as "128, 512" where they differ.
    networks
        Where they came from, e.g. "trained here" or "shipped with replicortex v0.1.0"; "" says nothing.
    each
        For a figure of several experiments: experiment -> its setting. A population that stands for another has the key
        of that one, and tells its own name as ``experiment``.
    """

    scale: str
    experiment: str
    schedule: str
    units: int | str
    networks: str = ""
    each: Mapping[str, Setting] = field(default_factory=dict)

    @classmethod
    def joint(cls, settings: Iterable[Setting]) -> Setting:
        """The setting of a figure that shows the experiments of these, all of one scale."""
        each = {setting.experiment: setting for setting in settings}
        first = next(iter(each.values()))
        schedules = dict.fromkeys(setting.schedule for setting in each.values())
        units = dict.fromkeys(str(setting.units) for setting in each.values())
        sources: dict[str, list[str]] = {}
        for setting in each.values():
            sources.setdefault(setting.networks, []).append(setting.experiment)
        told = [f"{source} ({', '.join(names)})" if len(sources) > 1 else source for source, names in sources.items()]
        return cls(first.scale, ", ".join(each), ", ".join(schedules), ", ".join(units), ", ".join(told), each)

    def of(self, name: str) -> Setting:
        """The setting of one of the experiments that a figure shows, by the name under which it is drawn."""
        return self.each.get(name, self)

    def with_source(self, parts: Iterable[str]) -> str:
        """A footer of these parts that ends with where the networks came from."""
        return _BETWEEN.join([*parts, *([f"networks: {self.networks}"] if self.networks else [])])


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Run a drawing function under the house style, whatever the caller's matplotlib settings are."""

    @wraps(draw)
    def inner(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with _house_style():
            return draw(*args, **kwargs)

    return inner


@contextmanager
def _house_style() -> Iterator[None]:
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(RC)
        yield


def page(title: str, height: float, setting: Setting, footer: str) -> Figure:
    """An empty page of the standard width with title, footer and, at scale smoke, the warning.

    Parameters
    ----------
    title
        Sentence for the top of the page.
    height
        Inches, with a footer of one line; the page grows by the others.
    setting
        Where the numbers come from.
    footer
        Text made by `provenance` or `provenances`.
    """
    footer = "\n".join(line for each in footer.splitlines() for line in _wrapped(each))
    height += FOOTER_LINE * footer.count("\n")
    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    left = 0.08 / WIDTH
    figure.text(left, 1 - 0.08 / height, title, fontsize=7.5, fontweight="bold", va="top")
    figure.text(left, 0.06 / height, footer, fontsize=SMALL, color="0.35", va="bottom", gid="footer")
    if setting.scale == "smoke":
        _smoke(figure, height)
    return figure


def _wrapped(line: str) -> list[str]:
    """A line of the footer, broken between its parts where it would run off the page."""
    found = [""]
    for part in line.split(_BETWEEN):
        longer = _BETWEEN.join(filter(None, [found[-1], part]))
        found = [*found[:-1], longer] if len(longer) <= _LETTERS else [*found, part]
    return found


def _smoke(figure: Figure, height: float) -> None:
    """Red banner at the top and large pale letters across the page."""
    look: Any = {"s": SMOKE_MARK, "fontweight": "bold", "zorder": 20}
    banner: Any = {"facecolor": _WARNING, "edgecolor": "none", "pad": 2.5}
    top = 1 - 0.07 / height
    figure.text(
        1 - 0.1 / WIDTH,
        top,
        fontsize=8,
        color="white",
        va="top",
        ha="right",
        bbox=banner,
        gid="smoke",
        **look,
    )
    across: Any = {"rotation": float(np.degrees(np.arctan2(height, WIDTH))), "ha": "center", "va": "center"}
    figure.text(0.5, 0.5, fontsize=26, color=_WARNING, alpha=0.16, gid="watermark", **across, **look)


def place(figure: Figure, left: float, top: float, width: float, height: float, **options: Any) -> Axes:
    """New axes; position and size in inches from the page's top left corner."""
    total_width, total = figure.get_size_inches()
    box = (left / total_width, 1 - (top + height) / total, width / total_width, height / total)
    return figure.add_axes(box, **options)


def letter(figure: Figure, name: str, left: float, top: float, caption: str = "") -> None:
    """Panel letter (bold) and a short caption beside it; position in inches from the top left corner."""
    total_width, total = figure.get_size_inches()
    y = 1 - top / total
    figure.text(left / total_width, y, name, fontsize=9, fontweight="bold", va="baseline", ha="left", gid="letter")
    if caption:
        figure.text((left + 0.15) / total_width, y, caption, fontsize=7, va="baseline", ha="left", gid="caption")


def provenance(tables: Tables, setting: Setting) -> str:
    """Footer: scale, experiment, number of networks, seeds, units, how long trained, schedule, origin."""
    if "history" not in tables and "summary" not in tables:
        return _BETWEEN.join((f"scale {setting.scale}", setting.experiment, "no networks"))
    parts = (
        f"scale {setting.scale}",
        setting.experiment,
        population(tables),
        *built(tables, setting.units, setting.schedule),
    )
    return setting.with_source([*parts, *broken_off(stopped(tables))])


def provenances(populations: Mapping[str, Tables], setting: Setting) -> str:
    """Footer of a figure of several experiments: what they have in common, and a line for each, or for those alike.

    Raises
    ------
    ValueError
        The setting does not tell of one of them.
    """
    if len(populations) == 1 and not setting.each:
        return provenance(next(iter(populations.values())), setting)
    untold = [name for name in populations if name not in setting.each]
    if untold:
        raise ValueError(f"setting: tells nothing of {', '.join(untold)}; make it with Setting.joint")
    parts_of = {
        name: built(tables, setting.each[name].units, setting.each[name].schedule)
        for name, tables in populations.items()
    }
    everyone = list(parts_of.values())
    shared = [parts[0] for parts in zip(*everyone, strict=True) if len(set(parts)) == 1]
    alike: dict[str, list[str]] = {}
    for name, tables in populations.items():
        own = ", ".join([population(tables), *(part for part in parts_of[name] if part not in shared)])
        shown = setting.each[name].experiment
        alike.setdefault(own if len(populations) > _LINES else f"{shown}: {own}", []).append(shown)
    lines = [
        line
        for own, names in alike.items()
        for line in (textwrap.wrap(f"{own}: {', '.join(names)}", _LETTERS) if len(populations) > _LINES else [own])
    ]
    lost = [f"{setting.each[name].experiment} {label}" for name in populations for label in stopped(populations[name])]
    return "\n".join([setting.with_source([f"scale {setting.scale}", *shared, *broken_off(lost)]), *lines])


def cluster_colour(cluster: int) -> str:
    """Colour of a cluster; beyond ten they repeat with another marker. The number is always printed too."""
    return _CLUSTER[cluster % len(_CLUSTER)]


def cluster_marker(cluster: int) -> str:
    """Marker of a cluster, changing where the colours repeat."""
    return MARKERS[cluster // len(_CLUSTER) % len(MARKERS)]


def shades(n: int) -> list[Colour]:
    """`n` ordered colours, from light to dark, for steps of one quantity."""
    return _of_mako(n + 2)[1 : n + 1]


def hues(n: int) -> tuple[Colour, ...]:
    """`n` colours of equal lightness around the circle of hues."""
    import seaborn  # only for figures of so many conditions: see `_from_light`

    return tuple(tuple(colour) for colour in seaborn.color_palette("husl", n))


def save(figure: Figure, path: str | Path, about: Mapping[str, Any] | None = None) -> tuple[Path, Path]:
    """Write `path` (PDF) and its PNG twin, whole or not at all; the same figure always gives the same bytes.

    Parameters
    ----------
    figure
        The figure.
    path
        Where the PDF is to be.
    about
        What it was made from, kept as JSON among the PDF's keywords (see `replicortex.records.summary`).

    Returns
    -------
    tuple[Path, Path]
        The PDF and the PNG.
    """
    pdf = Path(path).with_suffix(".pdf")
    made = pdf, pdf.with_suffix(".png")
    told = {"Creator": "replicortex", "Producer": None, "CreationDate": None}
    if about is not None:
        told["Keywords"] = json.dumps(about, sort_keys=True)
    with _house_style(), atomic_write(made[0]) as pdf_part, atomic_write(made[1]) as png_part:
        figure.savefig(pdf_part, format="pdf", dpi=300, metadata=told)
        figure.savefig(png_part, format="png", dpi=200, metadata={"Software": None})
    return made
