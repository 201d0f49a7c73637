"""How single values are written: numbers as scientists read them, and what else YAML would make of some texts."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from replicortex.errors import shorten

LONGEST = 400  # characters of a number; no setting has more than 20 digits

_NUMBER = re.compile(r"[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_CONSTANTS: dict[str, Any] = {
    text: value
    for word, value in {
        "null": None,
        "true": True,
        "false": False,
        ".nan": float("nan"),
        ".inf": float("inf"),
        "+.inf": float("inf"),
        "-.inf": -float("inf"),
    }.items()
    for text in (word, word.capitalize(), word.upper())
} | {"": None, "~": None, ".NaN": float("nan"), ".Inf": float("inf"), "-.Inf": -float("inf")}
_SWITCHES = {"yes": "true", "on": "true", "no": "false", "off": "false"}
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?")
_BASED = re.compile(r"([+-]?)0([xXoObB])([0-9a-fA-F_]+)")
_SEXAGESIMAL = re.compile(r"[+-]?[0-9][0-9_]*(:[0-9]{1,2})+(\.[0-9_]*)?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}([_ '\u00a0\u2009\u202f][0-9]{3})+(\.[0-9]+)?|[+-]?[0-9_.]*[0-9]_[0-9_.eE+-]*")
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+([eE][+-]?[0-9]+)?")
_SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2010": "-", "\u066b": ".", "\uff0e": "."})


def number(text: str) -> int | float | None:
    """The number that a text spells with the digits 0 to 9, a point and an exponent; None if it spells none."""
    if len(text) > LONGEST or not _NUMBER.fullmatch(text):
        return None
    return float(text) if set(text) & set(".eE") else int(text)


def misread(text: str) -> str | None:
    """What would be right in place of a text that some read as a number, and others as another one or as none.

    Returns
    -------
    str or None
        ``"write 256"``; None if the text is a number that all read alike, or none at all.
    """
    if len(text) > LONGEST:
        digits = text.lstrip("+-").replace("_", "").replace(".", "")
        return f"numbers have at most {LONGEST} characters" if digits.isdecimal() else None
    plain = "".join(str(unicodedata.decimal(c, c)) for c in text).translate(_SIGNS)
    if plain != text and (number(plain) is not None or misread(plain) is not None):
        return f"write {plain} with the digits 0 to 9" if number(plain) is not None else misread(plain)
    if found := _BASED.fullmatch(text):
        try:
            return f"write {int(found[1] + found[3], {'x': 16, 'o': 8, 'b': 2}[found[2].lower()])}"
        except ValueError:
            return None
    if _SEXAGESIMAL.fullmatch(text):
        return "YAML reads it in base 60; write one number, in the unit of the setting"
    if _GROUPED.fullmatch(text):
        bare = re.sub(r"[^0-9.eE+-]", "", text)
        return f"write {bare}" if number(bare) is not None else "write the digits without marks between them"
    if _COMMA.fullmatch(text):
        return f"write {text.replace(',', '.')} with a point, or the digits without a comma"
    stripped = re.sub(r"^([+-]?)0+(?=[0-9])", r"\1", text)
    if stripped != text and number(stripped) is not None:
        return f"YAML reads leading zeros as base 8; write {stripped}"
    return None


def plain_value(text: str) -> Any:
    """The value of a text without quotes: null, true, false, a number, or the text itself.

    Raises
    ------
    ValueError
        It has more than one reading; the message says how to write what is meant.
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    found = number(text)
    if found is not None:
        return found
    quoted = f"in quotes if it is text: {text!r}" if len(text) < 80 else "in quotes if it is text"
    if text.lower() in _SWITCHES:
        raise ValueError(
            f"{text!r} is true or false to some and text to others; write {_SWITCHES[text.lower()]}, or put it {quoted}"
        )
    if (right := misread(text)) is not None:
        raise ValueError(f"{shorten(text)} is not a plain number; {right}, or put it {quoted}")
    if _DATE.fullmatch(text):
        raise ValueError(f"{shorten(text)} is a date, which no setting takes; put it {quoted}")
    return text
