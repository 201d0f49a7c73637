"""Folders that results and figures may be written to: literal, and none in which something else lives."""

from __future__ import annotations

import os
import re
from pathlib import Path

from replicortex.config.names import SCALES

# A checkout's own folders, beside those that are written to.
OWN = frozenset(
    (
        ".ci",
        ".git",
        ".github",
        ".snakemake",
        ".venv",
        "benchmarks",
        "build",
        "container",
        "dist",
        "docs",
        "examples",
        "notebooks",
        "papers",
        "pretrained",
        "profiles",
        "rules",
        "site",
        "src",
        "tests",
        "workflow_scripts",
    )
)
_OF_SYSTEM = "/bin /boot /dev /etc /lib /lib64 /nix /proc /run /sbin /snap /sys /usr"
SYSTEM = tuple(map(Path, _OF_SYSTEM.split()))
# Folders at the top that hold those of many; what is below them may be anybody's.
_OF_MANY = "/Users /Volumes /home /media /mnt /opt /root /srv /tmp /var /var/cache /var/lib /var/log /var/tmp"
TOP = frozenset(map(Path, _OF_MANY.split()))
SHARED = (Path("/dev/shm"), Path("/run/user"))  # in memory, and open to users
_MARKS = re.compile(r"[$`*?\[\]\\\"<>|]")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LONGEST = 255  # bytes of a name of a folder


def folder_problems(results: str, figures: str, root: Path | None = None) -> list[str]:
    """What is wrong with the two folders, as ``setting: text``.

    Parameters
    ----------
    results, figures
        As the configuration names them.
    root
        The folder of the project, which they are relative to; by default the current one.
    """
    root = Path.cwd() if root is None else root
    found = [
        f"{name}: {folder!r} {why}"
        for name, folder in (("results", results), ("figures", figures))
        if (why := _why(folder, root, name))
    ]
    return found or _together(results, figures, root)


def _why(folder: str, root: Path, example: str) -> str:
    """What is wrong with a folder and what would be right; "" if nothing is."""
    if _ADDRESS.match(folder):
        return f"is an address, not a folder of this machine; name a folder, e.g. {example}"
    if marks := "".join(dict.fromkeys(_MARKS.findall(folder))):
        return f"is used literally, so that {marks} would be part of its name; write out the path"
    if any(len(os.fsencode(part)) > _LONGEST for part in Path(folder).parts):
        return f"has a part of more than {_LONGEST} bytes, which no folder's name may have"
    path, root = Path(os.path.realpath(root / folder)), Path(os.path.realpath(root))
    if path == root or path in root.parents:
        return f"holds the project itself; name a folder in it, e.g. {example}"
    own = path.relative_to(root).parts[0] if path.is_relative_to(root) else ""
    if own.casefold() in OWN:
        return f"belongs to the project ({own}/); name another folder, e.g. {example}"
    if path.is_relative_to(root) and (root / own).is_file():
        return f"is or lies below the file {own}; name another folder, e.g. {example}"
    if any(path.is_relative_to(each) for each in SYSTEM) and not any(each in path.parents for each in SHARED):
        return "belongs to the operating system; name a folder of yours"
    if path in TOP:
        return f"holds the folders of others; name a folder in it, e.g. {Path(folder) / example}"
    if path == Path(os.path.realpath(os.path.expanduser("~"))):
        return f"is your home folder; name a folder in it, e.g. {Path(folder) / example}"
    return ""


def _together(results: str, figures: str, root: Path) -> list[str]:
    """A folder of figures among the files of a scale, where files of both kinds would have the same names."""
    one, other = Path(os.path.realpath(root / results)), Path(os.path.realpath(root / figures))
    if one == other:
        return [f"figures: {figures!r} is the folder of results too; give each its own"]
    inside = other.relative_to(one).parts[0] if other.is_relative_to(one) else ""
    if inside in (*SCALES, "pretrained", "remeasured"):
        return [f"figures: {figures!r} lies among the results of a scale ({results}/{inside}); name another folder"]
    return []
