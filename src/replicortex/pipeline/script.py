"""What the scripts of the workflow share: one thread per process, whole files or none, and errors in one line."""

from __future__ import annotations

import os

# before numpy or torch is loaded: a job is given one core, and more threads would change the last bits
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["MPLBACKEND"] = "Agg"  # a notebook's, which jobs inherit, is not to be had here

import argparse
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import replicortex
from replicortex import origin, records
from replicortex import tables as files
from replicortex.atomic import atomic_write as replacing
from replicortex.errors import ConfigError
from replicortex.origin import Origin
from replicortex.pipeline.discovery import paper_folders

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow

    from replicortex.config import Study
    from replicortex.pipeline.kinds import Kind

_used: list[Path] = []  # by this call beside the files among its arguments, for its record
_written: list[Path] = []
_origins: list[Origin] = []  # of all tables and weights that this call has read
_wanted: list[frozenset[str]] = []  # marks that they may have; empty in a call by hand, which takes any file


def parser(doc: str | None) -> argparse.ArgumentParser:
    """A command line whose help is the script's docstring."""
    arguments = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument(
        "--wanted",
        nargs="*",
        metavar="MARK",
        help="refuse tables and weights without a checksum, or of another origin than one of these",
    )
    arguments.add_argument(
        "--log", type=Path, help="file that its output goes to; its times go below benchmarks/ there"
    )
    return arguments


def configured(doc: str | None) -> argparse.ArgumentParser:
    """The same with what every script takes that reads the configuration; see `study` and `check`."""
    arguments = parser(doc)
    arguments.add_argument("--config", default="config.yaml", help="configuration file (default: %(default)s)")
    arguments.add_argument("--configfile", nargs="+", default=[], help="files on top of it, which say what differs")
    arguments.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="single settings on top of all")
    arguments.add_argument("--scale", help="smoke, laptop or paper (default: as the configuration says)")
    arguments.add_argument("--experiment", help="name in the configuration, e.g. reference")
    switches = ("pretrained", "remeasure")
    arguments.add_argument("--on", nargs="*", default=[], choices=switches, help="switches to set to true")
    arguments.add_argument("--settings", help="refuse to run unless the settings in use have this fingerprint")
    return arguments


def study(args: argparse.Namespace) -> Study:
    """The experiments of the configuration, with the shipped networks in place of those to train where it says so."""
    on_top = {"overlays": args.configfile, "settings": replicortex.config.from_options(args.set)}
    found = replicortex.load_config(args.config, args.scale, **on_top, **dict.fromkeys(args.on, True))
    if not found.pretrained:
        return found
    from replicortex import pretrained

    return pretrained.shipped_study(found, pretrained.available(found.scale, pretrained.home()))


def check(args: argparse.Namespace, settings: str) -> None:
    """Refuse to go on unless the settings in use have the fingerprint that the run was planned with."""
    if args.settings not in (None, settings):
        files = " or ".join([args.config, *args.configfile])
        raise ConfigError(f"{files} was edited after this run began; start it again")


def many(arguments: argparse.ArgumentParser, name: str, about: str, nargs: str = "+") -> None:
    """An argument of one file or more, which may be so many that their paths are longer than a command can be."""
    arguments.add_argument(name, nargs=nargs, type=Path, help=about)
    where = f"path of each of {name}, which are names then, with {{}} for the name"
    arguments.add_argument("--in", dest=f"{name}_in", metavar="PATTERN", help=where)


def _placed(args: argparse.Namespace) -> argparse.Namespace:
    """The command line with whole paths in place of the names that go into a pattern."""
    for key in [key for key in vars(args) if key.endswith("_in")]:
        pattern, name = vars(args).pop(key), key.removesuffix("_in")
        if pattern is not None:
            setattr(args, name, [Path(pattern.replace("{}", str(each))) for each in getattr(args, name)])
    return args


def run(main: Callable[[argparse.Namespace], None], arguments: argparse.ArgumentParser) -> None:
    """Parse the command line and call ``main``; what its user can mend ends in one line and exit status 1."""
    args = _placed(arguments.parse_args())
    wanted, log = vars(args).pop("wanted"), vars(args).pop("log")
    _wanted[:] = [] if wanted is None else [frozenset(wanted)]
    signal.signal(signal.SIGTERM, _terminated)
    # the configuration may be edited meanwhile: what of it matters is in the weight files and on the command line
    named = [value for name, value in vars(args).items() if name not in ("config", "configfile")]
    began, inputs = time.time(), {str(path): records.sha256(path) for path in _files(named)}
    try:
        main(args)
        inputs |= {str(path): records.sha256(path) for path in _used}
        read = {path: digest for path, digest in inputs.items() if Path(path) not in _written}
        records.write(sys.argv[0], sys.argv[1:], read, dict.fromkeys(_written), began)
        if log is not None:
            _write_times(log, time.time() - began)
    except KeyboardInterrupt as error:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the second Ctrl-C would break off the last sentence
        kept = "interrupted; nothing half-made is left; the same call goes on"
        print(f"{arguments.prog}: {str(error) or kept}", file=sys.stderr)
        raise SystemExit(130) from None
    except Exception as error:
        if not _for_the_user(error):
            raise
        raise SystemExit(f"{arguments.prog}: {error}") from None


