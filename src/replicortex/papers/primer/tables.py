"""The tables of this paper, with their columns."""

from __future__ import annotations

from replicortex.pipeline.paper import Table
from replicortex.pipeline.tables import OF_TRAINING, SLOW_POINTS, table

_TRIAL = "network:text task:text dt_ms:float time_ms:float kind:text channel:text value:float"
_LEARNER = "network:text task:text learner:text"
_COMPONENTS = "pc1:float explained_1:float pc2:float explained_2:float pc3:float explained_3:float"

TABLES: tuple[Table, ...] = (
    *OF_TRAINING,
    # trials
    table("sample_trials", _TRIAL, "Input, output or target at a time of a trial.", per="example"),
    table("example_trials", _TRIAL, "The same of the networks that a figure shows.", per="experiment"),
    table("weights", "network:text block:text source:int target:int value:float",
          "One weight of the input, the recurrence or the output.", per="example"),
    # behaviour
    table("accuracy", "network:text coherence:float n_correct:int n_trials:int", "Correct trials at a coherence."),
    table("ceiling", "sigma:float coherence:float performance:float",
          "The best possible performance at a level of noise and a coherence.", per="experiment"),
    table("choices", "network:text n_right:int n_correct:int n_trials:int signed:float",
          "Choices in a bin of the signed coherence."),
    table("choice_fit", "network:text mu:float sigma:float mu_error:float sigma_error:float n_trials:int "
          "accuracy:float sigma_ideal:float accuracy_ideal:float",
          "Bias and width of the psychometric curve, and those of an ideal observer."),
    table("decision_times", "network:text coherence:float outcome:text n_trials:int mean_ms:float sem_ms:float",
          "Mean time of decision at a coherence, of correct or wrong choices."),
    table("context_choices", "network:text context:text modality:text coherence:float n_choice1:int n_trials:int",
          "Choices at a coherence of one modality in one context."),
    table("context_weights", "network:text context:text modality:text weight:float",
          "Weight of a modality in the choices of one context."),
    table("answers", "network:text task:text signal:text at:float mean:float sd:float n_trials:int",
          "What a network answers in a classic task, by the signal, interval or difference that is shown."),
    # weights
    table("distributions", "network:text what:text low:float high:float count:int mean:float smallest:float",
          "Number of mean rates, or of recurrent weights, in a bin."),
    table("connectivity", "network:text threshold:float connectivity:float accuracy:float",
          "Share of recurrent weights above a threshold, and accuracy without the others."),
    table("pruning", "network:text threshold:float connectivity:float zeros:float accuracy_intact:float "
          "accuracy_pruned:float n_trials:int",
          "The same at the threshold that leaves as many weights as cortex has, beside the whole network."),
    table("wiring", "network:text distance:float n_pairs:int weight:float connected:float length:float",
          "Mean weight of pairs of units at a distance.", per="experiment"),
    # states
    table("state_space", f"network:text time_ms:float {_COMPONENTS}",
          "Mean state at a time on the principal components; further columns say of which trials.",
          per="experiment", open=True),
    table("trajectories", "network:text time_ms:float",
          "Mean state at a time; further columns say of which trials and on which axes.", open=True),
    table("separation", "network:text accuracy:float separation:float sign_decoded:float condition_decoded:float",
          "How far the states of both choices are apart."),
    table("baselines", "network:text source:text forced:float choice_decoded:float separation:float "
          "sign_decoded:float", "The same of the untrained network and of filtered input."),
    table("evidence", "network:text coherence:float time_ms:float value:float",
          "Output of the right choice minus that of the wrong one at a time.", per="experiment"),
    table("module_decoding", "network:text module:int time_ms:float decoded:float",
          "How well the direction of the stimulus is read off the rates of a module at a time.", per="experiment"),
    table("memory_decoding", "network:text source:text time_ms:float decoded:float",
          "How well the direction of the sample is read off rates or synapses at a time.", per="experiment"),
    # agents
    table("regret", f"{_LEARNER} trial:int regret:float regret_sem:float reward:float",
          "Mean regret and reward of a learner at a trial of an episode."),
    table("within", f"{_LEARNER} gap_low:float gap_high:float trial:int n_better:int n:int",
          "How often the better action is chosen at a trial, by how much better it is."),
    table("stay", f"{_LEARNER} rewarded:bool common:bool n_stay:int n:int",
          "How often an action is taken again after reward or none, and a common or rare transition."),
    table("stay_regression", f"{_LEARNER} term:text coefficient:float",
          "Coefficient of a term in the regression of repeated choices."),
    *SLOW_POINTS,
)  # fmt: skip
