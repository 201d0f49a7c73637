"""The tasks as data: timing, stimuli, what varies, response rule (Yang et al. 2019, Methods)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from replicortex.shown import short_repr
from replicortex.tasks.conditions import (
    CategoryPair,
    CategorySweep,
    DirectionPair,
    OneDirection,
    Scheme,
    TwoDirections,
)
from replicortex.tasks.responses import (
    Response,
    away,
    by_category,
    same_category,
    same_direction,
    second_if,
    stronger,
    towards,
)
from replicortex.tasks.timing import At, Choice, Given, Timing, Uniform

RING = 32  # units per ring wherever nothing else is said


@dataclass(frozen=True)
class Stimulus:
    """The periods during which a stimulus is shown, and the modalities (rings, from 1) in which it can be."""

    periods: tuple[str, ...]
    modalities: tuple[int, ...] = (1, 2)


@dataclass(frozen=True)
class Task:
    """A task as data.

    Attributes
    ----------
    name, title, family : str
        Name in code and configuration, name in the paper, and the paper's family of tasks.
    timing : Timing
        Periods and where they end; the last period is the one in which the response is due.
    stimuli : tuple[Stimulus, ...]
        Stimulus 1, 2, ...
    conditions : Scheme
        Directions, strengths and modalities in each mode.
    response : callable
        From conditions to the correct direction and whether to respond.
    fixation_goes_off : bool
        True where the end of the fixation input is the go signal; False where it stays on to the end of the
        trial.
    """

    name: str
    title: str
    family: str
    timing: Timing
    stimuli: tuple[Stimulus, ...]
    conditions: Scheme
    response: Response
    fixation_goes_off: bool = True

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the psychometric parameters: those with one value per trial, then the times in ms."""
        return (*(self.conditions.parameters or ()), *self.timing.parameters)


@short_repr
@dataclass(frozen=True)
class RuleSet:
    """Tasks that a network can be asked to do, in the order of its rule channels.

    Attributes
    ----------
    name : str
    tasks : tuple[str, ...]
    rings : int
        Stimulus rings (modalities).
    weights : mapping
        Relative probability of each task in training.
    """

    name: str
    tasks: tuple[str, ...]
    rings: int
    weights: Mapping[str, float] = field(hash=False)

    @property
    def n_input(self) -> int:
        """Input channels with rings of 32: fixation, rings, rules (85 for the twenty tasks)."""
        return 1 + RING * self.rings + len(self.tasks)

    @property
    def n_output(self) -> int:
        """Output channels with a ring of 32: fixation and ring (33)."""
        return 1 + RING


# --- periods --------------------------------------------------------------------------------------

_FIX_STIM_GO = ("fix1", "stim1", "go1")
_FIX_STIM_DELAY_GO = ("fix1", "stim1", "delay1", "go1")
_TWO_INTERVALS = ("fix1", "stim1", "delay1", "stim2", "delay2", "go1")

_SHORT = Choice((200, 400, 600))
_ON_OFF = ("stim1_on", "stim1_off", "stim2_on", "stim2_off")
_DELAY = Choice((200, 400, 800, 1600))

