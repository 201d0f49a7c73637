"""Folders that cannot be written, and files from the future."""

from __future__ import annotations

import os
import time

import pytest

from replicortex.workplace import check_writable, settle_times


def test_a_folder_is_made_and_left_empty(tmp_path):
    check_writable([tmp_path / "results" / "smoke"])
    assert list((tmp_path / "results" / "smoke").iterdir()) == []


def test_what_cannot_be_written_is_named(tmp_path):
    (tmp_path / "results").write_text("a file where a folder should be")
    with pytest.raises(OSError, match=r"results: results cannot be written there \(.*\); nothing was started"):
        check_writable([tmp_path / "results"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_within_that_is_another_s(tmp_path):
    (tmp_path / "tables").mkdir(mode=0o555)
    with pytest.raises(OSError, match="Permission denied"):
        check_writable([tmp_path])


def test_only_the_future_is_settled(tmp_path):
    (tmp_path / "deep").mkdir()
    for name, at in {"past": 3e8, "deep/future": time.time() + 1e8, "now": time.time()}.items():
        (tmp_path / name).write_text(name)
        os.utime(tmp_path / name, (at, at))
    before = {name: (tmp_path / name).stat().st_mtime for name in ("past", "now")}
    assert settle_times([tmp_path, tmp_path / "not there"]) == 1
    assert (tmp_path / "deep/future").stat().st_mtime <= time.time()
    assert {name: (tmp_path / name).stat().st_mtime for name in before} == before
    assert settle_times([tmp_path]) == 0
