"""The claims of DePasquale et al. 2018 and 2016."""

from replicortex.papers.fullforce2018.claims.rows import CLAIMS

__all__ = ["CLAIMS"]
