"""Where a result came from: which code, which settings, which versions.

`code_hash` is how a workflow decides whether a job has to run again. It covers the meaning of the code that a job
can reach, definition by definition: comments, docstrings, layout, annotations of functions and the names of modules do
not enter.
"""

from replicortex.provenance.code import Choice, SourceGraph, code_hash
from replicortex.provenance.environment import environment, fingerprint

__all__ = ["Choice", "SourceGraph", "code_hash", "environment", "fingerprint"]
