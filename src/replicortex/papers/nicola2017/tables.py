"""The tables of this paper, with their columns."""

from __future__ import annotations

from replicortex.pipeline.paper import Table
from replicortex.pipeline.tables import MEMBERS, table

TABLES: tuple[Table, ...] = (
    table("summary", "network:text seed:int neuron:text cells:int outputs:int status:text stopped_s:float "
          "duration_s:float train_start_s:float train_stop_s:float target_std:float rmse:float nrmse:float "
          "aligned_nrmse:float aligned_chance:float aligned_unlocked:float lag_limit_s:float drift_ms_per_s:float "
          "correlation:float std_error:float histogram_distance:float rate_before_hz:float rate_after_hz:float "
          "isi_before_ms:float isi_after_ms:float isi_cv_before:float isi_cv_after:float lowest_hz:float "
          "highest_hz:float",
          "A network, its errors after learning and its rates; status is ok, or why it was stopped."),
    MEMBERS,
    # of the example network, in windows before, at the start, at the end and after learning
    table("traces", "network:text window:text time_s:float output:int value:float target:float aligned:float",
          "An output and its target at a time; aligned is the target shifted to where it is nearest to the output.",
          per="example"),
    table("raster", "network:text window:text cell:int time_s:float", "A spike of a neuron.", per="example"),
    table("voltages", "network:text window:text cell:int time_s:float v:float", "Voltage of a neuron at a time.",
          per="example"),
    table("decoders", "network:text time_s:float output:int cell:int weight:float",
          "Weight of a neuron to an output at a time of learning.", per="example"),
    table("eigenvalues", "network:text phase:text real:float imag:float",
          "An eigenvalue of the recurrent weights before or after learning.", per="example"),
    # of every network
    table("course", "network:text time_s:float nrmse:float", "Error in a stretch of the run."),
    table("maxima", "network:text source:text current:float next:float",
          "Two maxima of z of the Lorenz attractor in turn, of output or target; none with other targets.",
          per="experiment"),
    table("dwell", "network:text source:text duration_s:float",
          "How long x of the Lorenz attractor stayed on one side, of output or target; none with other targets.",
          per="experiment"),
    table("notes", "slot:int pitch:int played:int followed:int by_chance:int network:text",
          "How a note of a melody was played after learning; none with other targets.", per="experiment"),
    # of further runs of the trained networks
    table("replay", "network:text mode:text speed:float correlation:float demeaned:float rmse:float chance:float "
          "chance_demeaned:float lag_ms:float", "How well a sequence is replayed with the drive at another speed."),
    table("frames", "network:text mode:text speed:float frame:int source:text channel:int value:float height:int",
          "A pixel of a replayed frame, of output or target.", per="example"),
    table("lesions", "network:text kind:text level:float draw:int rate_hz:float correlation:float demeaned:float "
          "nrmse:float", "How well a sequence is replayed after a lesion."),
    table("points", "network:text point:int x:float y:float label:int score:float",
          "A fresh point shown to a classifier, and what it answers."),
    # of single neurons and synapses
    table("noisy_neurons", "neuron:text time_s:float quantity:text value:float",
          "Voltage or recovery current of a neuron under noise at a time.", per="study"),
    table("fi_curves", "neuron:text current:float rate_hz:float formula_hz:float",
          "Rate of a neuron at a constant current, measured and by formula.", per="study"),
    table("filters", "synapse:text method:text time_s:float value:float",
          "Current of a synapse at a time after a spike.", per="study"),
)  # fmt: skip
