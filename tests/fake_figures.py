"""What figures are drawn from in tests, what is expected of them, and the texts of one."""

from __future__ import annotations

from functools import cache

from fake_force import make_force, make_teaching
from fake_newton import make_newton
from fake_populations import make_population
from fake_taught import make_taught
from matplotlib.figure import Figure
from matplotlib.text import Text

from replicortex.figures import FIGURES, Setting
from replicortex.papers.nicola2017.figures import TEACHING
from replicortex.pipeline import papers

SHIPPED = "shipped with replicortex v0.1.0"
LETTERS = {
    "fig1": "abcde",
    "fig2": "abcde",
    "fig3": "abcdefghi",
    "fig4": "abcdefghij",
    "figS1": "",
    "figS2": "abcdefghij",
    "figS3": "abc",
    "figS4": "abcd",
    "figS5": "abc",
    "figS6": "abc",
    "figS_sizes": "abcdefgh",
    "figS_schedules": "abcd",
    "fig6": "abcdef",
    "fig7": "abcde",
    "figS8": "abc",
    "figS9": "abcde",
    "figS10": "abcdefg",
    "figS11": "abcd",
    "figS_optimisers": "abcde",
    "figS_parallel": "abcdefg",
    "fig5": "abcdef",
    "figS7": "ab",
    "figS_anti": "abcde",
    "figS_recordings": "abcd",
    "fig8": "abcde",
    "figS12": "abcde",
    "figS_training_length": "abcd",
    "primer_checkerboard": "abcdefghij",
    "primer_checkerboard_lstm": "abcdefghij",
    "primer_perceptual": "abcdefghi",
    "primer_grid": "abcde",
    "primer_exercises": "123456789",
    "primer_context": "abcde",
    "primer_classics": "abcd",
    "primer_meta_rl": "abcdefgh",
    "primer_fixed_points": "abcdefghi",
    "force_fig1": "abcdef",
    "force_fig2": "abcde",
    "force_figS2": "",
    "force_fig3": "abcdef",
    "force_fig3_long": "abcde",
    "force_fig4": "abcde",
    "force_fig5": "abcd",
    "force_figS10": "abcdef",
    "force_lesions": "ab",
    "force_sizes": "abc",
    "force_gq": "abc",
    "newton_planes": "abcdefghijkl",
    "newton_sizes": "abcdefghijkl",
    "newton_bias": "abcd",
    "fullforce_rates": "abcdefgh",
    "fullforce_interval": "abcd",
    "fullforce_spiking": "abcde",
}
# What the footer says of networks and trials where it is not three networks of 1.25 million trials.
POPULATIONS = {
    "fig3": ["n = 64 networks (seed 0, 64 conditions)", "640 thousand trials each"],
    "figS_sizes": [
        "reference: n = 3 networks (seeds 0-2)",
        "sizes: n = 6 networks (seeds 0-2, 2 conditions)",
        "1.25 million trials each",
    ],
    "fig8": ["n = 6 networks (seeds 0-2, 2 conditions)", "2.80 million trials each"],
    "figS12": ["n = 6 networks (seeds 0-2, 2 conditions)", "600 thousand trials each"],
    "figS_training_length": [
        "training_length: n = 12 networks (seeds 0-2, 4 conditions), 100 thousand to 1.00 million trials each",
        "reference: n = 3 networks (seeds 0-2), 1.25 million trials each",
    ],
    "fig7": [
        "reference: n = 3 networks (seeds 0-2), 1.25 million trials each",
        "posttraining: n = 24 networks (seeds 0-2, 8 conditions), ",
    ],
    "primer_meta_rl": [
        "primer_bandits: n = 6 networks (seeds 0-2, 2 conditions)",
        "primer_two_step: n = 3 networks (seeds 0-2)",
        "96 thousand episodes each",
    ],
    "primer_fixed_points": [
        "reference: n = 3 networks (seeds 0-2), 1.25 million trials each",
        "primer_context: n = 3 networks (seeds 0-2), 16 thousand trials each",
        "primer_perceptual: n = 30 networks (seeds 0-2, 10 conditions), 16 thousand trials each",
    ],
}
_OF_PRIMER = {
    "primer_checkerboard": 6,
    "primer_checkerboard_lstm": 6,
    "primer_perceptual": 10,
    "primer_grid": 27,
    "primer_exercises": 13,
    "primer_classics": 4,
}
POPULATIONS |= {
    name: [f"n = {3 * n} networks (seeds 0-2, {n} conditions)", "16 thousand trials each"]
    for name, n in _OF_PRIMER.items()
}
POPULATIONS["primer_context"] = ["n = 3 networks (seeds 0-2)", "16 thousand trials each"]
POPULATIONS |= {
    "force_fig1": ["no networks"],
    "force_fig2": ["n = 20 networks (seeds 0-19), trained for 5 s: fig2_lif_sine, fig2_iz_sine"],
    "force_gq": ["conditions)", "64 neurons", "trained for "],
    "fullforce_rates": ["ff_oscillation: n = 80 networks (seeds 0-9, 8 conditions)", "trained for 200 s"],
    "fullforce_interval": ["n = 20 networks (seeds 0-9, 2 conditions)"],
    "newton_planes": ["n = 320 networks (seeds 0-4, 64 conditions)"],
    "newton_sizes": ["n = 120 networks (seeds 0-9, 12 conditions)"],
    "newton_bias": ["n = 120 networks (seeds 0-9, 12 conditions)"],
    "fullforce_spiking": ["ff_spiking: n = 40 networks (seeds 0-9, 4 conditions)"],
}


