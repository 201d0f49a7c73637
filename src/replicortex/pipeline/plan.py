"""What a call of the workflow plans with: which networks, tables, figures and claims there are, and what each needs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NoReturn

from replicortex import names_read, pretrained, targets
from replicortex.config import Study
from replicortex.errors import ConfigError
from replicortex.pipeline.kinds import KINDS, Kind, files_of, in_shards, jobs_of
from replicortex.pipeline.marks import Marks
from replicortex.pipeline.paper import Figure, Paper, Step
from replicortex.pretrained import Shipped

Read = Mapping[str, tuple[str, ...]]  # experiment -> tables
# The pages that show what became of the claims, and the table that each is drawn from.
OF_CLAIMS = {
    "scorecard": "scorecard/scorecard.parquet",
    "figS_samples": "scorecard/sample_size.parquet",
    "robustness": "scorecard/recipes.parquet",
}
PAGE = "scorecard.html"


def stop(reason: object) -> NoReturn:
    """End the call with one sentence."""
    sys.exit(str(reason))


class Plan:
    """The networks, tables, figures and claims of a study.

    Parameters
    ----------
    study
        The experiments.
    papers
        By name.
    shipped
        What is shipped of each experiment, where the study takes its networks from there.
    claimed
        Experiment -> tables that claims are tested on.
    """

    def __init__(
        self, study: Study, papers: Mapping[str, Paper], shipped: Mapping[str, Shipped], claimed: Read
    ) -> None:
        self.study, self.papers, self.shipped = study, papers, shipped
        self.kinds: dict[str, Kind] = {name: KINDS[each.kind] for name, each in study.items()}
        self.members = {name: {m.label: m for m in each.members()} for name, each in study.items()}
        self.files = {name: files_of(self.kinds[name].name, each) for name, each in study.items()}
        self.shards = {name: in_shards(list(files), study.shard) for name, files in self.files.items()}
        self.together = {name: jobs_of(self.kinds[name].name, each) for name, each in study.items()}
        self.steps: dict[str, dict[str, Step]] = {}  # experiment -> table -> the step that makes it
        for paper in papers.values():
            for step in paper.steps:
                for name in self.experiments_of(paper, step):
                    self.steps.setdefault(name, {}).update(dict.fromkeys(step.makes, step))
        self.marks = Marks(study, self.steps)
        self.fingerprint = cache(self._fingerprint)  # of a network, asked for by each of its jobs
        self.figures: dict[str, Figure] = {}
        for paper in papers.values():
            for figure in paper.figures:
                if figure.name in self.figures or figure.name in OF_CLAIMS:
                    raise ConfigError(f"paper {paper.name!r}: there is a figure {figure.name!r} already; rename one")
                self.figures[figure.name] = figure
        self.claimed = self._on_hand(claimed)
        self.recipes = {paper.name: self._recipes(paper) for paper in papers.values() if paper.recipes}
        names_read.check(study, papers.values(), self.claimed)

    def experiments_of(self, paper: Paper, step: Step) -> list[str]:
        """The experiments that a step is for."""
        if step.experiments:
            return list(step.experiments)
        return [name for name in self.study if self.study[name].paper == paper.name]

    def _on_hand(self, claimed: Read) -> dict[str, tuple[str, ...]]:
        """Networks that only figures on request show are not trained for a claim: it is judged once they have been."""
        shown: dict[bool, set[str]] = {True: set(), False: set()}
        for figure in self.figures.values():
            shown[figure.on_request].update((*figure.shows, *figure.optional))
        aside = shown[True] - shown[False]
        return {
            name: tables
            for name, tables in claimed.items()
            if name not in aside
            or self.absent(name)
            or self.study.pretrained
            or Path(self.table(name, "history")).exists()
        }

    def _recipes(self, paper: Paper) -> Read:
        """Tables of the claims about a paper's main population, for each recipe that has been trained already."""
        main, *others = paper.recipes
        tables = self.claimed.get(main, ())
        here = [
            name
            for name in others
            if name in self.study and not self.absent(name)
            and (self.study.pretrained or Path(self.table(name, "history")).exists())
        ]  # fmt: skip
        return dict.fromkeys([main, *here], tables)

    @property
    def has_recipes(self) -> bool:
        """Whether a main population has been trained in another way, too."""
        return any(len(recipes) > 1 for recipes in self.recipes.values())

    def _fingerprint(self, experiment: str, label: str) -> str:
        """Fingerprint of the settings of a network."""
        return self.members[experiment][label].experiment.fingerprint()

    # networks and tables

    @property
    def results(self) -> str:
        """The folder of the scale."""
        return self.study.folder.as_posix()

    def kind(self, experiment: str) -> Kind:
        """Of an experiment, or of tables for which no network is trained, which lie where their paper's others do."""
        if experiment in self.kinds:
            return self.kinds[experiment]
        owners = [each for each in self.papers.values() for step in each.steps if experiment in step.experiments]
        return KINDS[owners[0].kinds[0] if owners else "rate"]

    def table(self, experiment: str, table: str) -> str:
        """File of a table."""
        return f"{self.results}/{self.kind(experiment).tables.format(experiment=experiment, table=table)}"

    def weights(self, experiment: str, names: Iterable[str]) -> list[str]:
        """Weight files."""
        path = f"{self.results}/{self.kind(experiment).weights}"
        return [path.format(experiment=experiment, network=name) for name in names]

    def networks(self, experiment: str) -> dict[str, list[str]]:
        """Weight files of an experiment by name; a request for none is an error, not an empty table."""
        if not self.files.get(experiment):
            known = ", ".join(name for name in self.files if self.files[name])
            kind = "shipped networks" if self.study.pretrained else "networks"
            stop(
                f"experiment {experiment!r} has no {kind} at scale {self.study.scale!r}; those with: {known or 'none'}"
            )
        return self.files[experiment]

    def absent(self, experiment: str) -> str:
        """Why there are no networks of an experiment, in a few words; "" if there are, or if none is needed."""
        return "" if self.without_networks(experiment) else self.study.absent(experiment)

    def without_networks(self, experiment: str) -> bool:
        """Whether its tables are made from nothing, as those of single neurons are."""
        steps = self.steps.get(experiment, {})
        return bool(steps) and not any(step.reads for step in steps.values())

    # figures and claims

    def read(self, figure: str, entry: Figure | None = None) -> Read:
        """Experiment -> names of the tables that a figure, or a page of claims, is drawn from.

        A figure takes what it needs, and the optional ones where there are networks. The scorecard takes what there is:
        claims on networks or tables that there are not, are not testable.
        """
        if figure not in OF_CLAIMS:
            entry = entry or self.figures[figure]
            return entry.read(name for name in entry.optional if not self.absent(name))
        wanted = self.claimed
        if figure == "robustness":
            wanted = {name: tables for recipes in self.recipes.values() for name, tables in recipes.items()}
        present = {name: names for name, names in wanted.items() if not self.absent(name)}
        if self.study.pretrained and not self.study.remeasure:
            made = {name: names for name, names in present.items() if self.without_networks(name)}
            shipped = {name: names for name, names in present.items() if name in self.shipped}
            present = {name: pretrained.shipped_tables(self.shipped[name], names) for name, names in shipped.items()}
            present |= made
        return present

    def shown(self, figure: str, entry: Figure | None = None) -> Read:
        """The same, once networks and tables for it are known to be there.

        Parameters
        ----------
        figure
            Its name.
        entry
            The figure with other experiments in place of the paper's.

        Raises
        ------
        ConfigError
            They are not.
        """
        if figure == "robustness" and not self.has_recipes:
            raise ConfigError("robustness: no population of another recipe has been trained; docs/robustness.md")
        if figure in OF_CLAIMS:
            names = [name for name in self.claimed if not self.without_networks(name)]
            needs = [need for paper in self.papers.values() for need in paper.needs]
            self.study.require(figure, [name for name in names if not self.absent(name)] or names, needs)
        else:
            entry, read = entry or self.figures[figure], self.read(figure, entry)
            if not read:
                raise ConfigError("; ".join(f"{figure}: {self.absent(name)}" for name in entry.optional))
            self.study.require(figure, [name for name in read if not self.without_networks(name)], entry.needs)
        if self.study.pretrained and not self.study.remeasure:
            read = self.read(figure, entry)
            shipped = {name: tables for name, tables in read.items() if not self.without_networks(name)}
            pretrained.require_tables(figure, self.shipped, shipped)
        return self.read(figure, entry)

    def required(self, figure: str, entry: Figure | None = None) -> Read:
        """The same, or the end of the call."""
        try:
            return self.shown(figure, entry)
        except ConfigError as error:
            stop(error)

    def left_out(self, figure: str) -> str:
        """Why a figure is not among those of `all`; "" if it is.

        It is left out for want of networks or of shipped tables alone; another reason is an error.
        """
        needed = self.claimed if figure in OF_CLAIMS else self.figures[figure].shows
        needed = {name: tables for name, tables in needed.items() if not self.without_networks(name)} or needed
        absent = [reason for reason in map(self.absent, needed) if reason]
        if absent and (figure not in OF_CLAIMS or len(absent) == len(needed)):
            return "; ".join(absent)
        if figure not in OF_CLAIMS and not self.read(figure):
            return "; ".join(self.absent(name) for name in self.figures[figure].optional)
        try:
            self.shown(figure)
        except ConfigError as error:
            return str(error) if self.study.pretrained or figure == "robustness" else ""
        return ""

    @property
    def every(self) -> list[str]:
        """Every figure but those that are drawn when asked for by name."""
        shown = [name for name, each in self.figures.items() if not each.on_request]
        return [*shown, *(name for name in OF_CLAIMS if name != "robustness")]

    @property
    def drawn(self) -> list[str]:
        """Those of them that there are networks for."""
        return [name for name in self.every if not self.left_out(name)]

    @property
    def gallery(self) -> list[str]:
        """Every figure that the shipped networks suffice for."""
        names = [*self.figures, *OF_CLAIMS] if self.study.pretrained else []
        return [name for name in names if not self.left_out(name)]

    def pages(self, figures: Iterable[str]) -> list[str]:
        """Files of figures, and the scorecard's page if it is one of them."""
        names = list(figures)
        files = [self.drawing(name) for name in names]
        return [*files, f"{self.study.figures.as_posix()}/{PAGE}"] if "scorecard" in names else files

    def drawing(self, figure: str, suffix: str = ".pdf", population: str = "") -> str:
        """File of a figure; of one that shows another population than the paper's, in a folder of its name."""
        return (self.study.figures / population / f"{figure}{suffix}").as_posix()

    def whole(self) -> list[str]:
        """The files of `all`; says which figures are left out and why, and ends the call if all are."""
        drawn = self.drawn
        if not any(name in OF_CLAIMS or self.figures[name].populations for name in drawn):
            self.required(self.every[0])
        for name in self.every:
            if name not in drawn:
                print(f"{name} is not drawn: {self.left_out(name)}", file=sys.stderr)
        sounds = [name for name in drawn if name in self.figures and self.sound_of(name)]
        return [*self.pages(drawn), *(self.drawing(name, ".wav") for name in sounds)]

    def sound_of(self, figure: str) -> str:
        """The experiment that can be heard beside a figure, "" if there is none."""
        sound = self.figures[figure].sound
        return sound if sound and not self.absent(sound) else ""

    def asked(self, words: Iterable[str]) -> list[str]:
        """Figures that the command line names; ends the call for one that there is not or that cannot be drawn."""
        sounds = [f"{name}.wav" for name, each in self.figures.items() if each.sound]
        names, given = [*self.figures, *OF_CLAIMS], list(words)
        try:
            asked = targets.check(given, self.study.figures, names, [PAGE, *sounds], ["all", "gallery", "plan"])
        except ConfigError as error:
            stop(error)
        for name in asked:
            self.required(name)
        if "gallery" in given and not (self.study.pretrained and self.shipped):
            none = f"no networks are shipped at scale {self.study.scale!r}"
            stop(
                f"gallery: draws shipped networks; {none if self.study.pretrained else 'add --config pretrained=true'}"
            )
        return asked
