"""Bring the verdicts in the documentation up to date: `python -m replicortex.report <scorecard.csv>`.

Writes docs/verdicts.csv, the marked parts of docs/scorecard.md and the counts in README.md, from the checkout's folder.
The marks say which paper's claims, changes or verdicts a part shows: `<!-- <paper> claims: begin -->`.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from replicortex.report.render import (
    changes_markdown,
    claims_markdown,
    counted,
    verdicts_markdown,
    verdicts_of,
)
from replicortex.report.rows import all_claims

COLUMNS = ["id", "verdict", "by_construction", "revises"]
LISTED = Path("docs", "verdicts.csv")
PAGE, README = Path("docs", "scorecard.md"), Path("README.md")
SENTENCE = re.compile(r"\d+ claims: [^;|]*; \d+ more hold by construction, and \d+ statistics are revised")
PART = re.compile(r"(<!-- (\w+) (claims|changes|verdicts): begin -->\n)(.*?)(<!-- \2 \3: end -->)", re.DOTALL)


def of_paper(paper: str) -> list[str]:
    """Ids of a paper's claims, revised statistics among them."""
    return [claim.id for claim in all_claims() if claim.paper == paper]


def sentence(card: pd.DataFrame) -> str:
    """The counts as the README gives them."""
    rows = counted(card)
    return (
        f"{len(rows['claims'])} claims: {verdicts_of(rows['claims'])}; {len(rows['by construction'])} more hold by "
        f"construction, and {len(rows['revised'])} statistics are revised"
    )


def written(text: str, card: pd.DataFrame) -> str:
    """A page with its marked parts as they should be."""
    made: dict[str, Callable[[str], str]] = {
        "claims": lambda paper: claims_markdown(claim for claim in all_claims() if claim.paper == paper),
        "changes": lambda paper: changes_markdown(claim for claim in all_claims() if claim.paper == paper),
        "verdicts": lambda paper: verdicts_markdown(card[card["id"].isin(of_paper(paper))]),
    }
    return PART.sub(lambda found: f"{found[1]}{made[found[3]](found[2])}{found[5]}", text)


def listed() -> pd.DataFrame:
    """The table docs/verdicts.csv."""
    return pd.read_csv(LISTED, keep_default_na=False)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the table of verdicts that pages show, the page of claims, and the counts in the README."""
    parser = argparse.ArgumentParser(prog="replicortex report", description=__doc__)
    parser.add_argument("scorecard", type=Path, help="scorecard.csv of a run of all claims")
    write(parser.parse_args(arguments).scorecard)


def write(scorecard: Path) -> None:
    """The documents that `main` writes, from a table of verdicts."""
    text = PAGE.read_text(encoding="utf-8")
    shown = [row for part in PART.finditer(text) if part[3] == "verdicts" for row in of_paper(part[2])]
    card = pd.read_csv(scorecard, keep_default_na=False)
    card[card["id"].isin(shown)][COLUMNS].to_csv(LISTED, index=False)
    PAGE.write_text(written(text, listed()), encoding="utf-8")
    README.write_text(SENTENCE.sub(sentence(listed()), README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
