"""The compiled kernel of the leaky RNN: where it was built and this processor runs it, training goes through it.

:func:`find_kernel` gives the fastest variant that runs here, or None; :func:`report` says which and why.
"""

from replicortex.native.kernel import Kernel, find_kernel, report
from replicortex.native.sequence import ACTIVATIONS, NativeSequence, Result, Weights

__all__ = ["ACTIVATIONS", "Kernel", "NativeSequence", "Result", "Weights", "find_kernel", "report"]
