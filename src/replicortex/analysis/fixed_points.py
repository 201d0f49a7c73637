"""Where a network's state stands still, and how it moves near there.

Sussillo & Barak 2013, doi 10.1162/NECO_a_00409; Mante et al. 2013, doi 10.1038/nature12742; Driscoll et al. 2024,
doi 10.1038/s41593-024-01668-6. With the input held, one step of a network is h -> F(h). Its speed at a state is

    q(h) = 1/2 |F(h) - h|^2 .

From states that the network visits, q is minimised: where it becomes 0 the state is a fixed point, where it is only
small it is a slow point, and a row of them is a line along which something can be kept. Near either, F acts through its
Jacobian J: a mode with eigenvalue l changes by |l| in a step of dt; its time constant is dt / |ln |l||.

A step is any function of torch from states (point, state) to states; `analysis.linearised` makes those of an ensemble's
network, with Jacobians by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.cluster.hierarchy import fcluster, linkage
from torch import Tensor

from replicortex.analysis.common import FloatArray

Step = Callable[[Tensor], Tensor]  # (point, state) float64 -> the same, each point by itself
Jacobian = Callable[[Tensor], Tensor]  # (point, state) -> (point, state, state), element [.., i, j] = d F_i / d h_j
Complex = NDArray[np.complex128]

# Moving by less than 0.0005 in a step, a state of rates around 1 goes less than 0.03 in a second of 50 steps.
SLOW = 1e-7


class Points(NamedTuple):
    """Where an optimisation ended.

    states : (point, state)
    speed : (point,)
        q at each.
    converged : (point,)
        Whether q is as small as was asked for. Where it is not, the search ended before: no slow or fixed point.
    """

    states: FloatArray
    speed: FloatArray
    converged: NDArray[np.bool_]

    def where(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Points:
        """Some of the points; ``points.where(points.converged)`` are those that are slow."""
        return Points(self.states[keep], self.speed[keep], self.converged[keep])


def speed(step: Step, states: Tensor) -> Tensor:
    """q of each state: (point, state) -> (point,)."""
    return 0.5 * (step(states) - states).square().sum(dim=-1)


def slow_points(
    step: Step, starts: ArrayLike, *, steps: int = 1000, rate: float = 0.01, enough: float = SLOW
) -> Points:
    """Minimise q from each start with Adam, all starts at once, until it is small enough.

    A point stops where q falls below ``enough``, so that it stays near the state that it came from. The rate falls to a
    hundredth in half a cosine. Adam treats each number by itself: a point does not depend on the others.

    Parameters
    ----------
    step
        One step of the network with its input held, in float64; `modules.held_step` makes it of a PyTorch module.
    starts : (point, state), or one state (state,)
        States that the network visits.
    steps
        Of the optimiser, at most.
    rate
        Of Adam, in units of the state.
    enough
        q at which a point stops.

    Returns
    -------
    Points
        One for each start; see ``converged``.

    Raises
    ------
    ValueError
        Starts of another shape.
    """
    states = _starts(starts)
    first, second = torch.zeros_like(states), torch.zeros_like(states)
    going = torch.arange(len(states))
    for count in range(1, steps + 1):
        h = states[going].requires_grad_()
        q = speed(step, h)
        (grad,) = torch.autograd.grad(q.sum(), h)
        moving = q.detach() >= enough
        going, grad = going[moving], grad[moving]
        if not len(going):
            break
        first[going] = torch.lerp(first[going], grad, 0.1)
        second[going] = torch.lerp(second[going], grad.square(), 0.001)
        now = rate * (0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * count / steps)))
        scale = (second[going] / (1 - 0.999**count)).sqrt() + 1e-12
        states[going] -= now * (first[going] / (1 - 0.9**count)) / scale
    with torch.no_grad():
        reached = speed(step, states).numpy()
        return Points(states.numpy(), reached, reached < enough)


def _starts(starts: ArrayLike) -> Tensor:
    """Starting states (point, state), in float64."""
    values = np.array(starts, dtype=np.float64)
    if values.ndim not in (1, 2) or not values.size:
        raise ValueError(f"starts: shape {values.shape}; give states (point, state), or one state (state,)")
    return torch.from_numpy(np.atleast_2d(values))


def fixed_points(
    step: Step, starts: ArrayLike, jacobian: Jacobian | None = None, *, steps: int = 50, exact: float = 1e-20
) -> Points:
    """Solve F(h) = h by damped Newton steps (Levenberg-Marquardt), each point by itself.

        (A^T A + m I) d = -A^T r,   A = J - I,   r = F(h) - h

    A step that does not lower q is not taken and its damping m raised tenfold; else m is lowered tenfold. Undamped
    these are Newton's steps; along a line of slow points, where A is nearly singular, the damping keeps them short.

    Parameters
    ----------
    step, jacobian
        F and its Jacobian; by default by automatic differentiation.
    starts : (point, state)
        Such as the states of `slow_points`.
    steps
        At most.
    exact
        q below which a point is left alone.
    """
    slopes = jacobian or automatic(step)
    with torch.no_grad():
        h = torch.tensor(starts, dtype=torch.float64)
        h = torch.atleast_2d(h)
        q = speed(step, h)
        damping = torch.full_like(q, 1e-3)
        identity = torch.eye(h.shape[1], dtype=h.dtype)
        for _ in range(steps):
            open_ones = torch.nonzero((q > exact) & (damping < 1e12))[:, 0]
            if not len(open_ones):
                break
            at = h[open_ones]
            a = slopes(at) - identity
            r = (step(at) - at)[..., None]
            normal = a.mT @ a + damping[open_ones, None, None] * identity
            tried = at - torch.linalg.solve(normal, a.mT @ r)[..., 0]
            reached = speed(step, tried)
            better = reached < q[open_ones]
            h[open_ones[better]], q[open_ones[better]] = tried[better], reached[better]
            damping[open_ones] *= torch.where(better, 0.1, 10.0)
        return Points(h.numpy(), q.numpy(), q.numpy() <= exact)


def automatic(step: Step) -> Jacobian:
    """The Jacobian of any step, by automatic differentiation; also of a function from (point, a) to (point, b)."""

    def jacobian(at: Tensor) -> Tensor:
        with torch.enable_grad():
            at = at.detach().requires_grad_()
            ahead = step(at)
            # points do not depend on each other, so one backward pass serves an element of all of them
            rows = [torch.autograd.grad(ahead[:, i].sum(), at, retain_graph=True)[0] for i in range(ahead.shape[1])]
        return torch.stack(rows, dim=1)

    return jacobian


def distinct(points: Points, distance: float) -> NDArray[np.intp]:
    """Of points that are nearer to each other than ``distance`` the slowest, by index; single-linkage clusters count.

    Raises
    ------
    ValueError
        A distance below or equal to 0.
    """
    if not distance > 0:
        raise ValueError(f"distinct: distance {distance} is not above 0")
    n = len(points.states)
    if n < 2:
        return np.arange(n)
    group = fcluster(linkage(points.states, "single"), distance, "distance")
    order = np.argsort(points.speed, kind="stable")
    _, first = np.unique(group[order], return_index=True)
    return np.sort(order[first])


class Modes(NamedTuple):
    """Eigenvalues of Jacobians with the vectors of the slowest mode.

    values : (point, state) complex
        By how slowly a mode changes, the slowest (modulus nearest to 1 on a logarithmic scale) first.
    right : (point, state)
        Direction of the slowest mode, length 1; the real part where it is complex.
    left : (point, state)
        What a push of the state puts into that mode: left . right = 1 (the selection vector of Mante et al.).
    """

    values: Complex
    right: FloatArray
    left: FloatArray

    @property
    def unstable(self) -> NDArray[np.int_]:
        """Number of modes that grow, of each point."""
        return (np.abs(self.values) > 1).sum(axis=1)

    def time_constants(self, dt: float) -> FloatArray:
        """dt / |ln |l||, in which a mode shrinks, or if it is unstable grows, by a factor e: (point, state)."""
        with np.errstate(divide="ignore"):
            return np.asarray(dt / np.abs(np.log(np.abs(self.values))))


def modes(jacobians: FloatArray) -> Modes:
    """Modes of each Jacobian: (point, state, state) -> `Modes`."""
    if not len(jacobians):
        nothing = np.empty(jacobians.shape[:2])
        return Modes(nothing.astype(complex), nothing, nothing)
    found = [_slowest(jacobian) for jacobian in jacobians]
    return Modes(*(np.array(each) for each in zip(*found, strict=True)))


def _slowest(jacobian: FloatArray) -> tuple[Complex, FloatArray, FloatArray]:
    """Eigenvalues, the slowest first, and its right and left vector."""
    values, vectors = np.linalg.eig(jacobian)
    with np.errstate(divide="ignore"):
        order = np.argsort(np.abs(np.log(np.abs(values))), kind="stable")
    right = np.real(vectors[:, order[0]])
    right = right / np.linalg.norm(right)
    # the rows of the inverse of the matrix of right vectors are the left ones
    one = np.eye(len(values))[order[0]]
    try:
        left = np.real(np.linalg.solve(vectors.T, one))
    except np.linalg.LinAlgError:  # vectors that coincide
        left = np.real(np.linalg.lstsq(vectors.T, one, rcond=None)[0])
    overlap = left @ right
    return values[order].astype(complex), right, left / overlap if overlap else np.full_like(left, np.nan)


class Line(NamedTuple):
    """How near points come to a line.

    share : float
        Part of their variance along their first principal component; 1 on a straight line, NaN without variance.
    second : float
        Part along the second component.
    position : (point,)
        Along the line, the extreme ones at -1 and 1.
    axis : (state,)
        Direction of the line, length 1.
    """

    share: float
    second: float
    position: FloatArray
    axis: FloatArray


def line(states: FloatArray, towards: FloatArray | None = None) -> Line:
    """The line that fits points best (principal component).

    Parameters
    ----------
    states : (point, state)
        Two or more; fewer lie at position 0 of a line of which nothing is known.
    towards : (point,), optional
        The line is turned so that positions rise with these.
    """
    if len(states) < 2:
        nan = float("nan")
        return Line(nan, nan, np.zeros(len(states)), np.full(states.shape[1], nan))
    centred = states - states.mean(axis=0)
    left, sizes, right = np.linalg.svd(centred, full_matrices=False)
    total = float(np.square(sizes).sum())
    along, axis = left[:, 0] * sizes[0], right[0]
    if towards is not None and np.dot(along, towards - towards.mean()) < 0:
        along, axis = -along, -axis
    extent = float(np.ptp(along))
    position = 2 * (along - along.min()) / extent - 1 if extent > 0 else np.zeros(len(along))
    shares = np.square(sizes[:2]) / total if total > 0 else np.full(2, np.nan)
    return Line(float(shares[0]), float(shares[1]) if len(shares) > 1 else 0.0, position, axis)


def order_along(position: FloatArray, values: FloatArray) -> float:
    """How far values change in one direction along the line: Spearman's correlation, NaN where either is constant."""
    if len(position) < 2 or np.ptp(position) == 0 or np.ptp(values) == 0:
        return float("nan")
    return float(stats.spearmanr(position, values).statistic)
