"""From seeds to weights: the rules of trainings, as data."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from replicortex import provenance
from replicortex.pipeline.kinds import Kind
from replicortex.pipeline.plan import stop
from replicortex.pipeline.rule import Maker, Rule, Wildcards, only, own_files


class Trainings(Maker):
    """One rule for each kind of networks, and one for each job that trains several."""

    def every(self) -> Iterator[Rule]:
        """All of them; none where shipped networks are taken."""
        if not self.plan.study.pretrained:
            for kind in {kind.name: kind for kind in self.plan.kinds.values()}.values():
                yield from self._trainings(kind)

    def _trainings(self, kind: Kind) -> Iterator[Rule]:
        """One rule for the networks that have a job of their own, and one for each job that trains several."""
        plan = self.plan
        own = [name for name, each in plan.kinds.items() if each == kind]
        grouped = [name for name in own if plan.together[name]]
        if len(grouped) < len(own) or not own:
            files = [f"{plan.results}/{only(path, grouped)}" for path in kind.made]
            yield self._training(kind, kind.rule, files, f"{kind.rule}/{{experiment}}/{{network}}", None)
        for name in grouped:
            for number, (job, labels) in enumerate(plan.together[name].items()):
                files = [
                    f"{plan.results}/{path.format(experiment=name, network=label)}"
                    for path in kind.made
                    for label in labels
                ]
                last = job if kind.name == "rate" else number
                yield self._training(
                    kind, f"{kind.rule}_{name}_{last}", files, f"{kind.rule}/{name}/{job}", (name, labels)
                )

    def _training(
        self, kind: Kind, name: str, files: list[str], place: str, fixed: tuple[str, list[str]] | None
    ) -> Rule:
        plan = self.plan

        def asked(wildcards: Wildcards) -> tuple[str, list[str]]:
            if fixed is not None:
                return fixed
            known = plan.networks(wildcards.experiment)
            if wildcards.network not in known:
                stop(f"{wildcards.network!r} is no network of {wildcards.experiment}; it has {', '.join(known)}")
            return wildcards.experiment, [wildcards.network]

        def members(wildcards: Wildcards) -> dict[str, Any]:
            experiment, names = asked(wildcards)
            return {label: plan.members[experiment][label] for each in names for label in plan.files[experiment][each]}

        def settings(wildcards: Wildcards) -> str:
            experiment, known = asked(wildcards)[0], members(wildcards)
            return provenance.fingerprint({label: plan.fingerprint(experiment, label) for label in known})

        def code(wildcards: Wildcards) -> str:
            first = next(iter(members(wildcards).values())).experiment
            return self.reruns.training(kind.trainer, first)

        def arguments(wildcards: Wildcards, outputs: Sequence[str]) -> str:
            experiment, names = asked(wildcards)
            sources = [source for m in members(wildcards).values() if (source := _source(m)) is not None]
            marks = sorted({plan.marks.of(*source) for source in sources})
            return (
                f"{self.configured(experiment)} --network {shlex.join(names)}"
                f" --settings {settings(wildcards)} --wanted {' '.join(marks)}"
            )

        def basis(wildcards: Wildcards) -> str:
            derived = {label: _derived(m) for label, m in members(wildcards).items()}
            return provenance.fingerprint([settings(wildcards), derived])

        cuda = kind.name == "rate" and fixed is not None
        return Rule(
            name=name,
            script="train.py",
            inputs=lambda wildcards: self._starts(members(wildcards).values()),
            outputs=files,
            arguments=arguments,
            code=code,
            basis=basis,
            place=place,
            message=f"train {len(fixed[1])} networks of {fixed[0]} together, from {fixed[1][0]}"
            if fixed
            else "train {wildcards.network} of {wildcards.experiment}",
            megabytes=16000 if cuda else kind.megabytes,
            minutes=kind.minutes,
            threads=13 if cuda else 1,
            gpus=1 if cuda else 0,
        )

    def _starts(self, networks: Iterable[Any]) -> list[str]:
        """Files that these start from: trained networks with what Adam remembers, weights or signals of one's own."""
        files: list[str] = []
        for member in networks:
            if (source := _source(member)) is not None:
                kind = self.plan.kind(source[0])
                paths = (kind.made[0], kind.made[-1])
                where = {"experiment": source[0], "network": source[1][0]}
                files += [f"{self.plan.results}/{path.format(**where)}" for path in paths]
            files += own_files(member)
        return list(dict.fromkeys(files))


def _source(member: Any) -> tuple[str, list[str]] | None:
    """The trained network that another starts from: experiment and label."""
    source = getattr(member, "source", None)
    return (source[0], [source[1]]) if source is not None else None


def _derived(member: Any) -> Any:
    """What a training takes beside the settings: what the configuration computes, and files of one's own by content."""
    experiment = member.experiment
    files = [hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in own_files(member) if Path(path).is_file()]
    derived = experiment.derived()
    return files if derived is None else [files, derived]
