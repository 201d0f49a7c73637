"""Networks that are taught by another network: full-FORCE, FORCE beside it, and spiking networks."""
