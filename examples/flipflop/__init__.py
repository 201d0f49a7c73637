"""Sussillo & Barak 2013, the flip-flop: a paper as a folder of its own."""
