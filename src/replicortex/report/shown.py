"""What a figure's last line says of the networks that it shows, from their tables."""

from __future__ import annotations

from collections.abc import Sequence

from replicortex.report.checks import Tables, networks, seeds
from replicortex.tables import axes


def built(tables: Tables, units: int | str, schedule: str) -> tuple[str, ...]:
    """Units, how long they were trained and on which schedule, as a footer tells them."""
    kind, trained = ("units", trials_trained) if "history" in tables else ("neurons", seconds_trained)
    scheduled = f"schedule {schedule}" if schedule else ""
    return tuple(filter(None, (f"{units} {kind}", trained(tables), scheduled)))


_ROOM = 90  # letters of the footer for names


def broken_off(labels: Sequence[str]) -> list[str]:
    """Which networks the watchdog stopped, as a part of a footer."""
    few = 3 if sum(map(len, labels[:3])) < _ROOM else 1  # labels of a grid are long
    more = f" and {len(labels) - few} other{'s' * (len(labels) > few + 1)}" if len(labels) > few + 1 else ""
    return [f"stopped by the watchdog: {', '.join(labels[:few] if more else labels)}{more}"] if labels else []


def population(tables: Tables) -> str:
    """Number and seeds, as "n = 3 networks (seeds 0-2)" or "n = 8 networks (seeds 0-3, 2 conditions)"."""
    members = tables.get("members")
    labels, listed = networks(tables), tables.get("summary") if members is None else members
    told = _seed_range(labels) if listed is None else _seed_range([f"seed{seed}" for seed in set(listed["seed"])])
    varied = [] if members is None else axes(members)
    if members is not None and varied:
        conditions = members.groupby(varied).ngroups
        told += f", {conditions} condition{'s' * (conditions > 1)}"
    return f"n = {len(labels)} network{'s' * (len(labels) > 1)} ({told})"


def trials_trained(tables: Tables) -> str:
    """Trials per network at the end of training, e.g. "1.25 million trials each", or their range."""
    trained = tables["history"].groupby("network")["trials"].max()
    low, high = _count(int(trained.min())), _count(int(trained.max()))
    return f"{low if low == high else f'{low} to {high}'} trials each"


def seconds_trained(tables: Tables) -> str:
    """How long spiking networks learn, in simulated time: "trained for 5 s", or the range."""
    summary = tables["summary"]
    seconds = (summary["train_stop_s"] - summary["train_start_s"]).round(3)
    low, high = f"{seconds.min():g}", f"{seconds.max():g}"
    return f"trained for {low if low == high else f'{low} to {high}'} s"


def _count(trials: int) -> str:
    if trials >= 1e6:
        return f"{trials / 1e6:.2f} million"
    return f"{trials / 1e3:.0f} thousand" if trials >= 1e4 else str(trials)


def _seed_range(labels: Sequence[str]) -> str:
    short = seeds(labels)
    if not all(s.isdigit() for s in short):
        return _shortened(short)
    values = sorted(int(s) for s in short)
    if len(values) > 2 and values == list(range(values[0], values[-1] + 1)):
        return f"seeds {values[0]}-{values[-1]}"
    return f"seed{'s' * (len(values) > 1)} {_shortened([str(v) for v in values])}"


def _shortened(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 8 else f"{', '.join(names[:7])}, ... {names[-1]}"
