"""Psychometric and threshold functions fitted to counts of choices (Yang et al. 2019, Fig. 1d,e; S2)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from replicortex.analysis.common import FloatArray

MU_BOUNDS = (-0.5, 0.5)
SIGMA_BOUNDS = (1e-3, 10.0)
THRESHOLD_START = (0.1, 1.0)
THRESHOLD_BOUNDS = ((1e-3, 1.0), (1e-5, 10.0))


class GaussianCdf(NamedTuple):
    """P(choice 1) = Phi((x - mu) / sigma), x = strength 1 - strength 2; n_trials: decided ones."""

    mu: float
    sigma: float
    n_trials: int


class Threshold(NamedTuple):
    """P(correct) = 1 - 0.5 exp(-(c / threshold)^exponent), c the coherence."""

    threshold: float
    exponent: float


def choice_fraction(n_choice1: FloatArray, n_choice2: FloatArray) -> FloatArray:
    """n1 / (n1 + n2), NaN where no trial was decided."""
    decided = np.asarray(n_choice1, dtype=float) + n_choice2
    return np.divide(n_choice1, decided, out=np.full(decided.shape, np.nan), where=decided > 0)


def fit_psychometric(x: FloatArray, n_choice1: FloatArray, n_choice2: FloatArray) -> GaussianCdf:
    """Least-squares fit of a Gaussian distribution function to the fraction of choice 1.

    Bounds: mu in [-0.5, 0.5], sigma in [0.001, 10]. Conditions without a decided trial are left out; with
    fewer than two different x left no curve is defined and mu and sigma are NaN.

    Parameters
    ----------
    x : (condition,)
        Strength 1 - strength 2, that is twice the coherence.
    n_choice1, n_choice2 : (condition,)
        Number of trials of either choice.
    """
    n_trials = round(float(np.sum(n_choice1) + np.sum(n_choice2)))
    return fit_fractions(x, choice_fraction(n_choice1, n_choice2), n_trials)


def fit_fractions(x: FloatArray, fraction: FloatArray, n_trials: int) -> GaussianCdf:
    """The same fit to fractions of choice 1 that are known already, such as means over several conditions.

    Parameters
    ----------
    x, fraction : (condition,)
        Strength 1 - strength 2 and P(choice 1); NaN where no trial was decided.
    n_trials
        Decided trials behind them, passed on to the result.
    """
    from scipy.optimize import least_squares
    from scipy.special import ndtr

    used = ~np.isnan(fraction)
    x, fraction = np.asarray(x, dtype=float)[used], np.asarray(fraction, dtype=float)[used]
    if len(np.unique(x)) < 2:
        return GaussianCdf(float("nan"), float("nan"), n_trials)
    # a start on the scale of the data: far from it the curve is a step or flat, and the gradient vanishes
    start = (0.0, float(np.clip(np.abs(x).max() / 2, *SIGMA_BOUNDS)))

    def residuals(parameters: FloatArray) -> FloatArray:
        mu, sigma = parameters
        return np.asarray(ndtr((x - mu) / sigma) - fraction)

    lower, upper = zip(MU_BOUNDS, SIGMA_BOUNDS, strict=True)
    found = least_squares(residuals, start, bounds=(lower, upper), x_scale=start[1])
    return GaussianCdf(float(found.x[0]), float(found.x[1]), n_trials)


class ChoiceFit(NamedTuple):
    """P(choice) = Phi((x - mu) / sigma), fitted to single trials; mu_error and sigma_error are standard errors."""

    mu: float
    sigma: float
    mu_error: float
    sigma_error: float
    n_trials: int


def fit_choices(x: FloatArray, chosen: NDArray[np.bool_]) -> ChoiceFit:
    """Maximum-likelihood fit of a cumulative Gaussian to single choices (probit regression), without bins.

    The likelihood of a = x b0 + b1 under P = Phi(a) has one maximum, which Fisher scoring finds; then sigma = 1 / b0
    and mu = -b1 / b0, and their errors come from the Fisher information. NaN where there is none: choices are
    all alike, or separated (sigma would be 0; also where both occur at a single value of x only), or not more frequent
    with more evidence. NaN too where 200 steps do not reach it.

    Parameters
    ----------
    x : (trial,)
        Evidence for the choice, as it was shown.
    chosen : (trial,)
        Whether the choice was made.

    Raises
    ------
    ValueError
        Two lengths.
    """
    from scipy.stats import norm

    x, chosen = np.asarray(x, dtype=float), np.asarray(chosen, dtype=bool)
    if x.shape != chosen.shape or x.ndim != 1:
        raise ValueError(
            f"fit_choices: x has the shape {x.shape} and chosen {chosen.shape}; give one of each per trial"
        )
    nan = float("nan")
    nothing = ChoiceFit(nan, nan, nan, nan, len(x))
    if chosen.all() or not chosen.any() or x[chosen].min() >= x[~chosen].max():
        return nothing
    scale = float(np.abs(x).max()) or 1.0
    design, b = np.stack([x / scale, np.ones_like(x)], axis=1), np.zeros(2)
    for _ in range(200):
        a = np.clip(design @ b, -30, 30)
        log_p, log_q, log_density = norm.logcdf(a), norm.logsf(a), norm.logpdf(a)
        slope = np.where(chosen, np.exp(log_density - log_p), -np.exp(log_density - log_q))
        weight = np.exp(2 * log_density - log_p - log_q)
        information = design.T @ (weight[:, None] * design)
        step = np.linalg.lstsq(information, design.T @ slope, rcond=None)[0]
        b = b + step * min(1.0, 5.0 / max(1e-12, float(np.abs(step).max())))
        if np.abs(step).max() < 1e-10 * max(1.0, float(np.abs(b).max())):
            break
    else:
        return nothing
    if not b[0] > 0:
        return nothing
    covariance = np.linalg.pinv(information)
    sigma, mu = float(1 / b[0]), float(-b[1] / b[0])
    toward = np.array([b[1] / b[0] ** 2, -1 / b[0]])  # d mu / d b
    mu_error, sigma_error = np.sqrt(toward @ covariance @ toward), np.sqrt(covariance[0, 0]) / b[0] ** 2
    return ChoiceFit(scale * mu, scale * sigma, float(scale * mu_error), float(scale * sigma_error), len(x))


def fit_threshold(coherence: FloatArray, n_choice1: FloatArray, n_choice2: FloatArray) -> Threshold:
    """Least-squares fit of 1 - 0.5 exp(-(c/a)^b) to the fraction of choice 1, the correct one at positive
    coherence.

    L-BFGS-B from (0.1, 1) with a in [1e-3, 1] and b in [1e-5, 10]. NaN with fewer than two decided
    coherences.

    Parameters
    ----------
    coherence : (condition,)
        Positive coherences c, in favour of stimulus 1.
    n_choice1, n_choice2 : (condition,)
    """
    fraction = choice_fraction(n_choice1, n_choice2)

    used = ~np.isnan(fraction)
    c = np.asarray(coherence, dtype=float)[used]
    if len(np.unique(c)) < 2:
        return Threshold(float("nan"), float("nan"))

    def cost(parameters: FloatArray) -> float:
        a, b = parameters
        return float(np.sum((1.0 - 0.5 * np.exp(-((c / a) ** b)) - fraction[used]) ** 2))

    from scipy.optimize import minimize

    found = minimize(cost, THRESHOLD_START, method="L-BFGS-B", bounds=THRESHOLD_BOUNDS)
    return Threshold(float(found.x[0]), float(found.x[1]))
