"""The tables of this paper, with their columns."""

from __future__ import annotations

from replicortex.pipeline.paper import Table
from replicortex.pipeline.tables import MEMBERS, SLOW_POINTS, table

_CHOICES = "n_choice1:int n_choice2:int n_undecided:int"
_LESIONED = "n_correct:int n_opposite:int n_undecided:int performance:float"
_TRIAL = "network:text task:text dt_ms:float time_ms:float kind:text channel:int value:float"
_PLANE = "network:text set:text task:text x:float y:float explained:float"
_PAIR = "network:text space:text set:text kind:text from_1:text to_1:text from_2:text to_2:text cosine:float"
_TUNING = "network:text group:text weights:text offset:int n_units:int mean:float sem:float"
_CONNECTIONS = "network:text source:text target:text n_pairs:int mean:float"
_RULES = "network:text unit:int group:text task:text weight:float"

TABLES: tuple[Table, ...] = (
    table("history", "network:text updates:int trials:int wall_s:float task:text loss:float regulariser:float "
          "performance:float", "Loss and performance of a task at an evaluation during training."),
    MEMBERS,
    table("blocks", "network:text block:int task:text start_trials:int stop_trials:int evaluation_trials:int",
          "When a network that learns tasks in turn is trained on one of them, in trials since its start."),
    table("architecture", "network:text cell:text activation:text inputs:int outputs:int units:int",
          "What a network is made of."),
    # variance over trials, and clusters of units by it
    table("task_variance", "network:text unit:int task:text variance:float",
          "How far the activity of a unit varies over the conditions of a task."),
    table("rotated_variance", "network:text unit:int task:text variance:float",
          "The same along random directions of the state space in place of units."),
    table("epoch_variance", "network:text unit:int epoch:text task:text variance:float",
          "How far the activity of a unit varies over conditions in one epoch of a task."),
    table("silhouette", "network:text kind:text k:int restart:int silhouette:float",
          "Silhouette of one run of k-means with k clusters."),
    table("agreement", "network:text kind:text k:int adjusted_rand:float n_pairs:int",
          "How far runs of k-means with k clusters agree: mean adjusted Rand index over pairs of runs."),
    table("cluster_number", "network:text kind:text k:int silhouette:float k_low:int k_high:int n_active:int",
          "The number of clusters with the highest silhouette, and the range that cannot be told from it."),
    table("units", "network:text unit:int active:bool cluster:int cluster_epoch:int tsne_1:float tsne_2:float "
          "preferred_input:int position:int", "A unit's clusters, its place on a map, and its place in plots."),
    table("best_k", "network:text k:float silhouette:float n_active:int",
          "The number of clusters with the highest silhouette, missing where too few units are active."),
    # settings of a grid
    table("outcome", "network:text minimum:float outcome:text k:float n_active:int",
          "What became of a network of the grid: its weakest task, and its number of clusters if it learnt."),
    table("factor_shares", "networks:text factor:text n:int share:float share_low:float share_high:float lead:float "
          "lead_low:float lead_high:float", "How much of the variance of the number of clusters a setting explains.",
          per="experiment"),
    # behaviour
    table("lesions", "network:text cluster:int n_units:int task:text n_trials:int performance_intact:float "
          "performance_lesioned:float loss_intact:float loss_lesioned:float", "A task without the units of a cluster."),
    table("psychometric", "network:text task:text curve:text duration_ms:float coherence_1:float coherence_2:float "
          f"{_CHOICES}", "Choices at one pair of coherences."),
    table("psychometric_fit", "network:text task:text curve:text duration_ms:float mu:float sigma:float n_trials:int",
          "Bias and width of a psychometric curve."),
    table("chronometric", f"network:text task:text duration_ms:float coherence:float {_CHOICES}",
          "Choices after a stimulus of one duration and coherence."),
    table("threshold", "network:text task:text duration_ms:float threshold:float exponent:float",
          "Discrimination threshold and slope of a Weibull function at one duration."),
    table("memory", f"network:text delay_ms:float coherence:float {_CHOICES}", "Choices in Dly DM 1 after a delay."),
    table("ideal_observer", "task:text performance:float n_trials:int",
          "Performance of an observer that makes the best use of the noisy input.", per="experiment"),
    table("summing_observer", "task:text performance:float n_trials:int",
          "Performance of an observer that adds both modalities whatever the context.", per="experiment"),
    table("composite", "network:text task:text combination:text performance:float n_trials:int",
          "A task performed with a combination of the rule inputs of other tasks."),
    # the example network
    table("sample_trials", _TRIAL, "Input, output or target at a time of one trial of a task.", per="example"),
    table("fine_trial", _TRIAL, "The same of a trial in steps of 1 ms.", per="example"),
    table("unit_trace", "network:text unit:int trial:int direction:float modality:int time_ms:float rate:float",
          "Activity of one unit at a time of a trial.", per="example"),
    table("weights", "network:text block:text source:int target:int value:float",
          "One weight of the input, the recurrence or the output.", per="example"),
    # fractional task variance
    table("ftv", "network:text task_a:text task_b:text unit:int ftv:float",
          "Fractional variance of a unit between two tasks."),
    table("ftv_histogram", "network:text kind:text task_a:text task_b:text bin:int count:int",
          "Number of units, or of rotated directions, in a bin of the fractional variance of two tasks."),
    table("ftv_types", "task_a:text task_b:text n_networks:int n_units:int e_plus:float e_minus:float middle:float "
          "central:float peak:float type:text nearest:text margin:float stability:float rotated_type:text "
          "distance:float distance_low:float distance_high:float",
          "The type of the distribution of fractional variances of two tasks, over all networks.", per="experiment"),
    # the circuit of the Ctx DM tasks
    table("context_groups", "network:text unit:int variance_1:float variance_2:float fraction:float group:text",
          "Variance of a unit in the two Ctx DM tasks, and its group by it."),
    table("group_lesions", f"network:text lesion:text n_units:int task:text {_LESIONED}",
          "A decision task without the units of a group."),
    table("group_maps", f"network:text lesion:text coherence_1:float coherence_2:float {_CHOICES}",
          "Choices in Ctx DM 1 at a pair of coherences without the units of a group."),
    table("group_tuning", _TUNING, "Mean weights of a group at a distance from the unit's preferred direction."),
    table("group_connections", _CONNECTIONS, "Mean recurrent weight from one group to another."),
    table("group_rules", _RULES, "Weight of a rule input to a unit of a group."),
    # units of the Anti tasks
    table("anti_units", "network:text unit:int share:float group:text",
          "Share of the variance of a unit in the Anti tasks, and its group by it."),
    table("anti_lesions", "network:text lesion:text draw:int n_units:int task:text n_trials:int performance:float",
          "A task without the Anti units, or without as many others."),
    table("anti_tuning", _TUNING, "Mean weights of a group at a distance from the unit's preferred direction."),
    table("anti_connections", _CONNECTIONS, "Mean recurrent weight from one group to another."),
    table("anti_rules", _RULES, "Weight of a rule input to a unit of a group."),
    # controls
    table("random_lesions", f"network:text matched:text draw:int n_units:int task:text {_LESIONED}",
          "A decision task without as many random units as a group has."),
    table("lesion_batches", "network:text cluster:int draw:int n_units:int task:text batch:int n_trials:int "
          "performance_intact:float performance_lesioned:float",
          "A batch of trials of a task without a cluster (draw -1), or without as many random units."),
    table("control_silhouettes", "network:text kind:text draw:int k:int silhouette:float",
          "The highest silhouette of units, of rotated directions or of shuffled columns."),
    table("cluster_blocks", "network:text kind:text draw:int explained:float",
          "Share of the variance of recurrent weights that the clusters, or shuffled ones, explain."),
    table("group_outputs", "network:text group:text n_units:int norm:float", "Mean norm of a group's output weights."),
    table("projected", _PAIR, "Cosine of two changes of task, without what all tasks share."),
    # single units in animals
    table("condition_variance", "network:text unit:int variance_1:float variance_2:float ftv:float",
          "Variance of a unit over the conditions of recordings from animals, in both contexts."),
    table("recordings_ftv", "animal:text unit:text kind:text shuffle:int ftv:float",
          "Fractional variance of a recorded neuron, or of one with shuffled contexts; none without recordings.",
          per="study"),
    # task vectors
    table("task_vectors", "network:text repetition:int task:text unit:int rate:float",
          "Mean activity of a unit in the steady state of a task, in one half of the trials."),
    table("task_planes", _PLANE, "A task on the first two principal components of a set of four tasks."),
    table("rule_planes", _PLANE, "The same of rule inputs."),
    table("parallelism", _PAIR, "Cosine of two changes of task that the paper pairs, or of shuffled ones."),
    table("squares", "network:text space:text set:text extent_1:float extent_2:float extent_3:float side_1:float "
          "side_2:float angle_deg:float", "How near four tasks are to the corners of a parallelogram."),
    table("task_distances", "network:text task_1:text task_2:text distance:float within:float",
          "Distance between two tasks, and between two halves of the trials of one."),
    # the same trials in every network
    table("condition_scores", "network:text task:text trial:int time_ms:float "
          + " ".join(f"component_{number}:float" for number in range(1, 16)),
          "State at a moment of a trial that every network runs, along its principal components, over their norm."),
    *SLOW_POINTS,
)  # fmt: skip
