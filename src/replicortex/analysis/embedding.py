"""The units' normalised variances in a plane (Yang et al. 2019, Fig. 2d)."""

from __future__ import annotations

import numpy as np
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from replicortex.analysis.common import FloatArray

PERPLEXITY = 30.0
LEARNING_RATE = 100.0


def tsne(points: FloatArray) -> FloatArray:
    """Exact t-SNE in two dimensions: perplexity 30, learning rate 100, start from the PCA, random state 0.

    Few units get a smaller perplexity, (n - 1) / 3: each unit needs about three times as many neighbours.

    Parameters
    ----------
    points : (unit, column)
        Normalised variance of the active units.

    Returns
    -------
    ndarray
        (unit, 2), arbitrary units.

    Raises
    ------
    ValueError
        Fewer than three units, or fewer than two columns.
    """
    n_units, n_columns = points.shape
    if n_units < 3 or n_columns < 2:
        raise ValueError(f"tsne: needs 3 units and 2 columns or more, not an array of shape {points.shape}")
    model = TSNE(
        n_components=2,
        method="exact",
        perplexity=min(PERPLEXITY, (n_units - 1) / 3),
        learning_rate=LEARNING_RATE,
        init="pca",
        random_state=0,
    )
    with threadpool_limits(limits=1):
        return np.asarray(model.fit_transform(np.ascontiguousarray(points)))
