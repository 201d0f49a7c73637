"""Time to criterion: from a seed to networks that master every task, read from learning histories.

python -m benchmarks.criterion results/laptop/tables/reference/history.parquet
"""

import argparse
import sys

import pandas as pd

CRITERIA = (0.9, 0.95)


def time_to_criterion(history: pd.DataFrame, criterion: float) -> pd.Series:
    """Seconds of training, evaluations included, until every task is above the criterion at one evaluation.

    Parameters
    ----------
    history
        Learning histories, one row per network, evaluation and task.
    criterion
        Fraction correct.

    Returns
    -------
    Series
        Seconds per network; NaN where the criterion was never reached.
    """
    weakest = history.groupby(["network", "trials"], sort=False).agg({"performance": "min", "wall_s": "max"})
    reached = weakest[weakest["performance"] > criterion].groupby("network")["wall_s"].min()
    return reached.reindex(pd.unique(history["network"]))


def main(arguments: list[str]) -> None:
    """Print one line per table and criterion."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.criterion", description=__doc__)
    parser.add_argument("history", nargs="+", help="learning history of an experiment (parquet)")
    for path in parser.parse_args(arguments).history:
        history = pd.read_parquet(path)
        for criterion in CRITERIA:
            seconds = time_to_criterion(history, criterion)
            each = ", ".join("never" if pd.isna(value) else f"{value / 60:.1f}" for value in seconds)
            middle = seconds.fillna(float("inf")).median() / 60  # a network that never gets there counts as the slowest
            count = f"n = {len(seconds)} ({each})"
            print(f"{path}: all tasks above {criterion}: median {middle:.1f} minutes of one core, {count}")


if __name__ == "__main__":
    main(sys.argv[1:])