_GO = Timing(
    _FIX_STIM_GO,
    random=(Uniform(300, 700), Uniform(500, 1500), 500),
    test=(At(500), At(1500), At(2000)),
    psychometric=(300, Given("stim_time"), 400),
)
_REACT = Timing(
    ("fix1", "go1"),
    random=(Uniform(500, 2500), 500),
    test=(At(2000), At(2500)),
    psychometric=(1000, 400),
)
_DELAY_GO = Timing(
    _FIX_STIM_DELAY_GO,
    random=(Choice((300, 500, 700)), _SHORT, _DELAY, 500),
    test=(At(500), At(1000), At(2000), At(2500)),
    psychometric=(At(Given("stim1_on")), At(Given("stim1_off")), Given("delay"), 400),
)
_DM = Timing(
    _FIX_STIM_GO,
    random=(Uniform(100, 400), Choice((400, 800, 1600)), 500),
    test=(At(500), At(2000), At(2500)),
    psychometric=(300, Given("stim_time"), 400),
)
_TWO_RING_DM = replace(
    _DM,
    test=(At(500), At(1500), At(2000)),
    psychometric=(500, Given("stim_time"), 500),
)
_DELAY_DM = Timing(
    _TWO_INTERVALS,
    random=(_SHORT, _SHORT, _DELAY, _SHORT, Uniform(100, 300), 500),
    test=(At(500), At(1000), At(2000), At(2500), At(2700), At(3000)),
    psychometric=(*(At(Given(name)) for name in _ON_OFF), 200, 300),
)
_TWO_RING_DELAY_DM = replace(
    _DELAY_DM,
    test=(At(500), At(1000), At(2000), At(2500), At(3000), At(3500)),
    psychometric=(At(300), At(600), Given("stim_time"), 300, 200, 300),
)
_MATCH = Timing(
    _FIX_STIM_DELAY_GO,
    random=(_SHORT, _SHORT, _DELAY, 500),
    test=(At(500), At(1000), At(2200), At(2700)),
    psychometric=(At(500), At(800), At(2000), At(2500)),
)
_MATCH_CATEGORY = replace(_MATCH, random=(_SHORT, _SHORT, _DELAY, _SHORT))
# the published description gives no test times for 1IC; these are the random ones at their usual round values
_INTERLEAVED = Timing(
    _FIX_STIM_GO,
    random=(Uniform(100, 600), 1000, 500),
    test=(At(500), At(1500), At(2000)),
    psychometric=None,
)
_FREEDMAN = Timing(
    _FIX_STIM_DELAY_GO,
    random=(Uniform(100, 600), 1000, 1000, 500),
    test=(At(500), 1000, Uniform(800, 1200), 500),  # even the test trials draw their delay
    psychometric=None,
)

# --- what varies ----------------------------------------------------------------------------------

_WIDE = tuple(0.8 + 0.08 * k for k in range(5))
_WIDER = tuple(0.5 + 0.2 * k for k in range(5))


def _dm(*modalities: int, split: bool = False) -> TwoDirections:
    return TwoDirections(modalities, (0.01, 0.02, 0.04, 0.08), easy_factor=10, levels=_WIDE, split=split)


def _delay_dm(*modalities: int, split: bool = False) -> TwoDirections:
    levels = _WIDER if len(modalities) == 1 else _WIDE
    return TwoDirections(modalities, (0.08, 0.16, 0.32), easy_factor=2, levels=levels, split=split)


# --- tasks ----------------------------------------------------------------------------------------

_TO_THE_END = (Stimulus(("stim1", "go1")),)
_AT_GO = (Stimulus(("go1",)),)
_THEN_OFF = (Stimulus(("stim1",)),)


def _together(*modalities: int) -> tuple[Stimulus, ...]:
    return (Stimulus(("stim1",), modalities),) * 2


def _in_turn(*modalities: int) -> tuple[Stimulus, ...]:
    return Stimulus(("stim1",), modalities), Stimulus(("stim2",), modalities)


def _go(name: str, title: str, timing: Timing, stimuli: tuple[Stimulus, ...], response: Response) -> Task:
    family = "Go" if response is towards else "Anti"
    return Task(name, title, family, timing, stimuli, OneDirection(), response, timing is not _REACT)


def _match(name: str, title: str, timing: Timing, scheme: DirectionPair) -> Task:
    same = same_category if isinstance(scheme, CategoryPair) else same_direction
    stimuli = (Stimulus(("stim1",)), Stimulus(("go1",)))
    return Task(name, title, "Matching", timing, stimuli, scheme, second_if(same, scheme.respond_on), False)


