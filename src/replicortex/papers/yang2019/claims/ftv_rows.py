"""Claims of Yang et al. 2019, doi 10.1038/s41593-018-0310-2, on Figure 4 and Supplementary Figure 6."""

from __future__ import annotations

from functools import partial

from replicortex.papers.yang2019.claims import ftv
from replicortex.report.claims import Claim, above, below

_NEEDS = ("ftv_histogram", "ftv_types")
_WHY = (
    "The kinds are named by eye in the paper; the limits of the rule (docs/pairs.md) were set before any "
    "distribution of this project was looked at"
)
_MEASURE = "distance of the tightest condition from its limit, FTV pooled over networks: "


def _kind(id: str, statement: str, pair: tuple[str, str], conditions: str) -> Claim:
    return Claim(
        id=id,
        panel=id,
        statement=statement,
        statistic=partial(ftv.pair_is_of_kind, pair=pair),
        measure=f"{_MEASURE}{conditions}",
        quantity="distance from the tightest limit",
        threshold=above(0.0),
        threshold_by="ours",
        why=f"{_WHY}.",
        needs=_NEEDS,
        learnt=True,
    )


FTV_CLAIMS: tuple[Claim, ...] = (
    _kind(
        "4a",
        "DM 1 and Anti are disjoint: units vary in one or in the other.",
        ftv.DISJOINT,
        "at each end (|FTV| > 0.8) 0.1 of the units or more, in the middle (|FTV| < 0.6) less than 0.3 and no third "
        "peak",
    ),
    _kind(
        "4b",
        "Dly DM 1 includes DM 1: no unit varies in DM 1 alone.",
        ftv.INCLUSIVE,
        "at the end of Dly DM 1 0.1 of the units or more, at that of DM 1 less than 0.03",
    ),
    _kind(
        "4c",
        "DM 1 and Ctx DM 1 are mixed: one broad peak and none at the ends.",
        ftv.MIXED,
        "at each end less than 0.05 of the units, less than 0.6 of the middle within |FTV| < 0.2",
    ),
    _kind(
        "4d",
        "Ctx DM 1 and Ctx DM 2 are disjoint-equal: three peaks, at both ends and in the centre.",
        ftv.DISJOINT_EQUAL,
        "at each end 0.1 of the units or more, in the middle 0.1 or more, at least half of it within |FTV| < 0.2 and "
        "the highest bin of the middle there",
    ),
    _kind(
        "4e",
        "DMC and DNMC are disjoint-mixed: peaks at both ends over a broad middle.",
        ftv.DISJOINT_MIXED,
        "at each end 0.1 of the units or more, in the middle 0.3 or more, less than half of it within |FTV| < 0.2",
    ),
    Claim(
        id="4x",
        panel="4a-e",
        statement="The example network's distributions are close to those of the others.",
        statistic=ftv.example_is_typical,
        measure="total variation distance between the example's histogram and the median of the other networks, mean "
        "of five pairs",
        quantity="distance to the others",
        threshold=below(0.25),
        threshold_by="ours",
        why="Less than a quarter of its units in other bins. Two samples of 200 units from one distribution over ten "
        "of the bins are already about 0.1 apart.",
        needs=("ftv_histogram",),
        learnt=True,
    ),
    Claim(
        id="4f-j",
        panel="4f-j",
        statement="In tanh networks each of the five pairs has one narrow peak.",
        statistic=ftv.one_narrow_peak,
        measure="distance of the tightest condition from its limit in the pair that fits least, FTV pooled over "
        "networks: at each end less than 0.05 of the units, half of them or more within a window of 0.4",
        quantity="distance from the tightest limit",
        threshold=above(0.0),
        threshold_by="ours",
        why="Half of the units on a fifth of the axis is narrow, and none at the ends leaves one peak. Where the peak "
        "lies does not matter: if one task moves all units more than another, it is off the centre. All five pairs "
        "must meet both. Set before any tanh network was looked at.",
        needs=("ftv_histogram", "reference/ftv_histogram"),
        experiment="tanh_gru",
        learnt=True,
    ),
    Claim(
        id="S6",
        panel="S6",
        statement="Randomly rotated activity gives distributions that differ clearly from those of the units.",
        statistic=ftv.control_differs,
        measure="share of the 190 pairs whose rotated control has no peaks at both ends (less than 0.05 of the units "
        "at one of them) and a total variation distance of 0.2 or more to the real distribution",
        quantity="share of pairs",
        threshold=above(0.5),
        threshold_by="ours",
        why="Most pairs. A fifth of the units in other bins is twice what sampling makes of 200 units.",
        needs=_NEEDS,
        learnt=True,
    ),
)
