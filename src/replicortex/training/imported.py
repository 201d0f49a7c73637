"""Networks trained elsewhere take the place of a training: of no trials, from the weights of a file."""

from typing import TYPE_CHECKING

from replicortex.errors import ConfigError
from replicortex.networks.ensemble import Ensemble
from replicortex.networks.imported import read_imported
from replicortex.networks.pytorch import CHANCE
from replicortex.training.trainer import architecture_of

if TYPE_CHECKING:
    from replicortex.config import Study
    from replicortex.config.experiment import Experiment
    from replicortex.config.population import Member


def import_member(member: "Member[Experiment]") -> Ensemble:
    """The network of a member whose weights come from a file; raises as ``networks.imported.read_imported``."""
    assert member.file is not None
    return read_imported(member.file, architecture_of(member.experiment), member.label)


# A table, so that how such files are read counts for networks that come from one, and for no others.
READERS = {"file": import_member}


def doubt_of(performance: float) -> str:
    """What to check where a network solves as few of its trials as an untrained one (a share below `CHANCE`), or ""."""
    if performance >= CHANCE:
        return ""
    return (
        f"solves {performance:.0%} of its trials, as an untrained network; check imported.readout, "
        "network.activation, tasks.dt, tasks.tau and the order of the input channels"
    )


def check_imported(study: "Study") -> None:
    """Read every weight file that a study names, so that errors are reported before anything runs.

    Raises
    ------
    ConfigError
        A file is missing or does not fit its experiment; the message has one line per file.
    """
    found = []
    for name, experiment in study.of_kind("rate").items():
        for member in experiment.members() if experiment.imported is not None else ():
            try:
                import_member(member)
            except (OSError, ValueError) as error:
                found.append(f"experiments.{name}.imported.files: {error}")
    if found:
        raise ConfigError(found)
