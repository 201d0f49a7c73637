"""The compiled kernel of the leaky RNN and the leaky GRU: where it was built and runs, training goes through it.

`find_kernel` gives the fastest variant that runs here, or None; `report` says which and why.
"""

from replicortex.native.kernel import Kernel, find_kernel, report
from replicortex.native.sequence import ACTIVATIONS, CELLS, PENALTIES, NativeSequence, Result

__all__ = ["ACTIVATIONS", "CELLS", "PENALTIES", "Kernel", "NativeSequence", "Result", "find_kernel", "report"]
