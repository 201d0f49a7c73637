"""Table ftv_types."""

from __future__ import annotations

import pandas as pd

from replicortex.analysis.common import Tables
from replicortex.analysis.ftv_types import types_table
from replicortex.random_streams import generator


def measure_ftv_types(ftv_histogram: pd.DataFrame) -> Tables:
    """Table ftv_types, from the table ftv_histogram; which networks are drawn depends on their number alone."""
    return {"ftv_types": types_table(ftv_histogram, generator("analysis", "ftv_types"))}
