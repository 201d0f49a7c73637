"""Bring the verdicts in the documentation up to date: `python -m replicortex.scorecard <scorecard.csv>`.

Writes docs/verdicts.csv, the marked parts of docs/scorecard.md and the counts in README.md, from the checkout's folder.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pandas as pd

from replicortex.scorecard.claims import Claim
from replicortex.scorecard.render import (
    changes_markdown,
    claims_markdown,
    counted,
    verdicts_markdown,
    verdicts_of,
)
from replicortex.scorecard.rows import CLAIMS, FIRST_OF_PAPER

COLUMNS = ["id", "verdict", "by_construction", "revises"]
LISTED = Path("docs", "verdicts.csv")
PAGE, README = Path("docs", "scorecard.md"), Path("README.md")
SENTENCE = re.compile(r"\d+ claims: [^;|]*; \d+ more hold by construction, and \d+ statistics are revised")


def of_paper(claims: tuple[Claim, ...] = CLAIMS) -> list[str]:
    """Rows of the twenty-task paper, revised statistics among them."""
    first = {claim.id for claim in FIRST_OF_PAPER}
    return [claim.id for claim in claims if claim.id in first or claim.revises in first]


def sentence(card: pd.DataFrame) -> str:
    """The counts as the README gives them."""
    rows = counted(card)
    return (
        f"{len(rows['claims'])} claims: {verdicts_of(rows['claims'])}; {len(rows['by construction'])} more hold by "
        f"construction, and {len(rows['revised'])} statistics are revised"
    )


def blocks(card: pd.DataFrame) -> dict[str, str]:
    """Name of a marked part of docs/scorecard.md -> its text."""
    return {
        "verdicts": verdicts_markdown(card),
        "claims": claims_markdown(CLAIMS),
        "changes": changes_markdown(CLAIMS),
    }


def between(text: str, name: str) -> tuple[str, str, str]:
    """What is before, in and after a marked part of a page."""
    before, rest = text.split(f"<!-- {name}: begin -->\n", 1)
    inside, after = rest.split(f"<!-- {name}: end -->", 1)
    return before + f"<!-- {name}: begin -->\n", inside, f"<!-- {name}: end -->" + after


def listed() -> pd.DataFrame:
    """The table docs/verdicts.csv."""
    return pd.read_csv(LISTED, keep_default_na=False)


def main(scorecard: Path) -> None:
    card = pd.read_csv(scorecard, keep_default_na=False)
    card[card["id"].isin(of_paper())][COLUMNS].to_csv(LISTED, index=False)
    card, text = listed(), PAGE.read_text(encoding="utf-8")
    for name, block in blocks(card).items():
        before, _, after = between(text, name)
        text = before + block + after
    PAGE.write_text(text, encoding="utf-8")
    README.write_text(SENTENCE.sub(sentence(card), README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
