"""``python -m replicortex.config`` writes the documents that are made from the models."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from replicortex.config.documents import example, json_schema


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns 1 if ``--check`` finds a document that is out of step."""
    parser = argparse.ArgumentParser(
        prog="replicortex config",
        description="Write the configuration's JSON schema and commented example.",
    )
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="folder (default %(default)s)")
    parser.add_argument("--check", action="store_true", help="write nothing; say whether the files are up to date")
    options = parser.parse_args(arguments)
    stale = 0
    for name, text in (("config.schema.json", json_schema()), ("config.example.yaml", example())):
        path = options.docs / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        if options.check:
            stale = 1
            print(f"{path}: out of step with the models; run python -m replicortex.config")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path}")
    return stale


if __name__ == "__main__":
    raise SystemExit(main())
