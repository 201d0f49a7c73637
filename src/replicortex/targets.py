"""Files that a call asks for and that no rule can make: which figure was probably meant, and which there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path

from replicortex.errors import ConfigError, nearest

DRAWN = (".pdf", ".png")
# Options of Snakemake whose value is a path, and no target.
_WITH_PATH = ("--report", "--report-stylesheet", "--archive", "--directory", "-d", "--snakefile", "-s", "--configfile",
              "--configfiles", "--profile", "--workflow-profile", "--runtime-profile", "--report-metadata")  # fmt: skip
# Options whose values, up to the next option, are names of rules or jobs; a cluster's jobs are called with two of them.
_WITH_NAMES = ("--allowed-rules", "--target-jobs", "--forcerun", "-R", "--until", "-U", "--omit-from", "-O",
               "--prioritize", "-P")  # fmt: skip
_LIKE_A_FIGURE = (*DRAWN, ".wav", ".html", ".svg", ".jpg", ".eps")


def of_call(words: Sequence[str]) -> list[str]:
    """What a command line of Snakemake may ask for: all after ``--``, or what is no option and no path of one."""
    if "--" in words:
        return list(words[words.index("--") + 1 :])
    asked, last, option = [], "", ""
    for word in words:
        if word.startswith("-"):
            option = word
        elif "=" not in word and last not in _WITH_PATH and option not in _WITH_NAMES:
            asked.append(word)
        last = word
    return asked


def check(
    targets: Iterable[str], figures: Path, names: Sequence[str], others: Sequence[str] = (), rules: Sequence[str] = ()
) -> list[str]:
    """Names of the figures that a call asks for, once every target that looks like one is one.

    Parameters
    ----------
    targets
        What the call asks for: files, or names of rules. Those that do not look like figures are left to Snakemake.
    figures
        The folder of figures.
    names
        All figures, in the order in which they are listed.
    others
        Files of other kinds that may stand in the folder, e.g. "scorecard.html".
    rules
        Rules that are asked for by name, e.g. "gallery".

    Raises
    ------
    ConfigError
        A target that looks like a figure and is none.
    """
    asked = []
    for target in targets:
        path = Path(target)
        drawn = path.suffix in DRAWN and path.stem in names
        if path.parent == figures and drawn:
            asked.append(path.stem)
        elif path.parent.parent == figures and drawn:
            continue  # of another population; its rule knows which there are
        elif not (path.parent == figures and path.name in others) and _is_figure(path, figures, names, rules):
            raise ConfigError(_told(target, path, figures, names, others, rules))
    return asked


def _is_figure(path: Path, figures: Path, names: Sequence[str], rules: Sequence[str]) -> bool:
    """Whether a target was meant as a figure or as one of the rules that draw them."""
    if str(path) in rules:
        return False
    folder = path.parent
    if len(path.parts) == 1 and not path.suffix:
        exact = path.name.casefold() in map(str.casefold, names)  # other words may be names of rules
        return exact or bool(difflib.get_close_matches(path.name, rules, cutoff=0.8))
    close = any(
        folder.parent == usual.parent
        and difflib.get_close_matches(folder.name.casefold(), [usual.name.casefold()], cutoff=0.85)
        for usual in (figures, Path("figures"))
    )
    drawn = path.suffix.lower() in _LIKE_A_FIGURE
    if folder.parent == figures and drawn:
        return True  # figures/<population>/<name>.pdf
    return close or drawn and (folder == Path(".") or path.stem in names)


def _told(
    target: str, path: Path, figures: Path, names: Sequence[str], others: Sequence[str], rules: Sequence[str]
) -> str:
    files = [*(f"{name}{suffix}" for name in names for suffix in DRAWN), *others]
    guess = nearest(path.name if path.suffix else f"{path.name}.pdf", files)
    rule = nearest(target, rules)
    folder = path.parent if path.parent.parent == figures else figures  # of a population
    meant = rule if rule and "." not in target and "/" not in target else guess and (folder / guess).as_posix()
    hint = f"did you mean {meant}? " if meant else ""
    listed = f"Figures are {', '.join(names)}; each as {figures.as_posix()}/<name>.pdf or .png"
    return f"{target}: no such figure; {hint}{listed}"
