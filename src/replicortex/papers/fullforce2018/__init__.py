"""DePasquale et al. 2018 and 2016: rate networks trained by full-FORCE, and spiking networks taught by them."""
