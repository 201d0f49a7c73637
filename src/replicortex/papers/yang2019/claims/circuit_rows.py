"""Claims of Yang et al. 2019, Nat. Neurosci. 22:297-306, doi 10.1038/s41593-018-0310-2, on Figures 5 and 8e.

The thresholds were written before any quantity by these groups had been computed for a network of this
project. What had been seen of the four shipped networks is Figure 2, with the lesions of its clusters.
"""

from __future__ import annotations

from functools import partial

from replicortex.papers.yang2019.claims import circuit, recordings
from replicortex.report.claims import Claim, above, below

_LIMITS = (
    "0.2 is about five standard errors of the difference of two scores of 160 trials, and 0.1 half of it: "
    "the limits that tell lost from kept in 2e-1"
)
_SIGN = "The claim is a direction. The sizes stand beside the verdict."

CIRCUIT_CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="5a",
        panel="5a",
        statement="Units that vary in the two Ctx DM tasks fall into three groups, those of one task, of "
        "the other and of both, and few lie between.",
        statistic=circuit.share_in_groups,
        measure="share of the units active in the pair with p > 0.9, p < 0.1 or 0.4 < p < 0.6, p being "
        "the part of their variance that is in Ctx DM 1; 0 where a group is empty; median over networks",
        quantity="share of active units",
        threshold=above(0.5),
        threshold_by="ours",
        why="Most units. Fractions spread evenly would put 0.4 of the units into the three ranges.",
        needs=("context_groups",),
        learnt=True,
    ),
    Claim(
        id="5b-1",
        panel="5b",
        statement="Without group 1 Ctx DM 1 fails, and the other four DM tasks are as before.",
        statistic=partial(circuit.one_task_lost, lesion="1", task="contextdm1"),
        measure="distance of the tighter of two conditions from its limit, median over networks: Ctx DM 1 "
        "loses more than 0.2 of its performance; Ctx DM 2, DM 1, DM 2 and MultSen DM lose less than 0.1 "
        "each",
        quantity="distance from the tighter limit",
        threshold=above(0.0),
        threshold_by="ours",
        why=f"{_LIMITS}.",
        needs=("group_lesions",),
        learnt=True,
    ),
    Claim(
        id="5b-2",
        panel="5b",
        statement="Without group 2 Ctx DM 2 fails, and the other four DM tasks are as before.",
        statistic=partial(circuit.one_task_lost, lesion="2", task="contextdm2"),
        measure="as 5b-1, with Ctx DM 1 and 2 exchanged",
        quantity="distance from the tighter limit",
        threshold=above(0.0),
        threshold_by="ours",
        why=f"{_LIMITS}.",
        needs=("group_lesions",),
        learnt=True,
    ),
    Claim(
        id="5b-3",
        panel="5b",
        statement="Without group 12 all five DM tasks suffer.",
        statistic=partial(circuit.all_tasks_impaired, lesion="12"),
        measure="performance lost in the least affected of the five DM tasks, median over networks",
        quantity="performance lost, least affected task",
        threshold=above(0.1),
        threshold_by="ours",
        why="A task that loses less counts as kept in 5b-1 and 5b-2, and cannot be both.",
        needs=("group_lesions",),
        learnt=True,
    ),
    Claim(
        id="5c",
        panel="5c",
        statement="Input of modality 1 reaches group 1 tuned and group 2 untuned; group 12 gets tuned "
        "input of both modalities.",
        statistic=circuit.input_tuning,
        measure="smallest of three split indices (a - b) / (a + b) of tuning depths, median over "
        "networks: modality 1 onto group 1 against onto group 2; modality 1 onto 12 against onto 2; "
        "modality 2 onto 12 against onto 1. Depth: weight beside the peak of the averaged curve minus that "
        "on the far half of the ring",
        quantity="split index, weakest of three",
        threshold=above(0.5),
        threshold_by="ours",
        why="Three times as deep, the factor of 2e-2 and S3. The peak itself is left out of the depth, "
        "because curves turned to their largest weight have a peak even of noise.",
        needs=("group_tuning", "context_groups"),
        learnt=True,
    ),
    Claim(
        id="5d",
        panel="5d",
        statement="All three groups project to the output ring with tuned weights.",
        statistic=circuit.output_tuning,
        measure="smallest of the three groups' depths of output tuning (as in 5c), median over networks",
        quantity="depth of output tuning, weakest group",
        threshold=above(0.0),
        threshold_by="ours",
        why=f"Weights without tuning have an expected depth of 0. {_SIGN}",
        needs=("group_tuning", "context_groups"),
        learnt=True,
    ),
    Claim(
        id="5e-1",
        panel="5e",
        statement="Groups 1 and 2 excite themselves and inhibit each other.",
        statistic=circuit.mutual_inhibition,
        measure="smallest of the mean weights 1 to 1, 2 to 2, and the negatives of 1 to 2 and 2 to 1, "
        "between units of like preference (closer than 30 degrees), self-connections left out; median over "
        "networks",
        quantity="mean weight, weakest of four",
        threshold=above(0.0),
        threshold_by="ours",
        why=_SIGN,
        needs=("group_connections", "context_groups"),
        learnt=True,
    ),
    Claim(
        id="5e-2",
        panel="5e",
        statement="Groups 1 and 2 excite group 12.",
        statistic=circuit.excite_shared,
        measure="smaller of the mean weights 1 to 12 and 2 to 12, as in 5e-1; median over networks",
        quantity="mean weight, weaker of two",
        threshold=above(0.0),
        threshold_by="ours",
        why=_SIGN,
        needs=("group_connections", "context_groups"),
        learnt=True,
    ),
    Claim(
        id="5f",
        panel="5f",
        statement="The rule of Ctx DM 2 inhibits group 1, and that of Ctx DM 1 group 2.",
        statistic=circuit.other_rule,
        measure="larger of two medians of rule input weights, median over networks: from Ctx DM 2 onto "
        "the units of group 1, from Ctx DM 1 onto those of group 2",
        quantity="median rule weight, larger of two",
        threshold=below(0.0),
        threshold_by="ours",
        why=_SIGN,
        needs=("group_rules", "context_groups"),
        learnt=True,
    ),
    Claim(
        id="8e",
        panel="8e",
        statement="In prefrontal recordings the fractional task variance of the two contexts is spread "
        "broadly around one peak.",
        statistic=recordings.broad_and_one_peaked,
        measure="distance of the tightest of four conditions from its limit, all recorded units: less "
        "than 0.05 of them above 0.8, and less than 0.05 below -0.8; of those within 0.6 of 0 less than "
        "0.6 within 0.2; more within 0.4 of 0 than from there to 0.8",
        quantity="distance from the tightest limit",
        threshold=above(0.0),
        threshold_by="ours",
        why="The limits of ends and centre by which Figure 4's distributions are told apart, for the type "
        "called mixed; the last condition keeps out two peaks half-way.",
        needs=("recordings_ftv",),
    ),
)
