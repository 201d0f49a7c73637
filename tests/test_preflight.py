"""What jobs inherit, folders that cannot be written, and files that killed jobs and wrong clocks left."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from importlib import metadata

import pytest

from replicortex.preflight import check_writable, for_jobs, other_temporary, other_versions, settle_times, sweep
from replicortex.spiking import jit


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


def test_jobs_inherit_nothing_that_could_end_or_change_them(tmp_path):
    source = tmp_path / "it's src"
    (source / "replicortex/spiking").mkdir(parents=True)
    inherited = {
        **{"PYTHONPATH": f"/cluster/lib:{source}", "PYTHONSAFEPATH": "1", "PYTHONHOME": "/x", "PYTHONOPTIMIZE": "2"},
        **{"MPLBACKEND": "module://matplotlib_inline", "OMP_PROC_BIND": "true", "PATH": os.environ["PATH"]},
        **{"NUMBA_NUM_THREADS": "many", "NUMBA_CPU_NAME": "generic", "NPY_DISABLE_CPU_FEATURES": "AVX2"},
        **{"KEPT": "1", "HOME": str(tmp_path)},
    }
    for given, expected in ((inherited, str(source)), ({**inherited, "PYTHONPATH": "/cluster/lib"}, "")):
        text = for_jobs(given, tmp_path / "b n" / "python", source, tmp_path)
        done = subprocess.run(["bash", "-c", f"{text}env"], env=given, capture_output=True, text=True, check=True)
        found = dict(line.split("=", 1) for line in done.stdout.splitlines())
        assert found["MPLBACKEND"] == "Agg" and found["PYTHONNOUSERSITE"] == found["PYTHONUTF8"] == found["KEPT"] == "1"
        assert found.get("PYTHONPATH", "") == expected and found["PATH"].startswith(f"{tmp_path}/b n:")
        assert not {"PYTHONSAFEPATH", "PYTHONHOME", "PYTHONOPTIMIZE", "OMP_PROC_BIND"} & found.keys()
        assert not [name for name in found if name.startswith(("NUMBA_", "NPY_"))]


def test_caches_lie_below_results_where_the_package_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/proc/none")
    text = for_jobs({}, "/bin/python", tmp_path / "none", tmp_path / "res" / ".cache")
    assert f"NUMBA_CACHE_DIR={tmp_path}/res/.cache/numba" in text
    assert f"MPLCONFIGDIR={tmp_path}/res/.cache/matplotlib" in text
    assert "MPLCONFIGDIR" not in for_jobs({"MPLCONFIGDIR": "/x"}, "/bin/python", tmp_path, tmp_path)


def test_compiled_code_without_a_place_for_it(monkeypatch):
    def refuse(cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function 'f': no locator available for file 'f.py'")
        return lambda function: (function.__name__, options)

    monkeypatch.setattr(jit.numba, "njit", refuse)
    assert jit.njit(fastmath=True)(len) == ("len", {"fastmath": True})


def test_other_versions_are_told_in_one_line(tmp_path, monkeypatch):
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"# a remark\nnumpy=={metadata.version('numpy')}\n")
    assert other_versions(lock) == other_versions(tmp_path / "none") == ""
    lock.write_text(f"numpy==0.1\npandas=={metadata.version('pandas')}\nno-such-thing==3\n")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    numpy = metadata.version("numpy")
    assert other_versions(lock) == (
        f"other versions than in requirements.lock, in brackets: numpy {numpy} (0.1), no-such-thing none (3)."
    )
    monkeypatch.setenv("PYTHONPATH", "/cluster/lib")
    assert other_versions(lock).endswith("PYTHONPATH is set, which may be why; unset it.")


def test_a_folder_for_temporary_files_that_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert other_temporary({"TMPDIR": str(tmp_path)}) == other_temporary({}) == ""
    assert other_temporary({"TMPDIR": "/none"}) == f"TMPDIR=/none: cannot be written; {tmp_path} is used in its place"
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(OSError, match=r"^TMPDIR=/none: temporary files cannot be written there \(.*\); free space or"):
        other_temporary({"TMPDIR": "/none"})


def test_what_killed_jobs_left_is_swept(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "figures/other").mkdir(parents=True)
    ended = subprocess.Popen(["true"])
    ended.wait()
    old, gone = time.time() - 3600, ended.pid
    swept = [f"deep/.a.safetensors.{gone}.part", "deep/.seed0.x1y2.tmp", f"figures/.fig2.pdf.{gone}.part"]
    kept = [f"deep/.b.safetensors.{os.getpid()}.part", "deep/a.part", "deep/.hidden", f"figures/other/.c.{gone}.part"]
    fresh = f"deep/.c.safetensors.{gone}.part"
    for name in (*swept, *kept, fresh):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (old, old) if name != fresh else None)
    assert sweep([tmp_path / "deep", tmp_path / "none"], [tmp_path / "figures"]) == 3
    assert [name for name in (*swept, *kept, fresh) if not (tmp_path / name).exists()] == swept


def test_what_lies_deep_in_a_folder_of_figures_is_not_dated_anew(tmp_path):
    (tmp_path / "theirs").mkdir()
    (tmp_path / ".made").mkdir()
    names = ("fig2.pdf", ".made/fig2.pdf.json", "theirs/future")
    for name in names:
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (time.time() + 1e8,) * 2)
    assert settle_times([], [tmp_path]) == 2
    assert [(tmp_path / name).stat().st_mtime > time.time() + 1e7 for name in names] == [False, False, True]
