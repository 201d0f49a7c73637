"""The scorecard as one HTML file: every claim with its networks, and what a reader makes of them."""

from replicortex.report.page.document import About, to_html
from replicortex.report.page.runtimes import runtimes

__all__ = ["About", "runtimes", "to_html"]
