"""Trainings of an experiment as one job array of SLURM.

    python -m replicortex.slurm_array reference --scale paper --at-once 50 -- --partition=long

Every network that is not there yet is a task of the array, in which a Snakemake of its own trains it: what it leaves is
what any other run of the workflow would have left, and the next `snakemake` goes on from there. A task that fails or
reaches its time limit loses nothing but the time since its last checkpoint; call the command again, and what is missing
is submitted anew. Run it in the checkout, and no other Snakemake there until the array has ended.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from replicortex.config import ConfigError, load_config
from replicortex.config.overlay import add_configfile
from replicortex.errors import choose
from replicortex.pipeline.kinds import KINDS
from replicortex.training.job import history_path, moments_path, network_path

if TYPE_CHECKING:
    from replicortex.config import Study

MEGABYTES, MINUTES = KINDS["rate"].megabytes, KINDS["rate"].minutes


def missing(study: Study, experiment: str) -> list[str]:
    """Labels of the networks of an experiment that have not been trained, in order.

    Raises
    ------
    ValueError
        There is no such experiment.
    ConfigError
        No array can train it. This is so where all seeds share one job on a GPU, where networks start from others, and
        where networks are shipped or imported.
    """
    trained = study.of_kind("rate")
    found = trained[choose(experiment, trained, "experiment")]
    field = f"experiments.{experiment}"
    if study.pretrained:
        raise ConfigError("pretrained: true, so nothing is trained; set it to false")
    if found.training.device != "cpu":
        raise ConfigError(
            f"{field}.training.device: {found.training.device!r} trains all seeds of a condition in one job; submit it "
            "with --workflow-profile profiles/slurm"
        )
    if found.imported is not None:
        raise ConfigError(f"{field}.imported: these networks are not trained; nothing to submit")
    members = found.members()
    sources = {member.source for member in members if member.source is not None}
    for name, label in sorted(sources):
        if not network_path(study.folder, name, label).exists():
            raise ConfigError(
                f"{field}.pretrained.experiment: {label} of {name!r} is not trained yet; submit {name} first"
            )
    paths = (network_path, history_path, moments_path)
    return [m.label for m in members if not all(path(study.folder, experiment, m.label).exists() for path in paths)]


def script(
    study: Study,
    experiment: str,
    labels: Sequence[str],
    at_once: int,
    minutes: int,
    megabytes: int,
    overlays: Sequence[str | Path] = (),
) -> str:
    """The batch script of the array.

    Parameters
    ----------
    study
        Study of the networks.
    experiment
        Experiment of the networks.
    labels
        Labels of the networks to train, one per task.
    at_once
        Number of tasks that may run at the same time.
    minutes
        Time limit of a task, minutes.
    megabytes
        Memory of a task, MB.
    overlays
        Files of settings on top of config.yaml.
    """
    paths = [shlex.quote(str(Path(each).absolute())) for each in overlays]
    files = " ".join(["--configfile", *paths, ""]) if paths else ""
    logs = study.folder / "logs" / "array" / experiment
    before, after = map(shlex.quote, network_path(study.folder, experiment, "NETWORK").as_posix().split("NETWORK"))
    return "\n".join(
        [
            "#!/bin/sh",
            f"#SBATCH --job-name={experiment}",
            f"#SBATCH --array=0-{len(labels) - 1}%{at_once}",
            f"#SBATCH --mem={megabytes}",
            f"#SBATCH --time={minutes}",
            "#SBATCH --cpus-per-task=1",
            f"#SBATCH --output={logs}/%A_%a.log",
            f"set -- {' '.join(map(shlex.quote, labels))}",
            'shift "$SLURM_ARRAY_TASK_ID"',
            # No lock: the tasks share the folder, and each has an output of its own.
            f"exec {shlex.quote(sys.executable)} -m snakemake --cores 1 --nolock {files}--config scale={study.scale}"
            f' -- {before}"$1"{after}',
            "",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status (1 where nothing could be submitted, with one line that says why)."""
    parser = argparse.ArgumentParser(
        prog="replicortex slurm-array",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("experiment", help="name in config.yaml, e.g. reference")
    parser.add_argument("sbatch", nargs="*", metavar="OPTION", help="after --: further options of sbatch")
    parser.add_argument("--scale", help="smoke, laptop or paper (default: as config.yaml says)")
    parser.add_argument("--at-once", type=int, default=200, help="tasks running at a time (default %(default)s)")
    parser.add_argument("--minutes", type=int, default=MINUTES, help="time limit of a task (default %(default)s)")
    parser.add_argument("--megabytes", type=int, default=MEGABYTES, help="memory of a task (default %(default)s)")
    parser.add_argument("--print", action="store_true", help="print the batch script and submit nothing")
    add_configfile(parser)
    options = parser.parse_args(arguments)
    for name in ("at_once", "minutes", "megabytes"):
        if getattr(options, name) < 1:
            parser.error(f"--{name.replace('_', '-')} {getattr(options, name)} is out of range; allowed: 1 and more")
    try:
        study = load_config(scale=options.scale, overlays=options.configfile)
        labels = missing(study, options.experiment)
        if not labels:
            print(f"{options.experiment}: every network is trained already")
            return 0
        limits = options.at_once, options.minutes, options.megabytes
        text = script(study, options.experiment, labels, *limits, overlays=options.configfile)
        if options.print:
            print(text, end="")
            return 0
        Path(study.folder, "logs", "array", options.experiment).mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["sbatch", *options.sbatch], input=text, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        print(f"{parser.prog}: sbatch is not on this machine; call it where jobs are submitted", file=sys.stderr)
        return 1
    except (ValueError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    if done.returncode:
        print(f"{parser.prog}: sbatch refused: {done.stderr.strip()}", file=sys.stderr)
        return 1
    print(f"{options.experiment}: {len(labels)} networks; {done.stdout.strip()}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
