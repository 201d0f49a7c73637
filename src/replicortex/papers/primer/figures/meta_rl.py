"""Meta-reinforcement learning: learning to learn, regret beside baselines, the two-step task (Wang et al. 2018)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replicortex.primer.measure.effects import NETWORK, stay_effects
from replicortex.primer.meta_rl_baselines import best_value
from replicortex.report import style
from replicortex.report.checks import Tables, of
from replicortex.report.proportions import wilson
from replicortex.report.style import Colour, Setting, letter, place

_HEIGHT = 6.5
BANDITS, TWO_STEP = "primer_bandits", "primer_two_step"
INDEPENDENT, CORRELATED = "independent arms", "correlated arms"
_TASK: dict[str, Colour] = {INDEPENDENT: "#0072B2", CORRELATED: "#009E73", "two-step": "#D55E00"}
NAME = {NETWORK: "networks"}
LOOK: dict[str, tuple[Colour, str]] = {
    "random": ("0.6", ":"),
    "UCB1": ("#E69F00", "-."),
    "Thompson sampling": ("#CC79A7", "--"),
    "finite-horizon index": ("#009E73", "-"),
    "Bayes-optimal": ("#D55E00", ":"),
    "model-free": ("#E69F00", "-"),
    "model-based": ("#009E73", "-"),
    NETWORK: ("#0072B2", "-"),
}
_STAY = (NETWORK, "model-free", "model-based", "Bayes-optimal")
_COMMON, _RARE = "#0072B2", "#D55E00"


@style.styled
def primer_meta_rl(populations: Mapping[str, Tables], setting: Setting) -> Figure:
    """Draw the figure: a training, b, c regret in bandits, d within an episode, e staying, f, g what it shows."""
    bandits, two_step = populations[BANDITS], populations[TWO_STEP]
    title = "Meta-reinforcement learning: networks that learn within an episode, with frozen weights"
    figure = style.page(title, _HEIGHT, setting, _episodes(style.provenances(populations, setting)))
    letter(figure, "a", 0.08, 0.5, "Training")
    _training(place(figure, 0.45, 0.62, 1.6, 1.35), populations)
    letter(figure, "b", 2.4, 0.5, "Test: two independent arms")
    ax = place(figure, 2.75, 0.62, 1.75, 1.35)
    _regret(ax, of(bandits["regret"], task=INDEPENDENT))
    lines, names = _legend(bandits["regret"])
    ax.legend(
        lines, names, loc="upper left", bbox_to_anchor=(-0.42, -0.24), ncols=6, columnspacing=1.0, handlelength=1.8
    )
    letter(figure, "c", 4.8, 0.5, "Test: arms whose chances sum to 1")
    _regret(place(figure, 5.15, 0.62, 1.75, 1.35), of(bandits["regret"], task=CORRELATED))
    letter(figure, "d", 0.08, 2.75, "Within an episode")
    _within(place(figure, 0.45, 2.87, 1.6, 1.3), of(bandits["within"], task=INDEPENDENT))
    letter(figure, "e", 2.4, 2.75, "Two-step task: the same action again, after ...")
    for i, learner in enumerate(_STAY):
        ax = place(figure, 2.75 + 1.06 * i, 2.95, 0.93, 1.22)
        _stay(ax, of(two_step["stay"], learner=learner))
        if i:
            ax.set_yticklabels([])
        else:
            ax.set_ylabel("P(stay)")
        ax.set_title(NAME.get(learner, learner), color=_title(learner))
    for left, text, colour in ((5.3, "common transition", _COMMON), (6.32, "rare", _RARE)):
        width, height = figure.get_size_inches()
        figure.text(left / width, 1 - 2.75 / height, text, color=colour, fontsize=7)
    letter(figure, "f", 0.08, 4.75, "What staying depends on")
    _effects(place(figure, 0.45, 4.87, 1.6, 1.0), two_step["stay"])
    letter(figure, "g", 2.4, 4.75, "Regression of staying")
    _regression(place(figure, 2.75, 4.87, 2.0, 1.0), two_step["stay_regression"])
    letter(figure, "h", 5.1, 4.75, "Regret, two-step task")
    _final(place(figure, 6.05, 4.87, 0.85, 1.0), two_step["regret"])
    return figure


def _episodes(footer: str) -> str:
    """What networks of this figure were trained on is episodes, where other footers count trials."""
    return footer.replace(" trials each", " episodes each")


def _title(learner: str) -> Colour:
    return LOOK[learner][0] if learner == NETWORK else "0.15"


def _training(ax: Axes, populations: Mapping[str, Tables]) -> None:
    """Mean reward of a trial over episodes trained: each network faint, the median bold; the best possible dashed."""
    for tables in populations.values():
        for task, history in tables["history"].groupby("task", sort=False):
            colour = _TASK.get(str(task), "0.3")
            wide = history.pivot(index="trials", columns="network", values="performance")
            thousands = wide.index.to_numpy() / 1000
            ax.plot(thousands, wide.to_numpy(), color=colour, lw=0.4, alpha=0.4)
            ax.plot(thousands, wide.median(axis=1), color=colour, lw=1.3, label=str(task))
            best = of(tables["regret"], task=task, learner="Bayes-optimal")
            trials = best["trial"].nunique()
            exact = best_value(trials, str(task).removesuffix(" arms"))  # simulated where it is not known
            reached = best["reward"].mean() if exact is None else exact / trials
            ax.axhline(float(reached), color=colour, lw=0.7, ls=(0, (2, 1.5)))
    ax.set_xlabel("Episodes trained (thousand)")
    ax.set_ylabel("Reward per trial")
    ax.set_ylim(0.45, 0.78)
    ax.legend(loc="upper left", handlelength=1.0, bbox_to_anchor=(-0.1, -0.2), labelspacing=0.1)
    ax.text(0.62, -0.3, "dashed: best", transform=ax.transAxes, fontsize=style.SMALL, color="0.35")


def _regret(ax: Axes, table: pd.DataFrame) -> None:
    """Regret so far against the trial: networks each, baselines their mean over the networks' common episodes."""
    for learner, part in table.groupby("learner", sort=False):
        colour, dashes = LOOK[str(learner)]
        wide = part.pivot(index="trial", columns="network", values="regret")
        if learner == NETWORK:
            ax.plot(wide.index, wide.to_numpy(), color=colour, lw=0.9, zorder=4)
        else:
            ax.plot(wide.index, wide.mean(axis=1), color=colour, lw=1.1, ls=dashes, zorder=3)
    calm = table[table["learner"] != "random"]
    last = calm[calm["trial"] == calm["trial"].max()]["regret"].max()
    ax.set_ylim(0, 1.25 * float(last) if last > 0 else 1)
    ax.set_xlim(0, table["trial"].max())
    ax.set_xlabel("Trial of the episode")
    ax.set_ylabel("Regret (rewards given away)")


