"""A step of a paper in the job that runs it: what it reads, the call of its function, and what its tables carry."""

from __future__ import annotations

import json
import shutil
from argparse import Namespace
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import replicortex as rx
from replicortex.origin import Origin
from replicortex.pipeline.discovery import papers
from replicortex.pipeline.each import measure_each
from replicortex.pipeline.kinds import KINDS, Kind
from replicortex.pipeline.marks import origin_without_files
from replicortex.pipeline.measurements import code_of
from replicortex.pipeline.paper import EXPERIMENT, RECORDINGS, Step, function_named
from replicortex.pipeline.script import check, network, read_table, study
from replicortex.pipeline.tables import check_tables

if TYPE_CHECKING:
    from replicortex.analysis.common import Tables


def measure(args: Namespace) -> tuple[Tables, list[Origin] | None]:
    """The tables of a step, and what they were made from where no file says it.

    Raises
    ------
    ValueError
        No such paper or step; a file is missing, or of other networks than wanted; a table is not as declared.
    """
    paper, step = _find(args.step)
    kind = KINDS[rx.errors.choose(args.kind or paper.kinds[0], KINDS, "kind")]
    options = {name: json.loads(value) for name, value in (each.split("=", 1) for each in args.option)}
    found = study(args) if EXPERIMENT in step.reads else None
    others = _read(step, args, found)
    function = function_named(step.function)

    def call(paths: Sequence[Path]) -> Tables:
        given = [others[each] if each in others else _networks(step, kind, each, paths) for each in step.reads]
        made = _named(step, function(*given, **options))
        check_tables(made, paper)
        return made

    if step.per != "shard" or not args.networks:
        made = call(args.networks)
    else:
        home = args.output / f".{step.name}"
        basis = _basis(step, kind, options, args.tables)
        made = measure_each(args.networks, home, basis, lambda path: call([path]))
        shutil.rmtree(home, ignore_errors=True)
    made_from = origin_without_files(step, found or _Study(args.recordings), args.experiment or args.output.name)
    return made, None if made_from is None else [made_from]


class _Study:
    """What a step without settings has to know of a study."""

    def __init__(self, recordings: Path | None) -> None:
        self.recordings = recordings


def _find(name: str) -> tuple[Any, Step]:
    of, _, step = name.partition("/")
    known = papers()
    paper = known[rx.errors.choose(of, known, "paper")]
    steps = {each.name: each for each in paper.steps}
    return paper, steps[rx.errors.choose(step, steps, f"step of {of}")]


def _read(step: Step, args: Namespace, found: Any) -> dict[str, Any]:
    """What a step reads beside networks."""
    tables = {path.stem: path for path in args.tables}
    read: dict[str, Any] = {}
    for name in step.reads:
        if name == EXPERIMENT:
            experiment = found[rx.errors.choose(args.experiment or "", found, "experiment")]
            check(args, rx.provenance.fingerprint(experiment.listed()))
            read[name] = experiment
        elif name == RECORDINGS:
            read[name] = rx.recordings.read(args.recordings) if args.recordings else ()
        elif not name.endswith(":"):
            read[name] = read_table(tables[rx.errors.choose(name, tables, f"table for {step.name}")])
    return read


def _networks(step: Step, kind: Kind, form: str, paths: Sequence[Path]) -> Any:
    """Networks as a step's function takes them: a list; of small ones by label; the example alone."""
    found = [network(path, kind, form) for path in paths]
    if kind.name == "small":
        return {label: one for each in found for label, one in each.items()}
    return found[0] if step.per == "example" else found


def _named(step: Step, made: Any) -> Tables:
    """Tables by name; a function that makes a single one may return it alone."""
    return dict(made) if isinstance(made, Mapping) else {step.makes[0]: made}


def _basis(step: Step, kind: Kind, options: Mapping[str, Any], tables: Sequence[Path]) -> str:
    """What a result depends on beside its network: the code, options, and tables by their content."""
    content = {path.stem: sha256(path.read_bytes()).hexdigest() for path in tables}
    return rx.provenance.fingerprint(
        {"code": rx.provenance.code_hash(*code_of(step, kind)), "with": options, **content}
    )
