"""The sum of two pulses: the guided tour's own task, as a folder for the workflow."""