def _legend(table: pd.DataFrame) -> tuple[list[Any], list[str]]:
    from matplotlib.lines import Line2D

    order = [NETWORK, *(name for name in table["learner"].unique() if name != NETWORK)]
    lines = [Line2D([], [], color=LOOK[name][0], ls=LOOK[name][1], lw=1.1) for name in order]
    return lines, [NAME.get(name, name) for name in order]


def _within(ax: Axes, table: pd.DataFrame) -> None:
    """Share of episodes in which the better arm is pulled, by trial and by how far the arms are apart."""
    gaps = table[["gap_low", "gap_high"]].drop_duplicates().sort_values("gap_low")
    for (low, high), colour in zip(gaps.itertuples(index=False), style.shades(len(gaps)), strict=True):
        group = of(table, gap_low=low)
        for learner, dashes in (("Thompson sampling", "--"), (NETWORK, "-")):
            counts = of(group, learner=learner).groupby("trial")[["n_better", "n"]].sum()
            smooth = (counts["n_better"] / counts["n"]).rolling(3, min_periods=1, center=True).mean()
            label = f"{low:g} to {high:g}" if learner == NETWORK else None
            ax.plot(smooth.index, smooth, color=colour, ls=dashes, lw=1.1 if learner == NETWORK else 0.7, label=label)
    ax.set_ylim(0.2, 1.02)
    ax.set_xlabel("Trial of the episode")
    ax.set_ylabel("P(better arm)")
    ax.legend(title="arms differ by", loc="lower right", handlelength=1.0)
    ax.text(0.02, 0.03, "dashed: Thompson", transform=ax.transAxes, fontsize=style.SMALL, color="0.35")


