"""Networks that were trained later, added to those that are shipped."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import compute

from replicortex import analysis
from replicortex.errors import choose
from replicortex.pretrained.kinds import compared, experiment_of
from replicortex.pretrained.manifest import FOLDER, MANIFEST, TABLES, NetworkFile, Shipped, read
from replicortex.pretrained.packing import check_origins, collected, measured, pack_network, replaced, write_packed
from replicortex.pretrained.selection import differences
from replicortex.pretrained.unpacking import load, table, weights


def add(results: str | Path, experiment: str, root: str | Path = FOLDER) -> Shipped:
    """Add the networks of a results folder that are not shipped yet, with the tables measured on them.

    What is shipped keeps its bits: weight files are copied, and new rows follow the old ones in every table. A table
    that is not shipped yet, such as one of controls that were invented later, holds the new networks alone.

    Parameters
    ----------
    results
        Folder ``results/<scale>`` in which they have been trained and measured. Networks in it that are shipped
        already are passed over.
    experiment
        Name of the experiment, e.g. "reference". If only its tables are shipped, so are those of the new networks.
    root
        Folder that holds ``<scale>/<experiment>/``.

    Raises
    ------
    FileNotFoundError
        Nothing of the experiment is shipped at this scale, or as `pack`.
    ValueError
        No new network; other settings than the shipped ones, or a seed that is shipped with other weights; a shipped
        table that was not measured, has other columns or was rounded by other rules; all together are larger than the
        limit; or as `pack`. Nothing is changed then.
    """
    target = Path(root, Path(results).resolve().name, experiment)
    before = read(target)
    if before.kind == "small":
        raise ValueError(f"add: {before.folder}: holds networks on single tasks; pack all of them again")
    found, tables, origins = collected(results, experiment, "add")
    with replaced(target, Path(root)) as part:
        after = replace(before, folder=part, networks=dict(before.networks), tables={})
        new = {}
        for label, each in found.items():
            network = pack_network(each, label, after, weights=not before.without_weights)
            if not _is_shipped(before, label, network):
                new[label] = network
        if not new:
            raise ValueError(f"{results}: holds no network of {experiment!r} that is not shipped in {target} already")
        check_origins(results, experiment, found, origins)
        after.networks.update(new)
        for label in before.networks:
            if not before.without_weights:
                weights(before, label)  # compares checksums
                shutil.copyfile(before.network_path(label), after.network_path(label))
        for name, content in _joined(before, tables, new).items():
            write_packed(after, name, content)
        after = replace(after, measured=_measured(before, new))
        (part / MANIFEST).write_text(after.to_json(), encoding="utf-8")
    return replace(after, folder=target)


def measure(experiment: str, by: str, scale: str, root: str | Path = FOLDER) -> Shipped:
    """Measure shipped networks anew, and ship the tables that this gives beside those that are there.

    For tables that were invented after the networks had been packed.

    Parameters
    ----------
    experiment, scale
        Which networks, e.g. "reference" at "laptop".
    by
        A function of ``replicortex.analysis`` that takes networks alone, e.g. "measure_condition_scores".
    root
        Folder that holds ``<scale>/<experiment>/``.

    Raises
    ------
    FileNotFoundError
        Nothing of the experiment is shipped at this scale.
    ValueError
        Another name; networks of which only tables are shipped; a table that is shipped already, or is none of those
        that are shipped; more than the limit. Nothing is changed then.
    """
    target = Path(root, scale, experiment)
    before = read(target)
    choose(by, [name for name in analysis.__all__ if name.startswith("measure_")], "measure: function")
    made = getattr(analysis, by)(load(experiment, scale, [label], root) for label in before.networks)
    odd = sorted(name for name in made if name not in TABLES or name in before.tables)
    if odd:
        raise ValueError(f"measure: {target}: has table {', '.join(odd)} already, or has no use for it")
    with replaced(target, Path(root)) as part:
        shutil.copytree(target, part, dirs_exist_ok=True)
        told = {**before.measured, "rounded": _same_rules(before, measured("rate")["rounded"])}
        after = replace(before, folder=part, tables=dict(before.tables), measured=told)
        for name, content in made.items():
            write_packed(after, name, pyarrow.Table.from_pandas(content, preserve_index=False))
        (part / MANIFEST).write_text(after.to_json(), encoding="utf-8")
    return replace(after, folder=target)


def _is_shipped(before: Shipped, label: str, network: NetworkFile) -> bool:
    """Whether a network is there already; ValueError where it may not stand beside the shipped ones."""
    known = before.networks.get(label)
    if known is not None:
        if known.weights != network.weights:
            raise ValueError(f"add: {label} of {before.experiment!r} is shipped in {before.folder} with other weights")
        return True
    seed, settings = network.provenance.get("seed"), _settings(before, network)
    alike = {name: each for name, each in before.networks.items() if _settings(before, each) == settings}
    if not alike:
        raise ValueError(f"add: {label} of {before.experiment!r} was trained with other settings than those shipped: "
                         + _difference(before, network))  # fmt: skip
    twice = [name for name, each in alike.items() if each.provenance["seed"] == seed]
    if twice:
        raise ValueError(f"add: {label} of {before.experiment!r} has seed {seed}, which is shipped as {twice[0]}")
    return False


def _settings(before: Shipped, network: NetworkFile) -> str:
    """Fingerprint of a network's settings."""
    found: str = experiment_of(before.kind, network).fingerprint()
    return found


