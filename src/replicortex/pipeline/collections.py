"""Tables and weights that are put together or unpacked, as data: rules that belong to no paper."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from replicortex import pretrained, provenance, records
from replicortex.pipeline.kinds import KINDS
from replicortex.pipeline.rule import Maker, Rule, Wildcards, only

GATHERED = "history"  # the table that training itself writes, network by network


class Collections(Maker):
    """Tables of shards one below the other; in place of training and measuring, what is shipped."""

    def every(self) -> Iterator[Rule]:
        """All of them."""
        study = self.plan.study
        if study.pretrained:
            yield self._unpacked_network()
        if study.pretrained and not study.remeasure:
            yield from self._unpacked_tables()
        else:
            yield self._gathered()

    def _gathered(self) -> Rule:
        """Tables of shards, and learning histories, one below the other."""
        plan = self.plan
        made = [table for paper in plan.papers.values() for s in paper.steps if s.per == "shard" for table in s.makes]
        others = [name for name, kind in plan.kinds.items() if kind.name != "rate"]

        def parts(wildcards: Wildcards) -> tuple[list[str], str]:
            """Names of the parts, and their path with {} for the name; a command may have 128 KiB at most."""
            networks = list(plan.networks(wildcards.experiment))
            if wildcards.table == GATHERED:
                path = f"{plan.results}/{plan.kind(wildcards.experiment).made[1]}"
                return networks, path.replace("{experiment}", wildcards.experiment).replace("{network}", "{}")
            table = Path(plan.table(wildcards.experiment, wildcards.table))
            return list(plan.shards[wildcards.experiment]), f"{table.parent}/parts/{{}}/{table.name}"

        def marks(wildcards: Wildcards) -> list[str]:
            networks, shards = plan.files[wildcards.experiment], plan.shards[wildcards.experiment]
            each = networks if wildcards.table == GATHERED else shards
            return plan.marks.of_each(wildcards.experiment, each.values())

        def arguments(wildcards: Wildcards, outputs: Sequence[str]) -> str:
            names, pattern = parts(wildcards)
            line = f"{shlex.join([*names, '--in', pattern])} --output {shlex.quote(outputs[0])}"
            return f"{line} --wanted {' '.join(marks(wildcards))}"

        file = only(f"{plan.results}/tables/{{experiment}}/{{table}}.parquet", others)
        return Rule(
            name="gather",
            script="gather.py",
            inputs=lambda wildcards: [parts(wildcards)[1].replace("{}", name) for name in parts(wildcards)[0]],
            outputs=[file.replace("{table}", f"{{table,{'|'.join([GATHERED, *made])}}}")],
            arguments=arguments,
            code=lambda wildcards: "",
            basis=lambda wildcards: provenance.fingerprint(marks(wildcards)),
            place="gather/{experiment}/{table}",
            message="table {wildcards.table} of {wildcards.experiment}",
            megabytes=2000,
            minutes=10,
        )

    def _unpacked_network(self) -> Rule:
        made = [f"{self.plan.results}/{path}" for path in KINDS["rate"].made[:2]]

        def arguments(wildcards: Wildcards, outputs: Sequence[str]) -> str:
            words = [str(self.plan.shipped[wildcards.experiment].folder), "--network", wildcards.network]
            return shlex.join([*words, "--output", outputs[0], "--history", outputs[1]])

        return self._unpacked("unpack_network", "network", made, arguments)

    def _unpacked_tables(self) -> Iterator[Rule]:
        """One rule for the tables of each kind of networks."""
        kinds, shipped = self.plan.kinds, self.plan.shipped
        tables = {"rate": dict.fromkeys(pretrained.TABLES)}
        for each in shipped.values():
            if each.kind != "rate":
                tables.setdefault(each.kind, {}).update(dict.fromkeys(each.tables))

        def arguments(wildcards: Wildcards, outputs: Sequence[str]) -> str:
            words = [str(shipped[wildcards.experiment].folder), "--table", wildcards.table]
            return shlex.join([*words, "--output", outputs[0]])

        for kind, names in tables.items():
            others = [name for name in kinds if kinds[name].name != kind]
            made = only(f"{self.plan.results}/{KINDS[kind].tables}", others)
            files = [made.replace("{table}", f"{{table,{'|'.join(names)}}}")]
            yield self._unpacked(
                "unpack_table" if kind == "rate" else f"unpack_{kind}_table", "table", files, arguments
            )

    def _unpacked(self, name: str, what: str, files: list[str], arguments: Any) -> Rule:
        def manifest(wildcards: Wildcards) -> str:
            """SHA-256 of the list of what is shipped; a request for an experiment that is not ends the call."""
            self.plan.networks(wildcards.experiment)
            return records.sha256(self.plan.shipped[wildcards.experiment].folder / pretrained.MANIFEST)

        return Rule(
            name=name,
            script="unpack.py",
            inputs=lambda wildcards: [],
            outputs=files,
            arguments=arguments,
            code=lambda wildcards: self.reruns.code("replicortex.pretrained.unpacking:table"),
            basis=manifest,
            place=f"{name}/{{experiment}}/{{{what}}}",
            message=f"unpack {{wildcards.{what}}} of {{wildcards.experiment}}",
            megabytes=700,
            minutes=5,
        )
