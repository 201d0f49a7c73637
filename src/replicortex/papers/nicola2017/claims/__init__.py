"""The claims of Nicola & Clopath 2017, in the order of its figures."""

from replicortex.papers.nicola2017.claims.rows import CLAIMS

__all__ = ["CLAIMS"]
