"""Names of a configuration that figures and claims read, and what in their place is probably misspelt.

An experiment, a condition or a value of a grid may have any name. One that nothing reads, beside one that is read and
missing, would be trained and then left out of the figures, or end them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from replicortex.config.names import SECTIONS
from replicortex.errors import ConfigError

if TYPE_CHECKING:
    from replicortex.config import Study
    from replicortex.pipeline.paper import Paper

CONDITIONS = "conditions"  # the setting of small networks all of whose values that are named have to be there


def check(study: Study, papers: Iterable[Paper], claimed: Iterable[str] = ()) -> None:
    """Make sure that what figures and claims read by name is there, or that nothing else looks like it.

    Parameters
    ----------
    study
        All experiments, whatever the scale has networks of.
    papers
        What they read is in their figures and in ``named``.
    claimed
        Experiments that claims are tested on.

    Raises
    ------
    ConfigError
        A condition that a figure draws is missing; an experiment or a value of a grid is missing that something reads,
        and one is there that nothing reads and that differs from it by a letter.
    """
    found: list[str] = []
    papers = tuple(papers)
    figures = (figure for paper in papers for figure in paper.figures)
    shown = {name: figure.name for figure in figures for name in figure.populations}
    read = {**dict.fromkeys(claimed, "the scorecard"), **shown}
    missing = [name for name in read if name not in study]
    for name, experiment in study.items():
        meant = "" if name in read else _meant(name, missing)
        if meant:
            path, gone = f"{SECTIONS[experiment.kind]}.{name}", f"{meant!r}, which {read[meant]} shows, is missing"
            found.append(f"{path}: nothing reads it, and {gone}; did you mean {meant!r}?")
    named = ((name, *each) for paper in papers for name, settings in paper.named.items() for each in settings.items())
    small = study.of_kind("small")
    for name, path, values in named:
        if path == CONDITIONS and name in small:
            found += _conditions(name, small[name].conditions, values)
        elif path != CONDITIONS and name in study:
            found += _values(f"experiments.{name}.grid.{path}", study[name].grid.get(path, {}), values)
    if found:
        raise ConfigError([f"{study.source}: {line}" for line in found])


def _conditions(name: str, there: Iterable[str], read: Iterable[str]) -> list[str]:
    lost = [each for each in read if each not in there]
    spare = {meant: each for each in there if each not in tuple(read) and (meant := _meant(each, lost))}
    hints = {each: f"; did you mean {each!r} by {spare[each]!r}?" if each in spare else "" for each in lost}
    return [
        f"primer.{name}.{CONDITIONS}: {each!r} is missing, which the figure of this experiment shows"
        + (hints[each] or "; give it back, or the experiment another name")
        for each in lost
    ]


def _values(path: str, there: Iterable[str], read: Iterable[str]) -> list[str]:
    lost = [each for each in read if each not in there]
    return [
        f"{path}: nothing reads {each!r}; did you mean {meant!r}?"
        for each in there
        if each not in tuple(read) and (meant := _meant(each, lost))
    ]


def _meant(name: str, missing: Iterable[str]) -> str:
    """The missing name that another is one slip of the pen away from, "" if there is none."""
    return next((each for each in missing if _one_slip(name, each)), "")


def _one_slip(one: str, other: str) -> bool:
    """Whether two names differ by a letter: two exchanged, one other, one left out or one too many within.

    Another digit, or something more at the end, makes a name of its own.
    """
    if one.casefold() == other.casefold():
        return one != other
    if len(one) == len(other):
        at = [i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
        if len(at) == 2 and at[1] == at[0] + 1:
            return one[at[0]] == other[at[1]] and one[at[1]] == other[at[0]]
        return len(at) == 1 and len(one) > 3 and not (one[at[0]].isdigit() and other[at[0]].isdigit())
    short, long = sorted((one, other), key=len)
    if len(long) != len(short) + 1 or long.startswith(short) and one == long:
        return False
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)) if not long[i].isdigit())