def _write_times(log: Path, seconds: float) -> None:
    """What this call took, named as by Snakemake, which cannot measure a job that is a copy of another process."""
    from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

    own, helpers = getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN)
    cpu = own.ru_utime + own.ru_stime + helpers.ru_utime + helpers.ru_stime
    memory = own.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)  # MiB
    results, _, place = log.as_posix().rpartition("/logs/")
    with replacing(Path(results, "benchmarks", place).with_suffix(".tsv")) as part:
        part.write_text(f"s\tmax_rss\tcpu_time\n{seconds:.4f}\t{memory:.2f}\t{cpu:.2f}\n", encoding="utf-8")


def _terminated(number: int, frame: object) -> None:
    """A cluster's or an operating system's signal to end, like Ctrl-C."""
    raise KeyboardInterrupt


def _files(values: Iterable[object]) -> Iterator[Path]:
    """Those among the arguments that are files, before anything is written."""
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from _files(value)
        elif isinstance(value, (str, Path)) and len(str(value)) < 1000 and os.path.isfile(value):
            yield Path(value)


def used(*paths: Path) -> None:
    """Say which files a script has read that are not among its arguments, for its record."""
    _used.extend(paths)


def made(*paths: Path) -> None:
    """Say which files a script has written by other ways than `atomic_write`, for its record."""
    _written.extend(paths)


def _for_the_user(error: Exception) -> bool:
    """Whether the message is meant for people: the system's on files, and what the library or a script says.

    A ValueError from deep inside NumPy is a bug, and keeps its traceback.
    """
    raised_in = Path(traceback.extract_tb(error.__traceback__)[-1].filename).resolve()
    ours = (Path(replicortex.__file__).resolve().parent, Path(sys.argv[0]).resolve().parent, *paper_folders())
    spoken = isinstance(error, (ValueError, RuntimeError)) and any(raised_in.is_relative_to(home) for home in ours)
    return spoken or isinstance(error, OSError)


def read_tables(paths: Iterable[Path]) -> dict[str, pd.DataFrame]:
    """Parquet files by name without suffix.

    Raises
    ------
    ValueError
        A file is damaged, or no parquet file.
    """
    return {path.stem: read_table(path) for path in paths}


def read_table(path: Path) -> pd.DataFrame:
    """One parquet file, once its checksum and its origin have been compared; raises as `read_tables`."""
    return files.to_frame(read_columns(path), path)


def read_columns(path: Path) -> pyarrow.Table:
    """The same as Arrow has it."""
    table, found = files.read_marked(path, required=bool(_wanted))
    _note(path, found)
    return table


def _note(path: Path, found: Iterable[Origin]) -> None:
    """Compare a file's origins with those wanted, and keep them for what this call writes."""
    for wanted in _wanted:
        origin.check(path, found, wanted)
    _origins.extend(found)


def origins() -> tuple[Origin, ...]:
    """What this call has read so far was made from."""
    return origin.merge(_origins)


def populations(given: Iterable[Sequence[str]]) -> dict[str, dict[str, pd.DataFrame]]:
    """Experiment -> table name -> table, from options that name an experiment and then its files.

    Raises
    ------
    ValueError
        An experiment is named twice; a file is damaged, or no parquet file.
    """
    names = [name for name, *_ in given]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"--population: {twice[0]!r} is given twice; each experiment once")
    return {name: read_tables(map(Path, paths)) for name, *paths in given}


def weights(path: Path) -> Path:
    """A weight file, once its origin has been compared; its content is checked where it is read."""
    _note(path, origin.of_weights(path))
    return path


def network(path: Path, kind: Kind, form: str) -> Any:
    """What a step's function gets of a weight file of the workflow.

    Raises
    ------
    ValueError
        The file is damaged, holds another network than its name says, or one of another origin than wanted.
    """
    from replicortex.pipeline.kinds import read_network

    return read_network(kind, form, weights(path), bool(_wanted))


def write_tables(tables: Mapping[str, pd.DataFrame], folder: Path, made_from: Iterable[Origin] | None = None) -> None:
    """One parquet file per table in ``folder``, each replaced as a whole; by default made from all that was read."""
    for name, table in tables.items():
        with atomic_write(folder / f"{name}.parquet") as part:
            files.write_table(table, part, origins() if made_from is None else made_from)


def write_card(rows: pd.DataFrame, csv: Path) -> None:
    """Rows of a scorecard as CSV for people's programs, and beside it as a table for the figures."""
    with atomic_write(csv) as part:
        replicortex.scorecard.write_csv(rows, part)
    write_tables({csv.stem: rows}, csv.parent)


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """`replicortex.atomic.atomic_write`, with a note for the record."""
    with replacing(path) as part:
        yield part
    _written.append(path)
