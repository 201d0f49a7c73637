"""The rules that come after measuring: figures, sounds, claims and pages, as data."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from replicortex import provenance
from replicortex.methods import methods
from replicortex.pipeline.paper import Figure
from replicortex.pipeline.plan import OF_CLAIMS, PAGE, Read, stop
from replicortex.pipeline.rule import Maker, Rule, Wildcards
from replicortex.report.captions import captions
from replicortex.report.figures import PAGES

_TEMPLATES = Path(__file__).parent / "page" / "templates"


class Drawing(Maker):
    """Figures, sounds, and what became of the claims."""

    def every(self) -> Iterator[Rule]:
        """All of them."""
        yield self._figure()
        yield self._variant()
        if any(self.plan.sound_of(name) for name in self.plan.figures):
            yield self._sound()
        yield self._claims()
        yield self._recipes()
        yield self._claims_figure()
        yield self._page()

    def in_report(self, path: str) -> dict[str, Any]:
        """Where a file stands in Snakemake's report."""
        if path.endswith(".html"):
            return {"caption": "report/start.rst", "category": "Start page"}
        return {"caption": "report/figure.rst", "category": self._wing, "labels": {"figure": "{figure}"}}

    @cache  # noqa: B019
    def _captions(self) -> Mapping[str, str]:
        """Of the figures, by name."""
        return captions([*self.plan.figures.values(), *PAGES.values()])

    def _wing(self, wildcards: Wildcards) -> str:
        """The paper that a figure belongs to."""
        owners = [paper for paper in self.plan.papers.values() if wildcards.figure in {f.name for f in paper.figures}]
        return owners[0].title if owners else "Start page"

    def _figure(self) -> Rule:
        return self._drawing("figure", "", lambda wildcards: (self.plan.figures[wildcards.figure], ""))

    def _variant(self) -> Rule:
        """A figure of another population than the paper's, in a folder of its name."""

        def entry(wildcards: Wildcards) -> tuple[Figure, str]:
            known = {name: "" for name in self.plan.study}
            population = wildcards.population
            if population not in known:
                stop(f"figures/{population}: no population {population!r}; there are {', '.join(known)}")
            try:
                return self.plan.figures[wildcards.figure].showing(population), population
            except ValueError as error:
                stop(str(error))

        return self._drawing("variant", "{population}", entry)

    def _drawing(self, name: str, folder: str, entry: Any) -> Rule:
        plan = self.plan

        def read(wildcards: Wildcards) -> Read:
            figure, population = entry(wildcards)
            return plan.required(figure.name, figure if population else None)

        def basis(wildcards: Wildcards) -> str:
            return provenance.fingerprint([plan.marks.of_tables(read(wildcards)), entry(wildcards)[1]])

        def arguments(wildcards: Wildcards, outputs: Sequence[str]) -> str:
            figure, population = entry(wildcards)
            shown = [
                word
                for name, tables in read(wildcards).items()
                for word in ("--population", name, *(plan.table(name, table) for table in tables))
            ]
            instead = ["--instead", population] if population else []
            line = shlex.join([figure.name, *shown, *instead, "--scale", plan.study.scale, "--output", outputs[0]])
            return f"{line} --wanted {' '.join(plan.marks.of_tables(read(wildcards)))}"

        here = Path(plan.study.figures.as_posix(), folder).as_posix()
        named = f"{{figure,{'|'.join(plan.figures) or '(?!)'}}}"
        return Rule(
            name=name,
            script="figure.py",
            inputs=lambda wildcards: [plan.table(n, table) for n, ts in read(wildcards).items() for table in ts],
            outputs=[f"{here}/{named}.pdf", f"{here}/{named}.png"],
            arguments=arguments,
            code=lambda wildcards: self.reruns.drawing(plan.figures[wildcards.figure], *read(wildcards)),
            basis=basis,
            place=f"{name}/{folder and folder + '/'}{{figure}}",
            message=f"draw {{wildcards.figure}} at scale {plan.study.scale}",
            megabytes=2000,
            minutes=20,
            caption=lambda wildcards: self._captions().get(wildcards.figure, ""),
        )

    def _sound(self) -> Rule:
        plan = self.plan
        heard = {name: sound for name in plan.figures if (sound := plan.sound_of(name))}

        def files(wildcards: Wildcards) -> list[str]:
            sound = heard[wildcards.figure]
            first = next(iter(plan.networks(sound)))
            return [*plan.weights(sound, [first]), plan.table(sound, "traces")]

        def marks(wildcards: Wildcards) -> list[str]:
            sound = heard[wildcards.figure]
            return [plan.marks.of(sound, next(iter(plan.networks(sound).values()))), plan.marks.of(sound)]

        def arguments(wildcards: Wildcards, outputs: Sequence[str]) -> str:
            network, traces = files(wildcards)
            words = [network, "--traces", traces, "--output", outputs[0], "--target", outputs[1]]
            return f"{shlex.join(words)} --wanted {' '.join(marks(wildcards))}"

        here, one = plan.study.figures.as_posix(), f"{{figure,{'|'.join(heard)}}}"
        return Rule(
            name="sound",
            script="sound.py",
            inputs=files,
            outputs=[f"{here}/{one}{end}.wav" for end in ("", "_target")],
            arguments=arguments,
            code=lambda wildcards: self.reruns.code("replicortex.spiking.job:sounds"),
            basis=lambda wildcards: provenance.fingerprint(marks(wildcards)),
            place="sound/{figure}",
            message="sound of {wildcards.figure}",
            megabytes=1500,
            minutes=20,
        )

    def _claims(self) -> Rule:
        plan, where = self.plan, f"{self.plan.results}/scorecard"

        def files(wildcards: Wildcards) -> list[str]:
            return [plan.table(name, table) for name, tables in plan.required("scorecard").items() for table in tables]

        def arguments(wildcards: Wildcards, outputs: Sequence[str]) -> str:
            absent = [(name, plan.absent(name)) for name in plan.claimed if plan.absent(name)]
            words = [*files(wildcards), *(word for each in absent for word in ("--absent", *each))]
            line = f"{shlex.join(words)} --scale {plan.study.scale} --output {shlex.quote(where)}"
            return f"{line} --wanted {' '.join(plan.marks.of_tables(plan.read('scorecard')))}"

        def basis(wildcards: Wildcards) -> str:
            absent = {name: plan.absent(name) for name in plan.claimed}
            return provenance.fingerprint([plan.study.scale, absent, plan.marks.of_tables(plan.read("scorecard"))])

        names = (
            "scorecard.parquet",
            "sample_size.parquet",
            "values.parquet",
            "scorecard.csv",
            "scorecard.md",
            "sample_size.csv",
        )
        return Rule(
            name="scorecard",
            script="judge.py",
            inputs=files,
            outputs=[f"{where}/{name}" for name in names],
            arguments=arguments,
            code=lambda wildcards: self._code("replicortex.report.evaluation:judge_all"),
            basis=basis,
            place="scorecard/claims",
            message=f"test the claims at scale {plan.study.scale}",
            megabytes=2000,
            minutes=20,
        )

    def _recipes(self) -> Rule:
        """Claims on populations that were trained in other ways."""
        plan, where = self.plan, f"{self.plan.results}/scorecard"
        output, shares = f"{where}/recipes.csv", f"{where}/recipe_shares.csv"

        def files(wildcards: Wildcards) -> list[str]:
            return [plan.table(name, table) for name, tables in plan.required("robustness").items() for table in tables]

        def factors() -> list[list[str]]:
            varied = [plan.papers[paper].factors for paper in plan.recipes]
            return [[each.base, *each.settings.values()] for each in varied if each]

        def arguments(wildcards: Wildcards, outputs: Sequence[str]) -> str:
            papers = [word for paper, recipes in plan.recipes.items() for word in ("--paper", paper, *recipes)]
            line = shlex.join([*files(wildcards), *papers, "--output", output, "--shares", shares])
            return f"{line} {self.configured()} --wanted {' '.join(plan.marks.of_tables(plan.read('robustness')))}"

        return Rule(
            name="recipes",
            script="recipes.py",
            inputs=files,
            outputs=[f"{where}/recipes.parquet", output, f"{where}/recipe_shares.parquet", shares],
            arguments=arguments,
            code=lambda wildcards: self._code("replicortex.report.recipe_shares:judged_and_shared"),
            basis=lambda wildcards: provenance.fingerprint(
                [plan.study.scale, plan.recipes, plan.marks.of_tables(plan.read("robustness")), factors()]
            ),
            place="scorecard/recipes",
            message=f"test the claims on every recipe at scale {plan.study.scale}",
            megabytes=2000,
            minutes=20,
        )

    def _code(self, function: str) -> str:
        """Of what is made of claims: the function, and the claims of every paper."""
        claims = [paper.claims for paper in self.plan.papers.values() if paper.claims]
        return provenance.fingerprint([self.reruns.code(each, *self.plan.claimed) for each in (function, *claims)])

    def _wanted(self, *pages: str) -> str:
        marks = [mark for page in pages for mark in self.plan.marks.of_tables(self.plan.read(page))]
        return " ".join(dict.fromkeys(marks))

    def _claims_figure(self) -> Rule:
        plan, here = self.plan, self.plan.study.figures.as_posix()
        one = f"{{figure,{'|'.join(OF_CLAIMS)}}}"

        def rows(wildcards: Wildcards) -> list[str]:
            return [f"{plan.results}/{OF_CLAIMS[wildcards.figure]}", *shares(wildcards)]

        def shares(wildcards: Wildcards) -> list[str]:
            return [f"{plan.results}/scorecard/recipe_shares.parquet"] if wildcards.figure == "robustness" else []

        def arguments(wildcards: Wildcards, outputs: Sequence[str]) -> str:
            first, *more = rows(wildcards)
            options = [word for path in more for word in ("--shares", path)]
            line = shlex.join([wildcards.figure, "--rows", first, *options, "--output", outputs[0]])
            return f"{line} --wanted {self._wanted(wildcards.figure)}"

        return Rule(
            name="scorecard_figure",
            script="scorecard_figure.py",
            inputs=rows,
            outputs=[f"{here}/{one}{suffix}" for suffix in (".pdf", ".png")],
            arguments=arguments,
            code=lambda wildcards: self.reruns.code(PAGES[wildcards.figure].function),
            basis=lambda wildcards: provenance.fingerprint(self._wanted(wildcards.figure)),
            place="scorecard/{figure}",
            message=f"draw {{wildcards.figure}} at scale {plan.study.scale}",
            megabytes=2000,
            minutes=20,
            caption=lambda wildcards: self._captions().get(wildcards.figure, ""),
        )

    def _page(self) -> Rule:
        plan = self.plan
        shown = [name for name in (plan.gallery if plan.study.pretrained else plan.drawn) if name not in OF_CLAIMS]
        rows, values = f"{plan.results}/{OF_CLAIMS['scorecard']}", f"{plan.results}/scorecard/values.parquet"
        recipes = [f"{plan.results}/{OF_CLAIMS['robustness']}"] if plan.has_recipes else []
        read = ("scorecard", *(["robustness"] if recipes else []))
        templates = [path.read_text(encoding="utf-8") for path in sorted(_TEMPLATES.iterdir())]
        figures = [plan.drawing(name, ".png") for name in shown]

        def settings() -> str:
            return provenance.fingerprint(methods(plan.study))

        def arguments(wildcards: Wildcards, outputs: Sequence[str]) -> str:
            switches = [key for key in ("pretrained", "remeasure") if getattr(plan.study, key)]
            tables = ["--rows", rows, "--values", values, "--benchmarks", f"{plan.results}/benchmarks"]
            tables += [word for path in recipes for word in ("--recipes", path)]
            words = [*tables, "--figures", *figures, "--scale", plan.study.scale, "--on", *switches]
            line = f"{shlex.join(words)} --settings {settings()}"
            return f"{line} {self.on_top} --output {shlex.quote(outputs[0])} --wanted {self._wanted(*read)}"

        return Rule(
            name="scorecard_page",
            script="scorecard_page.py",
            inputs=lambda wildcards: [rows, values, *recipes, *figures],
            outputs=[f"{plan.study.figures.as_posix()}/{PAGE}"],
            arguments=arguments,
            code=lambda wildcards: self._code("replicortex.report.page:to_html"),
            basis=lambda wildcards: provenance.fingerprint(
                [plan.study.scale, settings(), templates, self._wanted(*read)]
            ),
            place="scorecard/page",
            message="the scorecard as a page",
            megabytes=1000,
            minutes=10,
        )