def _difference(before: Shipped, network: NetworkFile) -> str:
    """The first setting in which a network differs from the first shipped one."""
    shipped = next(iter(before.networks.values()))
    theirs, mine = (compared(experiment_of(before.kind, each, "add")) for each in (shipped, network))
    for setting, (own, other) in differences(mine, theirs):
        return f"{setting} is {own!r}, not {other!r}"
    return "it is of another condition of the grid"


def _joined(before: Shipped, measured: Mapping[str, pyarrow.Table], new: Collection[str]) -> dict[str, pyarrow.Table]:
    """Tables of the shipped networks followed by the new ones; those not shipped yet, of the new ones alone."""
    missing = [name for name in before.tables if name not in measured]
    if missing:
        raise ValueError(f"add: no table {', '.join(missing)} of {', '.join(new)}, which {before.folder} has of the "
                         "networks that are shipped; measure it")  # fmt: skip
    rows = {
        name: content.filter(compute.is_in(content["network"], pyarrow.array(list(new))))
        for name, content in measured.items()
        if name not in before.of_first
    }
    rows |= {name: table(before, name).slice(0, 0) for name in before.of_first}  # stays that of the first network
    return {name: _appended(before, name, more) if name in before.tables else more for name, more in rows.items()}


def _appended(before: Shipped, name: str, more: pyarrow.Table) -> pyarrow.Table:
    """A shipped table with more rows."""
    there = table(before, name)
    odd = sorted(set(there.column_names).symmetric_difference(more.column_names))
    if odd:
        raise ValueError(f"add: table {name!r}: column {', '.join(odd)} is measured or shipped, but not both")
    more = more.select(there.column_names)
    try:
        more = more.replace_schema_metadata(there.schema.metadata).cast(there.schema)
    except pyarrow.ArrowException as error:
        raise ValueError(f"add: table {name!r}: other types than those shipped ({error})") from None
    return pyarrow.concat_tables([there, more])


def _measured(before: Shipped, new: Collection[str]) -> dict[str, Any]:
    """What all tables were measured with, once networks have been added."""
    now = measured(before.kind)
    told = {"networks": list(new), **{key: each for key, each in now.items() if key != "rounded"}}
    rounded = _same_rules(before, now["rounded"])
    return {**before.measured, "rounded": rounded, "added": [*before.measured.get("added", []), told]}


def _same_rules(before: Shipped, now: dict[str, Any]) -> dict[str, Any]:
    """The rules by which numbers are rounded, if shipped tables were rounded by them too; else ValueError.

    A column that no shipped table has may have joined them.
    """
    then = before.measured.get("rounded") or {}
    if "columns" not in now and now == then:
        return now
    more = set(now.get("columns", ())).difference(then.get("columns", ()))
    if then | {"columns": sorted(more.union(then.get("columns", ())))} != now or any(
        more.intersection(table(before, name).column_names) for name in before.tables
    ):
        raise ValueError(f"add: {before.folder / MANIFEST}: its tables were rounded by other rules; pack all networks "
                         "again")  # fmt: skip
    return now
