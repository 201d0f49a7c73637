"""Claims of Yang et al. 2019 (doi 10.1038/s41593-018-0310-2) on task vectors and composite rules: Figures 6 and 7a-c.

The thresholds were written before any task vector of a trained network was looked at; what was known of composite
rules is stated where it matters.
"""

from __future__ import annotations

from replicortex.papers.yang2019.claims import composition, vectors
from replicortex.papers.yang2019.shared import DISTINCT
from replicortex.report.claims import Claim, above

_PARALLEL = (
    "Two changes of equal length with a shared part s and private parts e have the cosine s^2 / (s^2 + e^2): above "
    "0.5, what they share outweighs what is their own. Shuffled assignments of the four tasks have the mean 0, as has "
    "any pair of changes between unrelated tasks; how often they reach the value stands beside it."
)
_SEEN = (
    "Prior knowledge: whoever set this had seen the performance of thirteen networks under composite rules "
    "(docs/schedules.md), the four shipped ones among them; the limit follows from the reason given."
)

VECTOR_CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="6b",
        panel="6b, 6c",
        statement="The change from Go to Dly Go is parallel to that from Anti to Dly Anti.",
        statistic=vectors.parallel_anti,
        measure="cosine between the two differences of task vectors, in the full space, median over networks",
        quantity="cosine",
        threshold=above(vectors.PARALLEL),
        threshold_by="ours",
        why=_PARALLEL,
        needs=("parallelism",),
        learnt=True,
    ),
    Claim(
        id="6d",
        panel="6d, 6e",
        statement="The change from Ctx DM 1 to Ctx DM 2 is parallel to that from Ctx Dly DM 1 to Ctx Dly DM 2.",
        statistic=vectors.parallel_context,
        measure="cosine between the two differences of task vectors, in the full space, median over networks",
        quantity="cosine",
        threshold=above(vectors.PARALLEL),
        threshold_by="ours",
        why="As 6b.",
        needs=("parallelism",),
        learnt=True,
    ),
    Claim(
        id="6x",
        panel="Methods, 6b-e",
        statement="The four tasks of each set lie near the corners of a square, so that the first two components "
        "explain about the same variance.",
        statistic=vectors.squareness,
        measure="smallest, over the two sets of Figure 6, of s2/s1, 1 - s3/s2 (s: standard deviations along principal "
        "components) and shorter/longer side, each a median over networks",
        quantity="smallest ratio, 1 for a square",
        threshold=above(0.5),
        threshold_by="ours",
        why="No two lengths that are equal in a square differ by more than a factor of two, and the tasks stick out "
        "of their plane by less than half its smaller extent. The last keeps out four unrelated tasks, whose three "
        "extents are equal.",
        needs=("squares",),
        learnt=True,
    ),
    Claim(
        id="S8",
        panel="S8",
        statement="All tasks have distinct vectors (18 tasks: in the other two the stimulus is the go signal).",
        statistic=vectors.distinct,
        measure="distance of a network's two nearest tasks, in distances of two measurements of one task with fresh "
        "noise, median over networks",
        quantity="nearest tasks / same task twice",
        threshold=above(DISTINCT),
        threshold_by="ours",
        why="Tasks that do not differ would be as far apart as two measurements of one of them, 1; twice that is more "
        "than the smallest of 153 pairs reaches by noise. The bar is low: rule inputs alone move the units, and "
        "Figure S_parallel shows the same for untrained networks.",
        needs=("task_distances",),
        by_construction=True,
        learnt=True,
    ),
    Claim(
        id="S9",
        panel="S9",
        statement="The weights of the rule inputs show the same structure as the task vectors.",
        statistic=vectors.same_in_rules,
        measure="cosines of 6b and 6d between differences of rule weight vectors, the smaller of the two sets' medians "
        "over networks",
        quantity="cosine, smaller of two sets",
        threshold=above(0.0),
        threshold_by="ours",
        why="The claim is a direction, 0 is the mean of shuffled assignments. Not 0.5 as in 6b: rule weights start at "
        "random and nothing pulls them back, so every vector keeps a private part whatever is learnt.",
        needs=("parallelism",),
        learnt=True,
    ),
    Claim(
        id="7b-1",
        panel="7b",
        statement="Dly Anti is done with its own rule input and with Anti + Dly Go - Go.",
        statistic=composition.composite_works,
        measure="performance with either rule input, the smaller of the two medians over networks",
        quantity="performance, worse of the two",
        threshold=above(composition.WORKS),
        threshold_by="ours",
        why=f"Half-way between guessing a direction, right in 72 of 360 degrees, and certainty. {_SEEN}",
        needs=("composite",),
        learnt=True,
    ),
    Claim(
        id="7b-2",
        panel="7b",
        statement="Dly Anti fails with the rule input of Anti and with Anti + Dly Go.",
        statistic=composition.others_fail,
        measure="smallest of four medians over networks: for each of the two, 0.6 minus its performance, and the full "
        "composite's performance minus its own",
        quantity="distance from the tightest limit",
        threshold=above(0.0),
        threshold_by="ours",
        why=f"To fail is to stay below what counts as working in 7b-1, and below the composite that works. {_SEEN}",
        needs=("composite",),
        learnt=True,
    ),
    Claim(
        id="7c",
        panel="7c",
        statement="Of four substitutes for the rule of Ctx Dly DM 1, Ctx Dly DM 2 + Ctx DM 1 - Ctx DM 2 is the best.",
        statistic=composition.composite_best,
        measure="performance with this composite minus that with each other substitute, the smallest of three medians "
        "over networks",
        quantity="lead over the best other",
        threshold=above(0.0),
        threshold_by="ours",
        why=f"The claim is an order. {_SEEN}",
        needs=("composite",),
        learnt=True,
    ),
    Claim(
        id="S10",
        panel="S10",
        statement="The same holds in networks whose rule inputs are distributed over channels.",
        statistic=composition.all_hold,
        measure="distance of 6b, 6d, 7b-1, 7b-2 and 7c from their limits in networks with mixed rule inputs, the "
        "smallest",
        quantity="distance from the tightest limit",
        threshold=above(0.0),
        threshold_by="ours",
        why="The same means the same five limits, and all of them.",
        needs=("parallelism", "composite"),
        experiment="distributed_rules",
        learnt=True,
    ),
    Claim(
        id="S11",
        panel="S11",
        statement="DMS is not done with DMC + DNMS - DNMC.",
        statistic=composition.composite_fails,
        measure="smaller of two medians over networks: performance with the own rule minus 0.75, and 0.75 minus that "
        "with the composite",
        quantity="distance from the tightest limit",
        threshold=above(0.0),
        threshold_by="ours",
        why=f"Half of the trials want no response, so 0.75 is half-way between never responding and certainty. {_SEEN}",
        needs=("composite",),
        learnt=True,
    ),
)
