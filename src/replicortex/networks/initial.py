"""Initial weights (Yang et al. 2019, Methods; scales from the authors' program)."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from replicortex.errors import choose
from replicortex.networks.activations import activation
from replicortex.networks.architecture import Architecture

Weights = dict[str, NDArray[np.float64]]

OUTPUT_INITS = ("program", "paper")


def glorot(rng: np.random.Generator, n_from: int, n_to: int) -> NDArray[np.float64]:
    """Uniform on [-l, l], l = sqrt(6 / (n_from + n_to)); shape (n_from, n_to).  Glorot & Bengio 2010, eq. 16."""
    limit = np.sqrt(6.0 / (n_from + n_to))
    return rng.uniform(-limit, limit, (n_from, n_to))


def random_orthogonal(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """A Haar-distributed orthogonal matrix (n, n): QR of a Gaussian matrix, signs fixed (Mezzadri 2007)."""
    q, r = np.linalg.qr(rng.standard_normal((n, n)))
    return q * np.sign(np.diag(r))


def recurrent(rng: np.random.Generator, init: str, n: int, scale: float) -> NDArray[np.float64]:
    """Initial recurrent weights (n, n): scale * I, scale * Haar orthogonal, or scale * N(0,1) / sqrt(n)."""
    draws: dict[str, Callable[[], NDArray[np.float64]]] = {
        "diag": lambda: np.eye(n),
        "randortho": lambda: random_orthogonal(rng, n),
        "randgauss": lambda: rng.standard_normal((n, n)) / np.sqrt(n),
    }
    return scale * draws[choose(init, draws, "init")]()


def readout(rng: np.random.Generator, units: int, n_output: int, output_init: str) -> Weights:
    """Output weights and bias: Glorot uniform ("program") or normal with s.d. 0.4/sqrt(units) ("paper")."""
    choose(output_init, OUTPUT_INITS, "output_init")
    if output_init == "paper":
        w_out = rng.standard_normal((units, n_output)) * (0.4 / np.sqrt(units))
    else:
        w_out = glorot(rng, units, n_output)
    return {"w_out": w_out, "b_out": np.zeros(n_output)}


def leaky_rnn(rng: np.random.Generator, arch: Architecture, init: str) -> Weights:
    """Input, recurrent and bias weights of the leaky RNN; fused or separate input."""
    n, scale = arch.units, activation(arch.activation).recurrent_scale
    assert scale is not None, "checked by Architecture"
    if not arch.separate_input:
        return {
            "w_in": rng.standard_normal((arch.n_input, n)) / np.sqrt(arch.n_input),
            "w_rec": recurrent(rng, init, n, scale),
            "b_rec": np.zeros(n),
        }
    weights = {
        "w_sensory": glorot(rng, arch.n_sensory, n),
        "b_sensory": np.zeros(n),
        "w_rule": glorot(rng, arch.n_rule, n),
        "w_rec": recurrent(rng, init, n, scale),
        "b_rec": np.zeros(n),
    }
    if arch.mix_rule:
        weights["mix_rule"] = random_orthogonal(rng, arch.n_rule)
    return weights


def lstm(rng: np.random.Generator, arch: Architecture, init: str) -> Weights:
    """The kernel on [x, h] that all gates share; their bias starts at 0 (the cell adds 1 to the forget gate's)."""
    n_from, n = arch.n_input + arch.units, arch.units
    return {"w_gates": glorot(rng, n_from, 4 * n), "b_gates": np.zeros(4 * n)}


def gru(rng: np.random.Generator, arch: Architecture, init: str) -> Weights:
    """Kernels on [x, h], one for both gates, whose bias starts at 1; ``init`` and the activation do not enter."""
    n_from, n = arch.n_input + arch.units, arch.units
    return {
        "w_gates": glorot(rng, n_from, 2 * n),
        "b_gates": np.ones(2 * n),
        "w_candidate": glorot(rng, n_from, n),
        "b_candidate": np.zeros(n),
    }
