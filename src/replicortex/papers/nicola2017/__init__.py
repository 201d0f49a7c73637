"""Nicola & Clopath 2017: spiking networks trained by FORCE."""
