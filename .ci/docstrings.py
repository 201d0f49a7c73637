"""Docstrings as the site shows them (an extension of griffe, named in mkdocs.yml): examples fenced, roles as code."""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension, Function, Object

EXAMPLE = re.compile(r"^(?P<indent> *)>>> .*(?:\n(?P=indent)\S.*)*", re.M)
# "Returns" of the numpy style followed by lines of which none is indented: prose, not a type with a description
PROSE = re.compile(r"^(?P<title>Returns\n-+\n)(?P<text>\S.*(?:\n\S.*)*)(?=\n\n|\s*\Z)", re.M)
# "low, high: text" of the google style; with a plain space the second name would be read as the type of the first
TOGETHER = re.compile(r"^ +\w+(?:, \w+)+(?=: | \()", re.M)
ROLE = re.compile(r":[a-z]+:`~?([^`]+)`")


class Docstrings(Extension):
    """Markdown would take ``>>>`` for quotations."""

    def on_instance(self, *, obj: Object, **kwargs: Any) -> None:
        """Rewrite the docstring of a module, class, function or attribute before it is parsed."""
        if obj.docstring is not None:
            text = ROLE.sub(r"`\1`", obj.docstring.value)
            text = EXAMPLE.sub(_fenced, text)
            text = TOGETHER.sub(lambda names: names[0].replace(", ", ",\N{NO-BREAK SPACE}"), text)
            if isinstance(obj, Function) and obj.returns is not None:
                text = PROSE.sub(lambda found: _described(found, str(obj.returns)), text)
            obj.docstring.value = text


def _fenced(example: re.Match[str]) -> str:
    indent = example["indent"]
    return f"{indent}```pycon\n{example[0]}\n{indent}```"


def _described(found: re.Match[str], kind: str) -> str:
    return f"{found['title']}{kind}\n    {' '.join(found['text'].split())}"
