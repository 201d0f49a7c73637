"""What a network is made of, apart from the numbers in its weights."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from replicortex.errors import choose
from replicortex.networks.activations import ACTIVATIONS, activation
from replicortex.networks.cells import CELLS, names_with
from replicortex.tasks import RULE_SETS


@dataclass(frozen=True)
class Architecture:
    """Cell, sizes and time constants of a network (Yang et al. 2019, Methods).

    Attributes
    ----------
    cell
        Name of the cell, see ``networks.cells``.
    activation
        Name of the nonlinearity, see ``networks.activations``.
    units
        Number of recurrent units N.
    rule_set
        The set of rules whose channels the input has ("all", "mante", "oicdmc").
    n_input, n_output
        Numbers of channels; 85 and 33 for the rule set "all".
    n_rule
        How many of the input channels, the last ones, carry the rule.
    separate_input
        Whether sensory and rule input have weight matrices of their own.
    mix_rule
        Whether the rule input first passes a fixed orthogonal matrix (needs separate_input).
    dt, tau
        Integration step and unit time constant, ms.
    sigma_rec
        Standard deviation of the recurrent noise, before the factor sqrt(2/alpha).
    softmax_output
        Whether outputs are a softmax over channels (cross-entropy loss) instead of sigmoids.
    linear_output
        Whether nothing follows the read-out, as in some networks that were trained elsewhere.

    Raises
    ------
    ValueError
        A name is unknown, a size is below one, or the model does not have this combination.
    """

    cell: str = "leaky_rnn"
    activation: str = "softplus"
    units: int = 256
    rule_set: str = "all"
    n_input: int = 85
    n_output: int = 33
    n_rule: int = 20
    separate_input: bool = False
    mix_rule: bool = False
    dt: float = 20.0
    tau: float = 100.0
    sigma_rec: float = 0.05
    softmax_output: bool = False
    linear_output: bool = False

    def __post_init__(self) -> None:
        choose(self.cell, CELLS, "cell")
        choose(self.rule_set, RULE_SETS, "rule_set")
        for name in ("units", "n_input", "n_output", "dt", "tau"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: {getattr(self, name)!r} must be above 0")
        if not 0 <= self.sigma_rec < float("inf"):
            raise ValueError(f"sigma_rec: {self.sigma_rec!r} must be finite and not negative")
        if self.dt > self.tau:
            raise ValueError(f"dt: {self.dt} ms is longer than tau = {self.tau} ms; the leak would overshoot")
        cell, f = CELLS[self.cell], activation(self.activation)
        if cell.has_matrix and f.recurrent_scale is None:
            raise ValueError(f"activation: {self.activation!r} is for the gated cells only, cell is {self.cell!r}")
        if self.separate_input and not cell.separate:
            raise ValueError(f"separate_input: needs cell {names_with(lambda c: c.separate)}, not {self.cell!r}")
        if self.separate_input and not f.separable:
            able = " or ".join(name for name, each in ACTIVATIONS.items() if each.separable)
            raise ValueError(f"separate_input: needs activation {able}, not {self.activation!r}")
        if self.separate_input and self.softmax_output:
            raise ValueError("softmax_output: the separate-input network has the squared-error loss only")
        if self.linear_output and self.softmax_output:
            raise ValueError("linear_output: cannot go with softmax_output; choose one of them")
        if self.mix_rule and not self.separate_input:
            raise ValueError("mix_rule: needs separate_input")

    @property
    def alpha(self) -> float:
        """dt / tau, recomputed whenever either changes."""
        return self.dt / self.tau

    @property
    def noise_sd(self) -> float:
        """S.d. of the noise inside the nonlinearity per step: sigma_rec * sqrt(2 / alpha)."""
        return self.sigma_rec * (2.0 / self.alpha) ** 0.5

    @property
    def n_sensory(self) -> int:
        """Input channels before the rule channels."""
        return self.n_input - self.n_rule

    def with_dt(self, dt: float) -> "Architecture":
        """The same architecture integrated with another step (ms)."""
        return replace(self, dt=float(dt))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for the metadata of a weight file; of the read-outs that are rare only the one that it has."""
        fields = asdict(self)
        return fields if self.linear_output else {key: fields[key] for key in fields if key != "linear_output"}


def for_rule_set(rule_set: str, **fields: Any) -> Architecture:
    """An architecture with the channel numbers of a rule set filled in."""
    rules = RULE_SETS[choose(rule_set, RULE_SETS, "rule_set")]
    sizes = {"n_input": rules.n_input, "n_output": rules.n_output, "n_rule": len(rules.tasks)}
    return Architecture(rule_set=rule_set, **{**sizes, **fields})
