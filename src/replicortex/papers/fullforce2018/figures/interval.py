"""The ready-set-go task with and without a hint to the teacher (DePasquale et al. 2018)."""

from __future__ import annotations

from matplotlib.figure import Figure

from replicortex.papers.fullforce2018.figures import panels
from replicortex.papers.fullforce2018.figures.panels import HINT
from replicortex.report import style
from replicortex.report.checks import Tables
from replicortex.report.style import Setting, letter, place

_HEIGHT = 4.6


@style.styled
def figure(tables: Tables, setting: Setting) -> Figure:
    """Draw outputs of two trials (a), intervals produced (b), errors of responses (c) and dimensions (d)."""
    title = "Ready-set-go with and without a hint to the teacher"
    page = style.page(title, _HEIGHT, setting, style.provenance(tables, setting))
    summary = tables["summary"]
    letter(page, "a", 0.08, 0.5, "Output and target (dashed) in the last two trials of the test")
    for i, (hint, (colour, words)) in enumerate(HINT.items()):
        network = panels.example(summary, 0, hint=hint)
        ax = place(page, 0.55 + 3.4 * i, 0.78, 3.0, 0.95)
        if not network:
            panels.absent(ax)
            continue
        seconds = float(tables["traces"].query("network == @network")["time_s"].max())
        panels.output(ax, tables["traces"], network, colour, seconds)
        ax.set(title=words, ylim=(-1.2, 1.6), ylabel="" if i else "Output")
    letter(page, "b", 0.08, 2.25, "Intervals, both networks of a")
    ax = place(page, 0.55, 2.4, 1.75, 1.55)
    responses = tables["responses"]
    for hint, (colour, words) in HINT.items():
        if not panels.example(summary, 0, hint=hint):
            continue
        one = responses[responses["network"] == panels.example(summary, 0, hint=hint)]
        ax.plot(one["interval_s"], one["produced_s"], "o", color=colour, ms=2.2, mew=0, alpha=0.7, label=words)
    ends = [responses["interval_s"].min(), responses["interval_s"].max()]
    ax.plot(ends, ends, **panels.TARGET)
    ax.set(xlabel="Requested (s)", ylabel="Produced (s)")
    ax.legend(loc="upper left")
    measures = ("c", "Error of responses", "response_nmse", "Error (test)", 2.6), (
        "d", "Dimensions in the second delay", "participation", "Participation ratio", 4.95,
    )  # fmt: skip
    for name, caption, column, label, left in measures:
        letter(page, name, left, 2.25, caption)
        ax = place(page, left + 0.5, 2.4, 1.4, 1.55)
        for x, (hint, (colour, _)) in enumerate(HINT.items()):
            if hint in set(summary["hint"]):
                panels.spread(ax, x, summary[summary["hint"] == hint].sort_values("seed")[column], colour)
        ax.set_xticks(range(len(HINT)), [words for _, words in HINT.values()])
        ax.set(xlim=(-0.5, 1.5), ylabel=label)
        ax.set_ylim(bottom=0)
        ax.tick_params(axis="x", length=0)
    return page