_TWENTY = (
    _go("fdgo", "Go", _GO, _TO_THE_END, towards),
    _go("reactgo", "RT Go", _REACT, _AT_GO, towards),
    _go("delaygo", "Dly Go", _DELAY_GO, _THEN_OFF, towards),
    _go("fdanti", "Anti", _GO, _TO_THE_END, away),
    _go("reactanti", "RT Anti", _REACT, _AT_GO, away),
    _go("delayanti", "Dly Anti", _DELAY_GO, _THEN_OFF, away),
    Task("dm1", "DM 1", "DM", _DM, _together(1), _dm(1), stronger(1)),
    Task("dm2", "DM 2", "DM", _DM, _together(2), _dm(2), stronger(2)),
    Task("contextdm1", "Ctx DM 1", "DM", _TWO_RING_DM, _together(1, 2), _dm(1, 2), stronger(1)),
    Task("contextdm2", "Ctx DM 2", "DM", _TWO_RING_DM, _together(1, 2), _dm(1, 2), stronger(2)),
    Task("multidm", "MultSen DM", "DM", _TWO_RING_DM, _together(1, 2), _dm(1, 2, split=True), stronger(1, 2)),
    Task("delaydm1", "Dly DM 1", "Dly DM", _DELAY_DM, _in_turn(1), _delay_dm(1), stronger(1)),
    Task("delaydm2", "Dly DM 2", "Dly DM", _DELAY_DM, _in_turn(2), _delay_dm(2), stronger(2)),
    Task(
        "contextdelaydm1", "Ctx Dly DM 1", "Dly DM",
        _TWO_RING_DELAY_DM, _in_turn(1, 2), _delay_dm(1, 2), stronger(1),
    ),
    Task(
        "contextdelaydm2", "Ctx Dly DM 2", "Dly DM",
        _TWO_RING_DELAY_DM, _in_turn(1, 2), _delay_dm(1, 2), stronger(2),
    ),
    Task(
        "multidelaydm", "MultSen Dly DM", "Dly DM",
        _TWO_RING_DELAY_DM, _in_turn(1, 2), _delay_dm(1, 2, split=True), stronger(1, 2),
    ),
    _match("dmsgo", "DMS", _MATCH, DirectionPair(respond_on=True)),
    _match("dmsnogo", "DNMS", _MATCH, DirectionPair(respond_on=False)),
    _match("dmcgo", "DMC", _MATCH_CATEGORY, CategoryPair(respond_on=True)),
    _match("dmcnogo", "DNMC", _MATCH_CATEGORY, CategoryPair(respond_on=False)),
)  # fmt: skip

_THREE_RINGS = (
    Task(
        "oic", "1IC", "Category", _INTERLEAVED,
        (Stimulus(("stim1", "go1"), (1,)), Stimulus(("go1",), (2,)), Stimulus(("go1",), (3,))),
        CategorySweep(rings=(1, 2, 3)), by_category, fixation_goes_off=False,
    ),
    Task(
        "dmc", "DMC (Freedman)", "Category", _FREEDMAN,
        (Stimulus(("stim1",), (1,)), Stimulus(("go1",), (1,))),
        CategorySweep(rings=(1, 1)), second_if(same_category, True), fixation_goes_off=False,
    ),
)  # fmt: skip

TASKS: Mapping[str, Task] = MappingProxyType({task.name: task for task in (*_TWENTY, *_THREE_RINGS)})


def _rule_set(name: str, tasks: tuple[str, ...], rings: int, **weights: float) -> RuleSet:
    return RuleSet(name, tasks, rings, MappingProxyType({task: weights.get(task, 1.0) for task in tasks}))


# the Ctx DM tasks are hard to learn beside the others, so the paper trains them five times as often
RULE_SETS: Mapping[str, RuleSet] = MappingProxyType(
    {
        "all": _rule_set("all", tuple(task.name for task in _TWENTY), 2, contextdm1=5.0, contextdm2=5.0),
        "mante": _rule_set("mante", ("contextdm1", "contextdm2"), 2),
        "oicdmc": _rule_set("oicdmc", ("oic", "dmc"), 3),
    }
)
