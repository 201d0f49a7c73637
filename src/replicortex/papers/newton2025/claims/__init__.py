"""The claims of Newton & Nicola 2025."""

from replicortex.papers.newton2025.claims.rows import CLAIMS

__all__ = ["CLAIMS"]
