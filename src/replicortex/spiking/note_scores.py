"""Which notes a network plays: at the target's time, and at its own tempo.

A network that plays by itself has a tempo of its own. A note counts as right at the target's time if its channel is the
loudest, on average, while the target plays it. At the network's tempo the same is asked after the output was laid over
the target by a lag that is followed through the recording: order and duration of the notes count, the tempo does not.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from replicortex.spiking import measures
from replicortex.spiking.music import NOTE
from replicortex.spiking.protocols import Floats

BAR = 4.0  # s: the windows in which the lag is followed
STRETCH = 0.5  # s: the most by which it may change from one to the next, an eighth of the tempo
_WHOLE = 0.8  # share of a note that must be there


def own_time(z: Floats, x: Floats, times: Floats, cycle: float) -> Floats:
    """The target's time at each row of the output, in s: (time,).

    The first lag is sought over half of the cycle, in a whole one; then it is followed in windows of 4 s, up to 0.5 s
    from one to the next, and joined by straight lines.

    Parameters
    ----------
    z, x : (time, k)
        Output and target at ``times`` (s).
    cycle
        Of the target, s.
    """
    interval = float(times[1] - times[0])
    rows = max(2, min(round(min(BAR, cycle) / interval), len(z)))
    first = measures.lag_of_rows(z, x, 0, min(round(cycle / interval), len(z)), round(cycle / 2 / interval))
    lags = measures.follow(z, x, rows, round(STRETCH / interval), first) * interval
    if not len(lags):
        return times
    middles = times[0] + interval * (rows * np.arange(len(lags)) + rows / 2)
    if len(lags) == 1:
        return times - lags[0]
    place = np.clip(np.searchsorted(middles, times) - 1, 0, len(lags) - 2)  # the ends are extrapolated
    share = (times - middles[place]) / (middles[place + 1] - middles[place])
    return np.asarray(times - (lags[place] + share * (lags[place + 1] - lags[place])))


def loudest(values: Floats, times: Floats) -> pd.Series:
    """Channel with the largest mean in each note that is there: slot of 250 ms (from time 0) -> channel."""
    slot = np.ceil(times / NOTE - 1e-9).astype(np.int64) - 1
    means = pd.DataFrame(values).groupby(slot)
    whole = means.size() >= _WHOLE * NOTE / float(np.median(np.diff(times)))
    found = means.mean()[whole]
    return pd.Series(found.to_numpy().argmax(axis=1), index=found.index, dtype=np.int64)


def notes(z: Floats, x: Floats, times: Floats, cycle: float, rng: np.random.Generator) -> pd.DataFrame:
    """Each whole note of the target and what was played.

    Parameters
    ----------
    z, x : (time, k)
        Output and target at ``times`` (s).
    cycle
        Of the target, s.
    rng
        Shuffles the output's notes, for the level of chance.

    Returns
    -------
    DataFrame
        slot; pitch (the target's channel); played (the output's at the target's time); followed (the output's at its
        own tempo) and by_chance (the same for its notes in random order). A note that the output was not heard in, at
        an end of the recording, is -1.
    """
    pitch = loudest(x, times)
    shuffled = z[_in_random_order(times, rng)]
    columns = {
        "played": loudest(z, times),
        "followed": loudest(z, own_time(z, x, times, cycle)),
        "by_chance": loudest(shuffled, own_time(shuffled, x, times, cycle)),
    }
    heard = {name: each.reindex(pitch.index, fill_value=-1) for name, each in columns.items()}
    return pd.DataFrame({"pitch": pitch, **heard}).rename_axis("slot").reset_index()


def _in_random_order(times: Floats, rng: np.random.Generator) -> np.ndarray:
    """Rows with the notes of 250 ms in random order."""
    slot = np.ceil(times / NOTE - 1e-9).astype(np.int64)
    parts = [np.flatnonzero(slot == each) for each in np.unique(slot)]
    return np.concatenate([parts[int(i)] for i in rng.permutation(len(parts))])