def _stay(ax: Axes, table: pd.DataFrame) -> None:
    """Probability to stay by reward and transition, over networks; a dot is a network."""
    for (rewarded, common), part in table.groupby(["rewarded", "common"]):
        x = (0 if rewarded else 1) + (-0.2 if common else 0.2)
        colour = _COMMON if common else _RARE
        k, n = float(part["n_stay"].sum()), float(part["n"].sum())
        share = k / n if n else np.nan
        ax.bar(x, share, 0.36, color=colour, alpha=0.85, lw=0)
        low, high = wilson(np.array([k]), np.array([n]))
        ax.vlines([x], low, high, color="0.15", lw=0.7)
        if part["network"].nunique() > 1 and (part["learner"] == NETWORK).all():
            each = part["n_stay"] / part["n"].where(part["n"] > 0)
            spread = np.linspace(-0.1, 0.1, len(each))
            ax.plot(x + spread, each, "o", ms=1.8, mfc="white", mec="0.15", mew=0.4, zorder=4)
    ax.set_ylim(0, 1.02)
    ax.set_xticks([0, 1], ["reward", "no reward"])
    ax.tick_params(axis="x", length=0)


def _effects(ax: Axes, stay: pd.DataFrame) -> None:
    """Interaction against the main effect of reward, of every network and of the baselines."""
    ax.fill_between([-1, 0, 1], [1, 0, 1], 1, color="0.93", lw=0, zorder=0)
    for learner in ("random", *_STAY[1:], NETWORK):
        parts = [part for _, part in of(stay, learner=learner).groupby("network", sort=False)]
        found = pd.DataFrame([stay_effects(part) for part in (parts if learner == NETWORK else parts[:1])])
        look: Any = {"marker": "o" if learner == NETWORK else "D", "ms": 3.4 if learner == NETWORK else 3, "ls": ""}
        ax.plot(found["reward"], found["interaction"], color=LOOK[learner][0], label=NAME.get(learner, learner),
                mec="white", mew=0.3, zorder=4, **look)  # fmt: skip
    ax.set_xlim(-0.1, 0.85)
    ax.set_ylim(-0.05, 0.6)
    ax.set_xlabel("Main effect of reward")
    ax.set_ylabel("Reward x transition")
    ax.legend(loc="upper right", handlelength=0.8, handletextpad=0.2, labelspacing=0.15, bbox_to_anchor=(1.06, 1.06))
    ax.text(0.98, 0.03, "shaded: looks ahead", transform=ax.transAxes, ha="right", fontsize=style.SMALL, color="0.45")


def _regression(ax: Axes, table: pd.DataFrame) -> None:
    """Coefficients: bars of three learners side by side, dots for networks."""
    terms = list(dict.fromkeys(table["term"]))
    shown = [learner for learner in (NETWORK, "model-free", "model-based") if learner in set(table["learner"])]
    for i, learner in enumerate(shown):
        wide = of(table, learner=learner).pivot(index="network", columns="term", values="coefficient")[terms]
        x = np.arange(len(terms)) + 0.25 * (i - 1)
        ax.bar(x, wide.median(), 0.22, color=LOOK[learner][0], label=NAME.get(learner, learner), lw=0)
        if learner == NETWORK:
            ax.plot(np.tile(x, (len(wide), 1)), wide, "o", ms=1.8, mfc="white", mec="0.15", mew=0.4, zorder=4)
    ax.axhline(0, color="0.15", lw=0.6)
    ax.set_xticks(range(len(terms)), [term.replace(" x ", " x\n") for term in terms])
    ax.tick_params(axis="x", length=0)
    ax.set_ylabel("Log odds to stay")
    low, high = ax.get_ylim()
    ax.set_ylim(low, low + 1.25 * (high - low))
    ax.legend(loc="upper left", handlelength=0.8, ncols=3, columnspacing=0.8, handletextpad=0.4)


def _final(ax: Axes, regret: pd.DataFrame) -> None:
    """Regret at the end of an episode: networks as dots, baselines as lines."""
    last = of(regret, trial=regret["trial"].max())
    order = [NETWORK, *(name for name in last["learner"].unique() if name != NETWORK)][::-1]
    for y, learner in enumerate(order):
        values = of(last, learner=learner)["regret"]
        if learner == NETWORK:
            spread = y + np.linspace(-0.15, 0.15, len(values)) if len(values) > 1 else [y]
            ax.plot(values, spread, "o", ms=3, color=LOOK[learner][0], mec="white", mew=0.3, clip_on=False)
        else:
            ax.plot([values.mean()] * 2, [y - 0.3, y + 0.3], color=LOOK[learner][0], lw=2)
    ax.set_yticks(range(len(order)), [NAME.get(name, name) for name in order])
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(0, None)
    ax.set_ylim(-0.5, len(order) - 0.5)
    ax.set_xlabel("Rewards given away")
