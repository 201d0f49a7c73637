"""Folders of results and figures are taken as they stand, and are nothing else's."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from replicortex.config import ConfigError, load_config
from replicortex.config.folders import OWN, folder_problems

ROOT = Path(__file__).resolve().parent.parent

REFUSED = {
    "is used literally": ["$HOME/res", "res$(id)", "`id`", "re*s", "re?s", "re[s]", 'a"b', "a\\b", "a|b", "a>b"],
    "is an address": ["s3://bucket/x", "http://x/y", "C:\\res", "gs://x", "file:///tmp/x", "s3:bucket", "host:x"],
    "holds the project": [".", "/", "..", "./", "../..", "results/..", "src/.."],
    "belongs to the project": [
        "src",
        "src/x",
        "./src",
        "pretrained",
        "x/../pretrained",
        ".git",
        ".git/x",
        "tests",
        ".snakemake/x",
        ".venv",
        "rules",
        "workflow_scripts/x",
        "docs",
        "SRC",
        "notebooks/x",
        "examples",
        "site",
        "papers",
    ],
    "below the file": ["README.md", "config.yaml/x"],
    "operating system": ["/proc", "/proc/self", "/dev/null", "/etc/x", "/usr/lib/x", "/sys", "/run/x", "/snap/x"],
    "home folder": ["HOME"],
    "folders of others": ["/home", "/mnt", "/tmp/../opt", "/var/lib", "/var/log"],
    "more than 255 bytes": ["x" * 256, "x/" + "ä" * 128],
    "not the name of a folder": ["~", "~/x", "a\nb", "-x", "{a}", " x", "", "${HOME}"],
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    for name in ("README.md", "config.yaml"):
        (tmp_path / name).write_text("")
    (tmp_path / "src").mkdir()
    (tmp_path / "link").symlink_to("src")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path.parent / "home"))
    return tmp_path


@pytest.mark.parametrize("setting", ["results", "figures"])
def test_what_is_refused_in_one_line(project, setting):
    for words, folders in REFUSED.items():
        for folder in folders:
            given = str(project.parent / "home") if folder == "HOME" else folder
            with pytest.raises(ConfigError) as caught:
                load_config({setting: given, "experiments": {"one": {}}})
            (line,) = caught.value.problems
            assert line.startswith(f"config.yaml: {setting}: ") and line.isprintable(), folder
            assert words in line or folder == "" and "is empty" in line, (folder, line)
    assert "belongs to the project (src/)" in folder_problems("link/deep", "figures")[0]
    assert list(project.glob("results*")) == []


@pytest.mark.parametrize(
    "folder",
    [
        "results",
        "./out",
        "my results",
        "r\u00e9sultats",
        "a'b",
        "a&b;c",
        "../beside",
        "out/deep",
        "/dev/shm/x",
        "/scratch/me",
        "2026",
        ".hidden",
        "srcs",
        "res,1",
        "a#b",
        "100%",
    ],
)
def test_what_is_taken(project, folder):
    assert folder_problems(folder, "figures") == folder_problems("results", folder.replace("results", "drawn")) == []
    assert load_config({"results": folder, "experiments": {"one": {}}}).results == Path(folder)


def test_the_two_are_kept_apart(project):
    assert folder_problems("out", "./out")[0].endswith("is the folder of results too; give each its own")
    for inside in ("smoke", "paper/x", "pretrained"):
        assert "lies among the results of a scale" in folder_problems("out", f"out/{inside}")[0]
    assert folder_problems("out", "out/figures") == folder_problems("out/results", "out") == []


def test_whatever_the_project_tracks_is_its_own():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.splitlines()
    folders = {path.split("/", 1)[0] for path in tracked if "/" in path} - {"results", "figures"}
    assert folders <= OWN
