"""A page in a headless Chromium: what it holds once its script has run, and how it looks."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_QUIET = ("--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --hide-scrollbars "
          "--disable-component-update --disable-sync --disable-extensions").split()  # fmt: skip


def _call(address: str, profile: Path, *options: str) -> str:
    assert CHROMIUM is not None
    command = [CHROMIUM, "--headless", *_QUIET, f"--user-data-dir={profile}", "--timeout=20000", *options, address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    return done.stdout


def dom(page: Path, profile: Path, fragment: str = "", *options: str) -> str:
    """The document after loading, as HTML."""
    address = page.resolve().as_uri() + (f"#{fragment}" if fragment else "")
    return _call(address, profile, "--virtual-time-budget=2000", *options, "--dump-dom")


def picture(page: Path, profile: Path, target: Path, width: int, height: int) -> Path:
    """What a window of this size shows, as PNG."""
    _call(page.resolve().as_uri(), profile, f"--window-size={width},{height}", f"--screenshot={target}")
    return target
