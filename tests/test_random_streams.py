"""Random streams: named, reproducible, independent of each other."""

import hashlib

import numpy as np
import pytest

from replicortex.errors import choose
from replicortex.random_streams import generator, torch_seed


def test_same_name_same_numbers_and_known_seed():
    expected = np.random.Generator(
        np.random.PCG64(int.from_bytes(hashlib.sha256(b"reference/3/trials").digest(), "big"))
    ).random(5)
    assert np.array_equal(generator("reference", 3, "trials").random(5), expected)
    assert np.array_equal(generator("reference", np.int64(3), "trials").random(5), expected)


def test_use_of_one_stream_leaves_another_alone():
    before = generator("a", 1).random(4)
    generator("a", 0).random(1000)
    assert np.array_equal(generator("a", 1).random(4), before)


def test_different_names_are_uncorrelated():
    draws = np.stack([generator("reference", seed, "noise").standard_normal(4000) for seed in range(12)])
    correlation = np.corrcoef(draws)[~np.eye(12, dtype=bool)]
    assert np.abs(correlation).max() < 0.08  # 5 standard errors


def test_torch_seed_is_63_bit_and_spreads():
    seeds = [torch_seed("reference", k) for k in range(200)]
    assert len(set(seeds)) == 200
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert max(seeds) > 2**62


@pytest.mark.parametrize("names", [(), (1.5,), (True,), (None,), ("a", [1])])
def test_a_name_that_is_none_is_refused(names):
    with pytest.raises(ValueError, match="random stream"):
        generator(*names)


def test_choose_returns_or_suggests():
    assert choose("relu", ("softplus", "relu"), "activation") == "relu"
    with pytest.raises(ValueError, match=r"^cell: 'Leaky_GRU' is not one of .*; did you mean 'leaky_gru'\?$"):
        choose("Leaky_GRU", ("leaky_rnn", "leaky_gru"), "cell")
    with pytest.raises(ValueError, match=r"^k: 99 is not one of 1, 2$"):
        choose(99, (1, 2), "k")
    with pytest.raises(ValueError, match="True is not one of"):
        choose(True, (1, 2), "k")
