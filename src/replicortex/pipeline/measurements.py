"""From weights to tables: the rules of the papers' steps, as data."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from replicortex import pretrained, provenance
from replicortex.pipeline.kinds import KINDS, Kind
from replicortex.pipeline.marks import setting
from replicortex.pipeline.paper import EXPERIMENT, RECORDINGS, RUNS, WEIGHTS, Paper, Step
from replicortex.pipeline.plan import stop
from replicortex.pipeline.rule import Maker, Rule, Wildcards, only, own_files


def code_of(step: Step, kind: Kind) -> tuple[str, ...]:
    """The functions from which the hash of a step starts: its own, and those that make what it is given."""
    readers = {**kind.forms, RECORDINGS: "replicortex.recordings:read"}
    return step.function, *(readers[each] for each in step.reads if each in readers)


class Measurements(Maker):
    """One rule for each step."""

    def every(self) -> Iterator[Rule]:
        """All of them; where shipped tables are taken, those whose tables are not among them."""
        for paper in self.plan.papers.values():
            yield from (self._step(paper, step) for step in paper.steps if not self._shipped(paper, step))

    def _shipped(self, paper: Paper, step: Step) -> bool:
        """Whether the tables of a step are taken from what is shipped, if at all."""
        study = self.plan.study
        if not study.pretrained or study.remeasure or set(step.experiments).difference(self.plan.shipped):
            return False
        kinds = {self.plan.kind(name).name for name in self.plan.experiments_of(paper, step)}
        if kinds and "rate" not in kinds:
            return True  # all of their tables are shipped, or they have no networks
        return step.per == "shard" or set(pretrained.TABLES).issuperset(step.makes)

    def _step(self, paper: Paper, step: Step) -> Rule:
        plan = self.plan
        part = step.per == "shard"
        kind = plan.kind(step.experiments[0]) if step.experiments else KINDS[paper.kinds[0]]
        folder = f"{plan.results}/{kind.tables}"
        if len(step.experiments) == 1:
            folder = folder.replace("{experiment}", step.experiments[0])
        else:
            known = dict.fromkeys((*plan.study, *plan.steps))
            others = [name for name in known if plan.steps.get(name, {}).get(step.makes[0]) != step]
            folder = only(folder, others)
        folder = folder.replace("{table}", "parts/{shard}/{table}" if part else "{table}")

        def about(wildcards: Wildcards) -> str:
            return str(getattr(wildcards, "experiment", "")) or step.experiments[0]

        def files(wildcards: Wildcards) -> list[str]:
            """Names of the weight files that a job is about."""
            experiment = about(wildcards)
            if not step.reads or plan.without_networks(experiment):
                return []
            known = plan.networks(experiment)
            if step.per == "shard":
                shards = plan.shards[experiment]
                if wildcards.shard not in shards:
                    stop(f"{wildcards.shard!r} is not measured by one process; these are {', '.join(shards)}")
                return shards[wildcards.shard]
            return list(known)[:1] if step.per == "example" else list(known)

        def table(wildcards: Wildcards, name: str) -> str:
            path = plan.table(about(wildcards), name)
            return f"{Path(path).parent}/parts/{wildcards.shard}/{name}.parquet" if part else path

        def inputs(wildcards: Wildcards) -> list[str]:
            experiment, found = about(wildcards), []
            for each in step.reads:
                if each in kind.forms:
                    found += plan.weights(experiment, files(wildcards))
                    found += dict.fromkeys(path for m in plan.members[experiment].values() for path in own_files(m))
                if each == RUNS:
                    path = f"{plan.results}/{kind.made[-1]}"
                    found += [path.format(experiment=experiment, network=name) for name in files(wildcards)]
                elif each == RECORDINGS:
                    found += self._recordings()
                elif each not in (WEIGHTS, EXPERIMENT):
                    found.append(table(wildcards, each))
            return found

        def marks(wildcards: Wildcards) -> list[str]:
            experiment, found = about(wildcards), []
            reads_tables = [each for each in step.reads if not each.endswith(":")]
            if any(each in kind.forms for each in step.reads):
                found += plan.marks.of_each(experiment, (plan.files[experiment][name] for name in files(wildcards)))
            if reads_tables and part:
                found.append(plan.marks.of(experiment, files(wildcards)))
            elif reads_tables:
                found += plan.marks.of_tables({experiment: reads_tables})
            return list(dict.fromkeys(found))

        def settings(wildcards: Wildcards) -> str:
            return provenance.fingerprint(plan.study[about(wildcards)].listed())

        def arguments(wildcards: Wildcards, outputs: Sequence[str]) -> str:
            experiment, words = about(wildcards), [f"{paper.name}/{step.name}"]
            if any(each in kind.forms for each in step.reads):
                path = f"{plan.results}/{kind.weights}".replace("{experiment}", experiment).replace("{network}", "{}")
                words += (
                    [*files(wildcards), "--in", path]
                    if step.per == "experiment"
                    else plan.weights(experiment, files(wildcards))
                )
            if read := [table(wildcards, each) for each in step.reads if not each.endswith(":")]:
                words += ["--tables", *read]
            if options := step.at(plan.study.scale):
                words += ["--option", *(f"{name}={json.dumps(value)}" for name, value in options.items())]
            if len(paper.kinds) > 1:
                words += ["--kind", kind.name]
            line = shlex.join(words)
            if EXPERIMENT in step.reads:
                line += f" {self.configured(experiment)} --settings {settings(wildcards)}"
            elif not step.reads:
                line += f" --experiment {shlex.quote(experiment)}"
            if RECORDINGS in step.reads and plan.study.recordings:
                line += f" --recordings {shlex.quote(str(plan.study.recordings))}"
            line += f" --output {shlex.quote(str(Path(outputs[0]).parent))}"
            wanted = marks(wildcards)
            return f"{line} --wanted {' '.join(wanted)}" if wanted else line

        def basis(wildcards: Wildcards) -> str:
            seen: list[Any] = [marks(wildcards), step.at(plan.study.scale)]
            if EXPERIMENT in step.reads:
                seen.append(setting(plan.study[about(wildcards)], step.basis) if step.basis else settings(wildcards))
            if RECORDINGS in step.reads:  # Snakemake alone would not see a file exchanged for one with an older date
                seen += [str(plan.study.recordings), *(Path(file).stat().st_size for file in self._recordings())]
            return provenance.fingerprint(seen)

        fixed = len(step.experiments) == 1
        what = (
            (f" {step.experiments[0]}" if fixed else " {wildcards.experiment}")
            if not part
            else (" {wildcards.shard} of {wildcards.experiment}")
        )
        where = f"{step.name}/{step.experiments[0] if fixed else '{experiment}'}"
        return Rule(
            name=step.name,
            script="measure.py",
            inputs=inputs,
            outputs=[folder.replace("{table}", name) for name in step.makes],
            arguments=arguments,
            code=lambda wildcards: self.reruns.code(code_of(step, kind), about(wildcards)),
            basis=basis,
            place=f"{where}/{{shard}}" if part else where,
            message=(step.about or step.name) + what,
            megabytes=step.megabytes if RECORDINGS not in step.reads or plan.study.recordings else 500,
            minutes=step.minutes * (plan.study.shard if part else 1),
        )

    def _recordings(self) -> list[str]:
        """Files of recordings from animals."""
        from replicortex import recordings

        folder = self.plan.study.recordings
        return list(map(str, recordings.data_files(folder))) if folder else []
