"""Claims of Yang et al. 2019, doi 10.1038/s41593-018-0310-2, on tasks learnt one after another (Fig. 7d, e, 8, S12a).

The thresholds were written on the date in docs/scorecard.md, when no network of the experiments that they judge had
been trained; changes are listed there with their reason.
"""

from __future__ import annotations

from replicortex.papers.yang2019.claims import continual, transfer
from replicortex.report.claims import Claim, above

_BLIND = "Set before any network of this experiment had been trained."
_TRANSFER = ("history", "members")
_BLOCKS = ("history", "members", "blocks")
_FRACTIONS = ("history", "members", "ftv")
_PEAKS = (
    "A tenth of the units at either end and half of the rest around 0 is our rule for three peaks, as in Figure 4; "
    "one peak means more units in the middle fifth of the range than in the two outer tenths together, which would "
    "have equal shares if all values were as likely."
)

LEARNING_CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="7d",
        panel="7d",
        statement="A task that shares its parts with those learnt before is learnt much faster: Dly Anti after Go, "
        "Dly Go and Anti, Ctx Dly DM 1 after Ctx DM 1, Ctx DM 2 and Ctx Dly DM 2, each compared with the other "
        "three.",
        statistic=transfer.related_is_faster,
        measure="trials to 0.9 with all weights learning, after the other set over after the related set, ratio of "
        "medians, the smaller of the two tasks' ratios",
        quantity="speed-up, smaller of two tasks",
        threshold=above(2.0),
        threshold_by="ours",
        why=f"Much faster must be more than somewhat faster: at least twice. {_BLIND}",
        needs=_TRANSFER,
        experiment="posttraining",
    ),
    Claim(
        id="7e-1",
        panel="7e",
        statement="After related pre-training the new task can be learnt by changing the weights of its rule input "
        "alone.",
        statistic=transfer.related_through_rules,
        measure="final performance in the new task with only rule weights learning, median over networks, the "
        "smaller of the two tasks",
        quantity="performance, weaker task",
        threshold=above(0.9),
        threshold_by="ours",
        why=f"The paper shows curves; a task counts as learnt above 90 % in its Figure 3. {_BLIND}",
        needs=_TRANSFER,
        experiment="posttraining",
    ),
    Claim(
        id="7e-2",
        panel="7e",
        statement="Networks that had learnt the three Ctx DM tasks learn Dly Anti through rule weights too, but "
        "slowly.",
        statistic=transfer.unrelated_through_rules,
        measure="share of them that gain more than 0.1 and reach 0.9 later than the median network that had learnt "
        "Go, Dly Go and Anti, or never",
        quantity="share of networks",
        threshold=above(0.5),
        threshold_by="ours",
        why="More networks must show it than not. Two scores of 512 trials differ by 0.1 by chance less than once "
        f"in a thousand. {_BLIND}",
        needs=_TRANSFER,
        experiment="posttraining",
    ),
    Claim(
        id="7x",
        panel="Methods",
        statement="All pre-trained networks reach 97 % in each of their three tasks.",
        statistic=transfer.pretraining_reached,
        measure="lowest performance at the last evaluation, over all networks and tasks",
        quantity="lowest performance",
        threshold=above(0.97),
        threshold_by="paper",
        why="The paper's own limit, and the one at which training stops. A training stops at the first evaluation "
        f"above it, which is a little lucky on average; that is so in the paper as well. {_BLIND}",
        needs=("history",),
        experiment="pretraining",
        by_construction=True,
    ),
    Claim(
        id="8b",
        panel="8b",
        statement="Protecting important weights improves the final performance over tasks learnt one after the "
        "other, most for those learnt early.",
        statistic=continual.continual_gain,
        measure="final performance, continual minus traditional, difference of medians over networks: mean over "
        "the tasks of the first half of the blocks, and that minus the mean over those of the last half; the "
        "smaller of the two",
        quantity="gain, smaller of two parts",
        threshold=above(0.0),
        threshold_by="ours",
        why="Both parts of the statement are directions. The middle block is neither early nor late. " + _BLIND,
        needs=_BLOCKS,
        experiment="sequential",
    ),
    Claim(
        id="8c-1",
        panel="8c",
        statement="With continual learning Dly Go is kept while five more tasks are learnt.",
        statistic=continual.kept_task,
        measure="final performance in Dly Go: median over continual networks minus 0.8, and minus the median over "
        "traditional ones; the smaller of the two",
        quantity="Dly Go, smaller of two distances",
        threshold=above(0.0),
        threshold_by="ours",
        why="Kept means that it still counts as known: 0.8 is what the authors' program asks of the last two tasks "
        f"before it shows a network. And it must be the continual learning that keeps it. {_BLIND}",
        needs=_BLOCKS,
        experiment="sequential",
    ),
    Claim(
        id="8c-2",
        panel="8c",
        statement="A continually learning network does DM 1, DM 2 and MultSen DM before it is trained on them.",
        statistic=continual.done_before_training,
        measure="performance at the last evaluation before the task's block, the lowest of the three tasks, in the "
        "first continual network",
        quantity="performance before training",
        threshold=above(0.5),
        threshold_by="ours",
        why="Answering towards one of the two stimuli at random gives at most one half. The paper shows one "
        f"network; the share of all that do it stands in the detail. {_BLIND}",
        needs=_BLOCKS,
        experiment="sequential",
    ),
    Claim(
        id="8c-3",
        panel="8c",
        statement="With continual learning the last block, Ctx DM 1 and Ctx DM 2, is learnt more slowly.",
        statistic=continual.slower_last_block,
        measure="trials from the start of the block until both exceed 0.8, continual over traditional, ratio of "
        "medians over all networks",
        quantity="trials, continual / traditional",
        threshold=above(1.0),
        threshold_by="ours",
        why=f"The statement is a direction. {_BLIND}",
        needs=_BLOCKS,
        experiment="sequential",
    ),
    Claim(
        id="8d",
        panel="8d",
        statement="Traditional learning separates the units that serve Ctx DM 1 and Ctx DM 2 into three groups; "
        "continual learning leaves mostly units that serve both, and few that serve one.",
        statistic=continual.continual_mixes,
        measure="FTV(Ctx DM 1, Ctx DM 2), medians over networks, smallest of four: traditional, smaller end (|FTV| "
        "> 0.8) minus 0.1 and centre (|FTV| < 0.2) over |FTV| <= 0.6 minus 0.5; continual, centre minus both ends; "
        "both ends, traditional minus continual",
        quantity="smallest of four distances",
        threshold=above(0.0),
        threshold_by="ours",
        why=f"{_PEAKS} {_BLIND} Prior knowledge: in the four reference networks 7 to 12 % of the units were at each "
        "end and 38 to 59 % in the centre; these learnt all tasks at once and are not the ones judged.",
        needs=_FRACTIONS,
        experiment="sequential",
    ),
    Claim(
        id="S12a",
        panel="S12a",
        statement="With a tenth of the weights free to change most units serve both Ctx DM tasks; with all of them "
        "free there are three groups.",
        statistic=continual.plasticity_separates,
        measure="as 8d, with all weights plastic in place of traditional and a tenth in place of continual learning",
        quantity="smallest of four distances",
        threshold=above(0.0),
        threshold_by="ours",
        why=f"{_PEAKS} {_BLIND}",
        needs=_FRACTIONS,
        experiment="partly_plastic",
    ),
)
