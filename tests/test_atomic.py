"""A file is replaced as a whole or not at all."""

from __future__ import annotations

import errno

import pytest

from replicortex.atomic import atomic_write


def test_readers_meet_the_old_file_until_the_new_one_is_there(tmp_path):
    path = tmp_path / "folder" / "table.parquet"
    with atomic_write(path) as part:
        part.write_text("old")
    with atomic_write(path) as part:
        part.write_text("new")
        assert path.read_text() == "old"
        assert list(path.parent.glob("*.parquet")) == [path]  # what is being written is no result
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


def test_nothing_is_left_of_a_file_that_could_not_be_written(tmp_path):
    path = tmp_path / "weights.safetensors"
    path.write_text("old")
    with pytest.raises(OSError, match="No space left"), atomic_write(path) as part:
        part.write_text("ne")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_never_begun_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "nothing.json"):
        pass
