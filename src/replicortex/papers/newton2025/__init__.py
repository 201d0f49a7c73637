"""Newton & Nicola 2025: spiking networks trained by FORCE beside rate networks with the same weights."""
