"""From networks to named tables: what the measuring steps of the workflow call.

Each function takes ensembles (or tables made before) and a source of random streams, and returns tables by
name. The networks are measured one at a time, so memory does not grow with their number, and each from
streams that carry its experiment and label, so that a network's numbers do not depend on which others are
measured beside it.

One module per step: what a step does not import cannot make it run again.
"""