TAUGHT = {figure.name for figure in papers()["fullforce2018"].figures}
NEWTON = {figure.name for figure in papers()["newton2025"].figures}
FORCE = {figure.name for figure in papers()["nicola2017"].figures}
SPIKING = FORCE | TAUGHT | NEWTON  # of networks listed in a summary
RATE = [name for name in FIGURES if name not in SPIKING]
SEVERAL = [name for name, entry in FIGURES.items() if len(entry.shows) > 1]


@cache
def _spiking(experiment: str, networks: int | None) -> dict:
    if experiment.startswith("ff_"):
        return make_taught(experiment, networks)
    if experiment.startswith("nn_"):
        return make_newton(experiment, networks)
    return make_teaching() if experiment == TEACHING else make_force(experiment, networks=networks)


def tables_of(name: str, networks: tuple[str, ...] | None = None, **options: object) -> dict:
    """Tables of every experiment that a figure can show; of spiking networks, of the first so many."""
    entry, read = FIGURES[name], {}
    few = {} if networks is None else {"networks": networks}
    for experiment, tables in entry.every.items():
        if name in SPIKING:
            whole = _spiking(experiment, networks and len(networks))
        else:
            whole = make_population(experiment, **few, **options)
        read[experiment] = {table: whole[table] for table in tables}
    return read if entry.several else next(iter(read.values()))


def wanted(name: str) -> list[str]:
    """What a figure's footer is to say at scale laptop."""
    plain = ["n = 3 networks (seeds 0-2)", "1.25 million trials each"]
    kind = [] if name == "force_fig1" else ["64 neurons"] if name in SPIKING else ["64 units", "schedule fast"]
    return ["scale laptop", *kind, *POPULATIONS.get(name, [] if name in SPIKING else plain)]


def setting_of(name: str, scale: str = "laptop", networks: str = SHIPPED) -> Setting:
    schedule = "" if name in SPIKING else "fast"
    each = [Setting(scale, experiment, schedule, 64, networks) for experiment in FIGURES[name].every]
    return Setting.joint(each) if len(each) > 1 else each[0]


def texts_of(figure: Figure, gid: str | None = None) -> list[str]:
    found = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
    return [text.get_text() for text in found if gid is None or text.get_gid() == gid]
